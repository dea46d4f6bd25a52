"""One matrix: every route, every role, one's own shift and those of others. A route without a row fails."""

import copy
import re
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import get_resolver

from accounts.models import User
from pharmacies.models import Assignment
from pharmacies.token_actions import create_token
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.imports import receive_file
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.reports.catalogue import REPORTS
from testing.calls import say
from testing.cast import everybody
from testing.client import routes, signed_in
from testing.database import nothing_written, stored
from testing.factories import PASSWORD, ShiftFactory

# Nobody is signed in; Ana's is the shift; Beto works beside her, Otto elsewhere; Marta administers; Carla audits.
PEOPLE = ["nobody", "ana", "beto", "otto", "marta", "carla"]
# The same about a deleted shift, and about one where Ana is no longer assigned.
CASES = {"": PEOPLE, "deleted": PEOPLE, "unassigned": ["ana", "beto", "marta", "carla"]}

# What does not depend on a shift: route -> method -> the status for each of PEOPLE.
ROUTES = {
    "": {"get": "302 200 200 200 200 200", "post": "302 405 405 405 405 405"},
    "sessions/": {"get": "302 200 200 200 200 200", "post": "302 405 405 405 405 405"},
    "sessions/export.csv": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "sessions/export.xlsx": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "sessions/open/": {"get": "302 200 200 200 200 403", "post": "302 302 302 422 302 403"},
    "sessions/descriptions/": {"get": "302 422 422 422 422 403", "post": "302 405 405 405 405 405"},
    "review/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "review/together/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 422 403"},
    "review/undo/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 422 403"},
    "transfers/together/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 422 403"},
    "transfers/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "days/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "transfers/export.csv": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "transfers/export.xlsx": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "days/export.csv": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "days/export.xlsx": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "imports/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "imports/new/": {"get": "302 403 403 403 200 403", "post": "302 403 403 403 422 403"},
    "imports/<int:pk>/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "imports/<int:pk>/apply/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 302 403"},
    "imports/<int:pk>/undo/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 409 403"},
    "days/<int:pharmacy_pk>/<day:date>/": {
        "get": "302 403 403 403 200 200",
        "post": "302 403 403 403 409 403",  # of another version
    },
    "days/<int:pharmacy_pk>/<day:date>/decide/": {
        "get": "302 405 405 405 405 405",
        "post": "302 403 403 403 422 403",  # nothing arrived
    },
    "days/<int:pharmacy_pk>/<day:date>/sign/": {
        "get": "302 405 405 405 405 405",
        "post": "302 403 403 403 422 403",
    },
    "people/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "people/sign-ins/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "accounts/second-factor/": {"get": "302 302 302 302 302 302", "post": "302 302 302 302 302 302"},
    "accounts/second-factor/own/": {"get": "302 403 403 403 200 200", "post": "302 403 403 403 422 422"},
    "accounts/sessions/": {"get": "302 200 200 200 200 200", "post": "302 405 405 405 405 405"},
    "privacy/": {"get": "302 200 200 200 200 200", "post": "302 405 405 405 405 405"},
    "accounts/data/": {"get": "302 200 200 200 200 200", "post": "302 405 405 405 405 405"},
    "people/new/": {"get": "302 403 403 403 200 403", "post": "302 403 403 403 422 403"},
    "pharmacies/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "pharmacies/new/": {"get": "302 403 403 403 200 403", "post": "302 403 403 403 422 403"},
    "accounts/login/": {"get": "200 200 200 200 200 200"},
    "accounts/logout/": {"get": "302 405 405 405 405 405", "post": "302 302 302 302 302 302"},
    "accounts/password/": {"get": "302 200 200 200 200 200", "post": "302 422 422 422 422 422"},
    "accounts/mails/": {"get": "302 200 200 200 200 200", "post": "302 302 302 302 302 302"},
    "accounts/sign-out-others/": {"get": "302 405 405 405 405 405", "post": "302 302 302 302 302 302"},
    "accounts/stay/": {"get": "302 405 405 405 405 405", "post": "302 204 204 204 204 204"},
    "api/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "api/v1/billed/": {"get": "405 405 405 405 405 405", "post": "401 401 401 401 401 401"},  # see test_api
    "api/v1/openapi.json": {"get": "200 200 200 200 200 200", "post": "405 405 405 405 405 405"},
    "metrics": {"get": "200 200 200 200 200 200", "post": "405 405 405 405 405 405"},
    "audit/": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "audit/export.csv": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "audit/export.xlsx": {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"},
    "admin/": {"get": "302 403 403 403 200 200"},  # of what lies below it, see the tests of the back office
    "keys/": {"get": "302 200 200 200 200 200", "post": "302 405 405 405 405 405"},
    "styleguide/": {"get": "302 403 403 403 200 200"},
    "health/live/": {"get": "200 200 200 200 200 200"},
    "health/ready/": {"get": "200 200 200 200 200 200"},
    "i18n/setlang/": {"get": "405 405 405 405 405 405", "post": "302 302 302 302 302 302"},
}

