import csv
from io import StringIO

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from cashpilot import exports


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u00a0=1"])
def test_a_cell_that_a_spreadsheet_would_run(text):
    assert exports.defused(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-15_000, 0, "", None, "a=1", "1.250.000", "−15.000", "Ñemby", "3-4"])
def test_every_other_cell_stays(cell):
    assert exports.defused(cell) == cell


def test_the_file_is_what_was_given():
    rows = [["Ñ", 'with "quotes", commas'], [-15_000, "two\nlines"]]
    text = exports.csv_response("x.csv", rows).getvalue().decode()
    assert text[0] == "\ufeff"
    assert list(csv.reader(StringIO(text[1:], newline=""))) == [rows[0], ["-15000", "two\nlines"]]


def test_it_is_read_in_blocks(monkeypatch):
    """The next row is asked for when what came before was sent."""
    monkeypatch.setattr(exports, "BLOCK", 10)
    read = []
    rows = ([read.append(number) or "x" * 10] for number in range(100))
    response = exports.csv_response("x.csv", rows)
    next(iter(response))
    assert len(read) < 3


def test_the_language_is_that_of_the_request():
    with translation.override("en"):
        response = exports.csv_response("x.csv", ([gettext_lazy("Pharmacy")] for _row in range(1)))
    with translation.override("es"):
        assert "Pharmacy" in response.getvalue().decode()
        assert translation.get_language() == "es"
