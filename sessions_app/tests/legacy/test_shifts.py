"""A shift: when, by whom, in which state, with which marks."""

from datetime import date, time
from decimal import Decimal

import pytest

from cashpilot.exceptions import REASON_LENGTH
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.plan import Mark
from sessions_app.legacy.shifts import Options
from sessions_app.legacy.values import width
from sessions_app.models import CashSession
from sessions_app.tests.legacy.old_rows import DAY, codes, edit, facts, open_shift, plan, reader, shift, utc

CLOSED = utc(2026, 3, 10, 18)


def test_a_counted_shift_comes_along_as_it_was():
    values = plan(shift(closing_ticket="Z-1", notes="Sin novedad")).values
    assert (values.pharmacy, values.cashier, values.business_date) == ("centro", "ana", DAY)
    assert (values.opened_at, values.closed_at, values.status) == (utc(2026, 3, 10, 10), CLOSED, "closed")
    assert (values.initial_cash, values.final_cash, values.uncounted_reason) == (100_000, 400_000, "")
    assert (values.ticket_number, values.notes, values.tolerance) == ("Z-1", "Sin novedad", 0)
    assert (values.transfers_billed_as_cash, values.flagged, values.deleted) == (True, None, None)


def test_the_whole_row_stays_with_it_and_the_same_row_has_the_same_digest():
    first, again = plan(shift()).origin, plan(shift()).origin
    assert (first.table, first.id, first.digest) == ("cash_sessions", "s1", again.digest)
    assert '"initial_cash": "100000.00"' in first.json
    assert plan(shift(notes="otra")).origin.digest != first.digest


def test_transfers_may_stand_apart_from_cash():
    row = shift()
    assert not reader(row, options=Options(transfers_in_cash=False)).plan(row).values.transfers_billed_as_cash


# --- When -------------------------------------------------------------------------------------------------------------


def test_a_shift_over_midnight_closes_the_next_day():
    assert plan(shift(opened_time=time(18), closed_time=time(0, 30))).values.closed_at == utc(2026, 3, 11, 3, 30)


def test_a_shift_may_close_in_the_minute_in_which_it_opened():
    assert plan(shift(closed_time=time(7))).values.closed_at == utc(2026, 3, 10, 10)


@pytest.mark.parametrize(("closed", "told"), [(time(23), []), (time(23, 1), [("closed_time", None, 16.02)])])
def test_more_than_sixteen_hours_are_told(closed, told):
    assert facts(plan(shift(closed_time=closed)), Code.LONG_SHIFT) == told


def test_an_hour_that_was_twice_or_never_is_told():
    row = shift(session_date=date(2024, 10, 6), opened_time=time(0, 30), closed_time=time(8))
    told = facts(plan(row), Code.TIME_THAT_WAS_NOT)
    assert [(field, str(was), now) for field, was, now in told] == [
        ("opened_time", "2024-10-06 00:30:00", utc(2024, 10, 6, 4, 30))
    ]


def test_a_shift_never_ends_before_it_begins():
    row = shift(session_date=date(2024, 10, 6), opened_time=time(0, 30), closed_time=time(1, 10))
    assert plan(row).values.closed_at == utc(2024, 10, 6, 4, 30)


@pytest.mark.parametrize(
    ("written", "closed"),
    [
        (utc(2026, 3, 10, 18, 20), utc(2026, 3, 10, 18, 20)),
        (utc(2026, 3, 11, 10), utc(2026, 3, 11, 10)),
        (utc(2026, 3, 11, 10, 1), utc(2026, 3, 11, 2, 59, 59)),
        (utc(2026, 3, 10, 9, 59), utc(2026, 3, 11, 2, 59, 59)),
        (None, utc(2026, 3, 11, 2, 59, 59)),
    ],
)
def test_without_an_hour_it_closed_when_it_was_last_written_or_else_with_the_day(written, closed):
    planned = plan(shift(closed_time=None, last_modified_at=written))
    assert planned.values.closed_at == closed
    assert facts(planned, Code.CLOSING_TIME_UNKNOWN) == [("closed_time", None, closed)]


