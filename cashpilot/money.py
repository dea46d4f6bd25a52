"""Money: whole guaraníes (ISO 4217 PYG has no minor unit), and nothing else that is typed as a number.

Django's own fields read `150.000` as 150 and accept other scripts' digits, so every number that a person types
goes through the parsers here.
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

SIGN = "₲"
MAXIMUM = 9_999_999_999
# Notes down to 2.000, then coins.
DENOMINATIONS = (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 100, 50)
MINUS = "\N{MINUS SIGN}"

# What pasted text carries beside its figures: spaces of every width, and marks without any that nobody sees (zero-width
# spaces and joiners, the byte order mark, marks of direction).
SPACES = " \t\u00a0\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# A tab is never a separator: between figures it stands between two cells.
PLAIN = str.maketrans({**dict.fromkeys(UNSEEN), **dict.fromkeys(SPACES.replace("\t", ""), " ")})
CURRENCY = r"(?:₲|gs\.?|g\.|pyg)"
# Bare digits, or groups of three joined by one and the same separator.
FIGURE = r"([0-9]+|[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+|(?: [0-9]{3})+))"
# One amount, with its currency before or behind it.
AMOUNT = re.compile(rf"(?:{CURRENCY}[ \t]*)?{FIGURE}|{FIGURE}[ \t]*{CURRENCY}", re.IGNORECASE | re.ASCII)
# As on cheques, at the end of an amount: 1.250.000.-
FLOURISH = re.compile(r"\.-(?=[ \t]*(?:[+-]|$))")
# A number of pieces, loose or in bundles: 7, 3x10, 3x10+7.
PIECES = re.compile(r"([0-9]{1,7})(?:[x*×]([0-9]{1,7}))?", re.IGNORECASE)
LONGEST_TEXT = 200
MOST_PIECES = 1_000_000

NOT_AN_AMOUNT = _("Write whole guaraníes without decimals, for example 1.250.000 or 1.500+2.000.")
NOT_PIECES = _("Write how many there are, for example 7, or 3x10 for three bundles of ten.")
NOT_A_NUMBER = _("Write a whole number, for example 20452.")
TOO_MUCH = _("The largest amount is 9.999.999.999.")


def plain(text: str) -> str:
    """The text without what nobody sees in it: every space is a plain one, and none stands at its ends."""
    return text.translate(PLAIN).strip(SPACES)


def _plain_terms(text: str, sentence: Any) -> str:
    """As `plain`. Raises ValidationError with `sentence` for a text too long to be looked at."""
    if len(text) > LONGEST_TEXT:
        raise ValidationError(sentence, code="invalid")
    return plain(text)


def parse_amount(text: str) -> int:
    """Guaraníes from `1250000`, `1.250.000`, `1 250 000`, `1,250,000`, `Gs. 1.250.000.-`, `1.250.000 Gs`, or a sum.

    Raises ValidationError, saying what is accepted, for everything else and above MAXIMUM.
    """
    terms = FLOURISH.sub("", _plain_terms(text, NOT_AN_AMOUNT)).split("+")
    matches = [AMOUNT.fullmatch(term.strip(SPACES)) for term in terms]
    if not all(matches):
        raise ValidationError(NOT_AN_AMOUNT, code="invalid")
    amount = sum(int(re.sub(r"[^0-9]", "", match[0])) for match in matches if match)
    if amount > MAXIMUM:
        raise ValidationError(TOO_MUCH, code="max_value")
    return amount


def parse_signed(text: str) -> int:
    """Guaraníes that may be below zero: amounts added and taken off, `1.500.000-20.000`, `-5.000`. As parse_amount."""
    text = FLOURISH.sub("", _plain_terms(text, NOT_AN_AMOUNT).replace(MINUS, "-"))
    terms = re.findall(r"([+-]?)([^+-]+)", text)
    if not terms or "".join(map("".join, terms)) != text:
        raise ValidationError(NOT_AN_AMOUNT, code="invalid")
    amount = sum(parse_amount(term) * (-1 if sign == "-" else 1) for sign, term in terms)
    if abs(amount) > MAXIMUM:
        raise ValidationError(TOO_MUCH, code="max_value")
    return amount


def parse_pieces(text: str) -> int:
    """Pieces of one denomination from `7`, `3x10` (bundles) or sums of these. Raises ValidationError."""
    matches = [PIECES.fullmatch(term.strip(SPACES)) for term in _plain_terms(text, NOT_PIECES).split("+")]
    pieces = sum(int(match[1]) * int(match[2] or 1) for match in matches if match)
    if not all(matches) or pieces > MOST_PIECES:
        raise ValidationError(NOT_PIECES, code="invalid")
    return pieces


def parse_number(text: str) -> int:
    """A plain whole number, zero or more, of at most nine digits. Raises ValidationError."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValidationError(NOT_A_NUMBER, code="invalid")
    return int(text)


