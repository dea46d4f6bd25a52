"""The file of a selection says what the list says, row by row and in sum."""

import csv
import re
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from cashpilot.tests.files.test_downloads import xlsx_cells
from sessions_app import exports
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.client import signed_in
from testing.database import update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.slow

SIGNED_IN = 2


@pytest.fixture
def boss(marta):
    marta.language = "en"
    marta.save()
    return signed_in(marta)


def lines(client, query=""):
    response = client.get(f"/sessions/export.csv?{query}")
    assert response.status_code == 200
    return list(csv.DictReader(StringIO(response.getvalue().decode().removeprefix("\ufeff")), delimiter=";"))


@pytest.fixture
def few(ana, beto, otto, marta):
    """Short, over, not compared, open and deleted; one with every figure."""
    full = {"billed_cash": 2_325_000, "billed_card": 1_925_000, "billed_transfer": 0, "billed_credit": 0}
    notes = [
        NewMovement(Kind.ENVELOPE, 1_500_000),
        NewMovement(Kind.EXPENSE, 80_000, "=HYPERLINK(1)"),
        NewMovement(Kind.COLLECTION, 120_000),
        NewMovement(Kind.CARD, 1_840_000),
    ]
    swapped = ShiftFactory(
        closed=True, cashier=ana, initial_cash=300_000, final_cash=1_250_000, movements=notes, billed=full, notes="=1+1"
    )
    short = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 715_000})
    mark_actions.flag_shift(short.pk, reason="@look", by=marta)
    over = ShiftFactory(closed=True, cashier=beto, billed={"billed_cash": 690_000})
    unverified, deleted = ShiftFactory(closed=True, cashier=otto), ShiftFactory(closed=True, cashier=otto)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    return [*(shift.pk for shift in (swapped, short, over, unverified)), ShiftFactory(cashier=otto).pk]


def test_each_shift_with_every_figure(few, boss):
    swapped = lines(boss)[-1]
    assert swapped["Shift"] == str(few[0])
    assert swapped["Pharmacy"] == "Central"
    assert swapped["Cashier"] == "Ana Benítez"
    assert swapped["Result"] == "Wrong method"
    assert swapped["Cash sales"] == "2410000"
    assert swapped["Expected cash"] == "1165000"
    assert (swapped["Cash difference"], swapped["Card difference"], swapped["Difference"]) == ("85000", "-85000", "0")
    assert swapped["Notes"] == "'=1+1"


def test_it_says_what_the_pharmacy_wanted_when_the_shift_closed(ana, otto, central, luque, boss):
    """Without these two nobody could compute the result again."""
    update([central], transfers_billed_as_cash=True, cash_tolerance=5_000)
    ShiftFactory(closed=True, cashier=ana), ShiftFactory(closed=True, cashier=otto)
    update([central], transfers_billed_as_cash=False, cash_tolerance=0)
    wanted = [(row["Pharmacy"], row["Transfers billed as cash"], row["Tolerance"]) for row in lines(boss)]
    assert wanted == [("Luque", "No", "0"), ("Central", "Yes", "5000")]


def test_it_says_what_of_the_transfers_nobody_has_seen_in_the_bank(ana, marta, boss):
    noted = [NewMovement(Kind.TRANSFER, 40_000, "Mirta"), NewMovement(Kind.TRANSFER, 25_000, "Nilda")]
    shift = ShiftFactory(closed=True, cashier=ana, movements=noted)
    movement_actions.verify_transfer(shift.pk, shift.movements.get(amount=40_000).pk, by=marta)
    (line,) = lines(boss)
    assert (line["Bank transfers"], line["Transfers not seen in the bank"]) == ("65000", "25000")


def test_what_is_not_known_is_empty_and_never_zero(few, boss):
    still_open, unverified = lines(boss)[:2]
    assert [still_open[name] for name in ("Counted cash", "Total sales", "Difference", "Closed")] == [""] * 4
    assert [unverified[name] for name in ("Total sales", "Expected cash", "Difference")] == ["700000", "", ""]


