"""The list of sign-ins, for administrators and auditors."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import SignIn
from testing.client import signed_in
from testing.factories import PASSWORD


@pytest.fixture
def reader(carla):
    carla.language = "en"
    carla.save()
    return signed_in(carla)


@pytest.fixture
def some(ana):
    for email, password in (("ana@example.com", PASSWORD), ("stranger@example.com", "x")):
        Client(headers={"User-Agent": "A till"}).post("/accounts/login/", {"username": email, "password": password})


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", ["stranger@example.com", "ana@example.com"]),
        ("?kind=failed", ["stranger@example.com"]),
        ("?kind=in&kind=out", ["ana@example.com"]),
        ("?text=STRANGER", ["stranger@example.com"]),
        ("?text=till+127.0", ["stranger@example.com", "ana@example.com"]),
        ("?date_to=2020-01-01", []),
        ("?date_from=2020-01-01&device=0", ["stranger@example.com", "ana@example.com"]),
    ],
)
def test_what_is_asked_for_is_listed_the_newest_first(reader, some, query, listed):
    page = reader.get(f"/people/sign-ins/{query}")
    assert [row.account for row in page.context["page"]] == listed


def test_a_person_is_asked_for_by_number(reader, some, ana):
    page = reader.get(f"/people/sign-ins/?person={ana.pk}")
    assert [row.account for row in page.context["page"]] == ["ana@example.com"]
    assertContains(page, "127.0.0.1")
    assertNotContains(page, "stranger")


def test_nonsense_is_said(reader, some):
    assert reader.get("/people/sign-ins/?kind=nonsense").status_code == 422


def test_a_page_costs_the_same_whatever_it_lists(reader, some, django_assert_num_queries):
    reader.get("/people/sign-ins/")
    SignIn.objects.bulk_create(SignIn(kind="failed", account=f"{n}@example.com") for n in range(40))
    with django_assert_num_queries(4):
        reader.get("/people/sign-ins/")
