import pytest

from cashpilot.normalize import folded


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("SIPAP de M. Giménez", "sipap de m. gimenez"),
        ("ÑANDUTÍ", "nanduti"),
        ("Mba'éichapa, G̃uarani", "mba'eichapa, guarani"),
        ("Gime\N{COMBINING ACUTE ACCENT}nez", "gimenez"),
        ("  dos \t espacios ", "dos espacios"),
        ("Straße", "strasse"),
        ("ＳＩＰＡＰ ２\u00a0ﬁn", "sipap 2 fin"),
        ("", ""),
    ],
)
def test_a_search_knows_neither_case_nor_accents(text, searched):
    assert folded(text) == searched
