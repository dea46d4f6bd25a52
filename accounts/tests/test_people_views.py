"""People on the app's own pages: hiring, changing, handing over a password, disabling. Who may what: test_access.py."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts import actions
from accounts.models import User
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import PASSWORD, PersonFactory, ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LIST, NEW = "/people/", "/people/new/"
NILDA = {"first_name": "Nilda", "last_name": "Ríos", "email": "Nilda@example.com", "role": "Cashier"}


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"
    User._meta.get_field("language").default = "en"
    yield
    User._meta.get_field("language").default = "es"


@pytest.fixture
def boss(marta):
    return signed_in(marta)


def page(person, act=""):
    return f"{LIST}{person.pk}/{act}"


def said(person, **changes):
    """The form as the page would send it."""
    names = {name: getattr(person, name) for name in ("first_name", "last_name", "email", "role")}
    return {**names, "pharmacies": list(person.assignments.values_list("pharmacy", flat=True)), **changes}


def password_on(response):
    return re.search(r'id="password">([a-z0-9-]{14})<', response.text)[1]


def names(response):
    return [line["person"].first_name for line in response.context["lines"]]


# --- Hiring and handing over ------------------------------------------------------------------------------------------


def test_who_is_hired_signs_in_with_the_password_of_the_slip(boss, marta, central, luque):
    response = boss.post(NEW, {**NILDA, "pharmacies": [central.pk, luque.pk]})
    nilda = User.objects.get(email="nilda@example.com")
    assert (nilda.role, {row.pharmacy for row in nilda.assignments.all()}) == ("Cashier", {central, luque})
    assert (nilda.history.get().history_user, nilda.history.get().history_type) == (marta, "+")
    for text in ("Nilda Ríos", "Central, Luque", "http://testserver/", "nilda@example.com", "by Marta Benítez"):
        assertContains(response, text)
    password = password_on(response)
    assert "no-store" in response.headers["Cache-Control"]
    assertNotContains(boss.get(page(nilda)), password)
    browser = Client()
    browser.post("/accounts/login/", {"username": "nilda@example.com", "password": password})
    assertRedirects(browser.get("/"), "/accounts/password/")


def test_from_a_pharmacy_its_box_is_ticked_already(boss, central, luque):
    form = boss.get(f"{NEW}?pharmacy={luque.pk}").context["form"]
    assert (form["pharmacies"].value(), form["role"].value()) == ([str(luque.pk)], "Cashier")


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"email": "ANA@example.com"}, {"email": ["Somebody already has this e-mail."]}),
        ({"first_name": ""}, {"first_name": ["This field is required."]}),
        ({"role": "Boss"}, {"role": ["Select a valid choice. Boss is not one of the available choices."]}),
    ],
)
def test_what_is_refused_is_told_at_its_field_with_what_was_typed(boss, ana, changes, errors):
    with nothing_written():
        response = boss.post(NEW, NILDA | changes)
    assert (response.status_code, response.context["form"].errors) == (422, errors)
    assertContains(response, 'value="Ríos"', status_code=422)


def test_a_new_password_ends_the_sessions_and_is_shown_once(boss, ana):
    browser = signed_in(ana)
    password = password_on(boss.post(page(ana, "reset-password/")))
    ana.refresh_from_db()
    assert (ana.check_password(password), ana.must_change_password) == (True, True)
    assert browser.get("/").status_code == 302
    assertContains(boss.get(page(ana)), "has not chosen a password yet")
    assertNotContains(boss.get(page(ana)), password)


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_names_role_and_pharmacies_change_together(boss, marta, ana, luque):
    assertRedirects(boss.post(page(ana), said(ana, last_name="Báez", role="Auditor", pharmacies=[luque.pk])), page(ana))
    ana = User.objects.get(pk=ana.pk)
    assert (ana.get_full_name(), ana.role, ana.assignments.get().pharmacy) == ("Ana Báez", "Auditor", luque)
    assert ana.history.latest().history_user == marta


def test_a_form_that_is_refused_leaves_the_name_above_it(boss, ana, beto):
    response = boss.post(page(ana), said(ana, first_name="Zoraida", email="beto@example.com"))
    assertContains(response, "<h1>Ana Benítez</h1>", status_code=422)
    assertContains(response, 'value="Zoraida"', status_code=422)


def test_an_assignment_does_not_end_over_an_open_shift(boss, ana):
    shift = ShiftFactory(cashier=ana)
    with nothing_written():
        response = boss.post(page(ana), said(ana, last_name="Báez", pharmacies=[]))
    why = f"Ana Báez has shift #{shift.pk} open at Central. Close it first, with or without a count, and try again."
    assert (response.status_code, response.context["form"].non_field_errors()) == (422, [why])


def test_the_own_role_is_shown_and_cannot_be_sent(boss, marta):
    assertContains(boss.get(page(marta)), "You cannot change your own role. Ask another administrator.")
    with nothing_written():
        assertRedirects(boss.post(page(marta), said(marta, role="Cashier")), page(marta))


def test_the_last_administrator_stays_one(marta):
    root = User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    response = signed_in(root).post(page(marta), said(marta, role="Cashier"))
    assertContains(response, "is the last active administrator", status_code=422)
    marta.refresh_from_db()
    assert marta.role == "Admin"


def drawn(boss, person, **typed):
    """The form of a page that is open now, with what is typed into it later."""
    return said(person, version=boss.get(page(person)).context["form"]["version"].value(), **typed)


def test_the_later_of_two_who_edit_is_told_what_was_saved_and_may_send_it_again(boss, olga, ana, central, luque):
    mine = drawn(boss, ana, last_name="Báez")
    signed_in(olga).post(page(ana), said(ana, role="Auditor", pharmacies=[central.pk, luque.pk]))
    with nothing_written():
        response = boss.post(page(ana), mine)
    form = response.context["form"]
    sentence = "Somebody changed this while you had the page open. Compare, and send it again if yours holds."
    assert response.status_code == 409
    assert form.errors == {
        "__all__": [sentence],
        "last_name": ["Saved meanwhile: Benítez"],
        "role": ["Saved meanwhile: Auditor"],
        "pharmacies": ["Saved meanwhile: Central, Luque"],
    }
    assert form["last_name"].value() == "Báez"
    assertRedirects(boss.post(page(ana), mine | {"version": form["version"].value()}), page(ana))
    ana = User.objects.get(pk=ana.pk)
    assert (ana.last_name, ana.role, ana.assignments.get().pharmacy) == ("Báez", "Cashier", central)


def test_what_the_person_does_meanwhile_is_no_conflict_nor_is_sending_the_same_twice(boss, ana):
    mine = drawn(boss, ana, last_name="Báez")
    actions.choose_language(language="es", by=ana)
    for _twice in range(2):
        assertRedirects(boss.post(page(ana), mine), page(ana))


ESCALATION = {
    "is_superuser": "on", "is_staff": "on", "is_active": "", "groups": ["1", "2", "3"], "password": "md5$x$y",
    "user_permissions": ["1"], "must_change_password": "", "sign_outs": "99", "id": "1", "by": "1",
}  # fmt: skip


def test_other_fields_sent_along_change_nothing(boss, ana):
    with nothing_written():
        boss.post(page(ana), said(ana) | ESCALATION)


# --- Disabling --------------------------------------------------------------------------------------------------------


def test_who_has_an_open_shift_is_said_before_and_after_disabling(boss, ana):
    shift = ShiftFactory(cashier=ana)
    before = boss.get(page(ana))
    assertContains(before, f'Ana Benítez has <a href="/sessions/{shift.pk}/">shift #{shift.pk}</a> open at Central')
    assertContains(before, f"Shift #{shift.pk} at Central stays open until somebody closes it.")
    after = boss.post(page(ana, "disable/"), {"reason": "left"}, follow=True)
    assertContains(after, f'Ana Benítez has <a href="/sessions/{shift.pk}/">shift #{shift.pk}</a> open at Central')
    ana.refresh_from_db()
    assert (ana.is_active, ana.history.latest().history_change_reason) == (False, "left")


def test_who_has_nothing_open_is_disabled_and_enabled_with_a_reason(boss, ana):
    ShiftFactory(cashier=ana, closed=True)
    assertNotContains(boss.get(page(ana)), "stays open")
    assert boss.post(page(ana, "disable/")).context["disable_form"].errors == {"reason": ["This field is required."]}
    assertRedirects(boss.post(page(ana, "disable/"), {"reason": "left"}), page(ana))
    assertRedirects(boss.post(page(ana, "enable/"), {"reason": "is back"}), page(ana))
    ana.refresh_from_db()
    assert (ana.is_active, ana.history.latest().history_change_reason) == (True, "is back")


def test_who_is_disabled_meanwhile_is_told_in_words(boss, marta, ana):
    actions.disable(ana.pk, by=marta)
    assertContains(boss.post(page(ana, "disable/"), {"reason": "left"}), "is disabled already", status_code=422)


def test_a_lock_is_told_and_lifted(boss, ana):
    assertNotContains(boss.get(page(ana)), "Unlock the sign-in")
    for _each in range(5):
        Client().post("/accounts/login/", {"username": ana.email, "password": "wrong"})
    assertContains(boss.get(page(ana)), "Unlock the sign-in")
    assertRedirects(boss.post(page(ana, "unlock/")), page(ana))
    assert Client().post("/accounts/login/", {"username": ana.email, "password": PASSWORD}).status_code == 302


def test_auditors_read_and_are_offered_nothing(carla, ana):
    browser = signed_in(carla)
    assertContains(browser.get(page(ana)), "ana@example.com")
    for address in (LIST, page(ana)):
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="(.*?)"', browser.get(address).text)
        assert {form for form in forms if form.startswith("/people/")} == set()
    assertNotContains(browser.get(LIST), NEW)


# --- The list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ana", "Carla", "Marta", "Otto", "Beto"]),
        ("?text=beto", ["Beto"]),
        ("?text=OTTO@example", ["Otto"]),
        ("?text=ana ben", ["Ana"]),
        ("?role=Cashier", ["Ana", "Otto", "Beto"]),
        ("?state=disabled", ["Beto"]),
        ("?state=active&role=Admin", ["Marta"]),
        ("?pharmacy={luque}", ["Otto"]),
        ("?text=nobody", []),
    ],
)
def test_people_are_found_the_active_ones_first(boss, marta, ana, beto, otto, carla, luque, query, found):
    actions.disable(beto.pk, by=marta)
    assert names(boss.get(LIST + query.format(luque=luque.pk))) == found


@pytest.mark.parametrize("query", ["?role=Boss", "?pharmacy=x", "?state=gone", f"?text={'x' * 201}"])
def test_a_question_of_no_page_of_ours_finds_nobody_and_says_so(boss, query):
    response = boss.get(LIST + query)
    assert (response.status_code, names(response)) == (422, [])


def test_nobody_found_is_told_apart_from_nobody_there(boss):
    assertContains(boss.get(f"{LIST}?text=nobody"), "Search for something else or choose fewer filters.")


def test_a_row_says_role_pharmacies_and_open_shift(boss, ana):
    shift = ShiftFactory(cashier=ana)
    text = boss.get(f"{LIST}?text=ana").text
    for part in (f'href="/people/{ana.pk}/"', "ana@example.com", "Cashier", "Central", f'href="/sessions/{shift.pk}/"'):
        assert part in text


def test_superusers_are_not_listed(boss):
    User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    assert names(boss.get(LIST)) == ["Marta"]


def test_a_superuser_is_missing_exactly_as_one_that_never_was(boss):
    root = User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")

    def answer(pk, act):
        response = boss.post(f"{LIST}{pk}/{act}", NILDA | {"reason": "because"})
        return response.status_code, response.text.replace(response.headers["X-Request-ID"], "")

    with nothing_written():
        for act in ("", "reset-password/", "disable/", "enable/", "unlock/"):
            there, nowhere = answer(root.pk, act), answer(987_654_321, act)
            assert (there[0], re.sub(r"people/\d+", "", there[1])) == (404, re.sub(r"people/\d+", "", nowhere[1])), act


def test_the_list_and_a_person_cost_the_same_for_one_and_for_many(boss, ana):
    ShiftFactory(cashier=ana)

    def spent(path):
        with CaptureQueriesContext(connection) as queries:
            boss.get(path)
        return len(queries)

    boss.get("/accounts/password/")  # which writes when the session ends
    # Who is signed in (2); how many people, who, their roles, assignments with the pharmacies, open shifts.
    assert spent(LIST) == 8
    one = spent(page(ana))
    for number in range(9):
        ShiftFactory(cashier=PersonFactory(first_name=f"N{number}", employed=True))
    assert (spent(LIST), spent(page(ana))) == (8, one)
