"""Each event that deserves a mail: its readers and its words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts import actions as people
from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import anchors
from sessions_app.mail import alerts
from sessions_app.models import CashSession, Mail
from testing.factories import PersonFactory, ShiftFactory

# 6:30 in Asunción.
MORNING = datetime(2026, 7, 3, 9, 30, tzinfo=UTC)


def billed(cash):
    return {"billed": {"billed_cash": cash}}


def owed(**which):
    """To whom, in the order of writing."""
    return [mail.person.first_name for mail in Mail.objects.filter(**which).select_related("person").order_by("id")]


def correct(shift, by, **changes):
    version = CashSession.objects.get(pk=shift.pk).version
    return shift_actions.correct_shift(shift.pk, version=version, reason="otra vez", by=by, **changes)


def english(user):
    user.language = "en"
    user.save()
    return user


# --- Differences ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cash", "mails"), [(700_000, 0), (720_000, 0), (680_000, 0), (720_001, 1), (679_999, 1), (None, 0)]
)
def test_a_close_that_is_off_by_more_than_the_threshold_is_told(cash, mails, ana, marta):
    ShiftFactory(closed=True, cashier=ana, **billed(cash))

    assert owed() == ["Marta"] * mails


def test_the_threshold_is_the_pharmacys(ana, marta, central):
    central.alert_threshold = 0
    central.save()
    ShiftFactory(closed=True, cashier=ana, **billed(700_001))

    assert owed() == ["Marta"]


def test_it_goes_to_active_administrators_who_want_it(ana, beto, marta, carla, central):
    nora, olga = PersonFactory(first_name="Nora", role="Admin"), PersonFactory(first_name="Olga", role="Admin")
    people.choose_mails(by=nora, mails_alerts=False)
    people.disable(olga.pk, by=marta)
    ShiftFactory(closed=True, cashier=ana, **billed(800_000))

    assert owed() == ["Marta"]


def test_a_correction_is_told_when_it_leaves_another_difference(ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana, **billed(800_000))
    correct(shift, ana, ticket_number="7")
    assert owed() == ["Marta"]
    correct(shift, ana, final_cash=1_150_000)
    assert owed() == ["Marta", "Marta"]
    correct(shift, ana, billed_cash=640_000)
    assert owed(occasion__startswith=f"difference {shift.pk}.") == ["Marta", "Marta"]


def test_a_movement_noted_late_is_a_correction(ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana, **billed(700_000))
    late = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.ENVELOPE, 50_000), reason="faltaba", by=ana)
    assert owed() == ["Marta"]
    movement_actions.void_movement(shift.pk, late.pk, reason="no era", by=ana)
    assert owed(occasion__startswith=f"difference {shift.pk}.") == ["Marta"]


def test_what_is_rolled_back_is_owed_to_nobody(ana, marta):
    with transaction.atomic():
        ShiftFactory(closed=True, cashier=ana, **billed(800_000))
        transaction.set_rollback(True)

    assert owed() == []


def test_it_says_the_figures_in_the_readers_language_with_a_link(ana, marta, settings):
    settings.SITE_URL = "https://cash.example.com"
    english(marta)
    with periods.at(MORNING):
        shift = ShiftFactory(closed=True, cashier=ana, **billed(720_001))
    mail = Mail.objects.get()

    assert mail.subject == f"Central: ₲ 20.001 short in shift #{shift.pk}"
    assert "Counted cash: ₲\u00a01.200.000" in mail.text
    assert "Expected cash: ₲\u00a01.220.001" in mail.text
    assert "Difference in all: −\u00a020.001" in mail.text
    assert "Cashier: Ana Benítez" in mail.text
    assert f"https://cash.example.com/sessions/{shift.pk}/" in mail.text
    assert f'href="https://cash.example.com/sessions/{shift.pk}/"' in mail.html
    assert "https://cash.example.com/accounts/mails/" in mail.text


def test_spanish_is_the_language_of_who_reads_spanish(ana, marta):
    ShiftFactory(closed=True, cashier=ana, **billed(800_000))

    assert '<html lang="es">' in Mail.objects.get().html


# --- A difference that is gone ----------------------------------------------------------------------------------------


def gone(**which):
    return owed(occasion__startswith="difference gone", **which)


def test_who_was_mailed_a_difference_is_mailed_once_when_it_is_gone_and_how(ana, marta, olga):
    people.choose_mails(by=english(olga), mails_alerts=False)
    english(marta)
    with periods.at(MORNING):
        shift = ShiftFactory(closed=True, cashier=ana, **billed(750_000))
        taxi = NewMovement(Kind.EXPENSE, 50_000, "Taxi")
        late = movement_actions.add_movement(shift.pk, new=taxi, reason="me olvidé", by=ana)
        assert gone() == ["Marta"]
        text = Mail.objects.get(occasion=f"difference gone {shift.pk}").text
        movement_actions.void_movement(shift.pk, late.pk, reason="no era", by=marta)
        correct(shift, marta, final_cash=1_250_000)

    assert gone() == ["Marta"]
    assert f"Shift #{shift.pk} of Central, of which you were told, is no longer off by that much." in text
    assert "  At the close: Short −\u00a050.000\n" in text
    assert "  Now: Balanced\n" in text
    assert "  expense 50.000 «Taxi», by Ana Benítez 06:30 «me olvidé»: −\u00a050.000 → 0\n" in text


def test_a_shift_that_is_deleted_takes_its_difference_with_it_and_that_is_told(ana, marta):
    english(marta)
    shift = ShiftFactory(closed=True, cashier=ana, **billed(750_000))
    mark_actions.delete_shift(shift.pk, reason="repetido", by=marta)

    assert gone() == ["Marta"]
    assert ": Deleted by Marta Benítez: repetido\n" in Mail.objects.latest("id").text


def test_of_a_difference_that_nobody_was_mailed_nobody_is_told_that_it_is_gone(ana, marta):
    people.choose_mails(by=marta, mails_alerts=False)
    shift = ShiftFactory(closed=True, cashier=ana, **billed(750_000))
    correct(shift, ana, final_cash=1_250_000)
    assert owed() == []

    small = ShiftFactory(closed=True, cashier=ana, **billed(710_000))
    correct(small, ana, final_cash=1_210_000)
    assert owed() == []


@pytest.mark.parametrize(("missing", "mails"), [(20_000, 0), (20_001, 1)])
def test_a_shift_that_is_corrected_before_its_ticket_comes_is_told_if_it_was_off_as_closed(missing, mails, ana, marta):
    english(marta)
    shift = ShiftFactory(closed=True, cashier=ana)
    correct(shift, ana, final_cash=1_200_000 + missing)
    correct(shift, ana, billed_cash=700_000 + missing)

    assert owed() == gone() == ["Marta"] * mails
    if mails:
        text = Mail.objects.get().text
        assert "was corrected before what was billed was known: it was off as closed." in text
        assert "  At the close: Short −\u00a020.001\n" in text
        assert "  Now: Balanced\n" in text
        assert "  counted cash 1.200.000 → 1.220.001, by Ana Benítez" in text


# --- What stands under another method, tickets that are missing, sign-offs by the same person -------------------------


@pytest.mark.parametrize(("card", "mails"), [(20_000, 0), (20_001, 1)])
def test_much_under_another_method_is_told_with_what_would_make_it_true(card, mails, ana, marta):
    english(marta)
    ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000 - card, "billed_card": card})

    assert owed() == ["Marta"] * mails
    if mails:
        mail = Mail.objects.get()
        assert mail.subject.startswith("Central: ₲ 20.001 under another method in shift #")
        assert "No money is missing if the card slips and the transfers are there." in mail.text


@pytest.mark.parametrize(("asked", "cash", "mails"), [(True, None, 1), (False, None, 0), (True, 700_000, 0)])
def test_a_blank_ticket_is_told_at_once_where_the_pharmacy_says_so(asked, cash, mails, ana, marta, central):
    central.alerts_blank_ticket = asked
    central.save()
    shift = ShiftFactory(closed=True, cashier=ana, **billed(cash))
    correct(shift, ana, ticket_number="7")

    assert owed(occasion=f"blank ticket {shift.pk}") == owed() == ["Marta"] * mails


def test_a_sign_off_by_the_same_person_is_told_to_auditors_too(marta, carla, central):
    english(carla)
    own = ShiftFactory(closed=True, cashier=marta, pharmacy=central, **billed(710_000))
    mark_actions.sign_off_shift(own.pk, note="Vuelto mal dado", by=marta)

    assert sorted(owed(occasion=f"signed off alone {own.pk}.3")) == ["Carla", "Marta"]
    mail = Mail.objects.get(person=carla)
    assert mail.subject == f"Central: shift #{own.pk} was signed off by the same person"
    assert "Note: Vuelto mal dado" in mail.text


# --- Flags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chose", "by", "told"),
    [(False, "marta", ["Marta"]), (True, "marta", ["Ana", "Marta"]), (True, "ana", ["Marta"])],
)
def test_a_flag_is_told_to_administrators_and_to_the_cashier_who_chose_so(chose, by, told, ana, marta, request):
    people.choose_mails(by=ana, mails_own_flags=chose)
    shift = ShiftFactory(cashier=ana)
    mark_actions.flag_shift(shift.pk, reason="Odd", by=request.getfixturevalue(by))

    assert sorted(owed()) == told


def test_the_flag_of_an_open_shift_tells_nothing_that_is_expected(ana, marta):
    people.choose_mails(by=english(ana), mails_own_flags=True)
    shift = ShiftFactory(cashier=ana)
    mark_actions.flag_shift(shift.pk, reason="Odd envelope", by=marta)
    mail = Mail.objects.get(person=ana)

    assert mail.subject == f"Central: shift #{shift.pk} was flagged"
    assert "Why it was flagged: Odd envelope" in mail.text
    assert "Expected" not in mail.text


def test_a_second_flag_is_another_mail(ana, marta):
    shift = ShiftFactory(cashier=ana)
    for reason in ("Odd", "Odd again"):
        mark_actions.flag_shift(shift.pk, reason=reason, by=ana)
        mark_actions.unflag_shift(shift.pk, reason="Seen", by=marta)

    assert owed() == ["Marta", "Marta"]


# --- Text that people typed -------------------------------------------------------------------------------------------


def test_stored_html_is_text_and_a_newline_makes_no_header(ana, marta, central):
    central.name = "Cen<b>tral</b>\r\nBcc: thief@example.com"
    central.save()
    shift = ShiftFactory(cashier=ana)
    mark_actions.flag_shift(shift.pk, reason="<script>alert(1)</script> & more", by=ana)
    mail = Mail.objects.get()

    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert "<script>" not in mail.html
    assert "<b>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "<script>alert(1)</script> & more" in mail.text


# --- The digest -------------------------------------------------------------------------------------------------------


@pytest.fixture
def early(marta):
    people.choose_mails(by=english(marta), mails_digest=True)
    return marta


def test_it_goes_each_morning_once_to_those_who_chose_it(early, carla):
    with periods.at(MORNING - timedelta(minutes=31)):
        alerts.queue_digests()
        assert owed() == []
    for hours in (0, 1, 24):
        with periods.at(MORNING + timedelta(hours=hours)):
            alerts.queue_digests()

    assert owed() == ["Marta", "Marta"]
    assert list(Mail.objects.values_list("occasion", flat=True)) == ["digest 2026-07-03", "digest 2026-07-04"]


def test_cashiers_receive_none_whatever_they_send(ana):
    people.choose_mails(by=ana, mails_digest=True)
    with periods.at(MORNING):
        alerts.queue_digests()

    assert owed() == []


def test_it_says_what_waits_and_what_yesterday_brought(early, ana, beto):
    people.choose_mails(by=early, mails_alerts=False)
    with periods.at(MORNING - timedelta(days=1)):
        short = ShiftFactory(closed=True, cashier=ana, **billed(800_000))
        ShiftFactory(closed=True, cashier=beto, register=2)
        still_open = ShiftFactory(cashier=ana)
    with periods.at(MORNING):
        alerts.queue_digests()
    mail = Mail.objects.get()

    assert mail.subject == "CashPilot this morning: 2 to look at"
    for line in (
        "Missing, not yet signed off: ₲\u00a0100.000",
        "Shifts and days that are short: 1",
        "Short at first, corrected since, not yet signed off: ₲\u00a00",
        "Signed off by the same person this week: 0",
        "Not compared with the billing system: 1",
        "Open since an earlier day: 1",
        "Sales: ₲\u00a01.400.000",
        "Shifts: 3",
        "Short: −\u00a0100.000",
    ):
        assert f"  {line}\n" in mail.text
    assert f"  #{short.pk} · Central · Ana Benítez · yesterday 06:30: −\u00a0100.000\n" in mail.text
    assert f"  #{still_open.pk} · Central · Ana Benítez: yesterday 06:30\n" in mail.text
    assert f"/sessions/{short.pk}/" in mail.text


def test_it_is_owed_from_six_in_the_morning_on(early):
    """09:00 in UTC."""
    six = MORNING - timedelta(minutes=30)
    with periods.at(six - timedelta(microseconds=1)):
        alerts.queue_digests()
    assert owed() == []
    with periods.at(six):
        alerts.queue_digests()
    assert owed() == ["Marta"]


def test_it_shows_both_verdicts_the_corrected_sum_blank_tickets_and_sign_offs_by_the_same_person(early, ana, central):
    people.choose_mails(by=early, mails_alerts=False)
    with periods.at(MORNING - timedelta(days=1)):
        own = ShiftFactory(closed=True, cashier=early, pharmacy=central, **billed(700_000))
        mark_actions.sign_off_shift(own.pk, note="Nadie más", by=early)
        corrected = ShiftFactory(closed=True, cashier=ana, **billed(750_000))
        correct(corrected, ana, final_cash=1_240_000)
        blank = ShiftFactory(closed=True, cashier=ana)
    with periods.at(MORNING):
        alerts.queue_digests()
    text = Mail.objects.get(occasion__startswith="digest").text

    assert "Missing, not yet signed off: ₲\u00a010.000\n" in text
    assert "Signed off by the same person this week: 1\n" in text
    assert (
        f"#{corrected.pk} · Central · Ana Benítez · yesterday 06:30: −\u00a010.000. 50.000 were missing at the close;"
        " then: counted cash 1.200.000 → 1.240.000, by Ana Benítez 06:30 «otra vez»\n" in text
    )
    assert "Closed without the ticket on 02/07/2026: 1\n" in text
    assert f"  #{blank.pk} · Central · Ana Benítez: yesterday 06:30\n" in text


def test_it_bears_the_newest_anchor(early):
    anchor = anchors.make()
    with periods.at(MORNING):
        alerts.queue_digests()
    assert f"  Anchor: {anchor}\n" in Mail.objects.get(occasion__startswith="digest").text
