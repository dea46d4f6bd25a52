from typing import Any, Protocol, cast

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from cashpilot.db.written_once import Listed
from sessions_app.domain.choices import Status


class Turnable(Protocol):
    """Rows that are sliced, and turned round to be sliced from their end."""

    def reverse(self) -> Any: ...

    def __getitem__(self, places: slice, /) -> Any: ...


Listable = QuerySet[Any] | Listed[Any] | Turnable | list[Any]


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Pages of rows whose number is known.

    A page of the second half is read from the end; else the database would walk over every row in between.
    """

    object_list: Any

    def __init__(self, rows: Listable, per_page: int, *, count: int) -> None:
        super().__init__(cast(Any, rows), per_page)
        self.count = count

    def page(self, number: Any) -> "Page[Any]":
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows, last = self.object_list, min(first + self.per_page, self.count)
        return self._read(rows, number, first, last, self.count)

    def _read(self, rows: Any, number: int, first: int, last: int, count: int) -> "Page[Any]":
        if first <= count // 2:
            return Page(rows[first:last], number, self)
        return Page(list(reversed(rows.reverse()[count - last : count - first])), number, self)


class ShiftPaginator(CountedPaginator):
    """Pages of shifts in the order of `newest`, of which it is known too how many are open.

    A page of closed shifts says so, which lets the index jump to the dates asked for.
    """

    def __init__(self, sessions: Listable, per_page: int, *, count: int, still_open: int) -> None:
        super().__init__(sessions, per_page, count=count)
        self.still_open = still_open

    def page(self, number: Any) -> "Page[Any]":
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows, count, last = self.object_list, self.count, min(first + self.per_page, self.count)
        if first >= self.still_open:
            rows = rows.filter(status=Status.CLOSED)
            first, last, count = (place - self.still_open for place in (first, last, count))
        return self._read(rows, number, first, last, count)
