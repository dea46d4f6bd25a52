"""People in the back office: what administrators do, and what nobody can."""

import re

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts import actions
from accounts.models import EMAIL_TAKEN, User
from cashpilot.exceptions import ActionRefused
from pharmacies.models import Pharmacy
from testing.client import signed_in
from testing.database import update
from testing.factories import PASSWORD, PersonFactory, ShiftFactory

pytestmark = pytest.mark.slow

LIST, ADD = "/admin/accounts/user/", "/admin/accounts/user/add/"


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"
    User._meta.get_field("language").default = "en"
    yield
    User._meta.get_field("language").default = "es"


def page(user, act="change"):
    return f"{LIST}{user.pk}/{act}/"


def said(user, **changes):
    """The form as the page would send it."""
    pharmacies = list(user.assignments.values_list("pharmacy", flat=True))
    names = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name}
    return {**names, "role": user.role, "pharmacies": pharmacies, **changes}


def password_on(response):
    return re.search(r'id="password">([a-z0-9-]{14})<', response.text)[1]


def everything():
    """All that an escalation could reach."""
    columns = ("email", "password", "is_superuser", "is_staff", "is_active", "groups", "user_permissions")
    return list(User.objects.order_by("pk", "groups").values_list(*columns)), User.history.count()


# --- Hiring -----------------------------------------------------------------------------------------------------------


def test_who_is_hired_signs_in_with_the_password_shown_once(marta, central, luque):
    client = signed_in(marta)
    new = {"email": "Nilda@example.com", "first_name": "Nilda", "last_name": "Ríos", "role": "Cashier"}
    response = client.post(ADD, {**new, "pharmacies": [central.pk, luque.pk]})
    nilda = User.objects.get(email="nilda@example.com")
    assert (nilda.role, {row.pharmacy for row in nilda.assignments.all()}) == ("Cashier", {central, luque})
    assert (nilda.history.get().history_user, nilda.history.get().history_type) == (marta, "+")
    assert "no-store" in response.headers["Cache-Control"]
    password = password_on(response)
    assertNotContains(client.get(page(nilda)), password)
    browser = Client()
    browser.post("/accounts/login/", {"username": "nilda@example.com", "password": password})
    assertRedirects(browser.get("/"), "/accounts/password/")


def test_an_e_mail_that_is_taken_is_told_at_its_field(marta, ana):
    rows = everything()
    new = {"email": "ANA@example.com", "first_name": "Ana", "last_name": "Two", "role": "Cashier"}
    response = signed_in(marta).post(ADD, new)
    assert response.status_code == 422
    assert response.context["adminform"].form.errors == {"email": ["Somebody already has this e-mail."]}
    assert everything() == rows


@pytest.mark.both_engines
def test_an_e_mail_taken_meanwhile_is_told_too(marta, ana, monkeypatch):
    """Between the form's look and the action's write somebody took it."""

    def lose(**_values):
        raise ActionRefused(str(EMAIL_TAKEN))

    monkeypatch.setattr(actions, "create_person", lose)
    new = {"email": "n@example.com", "first_name": "Nilda", "last_name": "Ríos", "role": "Cashier"}
    response = signed_in(marta).post(ADD, new)
    assertContains(response, "Somebody already has this e-mail.", status_code=422)
    assertContains(response, 'value="Nilda"', status_code=422)


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "Boss"},
        {"role": ""},
        {"email": "nobody"},
        {"email": "a" * 300 + "@example.com"},
        {"first_name": "\0"},
        {"pharmacies": ["9999"]},
        {"pharmacies": ["x"]},
    ],
)
def test_nonsense_hires_nobody(marta, wrong):
    rows = everything()
    new = {"email": "n@example.com", "first_name": "Nilda", "last_name": "Ríos", "role": "Cashier", **wrong}
    assert signed_in(marta).post(ADD, new).status_code == 422
    assert everything() == rows


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_names_role_and_pharmacies_change_with_who(marta, ana, central, luque):
    changes = said(ana, last_name="Báez", role="Auditor", pharmacies=[luque.pk])
    assertRedirects(signed_in(marta).post(page(ana), changes), LIST)
    ana = User.objects.get(pk=ana.pk)
    assert (ana.get_full_name(), ana.role, ana.is_staff) == ("Ana Báez", "Auditor", True)
    assert [row.pharmacy for row in ana.assignments.all()] == [luque]
    assert [row.history_user for row in ana.history.order_by("-history_id")[:2]] == [marta, None]


