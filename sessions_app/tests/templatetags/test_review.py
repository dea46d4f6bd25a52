"""How the queue is drawn: what people typed is escaped, and what stays drawn is nobody else's."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.template import RequestContext
from django.test import RequestFactory
from django.utils.translation import override

from cashpilot import periods
from sessions_app.forms.marks import SignOffRowForm
from sessions_app.queries.between import Between
from sessions_app.queries.worklist import Figures
from sessions_app.templatetags.review import queue_figures, review_rows
from sessions_app.views.review import BLANK
from testing.factories import ShiftFactory

SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def row(ana):
    shift = ShiftFactory(cashier=ana, closed=True)
    shift.has_reply = False
    said = dict.fromkeys(["day", "at_close", "contradiction", "why_not"])
    said |= dict.fromkeys(["is_alone", "may_be_ticked", "is_ticked", "may_undo"], False)
    return said | {"shift": shift, "form": BLANK}


@pytest.fixture
def draw(marta):
    def draw_for(row, query="", csrf_token="a-token"):
        request = RequestFactory().get(f"/review/{query}")
        request.user = marta
        context = RequestContext(request, {"request": request, "csrf_token": csrf_token})
        return review_rows(context, [row], SignOffRowForm.usual)

    return draw_for


def without_key(drawn):
    return re.sub(r'name="token" value="[^"]*"', "", drawn)


def test_a_row_escapes_whatever_people_are_called_and_wrote(row, draw):
    shift = row["shift"]
    shift.pharmacy.name = shift.cashier.first_name = row["contradiction"] = shift.flag_reason = SCRIPT
    shift.flagged_at = periods.now()
    row["form"] = SignOffRowForm({"note": SCRIPT}, shift=shift)
    drawn = draw(row, "?text=%3Cscript%3E")

    assert "<script" not in drawn
    assert drawn.count(ESCAPED) == 5


def test_a_row_that_was_drawn_before_is_drawn_anew_when_anything_in_it_is_another(row, draw):
    def others():
        yield draw(row)
        row["shift"].has_reply = True
        yield draw(row)
        row["shift"].version += 1
        yield draw(row)
        row["shift"].pharmacy.name = "Sucursal 2"
        yield draw(row)
        yield draw(row, "?settle=1")
        for name, value in {"is_alone": True, "may_be_ticked": True, "is_ticked": True, "why_not": "No."}.items():
            row[name] = value
            yield draw(row)
        with override("es"):
            yield draw(row)

    assert without_key(draw(row)) == without_key(draw(row))
    assert len({without_key(drawn) for drawn in others()}) == 10


def test_a_form_that_was_drawn_before_carries_a_key_of_its_own_and_the_token_of_its_page(row, draw):
    first, second = draw(row), draw(row, csrf_token="another-token")

    assert 'name="csrfmiddlewaretoken" value="a-token"' in first
    assert second.replace("another-token", "a-token") != first
    assert without_key(second) == without_key(first).replace("a-token", "another-token")
    assert len(re.findall('name="token"', first)) == 1


def test_the_figures_are_drawn_anew_when_one_is_another_and_in_each_language():
    between = Between(0, 0, (date(2026, 7, 1), date(2026, 7, 7)))
    figures = Figures(*[0] * 8, between)

    def others():
        yield queue_figures(figures)
        yield queue_figures(figures, is_answer=True)
        yield queue_figures(replace(figures, between=replace(between, over=1)))
        for name in ("missing", "missing_rows", "corrected", "settle", "waiting"):
            yield queue_figures(replace(figures, **{name: 2}))
        with override("es"):
            yield queue_figures(figures)

    assert queue_figures(figures) == queue_figures(figures)
    assert len(set(others())) == 9


def test_a_form_that_is_shown_again_carries_its_token_once_whatever_was_typed(row, draw):
    row["form"] = SignOffRowForm({"note": "\0", "version": "\0"}, shift=row["shift"])
    drawn = draw(row)

    assert drawn.count('name="csrfmiddlewaretoken"') == 1
    assert drawn.index('name="csrfmiddlewaretoken"') < drawn.index("<textarea")
