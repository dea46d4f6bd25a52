"""The bar above every list and report: presets, search, chips, what is kept, the order, the fields of its button."""

import re
from datetime import date, timedelta

import pytest
from django.http import QueryDict

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.reports.catalogue import REPORTS
from sessions_app.tests.views.pages import HTMX, balanced
from testing.client import signed_in
from testing.factories import ShiftFactory

pytestmark = pytest.mark.usefixtures("english")

PAGES = ["sessions", "review", "transfers", "audit", "days", "people", *(f"reports/{name}" for name in REPORTS)]


@pytest.fixture
def shifts(ana, beto):
    """One that balances, one that is short by 15,000 with an expense, one that is open."""
    taxi = [NewMovement(Kind.EXPENSE, 15_000, "Taxi a Ñemby")]
    return {
        "balanced": balanced(beto, register=2),
        "short": ShiftFactory(closed=True, cashier=ana, movements=taxi, billed={"billed_cash": 730_000}),
        "open": ShiftFactory(cashier=ana, initial_cash=333_000),
    }


def listed(client, query):
    return list(client.get(f"/sessions/?{query}").context["page"])


def chips(page):
    """Text -> the query that it leads to, of the chips that can be taken off."""
    found = re.findall(r'class="chip" href="[^"?]*\?(.*?)" .*?>(.*?) <span', page.text)
    return {text: QueryDict(query.replace("&amp;", "&")).dict() for query, text in found}


# --- The search -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#{short}", {"short"}),
        ("{open}", {"open"}),
        ("beto", {"balanced"}),
        ("ána ben", {"short", "open"}),
        ("nemby", {"short"}),
        ("15.000", {"short"}),
        ("333.000", set()),  # what an open shift holds is told to nobody
        ("nothing like it", set()),
    ],
)
def test_one_search_finds_numbers_people_descriptions_and_amounts(text, found, shifts, boss):
    typed = text.format(**{name: shift.pk for name, shift in shifts.items()})
    answer = boss.get("/sessions/", {"text": typed})
    assert set(answer.context["page"]) == {shifts[name] for name in found}
    assert answer.context["totals"]["count"] == len(found)


def test_a_cashier_finds_only_what_is_theirs(shifts, till):
    assert listed(till, "text=beto") == []
    assert listed(till, "text=15.000") == [shifts["short"]]


@pytest.mark.parametrize("page", PAGES)
def test_every_list_and_report_has_the_search_and_takes_any_text(page, shifts, boss):
    assert 'type="search" name="text"' in boss.get(f"/{page}/").text
    for text in ("taxi", "#1", "15.000", "%", "'", "\u00f1\u0301"):
        assert boss.get(f"/{page}/", {"text": text}).status_code == 200


# --- What is asked for ------------------------------------------------------------------------------------------------


def test_each_filter_is_a_chip_that_takes_it_off_alone(shifts, boss, ana):
    page = boss.get(f"/sessions/?result=short&cashier={ana.pk}&text=taxi&flagged=false&page=2")
    kept = {"result": "short", "cashier": str(ana.pk), "text": "taxi", "flagged": "false", "remember": "1"}

    names = {
        "Result: Short": "result",
        "Cashier: Ana Benítez": "cashier",
        "Search: taxi": "text",
        "Flagged: No": "flagged",
    }
    assert chips(page) == {
        text: {name: value for name, value in kept.items() if name != left_out} for text, left_out in names.items()
    }
    assert 'href="/sessions/?remember=1"' in page.text


def test_of_several_values_one_is_taken_off(ana, beto, boss):
    page = boss.get(f"/transfers/?cashier={ana.pk}&cashier={beto.pk}")
    assert {text: query.get("cashier") for text, query in chips(page).items()} == {
        "Cashiers: Ana Benítez": str(beto.pk),
        f"Cashiers: {beto}": str(ana.pk),
    }


def test_the_pending_ones_are_a_chip_too(boss):
    assert chips(boss.get("/transfers/")) == {"In the bank: Pending": {"verified": "", "remember": "1"}}


def test_dates_are_said_by_their_preset_or_by_both_ends(boss):
    with periods.at(periods.midnight(date(2026, 11, 18))):
        week = boss.get("/sessions/?date_from=2026-11-16&date_to=2026-11-18")
        other = boss.get("/sessions/?date_from=2026-11-02&date_to=2026-11-03")
        one = boss.get("/sessions/?date_from=2026-11-02&date_to=2026-11-02")
        since = boss.get("/sessions/?date_from=2026-11-02")
    assert [*chips(week), *chips(other), *chips(one), *chips(since)] == [
        "This week",
        "02/11/2026 – 03/11/2026",
        "02/11/2026",
        "From 02/11/2026",
    ]


