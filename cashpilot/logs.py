"""Log lines, each with its request id; JSON in production. Messages are constant phrases, facts go in `extra`."""

import logging
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter as _JsonFormatter

# What every record has; the rest are the facts given as `extra`.
KNOWN_TO_LOGGING = {*logging.makeLogRecord({}).__dict__, "message", "asctime"}

request_id: ContextVar[str] = ContextVar("request_id", default="-")


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
        )


class TextFormatter(logging.Formatter):
    """For a developer's terminal: the message, then the facts."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        facts = record.__dict__.keys() - KNOWN_TO_LOGGING
        return " ".join([super().formatMessage(record), *(f"{name}={record.__dict__[name]}" for name in sorted(facts))])
