"""Prove what docs/reliability.md claims: python scripts/prove.py [--engine NAME] [-k NAME] [--shifts N]

Every test marked `proof` at full size, through gunicorn with production's settings: on a throw-away PostgreSQL that
waits for the disk as any server should, and on SQLite. Then a table of what was measured; exit code 1 and a sentence
for whatever does not hold.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from postgres import SAFE, server

ROOT = Path(__file__).parent.parent
ENGINES = ("PostgreSQL", "SQLite")
PYTEST = [sys.executable, "-m", "pytest", "-m", "proof", "-p", "no:xdist", "-q", "--tb=short", "--show-capture=no"]


class Outcome(NamedTuple):
    """The outcome of one proof on one engine: its measure, or in `fault` how it failed."""

    claim: str
    measured: str
    fault: str


def main() -> int:
    # A polite kill leaves nothing behind, nor does Ctrl-C, which reaches the tests too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, lambda *_: None)
    options = _options()
    os.environ["PROVE_SHIFTS"] = str(options.shifts)
    outcomes: dict[str, dict[str, Outcome]] = {}
    for engine in options.engine or ENGINES:
        print(f"--- {engine}", flush=True)
        for name, outcome in _prove_on(engine, options.k).items():
            outcomes.setdefault(name, {})[engine] = outcome
    _print_table(outcomes)
    return _tell_faults(outcomes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("-k", default="", metavar="NAME", help="only the proofs with this in their name")
    parser.add_argument("--shifts", type=int, default=0, metavar="N", help="how many the runbook has to do with")
    return parser.parse_args()


def _prove_on(engine: str, name: str) -> dict[str, Outcome]:
    if engine == "SQLite":
        return _run({}, name)
    with server(SAFE) as postgres:
        return _run({"DATABASE_URL": postgres.address}, name)


def _run(database: dict[str, str], name: str) -> dict[str, Outcome]:
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [*PYTEST, "-k", name, f"--junit-xml={report}", "-o", "junit_family=xunit1"]
        _call(command, {**env, **database, "HYPOTHESIS_PROFILE": "prove"})
        if not report.exists():
            sys.exit("The proofs did not run.")
        cases: dict[str, list[ElementTree.Element]] = {}
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written a moment ago
            if case.find("skipped") is None:
                cases.setdefault(case.attrib["name"].partition("[")[0], []).append(case)
        return {name: _together([_outcome(case) for case in of_one]) for name, of_one in cases.items()}


def _together(outcomes: list[Outcome]) -> Outcome:
    """Return the outcomes of a proof that runs with several parameters as one."""
    measured = dict.fromkeys(outcome.measured for outcome in outcomes)
    faults = [outcome.fault for outcome in outcomes if outcome.fault]
    return Outcome(outcomes[0].claim, "; ".join(measured), next(iter(faults), ""))


def _call(command: list[str], env: dict[str, str]) -> None:
    """Until it ends; if we are to end before, it still tidies up after itself."""
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        process.wait()
    except SystemExit:
        process.terminate()
        process.wait()
        raise


def _outcome(case: ElementTree.Element) -> Outcome:
    told = {row.attrib["name"]: row.attrib["value"] for row in case.iter("property")}
    faults = [case.find("failure"), case.find("error")]
    fault = next((row.attrib["message"].splitlines()[0] for row in faults if row is not None), "")
    return Outcome(told.get("claim", case.attrib["name"]), told.get("measured", "as claimed"), fault)


def _print_table(outcomes: dict[str, dict[str, Outcome]]) -> None:
    print(f"\n| claim | {' | '.join(ENGINES)} | command |\n|---|{'---|' * len(ENGINES)}---|")
    for name, by_engine in outcomes.items():
        claim = next(iter(by_engine.values())).claim
        cells = [_cell(by_engine.get(engine)) for engine in ENGINES]
        print(f"| {claim} | {' | '.join(cells)} | `make prove PROOF={name}` |")


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    return "DOES NOT HOLD" if outcome.fault else outcome.measured


def _tell_faults(outcomes: dict[str, dict[str, Outcome]]) -> int:
    faults = [
        f"On {engine} this does not hold: {outcome.claim} ({outcome.fault})"
        for by_engine in outcomes.values()
        for engine, outcome in by_engine.items()
        if outcome.fault
    ]
    if not outcomes:
        sys.exit("There is no such proof.")
    print("", *faults or [f"All of it holds: {len(outcomes)} proofs."], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
