"""Whatever people did to some hundred shifts, every surface tells what a model says that was written from the design.

The model is that of sessions_app/tests/people.py; 300 shifts with HYPOTHESIS_PROFILE=prove.
"""

import csv
from collections import defaultdict
from io import StringIO
from random import Random

import pytest

from cashpilot import periods
from sessions_app.ledger import integrity
from sessions_app.models import CashSession
from sessions_app.queries.worklist import figures_of
from sessions_app.reports.between import between_shifts
from sessions_app.reports.cashiers import by_cashier
from sessions_app.reports.report import ReportQuery
from sessions_app.tests.people import ADMINISTRATORS, CASHIERS, RECEIVED, SIGNS, START, People
from testing.client import signed_in
from testing.profiles import PROVING

pytestmark = [pytest.mark.both_engines, pytest.mark.slow, pytest.mark.django_db]

SHIFTS = 300 if PROVING else 20
CASH = [0, 485_000, 500_000, 515_000, 700_000]
BILLED = [None, 0, 15_000, 185_000, 200_000]
ACTS = 12  # on the newest shifts, for each that is opened
WHO = ["Ana", "Beto", "Marta", "Marta", "Olga"]
WHY = ["because", "because", "because", ""]
# As files say them.
RESULTS = {"": "", "not_compared": "Not compared", "balanced": "Balanced", "swapped": "Wrong method"}
RESULTS |= {"short": "Short", "over": "Over"}


@pytest.fixture
def life(central, ana, beto, marta, olga, carla):
    """People who have done some things by chance to each shift, each checked against the model as it was done."""
    people = People(central, {person.first_name: person for person in (ana, beto, marta, olga, carla)})
    chance = Random(20_261_128)
    people.settles(recounts=True)
    while len(people.shifts) < SHIFTS:
        if chance.random() < 0.05:
            people.settles(recounts=chance.random() < 0.5)
        people.time_passes(chance.choice([30, 60, 240, 720]))
        opens_somewhere(people, chance)
        for _ in range(ACTS if people.shifts else 0):
            act(people, chance)
    yield people
    people.teardown()


def opens_somewhere(people, chance):
    """Where a register and a cashier are free, if there are any, and one time in five anywhere."""
    places = [(cashier, register) for cashier in CASHIERS for register in (1, 2)]
    free = [place for place in places if not people.is_taken(place[1], place[0])]
    cashier, register = chance.choice(free if free and chance.random() < 0.8 else places)
    people.opens(chance.choice([cashier, *ADMINISTRATORS]), cashier, register, chance.choice(CASH))


def act(people, chance):
    """Somebody does something to one of the newest shifts, mostly something that its state allows, or is refused."""
    which = max(0, len(people.shifts) - 1 - chance.randrange(5))
    _pk, shift = people.pick(which)
    of_open, of_closed = acts_on(people, chance, which)
    likely = of_open if shift.is_open else of_closed
    chance.choice(likely if chance.random() < 0.8 else of_open + of_closed)()
    people.follow_shifts()


