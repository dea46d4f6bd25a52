"""Rows with an hour, summed per shift by the rule of electronic invoices."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashpilot.periods import ASUNCION
from sessions_app.evidence.entry_sums import register_number, sum_entries
from sessions_app.evidence.shift_finder import Shift
from sessions_app.evidence.titles import Field
from sessions_app.tests.evidence.billing import read

ROWS = "Fecha;Hora;Caja;Nro. Factura;Condición;Total\n"


def at(hour, minute=0):
    return datetime(2026, 7, 1, hour, minute, tzinfo=ASUNCION)


SHIFTS = [Shift("morning", "1", at(7), at(15)), Shift("afternoon", "1", at(15), None), Shift("other", "2", at(7), None)]


def summed(text):
    return sum_entries(read(ROWS + text).entries, SHIFTS, lambda register: str(register_number(register)))


def test_a_row_belongs_to_the_shift_of_its_register_that_was_open():
    sums, outside = summed(
        "01/07/2026;07:00;Caja 1;10001;Contado;10.000\n01/07/2026;14:59;Caja 1;10002;Crédito;20.000\n"
        "01/07/2026;15:00;Caja 1;10003;Contado;30.000\n01/07/2026;06:59;Caja 1;10004;Contado;40.000\n"
        "01/07/2026;08:00;Caja 3;10005;Contado;50.000\n01/07/2026;;Caja 1;10006;Contado;60.000\n"
    )
    assert [
        (total.shift.key, total.amounts[Field.CASH], total.amounts[Field.CREDIT], total.invoices) for total in sums
    ] == [
        ("morning", 10_000, 20_000, 2),
        ("afternoon", 30_000, 0, 1),
        ("other", None, None, None),
    ]
    assert [entry.number for entry in outside] == ["10004", "10005", "10006"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("Caja 2", 2), ("001-002", 2), ("CAJA 02 ", 2), ("POS-12", 12), ("", None), ("000", None)],
)
def test_a_register_has_its_number_at_the_end(text, number):
    assert register_number(text) == number


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(1, 3), st.integers(1, 9_999_999)), min_size=1, max_size=20))
def test_no_row_is_lost_and_none_counted_twice(rows):
    text = "".join(
        f"01/07/2026;{hour:02}:30;{register};{10_000 + place};Contado;{amount}\n"
        for place, (hour, register, amount) in enumerate(rows)
    )
    sums, outside = summed(text)
    inside = [entry for total in sums for entry in total.entries]
    assert sorted(entry.row for entry in inside + outside) == list(range(2, len(rows) + 2))
    assert sum(entry.amounts[Field.CASH] for entry in inside + outside) == sum(amount for *_rest, amount in rows)
