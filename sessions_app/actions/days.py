"""Every write to a day of a pharmacy, in one transaction with its history. The day's row is what they lock."""

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashpilot import constraints, logs, periods
from cashpilot.refusals import bounded, worded
from pharmacies.models import Pharmacy
from sessions_app import billing, rules
from sessions_app.actions.record import record
from sessions_app.models import CashSession, Day, DayImport

if TYPE_CHECKING:
    from accounts.models import User

Written = TypeVar("Written")
ONCE = ("pharmacy_has_each_day_once", "file_is_imported_once_for_a_pharmacy")
WRITABLE = ("is_closed", "billed_cash", "billed_card", "billed_transfer", "billed_credit", "invoices", "cost")


def write_day(pharmacy: Pharmacy, day: date, *, by: "User", version: int, reason: str = "", **values: Any) -> Day:
    """Set some of WRITABLE, as decided on the day's `version` (0: nobody has written it yet). Amounts are guaraníes.

    A day that was signed off needs a reason, and has to be signed off again. The same values leave no trace.
    """
    return _unless_lost(partial(_write, pharmacy, day, by, version, reason, values))


def _unless_lost(write: Callable[[], Written]) -> Written:
    """Two wrote the same day for the first time at once, or imported the same file: the index let one of them."""
    try:
        return write()
    except IntegrityError as error:
        if constraints.broken(error) not in ONCE:
            raise
        raise rules.Refused(rules.day_changed(), conflict=True) from None


@transaction.atomic
def _write(pharmacy: Pharmacy, day: date, by: "User", version: int | None, reason: str, values: dict[str, Any]) -> Day:
    """`version` None: whatever it is."""
    pharmacy = Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk)
    row = _lock(pharmacy, day) or Day(pharmacy=pharmacy, date=day, version=0)
    rules.require(rules.why_not_write_day(by, day))
    if version is not None:
        rules.require_day_version(row, version)
    if unknown := values.keys() - set(WRITABLE):
        raise TypeError(f"not part of a day: {', '.join(sorted(unknown))}")
    if row.pk and all(getattr(row, name) == value for name, value in values.items()):
        return row
    for name, value in values.items():
        setattr(row, name, value)
    _require_sense(row)
    reason = worded(reason) if row.signed_at else bounded(reason)
    row.tolerance, row.transfers_billed_as_cash = pharmacy.cash_tolerance, pharmacy.transfers_billed_as_cash
    return _save(_unsigned(row), by=by, reason=reason, event="day written")


def _require_sense(row: Day) -> None:
    if not row.is_closed:
        return
    if any(getattr(row, name) is not None for name in WRITABLE[1:]):
        raise rules.Refused(_("A day without business has nothing billed: clear the amounts, or the tick."))
    if CashSession.objects.live().filter(pharmacy=row.pharmacy, business_date=row.date).exists():
        raise rules.Refused(_("That day has shifts, so there was business."))


@transaction.atomic
def sign_day(pharmacy: Pharmacy, day: date, *, note: str, version: int, by: "User") -> Day:
    """Whoever changes one of its shifts meanwhile waits, and then takes the sign-off away (`lapse`)."""
    row = _lock(Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk), day)
    shifts = CashSession.objects.live().filter(pharmacy=pharmacy, business_date=day)
    rules.require(rules.why_not_sign_day(by, row, list(shifts.values_list("cashier", "status"))))
    row = cast(Day, row)  # None was refused
    rules.require_day_version(row, version)
    note = worded(note)
    row.signed_at, row.signed_by, row.sign_note = periods.now(), by, note
    return _save(row, by=by, reason=note, event="day signed off")


def lapse(session: CashSession, *, by: "User") -> None:
    """A shift of that day changed what it adds up to, so what was signed off is no longer what is there."""
    row = _lock(session.pharmacy, session.business_date)
    if row and row.signed_at:
        reason = _("Shift %(shift)s changed.") % {"shift": session}
        _save(_unsigned(row), by=by, reason=reason, event="sign-off of a day lapsed")


def _lock(pharmacy: Pharmacy, day: date) -> Day | None:
    rows = Day.objects.select_for_update(of=("self",)).select_related("pharmacy")
    row: Day | None = rows.filter(pharmacy=pharmacy, date=day).first()
    return row


def _unsigned(row: Day) -> Day:
    row.signed_at, row.signed_by, row.sign_note = None, None, ""
    return row


def _save(row: Day, *, by: "User", event: str, reason: str = "") -> Day:
    row.version += 1
    record(row, by=by, reason=reason)
    logs.action(event, day=row.pk, user=by.pk)
    return row


# --- A file of the billing system -------------------------------------------------------------------------------------


@transaction.atomic
def receive_file(pharmacy: Pharmacy, *, name: str, rows: list[list[str]], by: "User") -> DayImport:
    """Keep a table until it is looked at and imported. The same content is imported once for a pharmacy."""
    pharmacy = Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk)
    rules.require(rules.why_not_write_day(by, periods.today()))
    digest = sha256(json.dumps(rows).encode()).hexdigest()
    _require_new(pharmacy, digest)
    kept = {"pharmacy": pharmacy, "name": name[:200], "digest": digest, "rows": rows}
    return DayImport.objects.create(**kept, created_at=periods.now(), created_by=by)


def _require_new(pharmacy: Pharmacy, digest: str) -> None:
    done = DayImport.objects.filter(pharmacy=pharmacy, digest=digest, imported_at__isnull=False).first()
    rules.require(rules.why_imported(done) if done else None, conflict=True)


def import_days(pk: int, *, columns: billing.Columns, by: "User") -> DayImport:
    """Write every row of a file as a day, all or none; what a day says already leaves no trace."""
    return _unless_lost(partial(_import, pk, columns, by))


@transaction.atomic
def _import(pk: int, columns: billing.Columns, by: "User") -> DayImport:
    file = DayImport.objects.visible_to(by).select_for_update(of=("self",)).select_related("pharmacy").get(pk=pk)
    rules.require(rules.why_not_write_day(by, periods.today()))
    _require_new(file.pharmacy, file.digest)
    lines = billing.lines(file, columns)
    if any(line.errors for line in lines):
        raise rules.Refused(_("Nothing was imported: mend the rows that are marked, and send the file again."))
    reason = _("Imported from %(file)s.") % {"file": file.name}
    for line in lines:
        _write(file.pharmacy, cast(date, line.date), by, None, reason, line.values)
    file.columns = {name: file.titles[place] for name, place in columns.items()}
    file.imported_at, file.imported_by = periods.now(), by
    file.save()
    logs.action("days imported", file=file.pk, user=by.pk)
    return file