# Reports and their files: administrators and auditors.
READ_BY_STAFF = {"get": "302 403 403 403 200 200", "post": "302 405 405 405 405 405"}
FILES = ("", "export.csv", "export.xlsx")
ROUTES |= {"reports/": READ_BY_STAFF, "reports/weekly/": READ_BY_STAFF}
ROUTES |= {f"reports/{name}/{file}": READ_BY_STAFF for name in REPORTS for file in FILES}

# What an auditor too may change.
ABOUT_ONESELF = {"/accounts/mails/", "/accounts/sign-out-others/"}

# What does: route -> method -> the statuses about Ana's shift | the same deleted | out of her reach (CASES):
# nobody, Ana, Beto, Otto, Marta, Carla | nobody, Ana, Beto, Otto, Marta, Carla | Ana, Beto, Marta, Carla.
READS = "302 200 404 404 200 200 | 302 404 404 404 200 200 | 404 404 200 200"
NEVER = "302 405 405 405 405 405 | 302 405 405 405 405 405 | 405 405 405 405"
# Cashiers on their own shift, administrators on any.
OWN = "302 302 404 404 302 403 | 302 404 404 404 422 403 | 404 404 302 403"
# Administrators alone.
ADMINISTERED = "302 403 403 403 302 403 | 302 403 403 403 422 403 | 403 403 302 403"
SHIFTS = {
    "": {"get": READS, "post": NEVER},
    "history/": {"get": READS, "post": NEVER},
    # Of a closed shift; an open one has none (see test_slip).
    "slip/": {"get": READS, "post": NEVER},
    "movements/": {"get": NEVER, "post": OWN},
    "movements/<int:movement_pk>/void/": {"get": NEVER, "post": OWN},
    "movements/<int:movement_pk>/verify/": {"get": NEVER, "post": ADMINISTERED},
    # What cannot be closed shows itself instead.
    "close/": {"get": "302 200 404 404 200 403 | 302 404 404 404 302 403 | 404 404 200 403", "post": OWN},
    # Asked before a close; nothing is written.
    "close/doubts/": {
        "get": NEVER,
        "post": "302 200 404 404 200 403 | 302 404 404 404 200 403 | 404 404 200 403",
    },
    # Its form stands on the shift's page, so that is what its address shows.
    "close-uncounted/": {
        "get": "302 403 403 403 302 403 | 302 403 403 403 302 403 | 403 403 302 403",
        "post": ADMINISTERED,
    },
    # A correction of what was deleted meanwhile lost its race.
    "correct/": {
        "get": "302 200 404 404 200 403 | 302 404 404 404 200 403 | 404 404 200 403",
        "post": "302 302 404 404 302 403 | 302 404 404 404 409 403 | 404 404 302 403",
    },
    "flag/": {"get": NEVER, "post": OWN},
    "unflag/": {"get": NEVER, "post": ADMINISTERED},
    # Of a deleted one that was off too; who deleted it may, where nobody else could.
    "review/": {"get": NEVER, "post": "302 403 403 403 302 403 | 302 403 403 403 302 403 | 403 403 302 403"},
    # Between what was written and what arrived; the same, but as it was before it was deleted.
    "decide/": {"get": NEVER, "post": "302 403 403 403 302 403 | 302 403 403 403 409 403 | 403 403 302 403"},
    "reply/": {
        "get": NEVER,
        "post": "302 302 404 404 422 403 | 302 404 404 404 422 403 | 404 404 422 403",
    },
    "delete/": {"get": NEVER, "post": ADMINISTERED},
    # The one thing that a deleted shift still takes, and only that.
    "restore/": {
        "get": NEVER,
        "post": "302 403 403 403 422 403 | 302 403 403 403 302 403 | 403 403 422 403",
    },
}
SENT = {
    "kind": "card",
    "amount": "1.000",
    "final_cash": "77",
    "version": "2",
    "reason": "because",
    "note": "because",
    "text": "I recounted",
    "initial_cash": "500.000",
    "language": "es",
    "decision": "written",
}
# The state in which an act makes sense; open otherwise.
CLOSED = [
    "movements/<int:movement_pk>/void/",
    "correct/",
    "slip/",
    "review/",
    "decide/",
    "reply/",
    "delete/",
    "restore/",
    "review/<int:pk>/",
    "review/<int:pk>/evidence/",
]
STATE = {route: {"closed": True} for route in CLOSED}
STATE["decide/"] = {"closed": True, "billed": {"billed_cash": 700_000}}


