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

from django.db.models import Sum

from accounts.models import User
from cashpilot import periods
from pharmacies.models import Pharmacy
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
from sessions_app.management.demo_cast import ADMIN, CENTRAL, LUQUE, SAN_LORENZO, People, hire
from sessions_app.models import BILLED, CashSession

SHIFTS = 87


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
# Post -> how its shifts went that are told by themselves, counted back: 0 is the last one before today.
STORIES = {
    MORNING: {0: "expense forgotten", 9: "deleted", 12: "recounted", 14: "not counted"},
    LUQUE_MORNING: {0: "recounted"},
}
# The last Thursday at least so many days ago has no tickets in the first pharmacy, only what was billed that day.
KNOWN_AS_A_WHOLE, DAY_IS_SHORT = timedelta(days=3), 15_000
THURSDAY = 3
BUSY = (THURSDAY, 4)
# Number of a shift -> by how much it opens with less or more than the shift before it left.
GAPS = {1: -50_000, 20: 20_000, 40: -10_000}
# Until then nobody typed what the billing system says of a whole day.
DAYS_TYPED = timedelta(days=14)

FLAG_REASON = "Faltante mayor a lo habitual: pedir el descargo por escrito."
UNCOUNTED_REASON = "La cajera salió de urgencia por su hijo; la caja quedó guardada, sin contar."
DELETED_REASON = "Se repitió el turno en la planilla; se borra para no contarlo dos veces."
# These leave in the drawer what they found there: nobody reckons with them afterwards.
LEAVES_AS_IT_OPENED = ("opened by mistake", "deleted")
REVIEW_NOTES = ["Comparado con el cierre del sistema.", "Conforme.", "Comprobantes y sobre verificados."]

WORKING_DAY = timedelta(hours=8)

Story = Iterator[datetime]
Planned = tuple[Post, date, int]
Drawers = dict[tuple[str, int], int]
Turns = dict[int, str]


def create() -> None:
    """Everything, up to now. To be called in one transaction, on a database without people, pharmacies or shifts."""
    now = periods.now()
    begun = _plan(now)
    planned = begun[: SHIFTS - 2]
    turns = _turns(begun, _day_known_as_a_whole(now))
    openings, left = _openings(begun, turns)
    a_week_before = min(post.hours(day)[0] for post, day, _ in planned) - timedelta(days=7)
    with periods.at(a_week_before):
        people, pharmacies = hire()
    stories = [
        _shift(people, pharmacies, post, day, number, turns[number], openings[number]) for post, day, number in planned
    ]
    days = {day for _, day, _ in planned if day >= periods.local_date(now) - DAYS_TYPED}
    stories += [_day(pharmacy, people[ADMIN], day) for day in sorted(days) for pharmacy in pharmacies.values()]
    stories.append(_day_as_a_whole(pharmacies[CENTRAL], people[ADMIN], _day_known_as_a_whole(now)))
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


def _day_known_as_a_whole(now: datetime) -> date:
    latest = periods.local_date(now) - KNOWN_AS_A_WHOLE
    return latest - timedelta(days=(latest.weekday() - THURSDAY) % 7)


def _turns(begun: list[Planned], without_tickets: date) -> Turns:
    """Deal how each shift goes, but for those of STORIES and those of the day that is known as a whole."""
    turns = {number: _dealt(number, post.cashier) for post, _day, number in begun}
    for post, stories in STORIES.items():
        numbers = sorted(number for at, _day, number in begun if at == post and number >= 0)
        turns |= {numbers[place]: turn for place, turn in stories.items()}
    alike = [number for post, day, number in begun if (post.pharmacy, day) == (CENTRAL, without_tickets)]
    return turns | dict.fromkeys(alike, "not compared")


def _dealt(number: int, cashier: str) -> str:
    """The count of who lacks a little each time is right, or it would hide that."""
    dealt = dice(f"deck {number // len(DECK)}").sample(DECK, len(DECK))
    turn = "balanced" if number < 0 else dealt[number % len(DECK)]
    return "balanced" if (turn, cashier) == ("recounted", STEADY_LOSS) else turn


