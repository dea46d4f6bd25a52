"""Log lines, each with its request id; JSON in production. Messages are constant phrases, facts go in `extra`."""

import logging
import secrets
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.db import transaction
from pythonjsonlogger.json import JsonFormatter as _JsonFormatter

from cashpilot.web import metrics

# What every record has, and Django's `request`, which would print what was typed into the address; the rest are the
# facts given as `extra`.
NO_FACTS = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "request"}

# Without what is confused when a code is read aloud: 0 and O, 1, I and L, U and V.
READ_ALOUD = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8

request_id: ContextVar[str] = ContextVar("request_id", default="-")
# Whether an action was committed since the request began: what tells "nothing was saved" from "it was".
saved: ContextVar[bool] = ContextVar("saved", default=False)


def new_request_id() -> str:
    """Return a code that a person can read aloud to who looks it up in the log."""
    return "".join(secrets.choice(READ_ALOUD) for _each in range(CODE_LENGTH))


def action(event: str, **facts: Any) -> None:
    """One line about what was done, once it is certain."""
    transaction.on_commit(partial(_tell, event, facts))


def _tell(event: str, facts: dict[str, Any]) -> None:
    saved.set(True)
    metrics.acted(event)
    logging.getLogger("cashpilot.actions").info(event, extra=facts)


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(_JsonFormatter):
    def __init__(self) -> None:
        super().__init__(
            "{levelname}{name}{message}{request_id}",
            style="{",
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger"},
            reserved_attrs=list(NO_FACTS),
        )


class TextFormatter(logging.Formatter):
    """The message, then the facts. Neither begins a line or steers a terminal; only a traceback has lines."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        facts = record.__dict__.keys() - NO_FACTS
        told = [super().formatMessage(record), *(f"{name}={record.__dict__[name]}" for name in sorted(facts))]
        return _on_one_line(" ".join(told))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Indent each line: what a request wrote into an error looks like no line of the log."""
        return "\n".join(f"    {_on_one_line(line)}" for line in super().formatException(ei).splitlines())


def _on_one_line(text: str) -> str:
    """Escape what a terminal does not print, as `\\x1b`; letters of every language stay."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
