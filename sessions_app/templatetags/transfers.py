"""Rows of bank transfers, by functions: a template costs ten times as much.

A tag of every template, without {% load %}.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.formatting import amount, moment
from cashpilot.markup import filled, joined
from cashpilot.templatetags.cashpilot import same_in_forms
from sessions_app.domain.rules.movements import VERIFIES
from sessions_app.models import Movement
from sessions_app.queries.transfers import Noted
from sessions_app.templatetags.shifts import address, shift_address

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
    rows = _Rows(likes, query, refusal, _said(), same_in_forms(context) if may_verify else None)
    places = enumerate(transfers)
    return joined((rows.draw(transfer, takes_focus=begins and place == 0) for place, transfer in places), "\n")


def _said() -> dict[str, str]:
    """Tell in the reader's language what is the same in every row; `like` has the places of what differs."""
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
class _Rows:
    """The page that transfers are drawn on; `carried` is the same in each form, None for who may not verify."""

    likes: Mapping[int, Noted]
    query: str
    refusal: str
    said: dict[str, str]
    carried: SafeString | None

    def draw(self, transfer: Movement, *, takes_focus: bool) -> SafeString:
        shift = transfer.session
        told = {"number": transfer.pk, "said": transfer.said, "amount": amount(transfer.amount)}
        return filled(
            ROW,
            **told,
            tick="" if self.carried is None else filled(TICK, _pick(transfer, told, takes_focus=takes_focus)),
            noted=moment(transfer.created_at),
            like=self._like(transfer),
            address=shift_address(shift.pk),
            shift=shift.pk,
            pharmacy=shift.pharmacy,
            cashier=shift.cashier,
            bank=joined(self._bank(transfer, told), "\n"),
        )

    def _like(self, transfer: Movement) -> SafeString | str:
        if (like := self.likes.get(transfer.pk)) is None:
            return ""
        day = periods.local_date(like.created_at)
        told = {"shift": f"#{like.shift}", "pharmacy": like.pharmacy, "date": f"{day.day}/{day.month}"}
        return filled(self.said["like"], url=shift_address(like.shift), **told)

    def _bank(self, transfer: Movement, told: dict[str, Any]) -> Iterator[SafeString]:
        """Draw what is known of it in the bank, and the form that verifies it or takes that back."""
        if self.refusal:
            yield filled(REFUSAL, self.refusal)
        if transfer.verified_at:
            yield filled(SEEN, self.said["seen"], transfer.verified_by, moment(transfer.verified_at))
        elif self.carried is None:
            yield filled(PENDING, self.said["pending"])
        if self.carried is not None and not transfer.voided_at:
            yield self._form(transfer, told)

    def _form(self, transfer: Movement, told: dict[str, Any]) -> SafeString:
        is_verified = transfer.verified_at is not None
        return filled(
            FORM,
            **told,
            url=f"{address(transfer.pk, 'verify_transfer')}?{self.query}",
            carried=self.carried,
            undo=UNDO if is_verified else "",
            row=" data-row" if is_verified else "",
            css="link" if is_verified else "button",
            label=self.said["undo" if is_verified else "verify"],
        )


def _pick(transfer: Movement, told: dict[str, Any], *, takes_focus: bool) -> SafeString | str:
    """Draw the box of a transfer that can be verified together with others."""
    if transfer.verified_at or transfer.voided_at:
        return ""
    return filled(PICK, **told, focus=" data-focus" if takes_focus else "")
