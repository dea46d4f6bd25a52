"""Tables in text files: CSV with any usual separator (`read_csv`), web pages that are called .xls (`read_html`)."""

import csv
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sessions_app.evidence.sheets import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SHEETS,
    Sheet,
    SheetBuilder,
    require_few_tags,
    too_much,
)

SEPARATORS = ";\t,|"
# Excel's own way of saying which separator follows.
SAYS_SEPARATOR = "sep="
# So many lines show what the separator is.
SAMPLE = 200
# Lines with a smaller share of digits are titles or words.
FEW_DIGITS = 0.2
# No line of cells is longer; csv gives up on longer ones with an error of its own.
LONGEST_LINE = 2 * MOST_COLUMNS * LONGEST_CELL
# Most of them may be empty, as spreadsheets write the rows below a table.
MOST_LINES = 10 * MOST_ROWS
# Python's reader of web pages takes far longer for a tag than expat; and in no tag stands a table's worth of text.
MOST_HTML_TAGS, LONGEST_TAG = 300_000, 100_000


def read_csv(text: str) -> Sheet:
    """Return the rows of a CSV, numbered as a spreadsheet numbers them. Raises ValidationError."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES or max(map(len, lines), default=0) > LONGEST_LINE:
        raise too_much()
    first, _end, rest = text.partition("\n")
    first = first.strip().strip('"')
    said = first[len(SAYS_SEPARATOR) :] if first.lower().startswith(SAYS_SEPARATOR) else ""
    builder = SheetBuilder("")
    skipped = 1 if said else 0
    for number, cells in enumerate(_records(rest if said else text, said[:1] or _separator(text)), start=1 + skipped):
        builder.add(number, cells)
    return builder.sheet


def _records(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error:
        wrong = _("Line %(line)s has a quotation mark too many or too few. Mend it, or save the file as XLSX.")
        raise ValidationError(wrong % {"line": reader.line_num}) from None


def _separator(text: str) -> str:
    """Return the separator that stands in the titles as often as in the lines below them."""
    lines = [line for line in text.splitlines()[:SAMPLE] if line.strip()]
    return max(SEPARATORS, key=lambda separator: _fitness(lines, separator))


def _fitness(lines: list[str], separator: str) -> tuple[bool, int, int]:
    titles: set[int] = set()
    figures: Counter[int] = Counter()
    for line in lines:
        count = len(next(csv.reader([line], delimiter=separator), [])) - 1
        if sum(sign.isdigit() for sign in line) < FEW_DIGITS * len(line):
            titles.add(count)
        else:
            figures[count] += 1
    usual = figures.most_common(1)[0][0] if figures else 0
    return usual > 0 and usual in titles, min(max(titles, default=0), usual), usual


# --- Web pages --------------------------------------------------------------------------------------------------------


def read_html(text: str) -> list[Sheet]:
    """Return every table of a web page, as a sheet each."""
    require_few_tags(text, MOST_HTML_TAGS)
    if any(len(piece) > LONGEST_TAG for piece in text.split(">")):
        raise too_much()
    reader = _Tables()
    reader.feed(text)
    reader.close()
    return reader.sheets


class _Table:
    """A table while it is read. `covered`: column -> rows that a cell above still reaches into."""

    def __init__(self, number: int) -> None:
        self.builder = SheetBuilder(str(number))
        self.number = 0
        self.cells: list[str] | None = None
        self.cell: list[str] | None = None
        self.spans = (1, 1)
        self.covered: dict[int, int] = {}
        self.is_hidden = False

    def start_row(self, is_hidden: bool) -> None:
        self.end_row()
        self.number += 1
        self.cells, self.is_hidden = [], is_hidden

    def end_row(self) -> None:
        self.end_cell()
        if self.cells is not None:
            self.builder.add(self.number, self.cells, is_hidden=self.is_hidden)
        self.cells = None

    def start_cell(self, columns: int, rows: int) -> None:
        self.end_cell()
        if self.cells is None:
            self.start_row(is_hidden=False)
        self.cell, self.spans = [], (columns, rows)

    def end_cell(self) -> None:
        if self.cells is None or self.cell is None:
            return
        while self.covered.get(len(self.cells), 0):
            self.covered[len(self.cells)] -= 1
            self.cells.append("")
        columns, rows = self.spans
        for place in range(len(self.cells), len(self.cells) + columns):
            self.covered[place] = rows - 1
        self.cells += ["".join(self.cell), *[""] * (columns - 1)]
        self.cell = None
        if len(self.cells) > 2 * MOST_COLUMNS:
            raise too_much()


class _Tables(HTMLParser):
    """Collects tables; a cell of a table inside a table belongs to the inner one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sheets: list[Sheet] = []
        self.open: list[_Table] = []
        self.count = 0
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.unseen += tag in ("script", "style")
        if tag == "table":
            self.start_table()
        elif self.open and tag == "tr":
            style = found.get("style", "").replace(" ", "").lower()
            self.open[-1].start_row("display:none" in style or "hidden" in found)
        elif self.open and tag in ("td", "th"):
            self.open[-1].start_cell(_span(found, "colspan"), _span(found, "rowspan"))
        elif self.open and tag in ("br", "p", "div"):
            self.handle_data(" ")

    def start_table(self) -> None:
        self.count += 1
        if self.count > MOST_SHEETS:
            raise too_much()
        self.open.append(_Table(self.count))

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in ("script", "style")
        if not self.open:
            return
        if tag in ("td", "th"):
            self.open[-1].end_cell()
        elif tag == "tr":
            self.open[-1].end_row()
        elif tag == "table":
            self.end_table()

    def end_table(self) -> None:
        table = self.open.pop()
        table.end_row()
        self.sheets.append(table.builder.sheet)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].cell is not None and self.unseen <= 0:
            self.open[-1].cell.append(data)

    def close(self) -> None:
        super().close()
        while self.open:
            self.end_table()


def _span(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return min(int(text), 1000) if text.isdecimal() and int(text) else 1
