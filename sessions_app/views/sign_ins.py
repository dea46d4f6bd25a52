"""The list of sign-ins, failures, pauses and sign-outs."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import SignIn
from cashpilot.web.http import Request
from pharmacies.filter_bar import with_filter_bar
from sessions_app.filters.sign_ins import SignInFilter

PAGE_LENGTH = 50


@require_safe
@permission_required("accounts.view_signin", raise_exception=True)
@with_filter_bar(SignInFilter)
def sign_ins(request: Request) -> HttpResponse:
    form = SignInFilter(request)
    rows = form.rows() if form.is_valid() else SignIn.objects.none()
    context = {"form": form, "page": Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))}
    return render(request, "sessions_app/sign_ins.html", context, status=form.http_status)
