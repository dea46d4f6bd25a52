"""The movements of a shift: its items as they are, its totals as one movement each, at the closing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from cashpilot.money import MAXIMUM
from sessions_app.domain.choices import Kind
from sessions_app.legacy import wording
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.findings import Told
from sessions_app.legacy.hours import evidence
from sessions_app.legacy.names import Names
from sessions_app.legacy.plan import Mark, MovementPlan, Origin, token_of
from sessions_app.legacy.rows import Item, Shift, ShiftState
from sessions_app.legacy.values import fitted, guaranies, rounded, width
from sessions_app.models import Movement

# Total of the source -> what it is here.
ALONE = {
    "envelope_amount": Kind.ENVELOPE,
    "card_total": Kind.CARD,
    "credit_sales_total": Kind.CREDIT_SALE,
    "credit_payments_collected": Kind.COLLECTION,
}
WITH_ITEMS = {"bank_transfer_total": Kind.TRANSFER, "expenses": Kind.EXPENSE}
# What an amount below zero means; what is not here means nothing, and is left out.
BELOW_ZERO = {Kind.ENVELOPE: Kind.CASH_IN, Kind.EXPENSE: Kind.CASH_IN, Kind.COLLECTION: Kind.EXPENSE}


@dataclass(frozen=True)
class Deed:
    """A change of the shift, by whom and why."""

    mark: Mark
    before: ShiftState
    after: ShiftState


@dataclass
class Movements:
    """The movements of one shift, as they are made.

    Its totals were noted at `closed_at`, which of an open one is its opening.
    """

    row: Shift
    opened_at: datetime
    closed_at: datetime
    deeds: list[Deed]
    names: Names
    told: Told
    made: list[MovementPlan] = field(default_factory=list)
    left_out: list[Origin] = field(default_factory=list)

    def make(self, items: Iterable[Item]) -> None:
        of_kind: dict[Kind, list[Item]] = {kind: [] for kind in WITH_ITEMS.values()}
        for item in items:
            of_kind[item.kind].append(item)
        for total, kind in WITH_ITEMS.items():
            self._of_items(total, of_kind[kind])
            if of_kind[kind]:
                self._rest(total, kind, of_kind[kind])
            else:
                self._without_items(total, kind)
        for total, kind in ALONE.items():
            self._of_total(total, kind)

    # --- Items ---

    def _of_items(self, total: str, items: list[Item]) -> None:
        for item in sorted(items, key=lambda item: (item.created_at or self.opened_at, item.origin.id)):
            if movement := self._of_item(total, item):
                self.made.append(movement)
            else:
                self.left_out.append(item.origin)

    def _of_item(self, total: str, item: Item) -> MovementPlan | None:
        told = self.told.about(item.origin.table, item.origin.id)
        kind, amount = _amount(total, item, told)
        if not amount:
            return None
        at = item.created_at or self.opened_at
        return MovementPlan(
            kind=kind,
            amount=amount,
            description=_description(item, told),
            token=token_of(item.origin.table, item.origin.id),
            created_at=at,
            created_by=None,
            voided=Mark(evidence(self.row, at), None, wording.ITEM_DELETED) if item.is_deleted else None,
            verified=self._verified(item, at, told) if kind == Kind.TRANSFER else None,
            origin=item.origin,
        )

    def _verified(self, item: Item, at: datetime, told: Told) -> Mark | None:
        if not item.is_verified:
            return None
        by = self.names.known(item.verified_by)
        if not (by and item.verified_at):
            told(Code.VERIFIER_UNKNOWN, field="verified_by", was=item.description)
        if item.is_deleted:
            told(Code.VERIFIED_TRANSFER_WAS_DELETED, field="is_deleted", was=item.description, now=item.amount)
        return Mark(item.verified_at or evidence(self.row, at), by)

    # --- Totals ---

    def _rest(self, total: str, kind: Kind, items: list[Item]) -> None:
        """Hold a total against its items."""
        stated = getattr(self.row.state, total)
        live = [item.amount for item in items if not item.is_deleted]
        found = sum(live, Decimal(0))
        if stated < found:
            self.told(Code.TOTAL_BELOW_ITEMS, field=total, was=stated, now=found, effects={total: found - stated})
        elif stated > found:
            code = Code.TOTAL_ABOVE_ITEMS if live else Code.TOTAL_WITHOUT_ITEMS
            self.told(code, field=total, was=stated, now=found)
            if amount := guaranies(stated - found, self.told, total):
                self.made.append(self._movement(total, kind, amount, Mark(self.closed_at, None), 0))

    def _without_items(self, total: str, kind: Kind) -> None:
        if (stated := getattr(self.row.state, total)) > 0:
            self.told(Code.TOTAL_WITHOUT_ITEMS, field=total, was=stated, now=0)
        self._of_total(total, kind)

    def _of_total(self, total: str, kind: Kind) -> None:
        """One movement for what the total is, and a voided one for each value that it had before."""
        changes = [deed for deed in self.deeds if getattr(deed.before, total) != getattr(deed.after, total)]
        is_first_noted_later = not changes or changes[0].mark.at >= self.closed_at
        noted = Mark(self.closed_at if is_first_noted_later else self.opened_at, None)
        for number, deed in enumerate(changes):
            self._note(total, kind, getattr(deed.before, total), noted, number, voided=deed.mark)
            noted = deed.mark
        self._note(total, kind, getattr(self.row.state, total), noted, len(changes))

    def _note(
        self, total: str, kind: Kind, raw: Decimal, noted: Mark, number: int, *, voided: Mark | None = None
    ) -> None:
        kind, amount = _positive(total, kind, raw, Told("", "") if voided else self.told)
        if amount > MAXIMUM:
            self.told(Code.ABOVE_THE_LIMIT, field=total, was=raw)
        if amount:
            self.made.append(self._movement(total, kind, amount, noted, number, voided, is_below_zero=raw < 0))

    def _movement(
        self,
        total: str,
        kind: Kind,
        amount: int,
        noted: Mark,
        number: int,
        voided: Mark | None = None,
        *,
        is_below_zero: bool = False,
    ) -> MovementPlan:
        detail = wording.WITHOUT_DETAIL if total in WITH_ITEMS else ""
        return MovementPlan(
            kind=kind,
            amount=amount,
            description=wording.BELOW_ZERO if is_below_zero else detail,
            token=token_of("cash_sessions", self.row.id, total, number),
            created_at=noted.at,
            created_by=noted.by,
            voided=voided,
        )

    def totals(self) -> dict[str, int]:
        return sums(movement for movement in self.made if not movement.voided)


def sums(movements: Iterable[MovementPlan]) -> dict[str, int]:
    """The sum of each kind, under the name of its column."""
    totals = dict.fromkeys(Kind, 0)
    for movement in movements:
        totals[movement.kind] += movement.amount
    return {f"{kind.value}_total": amount for kind, amount in totals.items()}


def _amount(total: str, item: Item, told: Told) -> tuple[Kind, int]:
    """Kind and guaraníes of an item; zero where it is to be left out."""
    if item.amount == 0:
        told(Code.ZERO_ITEM, field=total, was=item.amount)
        return item.kind, 0
    if abs(rounded(item.amount)) > MAXIMUM:
        grave = Severity.WARNING if item.is_deleted else Severity.BLOCKER
        told(Code.ABOVE_THE_LIMIT, severity=grave, field=total, was=item.amount)
        return item.kind, 0
    # A deleted one has no effect on the sums.
    return _positive(total, item.kind, item.amount, Told("", "") if item.is_deleted else told)


def _positive(total: str, kind: Kind, raw: Decimal, told: Told) -> tuple[Kind, int]:
    """Kind and guaraníes of an amount; one below zero becomes what it means, or nothing."""
    if raw >= 0:
        return kind, guaranies(raw, told, total)
    meaning, amount = BELOW_ZERO.get(kind), -rounded(raw)
    effects = {total: -raw}
    if meaning == Kind.EXPENSE:
        effects["expenses"] = Decimal(amount)
    told(Code.NEGATIVE, field=total, was=raw, now=meaning and meaning.value, effects=effects)
    return (meaning, amount) if meaning else (kind, 0)


def _description(item: Item, told: Told) -> str:
    if not item.description.strip():
        told(Code.DESCRIPTION_MISSING, field="description", was=item.description)
        return wording.NO_DESCRIPTION
    return fitted(item.description, width(Movement, "description"), told, "description")
