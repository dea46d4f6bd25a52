"""A file of the billing system, from sending it to the days that it writes: all of them or none."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from cashpilot import periods
from pharmacies.actions import edit_pharmacy
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.actions.imports import receive_file
from sessions_app.models import Day
from sessions_app.queries import day_figures, imports
from sessions_app.queries.imports import parse_date
from testing.client import signed_in
from testing.database import nothing_written

NOON = datetime(2026, 7, 3, 15, tzinfo=UTC)
TODAY = date(2026, 7, 3)
CSV = "Fecha;Efectivo;Tarjetas;Facturas;Costo\n1/7/2026;1.250.000;90.000;31;-5.000\n02/07/2026;400.000;;12;\n"


@pytest.fixture(autouse=True)
def _english(marta):
    marta.language = "en"
    marta.save()
    with translation.override("en"), periods.at(NOON):
        yield


@pytest.fixture
def boss(marta):
    return signed_in(marta)


def send(boss, pharmacy, text=CSV, name="july.csv"):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    return boss.post("/days/import/", {"pharmacy": pharmacy.pk, "file": file})


def columns(page):
    chosen: dict[str, int] = page.context["form"].columns()
    return chosen


def sent(page):
    """What a browser sends when the import on this page is confirmed."""
    (state,) = re.findall('name="state" value="([0-9a-f]{64})"', page.text)
    return columns(page) | {"state": state}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("22/11/2026", date(2026, 11, 22)),
        ("3/7/2026", date(2026, 7, 3)),
        ("03-07-2026", date(2026, 7, 3)),
        ("03.07.2026", date(2026, 7, 3)),
        ("2026-11-22", date(2026, 11, 22)),
        ("2026-11-22 00:00:00", date(2026, 11, 22)),
        ("22/11/2026 14:30", date(2026, 11, 22)),
        ("46348", date(2026, 11, 22)),
    ],
)
def test_a_day_as_people_and_programs_write_it(text, day):
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text", ["", "22/11/26", "31/02/2026", "13/13/2026", "22 nov 2026", "1", "999999", "٢٢/١١/٢٠٢٦"]
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValidationError):
        parse_date(text)


def test_a_file_is_looked_at_before_anything_is_saved_then_imported(central, marta, boss):
    preview = send(boss, central).url
    with nothing_written():
        page = boss.get(preview)
    assert columns(page) == {"date": 0, "billed_cash": 1, "billed_card": 2, "invoices": 3, "cost": 4}
    assert [(line.date, line.errors, line.is_new) for line in page.context["lines"]] == [
        (date(2026, 7, 1), [], True),
        (date(2026, 7, 2), [], True),
    ]
    assert boss.post(preview, columns(page)).url == "/days/"

    first, second = Day.objects.order_by("date")
    assert (first.billed_cash, first.billed_card, first.invoices, first.cost) == (1_250_000, 90_000, 31, -5_000)
    assert (second.billed_cash, second.billed_card, second.cost) == (400_000, None, None)
    told = first.history.get()
    assert (told.history_user, told.history_change_reason) == (marta, "Imported from july.csv.")


def test_the_same_content_is_not_imported_twice_whatever_its_form(central, luque, boss):
    preview = send(boss, central).url
    boss.post(preview, columns(boss.get(preview)))
    with nothing_written():
        again = boss.post(preview, {"date": 0, "billed_cash": 1})
        other_form = send(boss, central, CSV.replace(";", "\t").encode("utf-16"), "again.csv")
    assert (again.status_code, other_form.status_code) == (409, 409)
    assert "was already imported on" in other_form.text
    assert send(boss, luque).status_code == 302


def test_the_columns_of_the_last_file_of_the_pharmacy_are_remembered(central, luque, boss):
    odd = "A;B;C\n1/7/2026;5;6\n"
    preview = send(boss, central, odd).url
    assert boss.get(preview).status_code == 422
    boss.post(preview, {"date": 0, "billed_cash": 2, "cost": 1})
    following = send(boss, central, "C;A;B\n7;2/7/2026;8\n").url

    assert columns(boss.get(following)) == {"date": 1, "billed_cash": 0, "cost": 2}
    assert boss.get(send(boss, luque, odd).url).context["form"].columns() == {}


def test_a_remembered_column_goes_before_one_with_a_usual_title(central, boss):
    titles = "Fecha;Efectivo;Efectivo neto\n"
    boss.post(send(boss, central, f"{titles}1/7/2026;5;6\n").url, {"date": 0, "billed_cash": 2})
    following = send(boss, central, f"{titles}2/7/2026;7;8\n").url
    assert columns(boss.get(following)) == {"date": 0, "billed_cash": 2}


WRONG = {
    "no day": ("Fecha;Efectivo\n1/7/2026;1\nayer;2\n", "Date: Write the day as"),
    "no day at all": ("Fecha;Efectivo\n1/7/2026;1\n;2\n", "The day is missing."),
    "no amount": ("Fecha;Efectivo\n1/7/2026;1\n2/7/2026;12,50\n", "Billed in cash: Write whole guaraníes"),
    "below zero": ("Fecha;Efectivo\n1/7/2026;1\n2/7/2026;-5\n", "Billed in cash: Write whole guaraníes"),
    "one day twice": ("Fecha;Efectivo\n1/7/2026;1\n2026-07-01;2\n", "The same day stands in row 2."),
    "a day to come": ("Fecha;Efectivo\n1/7/2026;1\n4/7/2026;2\n", "That day has not come yet."),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_one_wrong_row_and_none_is_imported(text, sentence, central, boss):
    preview = send(boss, central, text).url
    page = boss.get(preview)
    with nothing_written():
        refused = boss.post(preview, {"date": 0, "billed_cash": 1})

    assert sentence in page.text
    assert (page.context["wrong"], refused.status_code) == (1, 422)
    assert "Nothing was imported" in refused.text


def test_what_is_there_is_replaced_kept_or_protected(central, marta, boss):
    def day(number, **values):
        return write_day(central, date(2026, 7, number), version=0, by=marta, **values)

    same, other, signed = day(1, billed_cash=1), day(2, billed_cash=9, cost=4), day(3, billed_cash=9)
    preview = send(boss, central, "Fecha;Efectivo\n1/7/2026;1\n2/7/2026;2\n").url
    boss.post(preview, {"date": 0, "billed_cash": 1})
    same.refresh_from_db()
    other.refresh_from_db()
    assert (same.version, other.version, other.billed_cash, other.cost) == (1, 2, 2, 4)

    sign_off_day(central, signed.date, note="fine", version=1, by=marta)
    closed = write_day(central, TODAY - timedelta(days=10), version=0, by=marta, is_closed=True)
    page = boss.get(send(boss, central, f"Fecha;Efectivo\n3/7/2026;5\n{closed.date};6\n").url)
    assert [line.errors for line in page.context["lines"]] == [
        ["This day is signed off, and says something else."],
        ["This day was marked as without business."],
    ]


def test_a_blank_cell_clears_nothing_and_says_what_stays(central, marta, boss):
    day = write_day(central, TODAY, version=0, by=marta, billed_cash=9_000, billed_card=7_000, invoices=3)
    preview = send(boss, central, "Fecha;Efectivo;Tarjetas;Facturas\n3/7/2026;9.500;;\n2/7/2026;;;\n").url
    page = boss.get(preview)
    known, new = page.context["lines"]
    assert [(cell.value, cell.before, cell.stays, cell.replaces) for cell in known.cells] == [
        (9_500, 9_000, False, True),
        (None, 7_000, True, False),
        (None, 3, True, False),
    ]
    assert ("stays 7.000" in page.text, "stays 3" in page.text, "before: 9.000" in page.text) == (True, True, True)
    assert (new.changes, "the row says nothing" in page.text, page.context["changing"]) == (False, True, 1)

    assert boss.post(preview, sent(page)).status_code == 302
    day.refresh_from_db()
    assert (day.billed_cash, day.billed_card, day.invoices) == (9_500, 7_000, 3)
    assert list(Day.objects.all()) == [day]


def test_of_two_files_the_second_does_not_overwrite_what_the_first_wrote_unseen(central, marta, boss):
    titles = "Fecha;Efectivo;Costo\n"
    first, second = (send(boss, central, f"{titles}1/7/2026;{text}\n2/7/2026;5;5\n").url for text in ("7;1", "8;2"))
    shown = boss.get(second)
    boss.post(first, sent(boss.get(first)))
    with nothing_written():
        refused = boss.post(second, sent(shown))
    assert (refused.status_code, "A day changed since this preview was drawn." in refused.text) == (409, True)
    assert [(cell.before, cell.value) for cell in refused.context["lines"][0].cells] == [(7, 8), (1, 2)]
    assert [line.changes for line in refused.context["lines"]] == [True, False]

    assert boss.post(second, sent(refused)).status_code == 302
    assert list(Day.objects.order_by("date").values_list("billed_cash", "cost")) == [(8, 2), (5, 5)]


def test_a_day_that_was_signed_off_or_whose_setting_changed_since_the_preview_is_a_conflict(central, marta, boss):
    day = write_day(central, TODAY, version=0, by=marta, billed_cash=9_000)
    preview = send(boss, central, "Fecha;Efectivo\n3/7/2026;9.000\n2/7/2026;5\n").url
    shown = boss.get(preview)
    edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)
    renewed = boss.post(preview, sent(shown))
    sign_off_day(central, day.date, note="fine", version=1, by=marta)
    again = boss.post(preview, sent(renewed))
    assert (renewed.status_code, again.status_code, boss.post(preview, sent(again)).status_code) == (409, 409, 302)


def test_a_preview_that_does_not_say_what_it_showed_is_taken_as_it_is(central, boss):
    preview = send(boss, central).url
    assert boss.post(preview, columns(boss.get(preview))).status_code == 302
    assert boss.post(send(boss, central, f"{CSV}3/7/2026;1;;;\n").url, {"date": 0, "state": "x"}).status_code == 422


def test_a_transfer_that_is_billed_as_cash_is_explained_and_kept(central, marta, boss):
    edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)
    preview = send(boss, central, "Fecha;Efectivo;Transf\n2/7/2026;9.000;4.000\n1/7/2026;9.000;\n").url
    page = boss.get(preview)
    told = "On 1 of these days transfers are billed as cash: what this file bills by transfer is kept, but not compared"
    assert (page.context["in_cash"], told in page.text) == (1, True)
    boss.post(preview, sent(page))
    day = Day.objects.get(date=date(2026, 7, 2))
    assert (day.billed_cash, day.billed_transfer, day.transfers_billed_as_cash) == (9_000, 4_000, True)
    assert day_figures.of_day(marta, central, day.date).billed == 9_000


def test_a_transfer_that_is_billed_apart_needs_no_explaining(central, boss):
    page = boss.get(send(boss, central, "Fecha;Efectivo;Transf\n2/7/2026;9.000;4.000\n").url)
    assert (page.context["in_cash"], "billed as cash" in page.text) == (0, False)


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"date": 0},
        {"date": 0, "billed_cash": 0},
        {"date": 9, "billed_cash": 1},
        {"date": "x", "billed_cash": 1},
        {"billed_cash": 1},
    ],
)
def test_columns_that_make_no_sense_are_refused(chosen, central, boss):
    preview = send(boss, central).url
    with nothing_written():
        assert boss.post(preview, chosen).status_code == 422


@pytest.mark.parametrize("text", ["", "a", "Fecha;Efectivo\n"])
def test_a_file_that_says_nothing_is_kept_at_its_field(text, central, boss):
    with nothing_written():
        answer = send(boss, central, text)
    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, {"file"})


def test_the_preview_takes_the_same_queries_for_one_row_and_for_thirty(central, marta, django_assert_num_queries):
    for count in (1, 30):
        rows = [["Fecha", "Efectivo"], *([f"2026-06-{day:02}", "1"] for day in range(1, count + 1))]
        file = receive_file(central, name="june.csv", rows=rows, by=marta)
        with django_assert_num_queries(2):  # the days, and the shifts that closed on those that nobody has written
            assert len(imports.lines(file, {"date": 0})) == count


def test_the_columns_of_the_last_file_are_remembered(central, boss):
    """Neither title is a usual one. The later file is looked at again, the earlier one no more."""
    for day, title in ((1, "A"), (2, "B")):
        text = f"Fecha;A;B\n{day}/7/2026;1;2\n"
        with periods.at(NOON + timedelta(minutes=day)):
            boss.post(send(boss, central, text).url, {"date": 0, "billed_cash": "AB".index(title) + 1})
    assert columns(boss.get(send(boss, central, "Fecha;A;B\n3/7/2026;1;2\n").url)) == {"date": 0, "billed_cash": 2}


def test_a_long_name_of_a_file_is_kept_as_far_as_its_column_goes(central, marta):
    file = receive_file(central, name="x" * 201, rows=[["Fecha", "Efectivo"], ["1/7/2026", "1"]], by=marta)
    file.refresh_from_db()
    assert file.name == "x" * 200


def test_today_may_be_imported_already(central, boss):
    page = boss.get(send(boss, central, "Fecha;Efectivo\n3/7/2026;5\n").url)
    assert [(line.date, line.errors) for line in page.context["lines"]] == [(TODAY, [])]
