"""The suite keeps its own promises."""

from threading import Thread

import pytest
from django.conf import settings
from django.db import connection
from django.template import Context, Template

from pharmacies.models import Pharmacy
from testing.client import signed_in


def test_the_cast_has_its_roles_and_places(ana, beto, otto, marta, carla, central, luque):
    people = (ana, beto, otto, marta, carla)
    assert [user.groups.get().name for user in people] == ["Cashier", "Cashier", "Cashier", "Admin", "Auditor"]
    assert [user.is_staff for user in people] == [False, False, False, True, True]
    assert [row.user for row in central.assignments.order_by("user__first_name")] == [ana, beto]
    assert [row.user for row in luque.assignments.all()] == [otto]


def test_who_is_signed_in_stays_so(ana):
    assert int(signed_in(ana).session["_auth_user_id"]) == ana.pk


def test_the_settings_are_those_of_production_whatever_the_machine_says():
    assert settings.DEBUG is False
    assert settings.SECRET_KEY.startswith("for tests only")


@pytest.mark.django_db(transaction=True)
def test_a_thread_has_a_connection_of_its_own_and_sees_what_was_committed(central):
    """SQLite in memory would have one connection only, and no lock to wait for."""
    seen = []

    def look():
        seen.append((Pharmacy.objects.get().name, connection.connection))
        connection.close()

    thread = Thread(target=look)
    thread.start()
    thread.join()
    [(name, other)] = seen
    assert name == "Central"
    assert other is not connection.connection


def test_a_missing_variable_fails_in_our_templates():
    with pytest.raises(AssertionError, match="uses nobody_gave_it"):
        Template("{{ nobody_gave_it }}", name="base.html").render(Context())


def test_a_missing_variable_of_a_partial_fails():
    """With two errors: template-partials 25.3 stumbles over every exception inside a partial that stands alone."""
    page = Template("{% partialdef rows %}{{ nobody_gave_it }}{% endpartialdef %}", name="list.html")
    with pytest.raises(AttributeError) as error:
        page.extra_data["partials"]["rows"].render(Context())
    assert "rows uses nobody_gave_it" in str(error.value.__context__)


def test_a_missing_variable_of_the_back_office_is_djangos_business():
    assert Template("{{ nobody_gave_it }}", name="admin/index.html").render(Context()) == ""


@pytest.mark.browser
def test_the_browser_is_the_administrators_notebook_and_reads_this_database(live_server, page):
    response = page.goto(f"{live_server.url}/health/ready/")
    assert response.status == 200
    assert page.viewport_size == {"width": 1333, "height": 768}
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "America/Asuncion"
