"""Shifts, worked by hand for each role; and each rule lets through exactly the rows of its queryset."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from cashpilot import periods
from sessions_app.domain import blind_count
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.models import CashSession
from sessions_app.queries.sign_off import standing_of
from sessions_app.tests.querysets.rows import HOUR, INSTANT, NOW, named, shift

OWN = {"open", "open flagged", "waiting", "within", "at", "after", "flagged", "signed_off", "inactive"}
DELETED = {
    "deleted",
    "deleted open",
    "deleted open, ana has another",
    "deleted open, register taken",
    "deleted open, who left",
    "of olga, deleted",
}
LIVE = OWN | {"unassigned", "of beto", "of otto", "of marta"}
VISIBLE = {
    "ana": OWN,
    "beto": {"of beto"},
    "otto": {"of otto"},
    "marta": LIVE | DELETED,
    "olga": LIVE | DELETED,
    "carla": LIVE | DELETED,
    "disabled": set(),
}


def test_everybody_sees_exactly_their_shifts(people, shifts):
    seen = {name: named(CashSession.objects.visible_to(someone), shifts) for name, someone in people.items()}

    assert seen == VISIBLE
    assert named(CashSession.objects.visible_to(AnonymousUser()), shifts) == set()


def test_an_assignment_that_ends_takes_its_shifts_out_of_sight(people, shifts, central):
    people["ana"].assignments.get(pharmacy=central).delete()

    assert named(CashSession.objects.visible_to(people["ana"]), shifts) == {"open flagged", "waiting", "inactive"}


def test_live_and_deleted_part_the_shifts(shifts):
    assert named(CashSession.objects.live(), shifts) == LIVE
    assert named(CashSession.objects.deleted(), shifts) == DELETED


# Of those that are open one waits for its second count.
CHANGING = {"open", "open flagged", "of beto", "of otto"}
OPEN = CHANGING | {"waiting"}
CLOSED = LIVE - OPEN
IN_TIME = {"within", "at", "flagged", "signed_off", "inactive"}
# Rule and queryset -> who may, on which shifts; whoever is not named may on none.
MAY = {
    "close": (
        "closable_by",
        {"ana": OWN & OPEN, "beto": {"of beto"}, "otto": {"of otto"}, "marta": OPEN, "olga": OPEN},
    ),
    "close_uncounted": ("closable_uncounted_by", {"marta": OPEN, "olga": OPEN}),
    "recount": ("recountable_by", {"ana": {"waiting"}, "marta": {"waiting"}, "olga": {"waiting"}}),
    "correct_opening": (
        "opening_correctable_by",
        {"ana": OWN & CHANGING, "beto": {"of beto"}, "otto": {"of otto"}, "marta": CHANGING, "olga": CHANGING},
    ),
    "correct": ("correctable_by", {"ana": IN_TIME, "marta": CLOSED, "olga": CLOSED}),
    "add_movement": (
        "accepts_movements_by",
        {
            "ana": (OWN & CHANGING) | IN_TIME,
            "beto": {"of beto"},
            "otto": {"of otto"},
            "marta": LIVE - {"waiting"},
            "olga": LIVE - {"waiting"},
        },
    ),
    "flag": (
        "flaggable_by",
        {
            "ana": OWN - {"flagged", "open flagged"},
            "beto": {"of beto"},
            "otto": {"of otto"},
            "marta": LIVE - {"flagged", "open flagged"},
            "olga": LIVE - {"flagged", "open flagged"},
        },
    ),
    "unflag": ("unflaggable_by", {who: {"flagged", "open flagged"} for who in ("marta", "olga")}),
    "sign_off": (
        "awaiting_sign_off_by",
        {
            # What is Olga's and was deleted by Marta would be nobody's.
            "marta": CLOSED - {"signed_off", "of marta", "unassigned"} | {"of olga, deleted"},
            "olga": CLOSED - {"signed_off"} | {"deleted", "of olga, deleted"},
        },
    ),
    "undo_sign_off": ("sign_off_undoable_by", {"marta": {"signed_off"}}),
    "reply": ("replyable_by", {"ana": OWN - OPEN, "marta": {"of marta"}}),
    "delete": (
        "deletable_by",
        {
            "marta": LIVE - {"of marta", "of otto", "waiting"},
            "olga": LIVE - {"of otto", "waiting"},
        },
    ),
    "restore": (
        "restorable_by",
        {"marta": {"deleted", "deleted open", "of olga, deleted"}, "olga": {"deleted", "deleted open"}},
    ),
}

RULES = {
    "close": shift_rules.why_not_close,
    "close_uncounted": shift_rules.why_not_close_uncounted,
    "recount": shift_rules.why_not_recount,
    "correct_opening": shift_rules.why_not_correct_opening,
    "correct": shift_rules.why_not_correct,
    "add_movement": movement_rules.why_not_add_movement,
    "flag": mark_rules.why_not_flag,
    "unflag": mark_rules.why_not_unflag,
    "reply": reply_rules.why_not_reply,
    "undo_sign_off": mark_rules.why_not_undo_sign_off,
    "delete": mark_rules.why_not_delete,
}


def why_not(name, by, row):
    if name == "sign_off":
        standing = standing_of(by, row)
        return mark_rules.why_not_sign_off(by, row, standing.changers, is_alone=standing.is_alone)
    if name == "restore":
        taken, works_there = CashSession.objects.in_the_way_of_restoring(row), CashSession.objects.can_go_on(row)
        return mark_rules.why_not_restore(by, row, taken, works_there=works_there)
    return RULES[name](by, row)


@pytest.mark.slow
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


def test_the_count_is_blind_to_the_same_people_in_python_and_in_the_database(people, shifts, central):
    shifts |= {"uncounted": shift(people["ana"], central, closed=HOUR, uncounted_reason="x")}
    blind = {"ana": {"uncounted"}, "beto": set()}
    is_open = {name for name, row in shifts.items() if row.is_open}
    for who, more in blind.items():
        reader = people[who]
        in_python = {name for name, row in shifts.items() if blind_count.is_blind_to(row, reader)}
        in_database = named(CashSession.objects.filter(blind_count.blind_to(reader)), shifts)
        assert in_python == in_database == is_open | more


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


@pytest.mark.parametrize(
    ("later", "is_possible"), [(timedelta(minutes=10), True), (timedelta(minutes=10) + INSTANT, False)]
)
def test_a_sign_off_is_undone_within_ten_minutes(later, is_possible, people, shifts):
    marta = people["marta"]
    with periods.at(NOW + later):
        undoable = CashSession.objects.sign_off_undoable_by(marta)
        assert named(undoable, shifts) == ({"signed_off"} if is_possible else set())
        assert (mark_rules.why_not_undo_sign_off(marta, shifts["signed_off"]) is None) is is_possible


def test_what_is_not_to_settle_is_the_rest_of_what_waits(shifts):
    waiting, to_settle = CashSession.objects.awaiting_sign_off(), CashSession.objects.to_settle()
    rest = named(CashSession.objects.nothing_to_settle(), shifts)
    assert rest == named(waiting, shifts) - named(to_settle, shifts)
