"""Rows of days, of a shift, of its history and of all changes, by functions: a template costs ten times as much.

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

from cashpilot import periods
from cashpilot.formatting import UNKNOWN, amount, day, moment, signed
from cashpilot.markup import filled, joined, stays_drawn
from cashpilot.money import MINUS
from sessions_app.domain.choices import Result
from sessions_app.templatetags.shifts import badge, changes, shift_address

register = template.Library()

SIGN = '<span class="badge" data-result="{}"><span aria-hidden="true">{}</span> {}</span>'
# As many as two pages of the list have, of two people.
DAYS_KEPT = 250
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
    return joined(_rows_of_days((_told(figures), figures) for figures in days), "\n")


def _told(figures: Any) -> tuple[Any, ...] | None:
    """Return all that the row of a day tells; None of one that is contradicted."""
    return None if figures.day and figures.day.contradiction else figures.as_read


def _draw_day(figures: Any) -> SafeString:
    said = {
        "said_shifts": _("Shifts"),
        "said_received": _("Received"),
        "said_billed": _("Billed"),
        "said_difference": _("Difference"),
        "said_margin": _("Margin"),
    }
    return filled(DAY, **said, **_day_figures(figures))


_rows_of_days = stays_drawn(_draw_day, DAYS_KEPT)


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
    in_a_word = _in_a_word(figures)
    if not (figures.day and figures.day.signed_off_at):
        return in_a_word
    return filled('{} <span class="flag flag--calm">✓ {}</span>', in_a_word, _("Signed off"))


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


CHANGE = """<tr>
<td><time datetime="{instant}">{at}</time></td>
<td>{who}</td>
<td>{about}</td>
<td class="detail place">{pharmacy}</td>
<td class="words{cut}"><strong>{what}</strong>
{changes}{why}</td>
</tr>"""
ABOUT_SHIFT = '<span class="detail">{}</span> <a class="whole-link" href="{}">{}</a>'
ABOUT = '{} <a class="whole-link" href="?kind={}&amp;number={}">{}</a>'


@register.filter
def audit_rows(entries: Iterable[Any]) -> SafeString:
    """Draw the changes of the audit page, of audit.Entries."""
    return joined(map(_audited, entries), "\n")


def _audited(entry: Any) -> SafeString:
    is_of_shift = entry.kind == "cashsession"
    return filled(
        CHANGE,
        instant=entry.at.astimezone(periods.ASUNCION).isoformat(),
        at=moment(entry.at),
        who=entry.who or UNKNOWN,
        about=_about_shift(entry) if is_of_shift else _about(entry),
        pharmacy=entry.pharmacy,
        cut=" words--cut" if is_of_shift else "",
        what=entry.what,
        changes=changes(entry.changes),
        why=filled('<p class="muted">{}</p>', entry.why) if entry.why else "",
    )


def _about_shift(entry: Any) -> SafeString:
    return filled(ABOUT_SHIFT, capfirst(entry.label), shift_address(entry.number), entry.subject)


def _about(entry: Any) -> SafeString:
    return filled(ABOUT, capfirst(entry.label), entry.kind, entry.number, entry.subject)
