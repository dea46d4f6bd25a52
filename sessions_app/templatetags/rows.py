"""Rows of the front page, of a shift and of its history, by functions: a template costs ten times as much.

Filters and tags of every template, without {% load %}.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cashpilot.formatting import amount, day, moment, off_by, signed
from cashpilot.markup import filled, joined
from cashpilot.money import MINUS
from sessions_app.domain.choices import Result
from sessions_app.templatetags.shifts import badge, changes, deletion, first_opening, hours, shift_address

register = template.Library()

SIGN = '<span class="badge" data-result="{}"><span aria-hidden="true">{}</span> {}</span>'
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
    return joined((filled(SETTLE, **(_day(row) if row.is_day else _shift(row))) for row in rows), "\n")


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
    said = {"steady": _("Steady"), "advice": _("Worth looking at together.")}
    return joined((filled(LINE, **said, **_line(line)) for line in lines), "\n")


def _line(line: Any) -> dict[str, Any]:
    return {
        "result": line.direction,
        "who": line.cashier,
        "since": _("since %(day)s") % {"day": day(line.since)},
        "address": line.report_address,
        "words": line.sentence,
    }


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
    said = {"said_cash": _("Cash"), "said_card": _("Card"), "said_transfer": _("Transfer"), "said_sales": _("Sales")}
    return joined((filled(TODAY, **said, **_today(shift)) for shift in shifts), "\n")


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


DAY = """<tr data-result="{result}">
<th scope="row"><a class="whole-link" href="{address}">{date}<span class="unseen">, {pharmacy}</span></a></th>
<td class="place">{pharmacy}</td>
<td class="number detail" data-label="{said_shifts}">{shifts}</td>
<td class="number" data-label="{said_received}">{received}</td>
<td class="number" data-label="{said_billed}">{billed}</td>
<td class="rows__result words">{told}</td>
<td class="number difference" data-label="{said_difference}">{difference}</td>
<td class="number detail" data-label="{said_margin}">{margin}</td>
</tr>"""
MUTED = '<span class="muted">{}</span>'


@register.filter
def day_rows(days: Iterable[Any]) -> SafeString:
    """Draw the days of the list: day_figures.DayFigures, whose days have their contradiction."""
    said = {
        "said_shifts": _("Shifts"),
        "said_received": _("Received"),
        "said_billed": _("Billed"),
        "said_difference": _("Difference"),
        "said_margin": _("Margin"),
    }
    return joined((filled(DAY, **said, **_day_figures(figures)) for figures in days), "\n")


def _day_figures(figures: Any) -> dict[str, Any]:
    return {
        "result": figures.result or Result.NOT_COMPARED,
        "address": day_address(figures.pharmacy.pk, figures.date),
        "date": day(figures.date),
        "pharmacy": figures.pharmacy,
        "shifts": figures.shifts,
        "received": amount(figures.received),
        "billed": amount(figures.billed),
        "told": joined(_told_of_day(figures), " "),
        "difference": signed(figures.difference),
        "margin": amount(figures.margin),
    }


def _told_of_day(figures: Any) -> Iterator[SafeString]:
    yield day_result(figures)
    if not figures.is_empty and (missing := figures.missing):
        yield filled(MUTED, " ".join(missing))
    if figures.level == "day":
        yield filled(MUTED, _("as a whole day"))
    if figures.day and figures.day.contradiction:
        yield filled('<span class="flag">{}</span>', figures.day.contradiction)
    if figures.left_out:
        yield filled(MUTED, _("without %(methods)s") % {"methods": ", ".join(map(str, figures.left_out))})


@register.filter
def day_result(figures: Any) -> SafeString:
    """Draw what a day comes to, in a word, and whether it is signed off; of day_figures.DayFigures."""
    signed_off = filled('<span class="flag flag--calm">✓ {}</span>', _("Signed off"))
    is_signed_off = figures.day and figures.day.signed_off_at
    return joined([_in_a_word(figures), *([signed_off] if is_signed_off else [])], " ")


def _in_a_word(figures: Any) -> SafeString:
    if figures.result:
        return badge(figures.result)
    if figures.is_empty:
        return filled(MUTED, _("No shifts"))
    if figures.missing:
        return filled(SIGN, Result.NOT_COMPARED.value, "…", _("Incomplete"))
    return filled(MUTED, _("No business"))


def day_address(pharmacy: int, date_: date) -> str:
    """Return the address of that day of the pharmacy of that number."""
    return _day_address().format(pharmacy, date_)


@cache
def _day_address() -> str:
    any_day = date(2000, 1, 1)
    return reverse("day", args=[0, any_day]).replace("/0/", "/{}/").replace(str(any_day), "{}")


METHODS = """<table class="methods">
<thead>
<tr>
<th scope="col">{method}</th>
<th scope="col" class="number">{received}</th>
<th scope="col" class="number">{billed}</th>
<th scope="col" class="number">{difference}</th>
<th scope="col"><span class="unseen">{result}</span></th>
</tr>
</thead>
<tbody>
{rows}
</tbody>
</table>"""
METHOD = """<tr data-result="{result}">
<th scope="row">{label}</th>
<td class="number" data-label="{said_received}">{received}</td>
<td class="number" data-label="{said_billed}">{billed}{source}</td>
<td class="number difference" data-label="{said_difference}">{difference}</td>
<td class="methods__result">{badge}</td>
</tr>"""


@register.filter
def method_table(methods: Iterable[Any]) -> SafeString:
    """Draw what was received against what was billed, of shift_summary.MethodLines."""
    told = {"received": _("Received"), "billed": _("Billed"), "difference": _("Difference")}
    said = {f"said_{name}": label for name, label in told.items()}
    rows = joined((filled(METHOD, **said, **_method(line)) for line in methods), "\n")
    return filled(METHODS, method=_("Method"), result=_("Result"), rows=rows, **told)


def _method(line: Any) -> dict[str, Any]:
    return {
        "result": line.result,
        "label": line.label,
        "received": amount(line.received),
        "billed": amount(line.billed),
        "source": filled(' <span class="muted">{}</span>', line.source) if line.source else "",
        "difference": signed(line.difference),
        "badge": badge(line.result),
    }


LATER = "<li>{}: {} → {}</li>"


@register.filter
def later_changes(changes: Iterable[Any]) -> SafeString:
    """Draw what each later change made of a shift's difference, of both_verdicts.Changes, oldest first."""
    lines = (filled(LATER, moment(change.at), signed(change.before), signed(change.after)) for change in changes)
    return filled('<ul class="later-changes">{}</ul>', joined(lines))