def test_saving_what_is_so_already_writes_nothing(marta, ana):
    rows = everything()
    assertRedirects(signed_in(marta).post(page(ana), said(ana)), LIST)
    assert everything() == rows


def test_a_disabled_pharmacy_stays_where_it_is_assigned_and_is_offered_to_nobody_else(marta, ana, beto, otto, luque):
    update(Pharmacy.objects.filter(pk=luque.pk), is_active=False)
    client = signed_in(marta)
    assertContains(client.get(page(otto)), "Luque")
    assertNotContains(client.get(page(ana)), "Luque")
    assertRedirects(client.post(page(otto), said(otto, first_name="Otto B.")), LIST)
    assert otto.assignments.get().pharmacy == luque


def test_a_refusal_changes_nothing_at_all(marta, ana, beto):
    """The names come first, the role is refused: neither stays."""
    mirta = PersonFactory(first_name="Mirta", role="Admin")
    client = signed_in(mirta)
    rows = everything()
    response = client.post(page(mirta), said(mirta, first_name="Myself", email="beto@example.com"))
    assert (response.status_code, everything()) == (422, rows)


def test_a_person_with_an_open_shift_stays_where_it_is_and_nothing_of_the_form_is_kept(marta, ana, luque):
    shift = ShiftFactory(cashier=ana)
    client, rows = signed_in(marta), everything()
    changes = said(ana, last_name="Báez", role="Auditor", pharmacies=[luque.pk])
    response = client.post(page(ana), changes)
    why = f"Ana Báez has shift #{shift.pk} open at Central. Close it first, with or without a count, and try again."
    assert response.status_code == 422
    assert response.context["adminform"].form.non_field_errors() == [why]
    assertContains(response, 'value="Báez"', status_code=422)
    assert (everything(), ana.assignments.get().pharmacy) == (rows, shift.pharmacy)


# --- Acts -------------------------------------------------------------------------------------------------------------


def test_a_new_password_is_shown_once_and_ends_the_sessions(marta, ana):
    browser, client = signed_in(ana), signed_in(marta)
    assertContains(client.get(page(ana, "reset-password")), "New password")
    password = password_on(client.post(page(ana, "reset-password")))
    ana.refresh_from_db()
    assert (ana.check_password(password), ana.must_change_password) == (True, True)
    assert browser.get("/").status_code == 302
    assertNotContains(client.get(page(ana, "reset-password")), password)


def test_asking_resets_nothing(marta, ana):
    signed_in(marta).get(page(ana, "reset-password"))
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_disabling_asks_why_and_enabling_too(marta, ana):
    client = signed_in(marta)
    assert client.post(page(ana, "disable")).status_code == 422
    assertRedirects(client.post(page(ana, "disable"), {"reason": "left"}), page(ana))
    ana.refresh_from_db()
    assert (ana.is_active, ana.history.latest().history_change_reason) == (False, "left")
    assertRedirects(client.post(page(ana, "enable"), {"reason": "is back"}), page(ana))
    ana.refresh_from_db()
    assert ana.is_active


