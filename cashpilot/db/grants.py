"""Grants of the role that serves CashPilot in PostgreSQL: it may do what CashPilot itself does, and nothing more.

The owner of a table can switch its guards off and rewrite its history; so the owner migrates, and this role serves. It
owns nothing, deletes nothing of money, and of a history it may only read and add.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from cashpilot.db.triggers import append_only_models

READS = ("SELECT",)
ADDS = ("SELECT", "INSERT")
WRITES = ("SELECT", "INSERT", "UPDATE")
DELETES = (*WRITES, "DELETE")

# Filled by migrate alone, or by nobody: what a role may do, for one.
FIXED = {"auth.Permission", "auth.Group_permissions", "contenttypes.ContentType", "accounts.User_user_permissions"}
# The rest of what ends: an assignment, a role, a day's verdict, and what Django and axes keep of sign-ins.
ENDING = {"pharmacies.Assignment", "accounts.User_groups", "sessions_app.DayVerdict"}
ENDING_APPS = {"sessions", "axes"}


def of(model: type[models.Model]) -> tuple[str, ...]:
    if model._meta.label == "auth.Group":
        return ("SELECT", "UPDATE (name)")  # it is locked, never changed, and PostgreSQL asks for both alike
    if model._meta.label in FIXED:
        return READS
    if model in append_only_models():
        return ADDS
    if model._meta.label in ENDING or model._meta.app_label in ENDING_APPS:
        return DELETES
    return WRITES


def statements(role: str, password: str = "") -> Iterator[str]:
    """SQL that makes `role`, or brings it up to date; to be run in one transaction by the owner of the tables."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_database(), current_user")
        schema, database, owner = map(quote, cursor.fetchone())
    name = quote(role)
    yield (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        f" THEN CREATE ROLE {name} LOGIN; END IF; END $$"
    )
    if password:
        yield f"ALTER ROLE {name} PASSWORD '{_verifier(role, password)}'"
    yield f"REVOKE {owner} FROM {name}"
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
    yield f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {database} TO {name}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {name}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name}"
    yield f"GRANT SELECT ON {schema}.django_migrations TO {name}"
    for model in apps.get_models(include_auto_created=True):
        yield f"GRANT {', '.join(of(model))} ON {schema}.{quote(model._meta.db_table)} TO {name}"


def _verifier(role: str, password: str) -> str:
    """Return the verifier that PostgreSQL stores, so that the password itself goes to no log of statements."""
    connection.ensure_connection()
    verifier: bytes = connection.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return verifier.decode()
