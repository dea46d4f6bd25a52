"""The demonstration: three pharmacies, eight people and 87 shifts, the same at every seeding but for the dates.

A shift is a story: a generator that yields the instant of its next step and then takes it, through the same actions
as the pages and as the person who would. The stories run side by side in the order of time, up to now; what would
come later has not happened yet, which is why some shifts are open. Amounts are whole guaraníes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts import roles
from accounts.models import User
from cashpilot import periods
from pharmacies.models import Assignment, Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Result
from sessions_app.ledger import control_lines
from sessions_app.management.demo_amounts import (
    STEADY_LOSS,
    Figures,
    dice,
    expense,
    figures_of,
    left_by,
    pieces,
    transfer,
)
from sessions_app.models import BILLED, CashSession

SHIFTS = 87
PASSWORD = "password123"  # noqa: S105 printed by the command; the data is for trying out, and only where DEBUG is on
ADMIN = "admin@example.com"

CENTRAL, SAN_LORENZO, LUQUE = "Farmacia Central", "Farmacia San Lorenzo", "Farmacia Luque"
PHARMACIES: list[dict[str, Any]] = [
    {"name": CENTRAL, "address": "Palma 645, Asunción", "phone": "021 441 250", "registers": 2},
    {"name": SAN_LORENZO, "address": "Av. Estigarribia 1120", "phone": "021 582 114", "cash_tolerance": 5_000},
    {"name": LUQUE, "address": "Gral. Aquino 318, Luque", "phone": "021 642 870", "alert_threshold": 30_000},
]
# E-mail -> first name, last name, role, where they work.
PEOPLE: dict[str, tuple[str, str, str, list[str]]] = {
    ADMIN: ("Graciela", "Rojas", roles.ADMIN, []),
    "auditor@example.com": ("Óscar", "Duarte", roles.AUDITOR, []),
    "maria.benitez@example.com": ("María José", "Benítez", roles.CASHIER, [CENTRAL]),
    "derlis.gimenez@example.com": ("Derlis", "Giménez", roles.CASHIER, [CENTRAL]),
    "lourdes.ayala@example.com": ("Lourdes", "Ayala", roles.CASHIER, [CENTRAL, LUQUE]),
    "rocio.caceres@example.com": ("Rocío", "Cáceres", roles.CASHIER, [SAN_LORENZO]),
    "hugo.villalba@example.com": ("Hugo", "Villalba", roles.CASHIER, [SAN_LORENZO]),
    "liz.ortiz@example.com": ("Liz", "Ortiz", roles.CASHIER, [LUQUE]),
}


@dataclass(frozen=True)
class Post:
    """A cashier's usual hours at a pharmacy, in Asunción. A closing before the opening is on the next day."""

    pharmacy: str
    register: int
    cashier: str
    opens: time
    closes: time

    def hours(self, day: date) -> tuple[datetime, datetime]:
        last = day if self.closes > self.opens else day + timedelta(days=1)
        return _local(day, self.opens), _local(last, self.closes)


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, periods.ASUNCION)


MORNING = Post(CENTRAL, 1, "maria.benitez@example.com", time(6, 30), time(14, 25))
AFTERNOON = Post(CENTRAL, 1, "derlis.gimenez@example.com", time(14, 40), time(23, 20))
EVENING = Post(CENTRAL, 2, "lourdes.ayala@example.com", time(16), time(23, 30))
NIGHT = Post(CENTRAL, 2, "lourdes.ayala@example.com", time(22), time(6, 10))
SAN_LORENZO_MORNING = Post(SAN_LORENZO, 1, "rocio.caceres@example.com", time(7), time(14, 45))
SAN_LORENZO_AFTERNOON = Post(SAN_LORENZO, 1, "hugo.villalba@example.com", time(15), time(23, 20))
LUQUE_MORNING = Post(LUQUE, 1, "liz.ortiz@example.com", time(7, 15), time(15))
LUQUE_EVENING = Post(LUQUE, 1, "liz.ortiz@example.com", time(16, 10), time(0, 20))

