"""What left the drawer: expenses and envelopes, those of open shifts too, because that money is gone already."""

from collections import Counter, defaultdict

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Series
from sessions_app.domain.choices import Kind
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table, share

EXPENSES_BY = {"description": gettext_lazy("Description"), "pharmacy": gettext_lazy("Pharmacy")}
MOST_BARS = 12


def expenses(query: ReportQuery) -> Table:
    """The largest first; by description whatever its capitals, under the spelling used most."""
    # Those without expenses are left out first: PostgreSQL else reads every movement there is.
    spent = query.in_range().filter(expense_total__gt=0)
    noted = spent.filter(movements__kind=Kind.EXPENSE, movements__voided_at=None)
    name = {"description": "movements__description", "pharmacy": "pharmacy__name"}[query.by]
    found = noted.values_list(name).annotate(Count("pk"), Sum("movements__amount"))
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    amounts = Counter[str]()
    for words, times, amount in found:
        key = " ".join(words.split()).casefold()
        spelled[key][words] += times
        amounts[key] += amount
    whole = amounts.total()
    rows = [
        Row([spelled[key].most_common(1)[0][0], spelled[key].total(), amount, share(amount, whole)])
        for key, amount in sorted(amounts.items(), key=lambda one: (-one[1], one[0]))
    ]
    columns = [
        Column(EXPENSES_BY[query.by]),
        Column(_("Times"), Look.COUNT),
        Column(_("Amount"), Look.MONEY),
        Column(_("Part"), Look.PERCENT),
    ]
    times = sum(of.total() for of in spelled.values())
    total = Row([_("Total"), times, whole, ""]) if rows else None
    largest = rows[:MOST_BARS]
    series = [Series(_("Amount"), [row.values[2] for row in largest])]
    about = _("The largest %(number)s.") % {"number": len(largest)}
    charts = [Bars(_("Expenses"), about, [row.values[0] for row in largest], series)] if rows else []
    return Table(columns, rows, total, charts)
