from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.db.constraints import AMOUNT_OUT_OF_LIMITS, CHANGED_MEANWHILE, INCOMPLETE_MARK
from cashpilot.db.history import History, Tracked
from cashpilot.db.sealing import Sealed
from cashpilot.money import MAXIMUM, MoneyField, SignedMoneyField, WholeNumberField
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import BILLED
from sessions_app.models.fields import (
    FIGURE_WITHOUT_AMOUNT,
    mark_person,
    moment,
    only_figures_have_a_source,
    reason_column,
    source_column,
    together,
    within_limits,
)
from sessions_app.querysets.days import DayQuerySet


class Day(Tracked):
    """A day of a pharmacy beside its shifts: the billed amounts and their cost, in whole guaraníes.

    A billed amount is below zero where more came back than was sold.
    """

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+", verbose_name=_("pharmacy"))
    date = models.DateField(_("date"))
    is_closed = models.BooleanField(_("no business that day"), default=False)
    billed_cash = SignedMoneyField(_("billed in cash"), null=True, blank=True)
    billed_card = SignedMoneyField(_("billed by card"), null=True, blank=True)
    billed_transfer = SignedMoneyField(_("billed by transfer"), null=True, blank=True)
    billed_credit = SignedMoneyField(_("billed on credit"), null=True, blank=True)
    billed_source = source_column(_("source of billed in cash"))
    billed_card_source = source_column(_("source of billed by card"))
    billed_transfer_source = source_column(_("source of billed by transfer"))
    billed_credit_source = source_column(_("source of billed on credit"))
    invoices = WholeNumberField(_("number of invoices"), null=True, blank=True)
    cost = SignedMoneyField(_("cost of what was sold"), null=True, blank=True)
    tolerance = MoneyField(_("tolerance"), default=0, help_text=_("The pharmacy's, when the day was first written."))
    transfers_billed_as_cash = models.BooleanField(
        _("transfers billed as cash"), default=False, help_text=_("The pharmacy's setting, when it was first written.")
    )
    signed_off_at = moment(_("signed off"))
    signed_off_by = mark_person(_("signed off by"))
    signed_off_note = reason_column(_("note"))
    imported_at = moment(_("imported"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    contradiction: Any  # of contradictions.add_contradictions

    objects = DayQuerySet.as_manager()
    history = HistoricalRecords(history_manager=History, bases=[Sealed])

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        default_permissions = ("change", "view")
        permissions = [("sign_off_day", "Sign off the day of a pharmacy")]
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "date"],
                name="pharmacy_has_each_day_once",
                violation_error_message=CHANGED_MEANWHILE,
            ),
            models.CheckConstraint(
                condition=within_limits("tolerance") & within_limits(*BILLED, "cost", least=-MAXIMUM),
                name="day_amounts_are_within_limits",
                violation_error_message=AMOUNT_OUT_OF_LIMITS,
            ),
            models.CheckConstraint(
                condition=only_figures_have_a_source(),
                name="only_a_billed_figure_of_a_day_has_a_source",
                violation_error_message=FIGURE_WITHOUT_AMOUNT,
            ),
            models.CheckConstraint(
                condition=Q(is_closed=False) | Q(**dict.fromkeys([*BILLED, "invoices", "cost"])),
                name="day_without_business_bills_nothing",
                violation_error_message=_("A day without business has nothing billed."),
            ),
            models.CheckConstraint(
                condition=together("signed_off", "signed_off_note"),
                name="signed_off_day_says_when_who_and_why_together",
                violation_error_message=INCOMPLETE_MARK,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pharmacy} {self.date}"
