"""Django's own Spanish texts are replaced where people read them."""

import re

from django.conf import settings
from django.utils import translation

from cashpilot.web.framework_texts import PLURALS, TEXTS

# What Django says to people it calls usted, and the article that it gives to every name.
FORMAL = re.compile(
    r"\b(usted|su|sus|introduzca|ingrese|seleccione|escoja|elija|asegúrese|escriba|corrija|envíe|mantenga|"
    r"puede agregar|puede editar|puede volver\w*|vuelva|el \{name\}|el %\(name\)s|por favor)\b",
    re.IGNORECASE,
)

# What their counts are called.
NAMES = ("limit_value", "show_value", "max", "length", "min_length", "count")


def test_nobody_is_called_usted_by_a_text_of_django():
    with translation.override("es"):
        told = [translation.gettext(text) for text in TEXTS]
        told += [text % dict.fromkeys(NAMES, count) for text in PLURALS for count in (1, 2)]
    assert [text for text in told if FORMAL.search(text)] == []
    assert len(told) == len(TEXTS) + 2 * len(PLURALS)


def test_each_of_them_is_still_a_text_of_django():
    """A new version of Django may word it anew; then ours would replace nothing."""
    known = set(translation.trans_real.translation("es")._catalog.keys())
    assert [text for text in TEXTS if text not in known] == []
    assert settings.LANGUAGE_CODE == "es"