def _openings(begun: list[Planned], turns: Turns) -> tuple[dict[int, int], Drawers]:
    """With how much each shift opens: what the one before it left, but for GAPS. And what lies in each drawer now."""
    openings: dict[int, int] = {}
    left: Drawers = {}
    for post, _day, number in sorted(begun, key=_opening_hour):
        place = post.pharmacy, post.register
        openings[number] = left.get(place, left_by(None)) + GAPS.get(number, 0)
        if turns[number] not in LEAVES_AS_IT_OPENED:
            left[place] = left_by(number)
    return openings, left


def _rota(day: date, ago: int) -> list[Post]:
    if ago == 1:
        return YESTERDAY
    is_duty = day.weekday() == 6 and 8 <= ago <= 14
    return ON_DUTY_SUNDAY if is_duty else ROTA[day.weekday()]


# --- One shift --------------------------------------------------------------------------------------------------------


def _shift(
    people: People, pharmacies: dict[str, Pharmacy], post: Post, day: date, number: int, turn: str, opening: int
) -> Story:
    rng, cashier, admin = dice(f"shift {number}"), people[post.cashier], people[ADMIN]
    opens, closes = (instant + timedelta(minutes=rng.randrange(8)) for instant in post.hours(day))
    left = opening if turn in LEAVES_AS_IT_OPENED else left_by(number)
    figures = figures_of(rng, turn, post.cashier, is_busy=day.weekday() in BUSY, opening=opening, left=left)
    yield opens
    shift = _open(pharmacies, post, cashier, figures.initial_cash)
    if turn == "opened by mistake":
        yield opens + timedelta(minutes=20)
        mark_actions.delete_shift(shift.pk, reason="Abierto por error: la caja no atendió en este turno.", by=admin)
        return
    yield from _work(rng, shift.pk, cashier, figures.during, opens, closes)
    yield closes
    if turn == "not counted":
        shift_actions.close_uncounted_shift(shift.pk, reason=UNCOUNTED_REASON, by=admin)
        return
    _close(rng, shift.pk, cashier, figures, turn, number)
    yield from _after_the_close(shift.pk, cashier, figures, turn, closes)
    yield from _next_morning(rng, shift.pk, admin, figures, turn, closes)


def _after_the_close(pk: int, cashier: User, figures: Figures, turn: str, closes: datetime) -> Story:
    """The cashier counts again, is reminded of an expense, or flags an own shift."""
    if CashSession.objects.get(pk=pk).awaits_recount:
        yield closes + timedelta(minutes=6)
        shift_actions.recount_shift(pk, final_cash=figures.final_cash, by=cashier)
    elif turn == "recounted":
        yield closes + timedelta(minutes=25)
        _correct(pk, cashier, "Había contado dos veces un fajo; se volvió a contar.", figures.final_cash)
    elif turn == "expense forgotten":
        yield closes + timedelta(minutes=35)
        forgotten = NewMovement(Kind.EXPENSE, -figures.gap, "Taxi para traer insulina de la distribuidora")
        reason = "No se cargó el taxi; la boleta está con los comprobantes del turno."
        movement_actions.add_movement(pk, new=forgotten, reason=reason, by=cashier)
    elif turn == "over" and figures.gap > 30_000:
        yield closes + timedelta(minutes=4)
        mark_actions.flag_shift(pk, reason="Puede ser un vuelto que no se entregó.", by=cashier)


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
    if turn == "deleted":
        mark_actions.delete_shift(pk, reason=DELETED_REASON, by=admin)
    elif turn == "short" and figures.gap < -30_000:
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


def _day_as_a_whole(pharmacy: Pharmacy, admin: User, day: date) -> Story:
    """The administrator types what was billed on a day whose shifts have no ticket: it received less."""
    yield _local(day + timedelta(days=1), time(11))
    shifts = CashSession.objects.live().filter(pharmacy=pharmacy, business_date=day)
    received = shifts.aggregate(
        billed_cash=Sum("cash_sales"),
        billed_card=Sum("card_total"),
        billed_transfer=Sum("transfer_total"),
        billed_credit=Sum("credit_sale_total"),
    )
    billed = received | {"billed_cash": received["billed_cash"] + DAY_IS_SHORT}
    write_day(pharmacy, day, version=0, by=admin, **billed)


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
