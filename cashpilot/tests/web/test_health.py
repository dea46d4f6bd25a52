import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from cashpilot.version import VERSION
from cashpilot.web import health
from testing.client import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def just_started():
    health._require_tables.cache_clear()
    yield
    health._require_tables.cache_clear()


def answer(client):
    response = client.get("/health/ready/")
    body = response.json()
    assert body.pop("version") == VERSION
    return response.status_code, body


def test_a_server_is_ready_once_its_tables_are(client):
    newest = MigrationRecorder.Migration.objects.filter(app="sessions_app").latest("id")
    MigrationRecorder.Migration.objects.filter(pk=newest.pk).delete()
    assert answer(client) == (503, {"status": "migrations to apply"})

    newest.save()
    assert answer(client) == (200, {"status": "ok"})


def test_the_migrations_are_looked_up_only_until_none_waits(client, django_assert_num_queries):
    client.get("/health/ready/")

    with django_assert_num_queries(1):
        assert answer(client) == (200, {"status": "ok"})


@pytest.mark.parametrize(("path", "queries"), [("/health/live/", 0), ("/health/ready/", 1)])
def test_a_browser_that_is_signed_in_costs_no_look_at_its_session(marta, path, queries, django_assert_num_queries):
    client = signed_in(marta)
    client.get("/health/ready/")
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200


def test_a_server_without_its_database_is_alive_and_not_ready(client):
    def fail(*_):
        raise OperationalError

    with connection.execute_wrapper(fail):
        assert answer(client) == (503, {"status": "no database"})
        assert client.get("/health/live/").json() == {"status": "ok", "version": VERSION}
