"""How mails leave: through a real SMTP server on this machine, or not at all, and never twice."""

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import actions as people
from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.mail import outbox
from sessions_app.models import Mail
from testing.client import signed_in
from testing.factories import PersonFactory, ShiftFactory

NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)


class Inbox:
    """A mail server: the mails it took, and its answers meanwhile."""

    def __init__(self):
        self.taken = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, shift, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return self.answer


@pytest.fixture
def inbox(settings):
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_HOST, settings.EMAIL_PORT = free.getsockname()
    server = Controller(inbox, hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    yield inbox
    server.stop()


@pytest.fixture
def dead(settings):
    """Nobody listens there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 5


@pytest.fixture
def mail(ana, marta):
    marta.language = "en"
    marta.save()
    with periods.at(NOW):
        ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 800_000})
    return Mail.objects.get()


def told(mail):
    mail.refresh_from_db()
    return mail.state, mail.tries


def test_it_arrives_as_text_and_html(mail, inbox, settings):
    settings.DEFAULT_FROM_EMAIL = "CashPilot <cash@example.com>"
    assert outbox.send_due() == 1

    [(to, message)] = inbox.taken
    assert to == ["marta@example.com"]
    assert message["From"] == "CashPilot <cash@example.com>"
    assert message["Subject"] == mail.subject
    assert message["Message-ID"] == f"<cashpilot-{mail.pk}@testserver>"
    # SMTP ends its lines with CR LF.
    assert message.get_body(["plain"]).get_content().split() == mail.text.split()
    assert message.get_body(["html"]).get_content().split() == mail.html.split()
    assert told(mail) == ("sent", 1)
    assert mail.sent_at is not None


def test_it_is_sent_once(mail, inbox):
    assert [outbox.send_due(), outbox.send_due()] == [1, 0]
    assert len(inbox.taken) == 1


def test_a_dead_server_delays_the_mail_and_not_the_close(ana, marta, dead):
    started = time.monotonic()
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 800_000})
    assert time.monotonic() - started < 5
    assert outbox.send_due() == 0

    assert (shift.status, told(Mail.objects.get())) == ("closed", ("waiting", 1))
    assert "refused" in Mail.objects.get().error


def test_the_pauses_grow_and_in_the_end_it_is_given_up(mail, inbox):
    inbox.answer = "451 Not now"
    now, tried = NOW, []
    while told(mail)[0] == "waiting":
        with periods.at(now):
            outbox.send_due()
        tried.append(now)
        mail.refresh_from_db()
        with periods.at(mail.due_at - timedelta(seconds=1)):
            assert outbox.send_due() == 0
        now = mail.due_at

    pauses = [(later - earlier) // timedelta(minutes=1) for earlier, later in pairwise(tried)]
    assert pauses == [1, 5, 30, 120, 360]
    assert told(mail) == ("given_up", 6)
    assert "451" in mail.error


def test_it_leaves_once_the_server_is_back(mail, inbox):
    inbox.answer = "451 Not now"
    with periods.at(NOW):
        outbox.send_due()
    inbox.answer = "250 OK"
    with periods.at(NOW + timedelta(minutes=1)):
        assert outbox.send_due() == 1
    assert (told(mail), mail.error) == (("sent", 2), "")


def test_one_that_is_refused_holds_up_no_other(mail, inbox, ana, beto, marta):
    Mail.objects.filter(pk=mail.pk).update(subject="two\nlines")
    ShiftFactory(closed=True, cashier=beto, register=2, billed={"billed_cash": 900_000})
    assert outbox.send_due() == 1

    assert [one.state for one in Mail.objects.order_by("id")] == ["waiting", "sent"]
    assert inbox.taken[0][1]["Subject"] != "two lines"


def test_who_was_disabled_meanwhile_receives_nothing(mail, inbox, marta):
    people.disable(marta.pk, by=PersonFactory(first_name="Nora", role="Admin"))
    assert outbox.send_due() == 0
    assert (told(mail), inbox.taken) == (("given_up", 1), [])


def test_a_sender_that_died_over_a_mail_does_not_send_it_again(mail, inbox):
    Mail.objects.filter(pk=mail.pk).update(state="sending", tries=1, due_at=NOW)
    with periods.at(NOW + outbox.LOST):
        outbox.send_due()
        assert told(mail) == ("sending", 1)
    with periods.at(NOW + outbox.LOST + timedelta(seconds=1)):
        outbox.send_due()
    assert (told(mail), inbox.taken) == (("given_up", 1), [])


@pytest.mark.django_db(transaction=True)
def test_of_several_senders_at_once_each_mail_has_one(inbox, marta, ana):
    now = timezone.now()
    Mail.objects.bulk_create(
        Mail(person=marta, occasion=str(number), subject=str(number), text="t", html="h", owed_at=now, due_at=now)
        for number in range(30)
    )
    start = threading.Barrier(4, timeout=30)

    def send(_number):
        try:
            start.wait()
            return outbox.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(send, range(4)))

    assert sum(sent) == 30
    assert sorted(int(message["Subject"]) for _to, message in inbox.taken) == list(range(30))


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_the_same_test_would_fail(inbox, marta, monkeypatch):
    """The positive control: two who both believe that the mail is theirs."""
    now = timezone.now()
    Mail.objects.create(person=marta, occasion="1", subject="1", text="t", html="h", owed_at=now, due_at=now)
    both_read = threading.Barrier(2, timeout=30)

    def claim(mail):
        both_read.wait()
        Mail.objects.filter(pk=mail.pk).update(state="sending", tries=1)
        mail.tries = 1
        return True

    monkeypatch.setattr(outbox, "_claim", claim)

    def send(_number):
        try:
            return outbox.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(send, range(2))) == 2
    assert len(inbox.taken) == 2


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_owes_the_digest_and_sends_it(inbox, marta):
    people.choose_mails(by=marta, mails_digest=True)
    with periods.at(NOW):
        call_command("send_alerts")

    assert [to for to, _message in inbox.taken] == [["marta@example.com"]]


def test_the_loop_ends_when_it_is_told_to(mail, inbox, monkeypatch):
    monkeypatch.setattr(outbox, "send_due", lambda: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        call_command("send_alerts", every=60)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


# --- In the back office -----------------------------------------------------------------------------------------------


def test_administrators_and_auditors_see_what_became_of_it(mail, marta, carla, ana):
    for user in (marta, carla):
        client = signed_in(user)
        assert mail.subject in client.get("/admin/sessions_app/mail/").content.decode()
        assert mail.subject in client.get(f"/admin/sessions_app/mail/{mail.pk}/change/").content.decode()
        assert client.post(f"/admin/sessions_app/mail/{mail.pk}/change/", {"subject": "x"}).status_code == 403
        assert client.get(f"/admin/sessions_app/mail/{mail.pk}/history/").status_code == 404
    assert signed_in(ana).get("/admin/sessions_app/mail/").status_code == 403


def test_an_administrator_tries_again_what_was_given_up(mail, inbox, marta, carla):
    path = f"/admin/sessions_app/mail/{mail.pk}/resend/"
    assert signed_in(marta).post(path).status_code == 409
    Mail.objects.filter(pk=mail.pk).update(state="given_up", tries=6)
    assert signed_in(carla).post(path).status_code == 403
    assert signed_in(marta).post(path).status_code == 302

    assert told(mail) == ("waiting", 0)
    assert outbox.send_due() == 1


def test_a_mail_that_is_waiting_is_not_tried_again(mail, marta):
    with pytest.raises(ActionRefused):
        outbox.resend(mail.pk, by=marta)


def test_nobody_else_tries_again(mail, ana):
    with pytest.raises(Mail.DoesNotExist):
        outbox.resend(mail.pk, by=ana)


def test_flagging_writes_the_mail_and_nothing_more_is_needed(ana, marta, inbox):
    shift = ShiftFactory(closed=True, cashier=ana)
    mark_actions.flag_shift(shift.pk, reason="odd", by=ana)
    assert outbox.send_due() == 1
