"""Limits of PostgreSQL for commands: a page must answer within 15 seconds, a command may take longer."""

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
