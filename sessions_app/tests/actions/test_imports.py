"""A file of the billing system, from sending it to what it writes, and back."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies.models import Pharmacy
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.actions.shifts import close_shift, correct_shift
from sessions_app.models import Batch, CashSession, Day, Match
from sessions_app.tests.evidence.workbook_files import xls, xlsx
from testing.client import lasting, signed_in
from testing.database import disagreements
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOON = datetime(2026, 7, 3, 15, tzinfo=UTC)
DAY = date(2026, 7, 1)
TABLE = "Fecha;Efectivo;Tarjetas;Facturas;Costo\n1/7/2026;1.250.000;90.000;31;-5.000\n02/07/2026;400.000;;12;\n"
BY_REGISTER = "Fecha;Caja;Efectivo;Tarjetas\n03/07/2026;1;{cash};0\n"


@pytest.fixture(autouse=True)
def _english(marta):
    marta.language = "en"
    marta.save()
    with translation.override("en"), periods.at(NOON):
        yield


@pytest.fixture
def boss(marta):
    return signed_in(marta)


def send(boss, pharmacy, text=TABLE, name="july.csv", **fields):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    return boss.post("/imports/new/", {"pharmacy": pharmacy.pk, "file": file, **fields})


def fields_of(page):
    """Return the fields that a browser sends when the preview on this page is applied."""
    form = re.search(r'action="/imports/\d+/apply/".*?</form>', page, re.S)
    assert form, page
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))


def apply(boss, pharmacy, text=TABLE, **more):
    sent = send(boss, pharmacy, text, **more)
    assert sent.status_code == 302, sent.text
    answer = boss.post(f"{sent.url}apply/", fields_of(boss.get(sent.url).text))
    assert answer.status_code == 302, answer.text
    return Batch.objects.latest("pk")


def said(day=DAY):
    names = ("billed_cash", "billed_source", "billed_card", "billed_card_source", "invoices", "cost")
    return Day.objects.values_list(*names).filter(date=day).first()


def undo(boss, batch, reason="the wrong file"):
    return boss.post(f"/imports/{batch.pk}/undo/", {"reason": reason})


def test_a_table_is_looked_at_then_applied_and_undone(boss, central, marta):
    sent = send(boss, central)
    page = boss.get(sent.url)
    assert Day.objects.count() == 0
    assert page.status_code == 200
    assert "1.250.000" in page.text

    assert boss.post(f"{sent.url}apply/", fields_of(page.text)).status_code == 302
    assert said() == (1_250_000, "file", 90_000, "file", 31, -5_000)
    assert said(DAY + timedelta(days=1)) == (400_000, "file", None, "", 12, None)

    assert undo(boss, Batch.objects.get()).status_code == 302
    assert said() == (None, "", None, "", None, None)
    batch = Batch.objects.get()
    assert (batch.undone_by, batch.undo_reason) == (marta, "the wrong file")
    assert disagreements() == []


def test_undoing_asks_for_a_reason(boss, central):
    batch = apply(boss, central)
    answer = undo(boss, batch, reason="")
    assert answer.status_code == 422
    assert said()[0] == 1_250_000


def test_the_second_of_two_who_undo_is_told_so(boss, central):
    batch = apply(boss, central)
    undo(boss, batch)
    late = undo(boss, batch)
    assert (late.status_code, "This import was already undone." in late.text) == (409, True)


def test_the_same_file_sent_again_is_the_batch_that_is_there(boss, central):
    batch = apply(boss, central)
    assert send(boss, central, name="other.csv").url == f"/imports/{batch.pk}/"
    answer = boss.post(f"/imports/{batch.pk}/apply/", {})
    assert (answer.status_code, "already applied" in answer.text) == (409, True)
    assert (Batch.objects.count(), Match.objects.count()) == (1, 2)


def test_an_undone_file_may_be_sent_again(boss, central):
    undo(boss, apply(boss, central))
    again = apply(boss, central)
    assert (Batch.objects.count(), again.is_applied, said()[0]) == (2, True, 1_250_000)


def test_a_preview_is_shown_anew_where_what_it_touches_changed(boss, central, marta):
    sent = send(boss, central)
    fields = fields_of(boss.get(sent.url).text)
    write_day(central, DAY, by=marta, version=0, billed_card=1)

    answer = boss.post(f"{sent.url}apply/", fields)
    assert (answer.status_code, "changed since the preview" in answer.text) == (409, True)
    assert said()[0] is None
    assert boss.post(f"{sent.url}apply/", fields_of(answer.text)).status_code == 302
    assert said() == (1_250_000, "file", 1, "administrator", 31, -5_000)


def test_what_a_person_typed_of_a_day_stays(boss, central, marta):
    write_day(central, DAY, by=marta, version=0, billed_cash=1_000_000)
    page = boss.get(send(boss, central).url)
    assert "1.000.000 was written here: both stay" in page.text
    apply(boss, central)
    assert said()[:2] == (1_000_000, "administrator")


def test_a_later_file_corrects_an_earlier_one_which_then_is_undone_last(boss, central):
    first = apply(boss, central)
    second = apply(boss, central, TABLE.replace("1.250.000", "1.260.000"))
    assert said()[0] == 1_260_000
    refused = undo(boss, first)
    assert (refused.status_code, "Undo that one first" in refused.text) == (409, True)
    assert [undo(boss, batch).status_code for batch in (second, first)] == [302, 302]
    assert said()[0] is None


def test_what_was_not_written_is_told_apart(boss, central, marta):
    write_day(central, DAY, by=marta, version=0, billed_cash=1_000_000)
    batch = apply(boss, central)
    page = " ".join(boss.get(f"/imports/{batch.pk}/").text.split())
    assert "· Card: 90.000 · Number of invoices: 31" in page
    assert "It says too, and that was not written: Cash: 1.250.000 </div>" in page


def test_what_was_there_already_is_told_as_the_same(boss, central, marta):
    write_day(central, DAY, by=marta, version=0, billed_cash=1_250_000)
    page = " ".join(boss.get(f"/imports/{apply(boss, central).pk}/").text.split())
    assert '· Cash: 1.250.000 <span class="muted">the same is there</span>' in page
    assert "It says too" not in page


def test_a_day_that_is_signed_off_says_what_to_do(boss, central, marta):
    write_day(central, DAY, by=marta, version=0, billed_cash=1_000_000)
    sign_off_day(central, DAY, note="looked at it", version=1, by=marta)
    page = boss.get(send(boss, central).url).text
    assert ("01/07/2026 is signed off" in page, "leave the rows of these days out below" in page) == (True, True)


def test_what_was_signed_off_since_is_not_undone(boss, central, marta):
    batch = apply(boss, central)
    sign_off_day(central, DAY, note="looked at it", version=1, by=marta)
    refused = undo(boss, batch)
    assert (refused.status_code, "was signed off since" in refused.text) == (409, True)
    assert said()[0] == 1_250_000


def test_a_row_a_register_fills_its_shift_and_gives_the_first_verdict(boss, central, ana):
    shift = ShiftFactory(closed=True, cashier=ana)
    batch = apply(boss, central, BY_REGISTER.format(cash="750.000"))
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.billed_source, shift.billed_card_source) == (750_000, "file", "file")
    assert (shift.first_result, shift.first_difference) == ("short", shift.total_difference)
    assert disagreements() == []

    assert undo(boss, batch).status_code == 302
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.billed_source, shift.first_result) == (None, "", None)
    assert (shift.first_difference, shift.first_compared_at) == (None, None)
    assert disagreements() == []


def test_whom_a_verdict_concerns_leaves_it_to_others_to_take_it_back(boss, central, marta, olga):
    shift = ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    batch = apply(boss, central, BY_REGISTER.format(cash="750.000"))
    refused = undo(boss, batch)
    shift.refresh_from_db()
    assert (refused.status_code, shift.first_result) == (422, "short")
    assert f"speaks of your own shift #{shift.pk}, so somebody else has to undo it." in refused.text
    assert undo(signed_in(olga), batch).status_code == 302
    shift.refresh_from_db()
    assert shift.first_result is None


def test_an_import_that_says_nothing_against_the_own_shift_is_undone_by_anybody(boss, central, marta, olga):
    shift = ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    batch = apply(boss, central, BY_REGISTER.format(cash="700.000"))
    shift.refresh_from_db()
    assert (shift.first_result, undo(boss, batch).status_code) == ("balanced", 302)


def test_where_nobody_else_could_the_own_verdict_is_taken_back_with_a_reason(boss, central, marta):
    ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    batch = apply(boss, central, BY_REGISTER.format(cash="750.000"))
    assert undo(boss, batch).status_code == 302


BY_PART = "Fecha;Caja;Turno;Efectivo\n02/07/2026;1;Mañana;{}\n02/07/2026;1;Turno Tarde;{}\n"


@pytest.mark.parametrize(
    ("hours", "billed"),
    [
        ((6, 14), [710_000, 720_000]),  # Asunción is three hours behind UTC
        ((6, 11), [None, None]),  # which of them is of the afternoon is not certain
        ((12, 15), [None, None]),
    ],
)
def test_morning_and_afternoon_tell_two_shifts_of_a_register_apart(hours, billed, boss, central, ana):
    shifts = []
    for hour in hours:
        with periods.at(datetime(2026, 7, 2, hour + 3, 30, tzinfo=UTC)):
            shifts.append(ShiftFactory(closed=True, cashier=ana))
    apply(boss, central, BY_PART.format("710.000", "720.000"))
    for shift in shifts:
        shift.refresh_from_db()
    assert [shift.billed_cash for shift in shifts] == billed
    assert Day.objects.filter(billed_cash=1_430_000).exists() == (None in billed)
    assert disagreements() == []


def test_another_figure_than_the_typed_one_stands_beside_it(boss, central, ana):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    batch = apply(boss, central, BY_REGISTER.format(cash="715.000"))
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.billed_source) == (700_000, "cashier")
    assert shift.evidence_difference == shift.first_difference - 15_000
    undo(boss, batch)
    shift.refresh_from_db()
    assert shift.evidence_difference is None
    assert disagreements() == []


def test_what_arrives_for_an_open_shift_is_kept_until_it_closes(boss, central, ana):
    shift = ShiftFactory(cashier=ana)
    till = signed_in(ana)

    def pages():
        addresses = ("/", f"/sessions/{shift.pk}/", f"/sessions/{shift.pk}/close/")
        return [lasting(till.get(address).text) for address in addresses]

    before = pages()
    apply(boss, central, BY_REGISTER.format(cash="750.000"))
    assert Match.objects.get().is_held
    assert pages() == before
    shift.refresh_from_db()
    assert shift.billed_cash is None

    close_shift(shift.pk, final_cash=shift.initial_cash + 700_000, by=ana)
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.billed_source) == (750_000, "file")
    verdict = (shift.first_result, shift.first_difference, shift.first_compared_at)
    assert verdict == ("short", -50_000, shift.closed_at)
    assert disagreements() == []


def test_an_imported_figure_is_not_cleared_by_a_correction(boss, central, ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana)
    apply(boss, central, BY_REGISTER.format(cash="750.000"))
    version = CashSession.objects.get().version
    with pytest.raises(ActionRefused, match="was imported"):
        correct_shift(shift.pk, version=version, reason="no ticket", billed_cash=None, by=marta)


def test_a_weak_guess_is_asked_and_remembered(boss, central):
    text = "Fecha;Efectivo;Plata rara\n1/7/2026;1.250.000;90.000\n"
    sent = send(boss, central, text)
    chosen = {"column_2": "card"}
    fields = fields_of(boss.get(sent.url, chosen).text)
    assert boss.post(f"{sent.url}apply/", fields).status_code == 302
    assert said()[2:4] == (90_000, "file")

    next_one = send(boss, central, text.replace("1/7", "2/7"))
    assert boss.post(f"{next_one.url}apply/", fields_of(boss.get(next_one.url).text)).status_code == 302
    assert said(date(2026, 7, 2))[2:4] == (90_000, "file")


def test_a_row_is_left_out_by_a_tick(boss, central):
    sent = send(boss, central)
    fields = fields_of(boss.get(sent.url, {"leave": "3"}).text)
    assert boss.post(f"{sent.url}apply/", fields).status_code == 302
    assert list(Day.objects.values_list("date", flat=True)) == [DAY]


def test_a_wrong_cell_is_named_and_nothing_is_applied(boss, central):
    sent = send(boss, central, "Fecha;Efectivo\n1/7/2026;1.250.000\n2/7/2026;12,50\n")
    page = boss.get(sent.url)
    assert "Row 3, column Efectivo" in page.text
    assert boss.post(f"{sent.url}apply/", {}).status_code == 422
    assert Day.objects.count() == 0


def test_of_many_wrong_cells_the_first_are_shown_and_how_many_there_are(boss, central):
    rows = "".join(f"01/07/2026;s/d {number}\n" for number in range(150))
    page = boss.get(send(boss, central, f"Fecha;Efectivo\n{rows}").url).text
    assert page.count("is no amount") == 100
    assert "150 in all; the first are shown." in page


def test_what_cannot_be_read_is_refused(boss, central):
    answer = send(boss, central, b"%PDF-1.7 nothing", "x.csv")
    assert (answer.status_code, "This is a PDF file" in answer.text) == (422, True)
    assert Batch.objects.count() == 0


def test_a_day_that_has_not_come_is_left_out_or_nothing_is_applied(boss, central):
    page = boss.get(send(boss, central, f"{TABLE}04/07/2026;90.000;;;\n").url)
    assert ("Row 4: 04/07/2026 has not come yet" in page.text, "/apply/" in page.text) == (True, False)
    assert "/apply/" in boss.get(f"{page.request['PATH_INFO']}?leave=4").text


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xd8\xff\xe0 a picture"])
def test_a_refusal_names_the_file(content, boss, central):
    answer = send(boss, central, content, name="monday.xml")
    assert (answer.status_code, "monday.xml" in answer.text) == (422, True)
    assert Batch.objects.count() == 0


def test_every_batch_is_listed(boss, central):
    batch = apply(boss, central)
    page = boss.get("/imports/")
    assert f'href="/imports/{batch.pk}/"' in page.text


def test_an_auditor_reads_imports_and_is_offered_no_change(boss, central, carla):
    """Neither of one that waits nor of one that is applied; an administrator is, of each."""
    auditor = signed_in(carla)
    waits = send(boss, central).url
    pages = {"waits": (waits, "/apply/"), "list": ("/imports/", "/imports/new/")}
    found = {name: (auditor.get(url).text, boss.get(url).text, offer) for name, (url, offer) in pages.items()}
    boss.post(f"{waits}apply/", fields_of(boss.get(waits).text))
    found["applied"] = (auditor.get(waits).text, boss.get(waits).text, "/undo/")
    for name, (audited, administered, offer) in found.items():
        assert (name, "july.csv" in audited, offer in audited, offer in administered) == (name, True, False, True)
    assert "1.250.000" in found["waits"][0]
    assert "1.250.000" in found["applied"][0]
    assert 'href="/imports/"' in auditor.get("/days/").text


def test_pharmacies_are_told_apart(boss, central, luque):
    apply(boss, central)
    apply(boss, luque)
    assert set(Day.objects.values_list("pharmacy", flat=True)) == set(Pharmacy.objects.values_list("pk", flat=True))


def test_a_shift_says_where_its_figures_come_from_and_what_stands_beside_them(boss, central, ana):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    apply(boss, central, BY_REGISTER.format(cash="715.000"))
    page = " ".join(boss.get(f"/sessions/{shift.pk}/").text.split())
    assert "<p>Cash: wrote 700.000, the billing file says 715.000</p>" in page
    assert '700.000 <span class="muted">Cashier</span>' in page


def test_shifts_are_asked_for_by_where_the_figure_comes_from(boss, central, ana):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    listed = {
        source: f'href="/sessions/{shift.pk}/"' in boss.get(f"/sessions/?source={source}").text
        for source in ("cashier", "file")
    }
    assert listed == {"cashier": True, "file": False}
    told = b"".join(boss.get("/sessions/export.csv")).decode()
    assert "Source of billed in cash" in told


ROWS = [["Fecha", "Efectivo"], ["01/07/2026", "1250000"]]
KINDS = {
    "table.xlsx": lambda: xlsx(ROWS),
    "table.xls": lambda: xls(ROWS),
    "page.xls": lambda: b"<table><tr><th>Fecha<th>Efectivo<tr><td>01/07/2026<td>1.250.000</table>",
    "table.csv": lambda: b"Fecha;Efectivo\n01/07/2026;1.250.000\n",
    "utf16.csv": lambda: "Fecha\tEfectivo\n01/07/2026\t1.250.000\n".encode("utf-16-le"),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_table_is_told_and_fills_the_day(name, boss, central):
    batch = apply(boss, central, KINDS[name](), name=name)
    assert (batch.source.kind, said()[:2]) == ("billing", (1_250_000, "file"))
