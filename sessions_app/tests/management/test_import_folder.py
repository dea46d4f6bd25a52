"""The folder into which a billing system drops its files."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from cashpilot import periods
from sessions_app.models import Batch, Day
from sessions_app.tests.evidence.sifen import cancellation, cdc, invoice, zipped
from testing.factories import PersonFactory, ShiftFactory

pytestmark = pytest.mark.django_db
TABLE = "Fecha;Efectivo;Tarjeta\n01/07/2026;1.015.000;450.000\n"


@pytest.fixture
def folder(tmp_path, central, marta):
    return tmp_path


def run(folder, capsys, *words):
    call_command("import_folder", str(folder), "--pharmacy", "Central", *words)
    return capsys.readouterr().out


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_leaves_no_doubt_is_applied_and_moved(folder, capsys, central, marta):
    (folder / "july.csv").write_text(TABLE)
    assert run(folder, capsys) == "july.csv: applied, and moved to done/\n"

    day = Day.objects.get()
    assert (day.pharmacy, day.date, day.billed_cash, day.billed_card) == (central, date(2026, 7, 1), 1_015_000, 450_000)
    assert (day.billed_source, day.history.get().history_user) == ("file", marta)
    assert names(folder) == ["done/july.csv"]


def test_the_same_file_again_changes_nothing(folder, capsys):
    told = []
    for _twice in range(2):
        (folder / "july.csv").write_text(TABLE)
        told.append(run(folder, capsys))
    assert told[1] == "july.csv: was applied before, so only moved to done/\n"
    assert (Day.objects.get().version, Batch.objects.count()) == (1, 1)
    assert names(folder) == ["done/july-1.csv", "done/july.csv"]


@pytest.mark.parametrize(
    "content",
    ["", "nothing to see", "Fecha;Efectivo\nayer;7\n", "Fecha;Efectivo\n01/07/2999;70000\n"],
)
def test_the_rest_is_moved_to_be_asked_and_nothing_of_it_is_written(content, folder, capsys):
    (folder / "odd.csv").write_text(content)
    (folder / "july.csv").write_text(TABLE)
    first, second = run(folder, capsys).splitlines()
    assert (first, second.startswith("odd.csv: moved to ask/: ")) == ("july.csv: applied, and moved to done/", True)
    assert (Day.objects.count(), names(folder)) == (1, ["ask/odd.csv", "done/july.csv"])


def test_what_is_asked_waits_among_the_imports(folder, capsys):
    (folder / "odd.csv").write_text("Fecha;Efectivo;Vales\n01/07/2026;450.000;1.015.000\n")
    assert "Column 'Vales' has amounts and goes nowhere." in run(folder, capsys)
    assert (Batch.objects.get().applied_at, names(folder)) == (None, ["ask/odd.csv"])


def test_what_is_asked_is_told_and_a_name_writes_nothing_else_on_the_screen(folder, capsys):
    (folder / "\x1b[2Jodd.csv").write_text("Fecha;Efectivo\n01/07/2026;7\n")
    told = run(folder, capsys)
    assert told.startswith("\N{REPLACEMENT CHARACTER}[2Jodd.csv: moved to ask/: A day comes to 7 only.")
    assert Batch.objects.get().name == "\N{REPLACEMENT CHARACTER}[2Jodd.csv"


def test_invoices_in_a_zip_with_other_papers_leave_no_doubt(folder, capsys, marta):
    files = {"1.xml": invoice(1), "2.xml": cancellation(cdc(1)), "1.pdf": "%PDF"}
    (folder / "july.zip").write_bytes(zipped(**files))
    assert run(folder, capsys) == "july.zip: applied, and moved to done/\n"


def test_a_table_of_invoices_waits_for_a_shift_that_is_open(folder, capsys, ana):
    with periods.at(datetime(2026, 7, 6, 11, tzinfo=UTC)):
        ShiftFactory(cashier=ana)
    table = "Fecha;Hora;Comprobante;Condición;Total\n06/07/2026;09:00;001-001-0000101;Contado;125.000\n"
    (folder / "july.csv").write_text(table)
    assert "is still open: import again once it is closed." in run(folder, capsys)
    assert (Batch.objects.get().applied_at, names(folder)) == (None, ["ask/july.csv"])


def test_what_is_still_written_is_left_alone(folder, capsys):
    for name in (".july.csv", "july.csv.part", "july.tmp"):
        (folder / name).write_text(TABLE)
    (folder / "link.csv").symlink_to(folder / ".july.csv")
    assert (run(folder, capsys), len(names(folder))) == ("", 4)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nowhere", "--pharmacy", "Central"), "no folder"),
        ((".", "--pharmacy", "Norte"), "There are: Central"),
        ((".", "--pharmacy", "Central", "--by", "ana@example.com"), "no active administrator called ana@example.com"),
    ],
)
def test_what_it_cannot_begin_with_is_said(words, why, central, marta, ana):
    with pytest.raises(CommandError, match=why):
        call_command("import_folder", *words)


def test_it_writes_in_the_name_of_whom_it_is_told(folder, capsys):
    other = PersonFactory(role="Admin")
    (folder / "july.csv").write_text(TABLE)
    run(folder, capsys, "--by", other.email.upper())
    assert Batch.objects.get().applied_by == other
