"""Each role has all and only the permissions declared here, whatever was given to the groups by hand.

The groups say who has a role. After every migrate they are given its permissions, which Django's own tools read.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

ADMIN, CASHIER, AUDITOR = "Admin", "Cashier", "Auditor"
LABELS = {ADMIN: _("Administrator"), CASHIER: _("Cashier"), AUDITOR: _("Auditor")}

_READS_EVERYTHING = {
    "accounts.view_user",
    "accounts.view_signin",
    "pharmacies.view_pharmacy",
    "pharmacies.view_assignment",
    "pharmacies.view_every_pharmacy",
    "sessions_app.view_cashsession",
    "sessions_app.view_every_cashsession",
    "sessions_app.view_movement",
    "sessions_app.view_reply",
    "sessions_app.view_day",
    "sessions_app.view_audit",
    "sessions_app.view_mail",
    "sessions_app.view_reports",
    "sessions_app.export_cashsession",
}

ROLES: dict[str, set[str]] = {
    # Runs the business: every shift, every pharmacy, the people.
    ADMIN: _READS_EVERYTHING
    | {
        "accounts.add_user",
        "accounts.change_user",
        "pharmacies.add_pharmacy",
        "pharmacies.change_pharmacy",
        "pharmacies.add_assignment",
        "pharmacies.delete_assignment",
        "sessions_app.open_cashsession",
        "sessions_app.open_cashsession_for_others",
        "sessions_app.close_cashsession",
        "sessions_app.close_cashsession_uncounted",
        "sessions_app.correct_cashsession",
        "sessions_app.correct_cashsession_any_time",
        "sessions_app.flag_cashsession",
        "sessions_app.unflag_cashsession",
        "sessions_app.sign_off_cashsession",
        "sessions_app.delete_cashsession",
        "sessions_app.restore_cashsession",
        "sessions_app.add_movement",
        "sessions_app.void_movement",
        "sessions_app.verify_movement",
        "sessions_app.add_reply",
        "sessions_app.change_day",
        "sessions_app.sign_off_day",
        # Is told of differences and flags, and lets a mail be tried again.
        "sessions_app.receive_alerts",
        "sessions_app.resend_mail",
    },
    # Opens, tracks and closes own shifts where assigned.
    CASHIER: {
        "sessions_app.view_cashsession",
        "sessions_app.view_movement",
        "sessions_app.open_cashsession",
        "sessions_app.close_cashsession",
        "sessions_app.correct_cashsession",
        "sessions_app.flag_cashsession",
        "sessions_app.add_movement",
        "sessions_app.void_movement",
        "sessions_app.view_reply",
        "sessions_app.add_reply",
    },
    # Reads everything, changes nothing.
    AUDITOR: _READS_EVERYTHING,
}

# Whose role works in the back office (Django admin).
STAFF = {ADMIN, AUDITOR}


def permissions_of(names: Iterable[str | None]) -> set[str]:
    """Return what the roles of these names are allowed to do. A group that is no role allows nothing."""
    return set().union(*(ROLES.get(name or "", set()) for name in names))


def allowing(permission: str) -> list[str]:
    """Return the names of the roles that have `app.codename`."""
    return [name for name, permissions in ROLES.items() if permission in permissions]


def sync(**_signal: Any) -> None:
    """Give each group all and only its declared permissions. A name that does not exist is an error."""
    for role, names in ROLES.items():
        wanted = Q(pk=None)
        for name in names:
            app, codename = name.split(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        permissions = list(Permission.objects.filter(wanted))
        if len(permissions) != len(names):
            found = {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}
            raise LookupError(f"{role}: no such permission: {', '.join(sorted(names - found))}")
        Group.objects.get_or_create(name=role)[0].permissions.set(permissions)
