"""Queue the mails about differences, flags and the day, each to those who are to read it.

A mail is owed in the transaction of what it tells of, in its reader's language and with the figures of that moment;
sessions_app/mailing.py sends it. Amounts are whole guaraníes, differences actual minus expected.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot import periods
from cashpilot.formatting import moment, money, signed
from cashpilot.money import with_sign
from sessions_app.domain import formulas
from sessions_app.domain.choices import Method, Status
from sessions_app.models import CashSession, Mail
from sessions_app.queries.totals import sum_shifts
from sessions_app.queries.worklist import worklist_of

if TYPE_CHECKING:
    from accounts.querysets import UserQuerySet

# The hour in Asunción from which the digest of the day is owed.
DIGEST_HOUR = 6
# Of the open shifts it names at most so many; it counts them all.
MOST_OPEN = 20


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


def queue_difference_mail(shift: CashSession, before: int) -> None:
    """Mail administrators when the figures changed from a difference of `before` to one beyond the threshold."""
    difference = formulas.total_difference(shift)
    if difference is None or difference == before or abs(difference) <= shift.pharmacy.alert_threshold:
        return
    _queue(_alerted(), f"difference {shift.pk}.{shift.version}", lambda person: _difference(shift), shift)


def queue_flag_mail(shift: CashSession, by: User) -> None:
    """Mail administrators, and the cashier if they chose so and did not flag it themselves."""
    cashier = User.objects.filter(pk=shift.cashier_id, mails_own_flags=True, is_active=True).exclude(pk=by.pk)
    people = User.objects.filter(pk__in=[person.pk for person in (*_alerted(), *cashier)])
    _queue(people, f"flag {shift.pk}.{shift.version}", lambda person: _flag(shift), shift)


def queue_digests() -> None:
    """Queue the digest once a day, from DIGEST_HOUR on, for those who chose it."""
    today = periods.today()
    if periods.now() < periods.midnight(today) + timedelta(hours=DIGEST_HOUR):
        return
    occasion = f"digest {today}"
    told = Mail.objects.filter(occasion=occasion).values("person")
    people = User.objects.holding("sessions_app.view_reports").filter(mails_digest=True).exclude(pk__in=told)
    _queue(people, occasion, lambda person: _digest(person, today))


def _alerted() -> "UserQuerySet":
    people: UserQuerySet = User.objects.holding("sessions_app.receive_alerts").filter(mails_alerts=True)
    return people


def _queue(
    people: Iterable[User], occasion: str, letter: Callable[[User], Letter], shift: CashSession | None = None
) -> None:
    for person in people:
        with translation.override(person.language):
            said = letter(person)
            context = {"letter": said, "site": settings.SITE_URL}
            text, html = (render_to_string(f"mails/letter.{kind}", context) for kind in ("txt", "html"))
        Mail.queue(person=person, occasion=occasion, session=shift, subject=said.subject, text=text, html=html)


def _page(name: str, *args: Any) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _difference(shift: CashSession) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy, "amount": _short_or_over(shift)}
    return Letter(
        subject=_("%(pharmacy)s: %(amount)s in shift %(shift)s") % facts,
        intro=_("Shift %(shift)s of %(pharmacy)s does not add up: %(amount)s.") % facts,
        url=_page("shift", shift.pk),
        sections={_("The shift"): _shift(shift), _("The figures"): _figures(shift)},
    )


def _flag(shift: CashSession) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy, "who": shift.flagged_by}
    sections = {_("The shift"): [*_shift(shift), LetterRow(_("Why it was flagged"), shift.flag_reason)]}
    if not shift.is_open:
        sections[_("The figures")] = _figures(shift)
    return Letter(
        subject=_("%(pharmacy)s: shift %(shift)s was flagged") % facts,
        intro=_("%(who)s flagged shift %(shift)s of %(pharmacy)s.") % facts,
        url=_page("shift", shift.pk),
        sections=sections,
    )


def _short_or_over(shift: CashSession) -> str:
    difference = formulas.total_difference(shift)
    amount = with_sign(abs(difference))
    return (_("%(amount)s short") if difference < 0 else _("%(amount)s over")) % {"amount": amount}


def _shift(shift: CashSession) -> list[LetterRow]:
    rows = [
        LetterRow(_("Pharmacy and register"), f"{shift.pharmacy} · {shift.register}"),
        LetterRow(_("Cashier"), str(shift.cashier)),
        LetterRow(_("Opened"), _instant(shift.opened_at)),
    ]
    return [*rows, LetterRow(_("Closed"), _instant(shift.closed_at))] if shift.closed_at else rows


def _instant(instant: Any) -> str:
    """With its date in full: a mail may be read days later."""
    return date_format(localtime(instant), "SHORT_DATETIME_FORMAT")


def _figures(shift: CashSession) -> list[LetterRow]:
    rows = [
        LetterRow(_("Counted cash"), money(shift.final_cash)),
        LetterRow(_("Expected cash"), money(formulas.expected_cash(shift))),
    ]
    for method, (_received, _billed, difference) in formulas.METHODS.items():
        if difference(shift) is not None:
            label = _("Difference: %(method)s") % {"method": Method(method).label}
            rows.append(LetterRow(label, signed(difference(shift))))
    return [*rows, LetterRow(_("Difference in all"), signed(formulas.total_difference(shift)))]


def _digest(person: User, today: date) -> Letter:
    yesterday = today - timedelta(days=1)
    day = date_format(yesterday, "SHORT_DATE_FORMAT")
    waiting = worklist_of(person)
    shifts = CashSession.objects.visible_to(person).live()
    still_open = shifts.filter(status=Status.OPEN).select_related("pharmacy", "cashier").newest()[:MOST_OPEN]
    exceptions = [_exception(shift) for pharmacy in waiting.worst for shift in pharmacy]
    listed = {_("Look at these first"): exceptions, _("Open shifts"): [_open(shift) for shift in still_open]}
    return Letter(
        subject=_("CashPilot this morning: %(count)s to look at") % {"count": waiting.to_review},
        intro=_("What waits for you, and what %(day)s brought.") % {"day": day},
        url=_page("dashboard"),
        sections={
            _("Waiting"): _waiting(waiting),
            **{heading: rows for heading, rows in listed.items() if rows},
            _("Totals of %(day)s") % {"day": day}: _totals(sum_shifts(shifts.filter(business_date=yesterday))),
        },
    )


def _waiting(waiting: Any) -> list[LetterRow]:
    unseen = f"{waiting.unverified_transfers} · {with_sign(waiting.unverified_amount)}"
    return [
        LetterRow(_("Missing, not yet signed off"), with_sign(waiting.missing)),
        LetterRow(_("Shifts that are short"), str(waiting.short)),
        LetterRow(_("Shifts to sign off"), str(waiting.to_review)),
        LetterRow(_("Not compared with the billing system"), str(waiting.not_compared)),
        LetterRow(_("Open shifts"), str(waiting.still_open)),
        LetterRow(_("Open since an earlier day"), str(waiting.overdue)),
        LetterRow(_("Transfers nobody has seen in the bank"), unseen),
    ]


def _exception(shift: CashSession) -> LetterRow:
    label = f"{shift} · {shift.pharmacy} · {shift.cashier} · {moment(shift.opened_at)}"
    return LetterRow(label, signed(shift.total_difference), _page("shift", shift.pk))


def _open(shift: CashSession) -> LetterRow:
    return LetterRow(f"{shift} · {shift.pharmacy} · {shift.cashier}", moment(shift.opened_at), _page("shift", shift.pk))


def _totals(totals: dict[str, int]) -> list[LetterRow]:
    labels = {
        "sales": _("Sales"),
        **{method.value: str(method.label) for method in Method},
        "expenses": _("Expenses"),
        "envelopes": _("Envelopes"),
    }
    amounts = [LetterRow(label, with_sign(totals[name])) for name, label in labels.items()]
    gaps = [LetterRow(_("Short"), signed(totals["short"])), LetterRow(_("Over"), signed(totals["over"]))]
    return [LetterRow(_("Shifts"), str(totals["count"])), *amounts, *gaps]
