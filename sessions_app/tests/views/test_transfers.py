"""Transfers against the bank: which are listed, what they add up to, and the tick."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.both_engines

LATE = datetime(2026, 7, 2, 2, 59, tzinfo=UTC)  # 23:59 on the first of July
HTMX = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _english(marta, carla):
    for user in (marta, carla):
        user.language = "en"
        user.save()
    with translation.override("en"):
        yield


@pytest.fixture
def boss(marta):
    return signed_in(marta)


def transfer(shift, amount, description="SIPAP de Gómez", at=LATE):
    with periods.at(at):
        note = NewMovement(Kind.TRANSFER, amount, description)
        return movement_actions.add_movement(shift.pk, new=note, by=shift.cashier)


@pytest.fixture
def noted(ana, otto, marta):
    """Three transfers of Ana's, the last one seen, and one of Otto's; and what is none, or no more."""
    with periods.at(LATE - timedelta(hours=1)):
        here, there = ShiftFactory(cashier=ana), ShiftFactory(cashier=otto)
    first, second = transfer(here, 10_000), transfer(here, 20_000, "Giro de la Sra. MUÑOZ", LATE + timedelta(minutes=1))
    third, otherwhere = transfer(here, 40_000, at=LATE + timedelta(minutes=2)), transfer(there, 80_000)
    movement_actions.verify_transfer(here.pk, third.pk, by=marta)
    voided = transfer(here, 1)
    movement_actions.void_movement(here.pk, voided.pk, reason="twice", by=ana)
    movement_actions.add_movement(here.pk, new=NewMovement(Kind.CARD, 2), by=ana)
    return {"first": first, "second": second, "third": third, "otherwhere": otherwhere}


def listed(client, noted, query=""):
    response = client.get(f"/transfers/{query}")
    names = {movement.pk: name for name, movement in noted.items()}
    return [names[movement.pk] for movement in response.context["page"]], response.context["totals"]


ALL = "?verified="


def test_without_a_question_the_page_shows_what_is_pending_newest_first(noted, boss):
    rows, totals = listed(boss, noted)

    assert rows == ["second", "otherwhere", "first"]
    nothing = {"missing": 0, "missing_amount": 0}
    assert totals == {"pending": 3, "pending_amount": 110_000, "verified": 1, "verified_amount": 40_000, **nothing}


def test_the_next_page_goes_on_with_what_is_pending(noted, boss, monkeypatch):
    monkeypatch.setattr("sessions_app.views.transfers.PAGE_LENGTH", 2)
    [older] = re.findall(r'<a id="older"[^>]* href="([^"]*)"', boss.get("/transfers/").text)
    assert older == "?page=2"
    assert listed(boss, noted, older)[0] == ["first"]


@pytest.mark.parametrize("place", ["", "&pharmacy={luque}", "&cashier={ana}", "&imported=0", "&imported=1"])
def test_over_all_dates_the_totals_are_those_of_a_span_with_every_day(noted, boss, ana, beto, marta, luque, place):
    gone = ShiftFactory(closed=True, cashier=beto, register=2, movements=[NewMovement(Kind.TRANSFER, 5_000, "Sosa")])
    mark_actions.delete_shift(gone.pk, reason="twice", by=marta)
    query = f"{ALL}{place.format(luque=luque.pk, ana=ana.pk)}"
    assert listed(boss, noted, query) == listed(boss, noted, f"{query}&date_from=2020-01-01")


def test_without_dates_or_a_search_the_totals_read_no_movement(noted, boss):
    with CaptureQueriesContext(connection) as queries:
        boss.get("/transfers/")
    sums = [query["sql"] for query in queries if "SUM(" in query["sql"]]
    assert not any("sessions_app_movement" in sql for sql in sums)


def test_seen_ones_all_and_those_of_some_pharmacies_and_cashiers(noted, boss, central, luque, ana, otto):
    assert listed(boss, noted, "?verified=1")[0] == ["third"]
    assert listed(boss, noted, ALL)[0] == ["third", "second", "otherwhere", "first"]
    assert listed(boss, noted, f"{ALL}&pharmacy={luque.pk}")[0] == ["otherwhere"]
    assert listed(boss, noted, f"{ALL}&pharmacy={luque.pk}&pharmacy={central.pk}")[1]["pending"] == 3
    assert listed(boss, noted, f"{ALL}&cashier={ana.pk}")[0] == ["third", "second", "first"]
    assert listed(boss, noted, f"{ALL}&cashier={ana.pk}&pharmacy={luque.pk}")[0] == []


def test_a_day_is_a_day_in_asuncion(noted, boss):
    first, second = date(2026, 7, 1), date(2026, 7, 2)

    assert listed(boss, noted, f"{ALL}&date_from={first}&date_to={first}")[0] == ["otherwhere", "first"]
    assert listed(boss, noted, f"{ALL}&date_from={second}&date_to={second}")[0] == ["third", "second"]


@pytest.mark.parametrize("text", ["muñoz", "MUNOZ", "Muñoz", "sra. mun"])
def test_a_text_is_found_whatever_its_case_and_accents(text, noted, boss):
    assert listed(boss, noted, f"{ALL}&text={text}")[0] == ["second"]


def test_a_text_is_found_in_the_reference_too(noted, boss, ana):
    new = NewMovement(Kind.TRANSFER, 1_000, "Ríos", reference="BNF-00884411")
    found = movement_actions.add_movement(noted["first"].session_id, new=new, by=ana)
    assert listed(boss, {**noted, "found": found}, f"{ALL}&text=bnf-0088")[0] == ["found"]
    assert "Ríos (ref. BNF-00884411)" in boss.get("/transfers/").text


@pytest.mark.parametrize("text", ["%", "_", "\\", "nobody"])
def test_signs_of_the_database_stand_for_themselves(text, noted, boss):
    assert listed(boss, noted, f"{ALL}&text={text}")[0] == []


def test_a_deleted_shift_takes_its_transfers_with_it(noted, boss, marta):
    elsewhere = noted["otherwhere"].session
    shift_actions.close_shift(elsewhere.pk, final_cash=500_000, by=elsewhere.cashier)
    mark_actions.delete_shift(elsewhere.pk, reason="twice", by=marta)

    assert listed(boss, noted)[0] == ["second", "first"]


@pytest.mark.parametrize("query", ["verified=x", "pharmacy=0", "cashier=x", "date_from=never", "text=%00"])
def test_junk_is_refused_and_named(query, boss):
    response = boss.get(f"/transfers/?{query}")
    assert response.status_code == 422
    assert "errorlist" in response.text


def figures(answer):
    """Pending and seen, as the answer to a tick shows them."""
    return re.findall('<span class="figure">(.*?)</span>', answer.text)


def test_a_tick_says_who_and_when_and_moves_the_totals(noted, boss, marta):
    pk = noted["first"].pk
    with periods.at(LATE):
        answer = boss.post(f"/transfers/{pk}/?verified=0", headers=HTMX)

    verified = Movement.objects.get(pk=pk)
    assert (verified.verified_by, verified.verified_at) == (marta, LATE)
    assert answer.status_code == 200
    assert figures(answer) == ["₲\N{NO-BREAK SPACE}100.000", "₲\N{NO-BREAK SPACE}50.000"]
    assert answer.text.strip().startswith(f'<tr id="transfer-{pk}"')
    assert 'id="totals" class="totals" hx-swap-oob="true"' in answer.text
    assert "Marta Benítez" in answer.text


def test_a_tick_is_taken_off_again(noted, boss):
    answer = boss.post(f"/transfers/{noted['third'].pk}/", {"undo": "1"}, headers=HTMX)

    assert Movement.objects.get(pk=noted["third"].pk).verified_at is None
    assert figures(answer) == ["₲\N{NO-BREAK SPACE}150.000", "₲\N{NO-BREAK SPACE}0"]


def test_without_javascript_the_page_comes_back_at_the_row(noted, boss):
    pk = noted["first"].pk
    answer = boss.post(f"/transfers/{pk}/?verified=0&text=gomez")

    assert (answer.status_code, answer.url) == (302, f"/transfers/?verified=0&text=gomez#transfer-{pk}")
    assert Movement.objects.get(pk=pk).verified_at


@pytest.mark.parametrize("htmx", [{}, HTMX])
def test_what_was_voided_meanwhile_is_not_verified(htmx, noted, boss, marta):
    first = noted["first"]
    movement_actions.void_movement(first.session_id, first.pk, reason="twice", by=marta)
    with nothing_written():
        answer = boss.post(f"/transfers/{first.pk}/", headers=htmx)

    assert answer.status_code == 422
    assert "This movement was voided." in answer.text


def test_a_transfer_like_another_one_leads_to_its_shift_before_and_after_the_tick(boss, ana, otto):
    here, there = ShiftFactory(cashier=ana), ShiftFactory(cashier=otto)
    first = transfer(there, 10_000)
    second = transfer(here, 10_000, "sipap de GOMEZ", LATE + timedelta(days=3))
    alone = transfer(here, 20_000)
    shown = boss.get(f"/transfers/{ALL}").text
    ticked = boss.post(f"/transfers/{second.pk}/", headers=HTMX).text

    def row(pk, text):
        text = re.search(f'<tr id="transfer-{pk}">.*?</tr>', text, re.DOTALL)[0]
        return " ".join(re.search('<th scope="row" class="words">(.*?)</th>', text, re.DOTALL)[1].split())

    def like(shift, where):
        link = f'<a href="/sessions/{shift.pk}/">shift #{shift.pk}</a>'
        return f'<span class="help"> equal to the one of {link}, {where} </span>'

    assert row(first.pk, shown) == f"SIPAP de Gómez {like(here, 'Central, 4/7')}"
    assert row(second.pk, shown) == row(second.pk, ticked) == f"sipap de GOMEZ {like(there, 'Luque, 1/7')}"
    assert row(alone.pk, shown) == "SIPAP de Gómez"


def test_an_auditor_reads_only(noted, carla):
    shown = signed_in(carla).get("/transfers/").text
    assert "Pending" in shown
    assert 'method="post" action="/transfers/' not in shown


def test_the_page_takes_the_same_queries_for_one_transfer_and_for_sixty(ana, boss, django_assert_num_queries):
    # The session, the person; the bank's lists, totals, rows, those like them.
    boss.get("/accounts/password/")  # which writes when the session ends
    shift = ShiftFactory(cashier=ana)
    for number in range(1, 61):
        transfer(shift, number)
        if number in (1, 60):
            with django_assert_num_queries(6):
                shown = boss.get("/transfers/")
    assert (len(shown.context["page"]), shown.context["page"].paginator.num_pages) == (50, 2)
    with django_assert_num_queries(6):
        last = boss.get("/transfers/?page=2")
    assert [movement.amount for movement in last.context["page"]] == list(range(10, 0, -1))


# --- Ticked ones ------------------------------------------------------------------------------------------------------


def verified(*transfers):
    return [bool(Movement.objects.get(pk=transfer.pk).verified_at) for transfer in transfers]


def test_ticked_ones_are_verified_together(noted, boss):
    ticked = [noted["first"], noted["otherwhere"]]
    answer = boss.post("/transfers/together/?verified=0", {"transfer": [one.pk for one in ticked]})

    assert (answer.status_code, answer.url) == (302, "/transfers/?verified=0")
    assert verified(*ticked, noted["second"]) == [True, True, False]


@pytest.mark.parametrize("number", ["9" * 18, str(2**63), "9" * 30])
def test_a_number_that_no_transfer_has_is_refused(number, noted, boss):
    answer = boss.post("/transfers/together/", {"transfer": [noted["first"].pk, number]})

    assert (answer.status_code, verified(noted["first"])) == (422, [False])


def test_under_htmx_the_list_comes_back_without_them_and_its_first_row_takes_the_focus(noted, boss):
    answer = boss.post("/transfers/together/?verified=0", {"transfer": [noted["second"].pk]}, headers=HTMX)

    assert [row.pk for row in answer.context["page"]] == [noted["otherwhere"].pk, noted["first"].pk]
    assert answer.context["totals"]["pending_amount"] == 90_000
    [focused] = re.findall(r'<input id="pick-(\d+)"[^>]*data-focus>', answer.text)
    assert int(focused) == noted["otherwhere"].pk


def test_one_that_was_voided_meanwhile_holds_up_no_other(noted, boss, marta):
    first, second = noted["first"], noted["second"]
    movement_actions.void_movement(first.session_id, first.pk, reason="twice", by=marta)
    answer = boss.post("/transfers/together/", {"transfer": [first.pk, second.pk]})

    assert (answer.status_code, verified(first, second)) == (409, [False, True])
    assert "SIPAP de Gómez: This movement was voided." in answer.text


@pytest.mark.parametrize("sent", [[], ["x"], ["987654"]])
def test_without_a_tick_or_with_junk_nothing_is_verified(sent, noted, boss):
    with nothing_written():
        answer = boss.post("/transfers/together/", {"transfer": [*sent]})
    assert (answer.status_code, "errorlist" in answer.text) == (422, True)
