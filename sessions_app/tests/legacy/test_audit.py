"""The old audit, read backwards, and the history that comes of it."""

from datetime import date, time
from decimal import Decimal

import pytest

from sessions_app.legacy import rows
from sessions_app.legacy.audit import read_backwards
from sessions_app.legacy.codes import Code
from sessions_app.tests.legacy.old_rows import codes, edit, expense, facts, open_shift, plan, shift, utc

LATER, LAST = utc(2026, 3, 11), utc(2026, 3, 12)


def told(planned):
    """The events beside opening and closing."""
    return [
        (event.event, event.by, {change.field: (change.before, change.after) for change in event.changes})
        for event in planned.history
        if event.event not in ("opened", "closed")
    ]


# --- Changes ----------------------------------------------------------------------------------------------------------


def test_amounts_that_are_equal_as_numbers_are_no_change():
    log = edit(
        LATER,
        {"initial_cash": "100000.00", "final_cash": "300000.00"},
        {"initial_cash": "100000", "final_cash": "400000"},
    )
    assert told(plan(shift(), edits=[log])) == [("edited", "ana", {"final_cash": (300_000, 400_000)})]


def test_a_line_that_changed_nothing_is_told_and_left_out():
    log = edit(LATER, {"final_cash": "400000.00", "card_total": None}, {"final_cash": "400000", "card_total": "0"})
    planned = plan(shift(), edits=[log])
    assert (told(planned), codes(planned)) == ([], ["edit_without_change"])
    assert [origin.id for origin in planned.told_by] == [log.origin.id]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "abc", "99999999999999999999999"])
def test_an_amount_that_is_none_or_above_the_limit_changed_nothing(amount):
    log = edit(LATER, {"final_cash": amount, "debit_card_total": amount}, {"final_cash": "1", "debit_card_total": "2"})
    planned = plan(shift(final_cash=Decimal(1)), edits=[log])
    assert {event.values.final_cash for event in planned.history[1:]} == {1}


def test_null_is_zero():
    log = edit(LATER, {"card_total": None}, {"card_total": "640000"})
    assert told(plan(shift(card_total=Decimal(640_000)), edits=[log])) == [
        ("edited", "ana", {"card_total": (0, 640_000)})
    ]


def test_what_was_written_over_in_between_is_a_change_by_nobody_known():
    logs = [edit(LATER, {"notes": "a"}, {"notes": "b"}), edit(LAST, {"notes": "c"}, {"notes": "d"})]
    planned = plan(shift(notes="e"), edits=logs)
    assert told(planned) == [
        ("edited", "ana", {"notes": ("a", "b")}),
        ("changed without trace", None, {"notes": ("b", "c")}),
        ("edited", "ana", {"notes": ("c", "d")}),
        ("changed without trace", None, {"notes": ("d", "e")}),
    ]
    assert [event.at for event in planned.history[2:]] == [LATER, LATER, LAST, LAST]
    assert facts(planned, Code.CHANGE_WITHOUT_TRACE) == [("notes", "b", "c"), ("notes", "d", "e")]


def test_an_untouched_value_that_is_not_what_comes_next_is_a_trace_too():
    log = edit(LATER, {"initial_cash": "90000", "notes": ""}, {"initial_cash": "90000", "notes": "x"})
    assert told(plan(shift(notes="x"), edits=[log])) == [
        ("edited", "ana", {"notes": ("", "x")}),
        ("changed without trace", None, {"initial_cash": (90_000, 100_000)}),
    ]


def test_hours_and_dates_are_read():
    log = edit(
        LATER,
        {"opened_time": "07:30", "session_date": "2026-03-09"},
        {"opened_time": "07:00:00", "session_date": "2026-03-10"},
    )
    ((_event, _by, changes),) = told(plan(shift(), edits=[log]))
    assert changes == {
        "session_date": (date(2026, 3, 9), date(2026, 3, 10)),
        "opened_time": (time(7, 30), time(7)),
    }