def acts_on(people, chance, which):
    """What is done to open shifts, and what to closed ones and to days."""
    who, why = chance.choice(WHO), chance.choice(WHY)
    kind, amount = chance.choice(list(SIGNS)), chance.choice([1_000, 15_000, 50_000])
    cards = [None, None, 0, 15_000]
    told = dict(zip(["billed_cash", *RECEIVED], [chance.choice(BILLED), chance.choice(cards), None, None], strict=True))
    figure = {chance.choice(["initial_cash", "final_cash"]): chance.choice(CASH)}
    arrived = {"billed_cash": chance.choice([0, 185_000, 200_000])} if chance.random() < 0.7 else {}
    arrived |= {"billed_card": chance.choice([0, 15_000, 16_000])} if not arrived or chance.random() < 0.3 else {}
    of_open = [
        lambda: people.notes(who, which, kind, amount, why),
        lambda: people.closes(who, which, chance.choice(CASH), told, 0, chance.choice([0, 1_000])),
        lambda: people.closes(who, which, chance.choice(CASH), told, 0, 0),
        lambda: people.recounts_it(who, which, chance.choice(CASH), 0),
        lambda: people.closes_uncounted(who, which, why),
        lambda: people.corrects_opening(who, which, chance.choice(CASH), 0, why),
        lambda: people.flags(who, which, why),
        lambda: people.deletes(who, which, why),
        lambda: people.calls(which, arrived),
    ]
    of_closed = [
        lambda: people.notes(who, which, kind, amount, "because"),
        lambda: people.corrects(who, which, figure, {}, 0, why),
        lambda: people.corrects(who, which, {}, {"billed_cash": chance.choice(BILLED)}, 0, why),
        lambda: people.flags(who, which, why),
        lambda: people.unflags(who, which, why),
        lambda: people.reviews(who, which, why),
        lambda: people.deletes(who, which, why),
        lambda: people.restores(who, which, why),
        lambda: people.undoes_a_sign_off(who, which, 0),
        lambda: people.signs_off_together(chance.choice(ADMINISTRATORS), {which, max(0, which - 1)}, why),
        lambda: people.replies(who, which, "I recounted."),
        lambda: people.calls(which, arrived),
        lambda: people.imports(chance.choice(ADMINISTRATORS), which, chance.choice([185_000, 200_000])),
        lambda: people.decides(who, which, chance.random() < 0.5, 0, why),
        lambda: people.bills_a_day(chance.choice(ADMINISTRATORS), chance.randrange(4), told, 0, why),
        lambda: people.calls_of_a_day(chance.randrange(4), arrived),
    ]
    if any(shift.lines for shift in people.shifts.values()):
        noted = sum(bool(shift.lines) for shift in people.shifts.values())
        last = max(0, noted - 1 - chance.randrange(3))
        of_closed += [
            lambda: people.voids(who, last, chance.randrange(3), why),
            lambda: people.ticks(who, last, chance.randrange(3), chance.random() < 0.7),
        ]
    if spoken_of := sum(bool(shift.said) for shift in people.shifts.values()):
        newest = max(0, spoken_of - 1 - chance.randrange(4))
        which_of_it = chance.randrange(3)
        of_closed += [lambda: people.undoes_an_import(chance.choice(ADMINISTRATORS), newest, which_of_it, why)]
    if people.days:
        of_closed += [lambda: people.decides_on_a_day(who, chance.randrange(9), chance.random() < 0.5, 0, why)]
        of_closed += [lambda: people.signs_off_a_day(chance.choice(ADMINISTRATORS), chance.randrange(9), 0, why)]
    return of_open, of_closed


# --- What is due, from the model --------------------------------------------------------------------------------------


def is_live(shift):
    return "deleted" not in shift.marks


def is_unsettled(shift):
    return "signed_off" not in shift.marks and not shift.is_open


def days_to_settle(people):
    """Result and difference of each day that is off as a whole or contradicted, and that nobody has signed off."""
    judged = people.days_with_a_verdict().items()
    unsettled = {day: of for day, of in judged if not people.days[day].signed_off}
    return {day: of for day, of in unsettled.items() if of[0] != "balanced" or people.days[day].more is not None}


def due_to_settle(people):
    waits = {pk for pk, shift in people.shifts.items() if is_unsettled(shift) and shift.is_off}
    flagged = {pk for pk, shift in people.shifts.items() if is_unsettled(shift) and "flagged" in shift.marks}
    return waits | {pk for pk in flagged if is_live(people.shifts[pk])} | set(days_to_settle(people))


def due_short(people):
    """Of each shift that misses money now, or the day instead of its shifts; and of each that did at first alone."""
    days = {day: -difference for day, (result, difference) in days_to_settle(people).items() if result == "short"}
    unsettled = {pk: shift for pk, shift in people.shifts.items() if is_unsettled(shift)}
    now = {pk: -shift.figures()["total_difference"] for pk, shift in unsettled.items() if result(shift) == "short"}
    first = {pk: -shift.first_difference for pk, shift in unsettled.items() if shift.first == "short" and pk not in now}
    now = {pk: amount for pk, amount in now.items() if not (is_live(unsettled[pk]) and unsettled[pk].date in days)}
    return now | days, first


def due_of_evidence(people, reader):
    """Verdict and difference by what arrived, and the methods of which it says another amount than was written.

    Nothing of it is told to the cashier of a shift that nobody counted.
    """
    told = {}
    for pk, shift in people.shifts.items():
        is_blind = shift.final_cash is None and shift.cashier == reader
        result, difference = (not is_blind and shift.evidence) or ("", None)
        told[pk] = RESULTS[result], difference, set(shift.contradicted_by()) if result else set()
    return told


def result(shift):
    return shift.figures()["result"]


def due_gaps(people):
    return {pk: gap for pk, gap in people.gaps().items() if gap and is_live(people.shifts[pk])}


def due_between(people, span):
    first, last = span
    gaps = [gap for pk, gap in due_gaps(people).items() if first <= people.shifts[pk].date <= last]
    return -sum(gap for gap in gaps if gap < 0), sum(gap for gap in gaps if gap > 0)


