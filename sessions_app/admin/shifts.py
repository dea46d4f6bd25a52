"""Shifts in the back office: found, read, deleted and restored. Everything else is done on the shift's own page."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from cashpilot.admin import (
    BackOfficeAdmin,
    Between,
    Choice,
    KnownParameters,
    ObjectAction,
    ReadOnlyInline,
    VisibleChoice,
    money,
)
from cashpilot.formatting import UNKNOWN, amount, moment, signed
from cashpilot.formatting import money as formatted
from sessions_app.actions import marks as mark_actions
from sessions_app.domain.blind_count import HIDDEN
from sessions_app.domain.choices import Result
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.models import MOVEMENT_SUMS, CashSession, Movement
from sessions_app.queries.both_verdicts import add_verdicts, at_close
from sessions_app.queries.contradictions import contradiction_of
from sessions_app.querysets.shifts import CashSessionQuerySet
from sessions_app.templatetags.shifts import badge

if TYPE_CHECKING:
    from accounts.models import User


class DateFilter(Between):
    parameter = "business_date"


class ResultFilter(Choice):
    title, parameter_name = _("result"), "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Result.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> CashSessionQuerySet:
        rows: CashSessionQuerySet = queryset.filter(result=self.value()) if self.value() else queryset
        return rows


class FlaggedFilter(Choice):
    title, parameter_name = _("flagged"), "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Yes")), ("0", _("No"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> CashSessionQuerySet:
        rows: CashSessionQuerySet = (
            queryset.filter(flagged_at__isnull=self.value() == "0") if self.value() else queryset
        )
        return rows


class DeletedFilter(Choice):
    """Deleted shifts are shown only where they are asked for."""

    title, parameter_name = _("deleted"), "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Only deleted"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> CashSessionQuerySet:
        rows: CashSessionQuerySet = queryset.deleted() if self.value() else queryset.live()
        return rows

    def choices(self, changelist: Any) -> Any:
        """Not "All", as Django would call it."""
        live, *others = super().choices(changelist)
        yield {**live, "display": _("Not deleted")}
        yield from others


def _amounts(*names: str) -> tuple[Any, ...]:
    labels = {column.name: column.verbose_name for column in CashSession._meta.concrete_fields}
    return tuple((_blind if name in HIDDEN else money)(name, labels[name]) for name in names)


def _blind(name: str, label: Any) -> Any:
    """An amount that is not shown while the shift is open: whoever reads it may be the one who counts."""

    @admin.display(description=label, ordering=name)
    def shown(shift: CashSession) -> str:
        return UNKNOWN if shift.is_open else formatted(getattr(shift, name))

    return shown


def _signed(mark: str, label: Any, words: str = "") -> Any:
    """When, who and why of a mark, in one column."""

    @admin.display(description=label)
    def shown(row: Any) -> str:
        if getattr(row, f"{mark}_at") is None:
            return UNKNOWN
        facts = [moment(getattr(row, f"{mark}_at")), getattr(row, f"{mark}_by"), getattr(row, words) if words else ""]
        return " · ".join(str(fact) for fact in facts if fact)

    return shown


class MovementInline(ReadOnlyInline):
    model = Movement
    fields: ClassVar[Any] = (
        "kind",
        money("amount", _("amount")),
        "description",
        _signed("created", _("noted")),
        _signed("verified", _("verified")),
        _signed("voided", _("voided"), "void_reason"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movement]:
        return super().get_queryset(request).select_related("created_by", "verified_by", "voided_by").order_by("id")


class ShiftChangeList(KnownParameters):
    """The list, each shift with its verdict at the close."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        add_verdicts(self.result_list, cast("User", request.user))