def test_a_value_that_cannot_be_read_changes_nothing_of_ours():
    log = edit(LATER, {"final_cash": "mucho", "opened_time": "?"}, {"final_cash": "400000", "opened_time": "07:00:00"})
    planned = plan(shift(), edits=[log])
    assert codes(planned) == ["edit_without_change"]
    assert planned.history[0].values.opened_at == utc(2026, 3, 10, 10)


def test_a_column_without_a_place_here_is_told_as_it_stands():
    log = edit(LATER, {"has_conflict": False, "total_sales": "1"}, {"has_conflict": True, "total_sales": "2"})
    assert told(plan(shift(), edits=[log])) == [("edited", "ana", {"has_conflict": (False, True)})]


def test_a_column_that_only_one_side_tells_of_is_no_change():
    planned = plan(shift(), edits=[edit(LATER, {}, {"final_cash": "5"}), edit(LAST, {"final_cash": "7"}, {})])
    assert codes(planned) == ["edit_without_change", "edit_without_change"]


def test_the_two_columns_that_cards_once_were_change_the_sum():
    log = edit(
        LATER,
        {"credit_card_total": "1000", "debit_card_total": "50"},
        {"credit_card_total": "3000", "debit_card_total": None},
    )
    planned = plan(shift(card_total=Decimal(5_000)), edits=[log])
    assert told(planned) == [("edited", "ana", {"card_total": (3_050, 5_000)})]
    assert [movement.amount for movement in planned.movements] == [3_050, 5_000]


@pytest.mark.parametrize("stored", ['{"notes": "a"}', {"notes": "a"}])
def test_values_may_be_stored_as_json_or_as_text(stored):
    assert rows.mapping(stored) == {"notes": "a"}


@pytest.mark.parametrize("stored", [None, "[]", "no json", 7])
def test_what_is_no_object_says_nothing(stored):
    assert rows.mapping(stored) == {}


def test_lines_are_read_in_the_order_of_their_instants():
    logs = [edit(LAST, {"notes": "b"}, {"notes": "c"}), edit(LATER, {"notes": "a"}, {"notes": "b"})]
    past = read_backwards(shift(notes="c").state, logs)
    assert [(step.before.notes, step.after.notes) for step in past.steps] == [("a", "b"), ("b", "c")]
    assert past.first.notes == "a"


# --- Events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "old", "new", "event"),
    [
        ({"flagged": True}, {"flagged": False}, {"flagged": True}, "flagged"),
        ({}, {"flagged": True}, {"flagged": False}, "unflagged"),
        ({}, {"is_deleted": True}, {"is_deleted": False}, "restored"),
        ({"is_deleted": True}, {"is_deleted": False}, {"is_deleted": True}, "deleted"),
        ({"notes": "x"}, {"notes": ""}, {"notes": "x"}, "edited"),
    ],
)
def test_the_event_says_what_happened(row, old, new, event):
    assert plan(shift(**row), edits=[edit(LATER, old, new)]).history[-1].event == event


def test_a_line_without_a_reason_says_that_there_was_none_and_keeps_a_name_that_is_nobodys():
    logs = [
        edit(LATER, {"notes": "a"}, {"notes": "b"}, reason=None),
        edit(LAST, {"notes": "b"}, {"notes": "c"}, by="Marta Sosa", reason="Me equivoqué"),
    ]
    history = plan(shift(notes="c"), edits=logs).history
    assert [(event.by, event.reason) for event in history[2:]] == [
        ("ana", "(sin motivo en el sistema anterior)"),
        (None, "Marta Sosa: Me equivoqué"),
    ]


def test_a_name_that_is_nobodys_is_found_in_the_report_at_its_line():
    (finding,) = plan(
        shift(notes="b"), edits=[edit(LATER, {"notes": "a"}, {"notes": "b"}, by="Quién", key="7")]
    ).findings
    assert (finding.table, finding.row, finding.field, finding.was) == (
        "cash_session_audit_logs",
        "7",
        "changed_by",
        "Quién",
    )


# --- The row as it stood ----------------------------------------------------------------------------------------------


def test_the_last_version_is_the_row_as_it_stands():
    planned = plan(shift(notes="b"), edits=[edit(LATER, {"notes": "a"}, {"notes": "b"})])
    assert planned.history[-1].values is planned.values


