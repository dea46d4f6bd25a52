from django.db import models
from django.utils.translation import gettext_lazy as _

from cashpilot.db.constraints import CHANGED_MEANWHILE
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Result
from sessions_app.models.fields import who
from sessions_app.models.shifts import CashSession
from sessions_app.querysets.ledger import DayVerdictQuerySet, RunningTotalQuerySet


class Seal(models.Model):
    """One link of a pharmacy's chain; ledger/hash_chain.py says what it covers. Append-only like history."""

    is_append_only = True

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    session = models.ForeignKey(CashSession, models.PROTECT, related_name="seals")
    # The version of the rule by which the content was made.
    rule = models.PositiveSmallIntegerField(default=1)
    content = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "number"],
                name="chain_of_a_pharmacy_never_forks",
                violation_error_message=CHANGED_MEANWHILE,
            )
        ]

    def __str__(self) -> str:
        return self.seal


class RunningTotal(models.Model):
    """The sums of a cashier's shifts in a pharmacy that are alike in the key; ledger/running_totals.py keeps them."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    cashier = who(_("cashier"))
    result = models.CharField(max_length=12, choices=Result)
    # Blank while the shift has no first verdict: NULL would not be unique.
    first_result = models.CharField(max_length=12, choices=Result, blank=True, default="")
    is_flagged = models.BooleanField()
    is_signed_off = models.BooleanField()
    is_deleted = models.BooleanField(default=False)
    # Whether it balances only through transfers that nobody has verified.
    awaits_bank = models.BooleanField(default=False)
    shifts = models.BigIntegerField()
    # Sums over years: beyond what one shift may say, and below zero for what is short.
    total_sales = models.BigIntegerField()
    cash_sales = models.BigIntegerField()
    card_total = models.BigIntegerField()
    transfer_total = models.BigIntegerField()
    credit_sale_total = models.BigIntegerField()
    expense_total = models.BigIntegerField()
    envelope_total = models.BigIntegerField()
    total_difference = models.BigIntegerField()
    first_difference = models.BigIntegerField(default=0)
    # Transfers that nobody has seen in the bank yet: how many, and guaraníes.
    unverified_transfers = models.BigIntegerField()
    unverified_amount = models.BigIntegerField()

    objects = RunningTotalQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "pharmacy",
                    "cashier",
                    "result",
                    "first_result",
                    "is_flagged",
                    "is_signed_off",
                    "is_deleted",
                    "awaits_bank",
                ],
                name="shifts_are_totalled_in_one_place",
                violation_error_message=CHANGED_MEANWHILE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.shifts}"


class DayVerdict(models.Model):
    """The verdict of a day as a whole, where its shifts alone do not tell; ledger/day_verdicts.py keeps them.

    The difference is received minus billed, in guaraníes: negative is short.
    """

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    date = models.DateField()
    result = models.CharField(max_length=12, choices=Result)
    difference = models.BigIntegerField()
    is_signed_off = models.BooleanField()

    objects = DayVerdictQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "date"],
                name="day_is_judged_once",
                violation_error_message=CHANGED_MEANWHILE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.pharmacy} {self.date}"
