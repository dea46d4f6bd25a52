"""The report of an import: a line per code, and a file with every finding."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.utils.translation import gettext as _

from cashpilot.files.downloads import BYTE_ORDER_MARK, defused
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.findings import Finding

SEPARATOR = ";"


class Report:
    """Counts findings, and writes each into `file` as it comes, if there is one: none is held in memory."""

    def __init__(self, file: IO[str] | None = None) -> None:
        self.counts: Counter[Code] = Counter()
        self.severities: Counter[Severity] = Counter()
        self._writer = csv.writer(file, delimiter=SEPARATOR) if file else None
        if file:
            file.write(BYTE_ORDER_MARK)
            self._write([_("code"), _("severity"), _("source"), _("our number"), _("field"), _("was"), _("now")])

    @property
    def is_blocked(self) -> bool:
        return self.severities[Severity.BLOCKER] > 0

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.counts[finding.code] += 1
            self.severities[finding.severity] += 1
            source = f"{finding.table} {finding.row}"
            facts = [finding.ours, finding.field, finding.was, finding.now]
            self._write([finding.code.value, finding.severity.label, source, *facts])

    def _write(self, cells: list[Any]) -> None:
        if self._writer:
            self._writer.writerow([defused(cell) for cell in cells])

    def lines(self) -> Iterator[str]:
        """A line for each code that occurred, in their order."""
        for code in Code:
            if number := self.counts[code]:
                yield _("%(number)s × %(what)s (%(code)s)") % {"number": number, "what": code.label, "code": code.value}
