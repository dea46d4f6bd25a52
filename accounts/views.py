from datetime import timedelta
from math import ceil
from typing import Any

from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as _set_language

from accounts import actions


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any) -> HttpResponse:
    """Too many wrong passwords for this account."""
    minutes = ceil((get_cool_off(request) or timedelta()) / timedelta(minutes=1))
    return render(request, "accounts/locked_out.html", {"minutes": minutes}, status=429)


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's own, and the choice is remembered with the person."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        actions.choose_language(language=chosen, by=request.user)
    return _set_language(request)
