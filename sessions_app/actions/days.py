"""Write, sign off and revoke the sign-off of a day of a pharmacy. The day's row is what these actions lock.

Amounts are whole guaraníes. Raises ActionRefused with the sentence to show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.db import constraints
from cashpilot.db.history import save_with_history
from cashpilot.exceptions import ActionRefused, limit_reason, require, require_reason
from cashpilot.web import logs
from pharmacies.models import Pharmacy
from sessions_app.domain.billed import set_billed
from sessions_app.domain.choices import SOURCE_OF, BilledSource
from sessions_app.domain.rules import days as day_rules
from sessions_app.domain.rules.common import why_other_settings
from sessions_app.ledger import day_verdicts, evidence, hash_chain
from sessions_app.models import CashSession, Day, Match
from sessions_app.queries.day_settings import settings_of_day
from sessions_app.queries.sign_off import is_alone_on_day

if TYPE_CHECKING:
    from accounts.models import User

DECIDED_BY_AN_INDEX = ("pharmacy_has_each_day_once", "batch_of_a_source_is_applied_once")
WRITABLE = ("is_closed", "billed_cash", "billed_card", "billed_transfer", "billed_credit", "invoices", "cost")


def write_day(
    pharmacy: Pharmacy,
    day: date,
    *,
    by: "User",
    version: int,
    transfers_billed_as_cash: bool | None = None,
    reason: str = "",
    **values: Any,
) -> Day:
    """Set some of WRITABLE, as decided on the day's `version` (0: nobody has written it yet).

    A day that was signed off needs a reason, and has to be signed off again. The same values leave no trace.
    `transfers_billed_as_cash` is the setting under which the amounts were asked for, where that is known.
    """
    with refusing_the_second_writer(), transaction.atomic():
        return write_locked_day(
            pharmacy,
            day,
            by=by,
            version=version,
            drawn_as_cash=transfers_billed_as_cash,
            reason=reason,
            values=values,
        )


@contextmanager
def refusing_the_second_writer() -> Iterator[None]:
    """Refuse the second of two who write a day for the first time at once, or import the same file."""
    try:
        yield
    except IntegrityError as error:
        if constraints.violated(error) not in DECIDED_BY_AN_INDEX:
            raise
        raise ActionRefused(day_rules.day_changed(), conflict=True) from None


def write_locked_day(
    pharmacy: Pharmacy,
    day: date,
    *,
    by: "User",
    version: int | None,
    values: dict[str, Any],
    drawn_as_cash: bool | None = None,
    reason: str = "",
    source: str = BilledSource.ADMINISTRATOR,
) -> Day:
    """Write the day inside the caller's transaction; `version` None: whatever it is. `source`: of billed figures."""
    pharmacy = hold(pharmacy, by)
    row = _lock(pharmacy, day) or _first(pharmacy, day)
    require(day_rules.why_not_write_day(by, day))
    if version is not None:
        day_rules.require_day_version(row, version)
    settings = why_other_settings(as_cash=row.transfers_billed_as_cash, drawn_as_cash=drawn_as_cash)
    require(settings, conflict=True)
    if unknown := values.keys() - set(WRITABLE):
        raise TypeError(f"not part of a day: {', '.join(sorted(unknown))}")
    if row.pk and all(getattr(row, name) == value for name, value in values.items()):
        return row
    set_billed(row, {name: values[name] for name in SOURCE_OF if name in values}, source)
    for name in values.keys() - SOURCE_OF.keys():
        setattr(row, name, values[name])
    _require_sense(row)
    reason = require_reason(reason) if row.signed_off_at else limit_reason(reason)
    _clear_sign_off(row)
    return _save(row, by=by, reason=reason, event="day written")


def hold(pharmacy: Pharmacy, by: "User") -> Pharmacy:
    """Return the pharmacy as it is, its row held until the transaction ends.

    It stands for the days that have no row yet: who opens a shift on one waits for who writes that there was no
    business, and the other way round. Held before the day by everybody, as hash_chain.append does after it.
    """
    visible = Pharmacy.objects.visible_to(by)
    held: Pharmacy = visible.select_for_update(no_key=True, of=("self",)).get(pk=pharmacy.pk)
    return held


def _first(pharmacy: Pharmacy, day: date) -> Day:
    """Return a day that nobody has written yet, with the settings that it is judged by for good."""
    settings = settings_of_day(pharmacy, day, None)
    return Day(pharmacy=pharmacy, date=day, version=0, **asdict(settings))


def _require_sense(row: Day) -> None:
    if not row.is_closed:
        return
    if any(getattr(row, name) is not None for name in WRITABLE[1:]):
        raise ActionRefused(_("A day without business has nothing billed: clear the amounts, or the tick."))
    if CashSession.objects.live().filter(pharmacy=row.pharmacy, business_date=row.date).exists():
        raise ActionRefused(_("That day has shifts, so there was business."))


