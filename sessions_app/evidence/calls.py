"""A call of a billing system as JSON: read_call(body) -> Call. Raises WrongCall naming each field that is wrong.

Nothing is converted: an amount is a JSON number without decimals, a text is none. All amounts are whole guaraníes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cashpilot.money import MAXIMUM, TOO_MUCH
from sessions_app.domain.choices import BILLED, Method

METHODS = dict(zip((method.value for method in Method), BILLED, strict=True))
OF_A_SHIFT, OF_A_REGISTER, OF_A_DAY = {"shift"}, {"pharmacy", "register", "from", "to"}, {"pharmacy", "date"}
TARGETS = (OF_A_SHIFT, {"shift", "pharmacy"}, OF_A_REGISTER, OF_A_DAY)
FIELDS = {*OF_A_SHIFT, *OF_A_REGISTER, *OF_A_DAY, *METHODS, "ticket_number", "ticket_count"}
DATE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
INSTANT = re.compile(
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
LARGEST_NUMBER = 999_999_999
LONGEST_TICKET = 50


class NotJson(ValueError):
    """The body is no JSON object."""


class WrongCall(ValueError):
    """A call that says something wrong: field -> the sentence that says what."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


@dataclass(frozen=True)
class Call:
    """A billing system speaks of one shift, of a register from `since` until before `until`, or of one day.

    `said` are the amounts that are known: name of a billed figure -> guaraníes.
    """

    said: dict[str, int]
    shift: int | None = None
    pharmacy: str = ""
    register: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    day: date | None = None
    tickets: dict[str, Any] = field(default_factory=dict)


def read_call(body: bytes) -> Call:
    """Raises NotJson for what is no JSON object, and WrongCall."""
    sent = _object(body)
    wrong = {name: _("There is no such field.") for name in sent.keys() - FIELDS}
    sent = {name: value for name, value in sent.items() if value not in (None, "") and name not in wrong}
    values: dict[str, Any] = {}
    for name, value in sent.items():
        try:
            values[name] = READERS[name](value)
        except ValueError as error:
            wrong[name] = str(error)
    wrong |= _wrong_target(sent.keys()) | _wrong_sense(values, sent)
    if wrong:
        raise WrongCall(wrong)
    return Call(
        said={METHODS[name]: values[name] for name in METHODS if name in values},
        shift=values.get("shift"),
        pharmacy=values.get("pharmacy", ""),
        register=values.get("register"),
        since=values.get("from"),
        until=values.get("to"),
        day=values.get("date"),
        tickets={name: values[name] for name in ("ticket_number", "ticket_count") if name in values},
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body, object_pairs_hook=_each_once)
    except NotJson:
        raise
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise NotJson(_("The body is no JSON: look at line %(line)s, column %(column)s.") % place) from None
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, lists in lists in lists
        raise NotJson(_("The body is no JSON.")) from None
    if not isinstance(sent, dict):
        raise NotJson(_("The body must be one JSON object."))
    return sent


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson(_("A field stands in the body twice."))
    return found


def _wrong_target(names: Any) -> dict[str, str]:
    """Say what is missing or too much to know of what the call speaks."""
    told = names & set().union(*TARGETS)
    if told in TARGETS:
        return {}
    if not told:
        return {"shift": _("Say of what: shift; or pharmacy, register, from and to; or pharmacy and date.")}
    meant = next((target for target in TARGETS if told & (target - {"pharmacy"})), OF_A_DAY)
    missing = dict.fromkeys(meant - told, _("This is missing."))
    return missing | dict.fromkeys(told - meant, _("This does not go with the rest: say one thing only."))


def _wrong_sense(values: dict[str, Any], sent: dict[str, Any]) -> dict[str, str]:
    wrong = {}
    if not sent.keys() & METHODS.keys():
        wrong["cash"] = _("Say at least one amount: cash, card, transfer or credit.")
    if "from" in values and "to" in values and values["from"] >= values["to"]:
        wrong["to"] = _("This must come after from.")
    if "date" not in sent:
        below = {name for name in METHODS if values.get(name, 0) < 0}
        wrong |= dict.fromkeys(below, _("Only the amounts of a day may be below zero."))
    return wrong


def _amount(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(_("Write whole guaraníes as a number without decimals, for example 1250000, or null."))
    if abs(value) > MAXIMUM:
        raise ValueError(str(TOO_MUCH))
    return value


def _number(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(_("Write a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
        return value

    return read


def _text(longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value.strip()) > longest or not value.isprintable():
            raise ValueError(_("Write a text of 1 to %(longest)s characters.") % {"longest": longest})
        return value.strip()

    return read


def _instant(value: Any) -> datetime:
    sentence = _("Write date, time and offset, for example 2026-11-22T14:00:00-03:00.")
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError(sentence)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(sentence) from None


def _date(value: Any) -> date:
    sentence = _("Write a date, for example 2026-11-22.")
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise ValueError(sentence)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(sentence) from None


READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(METHODS, _amount),
    "shift": _number(1, 2**63 - 1),
    "pharmacy": _text(100),
    "register": _number(1, 99),
    "from": _instant,
    "to": _instant,
    "date": _date,
    "ticket_number": _text(LONGEST_TICKET),
    "ticket_count": _number(0, LARGEST_NUMBER),
}
