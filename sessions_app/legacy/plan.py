"""The rows of ours that a row of the old system becomes, before anything is written.

The mapping reads the source and answers with these plans; it neither queries nor writes our database. The action
that writes them (sessions_app/actions/legacy.py) works like this:

- It makes the person Sistema anterior (inactive, unusable password), whom a plan means by None.
- People, pharmacies and assignments first, then days and shifts in chunks of 500, each chunk in one transaction with
  its rows of `Imported`. A person whose e-mail is here already, and a pharmacy of the same name, is linked, not made.
- For each `Origin` there is one `Imported`: `origin.table` and `origin.id` are unique, `origin.digest` is the hash,
  `origin.row` the whole row as JSON. Its target is what the plan became: a shift's own row the shift, an item its
  movement, a row of the audit the shift. Those in `left_out` have none.
- An origin that is known with the same digest is passed over. With another one, the target is compared with its
  `version` as imported: untouched, the new plan is written as a correction; touched here too, it is left and told.
- `MovementPlan.token` follows from the source alone, so the same movement is found again in a second run, also one
  that was made of a total.
- `history` is the whole history of a row, oldest first: one history row for each, `values` being the row as it stood
  then; the last is the row itself. Each counts the version up by one, from 1. A movement's history follows from its
  marks: noted, verified, voided, each at its instant.
- A plan that is `blocked` is not written: something in it must be decided first, and its findings say what.
- A second run gives `Known` from `Imported`, so that numbers and registers stay as they are.

People and pharmacies are named by their id in the source. Amounts are whole guaraníes, instants are UTC.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sessions_app.domain.choices import Kind, Status
from sessions_app.legacy.findings import Finding, is_blocked

# Id of a person in the source; None is Sistema anterior, who stands for everybody unknown.
PersonId = str | None


@dataclass(frozen=True)
class Origin:
    """One row of the source, whole."""

    table: str
    id: str
    row: Mapping[str, Any]

    @cached_property
    def json(self) -> str:
        """The row as text, the same for the same values."""
        return json.dumps(self.row, sort_keys=True, ensure_ascii=False, default=str)

    @cached_property
    def digest(self) -> str:
        return sha256(self.json.encode()).hexdigest()

    @property
    def kept(self) -> Any:
        """The row as JSON keeps it."""
        return json.loads(self.json)


@dataclass(frozen=True)
class Mark:
    at: datetime
    by: PersonId
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """A column of the source, with its values before and after."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Event:
    """A line of a history; `event` is a word for what happened, for reports and tests."""

    at: datetime
    by: PersonId
    event: str
    reason: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class PersonPlan:
    """`password` is as Django stores it, None for an unusable one; `role` is a name of roles.ROLES, or empty."""

    origin: Origin
    email: str
    first_name: str
    last_name: str
    role: str
    is_active: bool
    password: str | None
    date_joined: datetime
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PharmacyPlan:
    origin: Origin
    name: str
    address: str
    phone: str
    is_active: bool
    registers: int
    transfers_billed_as_cash: bool
    created_at: datetime
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class AssignmentPlan:
    """`left_out` are further rows of the same pair."""

    origin: Origin
    person: str
    pharmacy: str
    assigned_at: datetime
    left_out: tuple[Origin, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ShiftValues:
    """The columns of a shift that the source knows; what was billed it never knows."""

    pharmacy: str
    register: int
    cashier: PersonId
    business_date: date
    opened_at: datetime
    closed_at: datetime | None
    status: Status
    initial_cash: int
    final_cash: int | None
    uncounted_reason: str
    ticket_number: str
    notes: str
    tolerance: int | None
    transfers_billed_as_cash: bool
    expense_total: int = 0
    envelope_total: int = 0
    cash_in_total: int = 0
    collection_total: int = 0
    card_total: int = 0
    transfer_total: int = 0
    credit_sale_total: int = 0
    flagged: Mark | None = None
    deleted: Mark | None = None


@dataclass(frozen=True)
class DayValues:
    is_closed: bool
    billed_cash: int | None
    billed_card: int | None
    billed_credit: int | None
    invoices: int | None
    cost: int | None
    tolerance: int
    transfers_billed_as_cash: bool
    billed_transfer: None = None


@dataclass(frozen=True)
class ShiftVersion(Event):
    values: ShiftValues | None = None


@dataclass(frozen=True)
class DayVersion(Event):
    values: DayValues | None = None


@dataclass(frozen=True)
class MovementPlan:
    """`origin` is None where it was made of a shift's total."""

    kind: Kind
    amount: int
    description: str
    token: UUID
    created_at: datetime
    created_by: PersonId
    voided: Mark | None = None
    verified: Mark | None = None
    origin: Origin | None = None

    def counts_at(self, instant: datetime) -> bool:
        """Return whether it was noted by then, and not voided yet."""
        return self.created_at <= instant and not (self.voided and self.voided.at <= instant)


@dataclass(frozen=True)
class ShiftPlan:
    """`origin` is the shift's own row; `told_by` are the rows of its audit."""

    origin: Origin
    number: int
    values: ShiftValues
    movements: tuple[MovementPlan, ...] = ()
    history: tuple[ShiftVersion, ...] = ()
    told_by: tuple[Origin, ...] = ()
    left_out: tuple[Origin, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_blocked(self) -> bool:
        return is_blocked(self.findings)


@dataclass(frozen=True)
class DayPlan:
    """`origins` are the rows of that day, the one that counts last; `told_by` are the rows of their audit."""

    origins: tuple[Origin, ...]
    pharmacy: str
    date: date
    values: DayValues
    history: tuple[DayVersion, ...] = ()
    told_by: tuple[Origin, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_blocked(self) -> bool:
        return is_blocked(self.findings)


@dataclass(frozen=True)
class LeftOut:
    """A row that has no place here: kept whole, without a target."""

    origin: Origin
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Place:
    """The number and the register that a shift of the source has here."""

    number: int
    register: int


# Id of a shift in the source -> where an earlier run put it.
Known = Mapping[str, Place]


def token_of(table: str, row: str, *parts: Any) -> UUID:
    """Return the token of a movement made of that row: always the same one."""
    return uuid5(NAMESPACE_URL, "/".join(map(str, ("cashpilot", "legacy", table, row, *parts))))
