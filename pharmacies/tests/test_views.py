"""Pharmacies on the app's own pages. Who may what: test_access.py."""

import pytest
from django.db import IntegrityError
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import User
from pharmacies import actions
from pharmacies.models import Pharmacy
from testing.client import signed_in
from testing.database import nothing_written

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LIST, NEW = "/pharmacies/", "/pharmacies/new/"
TYPED = {"name": "Luque", "address": "", "phone": "", "registers": "2", "cash_tolerance": "1.000"}
TYPED |= {"alert_threshold": "₲ 20.000", "recounts_before_verdict": "on"}


@pytest.fixture(autouse=True)
def english():
    User._meta.get_field("language").default = "en"
    yield
    User._meta.get_field("language").default = "es"


@pytest.fixture
def boss(marta):
    return signed_in(marta)


def page(pharmacy, act=""):
    return f"{LIST}{pharmacy.pk}/{act}"


def test_a_pharmacy_is_added_with_what_was_typed(boss, marta):
    response = boss.post(NEW, TYPED)
    luque = Pharmacy.objects.get()
    assertRedirects(response, page(luque))
    assert (luque.name, luque.registers, luque.cash_tolerance, luque.alert_threshold) == ("Luque", 2, 1_000, 20_000)
    assert (luque.is_active, luque.recounts_before_verdict, luque.alerts_blank_ticket) == (True, True, False)
    assert [row.history_user for row in luque.history.all()] == [marta]


def test_a_change_is_written_once(boss, central):
    for _twice in range(2):
        assertRedirects(boss.post(page(central), TYPED | {"name": "Central", "is_active": ""}), page(central))
    central.refresh_from_db()
    assert (central.cash_tolerance, central.is_active, central.history.count()) == (1_000, True, 2)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "Central"),
        ("name", "x" * 101),
        ("registers", "1e1"),
        ("cash_tolerance", "-1"),
        ("cash_tolerance", "1.5"),
        ("alert_threshold", "99999999999"),
    ],
)
def test_nonsense_is_told_at_its_field_and_not_stored(boss, central, field, typed):
    with nothing_written():
        response = boss.post(NEW, TYPED | {field: typed})
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_a_refused_change_leaves_the_name_above_it(boss, central, luque):
    response = boss.post(page(central), TYPED)
    assertContains(response, "<h1>Central</h1>", status_code=422)
    assertContains(response, 'value="Luque"', status_code=422)


def test_a_name_taken_meanwhile_is_told_with_what_was_typed(boss, monkeypatch):
    def lost(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(Pharmacy, "save", lost)
    response = boss.post(NEW, TYPED)
    assert response.status_code == 409
    assertContains(response, 'value="Luque"', status_code=409)


def drawn(boss, pharmacy, **typed):
    """The form of a page that is open now, with what is typed into it later."""
    return TYPED | {"name": "Central", "version": boss.get(page(pharmacy)).context["form"]["version"].value()} | typed


def test_the_later_of_two_who_edit_is_told_what_was_saved_and_may_send_it_again(boss, olga, central):
    mine, theirs = (drawn(boss, central, **typed) for typed in ({"phone": "021 111"}, {"phone": "021 222"}))
    signed_in(olga).post(page(central), theirs)
    with nothing_written():
        response = boss.post(page(central), mine)
    form = response.context["form"]
    sentence = "Somebody changed this while you had the page open. Compare, and send it again if yours holds."
    assert (response.status_code, form.non_field_errors()) == (409, [sentence])
    assert form.errors.keys() - {"__all__"} == {"phone"}
    assert (form.errors["phone"], form["phone"].value()) == (["Saved meanwhile: 021 222"], "021 111")
    assertRedirects(boss.post(page(central), mine | {"version": form["version"].value()}), page(central))
    central.refresh_from_db()
    assert central.phone == "021 111"


def test_what_was_saved_meanwhile_is_said_in_words(boss, marta, central):
    mine = drawn(boss, central)
    saved = {"cash_tolerance": 5_000, "registers": 3, "recounts_before_verdict": False, "address": "Mcal. López 1"}
    actions.edit_pharmacy(central.pk, **saved, by=marta)
    errors = boss.post(page(central), mine).context["form"].errors
    told = {"cash_tolerance": "5.000", "registers": "3", "recounts_before_verdict": "No", "address": "Mcal. López 1"}
    assert {name: errors[name] for name in told} == {name: [f"Saved meanwhile: {text}"] for name, text in told.items()}


def test_sending_the_same_twice_is_no_conflict(boss, central):
    typed = drawn(boss, central, phone="021 111")
    for _twice in range(2):
        assertRedirects(boss.post(page(central), typed), page(central))


def test_deactivated_and_reactivated_with_a_reason(boss, central):
    assert boss.post(page(central, "deactivate/")).context["deactivate_form"].errors.keys() == {"reason"}
    assertRedirects(boss.post(page(central, "deactivate/"), {"reason": "moved"}), page(central))
    assertContains(boss.get(LIST), "inactive")
    again = boss.post(page(central, "deactivate/"), {"reason": "again"})
    assertContains(again, "Central is already inactive.", status_code=422)
    assertRedirects(boss.post(page(central, "reactivate/"), {"reason": "back"}), page(central))
    assert [row.history_change_reason for row in central.history.all()] == ["back", "moved", None]


def test_who_works_there_is_a_link_and_so_is_somebody_new(boss, central, ana, otto):
    text = boss.get(page(central)).text
    assert f'href="/people/{ana.pk}/"' in text
    assert f'href="/people/{otto.pk}/"' not in text
    assert f'href="/people/new/?pharmacy={central.pk}"' in text


def test_an_auditor_reads_what_it_is_and_is_offered_nothing(carla, central):
    response = signed_in(carla).get(page(central))
    assertContains(response, "₲\u00a020.000")
    for offer in ("Deactivate", "Save", "/people/new/"):
        assertNotContains(response, offer)


def test_the_list_says_how_each_counts_and_the_active_ones_stand_first(boss, marta, central, luque, ana, beto):
    actions.deactivate_pharmacy(central.pk, reason="moved", by=marta)
    rows = [(row.name, row.people) for row in boss.get(LIST).context["page"]]
    assert rows == [("Luque", 0), ("Central", 2)]


def test_the_list_costs_the_same_for_one_and_for_many(boss, central, django_assert_num_queries):
    # Who is signed in (2), how many there are, the rows.
    boss.get("/accounts/password/")  # which writes when the session ends
    with django_assert_num_queries(4):
        boss.get(LIST)
    for number in range(9):
        Pharmacy.objects.create(name=f"Norte {number}")
    with django_assert_num_queries(4):
        boss.get(LIST)


def test_no_pharmacy_yet_is_told_with_what_to_do(boss):
    assertContains(boss.get(LIST), "No pharmacy yet")
