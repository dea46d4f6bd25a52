from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol, cast

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet

from cashpilot.db.written_once import Listed
from sessions_app.domain.choices import Status
from sessions_app.models import CashSession


class Turnable(Protocol):
    """Rows that are sliced, and turned round to be sliced from their end."""

    def reverse(self) -> Any: ...

    def __getitem__(self, places: slice, /) -> Any: ...


Listable = QuerySet[Any] | Listed[Any] | Turnable | list[Any]


# Beyond so many pages a link says too beside which row its page begins: or the database would walk over all in between.
DEEP = 20


@dataclass(frozen=True)
class Keyset:
    """The columns that rows of a model are in the order of, each the largest first; the last one tells rows apart."""

    model: type[Model]
    columns: tuple[str, ...]

    def place_of(self, row: Any) -> str:
        """Return the place of a row, for an address."""
        return "~".join(_written(getattr(row, column)) for column in self.columns)

    def beyond(self, place: str, *, is_after: bool) -> Q | None:
        """Return the condition of the rows after a place, or before it; None if it is none."""
        try:
            told = zip(self.columns, place.split("~"), strict=True)
            values = [(column, self._read(column, text)) for column, text in told]
        except (ValueError, OverflowError, ValidationError):
            return None
        sign = "lt" if is_after else "gt"
        beyond, same = Q(), Q()
        for column, value in values:
            beyond |= same & Q(**{f"{column}__{sign}": value})
            same &= Q(**{column: value})
        # The first column again, by itself: from there an index is read.
        return Q(**{f"{self.columns[0]}__{sign}e": values[0][1]}) & beyond

    def _read(self, column: str, text: str) -> Any:
        field: Any = self.model._meta.get_field(column)
        value = field.to_python(text)
        return value.astimezone(UTC) if isinstance(value, datetime) else value


def _written(value: Any) -> str:
    return str(value.isoformat()) if isinstance(value, date) else str(value)


class CountedPage(Page):  # type: ignore[type-arg]  # generic in the stubs alone
    """A page that says the places of its first and its last row, for links to the pages beside it, where it is deep."""

    paginator: "CountedPaginator"

    @property
    def before(self) -> str | None:
        return self._place(0, self.number - 1)

    @property
    def after(self) -> str | None:
        return self._place(-1, self.number + 1)

    def _place(self, row: int, number: int) -> str | None:
        keyset = self.paginator.keyset
        # Rows that were counted may be gone by now.
        return keyset.place_of(self[row]) if keyset and number > DEEP and len(self) else None


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Pages of rows whose number is known.

    A page of the second half is read from the end; else the database would walk over every row in between. For the same
    reason a deep page of rows with a `keyset` is read from the place that `asked` tells, after it or before it.
    """

    object_list: Any

    def __init__(
        self,
        rows: Listable,
        per_page: int,
        *,
        count: int,
        keyset: Keyset | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(cast(Any, rows), per_page)
        self.count, self.keyset, self.asked = count, keyset, asked or {}

    def page(self, number: Any) -> CountedPage:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows, last = self.object_list, min(first + self.per_page, self.count)
        return self._beside(rows, number) or self._read(rows, number, first, last, self.count)

    def _read(self, rows: Any, number: int, first: int, last: int, count: int) -> CountedPage:
        if first <= count // 2:
            return CountedPage(rows[first:last], number, self)
        return CountedPage(list(reversed(rows.reverse()[count - last : count - first])), number, self)

    def _beside(self, rows: Any, number: int) -> CountedPage | None:
        """Return a deep page by the place that is told; None without one, or without a row there."""
        found: list[Any] = []
        if self.keyset is None or number <= DEEP:
            return None
        if after := self.keyset.beyond(self.asked.get("after", ""), is_after=True):
            found = list(rows.filter(after)[: self.per_page])
        elif before := self.keyset.beyond(self.asked.get("before", ""), is_after=False):
            found = list(reversed(rows.filter(before).reverse()[: self.per_page]))
        return CountedPage(found, number, self) if found else None


class ShiftPaginator(CountedPaginator):
    """Pages of shifts in the order of `newest`, of which it is known too how many are open.

    A page of closed shifts says so, which lets the index jump to the dates asked for.
    """

    def __init__(
        self,
        sessions: Listable,
        per_page: int,
        *,
        count: int,
        still_open: int,
        asked: Mapping[str, str] | None = None,
    ) -> None:
        keyset = Keyset(CashSession, ("business_date", "opened_at", "id"))
        super().__init__(sessions, per_page, count=count, keyset=keyset, asked=asked)
        self.still_open = still_open

    def page(self, number: Any) -> CountedPage:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows, count, last = self.object_list, self.count, min(first + self.per_page, self.count)
        beside = None
        if first >= self.still_open:
            rows = rows.filter(status=Status.CLOSED)
            first, last, count = (place - self.still_open for place in (first, last, count))
            # The row before the page is a closed one too.
            beside = self._beside(rows, number) if first else None
        return beside or self._read(rows, number, first, last, count)
