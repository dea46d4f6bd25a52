"""A table of invoices with their hours fills the shifts that were open; what none of them claims is told."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions.shifts import close_shift
from sessions_app.models import Batch, Day, Line
from sessions_app.queries.imports import preview_of
from sessions_app.tests.actions.test_imports import apply, send, undo
from testing.client import signed_in
from testing.database import disagreements
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
TITLES = "Fecha;Hora;Comprobante;Condición;Total\n"
MORNING = (
    "06/07/2026;07:10;001-001-0000100;Contado;5.000\n"
    "06/07/2026;08:30;001-001-0000101;Contado;125.000\n"
    "06/07/2026;09:15;001-001-0000102;Tarjeta;95.000\n"
    "06/07/2026;09:20;001-002-0000007;Contado;30.000\n"
    "06/07/2026;10:00;001-001-0000104;Contado;75.000\n"
)


@pytest.fixture(autouse=True)
def _english(marta):
    marta.language = "en"
    marta.save()
    with translation.override("en"), periods.at(at(20)):
        yield


@pytest.fixture
def boss(marta):
    return signed_in(marta)


def at(hour, day=6):
    """Return an hour of Asunción in July."""
    return datetime(2026, 7, day, hour + 3, tzinfo=UTC)


def shift_of(cashier, opened, closed, register=1):
    with periods.at(opened):
        shift = ShiftFactory(cashier=cashier, register=register)
    if closed:
        with periods.at(closed):
            close_shift(shift.pk, final_cash=600_000, by=cashier)
    return shift


def billed(shift):
    shift.refresh_from_db()
    return shift.billed_cash, shift.billed_card, shift.billed_source


def previewed(boss, pharmacy, text):
    assert send(boss, pharmacy, text=text).status_code == 302
    return preview_of(Batch.objects.latest("pk"), {})


def test_each_shift_gets_its_invoices_and_what_none_claims_is_listed_before_and_after(boss, central, ana, beto):
    first, second = shift_of(ana, at(8), at(13)), shift_of(beto, at(8), at(13), register=2)
    preview = previewed(boss, central, TITLES + MORNING)
    assert [(proposal.row.pk, proposal.rows) for proposal in preview.proposals] == [
        (first.pk, (3, 4, 6)),
        (second.pk, (5,)),
    ]
    page = f"/imports/{Batch.objects.get().pk}/"
    before = boss.get(page).text
    batch = apply(boss, central, TITLES + MORNING)
    after = boss.get(page).text

    assert (billed(first), billed(second)) == ((200_000, 95_000, "file"), (30_000, 0, "file"))
    for told in (before, after):
        assert "001-001-0000100" in told.partition("Invoices outside every shift")[2]
        assert "001-001: 103" in " ".join(told.split())
    assert not Day.objects.exists()
    assert undo(boss, batch).status_code == 302
    assert (billed(first), disagreements()) == ((None, None, ""), [])


def test_a_night_is_put_together_from_the_tables_of_two_days(boss, central, ana):
    night = shift_of(ana, at(18), at(2, day=7))
    with periods.at(at(20, day=7)):
        apply(boss, central, TITLES + "06/07/2026;19:00;001-001-0000200;Contado;40.000\n")
        assert billed(night) == (40_000, None, "file")
        late = TITLES + "07/07/2026;01:00;001-001-0000201;Contado;10.000\n"
        batch = apply(boss, central, late)
        assert billed(night) == (50_000, None, "file")
        undo(boss, batch)
    assert billed(night) == (40_000, None, "file")


def test_a_day_of_which_no_shift_claims_any_invoice_is_billed_whole(boss, central, ana):
    shift = shift_of(ana, at(8), at(13))
    apply(boss, central, TITLES + "05/07/2026;09:00;001-001-0000050;Contado;20.000\n" + MORNING)
    day = Day.objects.get()
    assert (day.date, day.billed_cash, day.invoices) == (date(2026, 7, 5), 20_000, 1)
    assert billed(shift)[0] == 200_000
    assert not Line.objects.filter(key="001-001-0000050").exists()


def test_a_shift_that_is_open_waits_for_the_whole_of_its_invoices(boss, central, ana):
    shift = shift_of(ana, at(8), None)
    preview = previewed(boss, central, TITLES + MORNING)
    assert preview.proposals == []
    assert f"Shift #{shift.pk} is still open: import again once it is closed." in preview.notes


@pytest.mark.parametrize(
    "text",
    [
        "Fecha;Comprobante;Condición;Total\n06/07/2026;001-001-0000101;Contado;125.000\n",
        "Fecha;Hora;Condición;Total\n06/07/2026;09:00;Contado;125.000\n",
    ],
    ids=["no hour", "no number"],
)
def test_a_table_that_does_not_tell_invoice_and_hour_is_of_days(text, boss, central, ana):
    shift_of(ana, at(8), at(13))
    [proposal] = previewed(boss, central, text).proposals
    assert (proposal.shift, proposal.said["billed_cash"]) == (None, 125_000)


def test_an_invoice_without_an_hour_is_told(boss, central, ana):
    shift_of(ana, at(8), at(13))
    preview = previewed(boss, central, TITLES + MORNING + "06/07/2026;;001-001-0000105;Contado;1.000\n")
    assert preview.invoices.remarks == ["Rows without an hour (7) count in no shift."]


def test_an_invoice_in_two_rows_is_one_document_of_both_methods(boss, central, ana):
    shift = shift_of(ana, at(8), at(13))
    rows = "06/07/2026;09:00;001-001-0000300;Contado;10.000\n06/07/2026;09:00;001-001-0000300;Tarjeta;7.000\n"
    apply(boss, central, TITLES + rows)
    assert (billed(shift), Line.objects.get().amount) == ((10_000, 7_000, "file"), 17_000)
