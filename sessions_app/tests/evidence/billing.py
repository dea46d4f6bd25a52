"""A billing table, read and looked at: `read(content)`, `days(reading)`, `asked(reading)`, `problems(reading)` ..."""

from datetime import date

from sessions_app.evidence.billing_tables import read_billing
from sessions_app.evidence.billing_types import Choices, Expected
from sessions_app.evidence.titles import METHODS
from sessions_app.evidence.workbooks import read_workbook

TODAY = date(2026, 7, 31)
FIRST, SECOND = date(2026, 7, 1), date(2026, 7, 2)


def read(content, expected=None, **choices):
    content = content.encode() if isinstance(content, str) else content
    return read_billing(read_workbook(content), expected or Expected(TODAY), Choices(**choices))


def amounts(line):
    """Cash, card, transfer, credit."""
    return tuple(line.amounts[method] for method in METHODS)


def days(reading):
    return {line.day: amounts(line) for line in reading.days}


def asked(reading):
    return [question.key for question in reading.questions]


def problems(reading):
    return [str(problem) for problem in reading.problems]


def left_out(reading):
    return {item.row: item.why for item in reading.left_out}