def test_an_instant_without_a_zone_is_utc():
    naive = utc(2026, 3, 10, 18, 20).replace(tzinfo=None)
    assert plan(shift(closed_time=None, last_modified_at=naive)).values.closed_at == utc(2026, 3, 10, 18, 20)


# --- State ------------------------------------------------------------------------------------------------------------


def test_a_shift_closed_without_a_count_stays_so():
    planned = plan(shift(final_cash=None))
    assert (planned.values.status, planned.values.final_cash) == ("closed", None)
    assert planned.values.uncounted_reason == "Cerrado sin contar en el sistema anterior."
    assert codes(planned) == ["closed_without_count"]


def test_the_status_counts_whatever_its_case():
    assert codes(plan(shift(status="closed"))) == []
    assert plan(open_shift(status="Open")).values.status == "open"


@pytest.mark.parametrize(
    ("closed_time", "final_cash", "status"),
    [
        (time(15), Decimal(1), "closed"),
        (time(15), None, "closed"),
        (None, Decimal(1), "closed"),
        (None, None, "open"),
    ],
)
def test_an_unknown_status_is_told_by_the_count_and_the_hour(closed_time, final_cash, status):
    planned = plan(shift(status="PENDING", closed_time=closed_time, final_cash=final_cash))
    assert planned.values.status == status
    assert facts(planned, Code.UNKNOWN_STATUS) == [("status", "PENDING", status.upper())]


def test_an_open_shift_keeps_its_count_in_the_notes_alone():
    planned = plan(open_shift(final_cash=Decimal("777000.00"), notes="Ojo"))
    assert (planned.values.final_cash, planned.values.closed_at, planned.values.tolerance) == (None, None, None)
    assert planned.values.notes == "Ojo\nContado en el sistema anterior, sin cerrar: 777000"
    assert codes(planned) == ["open_with_count"]


def test_that_note_fits_into_notes_that_are_full():
    limit = width(CashSession, "notes")
    notes = plan(open_shift(final_cash=Decimal(5), notes="n" * limit)).values.notes
    assert len(notes) == limit
    assert notes.endswith("n\nContado en el sistema anterior, sin cerrar: 5")


@pytest.mark.parametrize(("column", "field"), [("initial_cash", "initial_cash"), ("final_cash", "final_cash")])
def test_a_negative_opening_or_count_blocks_the_shift(column, field):
    planned = plan(shift(**{column: Decimal("-1.00")}))
    assert facts(planned, Code.NEGATIVE) == [(field, Decimal("-1.00"), None)]
    assert planned.is_blocked


def test_amounts_are_rounded_and_told():
    planned = plan(shift(final_cash=Decimal("1234567.50")))
    assert planned.values.final_cash == 1_234_568
    assert facts(planned, Code.DECIMALS) == [("final_cash", Decimal("1234567.50"), 1_234_568)]
    assert planned.findings[0].severity == Severity.NOTE


def test_texts_are_unescaped_and_cut():
    limit = width(CashSession, "ticket_number")
    planned = plan(shift(notes="Lote A &amp; B", closing_ticket="Z" * (limit + 1)))
    assert (planned.values.notes, len(planned.values.ticket_number)) == ("Lote A & B", limit)
    assert codes(planned) == ["text_cut", "text_unescaped"]


# --- People -----------------------------------------------------------------------------------------------------------


def test_who_opened_may_be_another_than_the_cashier_or_nobody_known():
    assert plan(shift(created_by="marta")).history[0].by == "marta"
    for unknown in (None, "gone"):
        planned = plan(shift(created_by=unknown))
        assert planned.history[0].by is None
        assert facts(planned, Code.OPENER_UNKNOWN) == [("created_by", unknown, None)]


def test_a_shift_of_a_cashier_who_is_gone_is_nobodys():
    planned = plan(shift(cashier_id="gone"))
    assert planned.values.cashier is None
    assert codes(planned) == ["cashier_unknown"]


# --- Flags and deletions ----------------------------------------------------------------------------------------------