def take_day(pharmacy: Pharmacy, day: date, match: Match, *, by: "User", reason: str) -> None:
    """Write into a day what a batch says of it, inside the caller's transaction."""
    pharmacy = hold(pharmacy, by)
    row = _lock(pharmacy, day) or _first(pharmacy, day)
    require(day_rules.why_not_write_day(by, day))
    if evidence.take(row, match) or not row.pk:
        _require_sense(row)
        _clear_sign_off(row)
        _save(row, by=by, reason=reason, event="evidence taken")
    match.day = row
    match.save()
    day_verdicts.keep(row)


def give_day_back(match: Match, *, by: "User", reason: str) -> None:
    """Write into a day what was there before a batch that is undone, inside the caller's transaction."""
    day = cast(Day, match.day)
    row = cast(Day, _lock(hold(day.pharmacy, by), day.date))
    if evidence.give_back(row, match):
        _save(row, by=by, reason=reason, event="evidence given back")
    else:
        day_verdicts.keep(row)


@transaction.atomic
def sign_off_day(pharmacy: Pharmacy, day: date, *, note: str, version: int, by: "User") -> Day:
    """Sign off a day. Whoever changes one of its shifts meanwhile waits, and then revokes the sign-off."""
    row = _lock(hold(pharmacy, by), day)
    shifts = _shifts_of(pharmacy, day)
    require(day_rules.why_not_sign_off_day(by, row, shifts, is_alone=is_alone_on_day(by, shifts)))
    row = cast(Day, row)  # None was refused
    day_rules.require_day_version(row, version)
    note = require_reason(note)
    row.signed_off_at, row.signed_off_by, row.signed_off_note = periods.now(), by, note
    return _save(row, by=by, reason=note, event="day signed off")


@transaction.atomic
def decide_on_day(pharmacy: Pharmacy, day: date, *, is_taken: bool, reason: str, version: int, by: "User") -> Day:
    """Take the billed figures that arrived for a day, or keep those that are written beside them."""
    row = _lock(hold(pharmacy, by), day)
    shifts, is_undecided = _shifts_of(pharmacy, day), row is not None and evidence.is_undecided(row)
    is_alone = is_alone_on_day(by, shifts)
    require(day_rules.why_not_decide_day(by, row, shifts, is_alone=is_alone, is_undecided=is_undecided))
    row = cast(Day, row)  # None was refused
    day_rules.require_day_version(row, version)
    reason = require_reason(reason)
    evidence.decide(row, is_taken=is_taken, by=by, reason=reason)
    return _save(row, by=by, reason=reason, event="evidence decided on")


def _shifts_of(pharmacy: Pharmacy, day: date) -> list[tuple[int, str]]:
    """Return cashier and status of each live shift of a day."""
    shifts = CashSession.objects.live().filter(pharmacy=pharmacy, business_date=day)
    return list(shifts.values_list("cashier", "status"))


def follow_shift(shift: CashSession, *, by: "User") -> None:
    """Judge the day of a changed shift, and take back what that made untrue: the sign-off, the mark of no business.

    A shift that is opened or restored on a day without business is business. The mark goes with it, in the history,
    rather than refusing a cashier who stands at the drawer.
    """
    # By its id, not by what `by` may see: a cashier whose assignment ended still has a shift to close.
    hash_chain.hold(shift.pharmacy_id)
    row = _lock(shift.pharmacy, shift.business_date)
    if row is None:
        return
    has_business = row.is_closed and shift.deleted_at is None
    if row.signed_off_at or has_business:
        row.is_closed = row.is_closed and not has_business
        _clear_sign_off(row)
        _save(row, by=by, reason=_("Shift %(shift)s changed.") % {"shift": shift}, event="day reopened")
    else:
        day_verdicts.keep(row)


@transaction.atomic
def write_imported_day(day: Day, values: dict[str, Any], *, by: "User", reason: str) -> Day:
    """Bring a day that was imported up to date with the old system; its sign-off is taken back."""
    row = _lock(hold(day.pharmacy, by), day.date)
    for name, value in values.items():
        setattr(row, name, value)
    row = cast(Day, row)  # it is stored
    _clear_sign_off(row)
    return _save(row, by=by, reason=reason, event="day brought up to date")


def _lock(pharmacy: Pharmacy, day: date) -> Day | None:
    rows = Day.objects.select_for_update(of=("self",)).select_related("pharmacy")
    row: Day | None = rows.filter(pharmacy=pharmacy, date=day).first()
    return row


def _clear_sign_off(row: Day) -> None:
    row.signed_off_at, row.signed_off_by, row.signed_off_note = None, None, ""


def _save(row: Day, *, by: "User", event: str, reason: str = "") -> Day:
    row.version += 1
    save_with_history(row, by=by, reason=reason)
    day_verdicts.keep(row)
    logs.action(event, day=row.pk, user=by.pk)
    return row