# What is done to a shift from elsewhere: as above.
ABOUT_A_SHIFT = {
    # The same, but as it was before it was deleted.
    "review/<int:pk>/": {"get": NEVER, "post": "302 403 403 403 302 403 | 302 403 403 403 409 403 | 403 403 302 403"},
    "review/<int:pk>/evidence/": {
        "get": "302 403 403 403 200 200 | 302 403 403 403 200 200 | 403 403 200 200",
        "post": NEVER,
    },
    "transfers/<int:movement_pk>/": {"get": NEVER, "post": ADMINISTERED},
}
PATHS = {f"sessions/<int:pk>/{route}": methods for route, methods in SHIFTS.items()} | ABOUT_A_SHIFT

# What is said of a person: as above, about Beto | about Marta | about a superuser, whom only the operator knows.
ONLY_POSTED = "302 405 405 405 405 405 | 302 405 405 405 405 405 | 302 405 405 405 405 405"
ABOUT_PEOPLE = {
    "people/<int:pk>/": {
        "get": "302 403 403 403 200 200 | 302 403 403 403 200 200 | 302 403 403 403 404 404",
        "post": "302 403 403 403 302 403 | 302 403 403 403 302 403 | 302 403 403 403 404 403",
    },
    # The answer itself shows the password; one's own is changed elsewhere.
    "people/<int:pk>/reset-password/": {
        "get": ONLY_POSTED,
        "post": "302 403 403 403 200 403 | 302 403 403 403 422 403 | 302 403 403 403 404 403",
    },
    # Nobody locks themselves out.
    "people/<int:pk>/disable/": {
        "get": ONLY_POSTED,
        "post": "302 403 403 403 302 403 | 302 403 403 403 422 403 | 302 403 403 403 404 403",
    },
    # Neither is disabled, nor locked.
    "people/<int:pk>/enable/": {
        "get": ONLY_POSTED,
        "post": "302 403 403 403 422 403 | 302 403 403 403 422 403 | 302 403 403 403 404 403",
    },
    # Nobody has one.
    "people/<int:pk>/reset-factor/": {
        "get": ONLY_POSTED,
        "post": "302 403 403 403 422 403 | 302 403 403 403 422 403 | 302 403 403 403 404 403",
    },
    # There is none.
    "people/<int:pk>/sessions/<int:sign_in>/end/": {
        "get": ONLY_POSTED,
        "post": "302 403 404 403 404 403 | 302 403 403 403 404 403 | 302 403 403 403 404 403",
    },
    "people/<int:pk>/data/": {
        "get": "302 403 403 403 200 403 | 302 403 403 403 200 403 | 302 403 403 403 404 403",
        "post": ONLY_POSTED,
    },
    # Neither is disabled.
    "people/<int:pk>/anonymise/": {
        "get": ONLY_POSTED,
        "post": "302 403 403 403 422 403 | 302 403 403 403 422 403 | 302 403 403 403 404 403",
    },
    "people/<int:pk>/unlock/": {
        "get": ONLY_POSTED,
        "post": "302 403 403 403 422 403 | 302 403 403 403 422 403 | 302 403 403 403 404 403",
    },
}
SAID_OF_A_PERSON = {"first_name": "Nilda", "last_name": "Paz", "email": "n@example.com", "role": "Auditor"}
# About an active pharmacy.
ABOUT_PHARMACIES = {
    "pharmacies/<int:pk>/": {"get": "302 403 403 403 200 200", "post": "302 403 403 403 302 403"},
    "pharmacies/<int:pk>/deactivate/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 302 403"},
    "pharmacies/<int:pk>/tokens/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 200 403"},
    "pharmacies/<int:pk>/tokens/<int:token_pk>/revoke/": {
        "get": "302 405 405 405 405 405",
        "post": "302 403 403 403 302 403",
    },
    "pharmacies/<int:pk>/reactivate/": {"get": "302 405 405 405 405 405", "post": "302 403 403 403 422 403"},
}
SAID_OF_A_PHARMACY = {"name": "Norte", "registers": "2", "cash_tolerance": "0", "alert_threshold": "20.000"}


def _each(rows):
    return pytest.mark.parametrize(
        ("route", "method"), [(route, method) for route, methods in rows.items() for method in methods]
    )


def test_every_route_has_its_row():
    known = ROUTES.keys() | PATHS.keys() | ABOUT_PEOPLE.keys() | ABOUT_PHARMACIES.keys()
    there = {"admin/" if route.startswith("admin/") else route for route in routes(get_resolver().url_patterns)}

    assert there == known


@pytest.fixture(scope="module")
def people_and_places(module_db):
    return everybody()


@pytest.fixture
def world(people_and_places, db):
    return copy.deepcopy(people_and_places)


@pytest.fixture(scope="module")
def handler():
    """All middleware, set up once: a browser of its own for each request would set it up again each time."""
    return ClientHandler(enforce_csrf_checks=False)


