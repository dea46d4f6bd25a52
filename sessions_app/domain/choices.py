"""The life of a shift: two states, open and closed, and marks set beside them."""

from enum import IntEnum, StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Method(models.TextChoices):
    """Name the ways in which customers pay."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    TRANSFER = "transfer", _("Bank transfer")
    CREDIT = "credit", _("Credit sale")


class Kind(models.TextChoices):
    """Name the kinds of movement."""

    EXPENSE = "expense", _("Expense")
    ENVELOPE = "envelope", _("Envelope")
    CASH_IN = "cash_in", _("Cash added")
    COLLECTION = "collection", _("Debt collected")
    CARD = "card", Method.CARD.label
    TRANSFER = "transfer", Method.TRANSFER.label
    CREDIT_SALE = "credit_sale", Method.CREDIT.label


class Result(models.TextChoices):
    """Name what the comparison says of a shift."""

    OPEN = "open", _("Open")
    NOT_COMPARED = "not_compared", _("Not compared")
    BALANCED = "balanced", _("Balanced")
    SWAPPED = "swapped", _("Wrong method")
    SHORT = "short", _("Short")
    OVER = "over", _("Over")


class BilledSource(models.TextChoices):
    """Name where a billed figure comes from. Blank: it is not known, or there is no figure."""

    CASHIER = "cashier", _("Cashier")
    ADMINISTRATOR = "administrator", _("Administrator")
    FILE = "file", _("File")
    INVOICES = "invoices", _("Invoices")
    API = "api", _("Billing system")


# Sources of figures that nobody typed.
ARRIVED = (BilledSource.FILE, BilledSource.INVOICES, BilledSource.API)


class Level(StrEnum):
    """Name what the verdict of a day is made of: verdicts of its shifts, or the day as a whole."""

    SHIFT = "shift"
    DAY = "day"


class Rank(IntEnum):
    """Name the places in the queue of what is to settle: missing money first, and last what balances."""

    MISSING = 0
    OVER = 1
    WRONG_METHOD = 2
    DESERVES_A_LOOK = 3
    NOT_COMPARED = 4
    NOTHING_TO_SETTLE = 5


# The results that somebody has to look at.
OFF = (Result.SHORT, Result.SWAPPED, Result.OVER, Result.NOT_COMPARED)
# Those of them that say an amount, and all that were compared.
AN_AMOUNT = (Result.SHORT, Result.OVER, Result.SWAPPED)
COMPARED = (*AN_AMOUNT, Result.BALANCED)

# A mark is three columns, set and cleared together: <mark>_at, <mark>_by and its words.
MARKS = {"flagged": "flag_reason", "signed_off": "signed_off_note", "deleted": "delete_reason"}

# A billed figure -> the column that says where it comes from.
SOURCE_OF = {
    "billed_cash": "billed_source",
    "billed_card": "billed_card_source",
    "billed_transfer": "billed_transfer_source",
    "billed_credit": "billed_credit_source",
}
# What a billing system says, in the order of Method.
BILLED = list(SOURCE_OF)
