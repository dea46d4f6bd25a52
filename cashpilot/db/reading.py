"""How rows become objects, of which a page makes hundreds."""

from collections.abc import Collection, Iterator
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import QuerySet
from django.db.models.base import ModelState

Q = TypeVar("Q", bound=QuerySet[Any])
# What people and places are told by.
NAMES = {"id", "name", "first_name", "last_name", "email", "is_active"}


class PlainlyRead(models.Model):
    """A model whose rows are read as they are: nothing listens to `pre_init` and `post_init`, nor is a value checked.

    Django's own walks over every column, those too that were not asked for, and takes three times as long.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are of a later Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        row = cls.__new__(cls)
        row.__dict__.update(zip(field_names, values, strict=True))
        row._state = ModelState()
        row._state.adding, row._state.db = False, db
        return row


def named(rows: Q, *relations: str) -> Q:
    """Read with each row these others, and of them what names them alone: the rest would cost a query each.

    Of a row on the way to them, what leads on is read alone.
    """
    joined: Q = rows.select_related(*relations)
    return joined.defer(*_unnamed(rows.model, relations))


def _unnamed(model: Any, relations: Collection[str], path: str = "") -> Iterator[str]:
    further: dict[str, list[str]] = {}
    for step, _, rest in (relation.partition("__") for relation in relations):
        further.setdefault(step, []).extend(filter(None, [rest]))
    for step, beyond in further.items():
        related, there = model._meta.get_field(step).related_model, f"{path}{step}__"
        read = NAMES | {relation.partition("__")[0] for relation in beyond}
        yield from (f"{there}{column.name}" for column in related._meta.concrete_fields if column.name not in read)
        yield from _unnamed(related, beyond, there)


def blocks_of_keys(rows: QuerySet[Any], size: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last key of each `size` rows, in their order.

    Rows are counted, not numbers: between two of them there may be millions that no row has.
    """
    keys, last = rows.order_by("pk").values_list("pk", flat=True), None
    while block := list((keys if last is None else keys.filter(pk__gt=last))[:size]):
        last = block[-1]
        yield block[0], last
