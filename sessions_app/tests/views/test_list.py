"""The list of shifts: its filters, its totals, its pages."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.tests.views.pages import balanced
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("english")]


JUNK = {
    "page=abc": 200,
    "page=-1": 200,
    "page=0": 200,
    "page=1.5": 200,
    f"page={'9' * 4000}": 200,
    f"page={'9' * 5000}": 200,
    "page=%00": 200,
    "page=%ED%A0%80": 200,
    "page=1&page=x": 200,
    "unknown=1": 200,
    "date_from=": 200,
    "date_from=0001-01-01&date_to=9999-12-31": 200,
    "date_from=2026-12-31&date_to=2026-01-01": 200,
    "date_from=2026-13-45": 422,
    "date_from=10000-01-01": 422,
    "date_from=%00": 422,
    "date_from=%ED%A0%80": 422,
    f"date_to={'9' * 4000}": 422,
    "cashier=x": 422,
    "cashier=0": 422,
    "pharmacy=x": 422,
    "pharmacy=%00": 422,
    f"pharmacy={'9' * 4000}": 422,
    "status=lost": 422,
    "result=%ED%A0%80": 422,
    "flagged=zzz": 422,
    "flagged=1": 200,
    "flagged=0": 200,
    "%00=%00": 200,
    "&&&===": 200,
}


@pytest.mark.parametrize(("query", "status"), JUNK.items(), ids=lambda part: str(part)[:40])
def test_no_query_breaks_the_list(query, status, closed, boss):
    response = boss.get(f"/?{query}")

    assert response.status_code == status
    # A filter that cannot be read shows nothing, rather than everything.
    shown = status == 200 and not {"flagged=1", "date_from=2026-12-31&date_to=2026-01-01"} & {query}
    assert list(response.context["page"]) == ([closed] if shown else [])


@pytest.fixture
def listed(ana, beto, otto, marta):
    """One shift of each sort, by name."""
    shifts = {
        "open": ShiftFactory(cashier=ana),
        "balanced": balanced(beto, register=2),
        "short": balanced(beto, register=2, final_cash=1_185_000),
        "not_compared": balanced(beto, register=2, billed_cash=None),
        "deleted": balanced(otto),
    }
    with periods.at(periods.now() - timedelta(days=10)):
        shifts["early"] = balanced(otto)
    mark_actions.flag_shift(shifts["short"].pk, reason="why", by=marta)
    mark_actions.delete_shift(shifts["deleted"].pk, reason="twice", by=marta)
    return shifts


def test_the_list_shows_what_is_asked_for(listed, boss, ana, beto, luque):
    early = listed["early"].business_date
    live = ["open", "not_compared", "short", "balanced", "early"]
    asked = {
        "": live,
        "status=open": ["open"],
        "status=closed": live[1:],
        "status=deleted": ["deleted"],
        f"cashier={beto.pk}": ["not_compared", "short", "balanced"],
        f"pharmacy={luque.pk}": ["early"],
        "result=short": ["short"],
        "result=not_compared": ["not_compared"],
        "flagged=1": ["short"],
        "flagged=0": ["open", "not_compared", "balanced", "early"],
        f"date_to={early}": ["early"],
        f"date_from={early + timedelta(days=1)}": live[:-1],
        f"date_from={early}&date_to={early}&pharmacy={luque.pk}&status=closed": ["early"],
        f"cashier={ana.pk}&status=closed": [],
    }
    names = {shift.pk: name for name, shift in listed.items()}

    assert {
        query: [names[row.pk] for row in boss.get(f"/sessions/?{query}").context["page"]] for query in asked
    } == asked


def test_the_totals_are_those_of_the_list(listed, boss):
    totals = boss.get("/sessions/?by_method=1").context["totals"]

    assert totals == {
        "count": 5,
        "uncounted": 0,
        "sales": 1_000_000 + 985_000 + 1_000_000 + 1_000_000,
        "cash": 3_985_000,
        "card": 0,
        "transfer": 0,
        "credit": 0,
        "expenses": 0,
        "envelopes": 1_200_000,
        "short": -15_000,
        "over": 0,
        "not_compared": 1,
        "still_open": 1,
    }


@pytest.mark.parametrize("query", ["", "date_from=2020-01-01"], ids=["all dates", "some dates"])
def test_the_sums_by_method_are_read_where_they_are_opened(listed, boss, query):
    with CaptureQueriesContext(connection) as asked:
        closed = boss.get(f"/sessions/?{query}").text
    address = re.search(r'<a id="by-method"[^>]* href="([^"]+)"', closed)[1]
    opened = boss.get(f"/sessions/{unescape(address)}").text

    assert not [sql["sql"] for sql in asked if "SUM(" in sql["sql"] and "envelope_total" in sql["sql"]]
    assert ("<dt>Envelopes</dt>" in closed, "<dt>Envelopes</dt><dd>1.200.000</dd>" in opened) == (False, True)
    assert '<a id="by-method"' not in opened
    # Links to other lists, and the way back from a question, are those of the same list.
    assert not re.findall(r'href="[^"]*by_method', opened)
    assert ('id="clear"' in opened) == ('id="clear"' in closed) == bool(query)


def test_a_cashier_filters_only_what_is_theirs(listed, till, beto):
    assert [row.pk for row in till.get(f"/?cashier={beto.pk}").context["page"]] == [listed["open"].pk]
    assert till.get("/?status=deleted").status_code == 422


def test_pages_follow_each_other(ana, boss):
    shifts = [balanced(ana, final_cash=number).pk for number in range(26)]
    first, second = boss.get("/sessions/").context["page"], boss.get("/?page=2").context["page"]

    assert [row.pk for row in [*first, *second]] == shifts[::-1]
    assert (len(first), len(second)) == (25, 1)


def test_the_front_page_with_a_question_is_the_list(listed, boss):
    asked, listed_there = boss.get("/?result=short"), boss.get("/sessions/?result=short")
    assert [row.pk for row in asked.context["page"]] == [row.pk for row in listed_there.context["page"]]
    assert len(asked.context["page"]) == 1
