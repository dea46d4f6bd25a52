import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from cashpilot.db import grants


class Command(BaseCommand):
    help = (
        "Print the SQL that makes, in PostgreSQL, the role NAME that CashPilot is served as: it can read and add to "
        "the history but not alter it, and it can switch no guard off. The owner of the tables runs it, again after "
        "each migrate: manage.py runtime_role NAME --apply. Its password is RUNTIME_PASSWORD, if that is set. "
        "docs/deployment.md tells the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="for example cashpilot_web")
        parser.add_argument("--apply", action="store_true", help="run it, too")

    def handle(self, *, name: str, apply: bool, **options: Any) -> None:
        asker = self._require_fit(name)
        statements = list(grants.statements(name, settings.RUNTIME_PASSWORD))
        if apply:
            self._run(name, statements, asker)
            self.stdout.write(f"{name} may do what CashPilot does, and nothing more.")
        else:
            self.stdout.write("\n".join(["BEGIN;", *(f"{statement};" for statement in statements), "COMMIT;"]))

    def _run(self, name: str, statements: list[str], asker: str) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        except ProgrammingError as error:
            if not isinstance(error.__cause__, InsufficientPrivilege):
                raise
            raise CommandError(
                f"{asker} may not make or change the role {name}. Let a role do it that may: "
                f"manage.py runtime_role {name} | psql ... "
                f'Or let {asker} make roles: ALTER ROLE "{asker}" CREATEROLE.'
            ) from error

    def _require_fit(self, name: str) -> str:
        """Return who asks."""
        if connection.vendor != "postgresql":
            raise CommandError("SQLite knows no roles: this is for PostgreSQL.")
        if not re.fullmatch("[a-z_][a-z0-9_]{0,62}", name):
            raise CommandError(f"{name!r}: write a name of small letters, digits and _.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (asker,) = cursor.fetchone()
        if asker == name:
            raise CommandError(f"{name} is who asks, the owner of the tables: choose another name.")
        return str(asker)
