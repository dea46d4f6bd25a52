"""How a shift is drawn wherever it stands in a row, without {% load %}: result, marks, hours, address, changes.

Filters, because a list has many rows: an include costs ten times as much.
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cashpilot.formatting import amount, clock, day, is_past, money, off_by, unsigned
from cashpilot.markup import filled, joined, stays_drawn
from cashpilot.templatetags.cashpilot import sortable
from sessions_app.domain.choices import Result
from sessions_app.models import CashSession
from sessions_app.querysets.shifts import UNLISTED

register = template.Library()

SIGNS = {
    Result.SHORT: "▼",
    Result.OVER: "▲",
    Result.BALANCED: "=",
    Result.SWAPPED: "⇄",
    Result.NOT_COMPARED: "?",
    Result.OPEN: "●",
}
# Of a reason, as many signs as a row takes.
REASON_SHOWN = 120
# So many rows of the list stay drawn in a process, in some 5 MB: most of those on a page were drawn before.
ROWS_KEPT = 500


@register.filter
def badge(result: str) -> SafeString:
    """Draw a result as sign, word and colour, never colour alone."""
    return _badge(result, get_language())


@cache
def _badge(result: str, language: str | None) -> SafeString:
    known = Result(result)
    badge_ = '<span class="badge" data-result="{}"><span aria-hidden="true">{}</span> {}</span>'
    return filled(badge_, known.value, SIGNS[known], known.label)


@register.filter
def at_close(text: Any, result: str) -> SafeString:
    """Draw the verdict at the close, in words, where it is not the present one."""
    return filled('<span class="at-close" data-result="{}">{}</span>', result, text)


@register.filter
def first_opening(shift: Any) -> str:
    """Tell the opening cash as it was typed at first, of a shift where it was corrected."""
    amounts = {"first": amount(shift.first_initial_cash), "now": amount(shift.initial_cash)}
    return _("Opening cash corrected: %(first)s → %(now)s") % amounts


@register.filter
def deletion(shift: Any) -> str:
    """Tell who deleted a shift, and why."""
    reason = Truncator(shift.delete_reason).chars(REASON_SHOWN)
    return f"✕ {_('Deleted by %(who)s: %(why)s') % {'who': shift.deleted_by, 'why': reason}}"


@register.filter
def outcome(shift: Any) -> SafeString:
    """Draw what became of a shift beside its result: marks with their reasons, what was corrected, what is missing."""
    return joined((filled('<span class="{}">{}</span>', css, text) for css, text in _outcome(shift)), " ")


def _outcome(shift: Any) -> Iterator[tuple[str, str]]:
    if shift.flagged_at:
        yield "flag", f"⚑ {_('Flagged')}: {Truncator(shift.flag_reason).chars(REASON_SHOWN)}"
    if shift.signed_off_at:
        signed_off = f"{_('Signed off')} {_('by the same person')}" if shift.signed_off_alone else _("Signed off")
        yield "flag flag--calm", f"✓ {signed_off}: {Truncator(shift.signed_off_note).chars(REASON_SHOWN)}"
    if shift.deleted_at:
        yield "flag", deletion(shift)
    if shift.opening_was_corrected:
        yield "flag flag--calm", first_opening(shift)
    if shift.awaits_bank:
        yield "flag", _("It balances only with transfers that nobody has seen in the bank")
    if shift.is_uncounted:
        yield "flag flag--calm", _("not counted")
    if is_overdue(shift):
        yield "flag", _("not closed on its day")


@register.filter
def is_overdue(shift: Any) -> bool:
    """Say whether a shift is still open when its day is over."""
    return shift.is_open and is_past(shift.business_date)


@register.filter
def changes(told: Iterable[Any]) -> SafeString | str:
    """Draw what a change turned into what; a first value stands alone. Nothing where nothing changed."""
    lines = joined(map(_change, told))
    return lines and filled('<ul class="plain">{}</ul>', lines)


def _change(told: Any) -> SafeString:
    before = "" if told.old is None else f"{told.old} → "
    return filled("<li>{}: {}{}</li>", capfirst(told.label), before, _("nothing") if told.new is None else told.new)


TOTALS = """<div id="totals" class="card totals">
<dl>
{sums}
</dl>
{methods}
</div>"""
TOTAL = "<div{}><dt>{}</dt><dd>{}{}</dd></div>"
# One takes the place of the other, and of its focus.
TO_METHODS = (
    '<a id="by-method" class="not-on-paper" href="{address}" hx-get="{address}" hx-target="#totals" '
    'hx-select="#totals" hx-push-url="false">{label}</a>'
)
METHODS = """<dl id="by-method" tabindex="-1" aria-label="{label}">
{sums}
</dl>"""


@register.filter
def totals_card(totals: dict[str, int], query: str) -> SafeString:
    """Draw the sums above the list of shifts (ShiftFilter.totals); by method, or how to ask `query` for these too."""
    sums = [
        filled(TOTAL, "", _("Shifts"), amount(totals["count"]), ""),
        filled(TOTAL, "", _("Open shifts"), amount(totals["still_open"]), ""),
        filled(TOTAL, "", _("Not compared"), amount(totals["not_compared"]), ""),
        filled(TOTAL, _edge(totals, "short"), _("Short"), unsigned(totals["short"]), ""),
        filled(TOTAL, _edge(totals, "over"), _("Over"), unsigned(totals["over"]), ""),
        filled(TOTAL, "", _("Sales"), money(totals["sales"]), _uncounted(totals["uncounted"])),
    ]
    return filled(TOTALS, sums=joined(sums), methods=_by_method(totals, query))


def _by_method(totals: dict[str, int], query: str) -> SafeString:
    labels = {
        "cash": _("Cash"),
        "card": _("Card"),
        "transfer": _("Bank transfer"),
        "credit": _("Credit sale"),
        "expenses": _("Expenses"),
        "envelopes": _("Envelopes"),
    }
    if not totals.keys() >= labels.keys():
        address = f"?{query}&by_method=1" if query else "?by_method=1"
        return filled(TO_METHODS, address=address, label=_("by method"))
    sums = (filled(TOTAL, "", label, amount(totals[name]), "") for name, label in labels.items())
    return filled(METHODS, label=_("by method"), sums=joined(sums))


def _edge(totals: dict[str, int], result: str) -> SafeString | str:
    return filled(' data-result="{}"', result) if totals[result] else ""


def _uncounted(count: int) -> SafeString | str:
    told = ngettext("%(count)s not counted", "%(count)s not counted", count) % {"count": count}
    return filled(' <span class="help">{}</span>', told) if count else ""


HEADING = '<th scope="col">{}</th>'


@register.filter
def shift_headings(orders: dict[str, Any]) -> SafeString:
    """Draw the headings of the list, by the links of ShiftFilter that put it in order."""
    return _headings(tuple(orders.items()), get_language())


# Each question has its own, and most are asked again and again.
@lru_cache(maxsize=100)
def _headings(orders: tuple[tuple[str, Any], ...], language: str | None) -> SafeString:
    by, url = dict(orders), reverse("shifts")
    headings = [
        filled(HEADING, _("Shift")),
        sortable(by["date"], _("Date"), url),
        filled(HEADING, _("Pharmacy")),
        filled(HEADING, _("Cashier")),
        filled(HEADING, _("Opened and closed")),
        sortable(by["sales"], _("Sales"), url, css="number"),
        sortable(by["counted"], _("Counted cash"), url, css="number"),
        filled(HEADING, _("Result")),
        sortable(by["difference"], _("Difference"), url, css="number"),
    ]
    return filled("<thead><tr>{}</tr></thead>", joined(headings, "\n"))


ROW = """<tr data-result="{result}"{overdue}>
<th scope="row"><a class="whole-link" href="{address}">{shift}</a></th>
<td class="shifts__date">{day}</td>
<td class="shifts__pharmacy place">{pharmacy}</td>
<td class="shifts__cashier place">{cashier}</td>
<td class="time">{hours}</td>
<td class="number" data-label="{said_sales}">{sales}</td>
<td class="number detail" data-label="{said_counted}">{counted}</td>
<td class="rows__result words"{title}>{badge}{told} {outcome}</td>
<td class="number difference" data-label="{said_difference}">{difference}</td>
</tr>"""

OVERDUE = filled(' class="overdue"')


@register.filter
def shift_rows(shifts: Iterable[Any]) -> SafeString:
    """Draw the rows of the list: of shifts that add_verdicts has been at."""
    return joined(_rows((_all_told(shift), shift) for shift in shifts), "\n")


def values_of(shift: Any) -> tuple[Any, ...]:
    """Return all that a list reads of a shift, and the names beside it."""
    return (*_values()(shift), str(shift.pharmacy), str(shift.cashier))


@cache
def _values() -> "attrgetter[Any]":
    return attrgetter(*(column.attname for column in CashSession._meta.concrete_fields if column.name not in UNLISTED))


def _all_told(shift: Any) -> tuple[Any, ...] | None:
    """Return all that a row tells; None of one that tells more than its shift."""
    return None if shift.at_close or shift.contradiction or shift.deleted_at else values_of(shift)


def _draw(shift: Any) -> SafeString:
    is_swapped = shift.result == Result.SWAPPED
    return filled(
        ROW,
        said_sales=_("Sales"),
        said_counted=_("Counted"),
        said_difference=_("Difference"),
        shift=shift,
        pharmacy=shift.pharmacy,
        cashier=shift.cashier,
        result=shift.result,
        overdue=OVERDUE if is_overdue(shift) else "",
        address=shift_address(shift.pk),
        day=day(shift.business_date),
        hours=hours(shift),
        sales=amount(shift.total_sales),
        counted=amount(shift.final_cash),
        title=filled(' title="{}"', shift.if_nothing_is_missing) if is_swapped else "",
        badge=badge(shift.result),
        told=joined(_told(shift)),
        outcome=outcome(shift),
        difference=off_by(shift),
    )


_rows = stays_drawn(_draw, ROWS_KEPT)


def _told(shift: Any) -> Iterator[SafeString]:
    if shift.at_close:
        yield filled(" {}", at_close(shift.at_close, shift.first_result))
    if shift.contradiction:
        yield filled(" {}", at_close(shift.contradiction, ""))


@register.filter
def hours(shift: Any) -> str:
    """Tell when a shift opened and closed, in Asunción."""
    return f"{clock(shift.opened_at)} –{f' {clock(shift.closed_at)}' if shift.closed_at else ''}"


@register.filter
def shift_address(number: int) -> str:
    """Return the address of the shift of that number."""
    return address(number, "shift")


@register.filter
def address(number: int, name: str) -> str:
    """Return the address of that name, for the row of that number."""
    return address_pattern(name).format(number)


@cache
def address_pattern(name: str, numbers: int = 1) -> str:
    """Return the address of that name, with places for so many numbers."""
    return reverse(name, args=[0] * numbers).replace("0", "{}")
