"""A table of the billing system, read: `read_billing(workbook, expected, choices)` -> Reading.

Any layout: a row a day, a shift, a register, or an invoice; lines above the titles and totals below; several columns
for one method. What is sure is in `reading.lines` (as finely as the table tells) and `reading.days`. What is weak is a
question, what cannot be read a problem that names its cell, and every row that is not taken says why. The same file is
read again with the Choices of the person: see billing_types.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice, starmap

from django.utils.translation import gettext as _

from cashpilot import periods
from sessions_app.evidence import billing_sense, totals
from sessions_app.evidence.billing_rows import Reader, Sorted, is_total
from sessions_app.evidence.billing_types import (
    NO,
    YES,
    Choices,
    Entry,
    Expected,
    LeftOut,
    Problem,
    Question,
    Reading,
)
from sessions_app.evidence.cells import is_moment, parse_moment
from sessions_app.evidence.columns import recognise
from sessions_app.evidence.layout import Layout, find
from sessions_app.evidence.sheets import Workbook
from sessions_app.evidence.titles import METHODS, Field, known, labelled_methods

# Nobody answers more at once; the others follow when these are answered.
MOST_ASKED = 20


@dataclass
class _Found:
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_billing(workbook: Workbook, expected: Expected | None = None, choices: Choices | None = None) -> Reading:
    """Return what a table says, and what has to be asked before it can be applied."""
    expected = expected or Expected(today=periods.today())
    choices = choices or Choices()
    layout = find(workbook, choices, known)
    names = tuple(sheet.name for sheet in workbook.sheets)
    if isinstance(layout, Question):
        return Reading("", names, workbook.encoding, questions=(layout,))
    rows = [row for row in layout.below if row.number in choices.taken or not (row.is_hidden or is_total(row))]
    columns, questions = recognise(layout.titles, rows, choices)
    reader = Reader(layout, columns, choices, expected.today)
    found = _Found(questions=questions)
    entries = _entries(reader, expected, found)
    return Reading(
        sheet=layout.sheet.name,
        sheets=names,
        encoding=workbook.encoding,
        titles_row=layout.titles_row,
        columns=tuple(columns),
        entries=tuple(entries),
        left_out=tuple(sorted(found.left_out, key=lambda item: item.row)),
        problems=tuple(sorted(found.problems, key=lambda item: item.row)),
        questions=tuple(question for question in found.questions if not _answered(question, choices)),
        notes=tuple(found.notes),
    )


def _answered(question: Question, choices: Choices) -> bool:
    answer = choices.answers.get(question.key, "")
    return answer in question.options or (question.key == "day" and is_moment(answer))


def _entries(reader: Reader, expected: Expected, found: _Found) -> list[Entry]:
    """Return the rows that are taken. As long as it is open how days are to be read, there are none."""
    doubts = reader.days.questions if reader.has(Field.DATE) else [_ask_day(reader.layout)]
    found.questions += doubts
    if any(not _answered(doubt, reader.choices) for doubt in doubts):
        return []
    rows = reader.sort_rows()
    totals.set_unnamed_apart(reader, rows)
    found.left_out += rows.left_out
    found.problems += rows.problems
    entries = _complete(reader, _read_rows(reader, rows, found))
    found.questions += islice(starmap(_word_question, reader.asked_words.items()), MOST_ASKED)
    found.questions += islice(totals.check(reader, rows), MOST_ASKED)
    entries = billing_sense.of_one_branch(reader, entries, expected, found.questions, found.left_out)
    found.questions += billing_sense.questions(reader, entries, expected)
    found.notes += billing_sense.notes(reader, entries)
    return billing_sense.without_repeated(reader, entries)


# --- Days -------------------------------------------------------------------------------------------------------------


def _ask_day(layout: Layout) -> Question:
    """A table without days is of one day, which may stand above it."""
    words = (word for row in layout.above for cell in row.cells for word in (cell, *cell.split()))
    days = {parse_moment(word).day for word in words if is_moment(word) and not word.isdigit()}
    options = {day.isoformat(): f"{day:%d/%m/%Y}" for day in sorted(days)}
    return Question("day", _("No column holds the day. Which day is it?"), options)


# --- Rows -------------------------------------------------------------------------------------------------------------


def _read_rows(reader: Reader, rows: Sorted, found: _Found) -> list[Entry]:
    entries: list[Entry] = []
    undated = {row.number for row in rows.undated}
    carried = _ask_carried(reader, rows, found) if undated else False
    only_day = _only_day(reader)
    for row in rows.taken:
        above = entries[-1].day if entries and carried and row.number in undated else only_day
        read = reader.read_row(row, above)
        if isinstance(read, Entry):
            entries.append(read)
        else:
            found.problems += read
    return entries


def _only_day(reader: Reader) -> date | None:
    text = "" if reader.has(Field.DATE) else reader.choices.answers.get("day", "")
    return parse_moment(text).day if is_moment(text) else None


def _ask_carried(reader: Reader, rows: Sorted, found: _Found) -> bool:
    """A row without a day may belong to the day above it."""
    if rows.taken[0] in rows.undated:
        return False
    numbers = ", ".join(str(row.number) for row in rows.undated[:10])
    text = _("Rows without a day (%(rows)s): are they of the day above them?") % {"rows": numbers}
    question = Question("carried", text, {YES: _("Yes"), NO: _("No")})
    found.questions.append(question)
    return reader.choices.answers.get("carried", YES) == YES


def _complete(reader: Reader, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with 0 for a method that only other rows name, if words say how each row was paid."""
    if not reader.has(Field.CONDITION) or reader.has(*METHODS):
        return list(entries)
    seen = {method for entry in entries for method in entry.amounts}
    return [replace(entry, amounts={**dict.fromkeys(seen, 0), **entry.amounts}) for entry in entries]


def _word_question(word: str, shown: str) -> Question:
    options = {str(known): label for known, label in labelled_methods().items()}
    return Question(f"word:{word}", _("How is this paid? %(word)s") % {"word": shown}, options)
