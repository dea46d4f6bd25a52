"""Carry out a form once, however often it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def idempotent(key: UUID, *, by: "User", scope: str, content: str) -> Iterator[Attempt]:
    """Claim `key` for `by` and `scope` (what is done to what) in one transaction with what is carried out.

    A twin waits for the first, and is given its shift. Raises ActionRefused for the same key with other `content`.
    """
    identity = {"key": key, "person": by, "scope": scope}
    request_hash = sha256(content.encode()).hexdigest()
    attempt = None
    try:
        with transaction.atomic():
            claimed = IdempotencyKey.objects.create(**identity, request_hash=request_hash)
            attempt = Attempt(is_new=True)
            yield attempt
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
