"""What is owed to people by e-mail, and what became of it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.db.constraints import CHANGED_MEANWHILE
from sessions_app.models.shifts import CashSession
from sessions_app.querysets.mails import MailQuerySet

SUBJECT_LENGTH = 200


class Mail(models.Model):
    """One mail to one person, as it will be read. It is written with what it tells of, and sent by send_alerts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        GIVEN_UP = "given_up", _("Given up")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"), editable=False
    )
    session = models.ForeignKey(
        CashSession, models.PROTECT, related_name="+", null=True, verbose_name=_("shift"), editable=False
    )
    # What it tells of, so that the same is owed to the same person once.
    occasion = models.CharField(_("occasion"), max_length=100, editable=False)
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, editable=False)
    text = models.TextField(_("text"), editable=False)
    html = models.TextField(editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING, editable=False)
    owed_at = models.DateTimeField(_("owed"), editable=False)
    # When it is to be tried; once claimed, when it was.
    due_at = models.DateTimeField(_("due"), editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    error = models.TextField(_("error"), blank=True, default="", editable=False)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        default_permissions = ("view",)
        permissions = [
            ("receive_alerts", "Be told of differences and flags by e-mail"),
            ("resend_mail", "Try a mail again that was given up"),
        ]
        indexes = [
            models.Index("due_at", name="mail_due", condition=Q(state__in=["waiting", "sending"])),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "occasion"],
                name="person_is_told_once_of_an_occasion",
                violation_error_message=CHANGED_MEANWHILE,
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="sent_mail_says_when",
                violation_error_message=_("A sent mail says when it was sent."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @staticmethod
    def queue(*, subject: str, occasion: str, **values: Any) -> None:
        """Write it down, unless it is there already. A subject is one line."""
        now: datetime = periods.now()
        line = " ".join(subject.split())[:SUBJECT_LENGTH]
        mail = Mail(subject=line, occasion=occasion, owed_at=now, due_at=now, **values)
        Mail.objects.bulk_create([mail], ignore_conflicts=True)
