from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.db.constraints import AMOUNT_OUT_OF_LIMITS, CHANGED_MEANWHILE, INCOMPLETE_MARK
from cashpilot.db.history import History, Tracked
from cashpilot.db.sealing import Sealed
from cashpilot.exceptions import REASON_LENGTH
from cashpilot.money import MoneyField, WholeNumberField
from pharmacies.querysets import ApiTokenQuerySet, AssignmentQuerySet, PharmacyQuerySet

NAME_TAKEN = _("Another pharmacy has just taken this name.")


class Pharmacy(Tracked):
    name = models.CharField(_("name"), max_length=100, unique=True, error_messages={"unique": NAME_TAKEN})
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    registers = WholeNumberField(_("registers"), default=1, help_text=_("How many drawers it has."))
    cash_tolerance = MoneyField(
        _("tolerance"), default=0, help_text=_("A difference up to this amount still counts as balanced.")
    )
    alert_threshold = MoneyField(
        _("alert threshold"), default=20_000, help_text=_("A difference beyond this amount is reported.")
    )
    transfers_billed_as_cash = models.BooleanField(
        _("transfers billed as cash"),
        default=False,
        help_text=_("Its billing system counts bank transfers as cash, so both are compared together."),
    )
    recounts_before_verdict = models.BooleanField(
        _("recount before the verdict"),
        default=False,
        help_text=_("A count that is off is asked for once more before the difference is shown."),
    )
    alerts_blank_ticket = models.BooleanField(
        _("report a blank ticket at once"),
        default=False,
        help_text=_("Administrators are mailed when a shift is closed without what was billed."),
    )

    objects = PharmacyQuerySet.as_manager()
    history = HistoricalRecords(history_manager=History, bases=[Sealed])

    class Meta:
        verbose_name = _("pharmacy")
        verbose_name_plural = _("pharmacies")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")
        permissions = [("view_every_pharmacy", "See every pharmacy, not only where assigned")]
        constraints = [
            models.CheckConstraint(
                condition=Q(registers__gte=1, registers__lte=99),
                name="pharmacy_has_1_to_99_registers",
                violation_error_message=_("A pharmacy has 1 to 99 registers."),
            ),
            models.CheckConstraint(
                condition=Q(cash_tolerance__gte=0, alert_threshold__gte=0),
                name="pharmacy_amounts_are_not_negative",
                violation_error_message=AMOUNT_OUT_OF_LIMITS,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(Tracked):
    """One person works at one pharmacy. Ending it deletes the row; its history keeps who and when."""

    ends_by_deletion = True

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("person")
    )
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="assignments", verbose_name=_("pharmacy"))

    objects = AssignmentQuerySet.as_manager()
    history = HistoricalRecords(history_manager=History, bases=[Sealed])

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        default_permissions = ("add", "delete", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "pharmacy"],
                name="person_is_assigned_once_to_a_pharmacy",
                violation_error_message=_("This person is already assigned to that pharmacy."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.pharmacy}"


class ApiToken(models.Model):
    """A key with which the billing system of a pharmacy calls. The key itself is not stored, only its hash.

    `name` says who calls: two keys of one name are one source of figures. `beginning` is the open part of the key, by
    which it is found and recognised. `calls` counts since `counted_from`, for the limit of a minute.
    """

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="api_tokens", verbose_name=_("pharmacy"))
    name = models.CharField(_("name"), max_length=100)
    beginning = models.CharField(max_length=20, unique=True, error_messages={"unique": CHANGED_MEANWHILE})
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("made"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    counted_from = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("revoked by")
    )
    revoke_reason = models.TextField(_("reason"), max_length=REASON_LENGTH, blank=True, default="")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoke_reason="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason=""),
                name="revoked_token_says_when_who_and_why_together",
                violation_error_message=INCOMPLETE_MARK,
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.beginning}…)"
