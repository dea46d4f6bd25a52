"""A day whose shifts alone do not tell is judged as a whole, and the verdict is kept by whatever changes it."""

import pytest

from cashpilot import periods
from sessions_app.actions import days as day_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import day_verdicts, integrity
from sessions_app.models import DayVerdict
from testing.database import tamper, update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return periods.today()


@pytest.fixture
def unknown(ana):
    """500.000 opened with, 1.200.000 counted; what was billed is not known."""
    return ShiftFactory(closed=True, cashier=ana)


def told():
    assert list(day_verdicts.drift()) == []
    return list(DayVerdict.objects.values_list("result", "difference", "is_signed_off"))


def write(central, marta, cash, *, version=0):
    return day_actions.write_day(
        central, periods.today(), by=marta, version=version, reason="the ticket", billed_cash=cash
    )


def test_what_a_day_goes_through(unknown, ana, beto, marta, olga, central, today):
    seen = [told()]

    def after(step):
        step()
        seen.append(told())

    after(lambda: write(central, marta, 715_000))
    after(lambda: day_actions.sign_off_day(central, today, by=olga, version=1, note="talked it over"))
    envelope = NewMovement(Kind.ENVELOPE, 5_000)
    after(lambda: movement_actions.add_movement(unknown.pk, new=envelope, reason="late", by=marta))
    second = ShiftFactory(cashier=beto, register=2)
    seen.append(told())
    balanced = {"billed_cash": 700_000}
    after(lambda: shift_actions.close_shift(second.pk, final_cash=1_200_000, billed=balanced, by=beto))
    after(lambda: mark_actions.delete_shift(second.pk, reason="twice", by=marta))
    after(lambda: shift_actions.correct_shift(unknown.pk, version=3, reason="otra vez", billed_cash=705_000, by=marta))
    after(lambda: shift_actions.correct_shift(unknown.pk, version=4, reason="otra vez", billed_cash=None, by=marta))
    after(lambda: write(central, marta, None, version=3))

    assert seen == [
        [],
        [("short", -15_000, False)],
        [("short", -15_000, True)],
        [("short", -10_000, False)],
        [],  # a shift is open
        [("over", 690_000, False)],
        [("short", -10_000, False)],
        [],  # every shift is compared
        [("short", -10_000, False)],
        [],  # what was billed is not known
    ]


def test_a_day_with_a_shift_that_was_not_counted_has_no_verdict(unknown, marta, central):
    write(central, marta, 715_000)
    update([unknown], final_cash=None, uncounted_reason="forgotten")
    day_actions.write_day(central, periods.today(), by=marta, version=1, cost=5)
    assert told() == []


def test_methods_that_were_billed_are_compared_with_what_the_shifts_received(ana, marta, central, today):
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.CARD, 80_000)])
    day_actions.write_day(central, today, by=marta, version=0, billed_cash=615_000, billed_card=165_000)
    assert told() == [("swapped", 0, False)]


def test_a_shift_of_another_day_or_pharmacy_is_no_part_of_it(unknown, otto, marta, central, luque):
    with periods.at(unknown.opened_at.replace(year=unknown.opened_at.year - 1)):
        ShiftFactory(closed=True, cashier=unknown.cashier)
    ShiftFactory(closed=True, cashier=otto)
    write(central, marta, 700_000)
    assert told() == [("balanced", 0, False)]


def test_a_change_of_a_day_that_nobody_wrote_reads_and_writes_no_verdict(unknown, marta):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day_verdicts, "keep", lambda day: pytest.fail("there is no day"))
        mark_actions.delete_shift(unknown.pk, reason="twice", by=marta)
    assert told() == []


def test_what_is_not_what_the_shifts_make_is_told_and_rebuilt(unknown, marta, central, today):
    write(central, marta, 715_000)
    tamper("UPDATE sessions_app_dayverdict SET difference = -1")
    assert list(integrity.CHECKS["verdicts of days"]()) == [
        f"sessions_app_dayverdict Central {today}: says short -1, signed off: False,"
        " its shifts make short -15000, signed off: False"
    ]
    tamper("DELETE FROM sessions_app_dayverdict")
    [fault] = day_verdicts.drift()
    assert "says nothing" in fault
    day_verdicts.rebuild()
    assert told() == [("short", -15_000, False)]


def test_a_verdict_without_its_day_is_told(unknown, marta, central):
    write(central, marta, 715_000)
    tamper("UPDATE sessions_app_day SET billed_cash = NULL, billed_source = ''")
    [fault] = day_verdicts.drift()
    assert fault.endswith("its shifts make nothing")
