"""One electronic document (SIFEN) as facts: `build(record)` -> Document. Raises WrongField naming the field.

A document is held against its own CDC, its totals against each other, its payments against the total. What is not
understood is refused or `unmapped`, never guessed. All amounts of a Document are whole guaraníes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from cashpilot.money import MAXIMUM
from cashpilot.periods import ASUNCION
from sessions_app.evidence import cdc
from sessions_app.evidence.sifen_xml import Record

INVOICE, SELF_INVOICE, CREDIT_NOTE, DEBIT_NOTE, REMISSION = 1, 4, 5, 6, 7
TYPES = (INVOICE, SELF_INVOICE, CREDIT_NOTE, DEBIT_NOTE, REMISSION)
CASH, CARD, TRANSFER, CREDIT, UNMAPPED = "cash", "card", "transfer", "credit", "unmapped"
# Kinds of payment (iTiPago) whose method is certain.
METHODS = {1: CASH, 3: CARD, 4: CARD, 8: CARD, 5: TRANSFER, 7: TRANSFER, 16: TRANSFER, 17: TRANSFER, 21: TRANSFER}
AT_ONCE, ON_CREDIT = "1", "2"
GUARANI = "PYG"
NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,8})?", re.ASCII)
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class WrongField(ValueError):
    """A document, or an event, breaks a rule in one field."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")


@dataclass(frozen=True, slots=True)
class Amounts:
    """Guaraníes per method; below zero for what is given back."""

    cash: int = 0
    card: int = 0
    transfer: int = 0
    credit: int = 0
    unmapped: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))

    @property
    def total(self) -> int:
        return self.cash + self.card + self.transfer + self.credit + self.unmapped


@dataclass(frozen=True, slots=True)
class Foreign:
    """A part that was written in another currency, in guaraníes at the document's own rate."""

    currency: str
    amount: int
    method: str


@dataclass(frozen=True, slots=True)
class Document:
    """`total` is never below zero; `amounts` of a credit note are. `unmapped_because`: a sentence for each part.

    `is_approved` is None while no answer to it was seen.
    """

    cdc: str
    issuer: str
    issuer_name: str
    type: int
    timbrado: str
    point: str
    number: int
    issued_at: datetime
    total: int
    amounts: Amounts
    # As many as the document has: kind of payment (iTiPago).
    kinds: tuple[int, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    unmapped_because: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    is_approved: bool | None = None
    cancelled_at: datetime | None = None

    @property
    def full_number(self) -> str:
        return f"{self.point}-{self.number:07}"


@dataclass(frozen=True)
class Payment:
    """`exact` is in guaraníes before it is rounded."""

    kind: int
    currency: str
    exact: Decimal

    @property
    def method(self) -> str:
        return METHODS.get(self.kind, UNMAPPED)

    @property
    def amount(self) -> int:
        return rounded(self.exact)


def build(record: Record) -> Document:
    """Return the document that the texts of an rDE make up."""
    texts = record.texts
    parts = _identity(texts)
    currency = _currency(texts, "cMoneOpe") if parts.type != REMISSION else GUARANI
    total = _total(texts, parts.type, currency)
    payments = [_payment(inner.texts) for inner in record.all("gPaConEIni")] if parts.type == INVOICE else []
    booked = _book(texts, parts.type, total, payments)
    return Document(
        cdc=texts["@Id"],
        issuer=parts.ruc,
        issuer_name=texts.get("dNomEmi", ""),
        type=parts.type,
        timbrado=_text(texts, "dNumTim"),
        point=parts.point,
        number=parts.number,
        issued_at=parse_instant(texts, "dFeEmiDE"),
        total=rounded(total),
        amounts=Amounts(**booked),
        kinds=tuple(payment.kind for payment in payments),
        foreign=tuple(_foreign(payments, currency, booked)),
        unmapped_because=tuple(_reasons(parts.type, payments, booked[UNMAPPED])),
        refers_to=tuple(inner.texts["dCdCDERef"] for inner in record.all("gCamDEAsoc") if "dCdCDERef" in inner.texts),
        is_approved="dProtAut" in texts or None,
    )


# --- Identity ---------------------------------------------------------------------------------------------------------


def _identity(texts: dict[str, str]) -> cdc.Parts:
    """Return the parts of the CDC. Raises WrongField if it is no CDC, or the document says otherwise of itself."""
    parts = cdc.parts(_text(texts, "@Id"))
    if parts is None:
        raise WrongField("DE Id", _("this is no CDC: a digit of it is wrong."))
    if parts.type not in TYPES:
        raise WrongField("iTiDE", _("documents of type %(type)s are not known here.") % {"type": parts.type})
    said = {
        "dDVId": parts.digit,
        "iTiDE": str(parts.type),
        "dEst": parts.point[:3],
        "dPunExp": parts.point[4:],
        "dNumDoc": f"{parts.number:07}",
        "dRucEm": parts.ruc,
        "dDVEmi": parts.ruc_digit,
        "iTipEmi": parts.emission,
        "dCodSeg": parts.code,
    }
    for name, value in said.items():
        if _text(texts, name).lstrip("0") != value.lstrip("0"):
            raise WrongField(name, _("it is not the one in the CDC (%(value)s).") % {"value": value})
    if parse_instant(texts, "dFeEmiDE").date().isoformat().replace("-", "") != parts.date:
        raise WrongField("dFeEmiDE", _("it is not the day in the CDC (%(value)s).") % {"value": parts.date})
    return parts


def _text(texts: dict[str, str], name: str) -> str:
    if not texts.get(name):
        raise WrongField(name.lstrip("@"), _("it is missing."))
    return texts[name]


def parse_instant(texts: dict[str, str], name: str) -> datetime:
    """Return an instant in Asunción: SIFEN writes local time, and no zone. Raises WrongField."""
    text = _text(texts, name)
    try:
        if INSTANT.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=ASUNCION)
    except ValueError:
        pass
    raise WrongField(name, _("%(text)s is no date and hour.") % {"text": text})


