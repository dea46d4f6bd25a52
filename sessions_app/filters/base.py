"""The base of the forms of a query string about shifts."""

from collections.abc import Callable
from inspect import unwrap
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pharmacies.query_forms import QueryForm
from sessions_app.models import CashSession
from sessions_app.queries.search import Search

A = TypeVar("A")
# What narrows a list: the name of a filter, and its value.
Chosen = tuple[tuple[str, Any], ...]


class ShiftQueryForm(QueryForm):
    """A query string whose page lists shifts, or what is made of them."""

    FINDS = _("Number, person, description, amount")

    def everything(self) -> QuerySet[Any]:
        """Select what the page lists, or is made of, where nothing is asked."""
        return CashSession.objects.visible_to(self.user)

    def is_nothing_yet(self) -> bool:
        """Say whether there is nothing to list whatever is asked, and not only with these filters."""
        return not self.everything().exists()

    @property
    def search(self) -> Search | None:
        """Return what is searched for; None where nothing is. The form must be valid."""
        return Search(self.cleaned_data["text"]) if self.cleaned_data["text"] else None

    def _kept(self, write: Callable[..., A], *asked: Any) -> A:
        """Return what `write` keeps. A search is written each time: the people whom it finds may be others by then."""
        chosen = self.chosen()
        return (unwrap(write) if "text" in chosen else write)(self.user, tuple(chosen.items()), *asked)
