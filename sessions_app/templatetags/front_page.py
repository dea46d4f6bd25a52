"""The front page by functions: what is missing, what is to settle, and today's shifts. Filters, without {% load %}."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot.formatting import amount, day, moment, money, off_by, signed
from cashpilot.markup import filled, joined, stays_drawn
from cashpilot.templatetags.cashpilot import tile
from sessions_app.domain.choices import Result
from sessions_app.templatetags.rows import SIGN, day_address
from sessions_app.templatetags.shifts import ROWS_KEPT, badge, deletion, first_opening, hours, shift_address, values_of

register = template.Library()

NOT_SETTLED = """<p>{told}
<a class="answer__figure" href="{review}?missing=1"
data-figure="missing" data-amount="{missing}"{edge}>{sum}</a>{where};
<a href="{review}?corrected=1" data-figure="corrected" data-amount="{corrected}">{since}</a>.</p>"""


@register.filter
def not_settled(figures: Any, has_short: bool) -> SafeString:  # noqa: FBT001 - a filter has no names
    """Draw what is missing and not settled, and what was corrected, of worklist.Figures.

    `has_short`: yesterday or today are short, so that the sum is not of before alone.
    """
    missing, corrected = {"sum": money(figures.missing)}, {"sum": money(figures.corrected)}
    return filled(
        NOT_SETTLED,
        told=_("Not settled in all:") if has_short else _("From before, not settled:"),
        review=reverse("review_queue"),
        missing=figures.missing,
        edge=filled(' data-result="short"') if figures.missing_rows else "",
        sum=_("%(sum)s are missing") % missing if figures.missing_rows else _("nothing is missing"),
        where=joined(filled(" {}", part) for part in _where_missing(figures)),
        corrected=figures.corrected,
        since=_("%(sum)s more were corrected after the close") % corrected
        if figures.corrected
        else _("nothing was corrected since"),
    )


def _where_missing(figures: Any) -> Iterator[str]:
    shifts, deleted, days = figures.missing_shifts, figures.missing_deleted, figures.missing_days
    if shifts:
        yield ngettext("in %(count)s shift", "in %(count)s shifts", shifts) % {"count": shifts}
        if deleted:
            yield ngettext("(%(count)s deleted)", "(%(count)s deleted)", deleted) % {"count": deleted}
    if days:
        told = ngettext("in %(count)s day as a whole", "in %(count)s days as a whole", days) % {"count": days}
        yield f"{_('and')} {told}" if shifts else told


@register.filter
def tiles(days: Any, worklist: Any) -> SafeString:
    """Draw the four figures of today, each a link to what it counts; of today.Days and worklist.Worklist."""
    shifts, transfers, between = reverse("dashboard"), reverse("transfers"), worklist.figures.between
    of_today = f"{shifts}?date_from={days.today}&date_to={days.today}"
    missing, over = money(between.missing), _("in 7 days; too much: %(over)s") % {"over": money(between.over)}
    told = [
        tile(_("Sales today"), money(days.sales), _sold_before(days), of_today),
        tile(_("Open shifts"), amount(worklist.still_open), _opened(days, worklist), f"{shifts}?status=open"),
        tile(_("Missing between shifts"), missing, over, between.address, name="between", amount=between.missing),
        tile(
            _("Transfers to verify"),
            amount(worklist.unverified_transfers),
            money(worklist.unverified_amount),
            f"{transfers}?verified=0&imported=0",
        ),
    ]
    return filled('<ul class="tiles tiles--joined">{}</ul>', joined(told, "\n"))


def _sold_before(days: Any) -> str:
    if days.sales_a_week_ago is None:
        return _("of the shifts that closed")
    told = {"weekday": date_format(days.today, "l"), "sum": money(days.sales_a_week_ago)}
    return _("last %(weekday)s by this time %(sum)s") % told


def _opened(days: Any, worklist: Any) -> str:
    if late := worklist.overdue:
        told = ngettext("%(count)s is of an earlier day", "%(count)s are of earlier days", late)
        return told % {"count": late}
    return ngettext("%(count)s shift today", "%(count)s shifts today", days.count) % {"count": days.count}


SETTLE = """<tr data-result="{result}">
<td>{badge}</td>
<td>{place}</td>
<td{quiet}>{who}</td>
<td><a class="whole-link" href="{address}">{when}{number}</a></td>
<td class="morning__words">{words}</td>
<td class="number difference">{difference}</td>
</tr>"""
UNSEEN = '<span class="unseen"> {}</span>'
QUIET = filled(' class="morning__muted"')


@register.filter
def settle_rows(rows: Iterable[Any]) -> SafeString:
    """Draw what is to settle: shifts that have their at_close and contradiction, days that are off as a whole."""
    return joined(_rows_to_settle((_told(row), row) for row in rows), "\n")


def _told(row: Any) -> tuple[Any, ...] | None:
    """Return all that a row tells; None of one that tells more than its shift."""
    return None if row.is_day or row.at_close or row.contradiction or row.deleted_at else values_of(row)


def _draw_to_settle(row: Any) -> SafeString:
    return filled(SETTLE, **(_day(row) if row.is_day else _shift(row)))


_rows_to_settle = stays_drawn(_draw_to_settle, ROWS_KEPT)


def _day(day_: Any) -> dict[str, Any]:
    """A day that is off as a whole, or contradicted by what arrived."""
    is_alone = day_.is_contradicted_alone
    told = "" if is_alone else _("the day's total against its shifts; nobody can say which one")
    return {
        "result": day_.result,
        "badge": filled(SIGN, "swapped", "≠", _("Another amount")) if is_alone else badge(day_.result),
        "place": day_.pharmacy,
        "quiet": QUIET,
        "who": _("The whole day"),
        "address": day_address(day_.pharmacy_id, day_.date),
        "when": day(day_.date),
        "number": "",
        "words": _spans(filter(None, [day_.contradiction, told])),
        "difference": "" if is_alone else signed(day_.difference),
    }


def _shift(shift: Any) -> dict[str, Any]:
    was_corrected_away = shift.result == Result.BALANCED and shift.at_close
    return {
        "result": shift.first_result if was_corrected_away else shift.result,
        "badge": _badge_to_settle(shift),
        "place": f"{shift.pharmacy} · {shift.register}",
        "quiet": "",
        "who": shift.cashier,
        "address": shift_address(shift.pk),
        "when": moment(shift.closed_at),
        "number": filled(UNSEEN, shift),
        "words": _spans(_what_happened(shift)),
        "difference": filled("{}{}", off_by(shift), _first(shift)),
    }


def _first(shift: Any) -> SafeString | str:
    """Draw the difference at the close, where another one stands now."""
    return filled(' <span class="morning__muted">({})</span>', signed(shift.first_difference)) if shift.at_close else ""


def _badge_to_settle(shift: Any) -> SafeString:
    if shift.at_close:
        return filled(SIGN, shift.first_result, "↻", _("Corrected"))
    if shift.contradiction and shift.result == Result.BALANCED:
        return filled(SIGN, "swapped", "≠", _("Another amount"))
    return badge(shift.result)


def _spans(words: Iterable[Any]) -> SafeString:
    return joined(filled("<span>{}</span>", told) for told in words)


def _what_happened(shift: Any) -> Iterator[Any]:
    if shift.deleted_at:
        yield deletion(shift)
    if shift.flagged_at:
        yield f"⚑ {_('Flagged')}: {shift.flag_reason}"
    if shift.opening_was_corrected:
        yield first_opening(shift)
    if shift.contradiction:
        yield shift.contradiction
    yield _why_to_settle(shift)


def _why_to_settle(shift: Any) -> Any:
    if shift.at_close:
        return shift.at_close
    if shift.result == Result.SWAPPED:
        return shift.if_nothing_is_missing
    if shift.is_uncounted:
        return _("not counted")
    if shift.result == Result.NOT_COMPARED:
        return _("the closing ticket is missing")
    if shift.awaits_bank and not shift.flagged_at:
        return _("It balances only with transfers that nobody has seen in the bank")
    return ""


BETWEEN = """<tr data-result="short">
<td><span class="badge">↔ {between}</span></td>
<td class="morning__muted">{place}</td>
<td class="morning__muted">{who}</td>
<td>{period}</td>
<td class="morning__words"><a class="whole-link" href="{address}">{words}</a></td>
<td class="number difference">− {missing}</td>
</tr>"""


@register.filter
def between_row(between: Any, period: str) -> SafeString | str:
    """Draw what is missing between shifts (between.Between) in these days; nothing where nothing is."""
    if not between.missing:
        return ""
    return filled(
        BETWEEN,
        between=_("Between"),
        place=_("all pharmacies"),
        who=_("nobody's"),
        period=period,
        address=between.address,
        words=_("less in the drawer than the shift before left"),
        missing=amount(between.missing),
    )


LINE = """<tr data-result="{result}">
<td><span class="badge" data-result="{result}">↘ {steady}</span></td>
<td class="morning__muted">—</td>
<td>{who}</td>
<td>{since}</td>
<td class="morning__words"><a class="whole-link" href="{address}">{words}</a>. {advice}</td>
<td class="number"></td>
</tr>"""


@register.filter
def line_rows(lines: Iterable[Any]) -> SafeString:
    """Draw the control lines that are beyond their limit."""
    told = (((line.cashier_id, str(line.cashier), line.direction, line.since), line) for line in lines)
    return joined(_rows_of_lines(told), "\n")


def _draw_line(line: Any) -> SafeString:
    return filled(
        LINE,
        result=line.direction,
        steady=_("Steady"),
        who=line.cashier,
        since=_("since %(day)s") % {"day": day(line.since)},
        address=line.report_address,
        words=line.sentence,
        advice=_("Worth looking at together."),
    )


_rows_of_lines = stays_drawn(_draw_line, ROWS_KEPT)


TODAY = """<tr data-result="{result}">
<td>{place}</td>
<td>{who}</td>
<td class="time"><a class="whole-link" href="{address}">{hours}{number}</a></td>
<td class="number" data-label="{said_cash}">{cash}</td>
<td class="number" data-label="{said_card}">{card}</td>
<td class="number" data-label="{said_transfer}">{transfer}</td>
<td class="number" data-label="{said_sales}">{sales}</td>
<td>{badge}{off}{first}{opening}</td>
</tr>"""


@register.filter
def today_rows(shifts: Iterable[Any]) -> SafeString:
    """Draw today's shifts, which have their at_close."""
    return joined(_rows_of_today((None if shift.at_close else values_of(shift), shift) for shift in shifts), "\n")


def _draw_of_today(shift: Any) -> SafeString:
    said = {"said_cash": _("Cash"), "said_card": _("Card"), "said_transfer": _("Transfer"), "said_sales": _("Sales")}
    return filled(TODAY, **said, **_today(shift))


_rows_of_today = stays_drawn(_draw_of_today, ROWS_KEPT)


def _today(shift: Any) -> dict[str, Any]:
    is_off = shift.result != Result.BALANCED and shift.total_difference is not None
    opening = first_opening(shift) if shift.opening_was_corrected else ""
    return {
        "result": shift.result,
        "place": f"{shift.pharmacy} · {shift.register}",
        "who": shift.cashier,
        "address": shift_address(shift.pk),
        "hours": hours(shift),
        "number": filled(UNSEEN, shift),
        "cash": amount(shift.cash_sales),
        "card": amount(shift.card_total),
        "transfer": amount(shift.transfer_total),
        "sales": amount(shift.total_sales),
        "badge": badge(shift.result),
        "off": filled(' <strong class="difference">{}</strong>', off_by(shift)) if is_off else "",
        "first": _first(shift),
        "opening": filled('<span class="morning__note">{}</span>', opening) if opening else "",
    }
