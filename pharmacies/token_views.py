"""Make and revoke the tokens of a pharmacy, on its own page."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cashpilot.web.forms import ReasonForm, submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies import token_actions
from pharmacies.forms import TokenForm
from pharmacies.models import ApiToken, Pharmacy
from pharmacies.views import may_change, page_of, visible


@shown_again
@require_POST
@may_change
def create_token(request: Request, pk: int) -> HttpResponseBase:
    found = visible(request, pk)
    form = TokenForm(request.POST, auto_id="token_%s")
    outcome = submit(form, lambda: token_actions.create_token(found, **form.cleaned_data, by=request.user))
    if outcome.written:
        return _hand_over(request, found, *outcome.written)
    return page_of(request, found, status=outcome.status, token_form=form)


def _hand_over(request: Request, found: Pharmacy, token: ApiToken, key: str) -> HttpResponse:
    """Show the key, once."""
    return render(request, "pharmacies/token.html", {"pharmacy": found, "token": token, "key": key})


@shown_again
@require_POST
@may_change
def revoke_token(request: Request, pk: int, token_pk: int) -> HttpResponseBase:
    found = visible(request, pk)
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=token_pk, pharmacy=found)
    form = ReasonForm(request.POST, auto_id=f"revoke_{token_pk}_%s")
    outcome = submit(form, lambda: token_actions.revoke_token(token_pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(token)s is revoked: nobody can use it any more.") % {"token": token})
        return redirect("pharmacy", pk)
    return page_of(request, found, status=outcome.status, revocations={token_pk: form})
