from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import actions, roles, rules
from accounts.forms import PersonForm
from accounts.models import User
from accounts.people_views import hand_over
from accounts.querysets import open_shifts
from cashpilot.admin import BackOfficeAdmin, BackOfficeForm, Choice, ObjectAction, VisibleChoice


class OfficePersonForm(BackOfficeForm, PersonForm):
    reader: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, by=self.reader, **kwargs)


class RoleFilter(Choice):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return roles.LABELS.items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


RESET = ObjectAction(
    slug="reset-password",
    label=_("New password"),
    permission="accounts.change_user",
    perform=actions.reset_password,
    why_not=rules.why_not_reset_password,
    explanation=_("A new password is made and shown to you once. The old one and all open sessions end at once."),
    form=forms.Form,
)
DISABLE = ObjectAction(
    slug="disable",
    label=_("Disable"),
    permission="accounts.change_user",
    perform=actions.disable,
    why_not=actions.why_not_disable,
    explanation=_("This person is signed out at once and cannot sign in any more. What they did stays as it is."),
)
ENABLE = ObjectAction(
    slug="enable",
    label=_("Enable"),
    permission="accounts.change_user",
    perform=actions.enable,
    why_not=rules.why_not_enable,
    explanation=_("This person can sign in again, with the password they had."),
)
UNLOCK = ObjectAction(
    slug="unlock",
    label=_("Unlock the sign-in"),
    permission="accounts.change_user",
    perform=actions.unlock,
    why_not=actions.why_not_unlock,
    explanation=_("Too many wrong passwords were typed. After this the person can try again at once."),
    form=forms.Form,
)


@admin.register(User)
class UserAdmin(BackOfficeAdmin):
    form = OfficePersonForm
    list_display = ("name", "email", "role", "pharmacies", "is_active")
    list_filter = (RoleFilter, "is_active", ("assignments__pharmacy", VisibleChoice))
    search_fields = ("first_name", "last_name", "email")
    readonly_fields = ("is_active",)
    object_actions = (RESET, DISABLE, ENABLE, UNLOCK)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "assignments__pharmacy")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        fields = ["email", "first_name", "last_name", "role", "pharmacies"]
        return [*fields, "is_active"] if obj else fields

    def get_form(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.reader = request.user
        return form

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        said = {name: form.cleaned_data[name] for name in OfficePersonForm.base_fields}
        if change:
            actions.edit_person(obj.pk, **said, by=request.user)
        else:
            person, request.new_password = actions.create_person(**said, by=request.user)
            obj.pk = person.pk

    def response_add(self, request: Any, obj: User, post_url_continue: Any = None) -> HttpResponse:
        return hand_over(request, obj, request.new_password)

    def acted(self, request: Any, action: ObjectAction, row: User, outcome: Any) -> HttpResponse:
        if action is RESET:
            return hand_over(request, *outcome)
        answer = super().acted(request, action, row, outcome)
        if action is DISABLE:
            self._say_what_stays_open(request, row)
        return answer

    def _say_what_stays_open(self, request: HttpRequest, person: User) -> None:
        for shift in open_shifts(person):
            link = format_html('<a href="{}">{}</a>', reverse("shift", args=[shift.pk]), shift)
            said = _("Shift {shift} of {who} at {pharmacy} stays open: close it with its count, or without one.")
            messages.warning(request, format_html(str(said), shift=link, who=person, pharmacy=shift.pharmacy))

    @admin.display(description=_("name"), ordering="first_name")
    def name(self, person: User) -> str:
        return person.get_full_name()

    @admin.display(description=_("role"))
    def role(self, person: User) -> Any:
        return roles.LABELS.get(person.role, "")

    @admin.display(description=_("pharmacies"))
    def pharmacies(self, person: User) -> str:
        return ", ".join(sorted(assignment.pharmacy.name for assignment in person.assignments.all()))