QUIET_DAY = [MORNING, SAN_LORENZO_AFTERNOON]
ROTA = [
    [*QUIET_DAY, LUQUE_MORNING],
    [*QUIET_DAY, SAN_LORENZO_MORNING],
    [*QUIET_DAY, LUQUE_EVENING],
    [*QUIET_DAY, AFTERNOON, EVENING, LUQUE_EVENING],
    [*QUIET_DAY, AFTERNOON, SAN_LORENZO_MORNING],
    [*QUIET_DAY, NIGHT],
    [],
]
ON_DUTY_SUNDAY = [MORNING]
YESTERDAY = [MORNING, AFTERNOON, LUQUE_MORNING]
TODAY = [MORNING, AFTERNOON]

# How a shift goes; the deck is dealt again and again.
DECK = (
    ["balanced"] * 17
    + ["short"] * 3
    + ["over", "swapped", "not compared"] * 2
    + ["recounted", "ticket found", "opened by mistake"]
)
BUSY = (3, 4)
# Number of a shift -> by how much it opens with less or more than the shift before it left.
GAPS = {1: -50_000, 20: 20_000, 40: -10_000}
# Until then nobody typed what the billing system says of a whole day.
DAYS_TYPED = timedelta(days=14)

FLAG_REASON = "Faltante mayor a lo habitual: pedir el descargo por escrito."
REVIEW_NOTES = ["Comparado con el cierre del sistema.", "Conforme.", "Comprobantes y sobre verificados."]

WORKING_DAY = timedelta(hours=8)

Story = Iterator[datetime]
People = dict[str, User]
Planned = tuple[Post, date, int]
Drawers = dict[tuple[str, int], int]


def create() -> None:
    """Everything, up to now. To be called in one transaction, on a database without people, pharmacies or shifts."""
    now = periods.now()
    begun = _plan(now)
    planned = begun[: SHIFTS - 2]
    openings, left = _openings(begun)
    a_week_before = min(post.hours(day)[0] for post, day, _ in planned) - timedelta(days=7)
    with periods.at(a_week_before):
        people, pharmacies = _staff()
    stories = [_shift(people, pharmacies, post, day, number, openings[number]) for post, day, number in planned]
    days = {day for _, day, _ in planned if day >= periods.local_date(now) - DAYS_TYPED}
    stories += [_day(pharmacy, people[ADMIN], day) for day in sorted(days) for pharmacy in pharmacies.values()]
    _play([*stories, *_still_open(people, pharmacies, now, left)], now)
    control_lines.compute_stale()


def _play(stories: Iterable[Story], until: datetime) -> None:
    """Take the steps of all stories in the order of their instants."""
    waiting = [(next(story), number, story) for number, story in enumerate(stories)]
    heapify(waiting)
    while waiting and waiting[0][0] <= until:
        instant, number, story = heappop(waiting)
        with periods.at(instant):
            following = next(story, None)
        if following:
            heappush(waiting, (following, number, story))


def _plan(now: datetime) -> list[Planned]:
    """Post, day and number of each shift that may have begun, but for the two of _still_open; the newest first.

    Shifts are numbered back from yesterday: a number has the same figures, whatever the hour of the seeding.
    """
    today = periods.local_date(now)
    begun = [(post, today, -1 - place) for place, post in enumerate(TODAY) if post.hours(today)[0] <= now]
    number = 0
    for ago in range(1, SHIFTS):
        day = today - timedelta(days=ago)
        for post in _rota(day, ago):
            begun.append((post, day, number))
            number += 1
    return sorted(begun, key=_opening_hour, reverse=True)


def _opening_hour(planned: Planned) -> datetime:
    post, day, _number = planned
    return post.hours(day)[0]


def _openings(begun: list[Planned]) -> tuple[dict[int, int], Drawers]:
    """With how much each shift opens: what the one before it left, but for GAPS. And what lies in each drawer now."""
    openings: dict[int, int] = {}
    left: Drawers = {}
    for post, _day, number in sorted(begun, key=_opening_hour):
        place = post.pharmacy, post.register
        openings[number] = left.get(place, left_by(None)) + GAPS.get(number, 0)
        if _turn(number, post.cashier) != "opened by mistake":
            left[place] = left_by(number)
    return openings, left