@admin.register(CashSession)
class CashSessionAdmin(BackOfficeAdmin):
    list_display = (
        "number",
        "date",
        "drawer",
        "cashier",
        "hours",
        "outcome",
        "difference",
    )
    list_filter = (
        DateFilter,
        DeletedFilter,
        ResultFilter,
        FlaggedFilter,
        "status",
        ("pharmacy", VisibleChoice),
        ("cashier", VisibleChoice),
    )
    list_select_related = ("pharmacy", "cashier")
    ordering = ("-id",)
    search_fields = ("id__exact", "ticket_number", "cashier__first_name", "cashier__last_name", "pharmacy__name")
    search_help_text = _("Number of the shift or of its ticket, cashier or pharmacy.")
    inlines = (MovementInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("pharmacy", "register", "cashier"),
                    ("business_date", "opened_at", "closed_at"),
                    ("status", "result_badge", "difference"),
                    "first_verdict",
                    "evidence",
                    ("ticket_number", "ticket_count", "version"),
                    "notes",
                )
            },
        ),
        (
            _("Amounts"),
            {
                "fields": (
                    _amounts("initial_cash", "first_initial_cash", "final_cash", "tolerance"),
                    "uncounted_reason",
                    _amounts("billed_cash", "billed_card", "billed_transfer", "billed_credit"),
                    _amounts(*MOVEMENT_SUMS[:4]),
                    _amounts(*MOVEMENT_SUMS[4:]),
                    _amounts("cash_sales", "total_sales", "expected_cash"),
                    _amounts("cash_difference", "card_difference", "transfer_difference", "credit_difference"),
                )
            },
        ),
        (
            _("Marks"),
            {
                "fields": (
                    _signed("flagged", _("flagged"), "flag_reason"),
                    (_signed("signed_off", _("signed off"), "signed_off_note"), "signed_off_alone"),
                    _signed("deleted", _("deleted"), "delete_reason"),
                )
            },
        ),
    )
    object_actions = (
        ObjectAction(
            slug="soft-delete",
            label=_("Delete"),
            permission="sessions_app.delete_cashsession",
            perform=mark_actions.delete_shift,
            why_not=mark_rules.why_not_delete,
            explanation=_("The shift leaves every list and total. It is kept, and can be restored."),
        ),
        ObjectAction(
            slug="restore",
            label=_("Restore"),
            permission="sessions_app.restore_cashsession",
            perform=mark_actions.restore_shift,
            why_not=lambda by, shift: mark_rules.why_not_restore(
                by,
                shift,
                CashSession.objects.in_the_way_of_restoring(shift),
                works_there=CashSession.objects.can_go_on(shift),
            ),
            explanation=_("The shift counts again in every list and total."),
        ),
    )

    def view_on_site(self, shift: CashSession) -> str:
        return reverse("shift", args=[shift.pk])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ShiftChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("number"), ordering="id")
    def number(self, shift: CashSession) -> str:
        return str(shift)

    @admin.display(description=_("date"), ordering="business_date")
    def date(self, shift: CashSession) -> str:
        return date_format(shift.business_date, "SHORT_DATE_FORMAT")

    @admin.display(description=_("pharmacy and register"), ordering="pharmacy__name")
    def drawer(self, shift: CashSession) -> str:
        return f"{shift.pharmacy} · {shift.register}"

    @admin.display(description=_("hours"), ordering="opened_at")
    def hours(self, shift: CashSession) -> str:
        ends = [localtime(end).strftime("%H:%M") if end else "" for end in (shift.opened_at, shift.closed_at)]
        return " – ".join(ends)

    @admin.display(description=_("result"))
    def result_badge(self, shift: CashSession) -> str:
        return badge(shift.result)

    @admin.display(description=_("verdict at the close"))
    def first_verdict(self, shift: CashSession) -> str:
        """With what changed since, where the present one is another."""
        return str(at_close([shift]).get(shift.pk) or shift.at_the_close or UNKNOWN)

    @admin.display(description=_("difference by the evidence"))
    def evidence(self, shift: CashSession) -> str:
        """Say what was written beside what arrived, and what was decided."""
        return str(contradiction_of(shift) or UNKNOWN)

    @admin.display(description=_("result"), ordering="result")
    def outcome(self, shift: Any) -> str:
        """The result, the marks beside it in words, the verdict at the close where it was another one, and what
        arrived where it says otherwise."""
        signed_off = _("signed off by the same person") if shift.signed_off_alone else _("signed off")
        words = {"flagged_at": _("flagged"), "signed_off_at": signed_off, "deleted_at": _("deleted")}
        marks = ", ".join(str(word) for mark, word in words.items() if getattr(shift, mark))
        told = (marks, shift.at_close or "", shift.contradiction or "")
        return format_html("{} {} {} {}", self.result_badge(shift), *told)

    @admin.display(description=_("difference"), ordering="total_difference")
    def difference(self, shift: CashSession) -> str:
        """As the dashboard shows it: of a swapped shift, how much stands under the wrong method."""
        return amount(shift.misplaced) if shift.result == Result.SWAPPED else signed(shift.total_difference)
