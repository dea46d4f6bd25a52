from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from cashpilot.version import VERSION


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return _answer("ok")


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers too, and has the tables that this code needs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _require_tables()
    except DatabaseError:
        return _answer("no database", 503)
    except LookupError:
        return _answer("migrations to apply", 503)
    return _answer("ok")


def _answer(status: str, code: int = 200) -> JsonResponse:
    return JsonResponse({"status": status, "version": VERSION}, status=code)


@cache
def _require_tables() -> None:
    """Raise LookupError while a migration waits; once none does, this process need not look again."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError
