"""One report is one function and one query over rows that are already scoped; the newest edit is always in it.

Open shifts have sold nothing yet, deleted ones count nowhere, what was not compared is in no difference, and a day
without shifts is a gap and not a zero. Amounts are whole guaraníes, differences are actual minus expected.
"""

from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from sessions_app.reports import between, cashiers, differences, envelopes, expenses, flagged, sales
from sessions_app.reports.report import Report

_DECLARED = [
    Report("sales", _("Sales"), _("How much was sold, and how does it compare?"), sales.by_period, by=periods.STEPS),
    Report("methods", _("Payment methods"), _("How did people pay?"), sales.by_method),
    Report("pharmacies", _("Sales by pharmacy"), _("Which pharmacy sold how much?"), sales.by_pharmacy),
    Report(
        "differences",
        _("Differences"),
        _("Where is money missing?"),
        differences.by_place_or_person,
        by=differences.GROUPS,
        over=periods.STEPS,
    ),
    Report(
        "cashiers",
        _("Differences of each cashier"),
        _("Is it chance, or a steady loss? Who closes without comparing?"),
        cashiers.by_cashier,
    ),
    Report("expenses", _("Expenses"), _("What was paid from the drawer?"), expenses.expenses, by=expenses.EXPENSES_BY),
    Report(
        "envelopes",
        _("Envelopes"),
        _("What left the drawer in envelopes?"),
        envelopes.envelopes,
        by=envelopes.ENVELOPES_BY,
    ),
    Report("flagged", _("Flagged shifts"), _("What did somebody flag?"), flagged.newest_first),
    Report(
        "between",
        _("Between shifts"),
        _("Does each shift open with what the one before left?"),
        between.between_shifts,
        by=between.GAPS_BY,
        by_label=_("Gaps"),
    ),
]
REPORTS = {report.name: report for report in _DECLARED}
