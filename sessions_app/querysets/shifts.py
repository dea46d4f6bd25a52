"""Querysets of shifts: rows that a person may see or act on. `visible_to` is the only way in to them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Abs, Coalesce, Greatest
from django.db.models.lookups import Exact

from cashpilot import periods
from pharmacies.models import Assignment, Pharmacy
from sessions_app.domain import formulas
from sessions_app.domain.choices import AN_AMOUNT, ARRIVED, OFF, SOURCE_OF, Kind, Rank, Result, Status
from sessions_app.domain.first_verdict import AS_CLOSED
from sessions_app.domain.rules.marks import UNDONE_WITHIN

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession

# Evidence says another amount than a person wrote, of any method.
IS_CONTRADICTED = Q(evidence_result__isnull=False)
# By the present verdict, by the first one or by that of the evidence.
IS_OFF = Q(result__in=OFF) | Q(first_result__in=OFF) | IS_CONTRADICTED
IS_FLAGGED = Q(deleted_at=None, flagged_at__isnull=False)
# Of the present: not brought along from the old system. What was, waits for nobody unless it is flagged.
IS_OURS = Q(imported_at=None)
AWAITS_SIGN_OFF = (Q(deleted_at=None) | IS_OFF) & Q(status=Status.CLOSED, signed_off_at=None)
IN_QUEUE = AWAITS_SIGN_OFF & (IS_OURS | IS_FLAGGED)
# formulas.awaits_bank of a shift that has its unverified_amount.
AWAITS_BANK = Q(result=Result.BALANCED, transfers_billed_as_cash=True) & Q(
    unverified_amount__gt=F("cash_difference") + F("tolerance")
)
# The place in the queue, by the worst of the three verdicts.
RANK = Case(
    *(
        When(Q(result=result) | Q(first_result=result) | Q(evidence_result=result), then=Value(rank))
        for result, rank in (
            (Result.SHORT, Rank.MISSING),
            (Result.OVER, Rank.OVER),
            (Result.SWAPPED, Rank.WRONG_METHOD),
        )
    ),
    When(result=Result.NOT_COMPARED, then=Value(Rank.NOT_COMPARED)),
    When(IS_FLAGGED | Q(awaits_bank=True) | IS_CONTRADICTED, then=Value(Rank.DESERVES_A_LOOK)),
    default=Value(Rank.NOTHING_TO_SETTLE),
)
# What is short or over or stands under the wrong method, by the worst of the three verdicts: whole guaraníes.
AMOUNT_OFF = Greatest(
    Case(
        When(result__in=[Result.SHORT, Result.OVER], then=Abs("total_difference")),
        When(result=Result.SWAPPED, then=formulas.misplaced(formulas.COLUMNS)),
        default=Value(0),
        output_field=models.BigIntegerField(),
    ),
    Case(
        When(first_result__in=AN_AMOUNT, then=Abs("first_difference")),
        default=Value(0),
        output_field=models.BigIntegerField(),
    ),
    Coalesce(Abs("evidence_difference"), 0, output_field=models.BigIntegerField()),
)
# What statistics are made of: the difference at the close, by the evidence where that says another one.
DIFFERENCE_AT_CLOSE = Coalesce("evidence_difference", "first_difference")
RESULT_AT_CLOSE = Case(
    When(evidence_difference__isnull=False, then=F("evidence_result")),
    default=F("first_result"),
)
# So long a sign-off by the same person is counted.
LATELY = timedelta(days=7)
# So long what a shift left is held against what the next one of its register opens with.
LEFT_FOR = timedelta(days=7)
WHAT_WAS_LEFT = {"left_by": "pk", "left": "final_cash"}
HAS_A_GAP = Q(gap__lt=0) | Q(gap__gt=0)
# The first count was off, and the second one is waited for.
AWAITS_RECOUNT = Q(status=Status.OPEN, first_count__isnull=False)
# In the place of an amount: none is below zero.
UNKNOWN = Value(-1)
# The columns that no row of a list tells of a shift.
UNLISTED = (
    *("count_sheet", "first_count", "uncounted_reason", "expected_cash", "first_compared_at"),
    *("ticket_number", "ticket_count", "notes", "flagged_by", "signed_off_by", "imported_at", "gap"),
)
# Closed without a count, and not counted since.
UNCOUNTED = Q(status=Status.CLOSED, final_cash=None)


class CashSessionQuerySet(models.QuerySet["CashSession"]):
    def visible_to(self, user: "User") -> "CashSessionQuerySet":
        """Every shift, deleted ones too, for who may see all; own live ones where assigned now for the others."""
        if user.has_perm("sessions_app.view_every_cashsession"):
            return self
        if not user.has_perm("sessions_app.view_cashsession"):
            return self.none()
        return self.live().filter(cashier=user, pharmacy__in=Pharmacy.objects.visible_to(user))

    def live(self) -> "CashSessionQuerySet":
        return self.filter(deleted_at=None)

    def deleted(self) -> "CashSessionQuerySet":
        return self.filter(deleted_at__isnull=False)

    def awaiting_sign_off(self) -> "CashSessionQuerySet":
        """Closed shifts that wait to be signed off; of the deleted ones those that IS_OFF."""
        return self.filter(AWAITS_SIGN_OFF)

    def in_queue(self) -> "CashSessionQuerySet":
        """Select of awaiting_sign_off what somebody is asked to sign off: an imported shift only if it is flagged."""
        return self.filter(IN_QUEUE)

    def with_unverified(self) -> "CashSessionQuerySet":
        """Each with its transfers that nobody has seen in the bank: `unverified_transfers`, and guaraníes."""
        transfers = apps.get_model("sessions_app", "Movement").objects.unverified().filter(session=OuterRef("pk"))
        asked = {"unverified_transfers": Count("pk"), "unverified_amount": Sum("amount")}
        return self.annotate(**{name: _of_transfers(transfers, figure) for name, figure in asked.items()})

    def with_transfers(self) -> "CashSessionQuerySet":
        """Each with `transfers`, how many it has, beside what with_unverified gives."""
        transfers = apps.get_model("sessions_app", "Movement").objects.live_transfers().filter(session=OuterRef("pk"))
        return self.with_unverified().annotate(transfers=_of_transfers(transfers, Count("pk")))

    def with_evidence(self) -> "CashSessionQuerySet":
        """Each with `is_spoken_of`: whether something that arrived says what was billed in it."""
        matches = apps.get_model("sessions_app", "Match").objects.in_force().filter(shift=OuterRef("pk"))
        return self.annotate(is_spoken_of=Exists(matches))

    def to_settle(self) -> "CashSessionQuerySet":
        """Select what waits for somebody's look.

        That is a closed shift that nobody has signed off and that is or was off, that evidence contradicts, that is
        flagged, or that balances only through transfers that nobody has verified. A deleted one is, if it is or was
        off or is contradicted. An imported one is only if flagged.
        """
        return self.in_queue().alias(place=RANK).filter(place__lt=Rank.NOTHING_TO_SETTLE)

    def nothing_to_settle(self) -> "CashSessionQuerySet":
        """Select those that only wait for the sign-off: all of in_queue that is not to_settle."""
        return self.in_queue().alias(place=RANK).filter(place=Rank.NOTHING_TO_SETTLE)

    def missing(self) -> "CashSessionQuerySet":
        """Those that are short now and wait to be signed off, but for those that are counted through their day."""
        return self.filter(IS_OURS, signed_off_at=None, result=Result.SHORT).exclude(self._of_short_days())

    def missing_in_days(self) -> "CashSessionQuerySet":
        """Those that `missing` leaves out: their day is short as a whole, and is counted instead."""
        return self.filter(self._of_short_days(), IS_OURS, signed_off_at=None, result=Result.SHORT)

    def _of_short_days(self) -> Q:
        days = apps.get_model("sessions_app", "DayVerdict").objects.missing()
        here = days.filter(pharmacy=OuterRef("pharmacy"), date=OuterRef("business_date"))
        return Q(deleted_at=None) & Q(Exists(here))

    def corrected(self) -> "CashSessionQuerySet":
        """Those that were short at first, are not short now, and wait to be signed off."""
        return self.filter(IS_OURS, signed_off_at=None, first_result=Result.SHORT).exclude(result=Result.SHORT)

    def signed_off_alone_lately(self) -> "CashSessionQuerySet":
        """Those that were signed off by the same person in the last days, for want of anybody else."""
        return self.filter(signed_off_alone=True, signed_off_at__gte=periods.midnight(periods.today() - LATELY))

    def ranked(self) -> "CashSessionQuerySet":
        """Each with `rank` and `amount_off`, by which the queue is put in order, and of equals the older one first."""
        return self.annotate(rank=RANK, amount_off=AMOUNT_OFF)

    def newest(self) -> "CashSessionQuerySet":
        """Open shifts first, then the newest; by day as well, so that an index in this order finds a range of days."""
        return self.order_by("-status", "-business_date", "-opened_at", "-id")

    def in_the_way_of(self, *, cashier: "User", pharmacy: Pharmacy, register: int) -> "CashSessionQuerySet":
        """Select the open shifts that keep `cashier` from opening that register: its holder, and their own there."""
        return (
            self.live()
            .filter(Q(register=register) | Q(cashier=cashier), status=Status.OPEN, pharmacy=pharmacy)
            .select_related("cashier", "pharmacy")
            .order_by("id")
        )

    def in_the_way_of_restoring(self, shift: "CashSession") -> "CashSession | None":
        """Return the open shift that took the place of a deleted one, or None."""
        if not (shift.is_open and shift.deleted_at):
            return None
        place = {"cashier": shift.cashier, "pharmacy": shift.pharmacy, "register": shift.register}
        return self.in_the_way_of(**place).first()

    def of_who_works_there(self) -> "CashSessionQuerySet":
        """Select the shifts whose cashier could open one at that pharmacy today, by role and assignment."""
        people = get_user_model().objects
        assigned = Assignment.objects.filter(user=OuterRef("cashier"), pharmacy=OuterRef("pharmacy"))
        everywhere = Q(cashier__in=people.holding("pharmacies.view_every_pharmacy"))
        return self.filter(
            Q(Exists(assigned)) | everywhere,
            pharmacy__is_active=True,
            cashier__in=people.holding("sessions_app.open_cashsession"),
        )

    def can_go_on(self, shift: "CashSession") -> bool:
        """Tell whether its cashier could go on with a deleted shift that is open; of any other there is no question."""
        is_asked = shift.is_open and shift.deleted_at
        return not is_asked or self.filter(pk=shift.pk).of_who_works_there().exists()

    def _for(self, user: "User", permission: str) -> "CashSessionQuerySet":
        return self.visible_to(user) if user.has_perm(f"sessions_app.{permission}") else self.none()

    def closable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_close."""
        return self._for(user, "close_cashsession").live().filter(status=Status.OPEN)

    def recountable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_recount."""
        return self.closable_by(user).filter(AWAITS_RECOUNT)

    def closable_uncounted_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_close_uncounted."""
        return self.closable_by(user) if user.has_perm("sessions_app.close_cashsession_uncounted") else self.none()

    def opening_correctable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_correct_opening."""
        return self._for(user, "correct_cashsession").live().filter(status=Status.OPEN).exclude(AWAITS_RECOUNT)

    def correctable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_correct."""
        closed = self._for(user, "correct_cashsession").live().filter(status=Status.CLOSED)
        if user.has_perm("sessions_app.correct_cashsession_any_time"):
            return closed
        return closed.filter(closed_at__gte=periods.now() - settings.CORRECTION_WINDOW)

    def accepts_movements_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_add_movement."""
        open_ones = Q(pk__in=self.live().filter(status=Status.OPEN).exclude(AWAITS_RECOUNT).values("pk"))
        return self._for(user, "add_movement").filter(open_ones | Q(pk__in=self.correctable_by(user).values("pk")))

    def flaggable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_flag."""
        return self._for(user, "flag_cashsession").live().filter(flagged_at=None)

    def unflaggable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_unflag."""
        return self._for(user, "unflag_cashsession").live().filter(flagged_at__isnull=False)

    def awaiting_sign_off_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_sign_off."""
        signers = get_user_model().objects.holding("sessions_app.sign_off_cashsession").exclude(pk=user.pk)
        is_alone = Q(pk__isnull=False)
        for other in signers:
            is_alone &= self._concerns(other)
        waiting = self._for(user, "sign_off_cashsession").awaiting_sign_off()
        return waiting.filter(~self._concerns(user) | is_alone)

    def sign_off_undoable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_undo_sign_off."""
        own = self._for(user, "sign_off_cashsession").filter(signed_off_by=user)
        return own.filter(signed_off_at__gte=periods.now() - UNDONE_WITHIN)

    def _concerns(self, person: "User") -> Q:
        """See also rules.concerned_in."""
        versions = self.model.history.model.objects
        before = versions.filter(id=OuterRef("id"), version__lt=OuterRef("version"))
        compared = before.filter(final_cash__isnull=False, billed_cash__isnull=False)
        former = versions.filter(_is_changed(), id=OuterRef("id"), version=OuterRef("version") - 1)
        changes = versions.filter(Exists(former), Exists(compared), id=OuterRef("pk"), history_user=person)
        return Q(cashier=person) | Q(deleted_by=person) | Q(Exists(changes), first_result__isnull=False)

    def replyable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_reply."""
        return self._for(user, "add_reply").live().filter(status=Status.CLOSED, cashier=user)

    def deletable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_delete."""
        others = self._for(user, "delete_cashsession").live().exclude(AWAITS_RECOUNT).exclude(cashier=user)
        noted = Q(*(Q(**{f"{kind}_total__gt": 0}) for kind in Kind.values), _connector=Q.OR)
        return others.exclude(Q(status=Status.OPEN) & noted)

    def restorable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_restore."""
        in_the_way = self.model.objects.live().filter(
            Q(register=OuterRef("register")) | Q(cashier=OuterRef("cashier")),
            status=Status.OPEN,
            pharmacy=OuterRef("pharmacy"),
        )
        gone = ~Q(pk__in=self.model.objects.deleted().of_who_works_there().values("pk"))
        keeps = Q(status=Status.OPEN) & (Q(Exists(in_the_way)) | gone)
        return self._for(user, "restore_cashsession").deleted().exclude(cashier=user).exclude(keeps)

    def with_what_was_left(self) -> "CashSessionQuerySet":
        """Add `left_by` and `left` to each: the shift that closed the same register before it, and its count.

        Both are NULL where none closed in the days before the opening (LEFT_FOR); `left`, where it was not counted.
        """
        place = {name: OuterRef(name) for name in ("pharmacy", "register", "opened_at")}
        before = self.model.objects.live().closed_before(**place).order_by("-closed_at", "-id")
        return self.annotate(**{name: Subquery(before.values(column)[:1]) for name, column in WHAT_WAS_LEFT.items()})

    def closed_before(self, *, pharmacy: Any, register: Any, opened_at: Any) -> "CashSessionQuerySet":
        """Select the shifts of a register that closed in the days before an opening, as LEFT_FOR has it.

        An imported one left nothing that is known: registers were not kept.
        """
        return self.filter(
            IS_OURS,
            status=Status.CLOSED,
            pharmacy=pharmacy,
            register=register,
            opened_at__lt=opened_at,
            closed_at__lte=opened_at,
            closed_at__gte=opened_at - LEFT_FOR,
        )

    def with_a_gap(self) -> "CashSessionQuerySet":
        """Select those that opened with other than what was left: a known gap that is not zero."""
        return self.filter(HAS_A_GAP)


