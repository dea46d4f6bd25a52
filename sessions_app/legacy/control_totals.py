"""The sums of the counted shifts of a pharmacy and month, there and here, and what explains the difference."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot.money import group
from sessions_app.domain.choices import Status
from sessions_app.legacy.plan import ShiftPlan
from sessions_app.legacy.rows import Shift
from sessions_app.models import CashSession, Imported

# Column of the source -> ours, and its name.
SHIFTS = "shifts"
COLUMNS = {
    SHIFTS: ("", gettext_lazy("shifts")),
    "initial_cash": ("initial_cash", gettext_lazy("opening cash")),
    "final_cash": ("final_cash", gettext_lazy("counted cash")),
    "envelope_amount": ("envelope_total", gettext_lazy("envelopes")),
    "card_total": ("card_total", gettext_lazy("cards")),
    "bank_transfer_total": ("transfer_total", gettext_lazy("bank transfers")),
    "expenses": ("expense_total", gettext_lazy("expenses")),
    "credit_sales_total": ("credit_sale_total", gettext_lazy("credit sales")),
    "credit_payments_collected": ("collection_total", gettext_lazy("debts collected")),
}
# (Pharmacy by its id in the source, month, column) -> guaraníes, or how many.
Sums = Mapping[tuple[str, str, str], int]


@dataclass(frozen=True)
class Line:
    """Guaraníes, or how many; `explained` is what the findings say of the difference."""

    pharmacy: str
    month: str
    column: str
    legacy: Decimal
    imported: int
    explained: Decimal

    @property
    def is_explained(self) -> bool:
        return self.imported - self.legacy == self.explained


class ControlTotals:
    """Sums of the old system by pharmacy (id there), month of the business date and column.

    They are held against `Sums` that were read from the rows here, not from what was to be written.
    """

    def __init__(self) -> None:
        self._legacy: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        self._explained: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)

    def add(self, row: Shift, plan: ShiftPlan) -> None:
        """Count a shift in, unless it is deleted, open or without a count: such have no sums to hold against."""
        values = plan.values
        if values.deleted or values.status == Status.OPEN or values.final_cash is None:
            return
        month = f"{row.state.session_date:%Y-%m}"
        for column in COLUMNS:
            self._legacy[row.state.business_id, month, column] += 1 if column == SHIFTS else getattr(row.state, column)
        for finding in plan.findings:
            for column, effect in finding.effects.items():
                self._explained[row.state.business_id, month, column] += effect

    def lines(self, here: Sums) -> Iterator[Line]:
        for place in sorted(self._legacy, key=lambda place: place[:2]):
            yield Line(*place, self._legacy[place], here.get(place, 0), self._explained[place])

    def told(self, here: Sums, pharmacies: Mapping[str, str]) -> Iterator[str]:
        """A line for each sum that is not nothing, as people read amounts; `pharmacies` are our names by id."""
        for line in self.lines(here):
            if line.legacy or line.imported:
                yield _told(line, pharmacies[line.pharmacy])


def stored(since: date | None) -> Sums:
    """Return the sums of imported shifts as they stand here, by pharmacy and month of the old system and column.

    `since`: of that day there and later, as ControlTotals counts them.
    """
    origin = Imported.objects.filter(
        source_table="cash_sessions", target=Imported.Target.SHIFT, target_id=OuterRef("pk")
    )
    shifts = CashSession.objects.live().filter(status=Status.CLOSED, final_cash__isnull=False)
    placed = shifts.annotate(
        place=Subquery(origin.values("row__business_id")), day=Subquery(origin.values("row__session_date"))
    ).filter(place__isnull=False)
    columns = [ours for ours, _label in COLUMNS.values() if ours]
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for place, day, *amounts in placed.values_list("place", "day", *columns).iterator(chunk_size=2_000):
        if since is None or day >= since.isoformat():
            for column, amount in zip(COLUMNS, [1, *amounts], strict=True):
                sums[str(place), day[:7], column] += amount
    return sums


def _told(line: Line, pharmacy: str) -> str:
    facts = {
        "pharmacy": pharmacy,
        "month": line.month,
        "what": COLUMNS[line.column][1],
        "legacy": _amount(line.legacy),
        "imported": group(line.imported),
        "difference": _amount(line.imported - line.legacy, sign="+"),
    }
    if line.imported == line.legacy:
        return _("%(pharmacy)s %(month)s, %(what)s: %(legacy)s there, %(imported)s here") % facts
    if line.is_explained:
        text = _("%(pharmacy)s %(month)s, %(what)s: %(legacy)s there, %(imported)s here (%(difference)s, explained)")
    else:
        text = _("%(pharmacy)s %(month)s, %(what)s: %(legacy)s there, %(imported)s here (%(difference)s, unexplained)")
    return text % facts


def _amount(amount: Decimal, sign: str = "-") -> str:
    """`1.234.567,50`: guaraníes as here, decimals as they were there."""
    whole, _dot, decimals = f"{amount.normalize():{sign},f}".partition(".")
    return whole.replace(",", ".") + (f",{decimals}" if decimals else "")
