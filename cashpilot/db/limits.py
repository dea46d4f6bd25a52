"""Limits of PostgreSQL for commands: a page must answer within 15 seconds, a command may take longer."""

from typing import Any

from django.core.management import CommandError
from django.db import connection

POOLED = (
    "Behind a pooler of connections this does not work: DATABASE_URL with the address of the PostgreSQL server itself, "
    "without ?pooled=1."
)


def take_time() -> None:
    """Let statements of this connection take as long as they need.

    Raises CommandError behind a pooler, where pages would be served by the same connection afterwards.
    """
    if connection.vendor != "postgresql":
        return
    if connection.settings_dict.get("POOLED"):
        raise CommandError(POOLED)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def take_time_to_migrate(**_signal: Any) -> None:
    """Let a migration of millions of rows take as long as it needs; behind a pooler it has what a page has."""
    if not connection.settings_dict.get("POOLED"):
        take_time()


def answer_in_time_again(**_signal: Any) -> None:
    """Give statements their limit back, for what follows a migrate on its connection."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