def test_a_bare_list_has_no_chips_and_nothing_to_clear(boss):
    page = boss.get("/sessions/").text
    assert 'class="chip' not in page


# --- The fields behind the button -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_fields_are_drawn_when_they_are_asked_for(page, shifts, boss):
    bare = boss.get(f"/{page}/").text
    part = boss.get(f"/{page}/?fields=1", headers=HTMX)
    whole = boss.get(f"/{page}/?fields=1")

    assert "<select" not in re.sub(r'(?s)<form[^>]*action="/i18n.*?</form>', "", bare)
    assert part.text.strip().startswith('<details id="bar-more"')
    assert ("<html" in part.text, "<html" in whole.text) == (False, True)
    assert [name in answer.text for answer in (part, whole) for name in ('name="pharmacy"', 'name="remember"')] == [
        "pharmacy" in part.context["form"].fields,
        False,
        "pharmacy" in whole.context["form"].fields,
        True,
    ]


def test_what_the_undrawn_fields_ask_for_stays_when_something_is_searched(ana, boss):
    page = boss.get(f"/sessions/?result=short&cashier={ana.pk}&sort=-sales").text
    for name, value in {"result": "short", "cashier": ana.pk, "sort": "-sales"}.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_fields_that_cannot_be_read_are_shown_with_the_reason(boss):
    page = boss.get("/sessions/?date_from=never&result=short")
    assert page.status_code == 422
    assert 'name="date_from"' in page.text
    assert "errorlist" in page.text


# --- What is kept -----------------------------------------------------------------------------------------------------


def test_what_is_chosen_in_the_bar_is_there_at_the_bare_address(shifts, boss):
    chosen = boss.get("/sessions/?remember=1&result=short&status=&text=taxi&page=3")
    assert (chosen.status_code, chosen.url) == (302, "/sessions/?result=short&text=taxi&page=3")

    again = boss.get("/sessions/")
    assert (again.status_code, again.url) == (302, "/sessions/?result=short")
    assert boss.get("/sessions/?status=open").context["page"].object_list == [shifts["open"]]
    assert boss.get("/sessions/").url == "/sessions/?result=short"


def test_a_link_from_elsewhere_keeps_nothing(shifts, boss):
    boss.get("/sessions/?result=short")
    assert boss.get("/sessions/").status_code == 200


def test_clear_forgets_it(boss):
    boss.get("/sessions/?remember=1&result=short")
    assert boss.get("/sessions/?remember=1").url == "/sessions/"
    assert boss.get("/sessions/").status_code == 200


def test_a_preset_moves_on_with_the_day(boss):
    with periods.at(periods.midnight(date(2026, 11, 18))):
        boss.get("/sessions/?remember=1&date_from=2026-11-17&date_to=2026-11-17")
    with periods.at(periods.midnight(date(2026, 11, 20))):
        assert boss.get("/sessions/").url == "/sessions/?date_from=2026-11-19&date_to=2026-11-19"


def test_it_is_of_one_page_and_one_person(boss, marta, ana):
    boss.get("/sessions/?remember=1&result=short")
    assert boss.get("/review/").status_code == 200

    own = signed_in(ana)
    own.cookies[f"filters-shifts-{marta.pk}"] = boss.cookies[f"filters-shifts-{marta.pk}"].value
    assert own.get("/sessions/").status_code == 200


@pytest.mark.parametrize("kept", ["result=lost", "range=never", "%ff=%00", "range=today&range=x", "=" * 50])
def test_whatever_a_cookie_holds_the_page_answers(kept, boss, marta):
    boss.cookies[f"filters-shifts-{marta.pk}"] = kept
    answer = boss.get("/sessions/", follow=True)
    assert answer.status_code in (200, 422)


def test_what_cannot_be_read_is_not_kept(boss):
    assert boss.get("/sessions/?remember=1&date_from=never").status_code == 422
    assert boss.get("/sessions/").status_code == 200