def _rota(day: date, ago: int) -> list[Post]:
    if ago == 1:
        return YESTERDAY
    is_duty = day.weekday() == 6 and 8 <= ago <= 14
    return ON_DUTY_SUNDAY if is_duty else ROTA[day.weekday()]


def _staff() -> tuple[People, dict[str, Pharmacy]]:
    """People and pharmacies. The administrator made them all, and first of all herself."""
    password = make_password(PASSWORD)
    people: People = {}
    for email, (first_name, last_name, role, _) in PEOPLE.items():
        names = {"first_name": first_name, "last_name": last_name}
        person = User(email=email, password=password, is_staff=role in roles.STAFF, date_joined=periods.now(), **names)
        people[email] = _record(person, by=people.get(ADMIN, person))
        person.groups.add(Group.objects.get(name=role))
    pharmacies = {values["name"]: _record(Pharmacy(**values), by=people[ADMIN]) for values in PHARMACIES}
    for email, (*_, places) in PEOPLE.items():
        for place in places:
            _record(Assignment(user=people[email], pharmacy=pharmacies[place]), by=people[ADMIN])
    return people, pharmacies


def _record(row: Any, *, by: User) -> Any:
    row._history_user, row._history_date = by, periods.now()
    row.save()
    return row


# --- One shift --------------------------------------------------------------------------------------------------------


def _shift(people: People, pharmacies: dict[str, Pharmacy], post: Post, day: date, number: int, opening: int) -> Story:
    rng, turn = dice(f"shift {number}"), _turn(number, post.cashier)
    cashier, admin = people[post.cashier], people[ADMIN]
    opens, closes = (instant + timedelta(minutes=rng.randrange(8)) for instant in post.hours(day))
    figures = figures_of(rng, turn, post.cashier, is_busy=day.weekday() in BUSY, opening=opening, left=left_by(number))
    yield opens
    shift = _open(pharmacies, post, cashier, figures.initial_cash)
    if turn == "opened by mistake":
        yield opens + timedelta(minutes=20)
        mark_actions.delete_shift(shift.pk, reason="Abierto por error: la caja no atendió en este turno.", by=admin)
        return
    yield from _work(rng, shift.pk, cashier, figures.during, opens, closes)
    yield closes
    _close(rng, shift.pk, cashier, figures, turn, number)
    if turn == "recounted":
        yield closes + timedelta(minutes=25)
        _correct(shift.pk, cashier, "Había contado dos veces un fajo; se volvió a contar.", figures.final_cash)
    if turn == "over" and figures.gap > 30_000:
        yield closes + timedelta(minutes=4)
        mark_actions.flag_shift(shift.pk, reason="Puede ser un vuelto que no se entregó.", by=cashier)
    yield from _next_morning(rng, shift.pk, admin, figures, turn, closes)


def _turn(number: int, cashier: str) -> str:
    """Deal how a shift goes. The count of who lacks a little each time is right, or it would hide that."""
    dealt = dice(f"deck {number // len(DECK)}").sample(DECK, len(DECK))
    turn = "balanced" if number < 0 else dealt[number % len(DECK)]
    return "balanced" if (turn, cashier) == ("recounted", STEADY_LOSS) else turn


def _open(pharmacies: dict[str, Pharmacy], post: Post, cashier: User, initial_cash: int) -> CashSession:
    return shift_actions.open_shift(
        pharmacy=pharmacies[post.pharmacy],
        register=post.register,
        cashier=cashier,
        initial_cash=initial_cash,
        by=cashier,
    )


def _work(rng: Random, pk: int, cashier: User, notes: list[NewMovement], opens: datetime, closes: datetime) -> Story:
    """The movements, one after the other; now and then one is noted twice and voided."""
    pause = (closes - opens) / (len(notes) + 1)
    for place, note in enumerate(notes, start=1):
        yield opens + place * pause
        movement_actions.add_movement(pk, new=note, by=cashier)
        if rng.random() < 0.05:
            yield opens + place * pause + timedelta(minutes=2)
            twice = movement_actions.add_movement(
                pk, new=NewMovement(note.kind, note.amount, note.description), by=cashier
            )
            yield opens + place * pause + timedelta(minutes=5)
            movement_actions.void_movement(pk, twice.pk, reason="Cargado dos veces.", by=cashier)


