"""A shift in each state that tells a difference, and a person of each role."""

import pytest

from cashpilot import periods
from sessions_app.tests.querysets.rows import COMPARED, HOUR, INSTANT, NOW, changed, shift
from testing.factories import PersonFactory, PharmacyFactory


@pytest.fixture(autouse=True)
def _clock():
    with periods.at(NOW):
        yield


@pytest.fixture
def people(ana, beto, otto, marta, olga, carla):
    disabled = PersonFactory(first_name="Gabi", role="Admin", is_active=False)
    cast = {"ana": ana, "beto": beto, "otto": otto, "marta": marta, "olga": olga, "carla": carla}
    return cast | {"disabled": disabled}


@pytest.fixture
def shifts(people, central, luque):
    ana, beto, otto, marta = (people[name] for name in ("ana", "beto", "otto", "marta"))
    norte, sur, este = (PharmacyFactory(name=name) for name in ("Norte", "Sur", "Este"))
    vieja = PharmacyFactory(name="Vieja", is_active=False)
    for pharmacy in (norte, sur, este, vieja):
        ana.assignments.create(pharmacy=pharmacy)
    return {
        "open": shift(ana, central),
        "open flagged": shift(ana, norte, "flagged"),
        "waiting": shift(ana, este, first_count=0),
        "within": shift(ana, central, closed=12 * HOUR - INSTANT),
        "at": shift(ana, central, closed=12 * HOUR),
        "after": shift(ana, central, closed=12 * HOUR + INSTANT),
        "flagged": shift(ana, central, "flagged", closed=HOUR),
        "signed_off": shift(ana, central, "signed_off", closed=HOUR),
        "inactive": shift(ana, vieja, closed=HOUR),
        "unassigned": changed(shift(ana, luque, closed=HOUR, **COMPARED), marta, expense_total=5),
        "deleted": shift(ana, central, "deleted", closed=HOUR),
        "deleted open": shift(ana, sur, "deleted"),
        "deleted open, ana has another": shift(ana, central, "deleted", register=3),
        "deleted open, register taken": shift(marta, central, "deleted"),
        "deleted open, who left": shift(ana, PharmacyFactory(name="Oeste"), "deleted"),
        "of olga, deleted": shift(people["olga"], central, "deleted", closed=HOUR),
        "of beto": shift(beto, central, register=2),
        "of otto": shift(otto, luque, expense_total=5),
        "of marta": shift(marta, central, closed=HOUR),
    }
