"""How owed mails leave: claimed by one sender, tried again after growing pauses, given up where everybody can see it.

Whatever happens, a mail is not sent twice by itself: one whose sender died over it may have arrived, so it is given up
and a person decides.
"""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import require
from cashpilot.web import logs
from sessions_app.models import Mail

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger("cashpilot.mails")

# After each failed try; after the last one it is given up.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]
# Far more than EMAIL_TIMEOUT: who holds a claim for longer is dead.
LOST = timedelta(minutes=15)
LONGEST_ERROR = 500


def send_due() -> int:
    """Send what is due now; how many were sent. Any number of senders may do this at once."""
    _give_up_lost()
    sent = 0
    while waiting := list(Mail.objects.due().select_related("person")[:20]):
        sent += sum(_send(mail) for mail in waiting if _claim(mail))
    return sent


def _claim(mail: Mail) -> bool:
    """One statement, so that one of several senders gets it."""
    unclaimed = Mail.objects.filter(pk=mail.pk, state=Mail.State.WAITING, tries=mail.tries)
    claimed = unclaimed.update(state=Mail.State.SENDING, tries=F("tries") + 1, due_at=periods.now())
    mail.tries += 1
    return bool(claimed)


def _send(mail: Mail) -> bool:
    if not mail.person.is_active:
        _end(mail, Mail.State.GIVEN_UP, error=_("This person is disabled."))
        return False
    try:
        _message(mail).send()
    except (OSError, ValueError) as error:
        _failed(mail, f"{type(error).__name__}: {error}"[:LONGEST_ERROR])
        return False
    _end(mail, Mail.State.SENT, sent_at=periods.now(), error="")
    logger.info("mail sent", extra={"mail": mail.pk, "tries": mail.tries})
    return True


def _message(mail: Mail) -> EmailMultiAlternatives:
    """The id is the mail's own, so that a server that gets it twice can tell."""
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    headers = {"Message-ID": f"<cashpilot-{mail.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.person.email], headers=headers)
    message.attach_alternative(mail.html, "text/html")
    return message


def _failed(mail: Mail, error: str) -> None:
    if mail.tries > len(PAUSES):
        _end(mail, Mail.State.GIVEN_UP, error=error)
        return
    _end(mail, Mail.State.WAITING, error=error, due_at=periods.now() + PAUSES[mail.tries - 1])
    logger.warning("mail postponed", extra={"mail": mail.pk, "tries": mail.tries, "error": error})


def _end(mail: Mail, state: str, **values: object) -> None:
    """What became of a claimed mail."""
    Mail.objects.filter(pk=mail.pk, state=Mail.State.SENDING, tries=mail.tries).update(state=state, **values)
    if state == Mail.State.GIVEN_UP:
        logger.error("mail given up", extra={"mail": mail.pk, "tries": mail.tries, "error": values["error"]})


def _give_up_lost() -> None:
    error = _("Its sender stopped while sending it, so it may have arrived.")
    for mail in Mail.objects.filter(state=Mail.State.SENDING, due_at__lt=periods.now() - LOST):
        _end(mail, Mail.State.GIVEN_UP, error=error)


def why_not_resend(by: "User", mail: Mail) -> str | None:
    if not by.has_perm("sessions_app.resend_mail"):
        return _("Your role does not include this.")
    return None if mail.state == Mail.State.GIVEN_UP else _("Only a mail that was given up is tried again.")


@transaction.atomic
def resend(pk: int, *, by: "User") -> Mail:
    """Begin anew with a mail that was given up."""
    mail: Mail = Mail.objects.visible_to(by).select_for_update(of=("self",)).get(pk=pk)
    require(why_not_resend(by, mail), conflict=True)
    mail.state, mail.tries, mail.due_at = Mail.State.WAITING, 0, periods.now()
    mail.save(update_fields=["state", "tries", "due_at"])
    logs.action("mail tried again", mail=mail.pk, user=by.pk)
    return mail
