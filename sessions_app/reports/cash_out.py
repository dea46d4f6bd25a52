"""What left the drawer: expenses and envelopes, those of open shifts too, because that money is gone already."""

from collections import Counter, defaultdict

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot import periods
from cashpilot.charts import Chart, Series
from sessions_app.formulas import Kind
from sessions_app.reports.tables import BEGINS, PERIODS, Asked, Column, Look, Row, Table, axis, share

EXPENSES_BY = {"description": gettext_lazy("Description"), "pharmacy": gettext_lazy("Pharmacy")}
MOST_BARS = 12


def expenses(asked: Asked) -> Table:
    """The largest first; by description whatever its capitals, under the spelling used most."""
    # Those without expenses are left out first: PostgreSQL else reads every movement there is.
    spent = asked.in_range().filter(expense_total__gt=0)
    noted = spent.filter(movements__kind=Kind.EXPENSE, movements__voided_at=None)
    name = {"description": "movements__description", "pharmacy": "pharmacy__name"}[asked.by]
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
        Column(EXPENSES_BY[asked.by]),
        Column(_("Times"), Look.COUNT),
        Column(_("Amount"), Look.MONEY),
        Column(_("Part"), Look.PERCENT),
    ]
    times = sum(of.total() for of in spelled.values())
    total = Row([_("Total"), times, whole, ""]) if rows else None
    largest = rows[:MOST_BARS]
    series = [Series(_("Amount"), [row.values[2] for row in largest])]
    about = _("The largest %(number)s.") % {"number": len(largest)}
    charts = [Chart("bars", _("Expenses"), about, [row.values[0] for row in largest], series)] if rows else []
    return Table(columns, rows, total, charts)


def envelopes(asked: Asked) -> Table:
    """Each day, week or month, and each pharmacy in it."""
    noted = asked.in_range().filter(envelope_total__gt=0).annotate(period=BEGINS[asked.by])
    sums = noted.values_list("period", "pharmacy").annotate(Count("pk"), Sum("envelope_total"))
    found = sorted((period, asked.pharmacies[pharmacy], pharmacy, *rest) for period, pharmacy, *rest in sums)
    columns = [
        Column(periods.STEPS[asked.by], PERIODS[asked.by]),
        Column(_("Pharmacy")),
        Column(_("Shifts with an envelope"), Look.COUNT),
        Column(_("Amount"), Look.MONEY),
    ]
    rows = []
    by_period = Counter[object]()
    for period, name, pharmacy, shifts, amount in found:
        first, last = periods.around(period, asked.by)
        span = max(first, asked.span[0]), min(last, asked.span[1])
        rows.append(Row([period, name, shifts, amount], asked.list_link(span, pharmacy=pharmacy)))
        by_period[period] += amount
    total = Row([_("Total"), "", sum(one[3] for one in found), by_period.total()]) if found else None
    return Table(columns, rows, total, _envelope_charts(asked, by_period))


def _envelope_charts(asked: Asked, by_period: Counter[object]) -> list[Chart]:
    starts = asked.starts(asked.by)
    amounts = [by_period.get(start) for start in starts]
    about = _("No column means no envelope.")
    series = [Series(_("Amount"), amounts)]
    return [Chart("columns", _("Envelopes"), about, axis(starts, asked.by), series)] if by_period else []