def group(amount: int) -> str:
    """`1250000` as `1.250.000`, `-15000` as `−15.000`, in every language. Refuses what is no whole number."""
    if type(amount) is not int:
        raise TypeError(f"money is a whole number of guaraníes, not {amount!r}")
    return f"{amount:,}".replace(",", ".").replace("-", MINUS)


def with_sign(amount: int) -> str:
    """An amount (guaraníes) as people read it: `₲ 1.250.000`; the space never breaks."""
    grouped = group(amount)
    return f"{MINUS if amount < 0 else ''}{SIGN}\u00a0{grouped.removeprefix(MINUS)}"


# Keyboards of phones, by inputmode. The telephone's has digits and + on Android and on the iPhone, where neither it nor
# the numeric one has - or x: what promises those brings the keyboard of letters.
SUMS, EVERY_SIGN = "tel", "text"


class NumberInput(forms.TextInput):
    """Not `type=number`: browsers drop `150.000` there without a word."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return group(value) if type(value) is int else super().format_value(value)


class WholeNumberFormField(forms.Field):
    """Base of the three fields below: blank is None, never zero."""

    widget = NumberInput
    parse = staticmethod(parse_number)

    def to_python(self, value: Any) -> int | None:
        if type(value) is int:
            return value
        text = "" if value is None else plain(str(value))
        return self.parse(text) if text else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class MoneyFormField(WholeNumberFormField):
    """Guaraníes, zero or more."""

    parse = staticmethod(parse_amount)

    def __init__(self, *, min_value: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(MinValueValidator(min_value))
        self.widget.attrs |= {"data-money": NOT_AN_AMOUNT, "inputmode": SUMS}


class SignedMoneyFormField(WholeNumberFormField):
    """Guaraníes, above or below zero."""

    parse = staticmethod(parse_signed)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"data-signed": "", "inputmode": EVERY_SIGN}


class PiecesFormField(WholeNumberFormField):
    """Notes or coins of one denomination."""

    parse = staticmethod(parse_pieces)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"data-pieces": NOT_PIECES, "inputmode": EVERY_SIGN}


class MoneyField(models.BigIntegerField):  # type: ignore[type-arg]  # generic in the stubs alone
    """Guaraníes, zero to MAXIMUM; the form field is ours in every ModelForm, the admin's included."""

    default_validators = [MinValueValidator(0), MaxValueValidator(MAXIMUM)]

    def formfield(self, **kwargs: Any) -> Any:
        return super(models.BigIntegerField, self).formfield(**{"form_class": MoneyFormField, **kwargs})


class SignedMoneyField(models.BigIntegerField):  # type: ignore[type-arg]  # generic in the stubs alone
    """Guaraníes between -MAXIMUM and MAXIMUM."""

    default_validators = [MinValueValidator(-MAXIMUM), MaxValueValidator(MAXIMUM)]

    def formfield(self, **kwargs: Any) -> Any:
        return super(models.BigIntegerField, self).formfield(**{"form_class": SignedMoneyFormField, **kwargs})


class WholeNumberField(models.PositiveIntegerField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A count of things, typed by a person."""

    default_validators = [MaxValueValidator(999_999_999)]

    def formfield(self, **kwargs: Any) -> Any:
        return super(models.IntegerField, self).formfield(**{"form_class": WholeNumberFormField, **kwargs})