def test_an_open_shift_has_one_version():
    planned = plan(open_shift())
    assert [(event.event, event.values) for event in planned.history] == [("opened", planned.values)]


def test_each_version_is_the_row_as_it_stood_then():
    logs = [
        edit(
            utc(2026, 3, 10, 13),
            {"initial_cash": "90000.00", "opened_time": "07:30:00"},
            {"initial_cash": "100000", "opened_time": "07:00:00"},
        ),
        edit(
            LATER, {"final_cash": "390000", "closing_ticket": None}, {"final_cash": "400000", "closing_ticket": "Z-2"}
        ),
    ]
    row = shift(closing_ticket="Z-2", envelope_amount=Decimal(7_000))
    planned = plan(row, [expense("e1", 500, created_at=utc(2026, 3, 10, 12))], logs)
    seen = [
        (
            event.event,
            event.values.status,
            event.values.opened_at.hour,
            event.values.initial_cash,
            event.values.final_cash,
            event.values.ticket_number,
            event.values.expense_total,
            event.values.envelope_total,
        )
        for event in planned.history
    ]
    assert seen == [
        ("opened", "open", 10, 90_000, None, "", 0, 0),
        ("edited", "open", 10, 100_000, None, "", 500, 0),
        ("closed", "closed", 10, 100_000, 390_000, "", 500, 7_000),
        ("edited", "closed", 10, 100_000, 400_000, "Z-2", 500, 7_000),
    ]
    assert planned.history[0].values.opened_at == utc(2026, 3, 10, 10, 30)


def test_the_pharmacy_and_the_cashier_may_have_been_others():
    log = edit(LATER, {"business_id": "luque", "cashier_id": "gone"}, {"business_id": "centro", "cashier_id": "ana"})
    _opened, closed, edited = plan(shift(), edits=[log]).history
    assert (closed.values.pharmacy, closed.values.cashier) == ("luque", None)
    assert (edited.values.pharmacy, edited.values.cashier) == ("centro", "ana")


def test_marks_are_in_the_versions_from_when_they_were_set_until_they_were_taken_off():
    logs = [
        edit(LATER, {"flagged": False, "flag_reason": None}, {"flagged": True, "flag_reason": "Ojo"}),
        edit(LAST, {"flagged": True, "flag_reason": "Ojo"}, {"flagged": False, "flag_reason": None}),
    ]
    history = plan(shift(), edits=logs).history
    assert [event.values.flagged and event.values.flagged.reason for event in history] == [None, None, "Ojo", None]
    assert (history[2].values.flagged.at, history[2].values.flagged.by) == (LATER, "ana")


def test_what_happened_at_the_instant_of_the_closing_comes_after_it():
    planned = plan(shift(notes="b"), edits=[edit(utc(2026, 3, 10, 18), {"notes": "a"}, {"notes": "b"})])
    assert [event.event for event in planned.history] == ["opened", "closed", "edited"]


def test_the_opening_comes_first_whatever_the_hours_say():
    planned = plan(shift(notes="b"), edits=[edit(utc(2026, 3, 9), {"notes": "a"}, {"notes": "b"})])
    assert [event.event for event in planned.history] == ["opened", "edited", "closed"]


def test_a_flag_without_an_instant_was_not_there_when_the_shift_opened():
    log = edit(LATER, {"notes": "a"}, {"notes": "b"})
    history = plan(shift(notes="b", flagged=True, flag_reason="Ojo"), edits=[log]).history
    assert [event.values.flagged is None for event in history] == [True, False, False]


def test_a_version_counts_what_was_noted_by_then_and_not_voided_yet():
    logs = [
        edit(LATER, {"envelope_amount": "3000"}, {"envelope_amount": "2500"}),
        edit(LAST, {"envelope_amount": "2500"}, {"envelope_amount": "2600"}),
    ]
    history = plan(shift(envelope_amount=Decimal(2_600)), edits=logs).history
    assert [event.values.envelope_total for event in history] == [0, 3_000, 2_500, 2_600]
