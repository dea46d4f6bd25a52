"""Expenses, those of open shifts too: their money has left the drawer already."""

from collections import Counter, defaultdict

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Chart
from sessions_app.domain.choices import Kind
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table, drawn, share, values_of

EXPENSES_BY = {"description": gettext_lazy("Description"), "pharmacy": gettext_lazy("Pharmacy")}
NAMES = {"description": "movements__description", "pharmacy": "pharmacy__name"}
MOST_BARS = 12
TIMES = Column("times", gettext_lazy("Times"), Look.COUNT, is_summed=True)
AMOUNT = Column("amount", gettext_lazy("Amount"), Look.MONEY, is_summed=True)
PART = Column("part", gettext_lazy("Part"), Look.PERCENT)


def expenses(query: ReportQuery) -> Table:
    """Return the largest first; by description whatever its capitals, under the spelling used most."""
    # Those without expenses are left out first: PostgreSQL else reads every movement there is.
    spent = query.in_range().filter(expense_total__gt=0)
    noted = spent.filter(movements__kind=Kind.EXPENSE, movements__voided_at=None)
    found = noted.values_list(NAMES[query.by]).annotate(Count("pk"), Sum("movements__amount"))
    name = Column("name", EXPENSES_BY[query.by])
    rows = _rows(query, list(found))
    return Table([name, TIMES, AMOUNT, PART], rows, _charts(name, rows))


def _rows(query: ReportQuery, found: list[tuple[str, int, int]]) -> list[Row]:
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    amounts = Counter[str]()
    for words, times, amount in found:
        key = " ".join(words.split()).casefold()
        spelled[key][words] += times
        amounts[key] += amount
    rows = []
    for key, amount in sorted(amounts.items(), key=lambda one: (-one[1], one[0])):
        name, part = spelled[key].most_common(1)[0][0], share(amount, amounts.total())
        values = {"name": name, "times": spelled[key].total(), "amount": amount, "part": part}
        rows.append(Row(values, _link(query, name)))
    return rows


def _link(query: ReportQuery, name: str) -> str:
    """Return the address of the shifts of a pharmacy, or of those where the description is found."""
    if query.by == "pharmacy":
        return query.link_of_pharmacy(name)
    return query.list_link(text=name) if name else ""


def _charts(name: Column, rows: list[Row]) -> list[Chart]:
    largest = rows[:MOST_BARS]
    about = _("The largest %(number)s.") % {"number": len(largest)}
    return [Bars(_("Expenses"), about, values_of(largest, name), [drawn(largest, AMOUNT)])] if rows else []
