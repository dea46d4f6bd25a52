"""Pages of a process that keeps what it drew are those of one that begins, whatever people did in between."""

import gc
from functools import _lru_cache_wrapper
from random import Random

import pytest

from cashpilot import periods
from pharmacies.actions import edit_pharmacy
from sessions_app import pagination
from sessions_app.tests.people import People
from sessions_app.tests.views.test_every_surface import act, opens_somewhere
from sessions_app.views import review, shifts, transfers
from testing.client import lasting, signed_in
from testing.profiles import PROVING

pytestmark = [pytest.mark.both_engines, pytest.mark.slow, pytest.mark.django_db]

SHIFTS = 60 if PROVING else 5
ACTS = 6  # for each shift that is opened
OURS = ("accounts", "cashpilot", "pharmacies", "sessions_app")
PAGES = [
    *("/", "/sessions/?by_method=1", "/sessions/?status=deleted", "/sessions/?page=2", "/review/", "/review/?page=2"),
    *("/transfers/?verified=", "/days/", "/audit/"),
]


@pytest.fixture
def chance():
    return Random(20_261_130)


@pytest.fixture
def people(central, ana, beto, marta, olga, carla, monkeypatch):
    for view in (review, shifts, transfers):
        monkeypatch.setattr(view, "PAGE_LENGTH", 3)
    monkeypatch.setattr(pagination, "DEEP", 1)
    olga.language = "en"
    olga.save()
    people = People(central, {person.first_name: person for person in (ana, beto, marta, olga, carla)})
    people.settles(recounts=True)
    yield people
    people.teardown()


def forget():
    # By their type: isinstance would ask what is lazy for its class. Only now all of them are imported.
    for kept in [thing for thing in gc.get_objects() if type(thing) is _lru_cache_wrapper]:
        if kept.__module__.split(".")[0] in OURS:
            kept.cache_clear()


def drawn(people, browsers):
    with periods.at(people.now):
        answers = [browser.get(page) for browser in browsers for page in PAGES]
    # A page that says no says under which number it was asked for.
    return [lasting(answer.text) if answer.status_code == 200 else answer.status_code for answer in answers]


def test_what_was_kept_is_drawn_as_if_it_were_drawn_anew(people, chance):
    browsers = [signed_in(people.cast[name]) for name in ("Marta", "Olga")]
    while len(people.shifts) < SHIFTS:
        people.time_passes(chance.choice([30, 60, 240, 720]))
        opens_somewhere(people, chance)
        for _ in range(ACTS if people.shifts else 0):
            act(people, chance)
        drawn(people, browsers)
        act(people, chance)
        edit_pharmacy(people.pharmacy.pk, name=f"Sucursal {len(people.shifts)} {{0}}", by=people.cast["Marta"])
        kept = drawn(people, browsers)
        forget()
        assert drawn(people, browsers) == kept