def test_the_cookie_is_for_the_server_and_this_page_alone(boss, marta, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = boss.get("/sessions/?remember=1&result=short").cookies[f"filters-shifts-{marta.pk}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == (
        "/sessions/",
        True,
        "Lax",
        True,
    )


def test_under_htmx_the_list_is_answered_under_the_plain_address(shifts, boss):
    answer = boss.get("/sessions/?remember=1&result=short&status=", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Push-Url"]) == (200, "/sessions/?result=short")
    assert boss.get("/sessions/").url == "/sessions/?result=short"


@pytest.mark.parametrize("name", REPORTS)
def test_reports_keep_it_too(name, boss):
    boss.get(f"/reports/{name}/?remember=1&date_from=2026-10-01&date_to=2026-10-31")
    assert "date_from=2026-10-01" in boss.get(f"/reports/{name}/").url


# --- The order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("difference", ["short", "balanced", "open"]),
        ("-difference", ["balanced", "short", "open"]),
        ("date", ["balanced", "short", "open"]),
        ("-date", ["open", "short", "balanced"]),
    ],
)
def test_the_shifts_are_put_in_order_and_what_is_not_known_stands_last(sort, order, shifts, boss):
    assert listed(boss, f"sort={sort}") == [shifts[name] for name in order]


def test_pages_of_equal_rows_show_each_of_them_once(ana, boss):
    made = {ShiftFactory(closed=True, cashier=ana).pk for _ in range(30)}
    seen = [shift.pk for page in (1, 2) for shift in listed(boss, f"sort=-sales&page={page}")]
    assert (len(seen), set(seen)) == (30, made)


def test_a_heading_says_the_order_and_turns_it_round(boss, shifts):
    page = boss.get("/sessions/?sort=-difference&result=short").text
    assert re.findall(r'aria-sort="(\w+)"', page) == ["descending"]
    assert 'href="/sessions/?result=short&amp;sort=difference&amp;remember=1"' in page
    assert re.findall(r'aria-sort="(\w+)"', boss.get("/sessions/?sort=difference").text) == ["ascending"]
    assert "aria-sort" not in boss.get("/sessions/").text


def test_an_order_that_there_is_not_is_refused(boss):
    assert boss.get("/sessions/?sort=cashier__password").status_code == 422


def test_transfers_days_and_reports_have_an_order(shifts, ana, boss):
    for amount in (5_000, 90_000, 40_000):
        movement_actions.add_movement(shifts["open"].pk, new=NewMovement(Kind.TRANSFER, amount, "Gómez"), by=ana)
    transfers = boss.get("/transfers/?sort=-amount").context["page"]
    days = boss.get("/days/?sort=-received").context["page"]
    table = boss.get("/reports/expenses/?sort=-amount").context["table"]

    assert [transfer.amount for transfer in transfers] == [90_000, 40_000, 5_000]
    known = [day.received for day in days if day.received is not None]
    assert known == sorted(known, reverse=True)
    assert [row["amount"] for row in table.rows] == sorted((row["amount"] for row in table.rows), reverse=True)


# --- The rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sessions/", "/days/", "/audit/", "/reports/flagged/"])
def test_a_row_leads_on_as_a_whole_by_one_real_link(path, shifts, boss, marta):
    mark_actions.flag_shift(shifts["short"].pk, reason="look", by=marta)
    rows = re.findall(r"(?s)<tr.*?</tr>", boss.get(path).text.split("<tbody>")[1].split("</tbody>")[0])
    assert rows
    assert [row.count("whole-link") for row in rows] == [1] * len(rows)


# --- What stays drawn -------------------------------------------------------------------------------------------------


def test_a_bar_that_was_drawn_before_says_what_is_so_now(shifts, central, boss, ana, marta, time_machine):
    query = f"/sessions/?pharmacy={central.pk}&date_from={periods.today()}&date_to={periods.today()}"
    assert set(chips(boss.get(query))) == {"Today", "Pharmacy: Central"}
    central.name = "Central 2"
    central.save()
    assert set(chips(boss.get(query))) == {"Today", "Pharmacy: Central 2"}
    assert (boss.get(query).text.count("export.csv"), signed_in(ana).get(query).text.count("export.csv")) == (3, 0)
    time_machine.move_to(periods.now() + timedelta(days=1))
    assert set(chips(signed_in(marta).get(query))) == {"Yesterday", "Pharmacy: Central 2"}


@pytest.mark.slow
def test_the_heading_of_a_column_leads_to_its_order_and_tells_the_one_that_is(shifts, boss):
    page = boss.get("/sessions/?result=short&sort=-sales").text
    [heading] = re.findall(r'(?s)<th scope="col" class="number" aria-sort.*?</th>', page)
    address = "/sessions/?result=short&amp;sort=sales&amp;remember=1"
    assert heading == (
        '<th scope="col" class="number" aria-sort="descending">\n'
        f'<a class="sortable" href="{address}" hx-get="{address}">Sales<span aria-hidden="true"> ▼</span></a>\n'
        "</th>"
    )
