"""Movements of a shift and what may be done to them, by functions: a template costs ten times as much.

Tags of every template, without {% load %}.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashpilot.formatting import amount, moment
from cashpilot.markup import filled, joined
from cashpilot.templatetags.cashpilot import key_of_form, post_in_place, same_in_forms
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from sessions_app.templatetags.shifts import address_pattern

register = template.Library()

VOIDED = """<li id="movement-{number}">
<div class="voided">
<span><s>{kind} {said}</s></span>
<p class="muted">{why} · {when}</p>
</div>
<s class="number">{amount}</s>
</li>"""
NOTED = """<li id="movement-{number}">
<div>
<strong>{kind}</strong> {said}
<p class="muted">{when} · {who}{why}</p>
{seen}</div>
<strong class="number">{amount}</strong>
<div class="movements__acts">
{acts}
</div>
</li>"""
SEEN = '<p class="seen">✓ {} · {} · {}</p>\n'
VERIFY = """<form {post}>
{carried}
<button type="submit" class="button">{verify}</button>
</form>"""
VOID = """<details class="ask" data-dismiss{is_open}>
<summary class="link">{void} <span class="unseen">{kind} {amount}</span></summary>
<form {post} class="ask__panel">
{carried}{key}
{errors}<label for="void-{number}">{why}</label>
<input id="void-{number}" name="reason" maxlength="500" required autocomplete="off"{value}>
<button type="submit" class="button">{submit}</button>
</form>
</details>"""


@register.simple_tag(takes_context=True)
def movement_rows(
    context: Any,
    lines: Iterable[dict[str, Any]],
    shift: CashSession,
    why_not: dict[str, str | None],
    void_form: Any = None,
    void_pk: int | None = None,
) -> SafeString:
    """Draw movements, of shift_summary.movement_lines; `void_form`, refused for that of `void_pk`, as it was sent."""
    said = {"verify": _("Verify"), "void": _("Void"), "why": _("Why is it voided?"), "submit": _("Void the movement")}
    rows = _Rows(context, shift, why_not, void_form, void_pk, said, same_in_forms(context))
    drawn = joined(map(rows.draw, lines), "\n")
    return drawn or filled('<li class="muted">{}</li>', _("Nothing noted yet."))


@dataclass(frozen=True)
class _Rows:
    """The page that movements are drawn on; `said` and `carried` are the same in each of its forms."""

    context: Any
    shift: CashSession
    why_not: dict[str, str | None]
    void_form: Any
    void_pk: int | None
    said: dict[str, str]
    carried: SafeString

    def draw(self, line: dict[str, Any]) -> SafeString:
        movement = line["movement"]
        told = {
            "number": movement.pk,
            "kind": kind_label(movement.kind),
            "said": movement.said,
            "amount": amount(movement.amount),
        }
        if movement.voided_at:
            why = _("Voided by %(who)s: %(why)s") % {"who": movement.voided_by, "why": movement.void_reason}
            return filled(VOIDED, **told, why=why, when=moment(movement.voided_at))
        return filled(
            NOTED,
            **told,
            when=moment(movement.created_at),
            who=movement.created_by,
            why=f" · «{line['why_noted']}»" if line["why_noted"] else "",
            seen=_seen(movement),
            acts=joined(self._acts(line), "\n"),
        )

    def _acts(self, line: dict[str, Any]) -> Iterator[SafeString]:
        movement = line["movement"]
        if movement.kind == Kind.TRANSFER and not movement.verified_at and not line["why_not_verify"]:
            yield filled(VERIFY, post=self._post("verify_movement", movement), carried=self.carried, **self.said)
        if not line["why_not_void"]:
            yield self._void(movement)
        elif not self.why_not["add_movement"] and not movement.verified_at:
            yield filled('<span class="help">{}</span>', line["why_not_void"])

    def _void(self, movement: Movement) -> SafeString:
        is_refused = movement.pk == self.void_pk
        return filled(
            VOID,
            **self.said,
            is_open=" open" if is_refused else "",
            number=movement.pk,
            kind=kind_label(movement.kind),
            amount=amount(movement.amount),
            post=self._post("void_movement", movement),
            carried=self.carried,
            key=key_of_form(self.context),
            errors=joined(self._errors()) if is_refused else "",
            value=filled(' value="{}"', self.void_form["reason"].value() or "") if is_refused else "",
        )

    def _errors(self) -> Iterator[SafeString]:
        """Draw why the voiding was refused."""
        yield filled("{}", self.void_form.non_field_errors())
        yield filled("{}", self.void_form["reason"].errors)

    def _post(self, name: str, movement: Movement) -> SafeString:
        url = address_pattern(name, 2).format(self.shift.pk, movement.pk)
        return post_in_place(url, "live" if self.shift.is_open else "main")


def _seen(movement: Movement) -> SafeString | str:
    """Draw who saw a transfer in the bank, if anybody did."""
    if not movement.verified_at:
        return ""
    return filled(SEEN, _("Seen in the bank"), moment(movement.verified_at), movement.verified_by)


def kind_label(kind: str) -> str:
    """Return the label of a kind of movement."""
    return _kind_labels(get_language())[kind]


@cache
def _kind_labels(language: str | None) -> dict[str, str]:
    return {kind.value: str(kind.label) for kind in Kind}
