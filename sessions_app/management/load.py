"""Many shifts, fast, for measuring: a base of a few weeks is made in Python and multiplied inside the database.

A copy is the base again, later: ids and dates are moved, all else holds as it did, sums and figures too. History is
written from the finished rows, opened and closed by the cashier; nobody has marked or corrected anything. Amounts
are whole guaraníes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from operator import itemgetter
from random import Random
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import F, Max, Q, Value
from django.db.models.expressions import Combinable

from accounts import roles
from accounts.models import User
from cashpilot import periods
from cashpilot.db import bulk, triggers
from cashpilot.db.limits import take_time
from cashpilot.normalize import folded
from pharmacies.models import Assignment, Pharmacy
from sessions_app.actions import shifts as shift_actions
from sessions_app.domain.choices import Kind, Status
from sessions_app.ledger import anchors, control_lines, day_verdicts, first_verdicts, gaps, hash_chain, running_totals
from sessions_app.models import MOVEMENT_SUMS, TYPED_AMOUNTS, CashSession, Movement, Seal

YEARS = 10
SHIFTS_A_DAY = 3
CASHIERS = 4
BASE_SIZE = 2_000
SEALS_AT_ONCE = 2_000
# From six in the morning, so that the last shift of yesterday is over by midnight.
OPENING_HOURS = timedelta(hours=12)

# By how much the drawer is off, and how often, of a hundred; None: nobody knows, the ticket is missing.
GAPS = {0: 75, None: 9, -15_000: 6, -85_000: 3, 10_000: 5, 45_000: 2}
SWAPPED_OF_A_HUNDRED = 7
SOMETIMES = (Kind.EXPENSE, Kind.TRANSFER, Kind.COLLECTION, Kind.CREDIT_SALE)
DESCRIPTIONS = {Kind.EXPENSE: "Flete de la distribuidora", Kind.TRANSFER: "SIPAP de Ramón Ferreira"}


class RandomUUID(models.Func):
    template = "gen_random_uuid()"
    arity = 0
    output_field = models.UUIDField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="lower(hex(randomblob(16)))", **context)


@dataclass(frozen=True)
class Place:
    pharmacy: Pharmacy
    cashiers: list[User]


@dataclass
class Plan:
    """The plan of a load: its first numbers, and `per_day` shifts on each day from `first_day` to yesterday."""

    shifts: int
    per_day: int
    first_day: date
    session_id: int
    movement_id: int

    @property
    def base(self) -> int:
        """Whole weeks, so that a copy falls on the same weekdays."""
        weeks = max(1, BASE_SIZE // (7 * self.per_day))
        return min(self.shifts, weeks * 7 * self.per_day)

    @property
    def sessions(self) -> Q:
        """Return the condition of the new shifts; their history, whose `id` is that of the shift, shares it."""
        return Q(id__gte=self.session_id)

    @property
    def movements(self) -> Q:
        return Q(pk__gte=self.movement_id)


def plan(shifts: int, pharmacies: int) -> Plan:
    per_day = max(SHIFTS_A_DAY * pharmacies, -(-shifts // (YEARS * 365)))
    days = -(-shifts // per_day)
    first_day = periods.today() - timedelta(days=days)
    return Plan(shifts, per_day, first_day, _next_id(CashSession), _next_id(Movement))


def _next_id(model: type[models.Model]) -> int:
    return (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def create(shifts: int, pharmacies: int) -> Iterator[str]:
    """Do it, in steps; says after each what was done. To be called in one transaction.

    PostgreSQL would hold each row against its history at the commit: they are written from the same finished rows.
    """
    take_time()
    triggers.remove(triggers=triggers.at_commit())
    places = [_place(number) for number in range(1, pharmacies + 1)]
    planned = plan(shifts, pharmacies)
    _make_base(planned, places)
    gaps.rebuild()  # the copies take theirs along, but for the first ones of each
    yield f"{planned.base} shifts to copy"
    for made in _multiply(planned):
        yield f"{made} shifts"
    _write_history(planned)
    yield "history"
    _seal(planned)
    anchors.adopt()
    yield "seals"
    _execute("ANALYZE")  # or the planner, who knows nothing of what is new, reads all movements for each shift
    gaps.rebuild()
    running_totals.rebuild()
    day_verdicts.rebuild()
    control_lines.rebuild()
    for statement in connection.ops.sequence_reset_sql(no_style(), [CashSession, Movement]):
        _execute(statement)
    triggers.install()
    for place in places[:2]:
        _leave_open(place)


def _execute(statement: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def tidy() -> None:
    """Statistics for the planner; on PostgreSQL also what scans of an index alone need."""
    can_vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
    _execute("VACUUM ANALYZE" if can_vacuum else "ANALYZE")


def _place(number: int) -> Place:
    """A pharmacy and its cashiers, who cannot sign in; those of an earlier run, if there was one."""
    pharmacy = Pharmacy.objects.get_or_create(name=f"Farmacia {number:03}", defaults={"registers": 9})[0]
    cashiers = []
    for who in range(1, CASHIERS + 1):
        names = {"first_name": f"Cajera {who}", "last_name": f"de la {number:03}"}
        cashier, is_new = User.objects.get_or_create(email=f"caja{who}.{number:03}@example.com", defaults=names)
        if is_new:
            cashier.set_unusable_password()
            cashier.groups.add(Group.objects.get(name=roles.CASHIER))
            Assignment.objects.create(user=cashier, pharmacy=pharmacy)
        cashiers.append(cashier)
    return Place(pharmacy, cashiers)


def _leave_open(place: Place) -> None:
    """Today's shift of the first cashier, unless a register or the cashier is taken since an earlier run."""
    cashier = place.cashiers[0]
    if not CashSession.objects.in_the_way_of(cashier=cashier, pharmacy=place.pharmacy, register=1).exists():
        shift_actions.open_shift(pharmacy=place.pharmacy, register=1, cashier=cashier, initial_cash=500_000, by=cashier)


