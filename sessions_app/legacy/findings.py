"""Findings: a code, how grave it is, and the value there and here, of a row that did not come along as it was."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sessions_app.legacy.codes import BLOCKERS, WARNINGS, Code, Severity


@dataclass(frozen=True)
class Finding:
    """`table` and `row` name the source row, `ours` our number or name of it.

    `effects` are by how much a shift's columns are more here than there, in guaraníes: what the control totals explain.
    """

    code: Code
    severity: Severity
    table: str
    row: str
    ours: str
    field: str = ""
    was: Any = None
    now: Any = None
    effects: Mapping[str, Decimal] = dataclasses.field(default_factory=dict)


@dataclass
class Told:
    """The findings of one row, as they are made; `ours` may be known only at the end."""

    table: str
    row: str
    ours: str = ""
    findings: list[Finding] = dataclasses.field(default_factory=list)

    def __call__(self, code: Code, *, severity: Severity | None = None, **facts: Any) -> None:
        grave = severity or severity_of(code)
        self.findings.append(Finding(code, grave, self.table, self.row, self.ours, **facts))

    def about(self, table: str, row: str) -> "Told":
        """Return this list of findings, for a row that belongs to the present one."""
        return Told(table, row, findings=self.findings)

    def all(self) -> tuple[Finding, ...]:
        return tuple(replace(finding, ours=self.ours) for finding in self.findings)


def severity_of(code: Code) -> Severity:
    if code in BLOCKERS:
        return Severity.BLOCKER
    return Severity.WARNING if code in WARNINGS else Severity.NOTE


def is_blocked(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == Severity.BLOCKER for finding in findings)
