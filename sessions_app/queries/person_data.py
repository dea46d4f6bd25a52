"""All that is kept of a person, as JSON: for whoever asks what we know of them.

Of a shift that is open nothing is told: it would tell what the drawer should hold before it is counted. Of one that
was closed without a count, what was billed is left out for whoever may still count it.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from accounts.models import SignIn, User
from sessions_app.domain.blind_count import HIDDEN, blind_to
from sessions_app.domain.choices import Status
from sessions_app.models import CashSession, Mail, Movement, Reply

CHUNK = 500
PERSON = (
    "id",
    "email",
    "first_name",
    "last_name",
    "is_active",
    "language",
    "mails_alerts",
    "mails_own_flags",
    "mails_digest",
    "date_joined",
)
CHANGES = ("history_date", "history_change_reason", "history_user_id", *PERSON[1:-1])
SHIFTS = (
    "id",
    "pharmacy__name",
    "register",
    "business_date",
    "opened_at",
    "closed_at",
    "initial_cash",
    "final_cash",
    "count_sheet",
    "uncounted_reason",
    "billed_cash",
    "billed_card",
    "billed_transfer",
    "billed_credit",
    "notes",
    "total_difference",
    "result",
    "flag_reason",
    "signed_off_note",
)
MOVEMENTS = ("session", "kind", "amount", "description", "reference", "created_at", "voided_at", "void_reason")


def written(person: User, *, reader: User) -> Iterator[str]:
    """Yield the text of the file, piece by piece. `reader` sees of shifts what their pages show them."""
    separator = "{"
    for name, rows in _sections(person, reader):
        yield f"{separator}\n{json.dumps(name)}: ["
        yield from _listed(rows.iterator(CHUNK) if isinstance(rows, QuerySet) else rows)
        yield "\n]"
        separator = ","
    yield "\n}\n"


def _listed(rows: Iterable[Any]) -> Iterator[str]:
    separator = "\n"
    for row in rows:
        yield separator + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        separator = ",\n"


def _sections(person: User, reader: User) -> Iterator[tuple[str, Iterable[Any]]]:
    noted = Movement.objects.visible_to(reader).filter(session__status=Status.CLOSED)
    mails = Mail.objects.filter(person=person)
    yield "person", User.objects.filter(pk=person.pk).values(*PERSON, "groups__name")
    yield "changes of the person", User.history.filter(id=person.pk).order_by("history_id").values(*CHANGES)
    yield "pharmacies", person.assignments.order_by("pk").values("pharmacy__name")
    yield "sign-ins", _sign_ins(person)
    yield "shifts", _shifts(person, reader)
    yield "movements", noted.filter(created_by=person).order_by("pk").values(*MOVEMENTS)
    yield "replies", Reply.objects.filter(created_by=person).order_by("pk").values("session", "text", "created_at")
    yield "mails", mails.order_by("pk").values("subject", "text", "owed_at", "sent_at")


def _shifts(person: User, reader: User) -> Iterator[dict[str, Any]]:
    closed = CashSession.objects.visible_to(reader).filter(status=Status.CLOSED, cashier=person).order_by("pk")
    for row in closed.annotate(is_blind=blind_to(reader)).values(*SHIFTS, "is_blind").iterator(CHUNK):
        is_blind = row.pop("is_blind")
        yield {name: None if is_blind and name in HIDDEN else value for name, value in row.items()}


def _sign_ins(person: User) -> QuerySet[Any, Any]:
    rows = SignIn.objects.filter(person=person).order_by("pk")
    return rows.values("happened_at", "kind", "account", "address", "browser")
