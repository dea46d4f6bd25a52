from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from cashpilot.admin import BackOfficeAdmin, ObjectAction, money
from pharmacies import actions
from pharmacies.models import Assignment, Pharmacy
from pharmacies.querysets import PharmacyQuerySet

TOLERANCE = money("cash_tolerance", _("tolerance"))
THRESHOLD = money("alert_threshold", _("alert threshold"))


@admin.register(Pharmacy)
class PharmacyAdmin(BackOfficeAdmin):
    list_display = ("name", "address", "phone", "registers", TOLERANCE, THRESHOLD, "people_count", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "address", "phone")
    readonly_fields = ("is_active", "people")
    object_actions = (
        ObjectAction(
            slug="deactivate",
            label=_("Deactivate"),
            permission="pharmacies.change_pharmacy",
            perform=actions.deactivate_pharmacy,
            why_not=actions.why_not_deactivate,
            explanation=_("It takes no new shifts. Its history stays, and its open shifts can still be closed."),
        ),
        ObjectAction(
            slug="reactivate",
            label=_("Reactivate"),
            permission="pharmacies.change_pharmacy",
            perform=actions.reactivate_pharmacy,
            why_not=actions.why_not_reactivate,
            explanation=_("Shifts can be opened there again."),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> PharmacyQuerySet:
        rows: PharmacyQuerySet = super().get_queryset(request).annotate(people_count=Count("assignments"))
        return rows

    def get_fields(self, request: HttpRequest, obj: Pharmacy | None = None) -> list[Any]:
        if obj is None:
            return list(actions.EDITABLE)
        if self.has_change_permission(request, obj):
            return [*actions.EDITABLE, "is_active", "people"]
        amounts = {"cash_tolerance": TOLERANCE, "alert_threshold": THRESHOLD}
        return [*(amounts.get(name, name) for name in actions.EDITABLE), "is_active", "people"]

    def save_model(self, request: Any, obj: Pharmacy, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            actions.edit_pharmacy(obj.pk, by=request.user, **changes)
        else:
            obj.pk = actions.create_pharmacy(by=request.user, **form.cleaned_data).pk

    @admin.display(description=_("people"), ordering="people_count")
    def people_count(self, pharmacy: Any) -> int:
        count: int = pharmacy.people_count
        return count

    @admin.display(description=_("assigned people"))
    def people(self, pharmacy: Pharmacy) -> str:
        assignments = Assignment.objects.filter(pharmacy=pharmacy).select_related("user").order_by("user")
        links = ((reverse("admin:accounts_user_change", args=[one.user_id]), one.user) for one in assignments)
        return format_html_join(", ", '<a href="{}">{}</a>', links)
