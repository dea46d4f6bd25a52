"""Figures of a billing table that make no sense are asked."""

import pytest

from sessions_app.evidence.billing_types import Expected
from sessions_app.tests.evidence.billing import TODAY, asked, read


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def test_a_total_that_is_not_the_sum_of_the_methods_is_asked():
    content = "Fecha;Efectivo;Tarjeta;Total\n01/07/2026;1.000.000;200.000;{}\n"
    assert read(content.format("1.200.000")).is_sure
    assert asked(read(content.format("1.250.000"))) == ["sum"]


def test_figures_a_thousand_times_too_small_are_asked():
    small = "Fecha;Efectivo\n01/07/2026;1.250\n02/07/2026;1.300\n"
    assert asked(read(small)) == ["small"]
    one = "Fecha;Efectivo\n01/07/2026;1.250.000\n02/07/2026;1.300\n03/07/2026;1.400.000\n"
    assert asked(read(one)) == ["small:cash"]
    usual = Expected(TODAY, usual=5_000_000)
    assert asked(read("Fecha;Efectivo\n01/07/2026;45.000\n", usual)) == ["small"]
    assert asked(read("Fecha;Efectivo\n01/07/2026;600.000.000\n", usual)) == ["large"]
    assert read("Fecha;Efectivo\n01/07/2026;600.000\n", usual).is_sure
    assert read("Fecha;Efectivo;Transferencia\n01/07/2026;600.000;800\n", usual).is_sure


def test_a_file_of_another_pharmacy_is_asked():
    known = Expected(TODAY, pharmacy="Central", other_pharmacies=("Farmacia Luque", "Norte"))
    content = "{}\nFecha;Efectivo\n01/07/2026;1.250.000\n"
    assert asked(read(content.format("FARMACIA LUQUE S.A."), known)) == ["pharmacy"]
    assert asked(read(content.format("Central y Farmacia Luque"), known)) == []
    assert asked(read(content.format("Informe"), known)) == []
