from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from sessions_app import rules
from sessions_app.models import CashSession, Submission

if TYPE_CHECKING:
    from accounts.models import User


def once(token: UUID, *, by: "User", purpose: str, content: str, write: Callable[[], CashSession]) -> CashSession:
    """Carry out a form once, however often it is sent: a twin waits for the first, and answers the same.

    `purpose` says what is done to what, `content` is all that was sent; the same token with other content is refused.
    """
    key = {"token": token, "person": by, "purpose": purpose}
    digest = sha256(content.encode()).hexdigest()
    try:
        with transaction.atomic():
            submission = Submission.objects.create(**key, content=digest)
            submission.session = write()
            submission.save(update_fields=["session"])
    except IntegrityError:
        twin = Submission.objects.filter(**key).select_related("session").first()
        if twin is None:
            raise
        submission = twin
    if submission.content != digest:
        raise rules.Refused(sent_with_other_figures(), conflict=True)
    return cast(CashSession, submission.session)


def sent_with_other_figures() -> str:
    return _("This form was already sent with other figures. Reload the page.")
