"""The control lines are made of first verdicts, kept with them or computed later, and told without a reproach."""

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.ledger import control_lines, integrity
from sessions_app.mail import alerts
from sessions_app.models import ControlLine, Mail
from testing.client import signed_in
from testing.database import tamper
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 11, 1, 12, tzinfo=periods.ASUNCION)
# Of drawers that took 700.000.
BALANCED, LACKING = {"billed_cash": 700_000}, {"billed_cash": 701_500}


def closed(cashier, day, billed=None, **values):
    with periods.at(FIRST + timedelta(days=day)):
        return ShiftFactory(closed=True, cashier=cashier, billed=billed, **values)


@pytest.fixture
def lacking(ana):
    """Eight fair shifts, then twelve that lack 1.500: with the least spread of 1.000 each adds 1.250 to the line."""
    return [closed(ana, day, BALANCED if day < 8 else LACKING) for day in range(20)]


def of(cashier):
    assert list(control_lines.drift()) == []
    return ControlLine.objects.get(cashier=cashier)


def test_a_shift_that_is_off_moves_the_line_at_once(lacking, ana):
    """Twelve times 1.250 is 15.000; the limit of 10.000 was passed by the ninth of them, on 17 November."""
    line = of(ana)
    assert (line.is_stale, line.compared, line.spread, line.limit) == (False, 20, 753, 10_000)
    assert (line.direction, line.since, line.crossed_by) == ("short", date(2026, 11, 9), lacking[16])
    assert line.points[7:10] == [["2026-11-08", 0, 0], ["2026-11-09", 1_250, 0], ["2026-11-10", 2_500, 0]]
    assert line.points[-1] == ["2026-11-20", 15_000, 0]


def test_below_twenty_shifts_it_tells_nothing(ana):
    for day in range(19):
        closed(ana, day, LACKING)
    line = of(ana)
    assert (line.compared, line.direction, line.since) == (19, "", None)
    assert line.points[-1][1] > line.limit


def test_who_is_over_at_each_shift_is_told_as_well(ana):
    for day in range(20):
        closed(ana, day, {"billed_cash": 698_500})
    assert (of(ana).direction, of(ana).since) == ("over", date(2026, 11, 1))


def test_a_shift_that_balances_waits_for_the_night(ana):
    closed(ana, 0, BALANCED)
    assert (of(ana).is_stale, of(ana).compared) == (True, 0)
    call_command("send_alerts")
    assert (of(ana).is_stale, of(ana).compared, of(ana).points) == (False, 1, [["2026-11-01", 0, 0]])


@pytest.mark.parametrize(("billed", "statements"), [(None, 0), (BALANCED, 1), (LACKING, 3)])
def test_a_close_that_balances_costs_one_statement_more(ana, billed, statements):
    closed(ana, 0, LACKING)
    with CaptureQueriesContext(connection) as queries:
        closed(ana, 1, billed)
    window = f"LIMIT {control_lines.WINDOW}"
    ours = [query for query in queries if ControlLine._meta.db_table in query["sql"] or window in query["sql"]]
    assert len(ours) == statements


def test_what_is_corrected_or_deleted_afterwards_changes_nothing(lacking, ana, marta):
    before = ControlLine.objects.values().get(cashier=ana)
    for shift in lacking[8:]:
        shift_actions.correct_shift(shift.pk, version=shift.version, reason="found it", final_cash=1_201_500, by=marta)
    for shift in lacking[8:]:
        mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    control_lines.compute_stale()
    assert of(ana).pk == before["id"]
    assert ControlLine.objects.values().get(cashier=ana) == before


def test_a_ticket_that_is_typed_later_counts_on_the_day_of_its_shift(ana, marta):
    late = closed(ana, 0)
    closed(ana, 1, LACKING)
    assert of(ana).compared == 1
    shift_actions.correct_shift(late.pk, version=late.version, reason="the ticket", billed_cash=703_000, by=marta)
    assert [point[0] for point in of(ana).points] == ["2026-11-01", "2026-11-02"]


def test_only_the_last_shifts_are_in_the_line(lacking, ana, monkeypatch):
    monkeypatch.setattr(control_lines, "WINDOW", 3)
    closed(ana, 20, LACKING)
    assert [point[0] for point in of(ana).points] == ["2026-11-19", "2026-11-20", "2026-11-21"]


def test_what_the_verdicts_do_not_make_is_told_and_rebuilt(lacking, ana, beto):
    closed(beto, 0, LACKING, register=2)
    tamper(f"UPDATE sessions_app_controlline SET spread = 5 WHERE cashier_id = {ana.pk}")
    tamper(f"DELETE FROM sessions_app_controlline WHERE cashier_id = {beto.pk}")
    kept = ControlLine.objects.get(cashier=ana)
    assert list(integrity.CHECKS["control lines of cashiers"]()) == [
        f"sessions_app_controlline {kept.pk}: the control line of Ana Benítez is not the one that the first verdicts"
        " make",
        f"sessions_app_controlline: the cashier {beto.pk} has first verdicts and no control line",
    ]
    control_lines.rebuild()
    assert (of(ana).spread, of(beto).compared) == (753, 1)


SENTENCE = "Ana Benítez: a little short at each shift, since November 9"


def page(person, address):
    person.language = "en"
    person.save()
    return signed_in(person).get(address)


def test_the_owner_is_told_with_the_way_to_the_report_of_that_person(lacking, ana, marta):
    with periods.at(FIRST + timedelta(days=21)), translation.override("en"):
        home = page(marta, "/")
        assert SENTENCE.removeprefix("Ana Benítez: ") in home.text
        [line] = home.context["worklist"].lines
        assert f"/reports/cashiers/?cashier={ana.pk}&amp;date_from=2026-11-09" in home.text
        assert "Steadily short, since about 09/11/2026" in signed_in(marta).get(line.report_address).text


def test_a_line_within_its_limit_is_not_told(ana, marta):
    closed(ana, 0, LACKING)
    assert page(marta, "/").context["worklist"].lines == []


def test_who_left_is_not_told_of_any_more(lacking, ana, marta):
    ana.is_active = False
    ana.save()
    assert page(marta, "/").context["worklist"].lines == []


def test_the_shifts_of_the_climb_tell_it_and_those_before_do_not(lacking, marta):
    assert SENTENCE in page(marta, f"/sessions/{lacking[8].pk}/").text
    assert SENTENCE not in page(marta, f"/sessions/{lacking[7].pk}/").text


def test_nobody_is_shown_the_own_line_beside_the_work(lacking, ana, marta):
    assert "at each shift" not in page(ana, f"/sessions/{lacking[8].pk}/").text
    assert "at each shift" not in page(ana, "/").text
    ControlLine.objects.update(cashier=marta)
    assert page(marta, "/").context["worklist"].lines == []


def test_the_digest_tells_it(lacking, marta):
    marta.mails_digest, marta.language = True, "en"
    marta.save()
    with periods.at(FIRST + timedelta(days=21)):
        alerts.queue_digests()
    text = Mail.objects.get(person=marta, occasion__startswith="digest").text
    assert "Worth looking at together" in text
    assert "a little short at each shift, since November 9" in text
