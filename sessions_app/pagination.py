from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class ShiftPaginator(Paginator):
    """Counts nothing itself, and reads the pages of the second half from the end: each index is walked both ways."""

    object_list: QuerySet[Any]

    def __init__(self, sessions: QuerySet[Any], per_page: int, *, count: int) -> None:
        super().__init__(sessions, per_page)
        self.count = count

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if first <= self.count // 2:
            return super().page(number)
        last = min(first + self.per_page, self.count)
        rows = self.object_list.reverse()[self.count - last : self.count - first]
        return Page(list(reversed(rows)), number, self)
