"""Views of movements. A refused form is answered with 422, or 409 when another request came first."""

from django.forms import Form
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from cashpilot.web.forms import ReasonForm, submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app.actions import movements as movement_actions
from sessions_app.domain.choices import Kind
from sessions_app.forms.movements import DescriptionsForm, MovementForm
from sessions_app.models import CashSession
from sessions_app.queries.descriptions import most_used
from sessions_app.views.responses import ask_about_unusual, permitted, submit_idempotent
from sessions_app.views.shift_page import answer_with_shift, hint_at_like, render_shift, say_what_changed, visible_shift


@require_safe
@permitted("add_movement")
def offer_descriptions(request: Request) -> JsonResponse:
    """The descriptions that a pharmacy uses most for a kind of movement, as a list of texts."""
    form = DescriptionsForm(request.GET, by=request.user)
    if not form.is_valid():
        return JsonResponse([], safe=False, status=422)
    return JsonResponse(most_used(**form.cleaned_data, reader=request.user), safe=False)


@shown_again
@require_POST
@permitted("add_movement")
def add_movement(request: Request, pk: int) -> HttpResponseBase:
    shift = visible_shift(request, pk)
    form = MovementForm(request.POST, shift=shift)
    ask_about_unusual(form, shift.pharmacy)
    outcome = submit(form, lambda: movement_actions.add_movement(pk, **form.values(), by=request.user))
    if outcome.written:
        say_what_changed(request, shift, outcome.written.session)
        if outcome.written.kind == Kind.TRANSFER:
            hint_at_like(request, outcome.written)
        return answer_with_shift(request, pk)
    if outcome.refusal:  # the shift may have closed meanwhile, and then the form asks why
        form = MovementForm(request.POST, shift=visible_shift(request, pk))
        form.add_error(None, outcome.refusal.sentence)
    return render_shift(request, pk, status=outcome.status, movement_form=form)


@shown_again
@require_POST
@permitted("void_movement")
def void_movement(request: Request, pk: int, movement_pk: int) -> HttpResponseBase:
    shift = visible_shift(request, pk)
    get_object_or_404(shift.movements, pk=movement_pk)
    form = ReasonForm(request.POST)

    def write() -> CashSession:
        return movement_actions.void_movement(pk, movement_pk, **form.cleaned_data, by=request.user).session

    outcome = submit_idempotent(request, form, write)
    if outcome.written:
        say_what_changed(request, shift, outcome.written)
        return answer_with_shift(request, pk)
    return render_shift(request, pk, status=outcome.status, void_form=form, void_pk=movement_pk)


@shown_again
@require_POST
@permitted("verify_movement")
def verify_movement(request: Request, pk: int, movement_pk: int) -> HttpResponseBase:
    get_object_or_404(visible_shift(request, pk).movements, pk=movement_pk)
    form, verified = Form(request.POST), "undo" not in request.POST
    outcome = submit(
        form, lambda: movement_actions.verify_transfer(pk, movement_pk, verified=verified, by=request.user)
    )
    if not outcome.written:
        return render_shift(request, pk, status=outcome.status, refusal=form.non_field_errors()[0])
    return answer_with_shift(request, pk)
