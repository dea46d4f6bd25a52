"""Every write to a shift, and nowhere else.

An action is one transaction: it locks the shift as far as `by` may see it, asks the rule, and writes data, history
(who and why) and log together. Amounts are whole guaraníes; instants come from `periods.now()`, in UTC.
Raises `rules.Refused` with the sentence to show, and DoesNotExist for what `by` may not see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from cashpilot import logs, periods
from cashpilot.money import MAXIMUM, TOO_MUCH
from cashpilot.refusals import worded
from pharmacies.models import Pharmacy
from sessions_app import alerts, rules, seals, tallies
from sessions_app.actions import days
from sessions_app.actions.record import record
from sessions_app.actions.submissions import once as once
from sessions_app.actions.submissions import sent_with_other_figures
from sessions_app.formulas import Kind
from sessions_app.models import CashSession, Movement, Reply
from sessions_app.states import MARKS, Status

if TYPE_CHECKING:
    from accounts.models import User

CORRECTABLE = (
    "initial_cash",
    "final_cash",
    "billed_cash",
    "billed_card",
    "billed_transfer",
    "billed_credit",
    "ticket_number",
    "ticket_count",
    "notes",
)


@dataclass(frozen=True)
class Note:
    """A movement to be noted. The token makes the same form, sent again, the same movement."""

    kind: str
    amount: int
    description: str = ""
    token: UUID = field(default_factory=uuid4)


def open_session(
    *,
    pharmacy: Pharmacy,
    register: int,
    cashier: "User",
    initial_cash: int,
    by: "User",
    notes: str = "",
    movements: Iterable[Note] = (),
) -> CashSession:
    """The unique indexes decide between two who open at once; the loser is told who holds the register."""
    place = {"cashier": cashier, "pharmacy": pharmacy, "register": register}
    session = CashSession(**place, initial_cash=initial_cash, notes=notes)
    return _unless_taken(partial(_open, session, list(movements), by), by, place)


@transaction.atomic
def _open(session: CashSession, movements: list[Note], by: "User") -> CashSession:
    pharmacy = Pharmacy.objects.visible_to(by).get(pk=session.pharmacy_id)
    place = {"cashier": session.cashier, "pharmacy": pharmacy, "register": session.register}
    works_there = Pharmacy.objects.openable_by(session.cashier).filter(pk=pharmacy.pk).exists()
    rules.require(rules.why_not_open(by, pharmacy, session.register, session.cashier, works_there))
    if taken := CashSession.objects.in_the_way_of(**place).first():
        raise rules.Refused(rules.why_taken(taken, session.cashier), session=taken)
    session.opened_at = periods.now()
    session.business_date = periods.local_date(session.opened_at)
    for note in movements:
        total = f"{note.kind}_total"
        setattr(session, total, getattr(session, total) + note.amount)
    return _save(session, by=by, event="shift opened", movements=movements)


def add_movement(pk: int, *, note: Note, by: "User", reason: str = "") -> Movement:
    """Note a movement; once the shift is closed this is a correction and says why. A known token changes nothing."""
    with transaction.atomic():
        session = _lock(pk, by)
        if twin := Movement.objects.filter(token=note.token).first():
            return _same(twin, session, note, by)
        rules.require(rules.why_not_note(by, session), session=session)
        if not session.is_open and not reason.strip():
            raise rules.Refused(_closed_meanwhile(), session=session, conflict=True)
        reason = _why_once_closed(session, reason)
        movement = _insert(session, note, by=by, reason=reason)
        _tally(session)
        _save_figures(session, by=by, reason=reason, event="movement noted")
        return movement


def _same(twin: Movement, session: CashSession, note: Note, by: "User") -> Movement:
    sent = (session.pk, by.pk, note.kind, note.amount, note.description)
    if sent != (twin.session_id, twin.created_by_id, twin.kind, twin.amount, twin.description):
        raise rules.Refused(sent_with_other_figures(), conflict=True)
    return twin


def _closed_meanwhile() -> str:
    return _("The shift was closed while you had this page open. Write the reason, and send it again.")


@transaction.atomic
def void_movement(pk: int, movement_pk: int, *, reason: str, by: "User") -> Movement:
    session = _lock(pk, by)
    movement = _movement(session, movement_pk)
    rules.require(rules.why_not_void(by, movement), session=session, conflict=movement.voided_at is not None)
    reason = worded(reason)
    _clear(session, "reviewed")
    movement.voided_at, movement.voided_by, movement.void_reason = periods.now(), by, reason
    record(movement, by=by, reason=reason)
    _tally(session)
    _save_figures(session, by=by, reason=reason, event="movement voided")
    return movement


@transaction.atomic
def verify_transfer(pk: int, movement_pk: int, *, by: "User", seen: bool = True) -> Movement:
    """Tick a transfer as seen in the bank, or take the tick off. Doing it twice changes nothing."""
    session = _lock(pk, by)
    movement = _movement(session, movement_pk)
    rules.require(rules.why_not_verify(by, movement), session=session)
    if bool(movement.verified_at) != seen:
        movement.verified_at, movement.verified_by = (periods.now(), by) if seen else (None, None)
        record(movement, by=by)
        tallies.move(session.tallied, tallies.of_shift(session))
        _log("transfer verified" if seen else "transfer unverified", session, by)
    return movement


@transaction.atomic
def close_session(
    pk: int,
    *,
    final_cash: int,
    by: "User",
    billed: dict[str, int | None] | None = None,
    count_sheet: dict[str, int] | None = None,
    movements: Iterable[Note] = (),
    version: int | None = None,
    **ticket: Any,
) -> CashSession:
    """Count the drawer and hold it against `billed` (billed_cash, billed_card ...; None is unknown, not zero).

    `count_sheet` (denomination -> pieces) must add up to `final_cash`. `ticket`: ticket_number, ticket_count, notes.
    """
    session = _lock(pk, by)
    rules.require(rules.why_not_close(by, session), session=session, conflict=not session.is_open)
    if version is not None:
        rules.require_version(session, version)
    if count_sheet and sum(int(value) * pieces for value, pieces in count_sheet.items()) != final_cash:
        raise rules.Refused(_("The pieces do not add up to the counted cash."))
    for note in movements:
        _insert(session, note, by=by)
    _tally(session)
    session.final_cash, session.count_sheet = final_cash, count_sheet or None
    _assign(session, {**(billed or {}), **ticket})
    session.status, session.closed_at = Status.CLOSED, max(periods.now(), session.opened_at)
    session.tolerance = session.pharmacy.cash_tolerance
    session.transfers_billed_as_cash = session.pharmacy.transfers_billed_as_cash
    return _save_figures(session, by=by, event="shift closed")


@transaction.atomic
def correct_session(pk: int, *, version: int, reason: str, by: "User", **changes: Any) -> CashSession:
    """Set some of CORRECTABLE on a closed shift, as decided on its `version`. A new count replaces the pieces."""
    session = _lock(pk, by)
    rules.require(rules.why_not_correct(by, session), session=session, conflict=session.deleted_at is not None)
    rules.require_version(session, version)
    reason = worded(reason)
    before = {name: getattr(session, name) for name in CORRECTABLE}
    _assign(session, changes)
    if before == {name: getattr(session, name) for name in CORRECTABLE}:
        raise rules.Refused(_("Nothing is different from what the shift already says."))
    if session.final_cash != before["final_cash"]:
        session.count_sheet = None
    _clear(session, "reviewed")
    return _save_figures(session, by=by, reason=reason, event="shift corrected")


def _assign(session: CashSession, values: dict[str, Any]) -> None:
    if unknown := values.keys() - set(CORRECTABLE):
        raise TypeError(f"not part of closing or correcting: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(session, name, value)


@transaction.atomic
def flag_session(pk: int, *, reason: str, by: "User") -> CashSession:
    session = _lock(pk, by)
    rules.require(rules.why_not_flag(by, session), session=session)
    _mark(session, "flagged", reason, by=by, event="shift flagged")
    alerts.of_flag(session, by)
    return session


@transaction.atomic
def unflag_session(pk: int, *, reason: str, by: "User") -> CashSession:
    session = _lock(pk, by)
    rules.require(rules.why_not_unflag(by, session), session=session)
    _clear(session, "flagged")
    return _save(session, by=by, reason=worded(reason), event="shift unflagged")


@transaction.atomic
def review_session(pk: int, *, note: str, by: "User", version: int | None = None) -> CashSession:
    """With the `version` that was looked at, a shift corrected meanwhile is not signed off unseen."""
    session = _lock(pk, by)
    rules.require(rules.why_not_review(by, session), session=session, conflict=session.reviewed_at is not None)
    if version is not None:
        rules.require_version(session, version)
    return _mark(session, "reviewed", note, by=by, event="shift reviewed")


def review_together(versions: dict[int, int], *, note: str, by: "User") -> dict[int, rules.Refused]:
    """Sign off shifts that balance, each in a transaction of its own, so that one that changed holds up no other.

    `versions`: shift -> the version that was looked at. Answers with those refused, and why.
    """
    refused = {}
    for pk, version in versions.items():
        try:
            with transaction.atomic():
                session = _lock(pk, by)
                rules.require(rules.why_not_review_together(by, session), session=session)
                review_session(pk, note=note, by=by, version=version)
        except rules.Refused as refusal:
            refused[pk] = refusal
    return refused


@transaction.atomic
def add_reply(pk: int, *, text: str, by: "User") -> Reply:
    """What the cashier has to say about a closed shift. It is sealed with the shift, and kept for good."""
    session = _lock(pk, by)
    rules.require(rules.why_not_reply(by, session), session=session)
    if not text.strip():
        raise rules.Refused(_("Write what you have to say."))
    reply = Reply(session=session, text=text.strip(), created_at=periods.now(), created_by=by)
    record(reply, by=by)
    seals.append(session)
    _log("reply added", session, by)
    return reply


@transaction.atomic
def delete_session(pk: int, *, reason: str, by: "User") -> CashSession:
    session = _lock(pk, by)
    rules.require(rules.why_not_delete(by, session), session=session)
    return _mark(session, "deleted", reason, by=by, event="shift deleted")


def restore_session(pk: int, *, reason: str, by: "User") -> CashSession:
    """Refused while the register, or the cashier in that pharmacy, has another shift open."""
    session = CashSession.objects.visible_to(by).get(pk=pk)
    place = {"cashier": session.cashier, "pharmacy": session.pharmacy, "register": session.register}
    return _unless_taken(partial(_restore, pk, reason, by), by, place)


@transaction.atomic
def _restore(pk: int, reason: str, by: "User") -> CashSession:
    session = _lock(pk, by)
    taken = in_the_way_of_restoring(session)
    rules.require(rules.why_not_restore(by, session, taken), session=taken)
    _clear(session, "deleted")
    return _save(session, by=by, reason=worded(reason), event="shift restored")


def in_the_way_of_restoring(session: CashSession) -> CashSession | None:
    """The open shift that took the place of a deleted one."""
    if not (session.is_open and session.deleted_at):
        return None
    return CashSession.objects.in_the_way_of(
        cashier=session.cashier, pharmacy=session.pharmacy, register=session.register
    ).first()


def _unless_taken(write: Callable[[], CashSession], by: "User", place: dict[str, Any]) -> CashSession:
    """Two opened at once and the index refused this one: say who came first, if that is what happened."""
    try:
        return write()
    except IntegrityError:
        taken = CashSession.objects.in_the_way_of(**place).first()
        if taken is None:
            raise
        raise rules.Refused(rules.why_taken(taken, place["cashier"]), session=taken, conflict=True) from None


def _lock(pk: int, by: "User") -> CashSession:
    """The shift, if `by` may see it, held until the transaction ends. SQLite holds the whole database instead."""
    visible = CashSession.objects.visible_to(by)
    session: CashSession = visible.select_for_update(of=("self",)).select_related("pharmacy").get(pk=pk)
    session.tallied = tallies.of_shift(session)
    return session


def _movement(session: CashSession, pk: int) -> Movement:
    movement: Movement = session.movements.get(pk=pk)
    movement.session = session
    return movement


def _insert(session: CashSession, note: Note, *, by: "User", reason: str = "") -> Movement:
    movement = Movement(session=session, created_at=periods.now(), created_by=by, **vars(note))
    record(movement, by=by, reason=reason)
    return movement


def _tally(session: CashSession) -> None:
    """Set the sums of the shift to those of its live movements, read under its lock."""
    sums = dict(session.movements.live().values_list("kind").annotate(sum=Sum("amount")).order_by())
    for kind in Kind.values:
        if sums.get(kind, 0) > MAXIMUM:
            raise rules.Refused(str(TOO_MUCH))
        setattr(session, f"{kind}_total", sums.get(kind, 0))


def _why_once_closed(session: CashSession, reason: str) -> str:
    """Once closed, a movement is a correction: it needs a reason, and an earlier sign-off no longer holds."""
    if session.is_open:
        return ""
    _clear(session, "reviewed")
    return worded(reason)


def _mark(session: CashSession, mark: str, words: str, *, by: "User", event: str) -> CashSession:
    words = worded(words)
    setattr(session, f"{mark}_at", periods.now())
    setattr(session, f"{mark}_by", by)
    setattr(session, MARKS[mark], words)
    return _save(session, by=by, reason=words, event=event)


def _clear(session: CashSession, mark: str) -> None:
    setattr(session, f"{mark}_at", None)
    setattr(session, f"{mark}_by", None)
    setattr(session, MARKS[mark], "")


def _save(
    session: CashSession, *, by: "User", event: str, reason: str = "", movements: Iterable[Note] = ()
) -> CashSession:
    """`movements`: of a shift that was not there yet; of others they are written before."""
    if session.pk:
        session.version += 1
    record(session, by=by, reason=reason)
    for note in movements:
        _insert(session, note, by=by)
    adds = tallies.of_shift(session)
    tallies.move(session.tallied, adds)
    if tallies.is_other(session.tallied, adds):
        days.lapse(session, by=by)
    if not session.is_open:
        seals.append(session)
    _log(event, session, by)
    return session


def _save_figures(session: CashSession, *, by: "User", event: str, reason: str = "") -> CashSession:
    """What changes the figures may leave a difference that somebody is to be told of."""
    before = tallies.difference(session.tallied)
    _save(session, by=by, reason=reason, event=event)
    alerts.of_difference(session, before)
    return session


def _log(event: str, session: CashSession, by: "User") -> None:
    logs.action(event, shift=session.pk, user=by.pk)