@pytest.mark.parametrize(
    "query", ["", "result=short", "status=closed", "status=deleted", "flagged=1", "date_from=2999-01-01", "page=2"]
)
def test_the_file_holds_the_rows_and_the_sums_of_the_page(query, few, boss):
    page, rows = boss.get(f"/sessions/?{query}"), lines(boss, query)
    totals = page.context["totals"]
    differences = [int(row["Difference"] or 0) for row in rows]

    assert [row["Shift"] for row in rows] == [str(shift.pk) for shift in page.context["page"].object_list]
    assert totals["count"] == len(rows)
    assert totals["sales"] == sum(int(row["Total sales"] or 0) for row in rows)
    assert totals["short"] == sum(gap for gap in differences if gap < 0)
    assert totals["over"] == sum(gap for gap in differences if gap > 0)


def test_both_files_say_the_same(few, boss):
    cells = xlsx_cells(boss.get("/sessions/export.xlsx"))
    written = lines(boss)
    assert [cells[f"A{row}"][1] for row in range(2, 7)] == [row["Shift"] for row in written]
    headings = [cells[place][1] for place in cells if place.rstrip("1").isalpha() and place.endswith("1")]
    assert headings[: len(exports.COLUMNS)] == list(written[0])


def test_the_links_keep_the_filters(few, boss):
    page = boss.get("/?result=short&page=1").text
    assert 'href="/sessions/export.xlsx?result=short"' in page
    assert 'href="/sessions/export.csv?result=short&amp;separator=comma"' in page


def test_cashiers_are_not_offered_a_file(ana):
    assert "export" not in signed_in(ana).get("/").text


@pytest.mark.parametrize("query", ["separator=x", "separator=%00", "pharmacy=x", "date_from=never", "result=%27"])
def test_junk_is_refused_with_the_reason(query, boss):
    response = boss.get(f"/sessions/export.csv?{query}")
    assert response.status_code == 422
    assert "The separator is one of" in response.text or "errorlist" in response.text


def test_more_than_a_sheet_holds_is_refused(few, boss, monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 4)
    assert boss.get("/sessions/export.xlsx").status_code == 422
    assert boss.get("/sessions/export.xlsx?status=closed").status_code == 200


def test_the_rows_are_one_query_that_is_asked_while_the_file_is_sent(few, boss):
    boss.get("/accounts/password/")  # which writes when the session ends
    with CaptureQueriesContext(connection) as queries:
        response = boss.get("/sessions/export.csv")
        # Who asks; whether it is too much.
        assert len(queries) == SIGNED_IN + 1
        list(response)
    assert len(queries) == SIGNED_IN + 2


@pytest.mark.parametrize(
    ("query", "dates"),
    [
        ("date_from=2026-11-01&date_to=2026-11-20", "2026-11-01-2026-11-20"),
        ("date_from=2026-11-20&date_to=2026-11-20", "2026-11-20"),
        ("date_from=2026-11-01", "from-2026-11-01"),
        ("date_to=2026-11-20", "until-2026-11-20"),
        ("", "all-dates"),
    ],
)
def test_the_name_has_the_dates_in_the_readers_language(query, dates, boss):
    for extension in ("csv", "xlsx"):
        name = boss.get(f"/sessions/export.{extension}?{query}").headers["Content-Disposition"]
        assert f'filename="cashpilot-shifts-{dates}.{extension}"' in name


def test_a_workbook_says_the_filters_and_sums_what_can_be_added(few, boss):
    book = load_workbook(BytesIO(boss.get("/sessions/export.xlsx?result=short&text=ana").getvalue()))
    shifts, filters = book["Shifts"], [cell.value for cell in book["Filters"]["A"]]
    headings = [cell.value for cell in shifts[1]]
    summed = {heading for heading, cell in zip(headings, shifts[shifts.max_row], strict=True) if cell.value is not None}

    assert filters[:-1] == ["Shifts", "All dates", "All pharmacies", "Search: ana", "Result: Short"]
    assert re.fullmatch(r"Made on \d\d/\d\d/\d{4} \d\d:\d\d by Marta Benítez", filters[-1])
    assert {"Envelopes", "Total sales"} <= summed
    assert not {"Opening cash", "Counted cash"} & summed


