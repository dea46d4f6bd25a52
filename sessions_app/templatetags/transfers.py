"""Rows of bank transfers, by functions: a template costs ten times as much.

A tag of every template, without {% load %}.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.formatting import amount, moment
from cashpilot.markup import CARRIED, filled, joined, stays_drawn
from cashpilot.templatetags.cashpilot import same_in_forms
from sessions_app.domain.rules.movements import VERIFIES
from sessions_app.models import Movement
from sessions_app.queries.transfers import Noted
from sessions_app.templatetags.shifts import ROWS_KEPT, address, shift_address

register = template.Library()

ROW = """<tr id="transfer-{number}">
{tick}<td class="transfers__noted">{noted}</td>
<th scope="row" class="words">{said}{like}</th>
<td><a class="whole-link" href="{address}">#{shift}</a></td>
<td class="place">{pharmacy}</td>
<td>{cashier}</td>
<td class="number transfers__amount"><strong>{amount}</strong></td>
<td class="bank">
{bank}
</td>
</tr>"""
TICK = """<td class="tick">
{}
</td>
"""
PICK = """<label>
<input id="pick-{number}" type="checkbox" name="transfer" value="{number}" form="verify-together" data-row{focus}>
<span class="unseen">{said}, {amount}</span>
</label>"""
LIKE = """
<span class="help">
{}
</span>"""
REFUSAL = '<p class="errorlist" role="alert">{}</p>'
SEEN = """<div class="bank__seen">
<span class="seen">✓ {}</span>
<span class="help">{} · {}</span>
</div>"""
PENDING = '<span class="flag">{}</span>'
FORM = """<form method="post" action="{url}" class="wait"
hx-post="{url}" hx-target="closest tr" hx-swap="outerHTML" hx-push-url="false">
{carried}
{undo}<button id="tick-{number}" type="submit"{row} class="{css}">
{label}
<span class="unseen">{said}, {amount}</span>
</button>
</form>"""
UNDO = filled('<input type="hidden" name="undo" value="1">\n')


@register.simple_tag(takes_context=True)
def transfer_rows(
    context: Any,
    transfers: Iterable[Movement],
    likes: Mapping[int, Noted],
    query: str,
    *,
    refusal: str = "",
    begins: bool = False,
) -> SafeString:
    """Draw transfers beside those that they may be, of queries.transfers.likes_of.

    `query`: the filters as the address has them, `refusal`: why they were not verified, `begins`: whether the first row
    takes the focus.
    """
    may_verify = context["request"].user.has_perm(VERIFIES)
    carried = same_in_forms(context) if may_verify else ""
    asked = _Asked(query, refusal, may_verify)
    rows = (
        _Row(transfer, likes.get(transfer.pk), asked, takes_focus=begins and place == 0)
        for place, transfer in enumerate(transfers)
    )
    drawn = _rows((row.values, row) for row in rows)
    return joined((SafeString(row.replace(CARRIED, carried)) for row in drawn), "\n")


class _Asked(NamedTuple):
    """All rows of a page share this: its question, why a verification was refused, and what the reader may."""

    query: str
    refusal: str
    may_verify: bool


@cache
def _values() -> "attrgetter[Any]":
    return attrgetter(*(column.attname for column in Movement._meta.concrete_fields))


@cache
def _said(_language: str | None) -> dict[str, str]:
    """Tell what is the same in every row; `like` has the places of what differs."""
    names = {name: f"{{{name}}}" for name in ("url", "shift", "pharmacy", "date")}
    like = _('equal to the one of <a href="%(url)s">shift %(shift)s</a>, %(pharmacy)s, %(date)s') % names
    return {
        "like": LIKE.format(like),
        "seen": _("Seen"),
        "pending": _("Pending"),
        "undo": _("Undo"),
        "verify": _("Verify"),
    }


@dataclass(frozen=True)
class _Row:
    transfer: Movement
    like: Noted | None
    asked: _Asked
    takes_focus: bool

    @property
    def values(self) -> tuple[Any, ...]:
        """Return all that the row tells."""
        shift, seen_by = self.transfer.session, self.transfer.verified_by
        named = (str(shift.pharmacy), str(shift.cashier), str(seen_by))
        return (*_values()(self.transfer), *named, self.like, self.asked, self.takes_focus)

    def draw(self) -> SafeString:
        transfer, shift, said = self.transfer, self.transfer.session, _said(get_language())
        told = {"number": transfer.pk, "said": transfer.said, "amount": amount(transfer.amount)}
        return filled(
            ROW,
            **told,
            tick=filled(TICK, self._pick(told)) if self.asked.may_verify else "",
            noted=moment(transfer.created_at),
            like=_like(said, self.like) if self.like else "",
            address=shift_address(shift.pk),
            shift=shift.pk,
            pharmacy=shift.pharmacy,
            cashier=shift.cashier,
            bank=joined(self._bank(said, told), "\n"),
        )

    def _pick(self, told: dict[str, Any]) -> SafeString | str:
        """Draw the box of a transfer that can be verified together with others."""
        if self.transfer.verified_at or self.transfer.voided_at:
            return ""
        return filled(PICK, **told, focus=" data-focus" if self.takes_focus else "")

    def _bank(self, said: dict[str, str], told: dict[str, Any]) -> Iterator[SafeString]:
        """Draw what is known of it in the bank, and the form that verifies it or takes that back."""
        transfer, (_query, refusal, may_verify) = self.transfer, self.asked
        if refusal:
            yield filled(REFUSAL, refusal)
        if transfer.verified_at:
            yield filled(SEEN, said["seen"], transfer.verified_by, moment(transfer.verified_at))
        elif not may_verify:
            yield filled(PENDING, said["pending"])
        if may_verify and not transfer.voided_at:
            yield self._form(said, told)

    def _form(self, said: dict[str, str], told: dict[str, Any]) -> SafeString:
        is_verified = self.transfer.verified_at is not None
        return filled(
            FORM,
            **told,
            url=f"{address(self.transfer.pk, 'verify_transfer')}?{self.asked.query}",
            carried=CARRIED,
            undo=UNDO if is_verified else "",
            row=" data-row" if is_verified else "",
            css="link" if is_verified else "button",
            label=said["undo" if is_verified else "verify"],
        )


_rows = stays_drawn(_Row.draw, ROWS_KEPT)


def _like(said: dict[str, str], like: Noted) -> SafeString:
    day = periods.local_date(like.created_at)
    told = {"shift": f"#{like.shift}", "pharmacy": like.pharmacy, "date": f"{day.day}/{day.month}"}
    return filled(said["like"], url=shift_address(like.shift), **told)
