from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.db.constraints import AMOUNT_OUT_OF_LIMITS, INCOMPLETE_MARK
from cashpilot.db.history import History, Tracked
from cashpilot.db.sealing import Sealed
from cashpilot.money import MoneyField, WholeNumberField
from pharmacies.models import Pharmacy
from sessions_app.domain import choices, formulas, verdicts
from sessions_app.domain.choices import Kind, Result
from sessions_app.models.fields import (
    FIGURE_WITHOUT_AMOUNT,
    figure,
    mark_person,
    moment,
    only_figures_have_a_source,
    reason_column,
    source_column,
    summed,
    together,
    who,
    within_limits,
)
from sessions_app.querysets.shifts import AMOUNT_OFF, HAS_A_GAP, RANK, CashSessionQuerySet

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
FIRST_VERDICT = ["first_result", "first_difference", "first_compared_at"]
# A condition of the database on the change of a shift: evidence had said its billed cash, which is unknown again, and
# an import that made it known is undone. Both engines write JSON out in the same way.
IMPORT_UNDONE = (
    "NEW.billed_cash IS NULL AND OLD.billed_source IN ('file', 'invoices', 'api') AND EXISTS ("
    "SELECT 1 FROM sessions_app_match m JOIN sessions_app_batch b ON b.id = m.batch_id WHERE m.shift_id = OLD.id"
    " AND b.undone_at IS NOT NULL AND b.applied_at <= OLD.first_compared_at"
    " AND CAST(m.wrote AS text) LIKE '%\"billed_cash\": [null%')"
)

# CashSessionQuerySet.newest, for indexes.
NEWEST = [F("status").desc(), F("business_date").desc(), F("opened_at").desc(), F("id").desc()]
# What the dashboard sums; RunningTotal has a column of the same name for each.
SUMMED = [
    "total_sales",
    "cash_sales",
    "card_total",
    "transfer_total",
    "credit_sale_total",
    "expense_total",
    "envelope_total",
    "total_difference",
    "first_difference",
]
# What the list of a range of days and the front page count and sum, but for the sums by method.
SUMMED_BY_DAY = [
    "id",
    "status",
    "result",
    "first_result",
    "deleted_at",
    "opened_at",
    "closed_at",
    "initial_cash",
    "first_initial_cash",
    "final_cash",
    "total_sales",
    "total_difference",
    "first_difference",
]


