from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers too, and has the tables that this code needs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _require_tables()
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    except LookupError:
        return JsonResponse({"status": "migrations to apply"}, status=503)
    return JsonResponse({"status": "ok"})


@cache
def _require_tables() -> None:
    """Raise LookupError while a migration waits; once none does, this process need not look again."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError
