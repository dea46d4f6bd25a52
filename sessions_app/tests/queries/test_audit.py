"""The audit says who changed what, when and why: the rows, the words, the filters, the pages, the file."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.utils import translation
from openpyxl import load_workbook

from accounts import actions as people
from accounts.models import User
from cashpilot import periods
from cashpilot.db.history import Tracked
from pharmacies import actions as pharmacies
from sessions_app.actions import days as day_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.audit import pages, rows, wording
from sessions_app.queries.audit.pages import history_of, read_page, sheet
from sessions_app.queries.audit.rows import AuditQuery, Cursor
from testing.client import signed_in
from testing.database import update

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture
def shift(central, ana):
    return shift_actions.open_shift(pharmacy=central, register=1, cashier=ana, initial_cash=500_000, by=ana)


@pytest.fixture
def closed(shift, ana):
    return shift_actions.close_shift(shift.pk, final_cash=485_000, billed={"billed_cash": 0}, by=ana)


def told(**asked):
    """Old and new values, newest first."""
    return [
        (entry.what, [(c.label, c.old, c.new) for c in entry.changes])
        for entry in read_page(AuditQuery(**asked)).entries
    ]


def get(user, query="", page="/audit/"):
    return signed_in(user).get(f"{page}?{query}", headers={"accept-language": "en"})


@pytest.fixture(autouse=True)
def _english(ana, otto, marta, carla):
    update([ana, otto, marta, carla], language="en")
    with translation.override("en"):
        yield


# --- What is told -----------------------------------------------------------------------------------------------------


def test_a_shift_from_opening_to_restoring(closed, ana, marta):
    shift_actions.correct_shift(closed.pk, version=2, reason="recount", final_cash=490_000, by=marta)
    mark_actions.flag_shift(closed.pk, reason="odd", by=marta)
    mark_actions.delete_shift(closed.pk, reason="twice", by=marta)
    mark_actions.restore_shift(closed.pk, reason="it was right", by=marta)
    entries = read_page(AuditQuery(kind="cashsession")).entries
    assert [(entry.what, entry.who, entry.why) for entry in entries] == [
        ("Restored", "Marta Benítez", "it was right"),
        ("Deleted", "Marta Benítez", "twice"),
        ("Flagged", "Marta Benítez", "odd"),
        ("Corrected", "Marta Benítez", "recount"),
        ("Closed", "Ana Benítez", ""),
        ("Opened with 500.000", "Ana Benítez", ""),
    ]
    assert [(c.label, c.old, c.new) for c in entries[3].changes] == [("counted cash", "485.000", "490.000")]
    assert {(entry.subject, entry.pharmacy) for entry in entries} == {(f"#{closed.pk}", "Central")}


def test_a_movement_belongs_to_its_shift(shift, ana):
    note = NewMovement(Kind.EXPENSE, 15_000, "Delivery")
    movement = movement_actions.add_movement(shift.pk, new=note, by=ana)
    movement_actions.void_movement(shift.pk, movement.pk, reason="typed twice", by=ana)
    words = [("Voided: Expense 15.000 «Delivery»", []), ("Expense 15.000 «Delivery»", [])]
    assert told(kind="movement") == words
    assert told(kind="movement", number=movement.pk) == words
    assert told(kind="cashsession", number=shift.pk) == [*words, ("Opened with 500.000", [])]
    assert [entry.subject for entry in read_page(AuditQuery(kind="movement")).entries] == [f"#{shift.pk}"] * 2


def test_a_person_without_the_password(ana, marta):
    ana._history_user = marta
    ana.email, ana.is_active = "anita@example.com", False
    ana.save()
    ana.must_change_password = True
    ana.set_password("another password")
    ana.save()
    changes = told(kind="user", number=ana.pk)
    assert changes[:2] == [
        ("Password reset", []),
        ("Disabled", [("e-mail", "ana@example.com", "anita@example.com")]),
    ]
    assert "password" not in str(
        rows.read(AuditQuery(kind="user", number=ana.pk), 10)[0]["data"].keys() - {"must_change_password"}
    )


def test_a_role(ana):
    ana.groups.set([Group.objects.get(name="Auditor")])
    changes = [change for _what, changes in told(kind="user", number=ana.pk) for change in changes]
    assert changes[:2] == [("role", None, "Auditor"), ("role", "Cashier", None)]


def test_a_day_is_named_as_people_write_it(central, marta):
    day_actions.write_day(central, date(2026, 11, 9), by=marta, version=0, billed_cash=5)
    (entry,) = read_page(AuditQuery(kind="day")).entries
    assert (entry.label, entry.subject, entry.pharmacy) == ("day", "09/11/2026", "Central")


def test_an_assignment_names_both(ana, central):
    ana.assignments.get().delete()
    entries = read_page(AuditQuery(kind="assignment", pharmacy=central.pk)).entries
    assert [(entry.what, entry.subject, entry.pharmacy) for entry in entries] == [
        ("Unassigned", "Ana Benítez", "Central"),
        ("Assigned", "Ana Benítez", "Central"),
    ]
    assert [entry.what for entry in read_page(AuditQuery(kind="user", number=ana.pk)).entries].count("Assigned") == 1


def test_a_pharmacy(central, marta):
    pharmacies.edit_pharmacy(central.pk, cash_tolerance=1_000, by=marta)
    pharmacies.deactivate_pharmacy(central.pk, reason="moved", by=marta)
    pharmacies.reactivate_pharmacy(central.pk, reason="back", by=marta)
    assert told(kind="pharmacy", number=central.pk) == [
        ("Reactivated", []),
        ("Deactivated", []),
        ("Changed", [("tolerance", "0", "1.000")]),
        ("Assigned", []),
        ("Added", []),
    ]


def test_superusers_are_not_shown(marta):
    User.objects.create_superuser("root@example.com", "x", first_name="Root", last_name="Root")
    assert "Root" not in {entry.subject.split()[0] for entry in read_page(AuditQuery(kind="user")).entries}


def test_every_table_with_a_history_is_read():
    with_history = {model for model in apps.get_models() if issubclass(model, Tracked)}
    assert {source.model for source in rows.SOURCES} == with_history == wording.TOLD_OTHERWISE.keys()


@pytest.mark.parametrize("model", wording.TOLD_OTHERWISE, ids=lambda model: model._meta.model_name)
def test_every_column_of_a_history_is_shown_or_listed_for_its_model(model):
    """Each column alone goes from empty to something."""
    columns = {column.name: column for column in rows.tracked(model)}
    empty: dict[str, object] = {column.column: None for column in columns.values()}
    shown = {
        name
        for name, column in columns.items()
        if wording._changes(model, empty, {**empty, column.column: {"1000": 1} if name == "count_sheet" else 1})
    }
    assert shown == columns.keys() - wording.TOLD_OTHERWISE[model]
    assert wording.TOLD_OTHERWISE[model] <= columns.keys()


# --- Filters ----------------------------------------------------------------------------------------------------------


def test_filters(closed, central, luque, ana, otto, marta):
    mark_actions.flag_shift(closed.pk, reason="odd", by=marta)
    elsewhere = shift_actions.open_shift(pharmacy=luque, register=1, cashier=otto, initial_cash=1, by=otto)
    everything = told()
    assert ("Flagged", []) in told(who=marta.pk)
    assert told(change="explained") == [("Flagged", [])]
    assert told(who=otto.pk) == [("Opened with 1", [])] == told(kind="cashsession", number=elsewhere.pk)
    there = read_page(AuditQuery(pharmacy=luque.pk)).entries
    assert {entry.pharmacy or entry.subject for entry in there} == {"Luque"}
    assert [entry.what for entry in there] == ["Opened with 1", "Assigned", "Added"]
    assert told(kind="cashsession", change="created") == [("Opened with 1", []), ("Opened with 500.000", [])]
    today = periods.today()
    assert told(date_from=today, date_to=today) == everything
    assert told(date_to=today - timedelta(days=1)) == told(date_from=today + timedelta(days=1)) == []


def test_a_day_is_a_day_in_asuncion(central, ana):
    with periods.at(datetime(2026, 7, 2, 2, 59, tzinfo=UTC)):  # 23:59 on the first of July
        shift_actions.open_shift(pharmacy=central, register=1, cashier=ana, initial_cash=1, by=ana)
    first, second = date(2026, 7, 1), date(2026, 7, 2)
    assert len(told(kind="cashsession", date_from=first, date_to=first)) == 1
    assert told(kind="cashsession", date_from=second, date_to=second) == []


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_gap_or_twin(central, luque, ana, otto, marta):
    """Many rows of the same instant, in several tables."""
    with periods.at(NOON):
        for pharmacy, cashier in ((central, ana), (luque, otto)):
            shift = shift_actions.open_shift(pharmacy=pharmacy, register=1, cashier=cashier, initial_cash=1, by=cashier)
            for amount in range(1, 6):
                movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, amount), by=cashier)
            pharmacies.edit_pharmacy(pharmacy.pk, phone="1", by=marta)
    whole = read_page(AuditQuery(), length=1_000).entries
    for length in (1, 2, 3, 7):
        found, cursor = [], None
        while True:
            page = read_page(AuditQuery(before=cursor), length=length)
            found += page.entries
            cursor = page.older and Cursor.read(str(page.older))
            if cursor is None:
                break
        assert found == whole
    assert len(whole) == 2 * (1 + 5 + 1) + len(told(kind="user")) + 2 + 2


def test_queries_do_not_grow_with_rows(shift, ana, marta, django_assert_num_queries):
    client = signed_in(marta)
    client.get("/accounts/password/")  # which writes when the session ends
    for amount in range(1, 31):
        movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, amount), by=ana)
        if amount in (1, 30):
            with django_assert_num_queries(QUERIES):
                assert client.get("/audit/?kind=movement").status_code == 200
            with django_assert_num_queries(QUERIES + 1):  # the roles
                assert client.get("/audit/?kind=user").status_code == 200
            with django_assert_num_queries(1):
                assert len(history_of(shift)) == amount + 1


# The session, the person with the role, the rows.
QUERIES = 3


# --- The page and the file --------------------------------------------------------------------------------------------


def test_the_page_shows_old_and_new(closed, marta, carla):
    shift_actions.correct_shift(closed.pk, version=2, reason="recount", final_cash=490_000, by=marta)
    text = get(carla).text
    assert "Counted cash: 485.000 → 490.000" in text
    assert "recount" in text
    assert f'href="/sessions/{closed.pk}/"' in text


def test_cashiers_have_no_part_in_it(ana):
    assert get(ana).status_code == get(ana, page="/audit/export.csv").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "date_from=never",
        "date_from=0001-01-01",
        "date_to=9999-12-31",
        "who=999999",
        "who=x",
        "kind=secret",
        "number=5",
        "kind=user&number=-1",
        "kind=user&number=99999999999999999999",
        "change=%00",
        "pharmacy=9%27",
        "before=x",
        "before=9999-12-31T23:59:59Z_0_1",
        "before=0001-01-01T00:00:00%2B23:00_0_1",
        "before=2026-01-01T00:00:00Z_0_x",
        "before=" + "9" * 4_000,
    ],
)
def test_junk_is_refused_and_named(marta, query):
    page = get(marta, query)
    if page.status_code != 200:
        assert page.status_code == 422
        assert "errorlist" in page.text or "notice--error" in page.text
    assert get(marta, query, "/audit/export.csv").status_code == page.status_code


def test_the_file_has_a_line_per_changed_column(closed, marta):
    shift_actions.correct_shift(
        closed.pk, version=2, reason="=cmd|' /C calc'!A0", final_cash=490_000, notes="x", by=marta
    )
    response = get(marta, "kind=cashsession&change=changed", "/audit/export.csv")
    text = response.getvalue().decode()
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert text.startswith("\ufeffTime;Who did it;")
    lines = list(csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [line[6:] for line in lines[1:3]] == [
        ["Corrected", "counted cash", "485.000", "490.000", "'=cmd|' /C calc'!A0"],
        ["Corrected", "notes", "", "x", "'=cmd|' /C calc'!A0"],
    ]
    assert lines[3][6:8] == ["Closed", "counted cash"]


def test_the_workbook_says_what_the_csv_says(closed, marta):
    text = get(marta, "kind=cashsession", "/audit/export.csv").getvalue().decode().removeprefix("\ufeff")
    told = [line[1:] for line in csv.reader(StringIO(text), delimiter=";")]
    book = load_workbook(BytesIO(get(marta, "kind=cashsession", "/audit/export.xlsx").getvalue()))
    assert [["" if value is None else value for value in row[1:]] for row in book.worksheets[0].values] == told


def test_the_file_goes_on_past_a_block(closed, marta, monkeypatch):
    whole = len(list(sheet(AuditQuery()).rows))
    monkeypatch.setattr(pages, "BLOCK", 2)
    assert len(list(sheet(AuditQuery()).rows)) == whole


def test_the_links_of_a_later_page_begin_with_the_newest_changes(closed, marta):
    older = read_page(AuditQuery(), length=1).older
    form = get(marta, f"kind=cashsession&before={older}").context["form"]
    assert form.asked().before is not None
    assert form.address() == "kind=cashsession"
    assert not [link for link in form.presets() if "before" in link["query"]]


def test_which_mails_somebody_chose_is_told(marta):
    people.choose_mails(by=marta, mails_digest=True)
    assert told(kind="user", number=marta.pk)[0] == ("Changed", [("mail each morning", "No", "Yes")])
