"""A shift in each state that tells a difference, and a person of each role."""

import pytest

from cashpilot import periods
from sessions_app.tests.querysets.rows import HOUR, INSTANT, NOW, shift
from testing.factories import PersonFactory, PharmacyFactory


@pytest.fixture(autouse=True)
def _clock():
    with periods.at(NOW):
        yield


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