def _of_transfers(transfers: models.QuerySet[Any], figure: models.Aggregate) -> Case:
    """Return a figure of a shift's transfers. Most shifts have none, and need not be asked."""
    asked = transfers.order_by().values("session").annotate(figure=figure).values("figure")
    return Case(
        When(transfer_total=0, then=Value(0)),
        default=Coalesce(Subquery(asked), 0, output_field=models.BigIntegerField()),
        output_field=models.BigIntegerField(),
    )


def _is_changed() -> Q:
    """Whether a version differs from the next one, OuterRef, in its figures; see also first_verdicts.later_changes."""
    changed = [~Q(_same(name)) for name in AS_CLOSED]
    for name, source in SOURCE_OF.items():
        has_arrived = Q(*(Exact(OuterRef(source), Value(arrived)) for arrived in ARRIVED), _connector=Q.OR)
        was_undone = Q(Exact(Coalesce(OuterRef(name), UNKNOWN), UNKNOWN), **{f"{source}__in": ARRIVED})
        changed.append(Q(**{f"{name}__isnull": False}) & ~Q(_same(name)) & ~has_arrived & ~was_undone)
    return Q(*changed, _connector=Q.OR)


def _same(name: str) -> Exact:
    if name == "transfers_billed_as_cash":
        return Exact(F(name), OuterRef(name))
    return Exact(Coalesce(F(name), UNKNOWN), Coalesce(OuterRef(name), UNKNOWN))
