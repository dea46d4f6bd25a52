import unicodedata


def folded(text: str) -> str:
    """Return a text as searches compare it, in Python and in columns: without case, accents, loose spaces."""
    if text.isascii():  # nearly every cell of a table
        return " ".join(text.casefold().split())
    plain = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join("".join(plain).casefold().split())
