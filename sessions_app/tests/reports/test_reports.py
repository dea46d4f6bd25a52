"""Each report against shifts that a person can add up, its page, its files, and what it makes of nonsense.

Today is Wednesday, 18 November 2026.
"""

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from django.utils import translation

from cashpilot import periods
from cashpilot.tests.files.test_downloads import xlsx_cells
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from sessions_app.reports import report
from sessions_app.reports.catalogue import REPORTS
from sessions_app.reports.report import ReportQuery
from testing.client import signed_in
from testing.factories import PersonFactory, PharmacyFactory, ShiftFactory

TODAY = date(2026, 11, 18)
MONTH = (date(2026, 11, 1), TODAY)


@pytest.fixture(autouse=True)
def _today():
    with translation.override("en"), periods.at(datetime.combine(TODAY, time(18), periods.ASUNCION)):
        yield


@pytest.fixture
def boss(marta):
    marta.language = "en"
    marta.save()
    return signed_in(marta)


def noon(day):
    return periods.at(datetime.combine(day, time(12), periods.ASUNCION))


def sold(cashier, day, cash, gap=None, **values):
    """A closed shift that took `cash`; compared if there is a gap, and then off by it."""
    billed = {} if gap is None else {"billed": {"billed_cash": cash - gap}}
    with noon(day):
        return ShiftFactory(closed=True, cashier=cashier, initial_cash=0, final_cash=cash, **billed, **values)


def table(name, span=MONTH, by="", **more):
    report = REPORTS[name]
    names = {place.pk: place.name for place in Pharmacy.objects.all()}
    live = CashSession.objects.live()
    query = ReportQuery(live, names, span, by=by or next(iter(report.by), ""), **{"today": TODAY, **more})
    return report.make(query)


def values(name, *columns, **query):
    """The values of these columns, row by row."""
    made = table(name, **query)
    names = {str(column.heading): column.name for column in made.columns}
    return [tuple(row[names[column]] for column in columns) for row in made.rows]


# --- Sales ------------------------------------------------------------------------------------------------------------


def test_a_day_is_held_against_the_day_before_and_the_same_weekday(ana):
    sold(ana, date(2026, 11, 5), 100_000)
    sold(ana, date(2026, 11, 11), 80_000)
    sold(ana, date(2026, 11, 12), 120_000)
    told = values(
        "sales", "Day", "Sales", "The one before", "Change", "Same weekdays before", "Change on these", span=MONTH
    )
    assert told[11] == (date(2026, 11, 12), 120_000, 80_000, 50, 100_000, 20)


def test_a_day_without_shifts_is_a_gap_and_no_zero(ana):
    sold(ana, date(2026, 11, 16), 100_000)
    days = values("sales", "Day", "Shifts", "Sales", "Note", span=(date(2026, 11, 15), date(2026, 11, 17)))
    assert days == [
        (date(2026, 11, 15), None, None, "no shifts"),
        (date(2026, 11, 16), 1, 100_000, ""),
        (date(2026, 11, 17), None, None, "no shifts"),
    ]
    columns = table("sales").charts[0].rectangles
    assert len(columns) == 1


def test_a_day_that_sold_nothing_is_a_zero_and_not_a_gap(ana):
    sold(ana, date(2026, 11, 16), 0)
    assert values("sales", "Shifts", "Sales")[15] == (1, 0)


def test_today_is_said_to_be_partial_and_no_change_is_told(ana):
    sold(ana, TODAY - timedelta(days=7), 100_000)
    sold(ana, TODAY, 40_000)
    assert values("sales", "Sales", "Same weekdays before", "Change on these", "Note")[-1] == (
        40_000,
        100_000,
        None,
        "so far",
    )
    assert table("sales").charts[0].rectangles[-1].is_partial


def test_the_future_has_no_rows(ana):
    sold(ana, TODAY, 40_000)
    assert len(table("sales", span=(TODAY, TODAY + timedelta(days=30))).rows) == 1
    assert table("sales", span=(TODAY + timedelta(days=1), TODAY + timedelta(days=30))).rows == []


def test_a_week_that_is_not_over_is_held_against_the_same_part(ana):
    """Monday to Wednesday against Monday to Wednesday."""
    for day, amount in ((9, 1_000), (11, 2_000), (13, 70_000), (16, 5_000), (17, 6_000)):
        sold(ana, date(2026, 11, day), amount)
    weeks = values("sales", "Week", "Sales", "The one before", "Change", "Note", by="week")
    assert weeks[-2:] == [
        (date(2026, 11, 9), 73_000, None, None, ""),
        (date(2026, 11, 16), 11_000, 3_000, None, "so far"),
    ]


