"""Each report's page, its files, and what they make of nonsense."""

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from django.utils import translation

from cashpilot import periods
from cashpilot.tests.files.test_downloads import xlsx_cells
from sessions_app.actions import marks as mark_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.reports import report
from sessions_app.reports.catalogue import REPORTS
from sessions_app.tests.reports.sold import TODAY, expense, sold
from testing.factories import PharmacyFactory, ShiftFactory


@pytest.fixture(autouse=True)
def _today():
    with translation.override("en"), periods.at(datetime.combine(TODAY, time(18), periods.ASUNCION)):
        yield


@pytest.fixture
def some(ana, otto, marta):
    shift = sold(ana, TODAY, 100_000, gap=-7_000, movements=[expense(3_000, "=1+1"), NewMovement(Kind.ENVELOPE, 5_000)])
    mark_actions.flag_shift(shift.pk, reason="look", by=marta)
    sold(otto, TODAY - timedelta(days=40), 900_000, gap=1_000)
    ShiftFactory(cashier=ana, initial_cash=1)


@pytest.mark.parametrize("name", REPORTS)
def test_every_page_has_its_table_and_its_files_say_the_same(name, some, boss):
    page = boss.get(f"/reports/{name}/")
    made = page.context["table"]
    text = boss.get(f"/reports/{name}/export.csv").getvalue().decode().removeprefix("\ufeff")
    lines = list(csv.reader(StringIO(text), delimiter=";"))
    cells = xlsx_cells(boss.get(f"/reports/{name}/export.xlsx"))

    assert page.status_code == 200
    assert made.rows
    assert page.text.count("<tr>") == 1 + len(made.rows) + bool(made.total)
    assert lines[0] == [str(column.heading) for column in made.columns]
    assert len(lines) == 1 + len(made.rows)
    assert max(int("".join(filter(str.isdigit, place))) for place in cells) == len(lines) + bool(made.total)


@pytest.mark.parametrize("name", REPORTS)
def test_a_chart_has_a_name_and_a_description(name, some, boss):
    page = boss.get(f"/reports/{name}/").text
    named = page.count("The table on this page has the figures.")
    assert page.count('class="chart ') == named == (name not in ("cashiers", "between"))


@pytest.mark.parametrize("name", REPORTS)
def test_a_range_without_shifts_says_so(name, some, boss):
    page = boss.get(f"/reports/{name}/?date_from=2020-01-01&date_to=2020-01-02")
    assert page.status_code == 200
    assert 'class="chart ' not in page.text


def test_the_index_leads_to_each(boss):
    page = boss.get("/reports/").text
    assert all(f'href="/reports/{name}/"' in page for name in REPORTS)


def test_several_pharmacies_at_once(some, boss, central, luque):
    address = "/reports/pharmacies/?date_from=2026-10-01&date_to=2026-11-18"
    third = PharmacyFactory(name="Villeta")
    chosen = boss.get(f"{address}&pharmacy={central.pk}&pharmacy={third.pk}").context["table"]
    assert [row["pharmacy_name"] for row in chosen.rows] == ["Central", "Villeta"]
    assert len(boss.get(address).context["table"].rows) == 3


def test_the_usual_ranges_keep_the_rest(some, boss, central):
    page = boss.get(f"/reports/sales/?by=week&pharmacy={central.pk}")
    ranges = {link["label"]: link for link in page.context["form"].presets()}
    assert list(ranges) == ["Today", "Yesterday", "This week", "Last week", "This month", "Last month"]
    assert ranges["Last month"]["query"] == (f"by=week&pharmacy={central.pk}&date_from=2026-10-01&date_to=2026-10-31")
    assert [label for label, link in ranges.items() if link["is_chosen"]] == ["This month"]


@pytest.mark.parametrize(
    ("query", "span"),
    [
        ("date_from=2026-11-10", (date(2026, 11, 10), TODAY)),
        ("date_to=2026-10-10", (date(2026, 10, 1), date(2026, 10, 10))),
        ("date_from=2026-12-24", (date(2026, 12, 24), date(2026, 12, 24))),
        ("date_from=2025-11-18&date_to=2026-11-18", (date(2025, 11, 18), TODAY)),
    ],
)
def test_one_end_alone_will_do(query, span, boss):
    page = boss.get(f"/reports/sales/?{query}")
    assert page.status_code == 200
    assert page.context["form"].asked().span == span


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    "query",
    [
        "date_from=never",
        "date_from=0001-01-01",
        "date_to=9999-12-31",
        "date_from=2026-11-02&date_to=2026-11-01",
        "date_from=2025-11-17&date_to=2026-11-18",
        "pharmacy=x",
        "pharmacy=999999",
        "pharmacy=%00",
        "date_from=" + "9" * 4_000,
    ],
)
def test_nonsense_is_refused_with_the_reason(name, query, boss, central, luque):
    page = boss.get(f"/reports/{name}/?{query}")
    assert page.status_code == 422
    assert "errorlist" in page.text
    assert boss.get(f"/reports/{name}/export.csv?{query}").status_code == 422


@pytest.mark.parametrize("query", ["by=x", "over=%00", "by=day&over=x"])
def test_a_division_that_there_is_not_is_refused(query, boss):
    assert boss.get(f"/reports/differences/?{query}").status_code == 422
    assert boss.get("/reports/flagged/export.csv?separator=x").status_code == 422


def test_a_page_holds_a_year_and_says_what_is_left_out(some, boss, monkeypatch):
    monkeypatch.setattr(report, "PAGE_ROWS", 10)
    page = boss.get("/reports/sales/").text
    assert "8 more rows are in the files." in page
    assert page.count("<tr>") == 1 + 10 + 1


def test_a_row_leads_to_the_shifts_behind_it(some, boss, ana):
    link = boss.get("/reports/differences/?by=cashier").context["table"].rows[0].link
    listed = boss.get(link).context["page"].object_list
    assert [(shift.cashier, shift.is_open) for shift in listed] == [(ana, True), (ana, False)]
