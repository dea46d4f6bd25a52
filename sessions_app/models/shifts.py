import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.history import Tracked
from cashpilot.money import MAXIMUM, MoneyField, WholeNumberField
from cashpilot.text import folded
from pharmacies.models import Pharmacy
from sessions_app import formulas, states
from sessions_app.formulas import Kind, Result
from sessions_app.models.columns import figure, mark_person, mark_words, moment, summed, together, who, within_limits
from sessions_app.querysets import TO_REVIEW, CashSessionQuerySet, MovementQuerySet, ReplyQuerySet, TallyQuerySet

TYPED_AMOUNTS = ["initial_cash", "final_cash", "billed_cash", "billed_card", "billed_transfer", "billed_credit"]
MOVEMENT_SUMS = [f"{kind}_total" for kind in Kind.values]
FIGURES = [
    "cash_sales",
    "total_sales",
    "expected_cash",
    "cash_difference",
    "card_difference",
    "transfer_difference",
    "credit_difference",
    "total_difference",
    "result",
]

REPLY_LENGTH = 2000

# CashSessionQuerySet.newest, for indexes.
NEWEST = [F("status").desc(), F("business_date").desc(), F("opened_at").desc(), F("id").desc()]
# What the dashboard sums; Tally has a column of the same name for each.
SUMMED = [
    "total_sales",
    "cash_sales",
    "card_total",
    "transfer_total",
    "credit_sale_total",
    "expense_total",
    "envelope_total",
    "total_difference",
]


