"""A page must answer in time; a migration of many rows may take as long as it needs."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")


def limit(to=None):
    with connection.cursor() as cursor:
        if to:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [to])
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_migrate_takes_its_time_and_gives_the_connection_its_own_limit_back():
    seen, own = [], limit()

    def look(**_signal):
        seen.append(limit())
        limit(to="7s")

    people = apps.get_app_config("accounts")
    pre_migrate.connect(look, sender=people)
    try:
        limit(to="15s")
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(look, sender=people)
    assert (seen, limit()) == (["0"], own)
