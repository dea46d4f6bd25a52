"""Which rows, worked by hand for each role; and each rule lets through exactly the rows of its queryset."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from cashpilot import periods
from sessions_app.domain.choices import MARKS, Status
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.models import CashSession, Movement
from testing.factories import PersonFactory, PharmacyFactory

NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _clock():
    with periods.at(NOW):
        yield


def shift(cashier, pharmacy, *marks, closed=None, register=1):
    """A row as it stands `closed` (a span) after its closing, or open, with marks of Marta."""
    marta = User.objects.get(first_name="Marta")
    values = {"opened_at": NOW - timedelta(days=2), "business_date": NOW.date(), "initial_cash": 0}
    if closed is not None:
        values |= {"status": Status.CLOSED, "closed_at": NOW - closed, "final_cash": 0, "tolerance": 0}
    for mark in marks:
        values |= {f"{mark}_at": NOW, f"{mark}_by": marta, MARKS[mark]: "because"}
    return CashSession.objects.create(cashier=cashier, pharmacy=pharmacy, register=register, **values)


@pytest.fixture
def people(ana, beto, otto, marta, carla):
    disabled = PersonFactory(first_name="Gabi", role="Admin")
    disabled.is_active = False
    return {"ana": ana, "beto": beto, "otto": otto, "marta": marta, "carla": carla, "disabled": disabled}


@pytest.fixture
def shifts(people, central, luque):
    ana, beto, otto, marta = (people[name] for name in ("ana", "beto", "otto", "marta"))
    norte, sur = PharmacyFactory(name="Norte"), PharmacyFactory(name="Sur")
    vieja = PharmacyFactory(name="Vieja", is_active=False)
    for pharmacy in (norte, sur, vieja):
        ana.assignments.create(pharmacy=pharmacy)
    return {
        "open": shift(ana, central),
        "open flagged": shift(ana, norte, "flagged"),
        "within": shift(ana, central, closed=12 * HOUR - INSTANT),
        "at": shift(ana, central, closed=12 * HOUR),
        "after": shift(ana, central, closed=12 * HOUR + INSTANT),
        "flagged": shift(ana, central, "flagged", closed=HOUR),
        "signed_off": shift(ana, central, "signed_off", closed=HOUR),
        "inactive": shift(ana, vieja, closed=HOUR),
        "unassigned": shift(ana, luque, closed=HOUR),
        "deleted": shift(ana, central, "deleted", closed=HOUR),
        "deleted open": shift(ana, sur, "deleted"),
        "deleted open, ana has another": shift(ana, central, "deleted", register=3),
        "deleted open, register taken": shift(marta, central, "deleted"),
        "of beto": shift(beto, central, register=2),
        "of otto": shift(otto, luque),
        "of marta": shift(marta, central, closed=HOUR),
    }


def named(rows, names):
    """The names of rows."""
    keys = {row.pk: name for name, row in names.items()}
    return {keys[row.pk] for row in rows}


OWN = {"open", "open flagged", "within", "at", "after", "flagged", "signed_off", "inactive"}
DELETED = {"deleted", "deleted open", "deleted open, ana has another", "deleted open, register taken"}
LIVE = OWN | {"unassigned", "of beto", "of otto", "of marta"}
VISIBLE = {
    "ana": OWN,
    "beto": {"of beto"},
    "otto": {"of otto"},
    "marta": LIVE | DELETED,
    "carla": LIVE | DELETED,
    "disabled": set(),
}


def test_everybody_sees_exactly_their_shifts(people, shifts):
    seen = {name: named(CashSession.objects.visible_to(someone), shifts) for name, someone in people.items()}

    assert seen == VISIBLE
    assert named(CashSession.objects.visible_to(AnonymousUser()), shifts) == set()


def test_an_assignment_that_ends_takes_its_shifts_out_of_sight(people, shifts, central):
    people["ana"].assignments.get(pharmacy=central).delete()

    assert named(CashSession.objects.visible_to(people["ana"]), shifts) == {"open flagged", "inactive"}


def test_live_and_deleted_part_the_shifts(shifts):
    assert named(CashSession.objects.live(), shifts) == LIVE
    assert named(CashSession.objects.deleted(), shifts) == DELETED


OPEN = {"open", "open flagged", "of beto", "of otto"}
CLOSED = LIVE - OPEN
IN_TIME = {"within", "at", "flagged", "signed_off", "inactive"}
# Rule and queryset -> who may, on which shifts; whoever is not named may on none.
MAY = {
    "close": ("closable_by", {"ana": OWN & OPEN, "beto": {"of beto"}, "otto": {"of otto"}, "marta": OPEN}),
    "close_uncounted": ("closable_uncounted_by", {"marta": OPEN}),
    "correct_opening": (
        "opening_correctable_by",
        {"ana": OWN & OPEN, "beto": {"of beto"}, "otto": {"of otto"}, "marta": OPEN},
    ),
    "correct": ("correctable_by", {"ana": IN_TIME, "marta": CLOSED}),
    "add_movement": (
        "accepts_movements_by",
        {"ana": (OWN & OPEN) | IN_TIME, "beto": {"of beto"}, "otto": {"of otto"}, "marta": LIVE},
    ),
    "flag": (
        "flaggable_by",
        {
            "ana": OWN - {"flagged", "open flagged"},
            "beto": {"of beto"},
            "otto": {"of otto"},
            "marta": LIVE - {"flagged", "open flagged"},
        },
    ),
    "unflag": ("unflaggable_by", {"marta": {"flagged", "open flagged"}}),
    "sign_off": ("awaiting_sign_off_by", {"marta": CLOSED - {"signed_off", "of marta"}}),
    "reply": ("replyable_by", {"ana": OWN - OPEN, "marta": {"of marta"}}),
    "delete": ("deletable_by", {"marta": LIVE}),
    "restore": ("restorable_by", {"marta": {"deleted", "deleted open"}}),
}


RULES = {
    "close": shift_rules.why_not_close,
    "close_uncounted": shift_rules.why_not_close_uncounted,
    "correct_opening": shift_rules.why_not_correct_opening,
    "correct": shift_rules.why_not_correct,
    "add_movement": movement_rules.why_not_add_movement,
    "flag": mark_rules.why_not_flag,
    "unflag": mark_rules.why_not_unflag,
    "sign_off": mark_rules.why_not_sign_off,
    "reply": reply_rules.why_not_reply,
    "delete": mark_rules.why_not_delete,
    "restore": mark_rules.why_not_restore,
}


def why_not(name, by, row):
    rule = RULES[name]
    return rule(by, row, CashSession.objects.in_the_way_of_restoring(row)) if name == "restore" else rule(by, row)


@pytest.mark.parametrize("name", MAY)
def test_the_rule_and_its_queryset_let_through_the_same_shifts(name, people, shifts):
    queryset, expected = MAY[name]
    expected = {who: expected.get(who, set()) for who in people}
    by_queryset, by_rule = {}, {}
    for who, someone in people.items():
        by_queryset[who] = named(getattr(CashSession.objects, queryset)(someone), shifts)
        visible = CashSession.objects.visible_to(someone)
        by_rule[who] = named([row for row in visible if why_not(name, someone, row) is None], shifts)

    assert by_queryset == expected
    assert by_rule == expected


# --- Movements --------------------------------------------------------------------------------------------------------

EVERY_KIND = ["card", "transfer", "transfer verified", "card voided", "transfer voided"]
LIVE_KINDS = ["card", "transfer", "transfer verified"]


@pytest.fixture
def movements(people, shifts):
    """`shift: kind and mark` -> a movement, in the shifts that tell a difference."""
    noted = {"amount": 1, "description": "Gómez", "created_by": people["marta"], "created_at": NOW}
    marks = {
        "": {},
        "verified": {"verified_at": NOW, "verified_by": people["marta"]},
        "voided": {"voided_at": NOW, "voided_by": people["marta"], "void_reason": "twice"},
    }
    rows = {}
    for where in ("open", "at", "after", "deleted", "unassigned"):
        for what in EVERY_KIND:
            kind, _, mark = what.partition(" ")
            movement = Movement(session=shifts[where], kind=kind, **noted, **marks[mark])
            movement.save()
            rows[f"{where}: {what}"] = movement
    return rows


def of(*shifts, kinds):
    return {f"{where}: {kind}" for where in shifts for kind in kinds}


TO_MOVEMENTS = {
    "visible_to": (
        None,
        {
            "ana": of("open", "at", "after", kinds=EVERY_KIND),
            "marta": of("open", "at", "after", "deleted", "unassigned", kinds=EVERY_KIND),
            "carla": of("open", "at", "after", "deleted", "unassigned", kinds=EVERY_KIND),
        },
    ),
    "voidable_by": (
        movement_rules.why_not_void,
        {
            "ana": of("open", "at", kinds=["card", "transfer"]),
            "marta": of("open", "at", "after", "unassigned", kinds=LIVE_KINDS),
        },
    ),
    "verifiable_by": (
        movement_rules.why_not_verify,
        {"marta": of("open", "at", "after", "unassigned", kinds=["transfer", "transfer verified"])},
    ),
}


@pytest.mark.parametrize("queryset", TO_MOVEMENTS)
def test_the_rule_and_its_queryset_let_through_the_same_movements(queryset, people, movements):
    rule, expected = TO_MOVEMENTS[queryset]
    expected = {who: expected.get(who, set()) for who in people}
    by_queryset, by_rule = {}, {}
    for who, someone in people.items():
        by_queryset[who] = named(getattr(Movement.objects, queryset)(someone), movements)
        visible = Movement.objects.visible_to(someone).select_related("session")
        by_rule[who] = named([row for row in visible if not rule or rule(someone, row) is None], movements)

    assert by_queryset == expected
    assert by_rule == expected


# --- Order, and what is in the way ------------------------------------------------------------------------------------


def test_open_shifts_come_first_then_the_newest(ana, beto, central, marta):
    old_open, early = shift(ana, central), shift(ana, central, closed=HOUR)
    late, twin = shift(beto, central, closed=HOUR), shift(beto, central, closed=HOUR)
    for row, hours in ((old_open, 9), (early, 3), (late, 1), (twin, 1)):
        row.opened_at = NOW - HOUR * hours
        row.save()

    assert list(CashSession.objects.newest()) == [old_open, twin, late, early]


@pytest.mark.parametrize(
    ("cashier", "register", "in_the_way"),
    [
        ("ana", 1, {"open"}),
        ("ana", 2, {"open", "of beto"}),
        ("marta", 1, {"open"}),
        ("marta", 2, {"of beto"}),
        ("marta", 3, set()),
    ],
)
def test_an_open_shift_is_in_the_way_of_its_register_and_its_cashier(
    cashier, register, in_the_way, people, shifts, central
):
    rows = CashSession.objects.in_the_way_of(cashier=people[cashier], pharmacy=central, register=register)

    assert named(rows, shifts) == in_the_way


def test_a_shift_elsewhere_is_in_nobodys_way(people, shifts, luque):
    rows = CashSession.objects.in_the_way_of(cashier=people["ana"], pharmacy=luque, register=2)

    assert named(rows, shifts) == set()
