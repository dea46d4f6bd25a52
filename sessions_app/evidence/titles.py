"""Titles of columns, as billing systems of Paraguay write them: `guess(title)` -> field and how sure.

Only words are looked at here; whether the cells below fit is for columns.py. A strong guess is applied unless the
cells speak against it, a weak one is asked.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from cashpilot.normalize import folded


class Field(StrEnum):
    """A column's meaning. The four methods and the total hold amounts, as does the cost."""

    DATE = "date"
    HOUR = "hour"
    OPENED = "opened"
    CLOSED = "closed"
    REGISTER = "register"
    BRANCH = "branch"
    CASHIER = "cashier"
    SHIFT = "shift"
    NUMBER = "number"
    CONDITION = "condition"
    STATUS = "status"
    KIND = "kind"
    CURRENCY = "currency"
    TOTAL = "total"
    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    CREDIT = "credit"
    INVOICES = "invoices"
    COST = "cost"
    NONE = "none"


METHODS = (Field.CASH, Field.CARD, Field.TRANSFER, Field.CREDIT)
# Several columns of these are added up; of the others there is one.
ADDED = (*METHODS, Field.INVOICES)
AMOUNTS = (*METHODS, Field.TOTAL, Field.COST)


@dataclass(frozen=True)
class Guess:
    field: Field
    is_strong: bool


WORD = re.compile(r"[a-z0-9°º#%]+")
COUNTED = r"fact\w*|comprob\w*|ticket\w*|tique\w*|ventas|operac\w*|transac\w*|document\w*|boletas?|cupon\w*|invoices"
SEVERAL = "facturas|comprobantes|tickets|operaciones|transacciones|invoices|boletas|documentos"
NUMBERED = r"fact\w*|comprob\w*|nro|numero|num|n|n°|nº|no"
# In order: the first that is found counts. Words are folded, with a space before and behind.
FOREIGN = r" usd | u s | us | uss | dolar\w*| brl | reales | ars | pesos | eur | euros?"
RULES: tuple[tuple[str, Field, bool], ...] = (
    # Numbers that are no money (strong), amounts that are nobody's payment (weak), days that are not the sale's.
    (r" timbrado| ruc | c i | ci | cedula| client\w*| telef\w*| celular| cdc ", Field.NONE, True),
    (r" (notas?|not|n) (de )?cred\w*| nc | devol\w*| anulac\w*", Field.NONE, False),
    (FOREIGN, Field.NONE, False),
    (r" iva| exent\w*| gravad\w*| descuent\w*", Field.NONE, False),
    (r" vuelto| saldo| utilidad| ganancia| margen| retiro\w*| gasto\w*| egreso\w*| diferencia", Field.NONE, False),
    (r" sobrante| faltante| arqueo| declarad\w*| fisico| fondo", Field.NONE, False),
    (r" (efectivo|caja|saldo|monto) (de )?(inicial|final|apertura|cierre)", Field.NONE, False),
    (r" (vencim\w*|vto|vence) | fecha (de )?(vencim\w*|vto|nacim\w*|impres\w*)", Field.NONE, True),
    (r" (cant\w*|n|nro|numero|total) (de )?(art\w*|items?|prod\w*|unid\w*|clientes)", Field.NONE, True),
    (rf" ({NUMBERED}) (de )?(fact\w* )?(desde|hasta|inicial|final|primer\w*|ultim\w*)", Field.NONE, True),
    (r" total (del? )?(dia|general|gral)", Field.TOTAL, True),
    # How many invoices, before the methods: "Cant. Fact. Contado".
    (rf" (cant\w*|q|#|total|total de) (de )?({COUNTED})", Field.INVOICES, True),
    (rf" ({NUMBERED}) (de )?({SEVERAL})", Field.INVOICES, True),
    # Payments; cards before credit: "Tarj. Débito/Crédito", "T. Crédito".
    (
        r" tarj\w*| cards?| visa| master\w*| amex| american express| bancard| dinelco| infonet| procard",
        Field.CARD,
        True,
    ),
    (r" t (de )?(cred\w*|deb\w*)| tcred\w*| tdeb\w*| pos | plastico\w*", Field.CARD, True),
    (r" tc | td | t c | t d | voucher\w*| cabal| panal| cupon\w*| debit", Field.CARD, False),
    (
        r" transf\w*| trf | sipap| spi | qr | billeter\w*| wallet| giros?| tigo money| personal pay",
        Field.TRANSFER,
        True,
    ),
    (r" zimple| wally| pago movil| eko ", Field.TRANSFER, True),
    (r" deposito\w*| bancari\w*| banco\w*", Field.TRANSFER, False),
    (r" (forma|medio|metodo|tipo|f|modo)s? (de )?(pago|cobro)| condic\w*| cond ", Field.CONDITION, True),
    (r" (tipo|modalidad) (de )?venta", Field.CONDITION, True),
    (r" (a )?cred\w*| ctas? (cte|corriente)\w*| cuentas? (cte|corriente)\w*| ctacte| fiado\w*", Field.CREDIT, True),
    (r" (por|a) cobrar", Field.CREDIT, True),
    (r" convenio\w*| empresas?| obra social| aseguradora\w*| cuotas?| ips ", Field.CREDIT, False),
    (r" efectivo| efvo| efect | efec | contado| ctdo | cdo | cash ", Field.CASH, True),
    (r" cost\w*| cmv ", Field.COST, True),
    # When, where, who.
    (r" (apertura|inicio|abierto|abre|desde|opened|from) ", Field.OPENED, True),
    (r" (cierre|fin|cerrado|cierra|hasta|closed|to) ", Field.CLOSED, True),
    (r" fecha| dia | dias | date | fec | fch | day | f emision| emision | jornada ", Field.DATE, True),
    (r" hora| time | hour | hs ", Field.HOUR, True),
    (r" turno| shift ", Field.SHIFT, True),
    (r" cajer\w*| vendedor\w*| usuari\w*| operador\w*| cashier| user | funcionari\w*", Field.CASHIER, True),
    (r" emplead\w*| encargad\w*| responsable", Field.CASHIER, True),
    (r" sucursal\w*| suc | local | tienda| farmacia| branch| establec\w*| store | filial", Field.BRANCH, True),
    (r" caja| pto | punto | terminal| estacion| puesto| register| till ", Field.REGISTER, True),
    (r" estado| anulad\w*| situacion| status| vigente", Field.STATUS, True),
    (r" moneda| currency", Field.CURRENCY, True),
    (r" (tipo|clase|forma) ", Field.KIND, True),
    (r" total| tot | totales", Field.TOTAL, True),
    (r" facturado| importe| monto| neto| bruto| valor| ventas? | amount| cobrado", Field.TOTAL, False),
    (rf" ({SEVERAL}) ", Field.INVOICES, True),
    (r" cant | cantidad ", Field.INVOICES, False),
    (rf" ({NUMBERED}) | ticket| tique| documento| doc | invoice| boleta", Field.NUMBER, True),
)
_RULES = tuple((re.compile(pattern), field, is_strong) for pattern, field, is_strong in RULES)