def test_a_month_is_held_against_the_whole_one_before_and_the_same_weekdays(ana):
    """October has 31 days: the same weekdays are those of five weeks earlier, 27 August to 26 September."""
    sold(ana, date(2026, 8, 26), 7_000)
    sold(ana, date(2026, 8, 27), 10_000)
    sold(ana, date(2026, 9, 30), 30_000)
    sold(ana, date(2026, 10, 1), 50_000)
    month = values(
        "sales",
        "Month",
        "Sales",
        "The one before",
        "Same weekdays before",
        span=(date(2026, 10, 1), date(2026, 10, 31)),
        by="month",
    )
    assert month == [(date(2026, 10, 1), 50_000, 30_000, 10_000)]


def test_a_part_of_a_month_is_said_to_be_one(ana):
    sold(ana, date(2026, 10, 20), 50_000)
    sold(ana, date(2026, 9, 19), 1_000)
    sold(ana, date(2026, 9, 20), 2_000)
    part = values("sales", "Sales", "The one before", "Note", span=(date(2026, 10, 20), date(2026, 10, 31)), by="month")
    assert part == [(50_000, 2_000, "in part")]


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_open_and_deleted_shifts_sell_nothing(by, ana, beto, marta):
    with noon(TODAY):
        ShiftFactory(cashier=ana)
    deleted = sold(beto, TODAY, 40_000, register=2)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    assert {row["sales"] for row in table("sales", by=by).rows} == {None}


def test_an_edit_is_in_the_report_at_once(ana, marta):
    shift = sold(ana, TODAY, 40_000)
    shift_actions.correct_shift(shift.pk, version=2, final_cash=45_000, reason="recount", by=marta)
    assert values("sales", "Sales")[-1] == (45_000,)


def test_by_method_what_was_received_and_what_is_missing_there(ana):
    """Booked under the wrong method: over in cash, short by card. Without a ticket a shift is in no difference."""
    sold(ana, TODAY, 85_000, gap=85_000, movements=[NewMovement(Kind.CARD, 15_000)])
    shift = CashSession.objects.get()
    shift_actions.correct_shift(
        shift.pk, version=2, billed_card=100_000, reason="ticket", by=PersonFactory(first_name="Ruth", role="Admin")
    )
    sold(ana, TODAY, 100_000, movements=[NewMovement(Kind.TRANSFER, 200_000, "Gómez")])
    told = values("methods", "Method", "Received", "Part", "Shifts compared", "Billed in these", "Difference")
    assert told == [
        ("Cash", 185_000, 46, 1, 0, 85_000),
        ("Card", 15_000, 4, 1, 100_000, -85_000),
        ("Bank transfer", 200_000, 50, 0, None, None),
        ("Credit sale", 0, 0, 0, None, None),
    ]


def test_by_pharmacy_with_those_without_shifts(ana, central, luque):
    sold(ana, TODAY, 300_000, gap=-5_000)
    sold(ana, TODAY, 100_000)
    told = values("pharmacies", "Pharmacy", "Shifts", "Sales", "Part", "Short", "Over", "Not compared")
    assert told == [
        ("Central", 2, 400_000, 100, -5_000, 0, 1),
        ("Luque", None, None, None, None, None, None),
    ]


def test_where_nothing_was_compared_nothing_is_said_to_be_missing(ana):
    sold(ana, TODAY, 300_000)
    assert values("pharmacies", "Short", "Over", "Not compared") == [(None, None, 1)]
    assert values("differences", "Compared", "Short", "Over", "All differences") == [(0, None, None, None)]
    assert table("differences").charts == []


# --- Differences ------------------------------------------------------------------------------------------------------


@pytest.fixture
def gaps(ana, beto, otto):
    """Ana short on Monday and over on Tuesday, Beto never compared, Otto balanced elsewhere."""
    sold(ana, date(2026, 11, 9), 100_000, gap=-7_000)
    sold(ana, date(2026, 11, 17), 100_000, gap=2_000)
    sold(beto, date(2026, 11, 9), 100_000, register=2)
    sold(otto, date(2026, 11, 9), 100_000, gap=0)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("pharmacy", [("Central", 3, 2, -7_000, 2_000, -5_000), ("Luque", 1, 1, 0, 0, 0)]),
        (
            "register",
            [
                ("Central, register 1", 2, 2, -7_000, 2_000, -5_000),
                ("Central, register 2", 1, 0, None, None, None),
                ("Luque, register 1", 1, 1, 0, 0, 0),
            ],
        ),
        (
            "cashier",
            [
                ("Ana Benítez", 2, 2, -7_000, 2_000, -5_000),
                ("Beto Benítez", 1, 0, None, None, None),
                ("Otto Benítez", 1, 1, 0, 0, 0),
            ],
        ),
        ("weekday", [("Monday", 3, 2, -7_000, 0, -7_000), ("Tuesday", 1, 1, 0, 2_000, 2_000)]),
    ],
)
def test_differences_by_each(by, groups, gaps):
    heading = str(REPORTS["differences"].by[by])
    told = values("differences", heading, "Shifts", "Compared", "Short", "Over", "All differences", by=by)
    assert told == groups


