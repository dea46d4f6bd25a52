from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.db import sealing
from cashpilot.db.constraints import CHANGED_MEANWHILE
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Result
from sessions_app.models.fields import who
from sessions_app.models.shifts import CashSession
from sessions_app.querysets.ledger import ControlLineQuerySet, DayVerdictQuerySet, RunningTotalQuerySet


class Seal(models.Model):
    """One link of a pharmacy's chain; ledger/hash_chain.py says what it covers. Append-only like history."""

    is_append_only = True

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    session = models.ForeignKey(CashSession, models.PROTECT, related_name="seals")
    # The version of the rule by which the content was made.
    rule = models.PositiveSmallIntegerField(default=1)
    content = models.CharField(max_length=64)
    # The name of the key (cashpilot/db/sealing.py); the first seals of all were made without one.
    key = models.CharField(max_length=sealing.NAME_LENGTH, blank=True, default="")
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


class Anchor(models.Model):
    """A link of the one chain over everything that is only added to; ledger/anchors.py makes it now and then.

    `tables` says of each table up to which row it is fixed, and the digest of the rows since the anchor before.
    An anchor that adopts is an operator's word that rows without a seal up to there are older than the keys.
    """

    is_append_only = True

    number = models.PositiveIntegerField(unique=True, error_messages={"unique": CHANGED_MEANWHILE})
    adopts = models.BooleanField(default=False)
    tables = models.JSONField(default=dict)
    key = models.CharField(max_length=sealing.NAME_LENGTH)
    seal = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%dT%H:%M:%SZ} {self.number} {self.key} {self.seal}"


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
    is_imported = models.BooleanField(default=False)
    # Whether evidence says another amount than a person wrote, of any method.
    is_contradicted = models.BooleanField(default=False)
    # Whether it balances only through transfers that nobody has verified.
    awaits_bank = models.BooleanField(default=False)
    shifts = models.BigIntegerField()
    # How many of them nobody counted: their cash is in no sum.
    uncounted = models.BigIntegerField(default=0)
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
    # How many transfers they have; and of those that nobody has seen in the bank yet how many, and guaraníes.
    transfers = models.BigIntegerField(default=0)
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
                    "is_imported",
                    "is_contradicted",
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

    The difference is received minus billed, in guaraníes: negative is short. A day of which another amount arrived than
    was written has a row too, not compared where it is not judged as a whole; `contradicted_by` says by how much more
    arrived, of all methods together, NULL where nothing contradicts or it was decided.
    """

    # Once its shifts alone tell, or something of it is not known any more, or a contradiction was decided.
    ends_by_deletion = True

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    date = models.DateField()
    result = models.CharField(max_length=12, choices=Result)
    difference = models.BigIntegerField()
    is_signed_off = models.BooleanField()
    contradicted_by = models.BigIntegerField(null=True, blank=True)

    contradiction: Any = None  # of contradictions.tell_contradicted_days

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

    @property
    def is_contradicted_alone(self) -> bool:
        """Tell whether what arrived is all that speaks against the day as a whole."""
        return self.contradicted_by is not None and self.result in (Result.BALANCED, Result.NOT_COMPARED)


class ControlLine(models.Model):
    """The control line of a cashier's last first verdicts (domain/cusum.py); ledger/control_lines.py keeps it.

    Amounts are whole guaraníes. `direction`, `since` and `crossed_by` say that it is beyond its limit now: short or
    over, from the day on which the climb began, and the shift that passed the limit.
    """

    cashier = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="control_line",
        error_messages={"unique": CHANGED_MEANWHILE},
    )
    # A verdict came since it was computed.
    is_stale = models.BooleanField(default=True, db_index=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    compared = models.PositiveIntegerField(default=0)
    spread = models.BigIntegerField(null=True, blank=True)
    limit = models.BigIntegerField(default=0)
    # After each of these shifts: its day (ISO), and how high the lines of what is short and of what is over stand.
    points = models.JSONField(default=list)
    direction = models.CharField(max_length=12, choices=Result, blank=True, default="")
    since = models.DateField(null=True, blank=True)
    crossed_by = models.ForeignKey(CashSession, models.PROTECT, related_name="+", null=True, blank=True)

    objects = ControlLineQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="", since=None, crossed_by=None)
                | Q(direction__in=[Result.SHORT, Result.OVER], since__isnull=False, crossed_by__isnull=False),
                name="line_beyond_its_limit_says_since_when",
                violation_error_message=CHANGED_MEANWHILE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.cashier}: {self.sentence}"

    @property
    def sentence(self) -> str:
        """Say what the line tells while it is beyond its limit, without a reproach; else nothing."""
        if self.since is None:
            return ""
        day = {"day": date_format(self.since, "MONTH_DAY_FORMAT")}
        if self.direction == Result.SHORT:
            return gettext("a little short at each shift, since %(day)s") % day
        return gettext("a little over at each shift, since %(day)s") % day

    @property
    def report_address(self) -> str:
        """Return the address of the report of this person since the climb began, at most of a year."""
        a_year_ago = periods.today() - timedelta(days=365)
        query = {"cashier": self.cashier_id, "date_from": max(self.since or a_year_ago, a_year_ago)}
        return f"{reverse('report_cashiers')}?{urlencode(query)}"
