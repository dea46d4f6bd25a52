"""Grants of the role that serves CashPilot in PostgreSQL: it may do what CashPilot itself does, and nothing more.

The owner of a table can switch its guards off and rewrite its history; so the owner migrates, and this role serves. It
owns nothing, deletes nothing of money, and of a history it may only read and add.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from cashpilot.db.triggers import append_only_models

READS = ("SELECT",)
ADDS = ("SELECT", "INSERT")
WRITES = ("SELECT", "INSERT", "UPDATE")
DELETES = (*WRITES, "DELETE")

# Filled by migrate alone.
FIXED = {"auth.Permission", "contenttypes.ContentType"}
# Of Django and django-otp: sessions, and second factors, whose codes are good for once.
ENDING_APPS = {"sessions", "otp_static", "otp_totp"}


def of(model: type[models.Model]) -> tuple[str, ...]:
    """Return the privileges on the table of `model`.

    Rows are never deleted unless their model says so: `ends_by_deletion` for its own rows, `links_that_end` for the
    tables of its many-to-many fields. Any other such table (what a role may do, for one) is filled by migrate.
    """
    owner: Any = model._meta.auto_created  # the model of a many-to-many field, whose type the stubs leave at True
    if owner:
        return DELETES if _link(model, owner) in getattr(owner, "links_that_end", ()) else READS
    if model._meta.label == "auth.Group":
        return ("SELECT", "UPDATE (name)")  # it is locked, never changed, and PostgreSQL asks for both alike
    if model._meta.label in FIXED:
        return READS
    if model in append_only_models():
        return ADDS
    if getattr(model, "ends_by_deletion", False) or model._meta.app_label in ENDING_APPS:
        return DELETES
    return WRITES


def _link(through: type[models.Model], owner: type[models.Model]) -> str:
    """Return the name of the owner's field whose table `through` is."""
    return next(field.name for field in owner._meta.local_many_to_many if field.remote_field.through is through)


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
    for limit, value in connection.settings_dict["LIMITS"].items():
        yield f"ALTER ROLE {name} SET {limit} = '{value}'"
    yield (
        # PostgreSQL warns where there is nothing to take away.
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_auth_members WHERE roleid = '{owner}'::regrole"  # noqa: S608
        f" AND member = '{name}'::regrole) THEN REVOKE {owner} FROM {name}; END IF; END $$"
    )
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
