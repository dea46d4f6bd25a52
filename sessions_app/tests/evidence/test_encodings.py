"""Text from whatever program: read as it was written, and the guess told."""

import pytest

from sessions_app.evidence.encodings import decode

TITLES = "Fecha;Vta. Crédito;Tarj. Débito;Número;Año\n01/07/2026;1.250.000;300.000;5;2026\n"
SHOUTED = "FECHA;VTA. CRÉDITO;NÚMERO;AÑO;CONDICIÓN\n"
WORDS = "Sábado;Días;Ñandutí;Güemes;¿Cuál?;1º\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]
)
@pytest.mark.parametrize("text", [TITLES, SHOUTED, WORDS, TITLES + WORDS])
def test_what_was_written_is_read(text, encoding):
    found, told = decode(text.encode(encoding))
    assert found == text
    assert told == encoding


def test_latin_without_marks_is_taken_for_the_encoding_of_windows():
    assert decode("01/07/2026;1\u00a0250\u00a0000".encode("cp1252")) == ("01/07/2026;1\u00a0250\u00a0000", "cp1252")
    assert decode("Fecha;Total €;1º".encode("cp1252"))[0] == "Fecha;Total €;1º"


def test_an_accented_letter_belongs_among_letters_of_its_case():
    assert decode("NÚMERO".encode("cp850")) == ("NÚMERO", "cp850")
    assert decode("Número".encode("cp850")) == ("Número", "cp850")


def test_text_encoded_twice_is_mended():
    assert decode("Crédito".encode().decode("cp1252").encode())[0] == "Crédito"
    assert decode("SÃO".encode())[0] == "SÃO"


def test_a_declared_encoding_counts_if_it_fits():
    assert decode("Crédito".encode("cp850"), "cp850") == ("Crédito", "cp850")
    assert decode("Crédito".encode("cp850"), "no-such") == ("Crédito", "cp850")
