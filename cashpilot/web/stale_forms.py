"""A form of ours whose CSRF token died because its person signed in again in another tab: shown again, not carried out.

To that person alone, and only if the browser says that a page of ours sent it: what another site sends must not become
a form that one click would send. Its view (marked by `shown_again`) draws it as it draws a refused one.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

View = TypeVar("View", bound=Callable[..., Any])
TYPED_BY = "typed_by"
HEADER = "Shown-Again"  # for static/js/sending.js, which leaves other answers of this status beside the page


class StaleData(QueryDict):
    """The content of such a form. No view writes it."""


def shown_again(view: View) -> View:
    """Mark a view that asks `refuses_stale` before it carries out a form."""
    view.is_shown_again = True  # type: ignore[attr-defined]
    return view


def refuses_stale(form: BaseForm) -> bool:
    """Refuse a form of StaleData with the sentence that says why; answer whether it was one."""
    if not isinstance(form.data, StaleData):
        return False
    form.add_error(None, _("You signed in again meanwhile, so this was not saved yet. Look it over and send it again."))
    return True


def is_from_our_page(request: HttpRequest) -> bool:
    """Whether a browser says so. One that says nothing is not believed."""
    own = f"{request.scheme}://{request.get_host()}"
    site = request.headers.get("Sec-Fetch-Site", "same-origin")  # over plain http it is not sent
    return site == "same-origin" and request.headers.get("Origin") == own


def can_be_shown_again(request: HttpRequest) -> bool:
    """Whether it is a form of ours, sent from a page of ours while somebody is signed in. Whose it is, is not asked."""
    view: Any = request.resolver_match and request.resolver_match.func
    is_marked = getattr(view, "is_shown_again", False) and TYPED_BY in request.POST
    return is_marked and request.user.is_authenticated and is_from_our_page(request)


def is_typed_by_user(request: HttpRequest) -> bool:
    return request.POST[TYPED_BY] == str(request.user.pk)


def show_again(request: Any) -> HttpResponse:
    """The form's page with what was typed and a new token. Whatever its view might write is rolled back."""
    stale = StaleData(mutable=True)
    for name, values in request.POST.lists():
        stale.setlist(name, values)
    request.POST = stale
    match = request.resolver_match
    with transaction.atomic():
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        transaction.set_rollback(True)
    response.headers[HEADER] = "1"
    return response