def test_a_flag_has_its_instant_from_the_audit():
    flagged = edit(utc(2026, 3, 11, 2, 45), {"flagged": False}, {"flagged": True}, by="marta@example.com")
    row = shift(flagged=True, flag_reason="Faltan vouchers", flagged_by="Marta Sosa <marta@example.com>")
    planned = plan(row, edits=[flagged])
    assert planned.values.flagged == Mark(utc(2026, 3, 11, 2, 45), "marta", "Faltan vouchers")
    assert codes(planned) == []


def test_a_flag_without_a_name_is_of_who_the_audit_says():
    flagged = edit(utc(2026, 3, 12), {"flagged": False}, {"flagged": True}, by="marta@example.com")
    assert plan(shift(flagged=True), edits=[flagged]).values.flagged.by == "marta"


@pytest.mark.parametrize(
    ("written", "at"), [(None, CLOSED), (utc(2026, 3, 12), utc(2026, 3, 12)), (utc(2026, 3, 9), CLOSED)]
)
def test_an_undated_flag_is_as_old_as_the_nearest_evidence(written, at):
    row = shift(flagged=True, flag_reason=None, flagged_by="Sistema", last_modified_at=written)
    planned = plan(row)
    assert planned.values.flagged == Mark(at, None, "Sistema: (sin motivo en el sistema anterior)")
    assert codes(planned) == ["flag_undated", "name_not_one_person"]


def test_a_reason_without_a_flag_is_left_out():
    planned = plan(shift(flag_reason="ya aclarado"))
    assert (planned.values.flagged, facts(planned, Code.FLAG_LEFT_OVER)) == (
        None,
        [("flag_reason", "ya aclarado", None)],
    )


def test_a_reason_that_grows_too_long_by_a_name_is_cut():
    row = shift(flagged=True, flag_reason="x" * REASON_LENGTH, flagged_by="Sistema")
    assert plan(row).values.flagged.reason == ("Sistema: " + "x" * REASON_LENGTH)[:REASON_LENGTH]


def test_a_deletion_keeps_who_and_when_but_nobody_kept_why():
    planned = plan(shift(is_deleted=True, deleted_at=utc(2026, 3, 10, 19), deleted_by="beto@example.com"))
    assert planned.values.deleted == Mark(
        utc(2026, 3, 10, 19), "beto", "Eliminado en el sistema anterior, que no guardó el motivo."
    )
    assert [(event.event, event.by) for event in planned.history] == [
        ("opened", "ana"),
        ("closed", None),
        ("deleted", "beto"),
    ]


def test_an_undated_deletion_is_as_old_as_the_nearest_evidence():
    planned = plan(shift(is_deleted=True))
    assert (planned.values.deleted.at, planned.values.deleted.by) == (CLOSED, None)
    assert codes(planned) == ["deletion_undated"]
    assert [event.event for event in planned.history] == ["opened", "closed", "deleted"]


def test_a_deletion_in_the_audit_keeps_its_reason():
    deletion = edit(utc(2026, 3, 12), {}, {}, action="DELETE", by="marta@example.com", reason="Duplicado")
    planned = plan(shift(is_deleted=True, deleted_at=utc(2026, 3, 12)), edits=[deletion])
    assert planned.values.deleted == Mark(utc(2026, 3, 12), "marta", "Duplicado")
    assert [event.event for event in planned.history] == ["opened", "closed", "deleted"]


def test_a_restored_shift_is_not_deleted_though_the_instant_stayed():
    restored = edit(utc(2026, 3, 13), {"is_deleted": True}, {"is_deleted": False}, action="RESTORE")
    planned = plan(shift(deleted_at=utc(2026, 3, 12), deleted_by="Beto Sosa"), edits=[restored])
    assert planned.values.deleted is None
    assert [(event.event, event.by) for event in planned.history[2:]] == [("deleted", "beto"), ("restored", "ana")]
    assert planned.history[2].values.deleted.at == utc(2026, 3, 12)
    assert codes(planned) == []


def test_a_restoring_that_left_no_trace_is_told():
    planned = plan(shift(deleted_at=utc(2026, 3, 12), deleted_by="Beto Sosa"))
    assert [event.event for event in planned.history[2:]] == ["deleted", "changed without trace"]
    assert facts(planned, Code.CHANGE_WITHOUT_TRACE) == [("is_deleted", True, False)]
    assert planned.values.deleted is None