@pytest.fixture
def answers(world, handler):
    """The answer to each person, each from the same state; and that a refusal, and the auditor, leave no trace."""

    def browser(name):
        client = Client() if name == "nobody" else signed_in(getattr(world, name))
        client.handler = handler
        return client

    def ask(people, method, path, sent):
        before, statuses = stored(), []
        for name in people:
            with undone():
                asked = browser(name)
                statuses.append(getattr(asked, method)(path, sent).status_code)
                if method == "get":  # whoever asks for the heads alone, as a monitor may, is answered the same
                    assert asked.head(path, sent).status_code == statuses[-1]
                reads = name in ("nobody", "carla") and path not in ABOUT_ONESELF
                if reads or method == "get":
                    assert stored() == before
        return statuses

    return ask


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.one_engine
@_each(ROUTES)
def test_each_role_is_answered(route, method, answers, world):
    central = world.central
    sent = SENT | {"pharmacy": central.pk, "register": "2"} if method == "post" else {}

    path = f"/{route}".replace("<int:pharmacy_pk>", str(central.pk)).replace("<day:date>", "2026-07-03")
    if "<int:pk>" in path:
        table = SimpleUploadedFile("july.csv", b"Fecha;Efectivo\n3/7/2026;50000\n")
        file = receive_file(table, kind="billing", pharmacy=central, by=world.marta)
        path = path.replace("<int:pk>", str(file.pk))

    assert answers(PEOPLE, method, path, sent) == [int(status) for status in ROUTES[route][method].split()]


@pytest.mark.one_engine
@_each(PATHS)
def test_each_role_is_answered_about_a_shift(route, method, answers, world):
    ana, marta = world.ana, world.marta
    shift = ShiftFactory(cashier=ana, **STATE.get(route.removeprefix("sessions/<int:pk>/"), {}))
    transfer = NewMovement(Kind.TRANSFER, 1_000, "Gómez")
    movement = movement_actions.add_movement(shift.pk, new=transfer, reason="late", by=ana)
    if route.endswith("unflag/"):
        mark_actions.flag_shift(shift.pk, reason="why", by=ana)
    if route.endswith("decide/"):
        say(shift, 715_000, by=marta)
    shift.refresh_from_db()
    path = "/" + route.replace("<int:movement_pk>", str(movement.pk)).replace("<int:pk>", str(shift.pk))
    sent = SENT | {"version": shift.version} if method == "post" else {}
    statuses = []
    for case, people in CASES.items():
        with undone():
            if case == "deleted":
                if shift.is_open:  # one with movements is closed, not deleted
                    movement_actions.void_movement(shift.pk, movement.pk, reason="twice", by=marta)
                mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
            if case == "unassigned":
                Assignment.objects.filter(user=ana).delete()
            statuses.append(" ".join(map(str, answers(people, method, path, sent))))

    assert " | ".join(statuses) == PATHS[route][method]


@pytest.mark.one_engine
@_each(ABOUT_PEOPLE)
def test_each_role_is_answered_about_a_person(route, method, answers, world):
    root = User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    sent = SAID_OF_A_PERSON | {"reason": "because"} if method == "post" else {}
    path = f"/{route.replace('<int:sign_in>', '1')}"
    statuses = [
        " ".join(map(str, answers(PEOPLE, method, path.replace("<int:pk>", str(person.pk)), sent)))
        for person in (world.beto, world.marta, root)
    ]

    assert " | ".join(statuses) == ABOUT_PEOPLE[route][method]


@pytest.mark.one_engine
@_each(ABOUT_PHARMACIES)
def test_each_role_is_answered_about_a_pharmacy(route, method, answers, world):
    central = world.central
    token, _key = create_token(central, name="Factusys", by=world.marta)
    sent = SAID_OF_A_PHARMACY | {"reason": "because"} if method == "post" else {}
    path = route.replace("<int:pk>", str(central.pk)).replace("<int:token_pk>", str(token.pk))
    statuses = answers(PEOPLE, method, f"/{path}", sent)

    assert " ".join(map(str, statuses)) == ABOUT_PHARMACIES[route][method]


def test_a_refused_post_leaves_every_row_as_it_was(world):
    """For everybody kept out by the role or by the row, on every route."""
    opened, closed = ShiftFactory(cashier=world.ana), ShiftFactory(closed=True, cashier=world.beto, register=2)
    movement = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Gómez"), by=world.ana)
    with nothing_written():
        for route in SHIFTS:
            shift = closed if route in STATE else opened
            path = f"/sessions/{shift.pk}/{re.sub('<.*>', str(movement.pk), route)}"
            for person in (world.otto, world.carla):
                assert signed_in(person).post(path, SENT).status_code in (403, 404, 405)
