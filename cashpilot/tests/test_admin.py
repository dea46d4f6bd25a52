"""Every page of the back office keeps these rules, whatever it shows."""

import re

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import flatten
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts import roles
from accounts.models import User
from cashpilot.admin import BackOfficeAdmin
from cashpilot.money import WholeNumberFormField
from cashpilot.version import VERSION
from pharmacies.models import Assignment, Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Mail, Movement
from testing.cast import everybody
from testing.client import signed_in
from testing.database import update
from testing.factories import PersonFactory, PharmacyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ADMINS = {model._meta.model_name: one for model, one in admin.site._registry.items()}
EVERY = pytest.mark.parametrize("model_admin", ADMINS.values(), ids=ADMINS.keys())
WITH_HISTORY = {name: one for name, one in ADMINS.items() if one.has_history}
ACTS = [(model_admin, action) for model_admin in ADMINS.values() for action in model_admin.object_actions]


def url(model_admin, page, *args):
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{page}", args=args)


def first_shift(central, ana):
    note = NewMovement(Kind.EXPENSE, 5_000, "Delivery")
    return shift_actions.open_shift(
        pharmacy=central, register=1, cashier=ana, initial_cash=500_000, movements=[note], by=ana
    )


@pytest.fixture
def shift(central, ana):
    return first_shift(central, ana)


@pytest.fixture
def rows(shift, ana, central):
    return one_of_each(shift, ana, central)


def one_of_each(shift, ana, central):
    """One row of each list."""
    mail = Mail.objects.create(person=ana, owed_at=shift.opened_at, due_at=shift.opened_at, state=Mail.State.GIVEN_UP)
    return {"cashsession": shift.pk, "user": ana.pk, "pharmacy": central.pk, "mail": mail.pk}