def parse_whole(texts: dict[str, str], name: str) -> int:
    """Return a whole number of at most nine digits. Raises WrongField."""
    text = _text(texts, name)
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise WrongField(name, _("%(text)s is no whole number.") % {"text": text})
    return int(text)


# --- Amounts ----------------------------------------------------------------------------------------------------------


def rounded(exact: Decimal) -> int:
    """Return whole guaraníes, rounded half up."""
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _number(texts: dict[str, str], name: str, default: str | None = None) -> Decimal:
    text = texts.get(name, default) if default is not None else _text(texts, name)
    if not NUMBER.fullmatch(text or "") or Decimal(text or 0) > MAXIMUM:
        raise WrongField(name, _("%(text)s is no amount.") % {"text": text or "-"})
    return Decimal(text or 0)


def _currency(texts: dict[str, str], name: str) -> str:
    text = _text(texts, name)
    if not CURRENCY.fullmatch(text):
        raise WrongField(name, _("%(text)s is no currency.") % {"text": text})
    return text


def _in_guaranies(amount: Decimal, texts: dict[str, str], currency: str, rate: str, name: str) -> Decimal:
    exact = amount if currency == GUARANI else amount * _number(texts, rate)
    if exact > MAXIMUM:
        raise WrongField(name, _("%(text)s is too much.") % {"text": exact})
    return exact


def _total(texts: dict[str, str], kind: int, currency: str) -> Decimal:
    """Return the total, exactly, in guaraníes; of a remission note there is none."""
    if kind == REMISSION:
        return Decimal(0)
    total = _number(texts, "dTotGralOpe")
    if total != _number(texts, "dTotOpe") - _number(texts, "dRedon", "0") + _number(texts, "dComi", "0"):
        raise WrongField("dTotGralOpe", _("the totals do not add up."))
    if currency != GUARANI and "dTotalGs" in texts:
        return _number(texts, "dTotalGs")
    return _in_guaranies(total, texts, currency, "dTiCam", "dTotGralOpe")


def _payment(texts: dict[str, str]) -> Payment:
    currency = _currency(texts, "cMoneTiPag")
    exact = _in_guaranies(_number(texts, "dMonTiPag"), texts, currency, "dTiCamTiPag", "dMonTiPag")
    return Payment(parse_whole(texts, "iTiPago"), currency, exact)


def _book(texts: dict[str, str], kind: int, total: Decimal, payments: list[Payment]) -> dict[str, int]:
    """Return guaraníes per method. Notes never say how money was given back, so they are unmapped whole."""
    booked = dict.fromkeys((CASH, CARD, TRANSFER, CREDIT, UNMAPPED), 0)
    if kind in (CREDIT_NOTE, DEBIT_NOTE):
        booked[UNMAPPED] = rounded(total) * (1 if kind == DEBIT_NOTE else -1)
    if kind != INVOICE:
        return booked
    for payment in payments:
        booked[payment.method] += payment.amount
    condition = _text(texts, "iCondOpe")
    if condition not in (AT_ONCE, ON_CREDIT):
        raise WrongField("iCondOpe", _("%(text)s is no condition of sale.") % {"text": condition})
    rest = rounded(total) - sum(booked.values())
    if payments and abs(total - sum(payment.exact for payment in payments)) < 1:
        booked[max(payments, key=lambda payment: payment.exact).method] += rest  # what rounding each line left
    elif condition == ON_CREDIT and rest > 0:
        booked[CREDIT] = rest
    elif rest < 0 and -rest == _rounding(texts) and booked[CASH] >= -rest:
        booked[CASH] += rest  # paid before the total was rounded down
    else:
        booked[UNMAPPED] += rest
    return booked


def _rounding(texts: dict[str, str]) -> int:
    return rounded(_in_guaranies(_number(texts, "dRedon", "0"), texts, texts["cMoneOpe"], "dTiCam", "dRedon"))


def _foreign(payments: Iterable[Payment], currency: str, booked: dict[str, int]) -> Iterable[Foreign]:
    for payment in payments:
        if payment.currency != GUARANI:
            yield Foreign(payment.currency, payment.amount, payment.method)
    if currency != GUARANI and booked[CREDIT]:
        yield Foreign(currency, booked[CREDIT], CREDIT)


def _reasons(kind: int, payments: Iterable[Payment], unmapped: int) -> Iterable[str]:
    if not unmapped:
        return
    if kind != INVOICE:
        yield _("A note does not say how it was paid.")
        return
    unknown = sorted({payment.kind for payment in payments if payment.method == UNMAPPED and payment.exact})
    if unknown:
        yield _("Paid in a way that is no method here (%(kinds)s).") % {"kinds": ", ".join(map(str, unknown))}
    rest = unmapped - sum(payment.amount for payment in payments if payment.method == UNMAPPED)
    if rest:
        yield _("The payments are not the total.")
