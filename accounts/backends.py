from functools import cache
from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet

from accounts import roles
from accounts.lockout import Attempt
from accounts.models import User
from cashpilot.db.written_once import Given, Rows


@cache
def _with_role() -> Rows[Any]:
    """Ask for a person, once for each group; the SQL is written once, for each request asks this first."""
    return Rows(User.objects.filter(pk=Given("pk")).annotate(group_name=F("groups__name")))


class PauseBackend(BaseBackend):
    """The first one: during a pause no password is looked at, be it right or wrong."""

    def authenticate(self, request: Any, username: str | None = None, **_credentials: Any) -> None:
        if request is None or username is None:
            return
        request.paused_until = Attempt.of(request, username).paused_until()
        if request.paused_until:
            raise PermissionDenied


class RoleBackend(ModelBackend):
    """Permissions come from the role alone, as roles.py declares it; none is ever given to one person."""

    def get_user(self, user_id: Any) -> User | None:
        """Return an active person with the permissions of their role as of now, in one query a request."""
        people = _with_role().ask(pk=user_id)
        person: Any = people[0] if people else None
        if person is None or not self.user_can_authenticate(person):
            return None
        if not person.is_superuser:
            person._group_perm_cache = roles.permissions_of(each.group_name for each in people)
        return person  # type: ignore[no-any-return]  # a User

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser:
            return super().get_group_permissions(user_obj, obj)
        if not hasattr(user_obj, "_group_perm_cache"):
            user_obj._group_perm_cache = roles.permissions_of(group.name for group in user_obj.groups.all())
        permissions: set[str] = user_obj._group_perm_cache
        return permissions

    def _get_user_permissions(self, user_obj: object) -> QuerySet[Permission]:
        return Permission.objects.none()
