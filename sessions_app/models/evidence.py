"""Evidence that arrives by itself: Source -> Batch -> Line -> Match. Amounts: whole guaraníes, below zero for returns.

A source remembers how its files are read; a batch is one file or call, applied whole or not at all; a line is one fact
of it; a match says which shift, day or transfer the batch speaks of, what it said, and what was there before.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cashpilot.db.constraints import CHANGED_MEANWHILE, INCOMPLETE_MARK
from cashpilot.money import SignedMoneyField
from pharmacies.models import Pharmacy
from sessions_app.models.days import Day
from sessions_app.models.fields import mark_person, moment, reason_column, together, who
from sessions_app.models.movements import Movement
from sessions_app.models.shifts import CashSession
from sessions_app.querysets.evidence import BatchQuerySet, LineQuerySet, MatchQuerySet, SourceQuerySet


class EvidenceKind(models.TextChoices):
    """Name the kinds of sources."""

    BILLING = "billing", _("Billing table")
    INVOICES = "invoices", _("Electronic invoices")
    API = "api", _("Billing system")
    BANK = "bank", _("Bank list")


class Source(models.Model):
    """A place that evidence comes from: the billing files or invoices of a pharmacy, a caller, an account of a bank.

    `name` is blank where a pharmacy has one of its kind; a bank's account is of no pharmacy. `remembered`: the choices
    with which its next file is read.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=EvidenceKind)
    pharmacy: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Pharmacy, models.PROTECT, related_name="+", null=True, verbose_name=_("pharmacy")
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    remembered = models.JSONField(default=dict)

    objects = SourceQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "pharmacy", "name"],
                name="pharmacy_has_each_source_once",
                violation_error_message=CHANGED_MEANWHILE,
            ),
            models.UniqueConstraint(
                fields=["kind", "name"],
                condition=Q(pharmacy=None),
                name="account_is_one_source",
                violation_error_message=CHANGED_MEANWHILE,
            ),
            models.CheckConstraint(
                condition=Q(kind=EvidenceKind.BANK, pharmacy=None) & ~Q(name="")
                | ~Q(kind=EvidenceKind.BANK) & Q(pharmacy__isnull=False),
                name="source_is_of_a_pharmacy_or_an_account",
                violation_error_message=_("Choose a pharmacy, or name the account."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pharmacy)


class Batch(models.Model):
    """One file or call. `content` is the file itself, but for invoices, of which no customers are kept.

    `found` says what a reading found beside lines; of a bank's list its `first` and `last` day.
    `choices`: how a person had it read when it was applied.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="batches", verbose_name=_("source"))
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    choices = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    created_at = models.DateTimeField(_("received"))
    created_by = who(_("person"))
    applied_at, applied_by = moment(_("applied")), mark_person(_("applied by"))
    undone_at, undone_by, undo_reason = moment(_("undone")), mark_person(_("undone by")), reason_column(_("reason"))

    objects = BatchQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["source", "digest"],
                condition=Q(applied_at__isnull=False, undone_at=None),
                name="batch_of_a_source_is_applied_once",
                violation_error_message=_("This file was already applied."),
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None, applied_by=None) | Q(applied_at__isnull=False, applied_by__isnull=False),
                name="applied_batch_says_when_and_who_together",
                violation_error_message=INCOMPLETE_MARK,
            ),
            models.CheckConstraint(
                condition=together("undone", "undo_reason") & (Q(undone_at=None) | Q(applied_at__isnull=False)),
                name="undone_batch_was_applied_and_says_why",
                violation_error_message=INCOMPLETE_MARK,
            ),
        ]
        indexes = [models.Index(F("created_at").desc(), name="batch_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_applied(self) -> bool:
        return self.applied_at is not None and self.undone_at is None


class Line(models.Model):
    """One fact of a batch, at its `place` in it: an invoice, a row of a table, a movement of an account.

    `key` is what the issuer calls it (a CDC, a reference). `facts`: whatever else was read. A method that is not told
    is NULL; `amount` is the whole of it.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lines")
    place = models.PositiveIntegerField()
    key = models.CharField(max_length=100, blank=True)
    date = models.DateField()
    at = models.DateTimeField(null=True)
    amount = SignedMoneyField(null=True)
    cash = SignedMoneyField(null=True)
    card = SignedMoneyField(null=True)
    transfer = SignedMoneyField(null=True)
    credit = SignedMoneyField(null=True)
    facts = models.JSONField(default=dict)

    objects = LineQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "place"], name="batch_has_one_line_a_place", violation_error_message=CHANGED_MEANWHILE
            )
        ]
        indexes = [models.Index("key", name="line_of_key"), models.Index("date", name="line_of_date")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.place}"


class Match(models.Model):
    """One shift, day or transfer that a batch speaks of.

    `said`: what it says (name of a figure -> guaraníes). `wrote`: the figures that it set, name -> [amount, source] as
    they were before; the others were the same, or are of a person and stand beside it. `is_held`: the shift was open,
    and takes what was said when it closes. `line` is the movement of the account that a transfer was seen in, until
    another match takes it over; `wrote` is empty where somebody had verified the transfer before.
    `decided_on`: figure -> whether an administrator took what it says, so that it is among what it wrote, or kept what
    was written. A figure that nobody had to decide on is not there.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="matches")
    line = models.ForeignKey(Line, models.PROTECT, related_name="matches", null=True)
    shift: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        CashSession, models.PROTECT, related_name="matches", null=True
    )
    day = models.ForeignKey(Day, models.PROTECT, related_name="matches", null=True)
    movement = models.ForeignKey(Movement, models.PROTECT, related_name="matches", null=True)
    said = models.JSONField(default=dict)
    wrote = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    is_held = models.BooleanField(default=False)
    decided_on = models.JSONField(default=dict)
    decided_at, decided_by, decision = moment(_("decided")), mark_person(_("decided by")), reason_column(_("reason"))

    objects = MatchQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["line"], name="line_serves_one_match", violation_error_message=CHANGED_MEANWHILE
            ),
            models.CheckConstraint(
                condition=Q(shift__isnull=False, day=None, movement=None)
                | Q(shift=None, day__isnull=False, movement=None)
                | Q(shift=None, day=None, movement__isnull=False),
                name="match_is_of_one_thing",
                violation_error_message=CHANGED_MEANWHILE,
            ),
            models.CheckConstraint(
                condition=together("decided", "decision"),
                name="decided_match_says_when_who_and_why_together",
                violation_error_message=INCOMPLETE_MARK,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.shift_id or self.day_id or self.movement_id}"