def _close(rng: Random, pk: int, cashier: User, figures: Figures, turn: str, number: int) -> None:
    counted = figures.final_cash + (100_000 if turn == "recounted" else 0)
    is_compared = turn not in ("not compared", "ticket found")
    shift_actions.close_shift(
        pk,
        final_cash=counted,
        count_sheet=pieces(rng, counted) if rng.random() < 0.7 else None,
        billed=figures.billed if is_compared else None,
        movements=figures.at_closing,
        ticket_number=f"001-002-{20_452 - number:07}" if is_compared else "",
        ticket_count=rng.randrange(38, 125) if is_compared else None,
        by=cashier,
    )


def _correct(pk: int, by: User, reason: str, final_cash: int) -> None:
    version = CashSession.objects.get(pk=pk).version
    shift_actions.correct_shift(pk, version=version, reason=reason, final_cash=final_cash, by=by)


def _next_morning(rng: Random, pk: int, admin: User, figures: Figures, turn: str, closes: datetime) -> Story:
    """The administrator ticks transfers, looks for missing tickets, flags what is off and signs off the rest."""
    yield _local(periods.local_date(closes) + timedelta(days=1), time(8, 30)) + timedelta(minutes=rng.randrange(90))
    for paid in CashSession.objects.get(pk=pk).movements.live().filter(kind=Kind.TRANSFER):
        if rng.random() < 0.85:
            movement_actions.verify_transfer(pk, paid.pk, by=admin)
    if turn == "ticket found":
        version = CashSession.objects.get(pk=pk).version
        reason = "Se encontró el ticket de cierre del sistema."
        shift_actions.correct_shift(pk, version=version, reason=reason, by=admin, **figures.billed)
    if turn == "short" and figures.gap < -30_000:
        mark_actions.flag_shift(pk, reason=FLAG_REASON, by=admin)
    elif turn in ("balanced", "recounted", "ticket found") and rng.random() < 0.75:
        mark_actions.sign_off_shift(pk, note=rng.choice(REVIEW_NOTES), by=admin)


def _day(pharmacy: Pharmacy, admin: User, day: date) -> Story:
    """The administrator types what the billing system says of a day that is compared, and signs off what agrees."""
    yield _local(day + timedelta(days=1), time(10, 30))
    shifts = CashSession.objects.live().filter(pharmacy=pharmacy, business_date=day)
    if not shifts or shifts.filter(result__in=[Result.OPEN, Result.NOT_COMPARED]):
        return
    billed: dict[str, Any] = {name: sum(getattr(shift, name) or 0 for shift in shifts) for name in BILLED}
    invoices = sum(shift.ticket_count or 0 for shift in shifts)
    cost = sum(billed.values()) * 71 // 100
    written = write_day(pharmacy, day, version=0, by=admin, invoices=invoices, cost=cost, **billed)
    if all(shift.result == Result.BALANCED for shift in shifts):
        sign_off_day(pharmacy, day, note="Coincide con el sistema.", version=written.version, by=admin)


def _still_open(people: People, pharmacies: dict[str, Pharmacy], now: datetime, left: Drawers) -> list[Story]:
    """One shift of today, whatever the hour, and one that nobody closed yesterday."""
    today = periods.local_date(now)
    recent = max(_local(today, time.min), now - timedelta(hours=3))
    forgotten = SAN_LORENZO_AFTERNOON.hours(today - timedelta(days=1))[0]
    return [
        _begin(people, pharmacies, SAN_LORENZO_AFTERNOON, forgotten, now, left[SAN_LORENZO, 1]),
        _begin(people, pharmacies, LUQUE_MORNING, recent, now, left[LUQUE, 1]),
    ]


def _begin(
    people: People, pharmacies: dict[str, Pharmacy], post: Post, opens: datetime, now: datetime, opening: int
) -> Story:
    rng, cashier = dice(post.cashier), people[post.cashier]
    yield opens
    shift = _open(pharmacies, post, cashier, opening)
    yield from _work(rng, shift.pk, cashier, [expense(rng), transfer(rng)], opens, min(now, opens + WORKING_DAY))
