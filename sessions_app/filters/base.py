"""The base of every query string's form: fields, choices, ranges of dates."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.models import CashSession

YES_NO = [("1", _("Yes")), ("0", _("No"))]


class YesNoField(forms.ChoiceField):
    """`1` or `0` as the page writes it, or the words that people and other programs put in an address."""

    WORDS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return self.WORDS.get(text.lower(), text)


class QueryForm(forms.Form):
    """A query string. Choices are loaded once and checked in memory: a filtered page costs no more than a bare one."""

    def __init__(self, request: Request) -> None:
        asked = request.GET.copy()
        for name, value in self.defaults(asked).items():
            asked[name] = value
        super().__init__(asked)
        self.user = request.user
        self.pharmacies = list(Pharmacy.objects.visible_to(self.user))
        self.offer("pharmacy", self.pharmacies)

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        """Return what is asked where the address does not say."""
        return {}

    def offer(self, name: str, rows: Iterable[Model]) -> None:
        self.add_choices(name, [(row.pk, str(row)) for row in rows])

    def add_choices(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = [*field.choices, *choices]

    def everything(self) -> QuerySet[Any]:
        """Select what the page lists, or is made of, where nothing is asked."""
        return CashSession.objects.visible_to(self.user)

    def is_nothing_yet(self) -> bool:
        """Say whether there is nothing to list whatever is asked, and not only with these filters."""
        return not self.everything().exists()

    @property
    def http_status(self) -> int:
        """Return the status to answer with."""
        return 200 if self.is_valid() else 422

    def chosen(self) -> dict[str, Any]:
        """Return what narrows the rows. The form must be valid."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    def address(self) -> str:
        """Return the query string without its page, for links."""
        return self._without_page().urlencode()

    def presets(self) -> list[dict[str, Any]]:
        """Return links to the usual ranges, keeping the other filters; dates as the address writes them."""
        today = periods.today()
        links = []
        for name, label in periods.PRESETS.items():
            first, last = map(str, periods.preset(name, today))
            query = self._without_page()
            query["date_from"], query["date_to"] = first, last
            chosen = (self.data.get("date_from"), self.data.get("date_to")) == (first, last)
            links.append({"label": label, "query": query.urlencode(), "is_chosen": chosen})
        return links

    def _without_page(self) -> QueryDict:
        query = cast(QueryDict, self.data).copy()
        for name in ("page", "before"):
            query.pop(name, None)
        return query


def choice(label: Any, choices: Iterable[tuple[Any, Any]] = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("All")), *choices])


def yes_no(label: Any) -> YesNoField:
    return YesNoField(label=label, required=False, choices=[("", _("All")), *YES_NO])


def check_boxes(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple)


def any_day(label: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def day(label: Any) -> forms.DateField:
    """Return a field for a day within the years that an instant can be made of."""
    field = any_day(label)
    field.validators += [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
    return field
