"""Sums of the gaps between two shifts of a register, charged to nobody. Amounts are guaraníes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from cashpilot import periods
from cashpilot.periods import Span
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.models import User

DAYS = 7


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
    """Select the shifts of the last days, each with its `gap`."""
    return _opened_in(user, _span()).with_what_was_left()


def between(*, net: int, gross: int) -> Between:
    """Tell both sums of the last days apart: `net` is the sum of the gaps with their signs, `gross` without."""
    return Between((gross - net) // 2, (gross + net) // 2, _span())


def between_of(user: "User", span: Span) -> Between:
    gaps: list[int] = list(_opened_in(user, span).with_a_gap().order_by().values_list("gap", flat=True))
    return Between(-sum(gap for gap in gaps if gap < 0), sum(gap for gap in gaps if gap > 0), span)


def _opened_in(user: "User", span: Span) -> Any:
    return CashSession.objects.visible_to(user).live().filter(business_date__range=span)


def _span() -> Span:
    today = periods.today()
    return today - timedelta(days=DAYS - 1), today


def has_gap(shift: CashSession) -> bool:
    return CashSession.objects.filter(pk=shift.pk).with_a_gap().exists()