class CashSession(Tracked):
    """A shift: opening cash, movements, a count at the end and what the billing system says. Whole guaraníes."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+", verbose_name=_("pharmacy"))
    register = WholeNumberField(_("register"), default=1)
    cashier = who(_("cashier"))
    business_date = models.DateField(_("date"), help_text=_("The day of the opening in Asunción."))
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=choices.Status, default=choices.Status.OPEN)

    initial_cash = MoneyField(_("opening cash"))
    # As it was typed at the opening, whatever was corrected since; the money between two shifts is reckoned with it.
    first_initial_cash = MoneyField(_("opening cash, first typed"), editable=False)
    final_cash = MoneyField(_("counted cash"), null=True, blank=True)
    count_sheet = models.JSONField(_("count by denomination"), null=True, blank=True)
    # The count that was off, where the pharmacy asks for a second one before the verdict.
    first_count = MoneyField(_("first count"), null=True, blank=True, editable=False)
    uncounted_reason = reason_column(_("reason for closing without a count"))

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
    billed_source = source_column(_("source of billed in cash"))
    billed_card_source = source_column(_("source of billed by card"))
    billed_transfer_source = source_column(_("source of billed by transfer"))
    billed_credit_source = source_column(_("source of billed on credit"))
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
        reason_column(_("flag reason")),
    )
    signed_off_at = moment(_("signed off"))
    signed_off_by = mark_person(_("signed off by"))
    signed_off_note = reason_column(_("sign-off note"))
    signed_off_alone = models.BooleanField(
        _("signed off by the same person"), default=False, editable=False, help_text=_("For want of anybody else.")
    )
    deleted_at = moment(_("deleted"))
    deleted_by = mark_person(_("deleted by"))
    delete_reason = reason_column(_("reason for deleting"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    # The verdict of the figures as they were closed; once it is there, the database refuses another one.
    first_result = models.CharField(  # noqa: DJ001 - NULL while it is not compared
        _("verdict at the close"), max_length=12, choices=Result, null=True, blank=True, editable=False
    )
    first_difference = models.BigIntegerField(_("difference at the close"), null=True, blank=True, editable=False)
    first_compared_at = moment(_("first compared"))
    # As it was closed, against what evidence that arrived says was billed, where that is not what was written. Not
    # compared, and without a difference, while the cash is not known, or where what arrived is no part of that.
    evidence_result = models.CharField(  # noqa: DJ001 - NULL while nothing contradicts
        _("verdict by the evidence"), max_length=12, choices=Result, null=True, blank=True, editable=False
    )
    evidence_difference = models.BigIntegerField(_("difference by the evidence"), null=True, blank=True, editable=False)
    imported_at = moment(_("imported"))
    # Whether it balances only through transfers that nobody has verified: formulas.awaits_bank, kept by the actions.
    awaits_bank = models.BooleanField(_("awaits the bank"), default=False, editable=False)
    # formulas.gap of what the shift before left, NULL where that is not known; kept by the actions (ledger/gaps.py).
    gap = models.BigIntegerField(_("between shifts"), null=True, blank=True, editable=False)

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
        output_field=models.CharField(max_length=12, choices=Result),
        db_persist=True,
        verbose_name=_("result"),
    )

    objects = CashSessionQuerySet.as_manager()
    # Without the figures: copied as generated columns, they would rewrite old rows whenever a formula changes.
    # Without the first verdict and the first opening cash too: they are set once, and verify_integrity derives them
    # again from the history. Nor with what its transfers say, or the shift before: they have a history of their own.
    history = HistoricalRecords(
        history_manager=History,
        bases=[Sealed],
        excluded_fields=[*FIGURES, *FIRST_VERDICT, "first_initial_cash", "evidence_result", "awaits_bank", "gap"],
    )
    set_once = [*FIRST_VERDICT, "first_initial_cash", "first_count"]
    # Cash that an import made known takes the verdict that it gave along when that import is undone.
    withdrawn_where = dict.fromkeys(FIRST_VERDICT, IMPORT_UNDONE)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        default_permissions = ("view",)
        permissions = [
            ("view_every_cashsession", "See every shift, not only one's own"),
            ("open_cashsession", "Open a shift for oneself"),
            ("open_cashsession_for_others", "Open a shift for a cashier, in any active pharmacy"),
            ("close_cashsession", "Close a shift"),
            ("close_cashsession_uncounted", "Close a shift without a count"),
            ("correct_cashsession", "Correct a closed shift within the correction window"),
            ("correct_cashsession_any_time", "Correct a closed shift at any time"),
            ("flag_cashsession", "Flag a shift"),
            ("unflag_cashsession", "Take the flag off a shift"),
            ("sign_off_cashsession", "Sign off a closed shift"),
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
            # So that PostgreSQL adds up the days asked for without their rows.
            models.Index(fields=["business_date", "pharmacy"], include=SUMMED_BY_DAY, name="shift_of_day"),
            # What a register's last shift left for the next one.
            models.Index(
                "pharmacy",
                "register",
                F("closed_at").desc(),
                name="shift_of_register",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index("business_date", "gap", name="shift_with_a_gap", condition=Q(deleted_at=None) & HAS_A_GAP),
            # Few, so that the walk down `shift_newest` would be a long one.
            *(
                models.Index(*NEWEST, name=f"shift_{mark}", condition=Q(**{f"{mark}_at__isnull": False}))
                for mark in ("flagged", "deleted")
            ),
            # What waits to be signed off in the order of the queue, and each result of it in the order of lists.
            models.Index(
                RANK,
                AMOUNT_OFF.desc(),
                "business_date",
                "id",
                name="shift_in_queue",
                condition=Q(status=choices.Status.CLOSED, signed_off_at=None),
            ),
            models.Index("signed_off_at", name="shift_signed_off_alone", condition=Q(signed_off_alone=True)),
            models.Index(
                "result", *NEWEST, name="shift_not_signed_off", condition=Q(signed_off_at=None, deleted_at=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=choices.Status.OPEN, closed_at=None, final_cash=None, uncounted_reason="")
                | Q(status=choices.Status.CLOSED, closed_at__isnull=False)
                & (Q(final_cash__isnull=False) | ~Q(uncounted_reason="")),
                name="closed_shift_is_dated_and_counted_or_says_why_not",
                violation_error_message=_("A closed shift has its time of closing, and its count or why it has none."),
            ),
            models.CheckConstraint(
                condition=Q(status=choices.Status.CLOSED)
                | Q(first_count__isnull=False)
                | Q(billed_cash=None, billed_card=None, billed_transfer=None, billed_credit=None),
                name="open_shift_holds_nothing_billed_before_a_count",
                violation_error_message=_("What was billed belongs to a shift that was counted."),
            ),
            models.CheckConstraint(
                condition=Q(**dict.fromkeys(FIRST_VERDICT))
                | Q(**{f"{name}__isnull": False for name in FIRST_VERDICT}, status=choices.Status.CLOSED),
                name="first_verdict_is_whole_and_of_a_closed_shift",
                violation_error_message=_("A verdict says its result, its difference and its instant together."),
            ),
            models.CheckConstraint(
                condition=Q(evidence_result=None, evidence_difference=None)
                | Q(evidence_result=Result.NOT_COMPARED, evidence_difference=None)
                | Q(evidence_result__isnull=False, evidence_difference__isnull=False)
                & Q(evidence_result__in=choices.COMPARED),
                name="verdict_by_the_evidence_is_whole",
                violation_error_message=_("A verdict by the evidence says its result and its difference together."),
            ),
            models.CheckConstraint(
                condition=only_figures_have_a_source(),
                name="only_a_billed_figure_of_a_shift_has_a_source",
                violation_error_message=FIGURE_WITHOUT_AMOUNT,
            ),
            models.CheckConstraint(
                condition=Q(awaits_bank=False)
                | Q(result=choices.Result.BALANCED, transfers_billed_as_cash=True, transfer_total__gt=0),
                name="only_a_shift_balanced_by_transfers_awaits_the_bank",
                violation_error_message=_("Only a shift that balances by transfers waits for the bank."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="shift_closes_after_it_opens",
                violation_error_message=_("A shift cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(status=choices.Status.OPEN) | Q(tolerance__isnull=False),
                name="closed_shift_keeps_its_tolerance",
                violation_error_message=_("A closed shift keeps the tolerance of its day."),
            ),
            models.CheckConstraint(
                condition=within_limits(
                    *TYPED_AMOUNTS, *MOVEMENT_SUMS, "tolerance", "first_initial_cash", "first_count"
                ),
                name="shift_amounts_are_within_limits",
                violation_error_message=AMOUNT_OUT_OF_LIMITS,
            ),
            models.CheckConstraint(
                condition=Q(register__gte=1, register__lte=99),
                name="register_is_1_to_99",
                violation_error_message=_("Registers are numbered 1 to 99."),
            ),
            models.UniqueConstraint(
                fields=["pharmacy", "register"],
                condition=Q(status=choices.Status.OPEN, deleted_at=None),
                name="register_has_one_open_shift",
                violation_error_message=_("That register has just been opened by somebody else."),
            ),
            models.UniqueConstraint(
                fields=["cashier", "pharmacy"],
                condition=Q(status=choices.Status.OPEN, deleted_at=None),
                name="cashier_has_one_open_shift_in_a_pharmacy",
                violation_error_message=_("That cashier already has a shift open in this pharmacy."),
            ),
            *(
                models.CheckConstraint(
                    condition=together(mark, words),
                    name=f"{mark}_shift_says_when_who_and_why_together",
                    violation_error_message=INCOMPLETE_MARK,
                )
                for mark, words in choices.MARKS.items()
            ),
            models.CheckConstraint(
                condition=Q(signed_off_at=None) | Q(status=choices.Status.CLOSED),
                name="signed_off_shift_is_closed",
                violation_error_message=_("Only a closed shift is signed off."),
            ),
            models.CheckConstraint(
                condition=Q(signed_off_alone=False) | Q(signed_off_at__isnull=False),
                name="shift_signed_off_alone_is_signed_off",
                violation_error_message=_("Only a shift that is signed off says by whom it was."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.first_initial_cash is None:
            self.first_initial_cash = self.initial_cash
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        return self.status == choices.Status.OPEN

    @property
    def awaits_recount(self) -> bool:
        """Whether its first count was off, and it stays open until the second one."""
        return self.is_open and self.first_count is not None

    @property
    def is_uncounted(self) -> bool:
        """Whether it was closed without a count, and nobody has counted it since."""
        return not self.is_open and self.final_cash is None

    @property
    def opening_was_corrected(self) -> bool:
        return bool(self.initial_cash != self.first_initial_cash)

    @property
    def verdict_by_evidence(self) -> tuple[str | None, int | None]:
        return self.evidence_result, self.evidence_difference

    @property
    def verdict_changed(self) -> bool:
        """Whether the present figures say something else than the first verdict."""
        first = (self.first_result, self.first_difference)
        return self.first_result is not None and first != (self.result, self.total_difference)

    @property
    def at_the_close(self) -> str:
        """Its first verdict in words; blank while there is none."""
        if self.first_result is None or self.first_difference is None:
            return ""
        return verdicts.at_the_close(self.first_result, self.first_difference)

    @property
    def if_nothing_is_missing(self) -> str:
        return verdicts.if_nothing_is_missing(self)

    @cached_property
    def misplaced(self) -> int:
        """Guaraníes booked under the wrong method."""
        amount: int = formulas.misplaced(self)
        return amount