def test_disabling_works_at_once_and_says_which_shifts_stay_open(marta, central, luque):
    nilda = PersonFactory(first_name="<b>", last_name="Ríos", email="nilda@example.com", pharmacies=[central, luque])
    closed, *still_open = (
        ShiftFactory(cashier=nilda, pharmacy=central, closed=True),
        ShiftFactory(cashier=nilda, pharmacy=central),
        ShiftFactory(cashier=nilda, pharmacy=luque),
    )
    answer = signed_in(marta).post(page(nilda, "disable"), {"reason": "left"}, follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert told[1:] == [
        f'Shift <a href="/sessions/{shift.pk}/">#{shift.pk}</a> of &lt;b&gt; Ríos at {shift.pharmacy} stays open: '
        "close it with its count, or without one."
        for shift in still_open
    ]
    assert (User.objects.get(pk=nilda.pk).is_active, told[1] in answer.text) == (False, True)
    assertNotContains(answer, f"/sessions/{closed.pk}/")


def test_disabling_who_has_nothing_open_says_no_more_than_that(marta, ana):
    ShiftFactory(cashier=ana, closed=True)
    answer = signed_in(marta).post(page(ana, "disable"), {"reason": "left"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["Done: Disable, Ana Benítez."]


def test_a_lock_is_lifted(marta, ana):
    for _each in range(5):
        Client().post("/accounts/login/", {"username": ana.email, "password": "wrong"})
    assertRedirects(signed_in(marta).post(page(ana, "unlock")), page(ana))
    assert Client().post("/accounts/login/", {"username": ana.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ("disable", "You cannot disable your own account. Ask another administrator."),
        ("reset-password", "Change your own password from your menu."),
        ("unlock", "Marta Benítez is not locked out."),
        ("enable", "Marta Benítez is active already."),
    ],
)
def test_what_is_refused_is_told_before_and_after_trying(marta, act, sentence):
    client, rows = signed_in(marta), everything()
    assertContains(client.get(page(marta, act)), sentence)
    response = client.post(page(marta, act), {"reason": "because"})
    assertContains(response, sentence, status_code=422)
    assert everything() == rows


def test_the_own_role_is_shown_and_cannot_be_sent(marta):
    client, rows = signed_in(marta), everything()
    assertContains(client.get(page(marta)), "You cannot change your own role. Ask another administrator.")
    client.post(page(marta), said(marta, role="Cashier"))
    assert everything() == rows


# --- What nobody can --------------------------------------------------------------------------------------------------

ESCALATION = {
    "is_superuser": "on",
    "is_staff": "on",
    "is_active": "",
    "groups": ["1", "2", "3"],
    "user_permissions": ["1", "2", "3"],
    "password": "md5$x$y",
    "must_change_password": "",
    "sign_outs": "99",
    "id": "1",
}


@pytest.mark.parametrize("who", ["marta", "ana"])
def test_other_fields_sent_along_change_nothing(marta, ana, request, who):
    target, rows = request.getfixturevalue(who), everything()
    signed_in(marta).post(page(target), {**said(target), **ESCALATION})
    assert everything() == rows


def test_other_fields_sent_along_make_no_superuser(marta):
    new = {"email": "n@example.com", "first_name": "Nilda", "last_name": "Ríos", "role": "Cashier"}
    signed_in(marta).post(ADD, {**new, **ESCALATION})
    nilda = User.objects.get(email="n@example.com")
    assert (nilda.is_superuser, nilda.is_staff, nilda.role, nilda.user_permissions.count()) == (
        False,
        False,
        "Cashier",
        0,
    )


def test_a_change_is_not_saved_as_somebody_new(marta, ana):
    rows = everything()
    assert signed_in(marta).post(page(ana), said(ana, email="new@example.com", _saveasnew="1")).status_code == 403
    assert everything() == rows


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")


@pytest.mark.parametrize("act", ["change", "history", "disable", "enable", "reset-password", "unlock", "delete"])
def test_a_superuser_does_not_exist_for_administrators(marta, root, act):
    client, rows = signed_in(marta), everything()
    assert client.get(page(root, act)).status_code in (403, 404)
    response = client.post(page(root, act), {**said(root, role="Cashier"), "reason": "because"})
    assert response.status_code in (403, 404, 405)
    assertNotContains(client.get(LIST), "root@example.com")
    assert everything() == rows


def test_nobody_is_deleted_and_no_password_form_exists(marta, ana):
    client = signed_in(marta)
    assert client.post(page(ana, "delete"), {"post": "yes"}).status_code == 403
    assert client.get(page(ana, "password"), follow=True).status_code == 404
    assert client.post(LIST, {"action": "delete_selected", "_selected_action": ana.pk}).status_code == 405
    assert User.objects.filter(pk=ana.pk).exists()
    assertNotContains(client.get(page(ana)), 'type="password"')


ACTS = ["change", "disable", "enable", "reset-password", "unlock"]


def test_auditors_read_and_change_nothing(carla, ana):
    client, rows = signed_in(carla), everything()
    for address in (LIST, page(ana)):
        assertContains(client.get(address), "Ana")
    assertContains(client.get(page(ana)), "Cashier")
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"email": "n@example.com"}).status_code == 403
    for act in ACTS:
        assert client.post(page(ana, act), {**said(ana, role="Admin"), "reason": "because"}).status_code == 403
    assert everything() == rows


def test_cashiers_have_no_business_here(ana, beto):
    client, rows = signed_in(ana), everything()
    for address in (LIST, ADD, *(page(beto, act) for act in ACTS)):
        assert client.get(address).status_code == 403
        assert client.post(address, said(beto, reason="because")).status_code == 403
    assert everything() == rows


# --- The list ---------------------------------------------------------------------------------------------------------


EVERYBODY = ["Ana", "Beto", "Carla", "Marta", "Otto"]


def names(response):
    return [row.first_name for row in response.context["cl"].result_list]


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", EVERYBODY),
        ("?q=beto", ["Beto"]),
        ("?q=OTTO@example", ["Otto"]),
        ("?role=Cashier", ["Ana", "Beto", "Otto"]),
        ("?role=Admin", ["Marta"]),
        ("?is_active__exact=0", []),
        ("?assignments__pharmacy__id__exact={luque}", ["Otto"]),
        ("?role=Boss", None),
        ("?assignments__pharmacy__id__exact=x", None),
        ("?is_superuser__exact=1", None),
        ("?password__startswith=md5", None),
    ],
)
def test_people_are_found(ana, beto, otto, marta, carla, luque, query, found):
    client = signed_in(marta)
    response = client.get(LIST + query.format(luque=luque.pk), follow=True)
    assert response.redirect_chain[-1:] == ([(LIST, 302)] if found is None else [])
    assert names(response) == (EVERYBODY if found is None else found)