def due_of_cashiers(people):
    """Shifts, those compared at first, the sum of their first differences, and of what corrections left of these."""
    due = defaultdict(lambda: [0, 0, None, None])
    for shift in people.shifts.values():
        if shift.is_open or not (is_live(shift) or shift.first):
            continue
        of = due[shift.cashier]
        of[0] += 1
        of[1] += shift.first is not None
        of[2] = added(of[2], shift.difference_at_close)
        of[3] = added(of[3], shift.figures()["total_difference"] if is_live(shift) else None)
    return {cashier: tuple(of) for cashier, of in due.items()}


def added(sum_, value):
    return sum_ if value is None else (sum_ or 0) + value


# --- What is told -----------------------------------------------------------------------------------------------------


def exported(client, status):
    file = client.get(f"/sessions/export.csv?status={status}").getvalue().decode("utf-8-sig")
    lines = csv.DictReader(StringIO(file), delimiter=";")
    return {int(line["Shift"].lstrip("#")): line for line in lines}


def told_of_evidence(files):
    named = {"cash": "billed_cash", "card": "billed_card"}
    return {
        pk: (
            line["Verdict by the evidence"],
            number(line["Difference by the evidence"]),
            {name for word, name in named.items() if f"{word}: " in line["What arrived"]},
        )
        for pk, line in files.items()
    }


def number(text):
    return int(text) if text else None


def queue(client, query):
    listed, page = [], 1
    while True:
        context = client.get(f"/review/?{query}=1&page={page}").context
        listed += [row["day"].date if row["day"] else row["shift"].pk for row in context["rows"]]
        if not context["page"].has_next():
            assert len(listed) == len(set(listed))
            return set(listed)
        page += 1


def report(make, people, **more):
    span = START.date(), people.now.date()
    return make(ReportQuery(CashSession.objects.all(), {people.pharmacy.pk: "Central"}, span, **more)).rows


@pytest.mark.proof("Whatever was done to 300 shifts, list, queue, figures, files and reports are as a model says")
def test_every_surface_tells_what_the_model_says(life, marta, record_property):
    with periods.at(life.now):
        client = signed_in(marta)
        marta.language = "en"
        marta.save()
        files = exported(client, "") | exported(client, "deleted")
        now, first = due_short(life)
        figures = figures_of(marta)

        life.everything_is_as_it_should_be()
        for pk, shift in life.shifts.items():
            due = shift.figures()
            told = [number(files[pk][name]) for name in ("Cash sales", "Total sales", "Difference")]
            assert told == [due["cash_sales"], due["total_sales"], due["total_difference"]]
            assert number(files[pk]["Difference at the close"]) == shift.first_difference
        assert told_of_evidence(files) == due_of_evidence(life, "Marta")
        contradicted = {pk for pk, shift in life.shifts.items() if shift.evidence and is_live(shift)}
        listed = client.get("/sessions/export.csv?contradicted=1").getvalue().decode("utf-8-sig").splitlines()[1:]
        assert {int(line.split(";")[0].lstrip("#")) for line in listed} == contradicted
        assert queue(client, "settle") == due_to_settle(life)
        assert queue(client, "missing") == now.keys()
        assert queue(client, "corrected") == first.keys()
        assert (figures.missing, figures.corrected) == (sum(now.values()), sum(first.values()))
        assert (figures.missing_rows, figures.settle) == (len(now), len(due_to_settle(life)))
        gaps = {int(row["shift"].lstrip("#")): row for row in report(between_shifts, life, by="all")}
        assert {pk: row["gap"] for pk, row in gaps.items()} == due_gaps(life)
        assert {pk: number(files[pk]["Between shifts"]) or 0 for pk in gaps} == due_gaps(life)
        assert (figures.between.missing, figures.between.over) == due_between(life, figures.between.span)
        of_cashiers = report(by_cashier, life)
        told = {row["cashier"].split()[0]: row for row in of_cashiers}
        columns = ("shifts", "compared", "differences", "corrected")
        assert {who: tuple(row[name] for name in columns) for who, row in told.items()} == due_of_cashiers(life)
        assert [str(drift) for check in integrity.CHECKS.values() for drift in check()] == []
    results = sorted({result(shift) for shift in life.shifts.values()})
    count = f"{len(life.shifts)} shifts ({', '.join(results)})"
    record_property(
        "measured", f"{count}; {len(life.days)} days; {len(now)} missing, {len(first)} corrected, {len(gaps)} gaps"
    )
