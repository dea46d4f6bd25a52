"""Carry out a form once, however often it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashpilot.exceptions import ActionRefused
from sessions_app.models import CashSession, IdempotencyKey

if TYPE_CHECKING:
    from accounts.models import User


@dataclass
class Attempt:
    """One sending of a form: carry it out if `is_new`, and put the shift it was about into `shift`."""

    is_new: bool
    shift: CashSession | None = None


_transaction: ContextVar[bool] = ContextVar("transaction", default=False)


def carried_out_once() -> bool:
    """Say whether a form is being carried out in the transaction of its key: whatever is raised in it undoes both."""
    return _transaction.get()


@contextmanager
def _one_transaction() -> Iterator[None]:
    with transaction.atomic():
        token = _transaction.set(True)
        try:
            yield
        finally:
            _transaction.reset(token)


@contextmanager
def idempotent(key: UUID, *, by: "User", scope: str, content: str, shift: int | None = None) -> Iterator[Attempt]:
    """Claim `key` for `by` and `scope` (what is done to what) in one transaction with what is carried out.

    `shift`: the number of the one that it is about, if there is one yet. A twin waits for the first, and is given its
    shift. Raises ActionRefused for the same key with other `content`.
    """
    identity = {"key": key, "person": by, "scope": scope}
    request_hash = sha256(content.encode()).hexdigest()
    attempt = None
    try:
        with _one_transaction():
            claimed = IdempotencyKey.objects.create(**identity, request_hash=request_hash, session_id=shift)
            attempt = Attempt(is_new=True)
            yield attempt
            if attempt.shift and attempt.shift.pk != shift:
                claimed.session = attempt.shift
                claimed.save(update_fields=["session"])
    except IntegrityError:
        if attempt:
            raise
        yield Attempt(is_new=False, shift=_shift_of_twin(identity, request_hash))


def _shift_of_twin(identity: dict[str, object], request_hash: str) -> CashSession | None:
    twin = IdempotencyKey.objects.select_related("session").get(**identity)
    if twin.request_hash != request_hash:
        raise ActionRefused(sent_with_other_figures(), conflict=True)
    return twin.session


def sent_with_other_figures() -> str:
    return _("This form was already sent with other figures. Reload the page.")
