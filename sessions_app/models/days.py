from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.history import Tracked
from cashpilot.money import MAXIMUM, MoneyField, SignedMoneyField, WholeNumberField
from pharmacies.models import Pharmacy
from sessions_app.models.columns import mark_person, mark_words, moment, together, who, within_limits
from sessions_app.querysets import DayImportQuerySet, DayQuerySet

BILLED = ["billed_cash", "billed_card", "billed_transfer", "billed_credit"]


class Day(Tracked):
    """What is known of a day of a pharmacy beside its shifts: what was billed and its cost, in whole guaraníes."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+", verbose_name=_("pharmacy"))
    date = models.DateField(_("date"))
    is_closed = models.BooleanField(_("no business that day"), default=False)
    billed_cash = MoneyField(_("billed in cash"), null=True, blank=True)
    billed_card = MoneyField(_("billed by card"), null=True, blank=True)
    billed_transfer = MoneyField(_("billed by transfer"), null=True, blank=True)
    billed_credit = MoneyField(_("billed on credit"), null=True, blank=True)
    invoices = WholeNumberField(_("number of invoices"), null=True, blank=True)
    cost = SignedMoneyField(_("cost of what was sold"), null=True, blank=True)
    tolerance = MoneyField(_("tolerance"), default=0, help_text=_("The pharmacy's, when the day was last written."))
    transfers_billed_as_cash = models.BooleanField(
        _("transfers billed as cash"), default=False, help_text=_("The pharmacy's setting, when it was last written.")
    )
    signed_at = moment(_("signed off"))
    signed_by = mark_person(_("signed off by"))
    sign_note = mark_words(_("note"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = DayQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        default_permissions = ("change", "view")
        permissions = [("sign_day", "Sign off the day of a pharmacy")]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "date"], name="pharmacy_has_each_day_once"),
            models.CheckConstraint(
                condition=within_limits(*BILLED, "tolerance") & within_limits("cost", least=-MAXIMUM),
                name="day_amounts_are_within_limits",
            ),
            models.CheckConstraint(
                condition=Q(is_closed=False) | Q(**dict.fromkeys([*BILLED, "invoices", "cost"])),
                name="day_without_business_bills_nothing",
            ),
            models.CheckConstraint(
                condition=together("signed", "sign_note"), name="signed_day_says_when_who_and_why_together"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pharmacy} {self.date}"


class DayImport(models.Model):
    """A file of the billing system: its cells as text, and which column was what. Carried out once, or not yet."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+", verbose_name=_("pharmacy"))
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.JSONField()
    # Field of a day -> title of its column: what the next file of the pharmacy begins with.
    columns = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    created_by = who(_("person"))
    imported_at, imported_by = moment(_("imported")), mark_person(_("imported by"))

    objects = DayImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "digest"],
                condition=Q(imported_at__isnull=False),
                name="file_is_imported_once_for_a_pharmacy",
            ),
            models.CheckConstraint(
                condition=Q(imported_at=None, imported_by=None)
                | Q(imported_at__isnull=False, imported_by__isnull=False),
                name="import_says_when_and_who_together",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def titles(self) -> list[Any]:
        titles: list[Any] = self.rows[0]
        return titles
