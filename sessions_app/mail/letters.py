"""The form of a mail, the rows that several mails have, and how it is queued to its readers, each in their language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot import periods
from cashpilot.formatting import moment, signed
from cashpilot.money import with_sign
from sessions_app.models import CashSession, ControlLine, DayVerdict, Mail
from sessions_app.queries.between import Between

# The hour in Asunción from which the digest of the day is owed.
DIGEST_HOUR = 6


@dataclass(frozen=True)
class LetterRow:
    label: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Letter:
    """The content of a mail; templates/mails/ set it as text and as HTML."""

    subject: str
    intro: str
    url: str
    sections: dict[str, list[LetterRow]] = field(default_factory=dict)


def queue_letters(
    people: Iterable[User], occasion: str, letter: Callable[[User], Letter], shift: CashSession | None = None
) -> None:
    for person in people:
        with translation.override(person.language):
            said = letter(person)
            context = {"letter": said, "site": settings.SITE_URL}
            text, html = (render_to_string(f"mails/letter.{kind}", context) for kind in ("txt", "html"))
        Mail.queue(person=person, occasion=occasion, session=shift, subject=said.subject, text=text, html=html)


def queue_in_the_morning(occasion: str, letter: Callable[[User], Letter]) -> None:
    """Queue a letter once, from DIGEST_HOUR on, to those who chose the digest."""
    if periods.now() < periods.midnight(periods.today()) + timedelta(hours=DIGEST_HOUR):
        return
    told = Mail.objects.filter(occasion=occasion).values("person")
    people = User.objects.holding("sessions_app.view_reports").filter(mails_digest=True).exclude(pk__in=told)
    queue_letters(people, occasion, letter)


def page_address(name: str, *args: Any) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def exception_row(row: CashSession | DayVerdict) -> LetterRow:
    return _short_day(row) if isinstance(row, DayVerdict) else _shift_off(row)


def _short_day(day: DayVerdict) -> LetterRow:
    label = f"{day.pharmacy} · {_('The whole day')} · {date_format(day.date, 'SHORT_DATE_FORMAT')}"
    told = ["" if day.is_contradicted_alone else signed(day.difference), day.contradiction]
    address = page_address("day", day.pharmacy_id, day.date)
    return LetterRow(label, ". ".join(str(part) for part in told if part), address)


def _shift_off(shift: Any) -> LetterRow:
    """A shift that has its `at_close` and its `contradiction`."""
    label = f"{shift} · {shift.pharmacy} · {shift.cashier} · {moment(shift.opened_at)}"
    told = [signed(shift.total_difference), shift.at_close, shift.contradiction]
    if shift.deleted_at:
        told.append(tell_deletion(shift))
    if shift.awaits_bank:
        told.append(_("It balances only with transfers that nobody has seen in the bank"))
    return LetterRow(label, ". ".join(str(part) for part in told if part), page_address("shift", shift.pk))


def tell_deletion(shift: CashSession) -> str:
    return _("Deleted by %(who)s: %(why)s") % {"who": shift.deleted_by, "why": shift.delete_reason}


def line_row(line: ControlLine) -> LetterRow:
    return LetterRow(str(line.cashier), line.sentence, f"{settings.SITE_URL}{line.report_address}")


def tell_between(between: Between) -> str:
    sums = {"missing": with_sign(between.missing), "over": with_sign(between.over)}
    return _("%(missing)s missing, %(over)s too much") % sums
