"""Days that are written as a number: how far from today they may lie before it is asked from when they count."""

from datetime import date, timedelta

import pytest

from sessions_app.evidence import days as read_days
from sessions_app.evidence.cells import parse_moment
from sessions_app.evidence.days import FAR_AHEAD, LONG_AGO, Days

TODAY = date(2026, 7, 31)
DAY_0 = date(1899, 12, 30)


@pytest.mark.parametrize(
    ("away", "questions"),
    [
        (-LONG_AGO, []),
        (-LONG_AGO - timedelta(days=1), ["epoch"]),
        (FAR_AHEAD, []),
        (FAR_AHEAD + timedelta(days=1), ["epoch"]),
    ],
)
def test_a_number_is_asked_about_only_beyond_the_usual(away, questions):
    serials = [str((day - DAY_0).days) for day in (TODAY, TODAY + away)]
    days = Days(serials, {}, from_1904=False, today=TODAY)
    assert [question.key for question in days.questions] == questions


def test_what_cannot_be_read_is_tried_once_for_all_cells_that_say_it(monkeypatch):
    tried = []

    def parse(text, **how):
        tried.append(text)
        return parse_moment(text, **how)

    monkeypatch.setattr(read_days, "parse_moment", parse)
    Days(["s/f"], {}, from_1904=False, today=TODAY)
    once = len(tried)
    Days(["s/f"] * 1000, {}, from_1904=False, today=TODAY)
    assert len(tried) == 2 * once
