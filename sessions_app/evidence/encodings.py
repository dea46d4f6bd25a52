"""Text of a file from whatever program wrote it: `decode(content)` -> text and the name of the encoding.

What it says of itself counts first (a mark, then valid UTF-8); the rest is guessed from the letters of Spanish. A
general detector knows every language of the world, and takes a short list of amounts for one of them.
"""

import unicodedata

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Windows first: what cannot be told apart is likelier from there than from DOS or an old Mac.
ONE_BYTE = ("cp1252", "cp850", "mac_roman")
SPANISH = frozenset("áéíóúñüÁÉÍÓÚÑÜ")
# As they stand between figures and words in such files: ordinal signs, no-break space, dashes, quotes, sign of euro.
HARMLESS = frozenset("°ºª\u00a0–—“”‘’«»¿¡€·")
# From this share of zero bytes on it is UTF-16: in letters and digits every second byte is zero.
ZEROS = 0.2


def decode(content: bytes, declared: str = "") -> tuple[str, str]:
    """Return the text and the encoding. Raises UnicodeDecodeError if it is no text in any of them."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content.decode(encoding), encoding
    if content.count(0) > ZEROS * len(content):
        encoding = "utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be"
        return content.decode(encoding), encoding
    try:
        return _twice_encoded(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _guess(content, declared)


def _twice_encoded(text: str) -> tuple[str, str]:
    """Some programs write UTF-8, read it as Windows, and write it again."""
    if "Ã" in text:
        try:
            return text.encode("cp1252").decode("utf-8"), "utf-8 (twice)"
        except UnicodeError:
            pass
    return text, "utf-8"


def _guess(content: bytes, declared: str) -> tuple[str, str]:
    readings: dict[str, str] = {}
    for encoding in filter(None, (declared, *ONE_BYTE)):
        try:
            readings.setdefault(encoding, content.decode(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    best = max(readings, key=lambda encoding: _likeness(readings[encoding]))
    return readings[best], best


def _likeness(text: str) -> int:
    """Return how much of it is Spanish: an accented letter belongs among letters, and in their case."""
    score = 0
    for place, sign in enumerate(text):
        if sign.isascii():
            continue
        around = [other for other in (text[place - 1 : place], text[place + 1 : place + 2]) if other.isalpha()]
        if sign in SPANISH and around:
            score += 3 if any(other.isupper() == sign.isupper() for other in around) else -1
        elif sign not in HARMLESS or unicodedata.category(sign).startswith("C"):
            score -= 2
    return score
