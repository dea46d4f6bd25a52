"""The base of the forms of a query string, of lists and of reports: fields, choices, ranges of dates, chips, order."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.db.written_once import Rows, once_a_day
from cashpilot.web.forms import FreeText
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DATES = ("date_from", "date_to")
# What says where in a list somebody is, and how much is told of it, but not what is listed.
PLACES = ("page", "before", "after", "by_method")

ALL = _("All")
YES_NO = [("1", _("Yes")), ("0", _("No"))]


class YesNoField(forms.ChoiceField):
    """`1` or `0` as the page writes it, or the words that people and other programs put in an address."""

    WORDS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return self.WORDS.get(text.lower(), text)


@dataclass(frozen=True)
class Chip:
    """Something that is asked for, in words; `query` asks for the rest, and is None where it cannot be left out."""

    text: str
    query: str | None


@dataclass(frozen=True)
class Order:
    """The link of a column's heading: the query that puts the rows in its order, and how they stand now (aria-sort)."""

    query: str
    aria: str


class QueryForm(forms.Form):
    """A query string. Choices are loaded once and checked in memory: a filtered page costs no more than a bare one."""

    # Columns that rows may be put in order by: name in the address -> label.
    SORTS: ClassVar[dict[str, "StrOrPromise"]] = {}
    # Fields that are an answer where they are blank, because the page has another default.
    BLANK_ANSWERS: ClassVar[tuple[str, ...]] = ()
    # The search says in its field what it finds.
    FINDS: ClassVar["StrOrPromise"] = ""

    text = FreeText(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search"}),
    )

    def __init__(self, request: Request) -> None:
        asked = request.GET.copy()
        self.is_asked = bool(asked.keys() - set(PLACES))
        for name, value in self.defaults(asked).items():
            asked[name] = value
        super().__init__(asked)
        self.fields["text"].widget.attrs["placeholder"] = self.FINDS
        if self.SORTS:
            self.fields["sort"] = forms.ChoiceField(label=_("Order"), required=False, choices=self._sorts)
        self.user = request.user
        if "pharmacy" in self.fields:
            self.offer("pharmacy", lambda: self.pharmacies)

    @classmethod
    def of(cls, request: Request, **address: Any) -> Self:
        """Return the form of a page; `address` is what its route knows."""
        return cls(request)

    @cached_property
    def pharmacies(self) -> list[Pharmacy]:
        """Return those that the reader sees."""
        return _pharmacies(self.user).ask()

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        """Return what is asked where the address does not say."""
        return {}

    def offer(self, name: str, rows: Callable[[], Iterable[Model]]) -> None:
        """Let rows be chosen; they are read when a choice is to be checked, said or drawn, and once."""
        field: Any = self.fields[name]
        others = field.choices
        field.choices = cache(lambda: [*others, *((row.pk, str(row)) for row in rows())])

    def add_choices(self, name: str, choices: Collection[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        others = field.choices
        field.choices = lambda: [*others, *choices]

    @property
    def http_status(self) -> int:
        """Return the status to answer with."""
        return 200 if self.is_valid() else 422

    def chosen(self) -> dict[str, Any]:
        """Return what narrows the rows. The form must be valid."""
        return {
            name: value for name, value in self.cleaned_data.items() if name != "sort" and value not in (None, "", [])
        }

    def address(self) -> str:
        """Return the query string without its page, for links."""
        return self._without_page().urlencode()

    def presets(self) -> list[dict[str, Any]]:
        """Return links to the usual ranges, keeping the other filters; dates as the address writes them."""
        today = periods.today()
        links = []
        for name, label in periods.PRESETS.items() if "date_from" in self.fields else ():
            first, last = map(str, periods.preset(name, today))
            query = self._without_page()
            query["date_from"], query["date_to"] = first, last
            chosen = (self.data.get("date_from"), self.data.get("date_to")) == (first, last)
            links.append({"label": label, "query": query.urlencode(), "is_chosen": chosen})
        return links

    def _without_page(self) -> QueryDict:
        query = QueryDict(mutable=True)
        for name, values in cast(QueryDict, self.data).lists():
            if name not in PLACES:
                query.setlist(name, values)
        return query

    # --- What the bar shows ------------------------------------------------------------------------------------------

    def shown(self) -> str:
        """Return all that the bar says: what is asked, in words too, by whom and on which day. The form is valid."""
        return repr((self.user.pk, periods.today(), self.is_asked, self.address(), [*self.chips()]))

    def more(self) -> list[forms.BoundField]:
        """Return the fields behind the button: all but the search."""
        return [field for field in self.visible_fields() if field.name != "text"]

    def kept(self) -> list[tuple[str, str]]:
        """Return what links ask for and the page has no field for; it stays when something else is chosen."""
        return self._pairs(field.name for field in self.hidden_fields())

    def behind(self) -> list[tuple[str, str]]:
        """Return what the fields behind the button ask for; it stays while these are not drawn."""
        return self._pairs(field.name for field in self.more())

    def _pairs(self, names: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, value) for name in names if name not in PLACES for value in self._asked(name) if value]

    def chips(self) -> list[Chip]:
        """Return what is asked for, each with the way to take it off; what cannot be read is said beside its field."""
        named = [field for field in self._asked_fields() if field.name not in self.errors]
        return [*self._chips_of_dates(), *(chip for field in named for chip in self._chips_of(field))]

    def _asked_fields(self) -> list[forms.BoundField]:
        """Return the fields that the address says something of, but for dates and order."""
        others = (*DATES, *PLACES, "sort")
        return [self[name] for name in self.fields if name in self.data and name not in others]

    def _chips_of_dates(self) -> Iterator[Chip]:
        """Yield the dates, once: those that cannot be left out and are a preset are told by it."""
        span = self._said_span() if "date_from" in self.fields else ""
        is_always = bool(self.defaults(QueryDict()).get(DATES[0]))
        if span and not (is_always and span in map(str, periods.PRESETS.values())):
            yield Chip(span, None if is_always else self._without(*DATES))

    def _chips_of(self, field: forms.BoundField) -> Iterator[Chip]:
        asked = [value for value in self._asked(field.name) if value]
        choices = {str(value): label for value, label in getattr(field.field, "choices", ())} if asked else {}
        for value in asked:
            shown = choices.get(self._spelled(field, value), value)
            is_bare = field.is_hidden or isinstance(field.field, forms.BooleanField)
            yield Chip(
                str(field.label) if is_bare else f"{field.label}: {shown}", self._without(field.name, value=value)
            )

    def _asked(self, name: str) -> list[str]:
        """Return the values of a field as the address has them; of a field of one value the last."""
        values = cast(QueryDict, self.data).getlist(name)
        return values if isinstance(self.fields[name], forms.MultipleChoiceField) else values[-1:]

    def _spelled(self, field: forms.BoundField, value: str) -> str:
        return str(field.field.to_python(value)) if isinstance(field.field, YesNoField) else value

    def _said_span(self) -> str:
        """Return the dates asked for, in words: one of the presets by its name."""
        if any(name in self.errors for name in DATES):
            return ""
        first, last = (self.cleaned_data.get(name) for name in DATES)
        if first and last:
            if name := periods.preset_of((first, last), periods.today()):
                return str(periods.PRESETS[name])
            return " – ".join(date_format(day, "d/m/Y") for day in dict.fromkeys((first, last)))
        if first:
            return gettext("From %(day)s") % {"day": date_format(first, "d/m/Y")}
        return gettext("Until %(day)s") % {"day": date_format(last, "d/m/Y")} if last else ""

    def _without(self, *names: str, value: str = "") -> str:
        """Return the query that asks for all but `names`; of several values of one name, all but `value`."""
        query = self._without_page()
        for name in names:
            others = [other for other in self._asked(name) if value and other != value]
            query.setlist(name, others or ([""] if name in self.BLANK_ANSWERS else []))
        return query.urlencode()

    def on_paper(self) -> list[str]:
        """Return what is asked for, in words, for whoever finds a sheet or a file later; nothing if it is invalid.

        Dates are told as dates, and where nothing narrows the dates or the pharmacies, that is told too.
        """
        if not self.is_valid():
            return []
        chips = [chip.text for field in self._asked_fields() for chip in self._chips_of(field)]
        is_everywhere = "pharmacy" in self.fields and not self.cleaned_data["pharmacy"]
        dates = [self._dates_on_paper()] if "date_from" in self.fields else []
        return [*dates, *([gettext("All pharmacies")] if is_everywhere else []), *chips]

    def _dates_on_paper(self) -> str:
        first, last = (self.cleaned_data[name] for name in DATES)
        if first and last:
            ends = {"first": date_format(first, "d/m/Y"), "last": date_format(last, "d/m/Y")}
            return gettext("From %(first)s to %(last)s") % ends
        return self._said_span() or capfirst(gettext("all dates"))

    def dates_in_name(self) -> str:
        """Return the dates asked for, for the name of a file. The form must be valid."""
        first, last = (self.cleaned_data.get(name) for name in DATES)
        if first and last:
            return str(first) if first == last else f"{first} {last}"
        if first:
            return gettext("from %(day)s") % {"day": first}
        return gettext("until %(day)s") % {"day": last} if last else gettext("all dates")

    # --- The order ---------------------------------------------------------------------------------------------------

    def _sorts(self) -> Iterator[tuple[str, str]]:
        yield "", gettext("As usual")
        for name, label in self.SORTS.items():
            yield f"-{name}", f"{label} ↓"
            yield name, f"{label} ↑"

    def orders(self, names: Iterable[str] = ()) -> dict[str, Order]:
        """Return the links of the headings, by these names of columns, or by those of SORTS.

        A link puts the largest or newest first; the other way round if they stand so already.
        """
        now, query = self.data.get("sort"), self._without_page()
        query.pop("sort", None)
        rest = f"{query.urlencode()}&" if query else ""
        return {
            name: Order(
                f"{rest}sort={name if now == f'-{name}' else f'-{name}'}",
                {name: "ascending", f"-{name}": "descending"}.get(now or "", ""),
            )
            for name in names or self.SORTS
        }


@once_a_day
def _pharmacies(user: Any) -> Rows[Pharmacy]:
    return Rows(Pharmacy.objects.visible_to(user))


def choice(label: Any, choices: Collection[tuple[Any, Any]] = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=_offered(choices))


def yes_no(label: Any) -> YesNoField:
    return YesNoField(label=label, required=False, choices=_offered(YES_NO))


def _offered(choices: Collection[tuple[Any, Any]]) -> Callable[[], list[tuple[Any, Any]]]:
    """Return choices as a function: those of a list are copied for each form, which takes as long as its query."""
    return lambda: [("", ALL), *choices]


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
