import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.db.constraints import ALREADY_SENT, INCOMPLETE_MARK
from cashpilot.db.history import History, Tracked
from cashpilot.db.sealing import Sealed
from cashpilot.money import MAXIMUM, MoneyField
from cashpilot.normalize import folded
from sessions_app.domain.choices import Kind
from sessions_app.models.fields import mark_person, moment, reason_column, together, who
from sessions_app.models.shifts import CashSession
from sessions_app.querysets.movements import MovementQuerySet

# MovementQuerySet.transfers and its order, for indexes.
TRANSFER = Q(kind=Kind.TRANSFER, voided_at=None)
NEWEST_NOTED = [F("created_at").desc(), F("id").desc()]


class Movement(Tracked):
    """Money noted during a shift, in whole guaraníes above zero. Voided, never deleted."""

    session = models.ForeignKey(CashSession, models.PROTECT, related_name="movements", verbose_name=_("shift"))
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    amount = MoneyField(_("amount"))
    description = models.CharField(_("description"), max_length=200, blank=True)
    reference = models.CharField(
        _("reference"), max_length=50, blank=True, default="", help_text=_("The number that the bank gives a transfer.")
    )
    token = models.UUIDField(
        _("token"), default=uuid.uuid4, unique=True, editable=False, error_messages={"unique": ALREADY_SENT}
    )
    created_at = models.DateTimeField(_("noted"))
    created_by = who(_("noted by"))
    voided_at, voided_by, void_reason = moment(_("voided")), mark_person(_("voided by")), reason_column(_("reason"))
    imported_at = moment(_("imported"))
    verified_at, verified_by = moment(_("verified")), mark_person(_("verified by"))
    # The description as a search reads it, for SQLite folds ASCII alone. Derived, so neither sealed nor in the history.
    search = models.TextField(blank=True, default="", editable=False)

    objects = MovementQuerySet.as_manager()
    history = HistoricalRecords(history_manager=History, bases=[Sealed], excluded_fields=["search"])

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        default_permissions = ("add", "view")
        permissions = [
            ("void_movement", "Void a movement"),
            ("verify_movement", "Tick a transfer as seen in the bank"),
        ]
        indexes = [
            # And those that nobody has seen in the bank yet.
            models.Index(*NEWEST_NOTED, name="transfer_newest", condition=TRANSFER),
            models.Index(*NEWEST_NOTED, name="transfer_pending", condition=TRANSFER & Q(verified_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=MAXIMUM),
                name="movement_amount_is_above_zero",
                violation_error_message=_("A movement is above zero."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[Kind.EXPENSE, Kind.TRANSFER]) | ~Q(description=""),
                name="expense_and_transfer_are_described",
                violation_error_message=_("Describe it in a few words."),
            ),
            models.CheckConstraint(
                condition=together("voided", "void_reason"),
                name="voided_movement_says_when_who_and_why_together",
                violation_error_message=INCOMPLETE_MARK,
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None, verified_by=None)
                | Q(verified_at__isnull=False, verified_by__isnull=False, kind=Kind.TRANSFER),
                name="verified_transfer_says_when_and_who_together",
                violation_error_message=_("Only bank transfers are ticked against the bank."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values),
                name="movement_kind_is_known",
                violation_error_message=_("That is no kind of movement."),
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.TRANSFER) | Q(reference=""),
                name="reference_is_of_a_transfer",
                violation_error_message=_("Only bank transfers have a reference."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def said(self) -> str:
        """The description, and the reference of a transfer that has one."""
        if not self.reference:
            return self.description
        return _("%(description)s (ref. %(reference)s)") % {
            "description": self.description,
            "reference": self.reference,
        }

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = folded(self.description)
        super().save(*args, **kwargs)
