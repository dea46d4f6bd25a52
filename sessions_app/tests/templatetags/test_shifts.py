"""How a shift is drawn in a row: what people typed is escaped, and a row says all that became of a shift."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from cashpilot import periods
from sessions_app.domain.choices import Result
from sessions_app.templatetags import shifts as drawn
from testing.factories import ShiftFactory

SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


def shift(**fields):
    plain = {"initial_cash": 100_000, "first_initial_cash": 100_000, "business_date": periods.today()}
    return ShiftFactory.build(**plain | fields)


@pytest.mark.parametrize(
    ("result", "sign", "word"),
    [
        ("short", "▼", "Short"),
        ("over", "▲", "Over"),
        ("balanced", "=", "Balanced"),
        ("swapped", "⇄", "Wrong method"),
        ("not_compared", "?", "Not compared"),
        ("open", "●", "Open"),
    ],
)
def test_a_result_is_a_sign_a_word_and_a_colour(result, sign, word):
    said = f'<span class="badge" data-result="{result}"><span aria-hidden="true">{sign}</span> {word}</span>'
    assert drawn.badge(result) == said


def test_every_result_has_a_sign():
    assert drawn.SIGNS.keys() == set(Result)


def test_what_people_typed_is_escaped():
    now = periods.now()
    marked = shift(
        flagged_at=now,
        flag_reason=SCRIPT,
        signed_off_at=now,
        signed_off_note=SCRIPT,
        deleted_at=now,
        delete_reason=SCRIPT,
    )
    assert "<script" not in drawn.outcome(marked)
    assert drawn.outcome(marked).count(ESCAPED) == 3
    assert drawn.at_close(SCRIPT, "short") == f'<span class="at-close" data-result="short">{ESCAPED}</span>'


def test_an_outcome_is_what_became_of_a_shift_in_one_order():
    now = periods.now()
    assert drawn.outcome(shift()) == ""
    marked = shift(flagged_at=now, flag_reason="look", signed_off_at=now, signed_off_note="ok", signed_off_alone=True)
    marked.initial_cash = 90_000
    assert drawn.outcome(marked) == (
        '<span class="flag">⚑ Flagged: look</span> '
        '<span class="flag flag--calm">✓ Signed off by the same person: ok</span> '
        '<span class="flag flag--calm">Opening cash corrected: 100.000 → 90.000</span>'
    )


def test_a_long_reason_is_cut_short():
    assert f"look {'x' * 114}…</span>" in drawn.outcome(
        shift(flagged_at=periods.now(), flag_reason="look " + "x" * 200)
    )


def test_a_shift_is_overdue_when_it_is_open_and_its_day_is_over():
    yesterday = periods.today() - timedelta(days=1)
    late, today = shift(status="open", business_date=yesterday), shift(status="open", business_date=periods.today())
    closed = shift(status="closed", business_date=yesterday, final_cash=1)

    assert [drawn.is_overdue(one) for one in (late, today, closed)] == [True, False, False]
    assert "not closed on its day" in drawn.outcome(late)
    assert "not closed on its day" not in drawn.outcome(today)


def test_a_row_of_the_list_escapes_whatever_people_are_called(ana):
    listed = ShiftFactory(cashier=ana)
    listed.pharmacy.name = listed.cashier.first_name = listed.at_close = listed.contradiction = SCRIPT
    row = drawn.shift_rows([listed])

    assert "<script" not in row
    assert row.count(ESCAPED) == 4
    assert f'<a class="whole-link" href="/sessions/{listed.pk}/">#{listed.pk}</a>' in row


def test_a_row_that_was_drawn_before_is_drawn_anew_when_anything_in_it_is_another(ana):
    listed = ShiftFactory(cashier=ana, final_cash=150_000)
    listed.at_close = listed.contradiction = None

    def others(first):
        assert drawn.shift_rows([listed]) == first
        listed.flagged_at, listed.flag_reason = periods.now(), "look"
        yield drawn.shift_rows([listed])
        listed.pharmacy.name = "Sucursal 2"
        yield drawn.shift_rows([listed])
        listed.cashier.last_name = "Benítez de Rojas"
        yield drawn.shift_rows([listed])
        listed.contradiction = "the invoices say 1"
        yield drawn.shift_rows([listed])
        listed.contradiction = None
        with override("es"):
            yield drawn.shift_rows([listed])

    rows = [first := drawn.shift_rows([listed]), *others(first)]
    assert len(set(rows)) == 6


def test_a_day_is_told_by_its_date_in_a_row_that_was_drawn_while_it_was_today(time_machine, ana):
    listed = ShiftFactory(cashier=ana)
    listed.at_close = listed.contradiction = None
    assert '<td class="shifts__date">today</td>' in drawn.shift_rows([listed])
    time_machine.move_to(periods.now() + timedelta(days=1))
    assert '<td class="shifts__date">yesterday</td>' in drawn.shift_rows([listed])


def test_hours_are_those_of_asuncion():
    opened = datetime(2026, 11, 20, 11, 5, tzinfo=UTC)
    assert drawn.hours(shift(opened_at=opened)) == "08:05 –"
    assert drawn.hours(shift(opened_at=opened, closed_at=opened + timedelta(hours=8))) == "08:05 – 16:05"
