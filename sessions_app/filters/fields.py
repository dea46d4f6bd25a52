"""Query strings: which of the visible shifts the dashboard's asks for, what a report is asked, which changes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ChoiceField

from cashpilot import periods

YES_NO = [("1", _("Yes")), ("0", _("No"))]


def _day(label: Any, lookup: str) -> django_filters.DateFilter:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(field_name="business_date", lookup_expr=lookup, label=label, widget=widget)


class YesNoField(ChoiceField):
    """`1` or `0` as the page writes it, or the words that people and other programs put in an address."""

    WORDS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return self.WORDS.get(text.lower(), text)


class YesNoFilter(django_filters.ChoiceFilter):
    field_class = YesNoField


def preset_links(asked: QueryDict) -> list[dict[str, Any]]:
    """Links to the usual ranges, keeping the other filters; dates as the address writes them."""
    today = periods.today()
    links = []
    for name, label in periods.PRESETS.items():
        first, last = map(str, periods.preset(name, today))
        query = asked.copy()
        query.pop("page", None)
        query["date_from"], query["date_to"] = first, last
        chosen = (asked.get("date_from"), asked.get("date_to")) == (first, last)
        links.append({"label": label, "query": query.urlencode(), "is_chosen": chosen})
    return links


def _choice(label: Any, choices: Iterable[tuple[Any, Any]] = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("All")), *choices])


def _day_field(label: Any) -> forms.DateField:
    """Within the years that an instant can be made of."""
    limits = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, validators=limits)