def test_differences_over_time(gaps):
    told = values("differences", "Week", "Pharmacy", "All differences", by="pharmacy", over="week")
    assert told == [
        (date(2026, 11, 9), "Central", -7_000),
        (date(2026, 11, 9), "Luque", 0),
        (date(2026, 11, 16), "Central", 2_000),
    ]
    chart = table("differences", by="pharmacy", over="week").charts[0]
    assert [list(one.values) for one in chart.series] == [[None, None, -7_000, 2_000], [None, None, 0, None]]


# --- What left the drawer ---------------------------------------------------------------------------------------------


def expense(amount, words):
    return NewMovement(Kind.EXPENSE, amount, words)


def test_expenses_by_description_whatever_its_capitals(ana, marta):
    shift = sold(ana, TODAY, 0, movements=[expense(10_000, "Flete"), expense(5_000, "flete"), expense(1_000, "Hielo")])
    wrong = movement_actions.add_movement(shift.pk, new=expense(99_000, "Flete"), reason="late", by=marta)
    movement_actions.void_movement(shift.pk, wrong.pk, reason="no", by=marta)
    told = values("expenses", "Description", "Times", "Amount", "Part")
    assert told == [("Flete", 2, 15_000, 94), ("Hielo", 1, 1_000, 6)]


def test_expenses_of_an_open_shift_count_because_they_are_gone(ana):
    with noon(TODAY):
        shift = ShiftFactory(cashier=ana)
        movement_actions.add_movement(shift.pk, new=expense(3_000, "hielo"), by=ana)
    assert values("expenses", "Pharmacy", "Amount", by="pharmacy") == [("Central", 3_000)]


def test_envelopes_by_day_and_pharmacy(ana, otto):
    for day, cashier, amount in ((16, ana, 5_000), (16, ana, 6_000), (16, otto, 7_000), (17, ana, 8_000)):
        sold(cashier, date(2026, 11, day), 0, movements=[NewMovement(Kind.ENVELOPE, amount)])
    sold(otto, date(2026, 11, 17), 0)
    told = values("envelopes", "Day", "Pharmacy", "Shifts with an envelope", "Amount")
    assert told == [
        (date(2026, 11, 16), "Central", 2, 11_000),
        (date(2026, 11, 16), "Luque", 1, 7_000),
        (date(2026, 11, 17), "Central", 1, 8_000),
    ]


def test_flagged_shifts_with_who_and_why(ana, marta):
    shift = sold(ana, TODAY, 10_000, gap=-1_000)
    sold(ana, TODAY, 10_000)
    mark_actions.flag_shift(shift.pk, reason="see the ticket", by=marta)
    told = values("flagged", "Shift", "Cashier", "Result", "Difference", "Flagged by", "Reason")
    assert told == [(f"#{shift.pk}", "Ana Benítez", "Short", -1_000, "Marta Benítez", "see the ticket")]
    mark_actions.unflag_shift(shift.pk, reason="seen", by=marta)
    assert table("flagged").rows == []


# --- The pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def some(ana, otto, marta):
    shift = sold(ana, TODAY, 100_000, gap=-7_000, movements=[expense(3_000, "=1+1"), NewMovement(Kind.ENVELOPE, 5_000)])
    mark_actions.flag_shift(shift.pk, reason="look", by=marta)
    sold(otto, TODAY - timedelta(days=40), 900_000, gap=1_000)


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
    assert max(int("".join(filter(str.isdigit, place))) for place in cells) == len(lines)


@pytest.mark.parametrize("name", REPORTS)
def test_a_chart_has_a_name_and_a_description(name, some, boss):
    page = boss.get(f"/reports/{name}/").text
    drawn = page.count('<svg role="img"')
    assert drawn == (name != "cashiers")
    assert page.count("<title id=") == page.count("<desc id=") == drawn


@pytest.mark.parametrize("name", REPORTS)
def test_a_range_without_shifts_says_so(name, some, boss):
    page = boss.get(f"/reports/{name}/?date_from=2020-01-01&date_to=2020-01-02")
    assert page.status_code == 200
    assert "<svg role" not in page.text


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


@pytest.mark.slow
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
    assert [shift.cashier for shift in listed] == [ana]
