"""The pages and files of a shift that nobody counted: what is unknown is a dash, and the count stays blind."""

import csv
from datetime import datetime, time, timedelta

import pytest

from accounts import actions as people
from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import running_totals
from sessions_app.mail import alerts
from sessions_app.models import CashSession, Mail
from sessions_app.queries import day_figures
from sessions_app.tests.views.pages import told_in
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
WHY = "Se fue sin contar"
# Billed in cash, expected in the drawer, billed by card, the cards' difference.
SECRETS = {"billed": "701.009", "expected": "1.201.009", "cards": "815.013", "off": "735.013"}


@pytest.fixture(autouse=True)
def _english(ana, marta):
    for person in (ana, marta):
        person.language = "en"
        person.save()


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana, movements=[NewMovement(Kind.CARD, 80_000)])


@pytest.fixture
def uncounted(opened, marta):
    """Closed without a count, and its ticket known."""
    shift_actions.close_uncounted_shift(opened.pk, reason=WHY, by=marta)
    billed = {"billed_cash": 701_009, "billed_card": 815_013}
    return shift_actions.correct_shift(opened.pk, version=2, reason="ticket", by=marta, **billed)


def told(answers):
    found = told_in(answers, SECRETS.values())
    return {name for name, secret in SECRETS.items() if secret in found}


# --- The act ----------------------------------------------------------------------------------------------------------


def test_its_form_stands_on_the_page_of_who_may(opened, ana, marta):
    address = f'action="/sessions/{opened.pk}/close-uncounted/"'
    pages = {
        who: signed_in(person).get(f"/sessions/{opened.pk}/").text for who, person in (("ana", ana), ("marta", marta))
    }
    assert {who: address in page for who, page in pages.items()} == {"ana": False, "marta": True}


def test_it_is_closed_by_its_form(opened, marta):
    office, address = signed_in(marta), f"/sessions/{opened.pk}/close-uncounted/"
    assert office.get(address).headers["Location"] == f"/sessions/{opened.pk}/"
    with nothing_written():
        refused = office.post(address, {"reason": " "})
    assert (refused.status_code, "This field is required." in refused.text) == (422, True)
    assert office.post(address, {"reason": WHY}).headers["Location"] == f"/sessions/{opened.pk}/"
    late = office.post(address, {"reason": WHY})
    assert (late.status_code, "This shift was already closed" in late.text) == (409, True)


# --- What is unknown --------------------------------------------------------------------------------------------------


def test_its_page_and_slip_say_who_closed_it_why_and_who_counted(uncounted, ana, marta):
    office = signed_in(marta)
    for address in (f"/sessions/{uncounted.pk}/", f"/sessions/{uncounted.pk}/slip/"):
        page = office.get(address).text
        assert "Closed without a count by Marta Benítez: Se fue sin contar" in page
        assert "Not counted: the cash sales are not known." in page
        assert "counted later" not in page
    shift_actions.correct_shift(uncounted.pk, version=3, reason="counted", final_cash=1_150_000, by=ana)
    for address in (f"/sessions/{uncounted.pk}/", f"/sessions/{uncounted.pk}/slip/"):
        page = office.get(address).text
        assert "Closed without a count by Marta Benítez: Se fue sin contar" in page
        assert "counted later by Ana Benítez" in page
        assert "Not counted" not in page


def test_its_history_tells_the_close_and_the_count(uncounted, ana, marta):
    shift_actions.correct_shift(uncounted.pk, version=3, reason="counted", final_cash=1_150_000, by=ana)
    history = signed_in(marta).get(f"/sessions/{uncounted.pk}/").context["history"]
    assert [(entry.what, entry.why) for entry in history[:3]] == [
        ("Counted", "counted"),
        ("Corrected", "ticket"),
        ("Closed without a count", WHY),
    ]


def test_the_list_shows_a_dash_and_finds_it(uncounted, ana, beto, marta):
    counted = ShiftFactory(cashier=beto, register=2, closed=True)
    office = signed_in(marta)
    found = {value: office.get("/sessions/", {"uncounted": value}) for value in ("1", "0", "")}
    assert {value: [shift.pk for shift in page.context["page"]] for value, page in found.items()} == {
        "1": [uncounted.pk],
        "0": [counted.pk],
        "": [counted.pk, uncounted.pk],
    }
    by_method = office.get("/sessions/", {"uncounted": "1", "by_method": "1"}).context["totals"]
    assert [by_method[name] for name in ("count", "sales", "cash", "card")] == [1, 0, 0, 80_000]
    assert found["1"].text.count('<td class="number detail" data-label="Counted">—</td>') == 1
    assert '<span class="flag flag--calm">not counted</span>' in found["1"].text


def test_the_totals_say_how_many_they_leave_out(uncounted, ana, beto, marta):
    """Of all dates, which the running totals tell, and of some, which the shifts do; until it is counted."""
    ShiftFactory(cashier=beto, register=2, closed=True)
    for query in ("", "?date_from=2020-01-01"):
        page = signed_in(marta).get(f"/sessions/{query}")
        assert (page.context["totals"]["uncounted"], "1 not counted" in page.text) == (1, True)
        assert page.context["totals"]["sales"] == 700_000
    shift_actions.correct_shift(uncounted.pk, version=uncounted.version, reason="contado", final_cash=900_000, by=ana)
    for query in ("", "?date_from=2020-01-01"):
        page = signed_in(marta).get(f"/sessions/{query}")
        assert (page.context["totals"]["uncounted"], "1 not counted" in page.text) == (0, False)
    assert list(running_totals.drift()) == []


