"""People of the old system: who signs in with what, as what."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import cast

from django.core.exceptions import ValidationError

from accounts import roles
from accounts.models import User
from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.plan import PersonPlan
from sessions_app.legacy.rows import User as Row
from sessions_app.legacy.values import fitted, width

# Where nobody gets mail.
NOWHERE = "cashpilot.invalid"
UNKNOWN_EMAIL = f"sistema-anterior@{NOWHERE}"
UNKNOWN_NAMES = ("Sistema", "anterior")
ROLES = {"ADMIN": roles.ADMIN, "CASHIER": roles.CASHIER}
# How a hash begins -> the algorithm of Django's that reads it, and what Django puts before it.
HASHES = {"$argon2": ("argon2", "argon2"), "$2b$": ("bcrypt", "bcrypt$")}
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def plan_people(rows: Iterable[Row], *, hashers: Collection[str], admins: Collection[str] = ()) -> list[PersonPlan]:
    """Return each person, the first to be added first.

    `hashers` are the algorithms that the settings know; `admins` the e-mails of the administrators where the schema
    knows no roles.
    """
    ordered = sorted(rows, key=lambda row: (row.created_at or LONG_AGO, row.id))
    taken: set[str] = set()
    spoken_for = {_email(row) for row in ordered}
    plans = []
    for row in ordered:
        told = Told("users", row.id, _email(row))
        email = _email(row)
        if not _is_email(email):
            email = _free_email(f"{row.id}@{NOWHERE}", spoken_for | taken)
            told(Code.EMAIL_MISSING, field="email", was=row.email, now=email)
        elif email in taken:
            email = _free_email(email, spoken_for | taken)
            told(Code.EMAIL_TAKEN, field="email", was=row.email, now=email)
        taken.add(email)
        plans.append(_plan(row, email, hashers, {admin.strip().lower() for admin in admins}, told))
    return plans


def _email(row: Row) -> str:
    return cast(str, User.normalize_username(row.email))


def _free_email(email: str, taken: set[str]) -> str:
    """Return the address if it is free, otherwise `ana+2@example.com`, or with the next number that is free."""
    local, _, host = email.partition("@")
    number, free = 2, email
    while free in taken:
        free = f"{local}+{number}@{host}"
        number += 1
    return free


def _is_email(text: str) -> bool:
    try:
        User._meta.get_field("email").run_validators(text)
    except ValidationError:
        return False
    return bool(text)


def _plan(row: Row, email: str, hashers: Collection[str], admins: Collection[str], told: Told) -> PersonPlan:
    is_second = email != _email(row)
    first_name, last_name = _names(row, email, told)
    role = _role(row, admins, told)
    return PersonPlan(
        origin=row.origin,
        email=email,
        first_name=first_name,
        last_name=last_name,
        role=role,
        is_active=row.is_active and bool(role) and not is_second,
        password=None if is_second else _password(row, hashers, told),
        date_joined=row.created_at or LONG_AGO,
        findings=told.all(),
    )


def _names(row: Row, email: str, told: Told) -> tuple[str, str]:
    first = fitted(row.first_name.strip(), width(User, "first_name"), told, "first_name")
    last = fitted(row.last_name.strip(), width(User, "last_name"), told, "last_name")
    if not (first and last):
        given = (first or email.partition("@")[0], last or "-")
        told(Code.NAME_MISSING, field="first_name", was=f"{first} {last}".strip(), now=" ".join(given))
        return given
    return first, last


def _role(row: Row, admins: Collection[str], told: Told) -> str:
    if row.role is None:
        return roles.ADMIN if _email(row) in admins else roles.CASHIER
    role = ROLES.get(row.role.strip().upper(), "")
    if not role:
        told(Code.UNKNOWN_ROLE, field="role", was=row.role)
    return role


def _password(row: Row, hashers: Collection[str], told: Told) -> str | None:
    """Return the hash as Django reads it, None where nothing here can."""
    for beginning, (algorithm, prefix) in HASHES.items():
        if row.hashed_password.startswith(beginning) and algorithm in hashers:
            return prefix + row.hashed_password
    told(Code.PASSWORD_UNUSABLE, field="hashed_password")
    return None
