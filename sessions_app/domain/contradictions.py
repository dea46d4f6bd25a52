"""Billed figures that arrived, against those that were written: where they contradict each other, and what was decided.

A row is a shift or a day; matches are what batches in force say of it, oldest first. Amounts are whole guaraníes.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from cashpilot import periods
from sessions_app.domain.choices import BILLED, SOURCE_OF, Result
from sessions_app.domain.first_verdict import give_verdict

# A billed figure -> its amount, None while it is unknown, and its source.
Written = dict[str, tuple[int | None, str]]
# A billed figure -> the matches that speak against what was written of it, oldest first. No figure without one.
Against = dict[str, list[Any]]
# Result and difference of a shift.
Verdict = tuple[str | None, int | None]
NO_VERDICT: Verdict = (None, None)


def written(row: Any, matches: Sequence[Any]) -> Written:
    """Return each billed figure as it was before it was decided to take what arrived."""
    figures = {name: (getattr(row, name), getattr(row, source)) for name, source in SOURCE_OF.items()}
    for match in reversed(matches):
        figures |= {name: tuple(match.wrote[name]) for name, is_taken in match.decided_on.items() if is_taken}
    return figures


def others(row: Any, matches: Sequence[Any]) -> Against:
    """Return whatever was said of a billed figure and is not what was written; nothing contradicts an unknown one."""
    return _grouped(
        (name, match)
        for name, (amount, _source) in written(row, matches).items()
        for match in matches
        if amount is not None and match.said.get(name) not in (None, amount)
    )


def differing(row: Any, matches: Sequence[Any]) -> Against:
    """Return of `others` what each source said last of a figure."""
    last = {
        (name, match.batch.source_id): match for match in matches for name in BILLED if match.said.get(name) is not None
    }
    found = others(row, matches).items()
    return _grouped(
        (name, match) for name, said in found for match in said if last[name, match.batch.source_id] == match
    )


def contradicting(row: Any, matches: Sequence[Any]) -> Against:
    """Return of `differing` the amounts that nobody decided against."""
    taken = _decided(matches, is_taken=True)
    return _without(_decided(matches, is_taken=False) - taken, differing(row, matches))


def undecided(row: Any, matches: Sequence[Any]) -> Against:
    """Return of `differing` the amounts that nobody decided on."""
    decided = _decided(matches, is_taken=True) | _decided(matches, is_taken=False)
    return _without(decided, differing(row, matches))


def more_than_written(row: Any, matches: Sequence[Any]) -> int | None:
    """Return by how much more arrived last than was written; None where nobody has to decide on it."""
    before, asked = written(row, matches), undecided(row, matches)
    return sum(said[-1].said[name] - (before[name][0] or 0) for name, said in asked.items()) if asked else None


def judge_by_evidence(shift: Any, closing: Any, against: Against) -> Verdict:
    """Judge a shift as it was closed by what arrived last and contradicts it.

    It is not compared, without a difference, where what contradicts it is no part of that: transfers alone that are
    billed as cash.
    """
    if shift.transfers_billed_as_cash and against.keys() == {"billed_transfer"}:
        return Result.NOT_COMPARED.value, None
    said = {name: matches[-1].said[name] for name, matches in against.items()}
    billed = SimpleNamespace(**{name: said.get(name, getattr(shift, name)) for name in BILLED})
    return give_verdict(closing, billed, periods.now())[:2]


def _decided(matches: Iterable[Any], *, is_taken: bool) -> set[tuple[str, int]]:
    """Return the figures and amounts that were taken, or that were not."""
    return {
        (name, match.said[name])
        for match in matches
        for name, was_taken in match.decided_on.items()
        if was_taken == is_taken
    }


def _without(amounts: Collection[tuple[str, int]], against: Against) -> Against:
    return _grouped(
        (name, match) for name, said in against.items() for match in said if (name, match.said[name]) not in amounts
    )


def _grouped(said: Iterator[tuple[str, Any]]) -> Against:
    against: Against = {}
    for name, match in said:
        against.setdefault(name, []).append(match)
    return against
