"""Sums of the gaps between two shifts of a register, charged to nobody. Amounts are guaraníes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Q, Sum
from django.urls import reverse

from cashpilot import periods
from cashpilot.periods import Span
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.models import User

DAYS = 7
# What is missing is below zero.
SUMS = {
    "lacking": Sum("gap", filter=Q(gap__lt=0), default=0),
    "over": Sum("gap", filter=Q(gap__gt=0), default=0),
}


@dataclass(frozen=True)
class Between:
    """Both sums of the gaps of the live shifts that were opened in these days, open ones too, each above zero."""

    missing: int
    over: int
    span: Span

    @property
    def address(self) -> str:
        """Return the address of exactly the rows that `missing` is the sum of."""
        first, last = self.span
        return f"{reverse('report_between')}?{urlencode({'date_from': first, 'date_to': last, 'by': 'missing'})}"


def lately(user: "User") -> Any:
    """Select the shifts of the last days that have a gap."""
    return _opened_in(user, _span())


def between(*, lacking: int, over: int) -> Between:
    """Return the figure of the last days, of the sums of their gaps below and above zero."""
    return Between(-lacking, over, _span())


def between_of(user: "User", span: Span) -> Between:
    sums = _opened_in(user, span).aggregate(**SUMS)
    return Between(-sums["lacking"], sums["over"], span)


def _opened_in(user: "User", span: Span) -> Any:
    return CashSession.objects.visible_to(user).live().with_a_gap().filter(business_date__range=span)


def _span() -> Span:
    today = periods.today()
    return today - timedelta(days=DAYS - 1), today