def test_the_list_says_role_and_pharmacies(marta, ana):
    response = signed_in(marta).get(LIST + "?q=ana")
    for text in ("Ana Benítez", "ana@example.com", "Cashier", "Central"):
        assertContains(response, text)


def test_the_list_costs_the_same_for_one_and_for_many(marta, central, django_assert_num_queries):
    client = signed_in(marta)
    client.get(LIST)  # which writes when the session ends
    with django_assert_num_queries(100, exact=False) as queries:
        client.get(LIST)
    spent = len(queries)
    for name in ("Nilda", "Olga", "Pedro"):
        PersonFactory(first_name=name, role="Cashier", pharmacies=[central])
    with django_assert_num_queries(spent + 1):  # the pharmacies of those who have some
        client.get(LIST)


def test_the_last_administrator_stays_one_here_too(marta, root):
    client, rows = signed_in(root), everything()
    response = client.post(page(marta), said(marta, role="Cashier"))
    assertContains(response, "is the last active administrator", status_code=422)
    assert everything() == rows


def test_an_act_on_who_changed_meanwhile_is_refused_in_words(marta, ana):
    client = signed_in(marta)
    client.get(page(ana, "disable"))
    actions.disable(ana.pk, by=marta)
    assertContains(client.post(page(ana, "disable"), {"reason": "left"}), "is disabled already", status_code=422)
