"""Querysets of the ledger: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Abs, Coalesce, Greatest

from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Rank, Result

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import ControlLine, DayVerdict, RunningTotal

# Whoever holds both is told of control lines beyond their limit, but for the own one.
TOLD_OF_LINES = ("sessions_app.view_every_cashsession", "sessions_app.view_reports")


# Evidence says another amount than was written, of any method, and nobody decided yet.
IS_CONTRADICTED = Q(contradicted_by__isnull=False)


class RunningTotalQuerySet(models.QuerySet["RunningTotal"]):
    def visible_to(self, user: "User") -> "RunningTotalQuerySet":
        """Select the running totals of the shifts that CashSessionQuerySet.visible_to shows."""
        if user.has_perm("sessions_app.view_every_cashsession"):
            return self
        if not user.has_perm("sessions_app.view_cashsession"):
            return self.none()
        return self.live().filter(cashier=user, pharmacy__in=Pharmacy.objects.visible_to(user))

    def live(self) -> "RunningTotalQuerySet":
        return self.filter(is_deleted=False)


class DayVerdictQuerySet(models.QuerySet["DayVerdict"]):
    def to_settle(self) -> "DayVerdictQuerySet":
        """Days that are off as a whole or contradicted by what arrived, until they are signed off."""
        return self.filter(~Q(result=Result.BALANCED) | IS_CONTRADICTED, is_signed_off=False)

    def missing(self) -> "DayVerdictQuerySet":
        return self.to_settle().filter(result=Result.SHORT)

    def ranked(self) -> "DayVerdictQuerySet":
        """Each with what CashSessionQuerySet.ranked puts in order by, under the same names."""
        rank = Case(
            When(result=Result.SHORT, then=Value(Rank.MISSING)),
            When(result=Result.OVER, then=Value(Rank.OVER)),
            When(result=Result.SWAPPED, then=Value(Rank.WRONG_METHOD)),
            default=Value(Rank.DESERVES_A_LOOK),
        )
        amount = Greatest(Abs("difference"), Abs(Coalesce("contradicted_by", 0)))
        return self.annotate(rank=rank, amount_off=amount, business_date=F("date"))

    def visible_to(self, user: "User") -> "DayVerdictQuerySet":
        """The verdicts of all days for who sees every shift: a day is of all its cashiers."""
        return self if user.has_perm("sessions_app.view_every_cashsession") else self.none()


class ControlLineQuerySet(models.QuerySet["ControlLine"]):
    def beyond_limit(self) -> "ControlLineQuerySet":
        """Lines beyond their limit, of people who still work."""
        return self.exclude(direction="").filter(cashier__is_active=True)

    def told_to(self, user: "User") -> "ControlLineQuerySet":
        """The lines of others beyond their limit, for who sees every shift and the reports."""
        return self.beyond_limit().exclude(cashier=user) if user.has_perms(TOLD_OF_LINES) else self.none()
