"""The page that shows each component in each of its states: for whoever changes a page, and to look at the themes."""

from types import SimpleNamespace

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cashpilot.money import MoneyFormField
from cashpilot.web.forms import ReasonForm
from cashpilot.web.http import Request

RESULTS = ("short", "over", "balanced", "swapped", "not_compared", "open")
# Token -> what the colour means; the stylesheet gives it a value in each theme.
COLOURS = {
    "ground": gettext_lazy("the page"),
    "card": gettext_lazy("what stands on it"),
    "ink": gettext_lazy("text"),
    "muted": gettext_lazy("text beside the point"),
    "line": gettext_lazy("between rows"),
    "edge": gettext_lazy("around what can be changed"),
    "brand": gettext_lazy("what can be done, and the focus"),
    "short": gettext_lazy("short, refused"),
    "over": gettext_lazy("over, take care"),
    "balanced": gettext_lazy("balanced, done"),
    "swapped": gettext_lazy("wrong method"),
    "not_compared": gettext_lazy("not known"),
}


class SampleForm(forms.Form):
    amount = MoneyFormField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In guaraníes."))
    where = forms.ChoiceField(label=gettext_lazy("Pharmacy"), choices=[("", "Central"), ("1", "Luque")], required=False)
    agreed = forms.BooleanField(label=gettext_lazy("Flagged"), required=False)
    reason = ReasonForm.base_fields["reason"]


@require_safe
def styleguide(request: Request) -> HttpResponse:
    if not request.user.is_staff:
        raise PermissionDenied
    refused = SampleForm({"amount": "half a million"}, auto_id="refused_%s")
    refused.is_valid()
    off = SimpleNamespace(result="short", total_difference=-15_000, misplaced=0)
    context = {
        "results": RESULTS,
        "colours": COLOURS,
        "form": SampleForm(auto_id="empty_%s"),
        "refused_form": refused,
        "ask": ReasonForm(auto_id="ask_%s"),
        "refusal": _("Your role does not include this."),
        "differences": [off, SimpleNamespace(result="over", total_difference=2_000, misplaced=0)],
        "steps": [
            SimpleNamespace(sign=1, label=_("counted cash"), amount=1_260_000),
            SimpleNamespace(sign=-1, label=_("opening cash"), amount=500_000),
        ],
        "page": Paginator(range(75), 25).get_page(2),
        "marked": SimpleNamespace(
            flagged_at=1,
            flag_reason="…",
            signed_off_at=1,
            signed_off_note="…",
            signed_off_alone=False,
            deleted_at=1,
            deleted_by="…",
            delete_reason="…",
            opening_was_corrected=True,
            awaits_bank=True,
            is_uncounted=True,
            is_open=False,
            first_initial_cash=500_000,
            initial_cash=450_000,
        ),
    }
    return render(request, "styleguide.html", context)