# A title over several columns, in front of that of one of them: "Formas de cobro Efectivo".
CAPTION = re.compile(r"^ (?:formas?|medios?|metodos?|modos?|tipos?) de (?:pago|cobro)")


def guess(title: str) -> Guess | None:
    """Return what a title says of its column, or None if it says nothing that is known here."""
    words = _words(title)
    alone = _first(CAPTION.sub("", words))
    return alone if alone and alone.field in METHODS else _first(words)


def _first(words: str) -> Guess | None:
    return next((Guess(field, strong) for rule, field, strong in _RULES if rule.search(words)), None)


def _words(title: str) -> str:
    return f" {' '.join(WORD.findall(folded(title)))} "


def is_foreign(title: str) -> bool:
    """Return whether a title names another currency than guaraníes."""
    return bool(re.search(FOREIGN, _words(title)))


def known(title: str) -> tuple[str, int] | None:
    """Return the field of a title and how much it speaks for a row of titles."""
    found = guess(title)
    return (found.field, 2 if found.is_strong else 1) if found and found.field != Field.NONE else None


# --- Words in cells ---------------------------------------------------------------------------------------------------

CONDITIONS: tuple[tuple[str, Field], ...] = (
    (r"tarj|card|visa|master|pos\b|debito|\bt\.? ?c|\bt\.? ?d|bancard|infonet", Field.CARD),
    (r"transf|sipap|\bspi\b|\bqr\b|giro|billeter", Field.TRANSFER),
    (r"cred|cta|cuenta|fiado|plazo|\bcr\b", Field.CREDIT),
    (r"efectivo|efvo|contado|cash|ctdo|\bcdo\b|\bcon\b|\befe\b", Field.CASH),
)
ANNULLED = re.compile(r"^(anul|cancel|void|inutil|rechaz|baja)")
YES = ("si", "s", "x", "1", "true", "yes", "verdadero")
CREDIT_NOTE = re.compile(r"nota.*cred|\bn\.? ?/?c\b|devol|credit note")
GUARANIES = re.compile(r"^(gs?\.?|₲|pyg|guarani(es)?|local|moneda local|600)?$")
TOTALS = re.compile(r"(sub ?-?total|gran total|totale?s?|sumas?|acumulado|saldo final)\b", re.IGNORECASE)
AVERAGES = re.compile(r"(promedio|media|m[aá]ximo|m[ií]nimo|average)\b", re.IGNORECASE)


def method_of(text: str) -> Field | None:
    """Return the method that a condition of sale or a kind of payment names, None for two together."""
    words = folded(text)
    if CREDIT_NOTE.search(words):
        return None
    found = [field for pattern, field in CONDITIONS if re.search(pattern, words)]
    apart = set(found) - ({Field.CREDIT} if Field.CARD in found else set())
    return found[0] if len(apart) == 1 else None


def labelled_methods() -> dict[Field, str]:
    """Return the methods, and that it is none of them, with their names for people."""
    return {
        Field.CASH: _("Billed in cash"),
        Field.CARD: _("Billed by card"),
        Field.TRANSFER: _("Billed by transfer"),
        Field.CREDIT: _("Billed on credit"),
        Field.NONE: _("Nothing of these"),
    }
