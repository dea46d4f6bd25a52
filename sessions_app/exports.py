"""The shifts, transfers or days of a selection as a table to download: a row for each, with the pages' figures."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.querysets import full_name
from cashpilot.exceptions import ActionRefused
from cashpilot.files.downloads import MOST_ROWS, CellType, ExportColumn, Sheet
from sessions_app.domain.blind_count import HIDDEN, blind_to
from sessions_app.models import CashSession
from sessions_app.queries.both_verdicts import AtClose, at_close
from sessions_app.queries.contradictions import Contradiction, contradictions_of
from sessions_app.queries.day_figures import DayFigures
from sessions_app.querysets.movements import MovementQuerySet
from sessions_app.querysets.shifts import UNCOUNTED, CashSessionQuerySet

READ_AT_ONCE = 1_000
# Of the columns of a shift, in the order of its life.
COLUMNS = [
    *("id", "business_date", "pharmacy", "register", "cashier", "status", "opened_at", "closed_at"),
    *(
        "initial_cash",
        "first_initial_cash",
        "gap",
        "final_cash",
        "envelope_total",
        "expense_total",
        "collection_total",
        "cash_in_total",
    ),
    *("cash_sales", "card_total", "transfer_total", "credit_sale_total", "total_sales"),
    *("billed_cash", "billed_card", "billed_transfer", "billed_credit", "billed_source", "expected_cash"),
    *("cash_difference", "card_difference", "transfer_difference", "credit_difference", "total_difference"),
    *("tolerance", "transfers_billed_as_cash", "result", "first_result", "first_difference", "at_close", "uncounted"),
    *("evidence_result", "evidence_difference", "contradiction", "unverified_amount"),
    *("ticket_number", "ticket_count", "notes"),
    *("flagged_at", "flagged_by", "flag_reason"),
    *("signed_off_at", "signed_off_by", "signed_off_note", "signed_off_alone"),
    *("deleted_at", "deleted_by", "delete_reason"),
]
# What left a drawer, came in, was billed and differs; not what lay in a drawer, which the next shift counts again.
SUMMED = {
    *("envelope_total", "expense_total", "collection_total", "cash_in_total"),
    *("cash_sales", "card_total", "transfer_total", "credit_sale_total", "total_sales", "unverified_amount"),
    *("billed_cash", "billed_card", "billed_transfer", "billed_credit"),
    *("cash_difference", "card_difference", "transfer_difference", "credit_difference", "total_difference"),
    "first_difference",
}
# A person or a place is shown by its name.
PEOPLE = ("cashier", "flagged_by", "signed_off_by", "deleted_by")
NAMED = {"pharmacy": "pharmacy__name"} | {person: f"{person}_name" for person in PEOPLE}
# What is no column of a shift: how it is selected is said in _selected.
DERIVED: "dict[str, models.Field[Any, Any]]" = {
    "uncounted": models.BooleanField(gettext_lazy("not counted"), name="uncounted"),
    "unverified_amount": models.BigIntegerField(
        gettext_lazy("transfers not seen in the bank"), name="unverified_amount"
    ),
    "at_close": models.TextField(gettext_lazy("changed since the close"), name="at_close"),
    "contradiction": models.TextField(gettext_lazy("what arrived"), name="contradiction"),
}
# Told in words, from what is stored beside the shifts.
SENTENCES = ("at_close", "contradiction")
VERDICTS = ("first_result", "first_difference", "result", "total_difference")
YES_NO = {True: gettext_lazy("Yes"), False: gettext_lazy("No")}
CELL_TYPES: "dict[type[models.Field[Any, Any]], CellType]" = {
    models.IntegerField: CellType.NUMBER,
    models.DateTimeField: CellType.MOMENT,
    models.DateField: CellType.DATE,
}


def shifts(sessions: CashSessionQuerySet, reader: User) -> Sheet:
    """Return the shifts in the order of the list; they are read while they are sent (PostgreSQL: through a cursor).

    Where the count is blind to `reader`, what was billed is left out.
    Raises ActionRefused where there are more than a sheet of Excel can hold.
    """
    _require_few(sessions)
    fields: list[Any] = [DERIVED.get(name) or CashSession._meta.get_field(name) for name in COLUMNS]
    columns = [
        ExportColumn(
            _("Shift") if field.primary_key else capfirst(field.verbose_name), _cell_type(field), field.name in SUMMED
        )
        for field in fields
    ]
    return Sheet("shifts", columns, _rows(sessions, reader, fields), title=_("Shifts"))


def transfers(rows: MovementQuerySet) -> Sheet:
    """Return the transfers in the order of the list. Raises ActionRefused as for shifts."""
    _require_few(rows)
    columns = [
        ExportColumn(_("Noted"), CellType.MOMENT),
        *map(ExportColumn, [_("Description"), _("Reference"), _("Shift"), _("Pharmacy"), _("Cashier")]),
        ExportColumn(_("Amount"), CellType.NUMBER, is_summed=True),
        ExportColumn(_("Seen in the bank"), CellType.MOMENT),
        ExportColumn(_("Verified by")),
    ]
    read = rows.select_related("session__pharmacy", "session__cashier", "verified_by").iterator(READ_AT_ONCE)
    cells = (
        [
            *(one.created_at, one.description, one.reference, f"#{one.session_id}"),
            *(str(one.session.pharmacy), str(one.session.cashier), one.amount),
            *(one.verified_at, str(one.verified_by or "")),
        ]
        for one in read
    )
    return Sheet("transfers", columns, cells, title=_("Transfers"))


def days(figures: Iterable[DayFigures]) -> Sheet:
    """Return the days in the order given. What is not known is blank, and in no sum."""
    columns = [
        ExportColumn(_("Date"), CellType.DATE),
        ExportColumn(_("Pharmacy")),
        ExportColumn(_("Shifts"), CellType.NUMBER, is_summed=True),
        ExportColumn(_("Received"), CellType.NUMBER, is_summed=True),
        ExportColumn(_("Billed"), CellType.NUMBER, is_summed=True),
        ExportColumn(_("Result")),
        ExportColumn(_("Difference"), CellType.NUMBER, is_summed=True),
        ExportColumn(_("Margin"), CellType.NUMBER, is_summed=True),
        ExportColumn(_("Why there is no result")),
        *map(ExportColumn, [_("Signed off by"), _("Note")]),
    ]
    return Sheet("days", columns, map(_day, figures), title=_("Days"))


def _day(one: DayFigures) -> list[Any]:
    day = one.day
    return [
        *(one.date, str(one.pharmacy), one.shifts, one.received, one.billed),
        *(str(one.result.label) if one.result else "", one.difference, one.margin, " ".join(one.missing)),
        *((str(day.signed_off_by or ""), day.signed_off_note) if day else ("", "")),
    ]


def _require_few(rows: QuerySet[Any]) -> None:
    if rows.order_by()[MOST_ROWS : MOST_ROWS + 1].exists():
        raise ActionRefused(_("That is more than a spreadsheet can hold: choose fewer dates."))


def _cell_type(field: Any) -> CellType:
    if field.is_relation:
        return CellType.TEXT
    return next((cells for kind, cells in CELL_TYPES.items() if isinstance(_column(field), kind)), CellType.TEXT)


def _labels(field: Any) -> dict[Any, Any]:
    """Return the label of each value; nothing for a column whose values are shown as they are."""
    return YES_NO if isinstance(field, models.BooleanField) else dict(_column(field).flatchoices)


def _column(field: Any) -> Any:
    """Return the field that says of which type the values are; a generated column has that of its result."""
    return getattr(field, "output_field", field)


def _rows(sessions: CashSessionQuerySet, reader: User, fields: list[Any]) -> Iterator[list[Any]]:
    labels = {field.name: labels for field in fields if (labels := _labels(field))}
    columns = [NAMED.get(name, name) for name in COLUMNS]
    rows = _selected(sessions, reader, columns)
    while read := list(islice(rows, READ_AT_ONCE)):
        changed, contradictions = _at_close(read), _contradictions(read, reader)
        for row in read:
            shown = row | {name: str(label.get(row[name], "")) for name, label in labels.items()}
            shown |= dict.fromkeys(HIDDEN) if row["is_blind"] else {}
            shown["at_close"] = str(changed.get(row["id"], ""))
            shown["contradiction"] = str(contradictions.get(row["id"], ""))
            yield [shown[name] for name in columns]


def _selected(sessions: CashSessionQuerySet, reader: User, columns: list[str]) -> Iterator[dict[str, Any]]:
    told: dict[str, Any] = {"uncounted": UNCOUNTED, "is_blind": blind_to(reader)}
    told |= {NAMED[person]: full_name(person) for person in PEOPLE}
    rows = sessions.with_unverified().annotate(**told)
    yield from rows.values(*(name for name in columns if name not in SENTENCES), "is_blind").iterator(READ_AT_ONCE)


def _at_close(rows: list[dict[str, Any]]) -> dict[int, AtClose]:
    """Return the first verdict, and what changed since, of the shifts where the present one is another: few."""
    verdicts = [(row, [row[name] for name in VERDICTS]) for row in rows if row["first_result"]]
    numbers = [row["id"] for row, (*first, result, difference) in verdicts if first != [result, difference]]
    return at_close(CashSession.objects.in_bulk(numbers).values()) if numbers else {}


def _contradictions(rows: list[dict[str, Any]], reader: User) -> dict[int, Contradiction]:
    """Return what arrived and contradicts a shift, of those where it does: few."""
    numbers = [row["id"] for row in rows if row["evidence_result"] is not None]
    return contradictions_of(CashSession.objects.in_bulk(numbers).values(), reader) if numbers else {}
