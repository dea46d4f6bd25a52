"""What an action says when a rule turns it down."""


class Refused(Exception):
    """The sentence to show.

    `conflict` says that another request came first: what was asked had been possible on what the person saw.
    """

    def __init__(self, sentence: str, *, conflict: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.conflict = conflict


def require(sentence: str | None) -> None:
    """Raise Refused if a rule answered with a sentence."""
    if sentence:
        raise Refused(sentence)