def everything():
    """Every row of ours, to see that nothing moved."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (CashSession, Movement, User, Pharmacy, Assignment, Mail)
    ]


# --- What is let in ---------------------------------------------------------------------------------------------------


def test_nothing_but_our_own_admins_is_let_in():
    assert set(ADMINS) == {"cashsession", "user", "pharmacy", "mail"}
    assert all(isinstance(model_admin, BackOfficeAdmin) for model_admin in ADMINS.values())


@EVERY
def test_numbers_are_typed_into_our_own_fields(model_admin, rf, marta):
    request = rf.get("/")
    request.user = marta
    fields = model_admin.get_form(request, fields=flatten(model_admin.get_fields(request)))().fields.values()
    stock = [field for field in fields if isinstance(field, forms.IntegerField | forms.FloatField)]
    assert stock == []
    for field in fields:
        assert field.widget.input_type != "number" if isinstance(field, WholeNumberFormField) else True


def test_who_comes_in(ana, carla, marta, client):
    assert client.get("/admin/", follow=True).redirect_chain[-1] == ("/accounts/login/?next=/admin/", 302)
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/accounts/login/?next=/admin/"
    assert signed_in(ana).get("/admin/").status_code == 403
    for user in (carla, marta):
        page = signed_in(user).get("/admin/")
        assert page.status_code == 200
        assert "/audit/" in page.text
    assert signed_in(carla).get("/admin/").text.count("/add/") == 0
    assert signed_in(marta).get("/admin/password_change/").headers["Location"] == "/accounts/password/"


def test_what_is_looked_at_most_comes_first(marta):
    apps = signed_in(marta).get("/admin/").context["app_list"]
    shown = [model["object_name"] for app in apps for model in app["models"] if model["admin_url"]]
    assert shown == ["CashSession", "Mail", "User", "Pharmacy"]


def test_the_foot_names_the_version(marta):
    assert f"CashPilot {VERSION}" in re.search(r"<footer.*?</footer>", signed_in(marta).get("/admin/").text, re.S)[0]


# --- Lists ------------------------------------------------------------------------------------------------------------

JUNK = [
    "q=%00", "q=%ED%A0%80", "q=" + "a+" * 99, "q=" + "a+" * 900, "q=%27%3B--", "q=%22", "q=%5C", "q='", "q=%25%25",
    "q=" + "9" * 400, "p=-1", "p=0", "p=x", "p=99999999999999999999", "p=%00", "p=1e3", "p=٣", "o=x", "o=-1.x.99",
    "o=" + "1." * 200, "o=99999999999999999999", "all=1", "all=", "e=1", "e=%00", "_facets=True", "_popup=1",
    "_to_field=id", "_to_field=password", "_changelist_filters=%00", "_changelist_filters=q%3D%25", "_source_model=x.y",
    "pk=1", "id__exact=%00", "id__in=1,x", "id__in=" + "1," * 900, "password__startswith=pbkdf2", "notes__regex=((((",
    "pharmacy__id__exact=x", "pharmacy__id__exact=99999999999999999999", "pharmacy__id__exact=%00",
    "pharmacy__id__exact=-1", "cashier__id__exact=1&cashier__id__exact=x", "cashier__password__contains=a",
    "is_active__exact=2", "is_active__exact=%00", "is_active__isnull=x", "status__exact=%00", "status__exact=zzz",
    "status__isnull=maybe", "result=zzz", "result=%00", "flagged=2", "deleted=x", "role=zzz", "role=%00",
    "date_from=x", "date_from=0000-00-00", "date_to=99999-01-01", "date_to=%00", "date_from=0001-01-01",
    "business_date__year=99999", "business_date__gte=x", "cash_tolerance__gt=1e999", "x" * 900, "=&=&=", "%00=%00",
    "groups__name=Admin", "assignments__pharmacy__id__exact=x", "is_superuser=1", "user_permissions__id=1",
]  # fmt: skip


@pytest.mark.both_engines
@EVERY
def test_junk_in_the_address_is_no_error(model_admin, rows, marta, subtests):
    """Each a case of its own, on the same rows, for looking at them changes nothing."""
    browser, address = signed_in(marta), url(model_admin, "changelist")
    for query in JUNK:
        with subtests.test(query=query):
            page = browser.get(f"{address}?{query}")
            assert page.status_code in (200, 302)
            if page.status_code == 302:
                assert page.headers["Location"].partition("?")[0] == address


@EVERY
def test_a_list_that_fails_by_itself_says_so(model_admin, marta, monkeypatch):
    """Redirected to itself it would turn for ever."""

    def broken(self, request):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(type(model_admin), "get_queryset", broken)
    with pytest.raises(ValueError, match="ours"):
        signed_in(marta).get(url(model_admin, "changelist"))


@pytest.mark.both_engines
@EVERY
def test_junk_in_the_path_is_nothing(model_admin, rows, marta):
    for junk in ("0", "-1", "x", "9" * 40, "_00", "1_2F2", "__", "1%00", "%F0%9F%92%B0"):
        for page in ("change", "history", "delete", *(action.slug for action in model_admin.object_actions)):
            address = url(model_admin, page, "JUNK").replace("JUNK", junk)
            assert signed_in(marta).get(address).status_code in (403, 404), address


# --- Who may do what --------------------------------------------------------------------------------------------------


def addresses(model_admin, pk):
    pages = [("changelist",), ("add",), ("change", pk), ("history", pk), ("delete", pk)]
    pages += [(action.slug, pk) for action in model_admin.object_actions]
    return [url(model_admin, *page) for page in pages]


@EVERY
def test_the_auditor_reads_and_changes_nothing(model_admin, rows, carla):
    client, before = signed_in(carla), everything()
    pk = rows[model_admin.opts.model_name]
    for page in ("changelist", ("change", pk)):
        assert client.get(url(model_admin, *([page] if isinstance(page, str) else page))).status_code == 200
    data = {"name": "Mine", "reason": "why not", "post": "yes", "action": "delete_selected", "_selected_action": pk}
    for address in addresses(model_admin, pk):
        assert client.post(address, data).status_code in (403, 404, 405), address
    assert everything() == before


@EVERY
def test_nobody_deletes_a_row(model_admin, rows, marta):
    root = User.objects.create_superuser("root@example.com", "x", first_name="Root", last_name="Root")
    pk = rows[model_admin.opts.model_name]
    for user in (marta, root):
        client = signed_in(user)
        assert client.post(url(model_admin, "delete", pk), {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        assert client.post(url(model_admin, "changelist"), data).status_code == 405
        assert "delete_selected" not in client.get(url(model_admin, "changelist")).text
    assert model_admin.model.objects.filter(pk=pk).exists()


@pytest.mark.parametrize("model_admin", WITH_HISTORY.values(), ids=WITH_HISTORY.keys())
def test_the_history_is_read_on_the_audit_page(model_admin, rows, marta, ana):
    pk = rows[model_admin.opts.model_name]
    page = signed_in(marta).get(url(model_admin, "history", pk), follow=True)
    assert page.redirect_chain == [(f"/audit/?kind={model_admin.opts.model_name}&number={pk}", 302)]
    assert page.status_code == 200
    for method in ("post", "put", "patch", "delete"):
        assert getattr(signed_in(marta), method)(url(model_admin, "history", pk)).status_code == 405
    with pytest.raises(NoReverseMatch):
        url(model_admin, "simple_history", pk, 1)
    assert signed_in(marta).post(f"{url(model_admin, 'history', pk)}1/", follow=True).status_code == 404
    assert signed_in(ana).get(url(model_admin, "history", pk)).status_code == 403


def test_superusers_are_not_there(marta):
    root = User.objects.create_superuser("root@example.com", "x", first_name="Root", last_name="Root")
    client, model_admin = signed_in(marta), ADMINS["user"]
    assert "root@example.com" not in client.get(url(model_admin, "changelist")).text
    for page in addresses(model_admin, root.pk)[2:]:
        assert client.get(page).status_code in (403, 404)
        assert client.post(page, {"reason": "otra vez", "email": "x@example.com"}).status_code in (403, 404, 405)
    root.refresh_from_db()
    assert root.email == "root@example.com"
    assert root.is_active


def test_what_the_person_may_not_see_is_not_there(central, luque, monkeypatch):
    """A role for one pharmacy does not exist yet; the base class holds all the same."""
    nora = PersonFactory(first_name="Nora", role="Cashier", pharmacies=[central])
    update(User.objects.filter(pk=nora.pk), is_staff=True)
    monkeypatch.setitem(roles.ROLES, "Cashier", roles.ROLES["Cashier"] | {"pharmacies.change_pharmacy"})
    client = signed_in(User.objects.get(pk=nora.pk))
    text = client.get("/admin/pharmacies/pharmacy/").text
    assert "Central" in text
    assert "Luque" not in text
    assert client.get(f"/admin/pharmacies/pharmacy/{central.pk}/change/").status_code == 200
    for page in addresses(ADMINS["pharmacy"], luque.pk)[2:4]:
        assert client.get(page).status_code == 404
        assert client.post(page, {"name": "Mine"}).status_code in (404, 405)
    luque.refresh_from_db()
    assert luque.name == "Luque"


# --- Acts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model_admin", "action"), ACTS, ids=[action.slug for _one, action in ACTS])
def test_an_act_asks_first(model_admin, action, rows, marta):
    client, before, pk = signed_in(marta), everything(), rows[model_admin.opts.model_name]
    page = client.get(url(model_admin, action.slug, pk))
    assert page.status_code == 200
    assert str(action.label) in page.text
    if action.form.base_fields:
        for reason in ("", "   ", "x" * 501):
            assert client.post(url(model_admin, action.slug, pk), {"reason": reason}).status_code == 422
    assert everything() == before


def test_djangos_own_log_stays_empty(marta):
    data = {"name": "Luque", "registers": "1", "cash_tolerance": "0", "alert_threshold": "20.000"}
    assert signed_in(marta).post("/admin/pharmacies/pharmacy/add/", data).status_code == 302
    assert not LogEntry.objects.exists()


@pytest.fixture(scope="module")
def asked(module_db):
    """Name of a model -> how many queries its list asks with one row, how many with thirty more, and its rows then."""
    with transaction.atomic():
        world = everybody()
        one_of_each(first_shift(world.central, world.ana), world.ana, world.central)
        office = signed_in(world.marta)
        few = {name: look(office, model_admin) for name, model_admin in ADMINS.items()}
        for number in range(30):
            add_one_of_each(number, world)
        many = {name: look(office, model_admin) for name, model_admin in ADMINS.items()}
        transaction.set_rollback(True)
    return {name: (few[name][0], *many[name]) for name in ADMINS}


def add_one_of_each(number, world):
    cashier = PersonFactory(first_name=f"Cashier{number}", role="Cashier", pharmacies=[world.central, world.luque])
    pharmacy = PharmacyFactory(name=f"Pharmacy {number}")
    pharmacy.assignments.create(user=cashier)
    shift = shift_actions.open_shift(pharmacy=pharmacy, register=1, cashier=cashier, initial_cash=number, by=cashier)
    mark_actions.flag_shift(shift.pk, reason="odd", by=world.marta)


def look(office, model_admin):
    """The queries of a list, when it is looked at again, and its rows."""
    address = url(model_admin, "changelist")
    office.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = office.get(address)
    return len(queries), len(re.findall(r"<tr>|<tr ", page.text))


@EVERY
def test_queries_do_not_grow_with_rows(model_admin, asked):
    few, many, rows = asked[model_admin.opts.model_name]
    assert rows > 30
    assert few == many <= 12
