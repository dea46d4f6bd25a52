"""The CDC of an electronic document (44 signs), and the check digit that it shares with the RUC."""

import re
from dataclasses import dataclass
from itertools import cycle
from operator import mul

SHAPE = re.compile(
    r"(?P<type>[0-9]{2})(?P<ruc>[0-9]{7}[0-9A-D])(?P<ruc_digit>[0-9])(?P<point>[0-9]{6})(?P<number>[0-9]{7})[0-9]"
    r"(?P<date>[0-9]{8})(?P<emission>[0-9])(?P<code>[0-9]{9})(?P<digit>[0-9])",
    re.ASCII,
)
HEAVIEST = 11
WEIGHTS = range(2, HEAVIEST + 1)


@dataclass(frozen=True)
class Parts:
    """The parts of a CDC as a document repeats them."""

    type: int
    ruc: str
    ruc_digit: str
    point: str
    number: int
    date: str
    emission: str
    code: str
    digit: str


def check_digit(text: str) -> str:
    """Return the check digit (modulo 11, weights 2 to 11 from the right); a letter counts as the digits of its code."""
    digits = text if text.isdecimal() else "".join(sign if sign.isdecimal() else str(ord(sign)) for sign in text)
    rest = sum(map(mul, map(int, reversed(digits)), cycle(WEIGHTS))) % HEAVIEST
    return str(HEAVIEST - rest if rest > 1 else 0)


def parts(cdc: str) -> Parts | None:
    """Return the parts of a CDC, or None if it has not its shape or one of its two check digits does not fit."""
    match = SHAPE.fullmatch(cdc)
    if not match or check_digit(cdc[:-1]) != match["digit"] or check_digit(match["ruc"]) != match["ruc_digit"]:
        return None
    return Parts(
        type=int(match["type"]),
        ruc=match["ruc"].lstrip("0"),
        ruc_digit=match["ruc_digit"],
        point=f"{match['point'][:3]}-{match['point'][3:]}",
        number=int(match["number"]),
        date=match["date"],
        emission=match["emission"],
        code=match["code"],
        digit=match["digit"],
    )
