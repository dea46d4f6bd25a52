"""Queue the mails about differences, flags and the day, each to those who are to read it.

A mail is owed in the transaction of what it tells of, in its reader's language and with the figures of that moment;
sessions_app/mail/outbox.py sends it. Amounts are whole guaraníes, differences received minus billed.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot import periods
from cashpilot.formatting import moment, money, signed
from cashpilot.money import with_sign
from sessions_app.domain import formulas
from sessions_app.domain.blind_count import is_blind_to
from sessions_app.domain.choices import Method, Result, Status
from sessions_app.mail.letters import (
    Letter,
    LetterRow,
    exception_row,
    line_row,
    page_address,
    queue_in_the_morning,
    queue_letters,
    tell_between,
    tell_deletion,
)
from sessions_app.models import Anchor, CashSession, Mail
from sessions_app.queries.both_verdicts import add_verdicts, since_close
from sessions_app.queries.totals import sum_shifts
from sessions_app.queries.worklist import Worklist, worklist_of
from sessions_app.querysets.shifts import IS_OURS

if TYPE_CHECKING:
    from accounts.querysets import UserQuerySet

# Of the open shifts, and of those without a ticket, it names at most so many; it counts them all.
MOST_LISTED = 20


class Off(NamedTuple):
    """By how much a shift is off: its difference in guaraníes, or how much stands under another method.

    Nothing while it is not known, and of a deleted shift.
    """

    amount: int
    is_misplaced: bool


def off_of(shift: CashSession) -> Off:
    if shift.deleted_at:
        return Off(0, is_misplaced=False)
    if formulas.result(shift) == Result.SWAPPED:
        return Off(formulas.misplaced(shift), is_misplaced=True)
    return Off(formulas.total_difference(shift) or 0, is_misplaced=False)


def queue_difference_mail(shift: CashSession, before: Off) -> None:
    """To administrators, when a shift was off by `before` and is by something else now, beyond the threshold."""
    off = off_of(shift)
    if off != before and _is_beyond(off, shift):
        letter = _misplaced if off.is_misplaced else _difference
        queue_letters(_alerted(), f"difference {shift.pk}.{shift.version}", lambda person: letter(shift), shift)


def queue_difference_gone_mail(shift: CashSession, before: Off) -> None:
    """To who was mailed a difference of this shift, once, when it is no longer beyond the threshold."""
    if not _is_beyond(before, shift) or _is_beyond(off_of(shift), shift):
        return
    told = Mail.objects.filter(session=shift, occasion__startswith=f"difference {shift.pk}.").values("person")
    people = User.objects.holding("sessions_app.receive_alerts").filter(pk__in=told)
    queue_letters(people, f"difference gone {shift.pk}", lambda person: _gone(shift), shift)


def queue_corrected_early_mail(shift: CashSession) -> None:
    """To administrators, when the first verdict comes and is beyond the threshold, but the shift is so no longer."""
    first = Off(shift.first_difference or 0, is_misplaced=False)
    if _is_beyond(first, shift) and not _is_beyond(off_of(shift), shift):
        queue_letters(_alerted(), f"difference gone {shift.pk}", lambda person: _corrected_early(shift), shift)


def _is_beyond(off: Off, shift: CashSession) -> bool:
    """No difference of an imported shift is: it is past."""
    threshold: int = shift.pharmacy.alert_threshold
    return shift.imported_at is None and abs(off.amount) > threshold


def queue_blank_ticket_mail(shift: CashSession) -> None:
    """To administrators, where the pharmacy says so, when a shift was counted and closed without what was billed."""
    if shift.pharmacy.alerts_blank_ticket and shift.final_cash is not None and shift.billed_cash is None:
        queue_letters(_alerted(), f"blank ticket {shift.pk}", lambda person: _blank_ticket(shift), shift)


def queue_signed_off_alone_mail(shift: CashSession) -> None:
    """To administrators and auditors: somebody signed off what concerned them, for want of anybody else."""
    people = User.objects.holding("sessions_app.view_audit").filter(mails_alerts=True)
    queue_letters(
        people, f"signed off alone {shift.pk}.{shift.version}", lambda person: _signed_off_alone(shift), shift
    )


def queue_flag_mail(shift: CashSession, by: User) -> None:
    """Mail administrators, and the cashier if they chose so and did not flag it themselves."""
    cashier = User.objects.filter(pk=shift.cashier_id, mails_own_flags=True, is_active=True).exclude(pk=by.pk)
    people = User.objects.filter(pk__in=[person.pk for person in (*_alerted(), *cashier)])
    queue_letters(people, f"flag {shift.pk}.{shift.version}", lambda person: _flag(shift, person), shift)


def queue_digests() -> None:
    """Queue the digest once a day for those who chose it."""
    today = periods.today()
    queue_in_the_morning(f"digest {today}", lambda person: _digest(person, today))


def _alerted() -> "UserQuerySet":
    people: UserQuerySet = User.objects.holding("sessions_app.receive_alerts").filter(mails_alerts=True)
    return people


def _difference(shift: CashSession) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy, "amount": _short_or_over(shift)}
    return Letter(
        subject=_("%(pharmacy)s: %(amount)s in shift %(shift)s") % facts,
        intro=_("Shift %(shift)s of %(pharmacy)s does not add up: %(amount)s.") % facts,
        url=page_address("shift", shift.pk),
        sections={_("The shift"): _shift(shift), _("The figures"): _figures(shift)},
    )


def _misplaced(shift: CashSession) -> Letter:
    amount = with_sign(off_of(shift).amount)
    facts = {"shift": shift, "pharmacy": shift.pharmacy, "amount": amount}
    return Letter(
        subject=_("%(pharmacy)s: %(amount)s under another method in shift %(shift)s") % facts,
        intro=_(
            "In shift %(shift)s of %(pharmacy)s %(amount)s stands under another method than was billed. No money is"
            " missing if the card slips and the transfers are there."
        )
        % facts,
        url=page_address("shift", shift.pk),
        sections={_("The shift"): _shift(shift), _("The figures"): _figures(shift)},
    )


def _gone(shift: CashSession) -> Letter:
    return _no_longer_off(
        shift, _("Shift %(shift)s of %(pharmacy)s, of which you were told, is no longer off by that much.")
    )


def _corrected_early(shift: CashSession) -> Letter:
    return _no_longer_off(
        shift,
        _("Shift %(shift)s of %(pharmacy)s was corrected before what was billed was known: it was off as closed."),
    )


def _no_longer_off(shift: CashSession, intro: str) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy}
    verdicts = [
        LetterRow(_("At the close"), _verdict(shift.first_result, shift.first_difference)),
        LetterRow(_("Now"), _verdict(formulas.result(shift), formulas.total_difference(shift))),
    ]
    return Letter(
        subject=_("%(pharmacy)s: the difference of shift %(shift)s is gone") % facts,
        intro=intro % facts,
        url=page_address("shift", shift.pk),
        sections={_("The shift"): _shift(shift), _("The figures"): verdicts, _("What changed"): _what_changed(shift)},
    )


def _verdict(result: str | None, difference: int | None) -> str:
    """Both in a few words: `Short − 15.000`."""
    label = str(Result(result or Result.NOT_COMPARED).label)
    return f"{label} {signed(difference)}" if result in (Result.SHORT, Result.OVER) else label


def _what_changed(shift: CashSession) -> list[LetterRow]:
    if shift.first_result is None:
        return [LetterRow(_("What was billed"), _("its import was undone"))]
    first = since_close(shift)
    rows = [
        LetterRow(first.tell(change), f"{signed(change.before)} → {signed(change.after)}") for change in first.changes
    ]
    if shift.deleted_at:
        rows.append(LetterRow(_instant(shift.deleted_at), tell_deletion(shift)))
    return rows


def _blank_ticket(shift: CashSession) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy}
    return Letter(
        subject=_("%(pharmacy)s: shift %(shift)s was closed without its ticket") % facts,
        intro=_("Shift %(shift)s of %(pharmacy)s was closed without what was billed, so it is not compared.") % facts,
        url=page_address("shift", shift.pk),
        sections={_("The shift"): _shift(shift)},
    )


def _signed_off_alone(shift: CashSession) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy, "who": shift.signed_off_by}
    rows = [
        LetterRow(_("Note"), shift.signed_off_note),
        LetterRow(_("At the close"), _verdict(shift.first_result, shift.first_difference)),
        LetterRow(_("Now"), _verdict(formulas.result(shift), formulas.total_difference(shift))),
    ]
    return Letter(
        subject=_("%(pharmacy)s: shift %(shift)s was signed off by the same person") % facts,
        intro=_(
            "%(who)s signed off shift %(shift)s of %(pharmacy)s, though it is their own or they changed or deleted it:"
            " nobody else could."
        )
        % facts,
        url=page_address("shift", shift.pk),
        sections={_("The shift"): _shift(shift), _("The sign-off"): rows},
    )


def _flag(shift: CashSession, reader: User) -> Letter:
    facts = {"shift": shift, "pharmacy": shift.pharmacy, "who": shift.flagged_by}
    sections = {_("The shift"): [*_shift(shift), LetterRow(_("Why it was flagged"), shift.flag_reason)]}
    if not is_blind_to(shift, reader):
        sections[_("The figures")] = _figures(shift)
    return Letter(
        subject=_("%(pharmacy)s: shift %(shift)s was flagged") % facts,
        intro=_("%(who)s flagged shift %(shift)s of %(pharmacy)s.") % facts,
        url=page_address("shift", shift.pk),
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
    add_verdicts((row for row in waiting.worst if isinstance(row, CashSession)), person)
    shifts = CashSession.objects.visible_to(person).live()
    still_open = shifts.filter(status=Status.OPEN).select_related("pharmacy", "cashier").newest()[:MOST_LISTED]
    of_yesterday = shifts.filter(business_date=yesterday)
    blank = of_yesterday.filter(IS_OURS, status=Status.CLOSED, billed_cash=None)
    blank = blank.select_related("pharmacy", "cashier").newest()
    without_ticket = _("Closed without the ticket on %(day)s: %(count)s") % {"day": day, "count": blank.count()}
    listed = {
        _("Look at these first"): [exception_row(row) for row in waiting.worst],
        _("Worth looking at together"): [line_row(line) for line in waiting.lines],
        without_ticket: [_closed(shift) for shift in blank[:MOST_LISTED]],
        _("Open shifts"): [_open(shift) for shift in still_open],
    }
    return Letter(
        subject=_("CashPilot this morning: %(count)s to look at") % {"count": waiting.figures.settle},
        intro=_("What waits for you, and what %(day)s brought.") % {"day": day},
        url=page_address("dashboard"),
        sections={
            _("Waiting"): _waiting(waiting),
            **{heading: rows for heading, rows in listed.items() if rows},
            _("Totals of %(day)s") % {"day": day}: _totals(sum_shifts(of_yesterday)),
            **_anchor(),
        },
    )


def _anchor() -> dict[str, list[LetterRow]]:
    """A mail is out of reach of who owns the database: `verify_integrity --anchor` takes the line from it."""
    newest = Anchor.objects.last()
    return (
        {_("Keep this mail: it proves the history up to here"): [LetterRow(_("Anchor"), str(newest))]} if newest else {}
    )


def _waiting(waiting: Worklist) -> list[LetterRow]:
    unseen = f"{waiting.unverified_transfers} · {with_sign(waiting.unverified_amount)}"
    figures = waiting.figures
    return [
        LetterRow(_("Missing, not yet signed off"), with_sign(figures.missing)),
        LetterRow(_("Shifts and days that are short"), str(figures.missing_rows)),
        LetterRow(_("Short at first, corrected since, not yet signed off"), with_sign(figures.corrected)),
        LetterRow(_("Between shifts in the last 7 days"), tell_between(figures.between)),
        LetterRow(_("To settle"), str(figures.settle)),
        LetterRow(_("Signed off by the same person this week"), str(figures.alone)),
        LetterRow(_("Not compared with the billing system"), str(waiting.not_compared)),
        LetterRow(_("Open shifts"), str(waiting.still_open)),
        LetterRow(_("Open since an earlier day"), str(waiting.overdue)),
        LetterRow(_("Transfers nobody has seen in the bank"), unseen),
    ]


def _closed(shift: CashSession) -> LetterRow:
    return LetterRow(
        f"{shift} · {shift.pharmacy} · {shift.cashier}",
        moment(cast(datetime, shift.closed_at)),
        page_address("shift", shift.pk),
    )


def _open(shift: CashSession) -> LetterRow:
    return LetterRow(
        f"{shift} · {shift.pharmacy} · {shift.cashier}", moment(shift.opened_at), page_address("shift", shift.pk)
    )


def _totals(totals: dict[str, int]) -> list[LetterRow]:
    labels = {
        "sales": _("Sales"),
        **{method.value: str(method.label) for method in Method},
        "expenses": _("Expenses"),
        "envelopes": _("Envelopes"),
    }
    amounts = [LetterRow(label, with_sign(totals[name])) for name, label in labels.items()]
    gaps = [LetterRow(_("Short"), signed(totals["short"])), LetterRow(_("Over"), signed(totals["over"]))]
    uncounted = [LetterRow(_("Not counted"), str(totals["uncounted"]))] if totals["uncounted"] else []
    return [LetterRow(_("Shifts"), str(totals["count"])), *uncounted, *amounts, *gaps]