def test_the_question_is_one_and_warns_of_what_excel_does_to_a_csv(few, boss):
    page = boss.get("/sessions/?result=short").text
    panel = page.split('class="download ask"')[1].split("</details>")[0]
    addresses = re.findall(r'href="(.*?)"', panel)

    assert [address.replace("&amp;", "&") for address in addresses] == [
        "/sessions/export.xlsx?result=short",
        "/sessions/export.csv?result=short",
        "/sessions/export.csv?result=short&separator=comma",
        "/sessions/export.csv?result=short&separator=tab",
    ]
    assert "loses the zeros in front" in panel


def test_a_file_is_in_the_order_of_the_page(few, boss):
    assert [line["Shift"] for line in lines(boss, "sort=date")] == [str(pk) for pk in sorted(few)]


def table(client, address):
    """Return the headings, the rows and the sums of a workbook's first sheet, and what the second says was asked."""
    book = load_workbook(BytesIO(client.get(address).getvalue()))
    rows = list(book.worksheets[0].values)
    return rows[0], rows[1:-1], rows[-1], [cell.value for cell in book["Filters"]["A"]]


@pytest.fixture
def noted(ana):
    transfers = [
        NewMovement(Kind.TRANSFER, 40_000, "=Gómez", reference="0012"),
        NewMovement(Kind.TRANSFER, 7_000, "Ruiz"),
    ]
    return ShiftFactory(closed=True, cashier=ana, movements=transfers, billed={"billed_cash": 700_000})


def test_transfers_are_a_file_of_what_is_listed(noted, marta, boss):
    seen = noted.movements.get(amount=7_000)
    movement_actions.verify_transfer(noted.pk, seen.pk, verified=True, by=marta)
    _, pending, sums, asked = table(boss, "/transfers/export.xlsx")
    headings, both, _, _ = table(boss, "/transfers/export.xlsx?verified=&sort=amount")

    assert [row[1:7] for row in pending] == [("=Gómez", "0012", f"#{noted.pk}", "Central", "Ana Benítez", 40_000)]
    assert "A2" not in str(sums[5])
    assert "In the bank: Pending" in asked
    assert [dict(zip(headings, row, strict=True))["Verified by"] for row in both] == ["Marta Benítez", None]


def test_days_are_a_file_where_what_is_not_known_is_blank(noted, boss):
    day = noted.business_date
    address = f"/days/export.xlsx?date_from={day}&date_to={day}&pharmacy={noted.pharmacy_id}"
    headings, rows, _, _ = table(boss, address)
    (told,) = (dict(zip(headings, row, strict=True)) for row in rows)

    assert (told["Pharmacy"], told["Shifts"], told["Billed"], told["Result"]) == ("Central", 1, None, None)
    assert told["Why there is no result"] == "What the billing system says is missing."
    assert (
        f'filename="cashpilot-days-{day}.csv"'
        in boss.get(address.replace("xlsx", "csv")).headers["Content-Disposition"]
    )


@pytest.mark.parametrize("page", ["transfers", "days"])
def test_each_list_asks_in_which_format(page, noted, boss):
    panel = boss.get(f"/{page}/").text.split('class="download ask"')[1].split("</details>")[0]
    assert re.findall(r'href="(/\w+/export\.\w+)', panel) == [f"/{page}/export.xlsx", *[f"/{page}/export.csv"] * 3]


def test_a_file_that_is_asked_for_wrongly_is_the_page_with_the_error(boss):
    assert boss.get("/days/export.csv?date_from=2026-01-01&date_to=2026-12-31").status_code == 422
    assert boss.get("/transfers/export.csv?date_from=nonsense").status_code == 422