class CashSession(Tracked):
    """A shift: opening cash, movements, a count at the end and what the billing system says. Whole guaraníes."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+", verbose_name=_("pharmacy"))
    register = WholeNumberField(_("register"), default=1)
    cashier = who(_("cashier"))
    business_date = models.DateField(_("date"), help_text=_("The day of the opening in Asunción."))
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=states.Status, default=states.Status.OPEN)

    initial_cash = MoneyField(_("opening cash"))
    final_cash = MoneyField(_("counted cash"), null=True, blank=True)
    count_sheet = models.JSONField(_("count by denomination"), null=True, blank=True)

    expense_total = summed(_("expenses"))
    envelope_total = summed(_("envelopes"))
    cash_in_total = summed(_("cash added"))
    collection_total = summed(_("debts collected"))
    card_total = summed(_("cards"))
    transfer_total = summed(_("bank transfers"))
    credit_sale_total = summed(_("credit sales"))

    billed_cash = MoneyField(_("billed in cash"), null=True, blank=True)
    billed_card = MoneyField(_("billed by card"), null=True, blank=True)
    billed_transfer = MoneyField(_("billed by transfer"), null=True, blank=True)
    billed_credit = MoneyField(_("billed on credit"), null=True, blank=True)
    ticket_number = models.CharField(_("ticket number"), max_length=50, blank=True)
    ticket_count = WholeNumberField(_("number of invoices"), null=True, blank=True)
    notes = models.TextField(_("notes"), max_length=2000, blank=True)
    tolerance = MoneyField(_("tolerance"), null=True, blank=True, help_text=_("The pharmacy's, when the shift closed."))
    transfers_billed_as_cash = models.BooleanField(
        _("transfers billed as cash"), default=False, help_text=_("The pharmacy's setting, when the shift closed.")
    )

    flagged_at, flagged_by, flag_reason = (
        moment(_("flagged")),
        mark_person(_("flagged by")),
        mark_words(_("flag reason")),
    )
    reviewed_at = moment(_("reviewed"))
    reviewed_by = mark_person(_("reviewed by"))
    review_note = mark_words(_("review note"))
    deleted_at = moment(_("deleted"))
    deleted_by = mark_person(_("deleted by"))
    delete_reason = mark_words(_("reason for deleting"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    cash_sales = figure(formulas.cash_sales, _("cash sales"))
    total_sales = figure(formulas.total_sales, _("total sales"))
    expected_cash = figure(formulas.expected_cash, _("expected cash"))
    cash_difference = figure(formulas.cash_difference, _("cash difference"))
    card_difference = figure(formulas.card_difference, _("card difference"))
    transfer_difference = figure(formulas.transfer_difference, _("transfer difference"))
    credit_difference = figure(formulas.credit_difference, _("credit difference"))
    total_difference = figure(formulas.total_difference, _("difference"))
    result = models.GeneratedField(
        expression=formulas.result(formulas.COLUMNS),
        output_field=models.CharField(max_length=10, choices=Result),
        db_persist=True,
        verbose_name=_("result"),
    )

    # What it adds to the tallies as it is stored; the actions set it when they take the lock.
    tallied: dict[Any, Any] = {}

    objects = CashSessionQuerySet.as_manager()
    # Without the figures: copied as generated columns, they would rewrite old rows whenever a formula changes.
    history = HistoricalRecords(excluded_fields=FIGURES)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        default_permissions = ("view",)
        permissions = [
            ("view_every_cashsession", "See every shift, not only one's own"),
            ("open_cashsession", "Open a shift for oneself"),
            ("open_cashsession_for_others", "Open a shift for a cashier, in any active pharmacy"),
            ("close_cashsession", "Close a shift"),
            ("correct_cashsession", "Correct a closed shift within the correction window"),
            ("correct_cashsession_any_time", "Correct a closed shift at any time"),
            ("flag_cashsession", "Flag a shift"),
            ("unflag_cashsession", "Take the flag off a shift"),
            ("review_cashsession", "Sign off a closed shift"),
            ("delete_cashsession", "Delete a shift (it can be restored)"),
            ("restore_cashsession", "Restore a deleted shift"),
            ("view_audit", "See who changed what, when and why"),
            ("view_reports", "See the reports and download them"),
            # Not cashiers: a till is shared, and a file stays on it.
            ("export_cashsession", "Download shifts as a file"),
        ]
        indexes = [
            models.Index(*NEWEST, name="shift_newest"),
            *(models.Index(column, *NEWEST, name=f"shift_of_{column}") for column in ("cashier", "pharmacy", "result")),
            models.Index("business_date", "pharmacy", name="shift_of_day"),
            # Few, so that the walk down `shift_newest` would be a long one.
            *(
                models.Index(*NEWEST, name=f"shift_{mark}", condition=Q(**{f"{mark}_at__isnull": False}))
                for mark in ("flagged", "deleted")
            ),
            # What waits for somebody to look at it, worst first, and each result of it in the order of lists.
            models.Index("total_difference", F("id").desc(), name="shift_to_review", condition=TO_REVIEW),
            models.Index("result", *NEWEST, name="shift_unreviewed", condition=Q(reviewed_at=None, deleted_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=states.Status.OPEN, closed_at=None, final_cash=None)
                | Q(status=states.Status.CLOSED, closed_at__isnull=False, final_cash__isnull=False),
                name="closed_shift_is_counted_and_dated_and_open_is_neither",
            ),
            models.CheckConstraint(
                condition=Q(status=states.Status.CLOSED)
                | Q(billed_cash=None, billed_card=None, billed_transfer=None, billed_credit=None),
                name="open_shift_holds_nothing_billed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="shift_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(status=states.Status.OPEN) | Q(tolerance__isnull=False),
                name="closed_shift_keeps_its_tolerance",
            ),
            models.CheckConstraint(
                condition=within_limits(*TYPED_AMOUNTS, *MOVEMENT_SUMS, "tolerance"),
                name="shift_amounts_are_within_limits",
            ),
            models.CheckConstraint(condition=Q(register__gte=1, register__lte=99), name="register_is_1_to_99"),
            models.UniqueConstraint(
                fields=["pharmacy", "register"],
                condition=Q(status=states.Status.OPEN, deleted_at=None),
                name="register_has_one_open_shift",
            ),
            models.UniqueConstraint(
                fields=["cashier", "pharmacy"],
                condition=Q(status=states.Status.OPEN, deleted_at=None),
                name="cashier_has_one_open_shift_in_a_pharmacy",
            ),
            *(
                models.CheckConstraint(
                    condition=together(mark, words), name=f"{mark}_shift_says_when_who_and_why_together"
                )
                for mark, words in states.MARKS.items()
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None) | Q(status=states.Status.CLOSED), name="reviewed_shift_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == states.Status.OPEN

    @cached_property
    def misplaced(self) -> int:
        """Guaraníes booked under the wrong method."""
        return formulas.misplaced(self)


# MovementQuerySet.transfers and its order, for indexes.
TRANSFER = Q(kind=Kind.TRANSFER, voided_at=None)
NEWEST_NOTED = [F("created_at").desc(), F("id").desc()]


class Movement(Tracked):
    """Money noted during a shift, in whole guaraníes above zero. Voided, never deleted."""

    session = models.ForeignKey(CashSession, models.PROTECT, related_name="movements", verbose_name=_("shift"))
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    amount = MoneyField(_("amount"))
    description = models.CharField(_("description"), max_length=200, blank=True)
    token = models.UUIDField(_("token"), default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("noted"))
    created_by = who(_("noted by"))
    voided_at, voided_by, void_reason = moment(_("voided")), mark_person(_("voided by")), mark_words(_("reason"))
    verified_at, verified_by = moment(_("verified")), mark_person(_("verified by"))
    # The description as a search reads it, for SQLite folds ASCII alone. Derived, so neither sealed nor in the history.
    search = models.TextField(blank=True, default="", editable=False)

    objects = MovementQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search"])

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
                condition=Q(amount__gt=0, amount__lte=MAXIMUM), name="movement_amount_is_above_zero"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[Kind.EXPENSE, Kind.TRANSFER]) | ~Q(description=""),
                name="expense_and_transfer_are_described",
            ),
            models.CheckConstraint(
                condition=together("voided", "void_reason"), name="voided_movement_says_when_who_and_why_together"
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None, verified_by=None)
                | Q(verified_at__isnull=False, verified_by__isnull=False, kind=Kind.TRANSFER),
                name="verified_transfer_says_when_and_who_together",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="movement_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = folded(self.description)
        super().save(*args, **kwargs)


class Reply(Tracked):
    """What the cashier of a closed shift has to say about it. Kept for good: it is neither changed nor deleted."""

    is_append_only = True

    session = models.ForeignKey(CashSession, models.PROTECT, related_name="replies", verbose_name=_("shift"))
    text = models.TextField(_("reply"), max_length=REPLY_LENGTH)
    created_at = models.DateTimeField(_("written"))
    created_by = who(_("written by"))

    objects = ReplyQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        default_permissions = ("add", "view")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="reply_says_something")]

    def __str__(self) -> str:
        return self.text


class Submission(models.Model):
    """A form that was carried out. Sent again, it is answered the same and does nothing."""

    token = models.UUIDField()
    person = who(_("person"))
    purpose = models.CharField(max_length=100)
    content = models.CharField(max_length=64)
    session = models.ForeignKey(CashSession, models.PROTECT, related_name="+", null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["token", "person", "purpose"], name="form_of_a_person_is_carried_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.token}"


class Seal(models.Model):
    """One link of a pharmacy's chain; sessions_app/seals.py says what it covers. Append-only like history."""

    is_append_only = True

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    session = models.ForeignKey(CashSession, models.PROTECT, related_name="seals")
    content = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["pharmacy", "number"], name="chain_of_a_pharmacy_never_forks")]

    def __str__(self) -> str:
        return self.seal


class Tally(models.Model):
    """The sums of a cashier's live shifts in a pharmacy with one result; sessions_app/tallies.py keeps them."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+")
    cashier = who(_("cashier"))
    result = models.CharField(max_length=10, choices=Result)
    is_flagged = models.BooleanField()
    is_reviewed = models.BooleanField()
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
    # Transfers that nobody has seen in the bank yet: how many, and guaraníes.
    unseen_transfers = models.BigIntegerField()
    unseen_amount = models.BigIntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "cashier", "result", "is_flagged", "is_reviewed"],
                name="shifts_are_tallied_in_one_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.shifts}"