SUM = """<table class="sum">
<tbody>
{steps}
</tbody>
<tfoot>
<tr>
<th scope="row">= {label}</th>
<td class="number">{amount}</td>
</tr>
</tfoot>
</table>"""
STEP = """<tr>
<th scope="row">{sign} {label}</th>
<td class="number">{amount}</td>
</tr>"""


@register.simple_tag
def sum_table(steps: Iterable[Any], label: str, come_to: int | None) -> SafeString:
    """Draw a sum line by line, of shift_summary.Steps; `label` and guaraníes of what they come to."""
    drawn = joined((_step(step, is_first=place == 0) for place, step in enumerate(steps)), "\n")
    return filled(SUM, steps=drawn, label=capfirst(label), amount=amount(come_to))


def _step(step: Any, *, is_first: bool) -> SafeString:
    sign = "" if is_first else "+" if step.sign > 0 else MINUS
    return filled(STEP, sign=sign, label=capfirst(step.label), amount=amount(step.amount))


ENTRY = """<li{older}>
<strong>{what}</strong>
{changes}
{why}<p class="muted">{at} · {who}</p>
</li>"""


@register.filter
def history_rows(history: Iterable[Any], shown: int) -> SafeString:
    """Draw who did what and when, of audit.Entries; those after the first `shown` are for paper alone."""
    older = filled(' class="history__older"')
    return joined((_entry(entry, older if place >= shown else "") for place, entry in enumerate(history)), "\n")


def _entry(entry: Any, older: str) -> SafeString:
    why = filled("<p>«{}»</p>", entry.why) if entry.why else ""
    told = {"what": entry.what, "changes": changes(entry.changes), "why": why}
    return filled(ENTRY, older=older, **told, at=moment(entry.at), who=entry.who)
