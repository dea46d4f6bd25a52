"""Facts that the rules of a sign-off ask: who changed a shift's figures, and whether anybody else could sign it off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.models import User
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.ledger import evidence
from sessions_app.ledger.first_verdicts import LaterChange, later_changes
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.querysets import UserQuerySet

SIGNS_OFF = "sessions_app.sign_off_cashsession"
SIGNS_OFF_DAYS = "sessions_app.sign_off_day"


@dataclass(frozen=True)
class Standing:
    """How somebody stands to the sign-off of a shift: `changers` as the rules have them.

    `is_alone`: it is not for them to sign it off, but nobody else could.
    """

    changers: frozenset[int] = frozenset()
    is_alone: bool = False


def standings_of(by: User, shifts: Sequence[CashSession]) -> dict[int, Standing]:
    """Return how `by` stands to each closed shift that nobody has signed off, by its number."""
    waiting = [shift for shift in shifts if shift.closed_at and not shift.signed_off_at] if _may_sign(by) else []
    return judge_standings(by, waiting, later_changes(waiting))


def standing_of(by: User, shift: CashSession) -> Standing:
    return standings_of(by, [shift]).get(shift.pk, Standing())


def is_alone(by: User, shift: CashSession) -> bool:
    """Tell whether a shift concerns `by`, and everybody else who could sign it off, whether or not it is."""
    return judge_standings(by, [shift], later_changes([shift]))[shift.pk].is_alone


def is_alone_on_day(by: User, shifts: Iterable[tuple[int, str]]) -> bool:
    """Tell whether everybody who could sign off a day had a shift of it, `by` too; `shifts` as the rules have them."""
    cashiers = {cashier for cashier, _status in shifts}
    return by.pk in cashiers and not User.objects.holding(SIGNS_OFF_DAYS).exclude(pk__in=cashiers).exists()


def judge_standings(
    by: User, shifts: Iterable[CashSession], changes: dict[int, list[LaterChange]]
) -> dict[int, Standing]:
    """Return the same from the changes of the shifts that were read already."""
    changers = {shift: frozenset(changers_of(changes.get(shift.pk, []))) for shift in shifts}
    concerned = {shift for shift, who in changers.items() if mark_rules.why_somebody_else(by, shift, who)}
    others = set(_signers().exclude(pk=by.pk).values_list("pk", flat=True)) if concerned else set()
    return {
        shift.pk: Standing(who, shift in concerned and not others - mark_rules.concerned_in(shift, who))
        for shift, who in changers.items()
    }


def changers_of(changes: Iterable[LaterChange]) -> set[int]:
    return {change.by for change in changes if change.by is not None}


def is_undecided(shift: CashSession) -> bool:
    """Tell whether something that arrived for the shift was not decided on yet."""
    return shift.evidence_result is not None and evidence.is_undecided(shift)


def _may_sign(by: User) -> bool:
    return by.has_perm(SIGNS_OFF)


def _signers() -> "UserQuerySet":
    people: UserQuerySet = User.objects.holding(SIGNS_OFF)
    return people
