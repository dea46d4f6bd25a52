"""Movements, worked by hand for each role; and each rule lets through exactly the rows of its queryset."""

import pytest

from sessions_app.domain.rules import movements as movement_rules
from sessions_app.models import Movement
from sessions_app.tests.querysets.rows import NOW, named

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
            "olga": of("open", "at", "after", "deleted", "unassigned", kinds=EVERY_KIND),
            "carla": of("open", "at", "after", "deleted", "unassigned", kinds=EVERY_KIND),
        },
    ),
    "voidable_by": (
        movement_rules.why_not_void,
        {
            "ana": of("open", "at", kinds=["card", "transfer"]),
            "marta": of("open", "at", "after", "unassigned", kinds=LIVE_KINDS),
            "olga": of("open", "at", "after", "unassigned", kinds=LIVE_KINDS),
        },
    ),
    "verifiable_by": (
        movement_rules.why_not_verify,
        dict.fromkeys(
            ("marta", "olga"), of("open", "at", "after", "unassigned", kinds=["transfer", "transfer verified"])
        ),
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
