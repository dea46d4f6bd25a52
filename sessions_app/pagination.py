from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, Protocol, Self, cast

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import DateField, DateTimeField, Field, PositiveBigIntegerField, Q, QuerySet

from cashpilot.db.written_once import Listed
from sessions_app.domain.choices import Status


class Turnable(Protocol):
    """Rows that are narrowed and united, turned round to be sliced from their end, and sliced."""

    def filter(self, condition: Q, /) -> Self: ...

    def __or__(self, others: Any, /) -> Self: ...

    def reverse(self) -> Any: ...

    def __getitem__(self, places: slice, /) -> Any: ...


Listable = QuerySet[Any] | Listed[Any] | Turnable | list[Any]


# Beyond so many pages a link says too beside which row its page begins: or the database would walk over all in between.
DEEP = 20


@dataclass(frozen=True)
class Keyset:
    """The columns that rows are in the order of, as order_by names them, with fields that read them from an address.

    The last one tells rows apart.
    """

    columns: Mapping[str, "Field[Any, Any]"]

    def place_of(self, row: Any) -> str:
        """Return the place of a row, for an address."""
        return "~".join(_written(getattr(row, _bare(name))) for name in self.columns)

    def beyond(self, place: str, *, is_after: bool) -> list[Q]:
        """Return ranges that together hold the rows after a place, or before it, each once; none if it is no place.

        There is one for each run of columns in one direction, the nearest last: so much of an index is read from the
        place on.
        """
        try:
            told = zip(self.columns.items(), place.split("~"), strict=True)
            values = [(name, _read(field, text)) for (name, field), text in told]
        except (ValueError, OverflowError, ValidationError):
            return []
        ranges, alike = [], Q()
        for is_falling, run in groupby(values, key=lambda column: column[0].startswith("-")):
            columns = [(_bare(name), value) for name, value in run]
            ranges.append(alike & _further(columns, "lt" if is_after == is_falling else "gt"))
            alike &= Q(*columns)
        return ranges


def _further(columns: list[tuple[str, Any]], sign: str) -> Q:
    """Return the condition of the rows beyond these values. From the first column, held by itself, an index is read."""
    (column, value), *others = columns
    further = Q(**{f"{column}__{sign}": value})
    return Q(**{f"{column}__{sign}e": value}) & (further | _further(others, sign)) if others else further


def _bare(name: str) -> str:
    return name.removeprefix("-")


def _read(field: "Field[Any, Any]", text: str) -> Any:
    value = field.clean(text, None)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _written(value: Any) -> str:
    return str(value.isoformat()) if isinstance(value, date) else str(value)


# Closed shifts as `newest` has them, and transfers; the queue of what is to review.
NEWEST = Keyset({"-business_date": DateField(), "-opened_at": DateTimeField(), "-id": PositiveBigIntegerField()})
NEWEST_TRANSFERS = Keyset({"-created_at": DateTimeField(), "-id": PositiveBigIntegerField()})
QUEUE = Keyset(
    {
        "rank": PositiveBigIntegerField(),
        "-amount_off": PositiveBigIntegerField(),
        "business_date": DateField(),
        "is_day": PositiveBigIntegerField(),
        "id": PositiveBigIntegerField(),
    }
)


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
        if self.keyset is None or number <= DEEP:
            return None
        found: list[Any] = []
        if after := self.keyset.beyond(self.asked.get("after", ""), is_after=True):
            found = list(_within(rows, after)[: self.per_page])
        elif before := self.keyset.beyond(self.asked.get("before", ""), is_after=False):
            found = list(reversed(_within(rows, before).reverse()[: self.per_page]))
        return CountedPage(found, number, self) if found else None


def _within(rows: Any, ranges: list[Q]) -> Any:
    """Return the rows in any of these ranges."""
    return reduce(or_, (rows.filter(range_) for range_ in ranges))


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
        super().__init__(sessions, per_page, count=count, keyset=NEWEST, asked=asked)
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
