"""The mail about the week before: on Mondays, once, to those who chose the digest. Monday is 6 July 2026."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import actions as people
from cashpilot import periods
from sessions_app.mail import weekly
from sessions_app.models import Mail
from testing.database import update
from testing.factories import ShiftFactory

# Six in the morning in Asunción.
SIX = datetime(2026, 7, 6, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def reader(marta):
    marta.language = "en"
    marta.save()
    people.choose_mails(by=marta, mails_digest=True, mails_alerts=False)
    return marta


def queue(at):
    with periods.at(at):
        weekly.queue_weekly_mails()


def occasions():
    return list(Mail.objects.order_by("id").values_list("occasion", flat=True))


def test_it_is_owed_on_monday_from_six_on_and_once(reader, carla):
    queue(SIX - timedelta(microseconds=1))
    assert occasions() == []
    for later in (timedelta(), timedelta(hours=1), DAY - timedelta(hours=7)):
        queue(SIX + later)

    assert occasions() == ["week 2026-06-29"]
    assert Mail.objects.get().person == reader


def test_on_no_other_day(reader):
    for number in range(1, 7):
        queue(SIX + number * DAY)
    assert occasions() == []
    queue(SIX + 7 * DAY)
    assert occasions() == ["week 2026-07-06"]


def test_cashiers_receive_none_whatever_they_send(ana):
    people.choose_mails(by=ana, mails_digest=True)
    queue(SIX)
    assert occasions() == []


def test_it_says_the_week_its_pharmacies_and_what_is_left_to_settle(reader, ana, otto, settings):
    settings.SITE_URL = "https://cash.example.com"
    with periods.at(SIX - 3 * DAY):
        short = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 800_000})
        ShiftFactory(closed=True, cashier=otto)
    queue(SIX)
    mail = Mail.objects.get()

    assert mail.subject == "Week from Monday June 29 to Sunday July 5"
    assert mail.text.startswith(
        "From Monday June 29 to Sunday July 5: 2 shifts, 1 is not compared. "
        "₲\u00a0100.000 are missing in 1 shift. Of 1 nobody knows yet whether money is missing. "
        "Sales: ₲\u00a01.400.000.\n"
    )
    central = mail.text.partition("\nCentral\n")[2].partition("\n\n")[0]
    assert "  Sales: 700.000\n" in central
    assert "  Short now: −\u00a0100.000\n" in central
    assert "\nTotal\n" in mail.text
    assert f"  #{short.pk} · Central · Ana Benítez · Fri 03/07 06:00: −\u00a0100.000\n" in mail.text
    assert f"https://cash.example.com/sessions/{short.pk}/" in mail.text
    assert "  In this week: ₲\u00a00 missing, ₲\u00a00 too much\n" in mail.text
    assert "https://cash.example.com/reports/weekly/?week=2026-06-29\n" in mail.text


def test_spanish_is_the_language_of_who_reads_spanish(reader):
    reader.refresh_from_db()
    update([reader], language="es")
    queue(SIX)
    assert '<html lang="es">' in Mail.objects.get().html
