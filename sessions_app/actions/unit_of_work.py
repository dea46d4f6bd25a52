"""One unit of work for every action on a shift: lock, change, and all that a change brings with it, in one order.

    with changing_shift(pk, by=by) as change:
        require(...)                          # the rule, on the row as it stands under the lock
        change.shift.final_cash = 1_200_000   # the fields
        change.add(NewMovement(...))          # the movements
        change.event = "shift closed"         # without an event nothing is written

On leaving, the totals of the movements are summed up again, the version rises, the shift and its movements are saved
with their history (who and why), the gaps of later shifts follow what it leaves, the running totals move, the shift's
day is judged and its sign-off revoked if the shift's figures changed, the control line of its cashier follows a first
verdict, a closed shift is sealed, mails are queued and the log is written: all in one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Sum

from cashpilot import periods
from cashpilot.db.history import save_with_history, set_with_history
from cashpilot.db.written_once import Given, Rows, once_a_day
from cashpilot.exceptions import ActionRefused, require_reason
from cashpilot.money import MAXIMUM, TOO_MUCH
from cashpilot.web import logs
from sessions_app.actions import days as day_actions
from sessions_app.actions.idempotency import carried_out_once
from sessions_app.domain.billed import has_arrived
from sessions_app.domain.choices import MARKS, SOURCE_OF, Kind
from sessions_app.ledger import control_lines, evidence, first_verdicts, gaps, hash_chain, running_totals
from sessions_app.mail import alerts
from sessions_app.models import CashSession, Movement

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class NewMovement:
    """A movement to add, its amount in guaraníes. A known token adds nothing: the same form, sent again.

    `reference` is the number that the bank gives a transfer; no other kind has one.
    """

    kind: str
    amount: int
    description: str = ""
    token: UUID = field(default_factory=uuid4)
    reference: str = ""


@dataclass
class ShiftChange:
    """A change of one shift, filled by the action while the shift is locked; `movements` are those to save."""

    shift: CashSession
    by: "User"
    event: str = ""
    reason: str = ""
    movements: list[Movement] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.totals_before = running_totals.contribution_of(self.shift)
        self.off_before = alerts.off_of(self.shift)
        self.was_flagged = self.shift.flagged_at is not None
        self.was_signed_off = self.shift.signed_off_at is not None
        self.was_closed = self.shift.closed_at is not None
        self.was_imported = self.shift.imported_at is not None
        self.leaving_before = gaps.leaving_of(self.shift)
        self.was_deleted = self.shift.deleted_at is not None
        self.is_new = self.shift.pk is None
        self.was_counted = self.shift.final_cash is not None
        self.was_compared = self.shift.first_result is not None
        self.had_arrived = {name: has_arrived(self.shift, name) for name in SOURCE_OF}

    def add(self, new: NewMovement) -> Movement:
        """Put a movement on the list of those to save, and return it."""
        movement = Movement(session=self.shift, created_at=periods.now(), created_by=self.by, **vars(new))
        self.movements.append(movement)
        return movement

    def mark(self, name: str, reason: str) -> None:
        """Set the mark `name` of MARKS with its instant, person and reason. Raises ActionRefused without a reason."""
        self.reason = require_reason(reason)
        setattr(self.shift, f"{name}_at", periods.now())
        setattr(self.shift, f"{name}_by", self.by)
        setattr(self.shift, MARKS[name], self.reason)

    def unmark(self, name: str) -> None:
        setattr(self.shift, f"{name}_at", None)
        setattr(self.shift, f"{name}_by", None)
        setattr(self.shift, MARKS[name], "")
        if name == "signed_off":
            self.shift.signed_off_alone = False


@contextmanager
def changing_shift(pk: int, *, by: "User") -> Iterator[ShiftChange]:
    """Lock the shift `pk` if `by` may see it, and write the change on leaving.

    Raises DoesNotExist for a shift that `by` may not see, and whatever the action raises; then nothing is written.
    """
    # A form that is carried out once has a transaction of its own, which goes with what the action raises.
    with transaction.atomic(savepoint=not carried_out_once()):
        change = ShiftChange(lock_shift(pk, by), by)
        yield change
        if change.event:
            _write(change)


@contextmanager
def opening_shift(shift: CashSession, *, by: "User") -> Iterator[ShiftChange]:
    """Write on leaving a shift that is not stored yet, and its first movements; nothing if the action raises."""
    with transaction.atomic():
        change = ShiftChange(shift, by)
        yield change
        _write(change)


@contextmanager
def noting_beside_shift(pk: int, *, by: "User", is_sealed: bool) -> Iterator[ShiftChange]:
    """Lock the shift `pk` if `by` may see it, and write on leaving what changes none of its figures.

    That is a reply, or a transfer verified. The version stays. `is_sealed` says whether the seal covers what is noted.
    """
    with transaction.atomic():
        change = ShiftChange(lock_shift(pk, by), by)
        yield change
        if change.event:
            _save_movements(change)
            running_totals.move(change.totals_before, running_totals.contribution_after_verifying([change.shift]))
            _seal_and_tell(change, is_sealed=is_sealed)


def note_beside_held_shifts(
    movements: list[Movement], values: dict[str, Any], *, by: "User", event: str, reason: str
) -> None:
    """Set the same values, by their columns, in movements of many shifts that the caller holds: a few statements.

    No seal covers what is set.
    """
    shifts = list(CashSession.objects.filter(pk__in={movement.session_id for movement in movements}).order_by("pk"))
    before = running_totals.contribution_of_all(shifts)
    set_with_history(movements, values, by=by, reason=reason)
    running_totals.move(before, running_totals.contribution_after_verifying(shifts))
    for shift in shifts:
        logs.action(event, shift=shift.pk, user=by.pk)


def lock_shift(pk: int, by: "User") -> CashSession:
    """Return the shift, held until the transaction ends. SQLite holds the whole database instead."""
    for shift in _held(by).ask(pk=pk):
        return shift
    raise CashSession.DoesNotExist


@once_a_day
def _held(user: "User") -> Rows[CashSession]:
    visible = CashSession.objects.visible_to(user).filter(pk=Given("pk"))
    return Rows(visible.select_for_update(of=("self",)).select_related("pharmacy", "cashier"))


def _write(change: ShiftChange) -> None:
    is_new, shift = change.is_new, change.shift
    if not is_new:
        _save_movements(change)
        shift.version += 1
    if change.movements:
        set_totals(shift, _sums_of(change.movements) if is_new else _stored_sums(shift))
    if shift.closed_at and not change.was_closed and not is_new:
        evidence.take_held(shift)
    first_verdicts.set_first_verdict(shift, is_closing=not change.was_closed)
    totals = running_totals.contribution_after_writing(shift, _save(change))
    _follow_gaps(change)
    running_totals.move(change.totals_before, totals)
    is_of_day = _is_of_day(change, totals)
    if is_of_day:
        day_actions.follow_shift(shift, by=change.by)
    if (shift.first_result is not None) != change.was_compared:
        control_lines.follow_verdict(shift)
    _seal_and_tell(change, is_sealed=True, is_held=is_of_day)
    _queue_mails(change)


def _save(change: ShiftChange) -> running_totals.Sums:
    """Save the shift, told its gap once it is ours and whether it awaits the bank; return the figures of its transfers.

    A new one comes before its movements, which name it, and awaits nothing while it is open.
    """
    shift = change.shift
    if change.is_new or (change.was_imported and not shift.imported_at):
        gaps.set_gap(shift)
    if change.is_new:
        save_with_history(shift, by=change.by, reason=change.reason)
        _save_movements(change)
        return running_totals.transfers_of(shift)
    transfers = running_totals.transfers_of(shift)
    running_totals.follow_transfers(shift, transfers)
    save_with_history(shift, by=change.by, reason=change.reason)
    return transfers


def _follow_gaps(change: ShiftChange) -> None:
    """Set the gaps of later shifts anew where this one leaves something else. After a close nobody has opened yet."""
    if change.was_closed and gaps.leaving_of(change.shift) != change.leaving_before:
        gaps.follow(change.shift)


def _is_of_day(change: ShiftChange, totals: dict[Any, Any]) -> bool:
    """Tell whether the day has to be judged anew. No figure of a shift that stays open is part of it."""
    shift = change.shift
    was_there = not change.is_new and change.was_deleted == (shift.deleted_at is not None)
    if shift.is_open and not change.was_closed and was_there:
        return False
    is_counted = shift.final_cash is not None
    return running_totals.is_other(change.totals_before, totals) or is_counted != change.was_counted


def _queue_mails(change: ShiftChange) -> None:
    shift = change.shift
    alerts.queue_difference_mail(shift, change.off_before)
    alerts.queue_difference_gone_mail(shift, change.off_before)
    if shift.first_result is not None and not change.was_compared:
        alerts.queue_corrected_early_mail(shift)
    if shift.flagged_at and not change.was_flagged:
        alerts.queue_flag_mail(shift, change.by)
    if shift.signed_off_alone and not change.was_signed_off:
        alerts.queue_signed_off_alone_mail(shift)
    if shift.closed_at and not change.was_closed:
        alerts.queue_blank_ticket_mail(shift)


def _save_movements(change: ShiftChange) -> None:
    for movement in change.movements:
        save_with_history(movement, by=change.by, reason=change.reason)


def _seal_and_tell(change: ShiftChange, *, is_sealed: bool, is_held: bool = False) -> None:
    if is_sealed and not change.shift.is_open:
        hash_chain.append(change.shift, is_held=is_held, is_closing=not change.was_closed)
    logs.action(change.event, shift=change.shift.pk, user=change.by.pk)


def _stored_sums(shift: CashSession) -> dict[str, int]:
    return dict(shift.movements.live().values_list("kind").annotate(sum=Sum("amount")).order_by())


def _sums_of(movements: list[Movement]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for movement in movements:
        sums[movement.kind] = sums.get(movement.kind, 0) + movement.amount
    return sums


def set_totals(shift: Any, sums: dict[str, int]) -> None:
    """Set every `<kind>_total` of the shift. Raises ActionRefused beyond the largest amount."""
    for kind in Kind.values:
        if sums.get(kind, 0) > MAXIMUM:
            raise ActionRefused(str(TOO_MUCH))
        setattr(shift, f"{kind}_total", sums.get(kind, 0))
