"""The back office: Django's admin, where rows come only through `visible_to` and only actions write.

An admin of ours derives from BackOfficeAdmin; nothing else is let into the site.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, ChangeList
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import DataError, models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot import formatting
from cashpilot.exceptions import ActionRefused
from cashpilot.money import LONGEST_TEXT, MoneyField, NumberInput, WholeNumberField
from cashpilot.version import VERSION
from cashpilot.web.forms import ReasonForm

# What a query string that no page of ours wrote raises in Django's list, on one engine or the other.
JUNK = (IncorrectLookupParameters, SuspiciousOperation, ValidationError, ValueError, OverflowError, DataError)

DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class BackOffice(admin.AdminSite):
    site_title = site_header = "CashPilot"
    index_title = gettext_lazy("Administration")
    enable_nav_sidebar = False
    apps_in_order = ("sessions_app", "accounts", "pharmacies")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """The admins that packages bring know nothing of `visible_to`, so they stay out."""
        if admin_class and issubclass(admin_class, BackOfficeAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "version": VERSION}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return the apps in our order, and in each first the models that are looked at most."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: getattr(self.get_model_admin(model["model"]), "place", 0))
        return sorted(apps, key=lambda app: self.apps_in_order.index(app["app_label"]))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Refuse a signed-in person who is no staff, instead of asking them to sign in again."""

        def for_staff(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            response: HttpResponse = guarded(request, *args, **kwargs)
            return response

        guarded = super().admin_view(view, cacheable)
        return update_wrapper(for_staff, guarded)

    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The product's own sign-in, with its lockout."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("password")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        raise Http404


class DaysForm(forms.Form):
    date_from = forms.DateField(label=gettext_lazy("From"), required=False, widget=DAY)
    date_to = forms.DateField(label=gettext_lazy("To"), required=False, widget=DAY)


def money(name: str, label: Any) -> Callable[[Any], str]:
    """Return a column of amounts (guaraníes) for lists and what is only read; Django would not group the digits."""

    @admin.display(description=label, ordering=name)
    def shown(row: Any) -> str:
        return formatting.money(getattr(row, name))

    return shown


class KnownParameters(ChangeList):
    """A list that is filtered by what it offers and by nothing else."""

    def get_filters(self, request: HttpRequest) -> Any:
        specs, has_filters, unknown, *rest = super().get_filters(request)
        if unknown:
            raise IncorrectLookupParameters
        return specs, has_filters, unknown, *rest


class Choice(admin.SimpleListFilter):
    """A filter that knows all its values; another one is junk."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if self.value() not in (None, *(key for key, _label in self.lookup_choices)):
            raise IncorrectLookupParameters


class VisibleChoice(admin.RelatedFieldListFilter):
    """Offers only the rows that the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = field.related_model._default_manager.visible_to(request.user)
        return [(row.pk, str(row)) for row in rows]


class Between(admin.ListFilter):
    """From a day to a day, both included, of the column `parameter`; in subclasses."""

    title: Any = gettext_lazy("date")
    parameter = ""
    template = "admin/between.html"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        given = {name: params.pop(name)[-1] for name in self.expected_parameters() if name in params}
        self.form = DaysForm(given)
        others = request.GET.copy()
        for name in (*given, PAGE_VAR):
            others.pop(name, None)
        self.others = [(name, value) for name, values in others.lists() for value in values]
        if not self.form.is_valid():
            raise IncorrectLookupParameters

    def expected_parameters(self) -> list[str | None]:
        return list(DaysForm.base_fields)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Any:
        """Return none of Django's links: the template shows the form."""
        return []

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        days = self.form.cleaned_data
        if days["date_from"]:
            queryset = queryset.filter(**{f"{self.parameter}__gte": days["date_from"]})
        if days["date_to"]:
            queryset = queryset.filter(**{f"{self.parameter}__lte": days["date_to"]})
        return queryset


@dataclass(frozen=True)
class ObjectAction:
    """An act on one row: a link on the row's page, then a page that asks for what `form` holds, the reason."""

    slug: str
    label: Any
    permission: str
    perform: Callable[..., Any]  # perform(pk, **cleaned_data, by=user)
    why_not: Callable[[Any, Any], str | None]  # why_not(user, row): the sentence that says no, or None
    explanation: Any = ""
    form: type[forms.Form] = ReasonForm


class BackOfficeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Shows what the action refused where it shows its own errors."""

    refusal: ActionRefused | None = None

    def clean(self) -> dict[str, Any] | None:
        if self.refusal:
            raise ValidationError(self.refusal.sentence)
        return super().clean()


class BackOfficeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Rows through `visible_to`, writes through actions (`save_model`, `object_actions`), and no deleting at all."""

    form = BackOfficeForm
    formfield_overrides = {MoneyField: {"widget": NumberInput}, WholeNumberField: {"widget": NumberInput}}
    actions = None
    list_per_page = list_max_show_all = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    view_on_site: Any = False
    object_actions: tuple[ObjectAction, ...] = ()
    has_history = True
    # The order on the first page: small numbers first.
    place = 0

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = self.model._default_manager.visible_to(request.user)
        return rows.order_by(*self.get_ordering(request)) if self.get_ordering(request) else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> models.Model:
        """Return the row, or 404 where it is not visible, on every page that starts from an id."""
        row: models.Model | None = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KnownParameters

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Some hundreds of words are more than SQLite can parse."""
        if len(search_term) > LONGEST_TEXT:
            raise IncorrectLookupParameters
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if ERROR_FLAG in request.GET:
            return redirect(request.path)
        try:
            return super().changelist_view(request, {"title": capfirst(self.opts.verbose_name_plural)})
        except JUNK:
            if not request.GET:
                raise
            messages.warning(request, _("We could not read that search, so here is the whole list."))
            return redirect(request.path)

    def changeform_view(self, request: Any, object_id: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        """A refusal of the action shows the form again, as it was filled in."""
        if "_saveasnew" in request.POST:
            raise PermissionDenied  # Django makes an addition of the change, though nothing here is saved as new
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except ActionRefused as refusal:
            request.refusal = refusal
            return super().changeform_view(request, object_id, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        context |= {
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            **({"title": row, "subtitle": None} if row else {}),
            "has_history": self.has_history,
            "object_actions": [self._offer(request, action, row) for action in self._permitted(request) if row],
        }
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["errors"]:
            refusal = getattr(request, "refusal", None)
            response.status_code = refusal.status if refusal else 422
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Raise PermissionDenied: an admin whose form saves overrides this with the action that does it."""
        raise PermissionDenied

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The action of `save_model` has written it all."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The actions keep the history; Django's log beside it would know neither reason nor old value."""

    log_change = log_addition

    # --- History ------------------------------------------------------------------------------------------------------

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Lead to the audit page, for this row."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.get_object(request, object_id)
        if not self.has_history:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        query = urlencode({"kind": self.opts.model_name, "number": row.pk})
        return HttpResponseRedirect(f"{reverse('audit')}?{query}")

    # --- Acts on one row ----------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        acts = [
            path(
                f"<path:object_id>/{action.slug}/",
                self.admin_site.admin_view(partial(self.act, action=action)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{action.slug}",
            )
            for action in self.object_actions
        ]
        return acts + super().get_urls()

    def _permitted(self, request: HttpRequest) -> list[ObjectAction]:
        return [action for action in self.object_actions if request.user.has_perm(action.permission)]

    def _offer(self, request: HttpRequest, action: ObjectAction, row: Any) -> dict[str, Any]:
        why_not = action.why_not(request.user, row)
        return {"label": action.label, "url": self._url(action.slug, row), "why_not": why_not}

    def act(self, request: HttpRequest, object_id: str, action: ObjectAction) -> HttpResponse:
        """Ask for the reason, then do it. A refusal is 422; 409 when another request came first."""
        if action not in self._permitted(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        form = action.form(request.POST if request.method == "POST" else None)
        status, why_not = 422 if form.is_bound else 200, action.why_not(request.user, row)
        if form.is_valid():
            try:
                outcome = action.perform(row.pk, **form.cleaned_data, by=request.user)
            except ActionRefused as refusal:
                form.add_error(None, refusal.sentence)
                status, why_not = refusal.status, None
            else:
                return self.acted(request, action, row, outcome)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{action.label}: {row}",
            "opts": self.opts,
            "back": self._url("change", row),
            "action": action,
            "row": row,
            "form": form,
            "why_not": why_not,
        }
        return render(request, "admin/act.html", context, status=status)

    def acted(self, request: HttpRequest, action: ObjectAction, row: Any, outcome: Any) -> HttpResponse:
        """Return the answer once it is done; `outcome` is what the action returned."""
        messages.success(request, _("Done: %(what)s, %(row)s.") % {"what": action.label, "row": row})
        return redirect(self._url("change", row))

    def _url(self, name: str, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[row.pk])


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs alone
    """Rows that belong to another, to be read."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = self.model._default_manager.visible_to(request.user)
        return rows

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