def test_the_morning_mail_says_how_many_yesterdays_totals_leave_out(uncounted, marta):
    people.choose_mails(by=marta, mails_digest=True)
    morning = datetime.combine(uncounted.business_date + timedelta(days=1), time(7), periods.ASUNCION)
    with periods.at(morning):
        alerts.queue_digests()
    mail = Mail.objects.get(occasion__startswith="digest")
    assert "  Not counted: 1\n" in mail.text


def test_its_file_says_that_it_was_not_counted(uncounted, beto, marta):
    ShiftFactory(cashier=beto, register=2, closed=True)
    answer = signed_in(marta).get("/sessions/export.csv")
    rows = list(csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines(), delimiter=";"))
    names = ("Not counted", "Counted cash", "Cash sales", "Expected cash")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("No", "1200000", "700000", ""),
        ("Yes", "", "", "1201009"),
    ]


def test_a_day_with_it_knows_no_sales(uncounted, ana, beto, central, marta):
    ShiftFactory(cashier=beto, register=2, closed=True, billed={"billed_cash": 700_000})
    day = day_figures.of_day(marta, central, uncounted.business_date)
    assert (day.shifts, day.uncounted, day.sales, day.row.final_cash, day.row.card_total) == (2, 1, None, None, 80_000)
    assert "1 shift was not counted." in signed_in(marta).get(f"/days/{central.pk}/{uncounted.business_date}/").text


@pytest.mark.parametrize("with_another", [False, True])
def test_reports_leave_it_out_of_sales_and_say_so(with_another, uncounted, beto, marta):
    if with_another:
        ShiftFactory(cashier=beto, register=2, closed=True)
    office, sales = signed_in(marta), 700_000 if with_another else None
    tables = {
        name: office.get(f"/reports/{name}/", {"by": "day"}).context["table"]
        for name in ("sales", "methods", "pharmacies")
    }
    [day] = [row for row in tables["sales"].rows if row["shifts"]]
    cash, card, *_ = tables["methods"].rows
    pharmacy = tables["pharmacies"].rows[0]

    assert (day["sales"], day["change"]) == (sales, None)
    assert [(row["received"], row["part"]) for row in (cash, card)] == [(sales, None), (80_000, None)]
    assert (pharmacy["sales"], pharmacy["uncounted"], pharmacy["part"]) == (sales, 1, None)


# --- The count stays blind --------------------------------------------------------------------------------------------


def test_until_it_is_counted_nothing_tells_its_cashier_what_is_expected(uncounted, ana):
    till, page = signed_in(ana), f"/sessions/{uncounted.pk}/"
    stale = {"version": "1", "final_cash": "1.000.000", "billed_cash": "5", "reason": "otra vez"}
    answers = [
        *(till.get(address) for address in ("/", page, f"{page}slip/", f"{page}correct/", f"{page}close/")),
        till.get(page, headers={"HX-Request": "true"}),
        till.post(f"{page}correct/", stale),
        till.post(f"{page}close/", stale | {"version": "3"}),
        till.post(f"{page}movements/", {"kind": "card", "amount": "x", "reason": "otra vez"}),
        till.get("/sessions/export.csv"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 302, 200, 409, 409, 422, 403]
    assert told(answers) == set()
    assert ["ticket" in entry.why for entry in answers[1].context["history"]] == [False] * 2

    counted = till.post(f"{page}correct/", stale | {"version": "3"}, follow=True)
    assert told([counted]) == {"billed", "expected", "cards", "off"}
    assert CashSession.objects.values_list("final_cash", "billed_cash").get() == (1_000_000, 701_009)


def test_administrators_see_what_is_expected(uncounted, marta):
    answers = [signed_in(marta).get(f"/sessions/{uncounted.pk}/{name}") for name in ("", "slip/")]
    assert [told([answer]) for answer in answers] == [{"billed", "expected", "cards", "off"}] * 2
    assert told([signed_in(marta).get("/sessions/export.csv")]) == {"billed", "expected", "cards", "off"}


def test_an_administrator_who_was_its_cashier_counts_blind_too(marta, central, beto):
    shift = ShiftFactory(cashier=marta, pharmacy=central)
    shift_actions.close_uncounted_shift(shift.pk, reason=WHY, by=marta)
    shift_actions.correct_shift(shift.pk, version=2, reason="otra vez", billed_cash=701_009, by=marta)
    answers = [signed_in(marta).get(f"/sessions/{shift.pk}/{name}") for name in ("", "slip/", "correct/")]
    assert told([*answers, signed_in(marta).get("/sessions/export.csv")]) == set()


def test_a_mail_to_its_cashier_tells_no_figures(uncounted, ana, marta):
    ana.mails_own_flags = marta.mails_alerts = True
    ana.save()
    marta.save()
    mark_actions.flag_shift(uncounted.pk, reason="look", by=marta)
    texts = {mail.person: mail.text + mail.html for mail in Mail.objects.all()}
    assert {person: SECRETS["expected"] in text for person, text in texts.items()} == {ana: False, marta: True}


def test_a_blank_count_is_allowed_and_a_figure_that_was_unknown_is_typed(opened, ana, marta):
    shift_actions.close_uncounted_shift(opened.pk, reason=WHY, by=marta)
    till, address = signed_in(ana), f"/sessions/{opened.pk}/correct/"
    assert till.get(address).context["form"]["final_cash"].value() is None
    typed = {"version": "2", "final_cash": "", "billed_cash": "701.009", "reason": "ticket"}
    assert till.post(address, typed).status_code == 302
    assert CashSession.objects.values_list("final_cash", "billed_cash").get() == (None, 701_009)
    again = till.get(address)
    assert "billed_cash" not in again.context["form"].fields
    assert told([again]) == set()
