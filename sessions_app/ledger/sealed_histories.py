"""The seals of histories and passwords (cashpilot/db/sealing.py), held against the rows."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Count
from django.db.models.functions import Substr

from accounts.models import User
from cashpilot.db import sealing, triggers
from sessions_app.ledger.anchors import CHUNK, Accepted
from sessions_app.models import Seal


def drift() -> Iterator[str]:
    """Yield a sentence for each history row that is not as it was sealed, or whose row before is another one."""
    for tracked in triggers.tracked_models():
        yield from _of(tracked.history.model)


def _of(model: Any) -> Iterator[str]:
    accepted, columns, links = Accepted(model), sealing.columns(model), _links(model)
    thing, previous = None, ""
    rows = model.objects.order_by("id", "history_id").values("history_id", "seal", *columns)
    for row in rows.iterator(CHUNK):
        pk, seal = row.pop("history_id"), row.pop("seal")
        previous = previous if row["id"] == thing else ""
        key = seal.partition(":")[0]
        yield from accepted.faults(pk, key)
        said = row | {name: told.get(pk, []) for name, told in links.items()}
        if key in sealing.known_keys() and not sealing.holds(seal, sealing.text_of(model, said, previous)):
            yield f"{model._meta.db_table} {pk}: is not as it was sealed, or the row before it of the same thing is not"
        thing, previous = row["id"], seal


def _links(model: Any) -> dict[str, dict[int, list[int]]]:
    """Return what the rows say of links (of people: their roles), by field and history row."""
    found: dict[str, dict[int, list[int]]] = {}
    for field in model._history_m2m_fields:
        told = found[field.name] = {}
        target = field.m2m_reverse_name()
        rows = apps.get_model(model._meta.app_label, f"{model.__name__}_{field.name}")
        for pk, linked in rows.objects.order_by("history_id", target).values_list("history_id", target):
            told.setdefault(pk, []).append(linked)
    return found


def passwords_are_sealed() -> Iterator[str]:
    for person in User.objects.order_by("pk").iterator(CHUNK):
        try:
            is_sealed = person.is_password_sealed()
        except KeyError as key:
            name = f"{User._meta.db_table} {person.pk}"
            yield f"{name}: the password is sealed with key {key}, which AUDIT_KEYS does not hold"
            continue
        if not is_sealed:
            yield f"{User._meta.db_table} {person.pk}: the password is not the one that was sealed"


def by_key() -> Counter[str]:
    """Return how many seals were made with which key; those of the time before the keys under an empty name."""
    found: Counter[str] = Counter()
    for tracked in triggers.tracked_models():
        rows = tracked.history.model.objects.order_by()
        found.update(dict(rows.values_list(Substr("seal", 1, sealing.NAME_LENGTH)).annotate(rows=Count("pk"))))
    found.update(dict(Seal.objects.order_by().values_list("key").annotate(rows=Count("pk"))))
    return found