# --- The base ---------------------------------------------------------------------------------------------------------


def _make_base(planned: Plan, places: list[Place]) -> None:
    rng = Random(planned.session_id)  # noqa: S311 the same every time is what is wanted
    sessions, movements = [], []
    for number in range(planned.base):
        shift = _session(rng, planned, number, places[number % len(places)])
        notes = _movements(rng, shift)
        _count(rng, shift, {movement.kind: movement.amount for movement in notes})
        with periods.at(cast(datetime, shift.closed_at)):
            first_verdicts.set_first_verdict(shift, is_closing=True)
        sessions.append(shift)
        movements += notes
    for pk, movement in enumerate(movements, start=planned.movement_id):
        movement.pk, movement.token = pk, UUID(int=rng.getrandbits(128), version=4)
    CashSession.objects.bulk_create(sessions, batch_size=500)
    Movement.objects.bulk_create(movements, batch_size=500)


def _session(rng: Random, planned: Plan, number: int, place: Place) -> CashSession:
    days, slot = divmod(number, planned.per_day)
    day = planned.first_day + timedelta(days=days)
    opened_at = datetime.combine(day, time(6), periods.ASUNCION).astimezone(UTC)
    opened_at += slot * OPENING_HOURS / planned.per_day
    cash = rng.choice([300_000, 400_000, 500_000])
    return CashSession(
        pk=planned.session_id + number,
        pharmacy=place.pharmacy,
        register=1 + slot // len(place.cashiers) % 9,
        cashier=place.cashiers[slot // SHIFTS_A_DAY % CASHIERS],
        business_date=day,
        opened_at=opened_at.replace(microsecond=0),
        closed_at=opened_at.replace(microsecond=0) + timedelta(minutes=rng.randrange(240, 355)),
        status=Status.CLOSED,
        initial_cash=cash,
        first_initial_cash=cash,
        tolerance=place.pharmacy.cash_tolerance,
        transfers_billed_as_cash=place.pharmacy.transfers_billed_as_cash,
        version=2,
    )


def _movements(rng: Random, shift: CashSession) -> list[Movement]:
    """About three, one of a kind, noted at the closing."""
    kinds = [Kind.CARD, Kind.ENVELOPE, *rng.sample(SOMETIMES, rng.randrange(3))]
    return [
        Movement(
            session=shift,
            kind=kind,
            amount=rng.randrange(100, 1_600) * 500,
            description=DESCRIPTIONS.get(kind, ""),
            search=folded(DESCRIPTIONS.get(kind, "")),
            created_at=cast(datetime, shift.closed_at),
            created_by=shift.cashier,
        )
        for kind in kinds
    ]


def _count(rng: Random, shift: CashSession, noted: dict[str, int]) -> None:
    """Count the drawer: the sales, less or plus the gap."""
    for kind, amount in noted.items():
        setattr(shift, f"{kind}_total", amount)
    sold = 2_000_000 + rng.randrange(4_000) * 500
    gap = rng.choices(list(GAPS), list(GAPS.values()))[0]
    left = sold - shift.envelope_total - shift.expense_total + shift.collection_total
    shift.final_cash = shift.initial_cash + left + (gap or 0)
    if gap is None:
        return
    misplaced = rng.randrange(50, 300) * 500 if rng.randrange(100) < SWAPPED_OF_A_HUNDRED else 0
    shift.billed_cash, shift.billed_card = sold - misplaced, shift.card_total + misplaced
    shift.billed_transfer, shift.billed_credit = shift.transfer_total, shift.credit_sale_total
    shift.ticket_number, shift.ticket_count = f"001-{shift.pk % 10**9:09}", rng.randrange(30, 130)


# --- Inside the database ----------------------------------------------------------------------------------------------


def _insert(target: type[models.Model], rows: models.QuerySet[Any], **values: Combinable) -> int:
    """INSERT ... SELECT: the columns that `target` shares with `rows`, but for `values`. Returns how many."""
    shared = {column.attname for column in rows.model._meta.concrete_fields if not column.generated}
    columns = [column for column in target._meta.concrete_fields if column.attname in shared | values.keys()]
    select = rows.order_by().values_list(*(values.get(column.attname, F(column.attname)) for column in columns))
    query, params = select.query.sql_with_params()
    names = ", ".join(f'"{column.column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{target._meta.db_table}" ({names}) {query}', params)
        count: int = cursor.rowcount
        return count


def _multiply(planned: Plan) -> Iterator[int]:
    """Double what was made until there is enough; the last copy is a part. Yields how many there are."""
    made, moved = planned.base, Movement.objects.filter(planned.movements).count()
    while made < planned.shifts:
        number = min(made, planned.shifts - made)
        later = Value(timedelta(days=made // planned.per_day))
        source = (planned.session_id, planned.session_id + number - 1)
        times = {name: F(name) + later for name in ("business_date", "opened_at", "closed_at", "first_compared_at")}
        _insert(CashSession, CashSession.objects.filter(pk__range=source), id=F("id") + made, **times)
        moved += _insert(
            Movement,
            Movement.objects.filter(session__id__range=source),
            id=F("id") + moved,
            session_id=F("session_id") + made,
            token=RandomUUID(),
            created_at=F("created_at") + later,
        )
        made += number
        yield made


def _write_history(planned: Plan) -> None:
    sessions, movements = CashSession.objects.filter(planned.sessions), Movement.objects.filter(planned.movements)
    who: dict[str, Combinable] = {
        "history_change_reason": Value(""),
        "history_user_id": F("cashier_id"),
        "seal": Value(""),
    }
    columns = {column.name: column for column in CashSession._meta.concrete_fields}
    unknown = ["final_cash", "closed_at", "tolerance", "ticket_count", *TYPED_AMOUNTS[2:]]
    opened: dict[str, Combinable] = {
        **{name: Value(None, columns[name]) for name in unknown},
        **{name: Value(0) for name in MOVEMENT_SUMS},
        "status": Value(Status.OPEN),
        "ticket_number": Value(""),
        "version": Value(1),
    }
    history = CashSession.history.model
    _insert(history, sessions, **who, **opened, history_date=F("opened_at"), history_type=Value("+"))
    _insert(history, sessions, **who, history_date=F("closed_at"), history_type=Value("~"))
    who["history_user_id"] = F("created_by_id")
    _insert(Movement.history.model, movements, **who, history_date=F("created_at"), history_type=Value("+"))


def _seal(planned: Plan) -> None:
    """Each closing in its pharmacy's chain; the histories, made inside the database, by an anchor that adopts them."""
    links = _links(planned)
    while batch := list(islice(links, SEALS_AT_ONCE)):
        bulk.insert(batch)


def _links(planned: Plan) -> Iterator[Seal]:
    last = {seal.pharmacy_id: seal for seal in Seal.objects.filter(pk__in=_ends_of_chains())}
    sessions = CashSession.objects.filter(planned.sessions).order_by("pk").values(*hash_chain.covered(CashSession))
    movements = Movement.objects.filter(planned.movements).order_by("pk").values(*hash_chain.covered(Movement))
    history = CashSession.history.filter(planned.sessions).order_by("id", "pk")
    noted = groupby(movements.iterator(), itemgetter("session_id"))
    told = groupby(history.values(*hash_chain.covered(history.model)).iterator(), itemgetter("id"))
    for shift, (_, of_session), (_, versions) in zip(sessions.iterator(), noted, told, strict=True):
        before, content = last.get(shift["pharmacy_id"]), hash_chain.digest([shift, *of_session, *versions])
        yield (
            seal := hash_chain.linked(
                before,
                pharmacy_id=shift["pharmacy_id"],
                session_id=shift["id"],
                content=content,
                sealed_at=shift["closed_at"],
            )
        )
        last[seal.pharmacy_id] = seal


def _ends_of_chains() -> models.QuerySet[Any, int]:
    return Seal.objects.values("pharmacy").annotate(last=Max("pk")).values_list("last", flat=True)
