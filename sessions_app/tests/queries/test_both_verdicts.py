"""Both verdicts where they differ: what changed since the close, by whom and when, in words, on every surface."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from sessions_app.queries.both_verdicts import add_verdicts, at_close
from testing.client import signed_in
from testing.factories import ShiftFactory

CLOSED = datetime(2026, 7, 4, 2, 30, tzinfo=UTC)  # 3 July, 23:30 in Asunción
LATE = timedelta(minutes=11)
TAXI = NewMovement(Kind.EXPENSE, 50_000, "taxi")
TOLD = "50.000 were missing at the close; then: expense 50.000 «taxi», by Ana Benítez 23:41 «me olvidé»"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def short(ana):
    """500.000 opened with, 1.150.000 counted, 700.000 billed: 50.000 are missing."""
    with periods.at(CLOSED):
        return ShiftFactory(closed=True, cashier=ana, final_cash=1_150_000, billed={"billed_cash": 700_000})


def note(shift, by, new=TAXI, after=LATE):
    with periods.at(CLOSED + after):
        return movement_actions.add_movement(shift.pk, new=new, reason="me olvidé", by=by)


def correct(shift, by, after=LATE, **changes):
    shift.refresh_from_db()
    with periods.at(CLOSED + after):
        shift_actions.correct_shift(shift.pk, version=shift.version, reason="look", by=by, **changes)


def told(shift):
    shift.refresh_from_db()
    return str(at_close([shift]).get(shift.pk))


# --- In words ---------------------------------------------------------------------------------------------------------


def test_a_late_movement_is_named_with_who_and_when(short, ana):
    note(short, ana)
    assert told(short) == TOLD


def test_a_void_is_named_too(ana, marta):
    with periods.at(CLOSED):
        shift = ShiftFactory(
            closed=True, cashier=ana, final_cash=1_150_000, movements=[TAXI], billed={"billed_cash": 750_000}
        )
    with periods.at(CLOSED + timedelta(hours=9)):
        movement_actions.void_movement(shift.pk, shift.movements.get().pk, reason="no receipt", by=marta)
    assert told(shift) == (
        "50.000 were missing at the close; "
        "then: voided: expense 50.000 «taxi», by Marta Benítez 04/07 08:30 «no receipt»"
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"final_cash": 1_200_000}, "counted cash 1.150.000 → 1.200.000"),
        ({"initial_cash": 450_000}, "opening cash 500.000 → 450.000"),
        ({"billed_cash": 650_000}, "billed in cash 700.000 → 650.000"),
        ({"billed_cash": None}, "billed in cash 700.000 → —"),
        (
            {"final_cash": 1_200_000, "billed_cash": 650_000},
            "counted cash 1.150.000 → 1.200.000, billed in cash 700.000 → 650.000",
        ),
    ],
)
def test_a_figure_that_was_corrected_is_named_with_both_values(changes, what, short, ana):
    correct(short, ana, **changes)
    assert told(short) == f"50.000 were missing at the close; then: {what}, by Ana Benítez 23:41 «look»"


def test_several_changes_stand_in_the_order_of_time(short, ana, marta):
    note(short, ana, NewMovement(Kind.ENVELOPE, 10_000))
    mark_actions.flag_shift(short.pk, reason="look", by=marta)
    note(short, marta, NewMovement(Kind.EXPENSE, 10_000, "ice"), timedelta(minutes=20))
    assert told(short) == (
        "50.000 were missing at the close; "
        "then: envelope 10.000, by Ana Benítez 23:41 «me olvidé»; "
        "expense 10.000 «ice», by Marta Benítez 23:50 «me olvidé»"
    )


def test_each_movement_of_the_same_instant_is_named_by_its_sum_at_least(short, ana):
    note(short, ana, NewMovement(Kind.EXPENSE, 1_000, "ice"))
    note(short, ana, NewMovement(Kind.EXPENSE, 2_000, "taxi"))
    assert told(short) == (
        "50.000 were missing at the close; "
        "then: expense 1.000, by Ana Benítez 23:41 «me olvidé»; expense 2.000 «taxi», by Ana Benítez 23:41 «me olvidé»"
    )


def test_what_was_changed_before_the_ticket_came_is_told_and_the_ticket_is_not(ana):
    with periods.at(CLOSED):
        shift = ShiftFactory(closed=True, cashier=ana, final_cash=1_150_000)
    correct(shift, ana, final_cash=1_200_000)
    correct(shift, ana, timedelta(minutes=20), billed_cash=700_000)
    assert told(shift) == (
        "50.000 were missing at the close; then: counted cash 1.150.000 → 1.200.000, by Ana Benítez 23:41 «look»"
    )


def test_a_billed_figure_that_is_cleared_and_typed_again_is_told_twice(short, ana):
    correct(short, ana, billed_cash=None)
    correct(short, ana, timedelta(minutes=20), billed_cash=650_000)
    assert told(short) == (
        "50.000 were missing at the close; "
        "then: billed in cash 700.000 → —, by Ana Benítez 23:41 «look»; "
        "billed in cash — → 650.000, by Ana Benítez 23:50 «look»"
    )


def test_where_the_verdict_is_the_same_nothing_is_told_and_nothing_asked(short, ana):
    correct(short, ana, notes="rain")
    with CaptureQueriesContext(connection) as queries:
        assert at_close([short]) == {}
    assert len(queries) == 0


def test_one_query_for_many_shifts(ana):
    shifts = []
    for number in range(5):
        with periods.at(CLOSED):
            shift = ShiftFactory(closed=True, cashier=ana, final_cash=1_150_000, billed={"billed_cash": 700_000})
        note(shift, ana, NewMovement(Kind.EXPENSE, 1_000 + number, f"ice {number}"))
        shift.refresh_from_db()
        shifts.append(shift)
    with CaptureQueriesContext(connection) as queries:
        add_verdicts(shifts, ana)

    assert len(queries) == 1
    assert [str(shift.at_close) for shift in shifts] == [
        f"50.000 were missing at the close; then: expense 1.00{number} «ice {number}», by Ana Benítez 23:41 «me olvidé»"
        for number in range(5)
    ]


# --- On every surface -------------------------------------------------------------------------------------------------


def reading_english(person):
    person.language = "en"
    person.save()
    return signed_in(person)


@pytest.mark.parametrize("who", ["ana", "marta", "carla"])
def test_page_slip_and_lists_tell_both_verdicts(who, short, ana, request):
    note(short, ana)
    client = reading_english(request.getfixturevalue(who))
    for path in (f"/sessions/{short.pk}/", f"/sessions/{short.pk}/slip/", "/?corrected=1"):
        page = client.get(path).text
        assert TOLD in page, path
        assert "Balanced" in page, path


def test_the_back_office_and_the_report_of_flagged_shifts_tell_both_verdicts(short, ana, marta):
    note(short, ana)
    mark_actions.flag_shift(short.pk, reason="look", by=marta)
    client = reading_english(marta)
    assert TOLD in client.get("/admin/sessions_app/cashsession/").text
    report = client.get("/reports/flagged/?date_from=2026-07-01&date_to=2026-07-31").text
    assert "50.000 were missing at the close" in report


def test_the_page_says_why_and_what_the_difference_was_before_and_after(short, ana, marta):
    note(short, ana)
    page = reading_english(marta).get(f"/sessions/{short.pk}/").text
    assert "−\u00a050.000 → 0" in page
    assert "«me olvidé»" in page


def test_a_description_is_text_and_nothing_else(short, ana, marta):
    note(short, ana, NewMovement(Kind.EXPENSE, 50_000, "<b>taxi</b>"))
    page = reading_english(marta).get("/?corrected=1").text
    assert "«&lt;b&gt;taxi&lt;/b&gt;»" in page
    assert "<b>taxi" not in page


def test_a_list_takes_one_query_more_where_a_shift_on_it_has_two_verdicts(short, ana):
    client = reading_english(ana)
    client.get("/accounts/password/")  # which writes when the session ends
    with CaptureQueriesContext(connection) as before:
        client.get("/?status=closed")
    note(short, ana)
    with CaptureQueriesContext(connection) as after:
        client.get("/?status=closed")
    assert len(after) == len(before) + 1


# --- The filter -------------------------------------------------------------------------------------------------------


def test_the_filter_takes_shifts_that_were_off_and_are_something_else_now(short, ana, beto, marta):
    balanced = {"closed": True, "cashier": ana, "billed": {"billed_cash": 700_000}}
    still_short = ShiftFactory(**balanced | {"final_cash": 1_150_000})
    other_amount = ShiftFactory(**balanced | {"final_cash": 1_150_000})
    uncompared = ShiftFactory(**balanced | {"final_cash": 1_150_000})
    open_one = ShiftFactory(cashier=ana)
    spoilt = ShiftFactory(closed=True, cashier=beto, register=2, billed={"billed_cash": 700_000})
    note(short, ana)
    for shift, changes in ((other_amount, {"final_cash": 1_160_000}), (uncompared, {"billed_cash": None})):
        shift_actions.correct_shift(shift.pk, version=2, reason="look", by=ana, **changes)
    # Balanced at the close, and short since: nobody made a difference vanish.
    shift_actions.correct_shift(spoilt.pk, version=2, reason="look", by=beto, final_cash=1_000_000)
    client = reading_english(marta)

    def listed(query):
        return {shift.pk for shift in client.get(f"/sessions/?{query}").context["page"]}

    corrected = {short.pk, other_amount.pk, uncompared.pk}
    assert listed("corrected=1") == corrected
    assert listed("corrected=0") == {still_short.pk, open_one.pk, spoilt.pk}
    assert listed("corrected=1&result=balanced") == {short.pk}
    assert listed("") == set(CashSession.objects.values_list("pk", flat=True))
