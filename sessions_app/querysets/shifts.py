"""Querysets of shifts: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Abs

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain import formulas
from sessions_app.domain.choices import OFF, Result, Status

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession
# What somebody should look at: whatever does not balance, and what was flagged, until it is signed off.
TO_REVIEW = Q(status=Status.CLOSED, signed_off_at=None, deleted_at=None) & (
    Q(result__in=OFF) | Q(flagged_at__isnull=False)
)


class Days(models.Func):
    """How many days the first date is after the second."""

    template, arg_joiner, arity = "(%(expressions)s)", " - ", 2
    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(")


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
        """Closed shifts that wait to be signed off."""
        return self.live().filter(status=Status.CLOSED, signed_off_at=None)

    def exceptions_first(self) -> "CashSessionQuerySet":
        """Order by the amount that is off times the days since the opening: a small sum left lying climbs.

        The amount is what is short or over or stands under the wrong method, the day of the opening counts as one.
        Then what has no amount but deserves a look, flagged or not compared, and last what balances; the oldest first.
        """
        waited = Days(Value(periods.today()), "business_date") + 1
        off = Case(
            When(result__in=[Result.SHORT, Result.OVER], then=Abs("total_difference")),
            When(result=Result.SWAPPED, then=formulas.misplaced(formulas.COLUMNS)),
            default=Value(0),
            output_field=models.BigIntegerField(),
        )
        rank = Case(
            When(result__in=[Result.SHORT, Result.OVER, Result.SWAPPED], then=Value(0)),
            When(Q(result=Result.NOT_COMPARED) | Q(flagged_at__isnull=False), then=Value(1)),
            default=Value(2),
        )
        return self.annotate(waited=waited).order_by(rank, (off * F("waited")).desc(), "business_date", "id")

    def newest(self) -> "CashSessionQuerySet":
        """Open shifts first, then the newest; by day as well, so that an index in this order finds a range of days."""
        return self.order_by("-status", "-business_date", "-opened_at", "-id")

    def to_review(self) -> "CashSessionQuerySet":
        """Worst first: the most missing, then what was booked under another method, then over, then not compared."""
        return self.filter(TO_REVIEW).order_by(F("total_difference").asc(nulls_last=True), "-id")

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

    def _for(self, user: "User", permission: str) -> "CashSessionQuerySet":
        return self.visible_to(user) if user.has_perm(f"sessions_app.{permission}") else self.none()

    def closable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_close."""
        return self._for(user, "close_cashsession").live().filter(status=Status.OPEN)

    def correctable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_correct."""
        closed = self._for(user, "correct_cashsession").live().filter(status=Status.CLOSED)
        if user.has_perm("sessions_app.correct_cashsession_any_time"):
            return closed
        return closed.filter(closed_at__gte=periods.now() - settings.CORRECTION_WINDOW)

    def accepts_movements_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_add_movement."""
        open_ones = Q(pk__in=self.live().filter(status=Status.OPEN).values("pk"))
        return self._for(user, "add_movement").filter(open_ones | Q(pk__in=self.correctable_by(user).values("pk")))

    def flaggable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_flag."""
        return self._for(user, "flag_cashsession").live().filter(flagged_at=None)

    def unflaggable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_unflag."""
        return self._for(user, "unflag_cashsession").live().filter(flagged_at__isnull=False)

    def awaiting_sign_off_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_sign_off."""
        return self._for(user, "sign_off_cashsession").awaiting_sign_off().exclude(cashier=user)

    def replyable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_reply."""
        return self._for(user, "add_reply").live().filter(status=Status.CLOSED, cashier=user)

    def deletable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_delete."""
        return self._for(user, "delete_cashsession").live()

    def restorable_by(self, user: "User") -> "CashSessionQuerySet":
        """See also rules.why_not_restore."""
        in_the_way = self.model.objects.live().filter(
            Q(register=OuterRef("register")) | Q(cashier=OuterRef("cashier")),
            status=Status.OPEN,
            pharmacy=OuterRef("pharmacy"),
        )
        taken = Q(status=Status.OPEN) & Exists(in_the_way)
        return self._for(user, "restore_cashsession").deleted().exclude(taken)

    def with_what_was_left(self) -> "CashSessionQuerySet":
        """Add `left_by` and `left` to each: the shift that closed the same register before it, and its counted cash."""
        before = (
            self.model.objects.live()
            .filter(
                status=Status.CLOSED,
                pharmacy=OuterRef("pharmacy"),
                register=OuterRef("register"),
                business_date__lte=OuterRef("business_date"),
                opened_at__lt=OuterRef("opened_at"),
            )
            .newest()
        )
        return self.annotate(left_by=Subquery(before.values("pk")[:1]), left=Subquery(before.values("final_cash")[:1]))
