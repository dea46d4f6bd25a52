"""Functions draw what waits to be signed off, its figures and its rows: a template costs ten times as much.

Tags of every template, without {% load %}.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cashpilot.formatting import day, moment, money, off_by, signed
from cashpilot.markup import CARRIED, filled, joined, stays_drawn
from cashpilot.templatetags.cashpilot import key_of_form, same_in_forms
from cashpilot.web.forms import fields_of
from sessions_app.domain.choices import Result
from sessions_app.models import DayVerdict
from sessions_app.templatetags.rows import day_address, later_changes
from sessions_app.templatetags.shifts import (
    ROWS_KEPT,
    address,
    at_close,
    badge,
    outcome,
    shift_address,
    values_of,
)

register = template.Library()

FIGURES = """<div id="figures" class="queue-head"{is_answer}>
<h1>{settle}</h1>
<ul>
<li{edge}>{missing} <strong class="difference">{sum_missing}</strong></li>
<li>{corrected} <strong>{sum_corrected}</strong></li>
<li>{between} <strong>{sum_between}</strong> <span class="muted">{over}</span></li>
{rest}</ul>
<p class="muted queue-head__keys" data-scripted>
<kbd>j</kbd> <kbd>k</kbd> {move} · <kbd>Enter</kbd> {see} · <kbd>1</kbd>–<kbd>3</kbd> {sign_off} · \
<a href="{keys}"><kbd>?</kbd> {all_keys}</a>
</p>
</div>"""
FIGURE = '<a href="{}" data-figure="{}" data-amount="{}">{}</a>'
REST = '<li><a href="{}?rest=1">{}</a></li>\n'
DAY = """<tr id="day-{number}" data-result="{result}">
<td class="tick"></td>
<td class="flow__result">{badge}</td>
<th scope="row" class="flow__shift"><a href="{address}">{date}</a></th>
<td class="flow__place">{pharmacy}</td>
<td class="flow__who">{whole_day}</td>
<td class="flow__when">{date}</td>
<td class="number flow__first"></td>
<td class="number flow__now difference">{difference}</td>
<td class="flow__more">\
<a class="flow__link" href="{address}" data-row><span>{see}</span><span class="unseen"> {date} {pharmacy}</span></a>\
{contradiction}</td>
</tr>"""
SHIFT = """<tr id="shift-{number}" data-result="{result}"{done}>
<td class="tick">{tick}</td>
<td class="flow__result">{badge}{marks}</td>
<th scope="row" class="flow__shift"><a href="{address}">{shift}</a></th>
<td class="flow__place">{pharmacy} · {register}</td>
<td class="flow__who">{cashier}</td>
<td class="flow__when">{closed}</td>
<td class="number flow__first"{first_result}>{first}</td>
<td class="number flow__now difference">{now}</td>
<td class="flow__more">
{more}
</td>
</tr>"""
TICK = """
<label>
<input type="checkbox" name="shift" value="{number}:{version}" form="together"{is_ticked}>
<span class="unseen">{said}</span>
</label>
"""
MARK = ' <span title="{}">{}</span>'
# It stands where the verdict does not say that something is off.
ANOTHER = '<span class="badge" data-result="swapped"><span aria-hidden="true">≠</span> {}</span>'
DONE = """<div class="flow__done">
<span class="seen">✓ {signed_off}{alone}</span>
{undo}
</div>"""
UNDO = """<form method="post" action="{url}?{query}" hx-post="{url}" {place}>
{carried}
<input type="hidden" name="shift" value="{number}:{version}">
<button id="undo-{number}" type="submit" class="link" data-row>{undo}<span class="unseen"> {shift}</span></button>
</form>"""
PLACE = filled('hx-target="closest tr" hx-swap="outerHTML" hx-push-url="false"')
OPEN = """<details class="flow__open"{is_open}>
<summary id="open-{number}" data-row><span>{see}</span><span class="unseen"> {shift}</span></summary>
<div class="flow__panel">
<div class="flow__facts">
{facts}
<div hx-get="{evidence}" hx-trigger="toggle from:closest details once" hx-target="this" hx-swap="innerHTML" \
hx-push-url="false">
<a href="{address}">{see_shift}</a>
</div>
</div>
{act}
</div>
</details>"""
SIGN_OFF = """<form method="post" action="{url}?{query}" class="flow__form wait" hx-post="{url}" {place} novalidate>
{carried}
{fields}
{alone}<button id="sign-{number}" type="submit" class="button">{sign_off}</button>
<div class="flow__usual">
<p class="help">{or_usual}</p>
{usual}
</div>
</form>"""
USUAL = '<button type="submit" name="note" value="{0}" class="link" data-usual>{0}</button>'
VERSION = '<input type="hidden" name="version" value="{1}" id="shift_{0}_version">'
HELP = '<p class="help">{}</p>'


@register.simple_tag
def queue_figures(figures: Any, *, is_answer: bool = False) -> SafeString:
    """Draw the figures above the queue, of worklist.Figures; in an answer, to take the place of the former."""
    return _figures(figures, is_answer, get_language())


# Until one of them is another they are drawn on each page of the queue.
@lru_cache(maxsize=20)
def _figures(figures: Any, is_answer: bool, language: str | None) -> SafeString:  # noqa: FBT001 - told from the tag
    url, between = reverse("review_queue"), figures.between
    settle = _("To settle: %(count)s") % {"count": figures.settle}
    return filled(
        FIGURES,
        is_answer=filled(' hx-swap-oob="true"') if is_answer else "",
        settle=filled(FIGURE, f"{url}?settle=1", "settle", figures.settle, settle),
        edge=filled(' data-result="short"') if figures.missing_rows else "",
        missing=filled(FIGURE, f"{url}?missing=1", "missing", figures.missing, _("Money missing")),
        sum_missing=money(figures.missing),
        corrected=filled(
            FIGURE, f"{url}?corrected=1", "corrected", figures.corrected, _("Short at first, corrected since")
        ),
        sum_corrected=money(figures.corrected),
        between=filled(FIGURE, between.address, "between", between.missing, _("Missing between shifts")),
        sum_between=money(between.missing),
        over=_("too much: %(over)s") % {"over": money(between.over)},
        rest=_rest(url, figures.only_to_sign_off),
        move=_("move"),
        see=_("see"),
        sign_off=_("sign off"),
        keys=reverse("keys"),
        all_keys=_("keys"),
    )


def _rest(url: str, count: int) -> SafeString | str:
    told = ngettext(
        "%(count)s has nothing to settle and only waits for the sign-off",
        "%(count)s have nothing to settle and only wait for the sign-off",
        count,
    )
    return filled(REST, url, told % {"count": count}) if count else ""


@register.simple_tag(takes_context=True)
def review_rows(context: Any, rows: Iterable[dict[str, Any]], usual: Iterable[str]) -> SafeString:
    """Draw rows of the queue, as views/review.py makes them: of shifts, and of days as a whole.

    `usual` are the notes that are sent by one press.
    """
    forms = _Forms(context["request"].GET.urlencode(), joined(filled(USUAL, note) for note in usual))
    page, rows = _Page(context, same_in_forms(context)), list(rows)
    drawn = _rows((_told(row, forms), (row, forms)) for row in rows)
    return joined(map(page.carried_by, rows, drawn), "\n")


class _Forms(NamedTuple):
    """The forms of all rows share this: what the address of the page asks for, and the usual notes."""

    query: str
    usual: SafeString


@dataclass(frozen=True)
class _Page:
    """The page that shifts are drawn on; `carried` is what all of its forms carry."""

    context: Any
    carried: SafeString

    def carried_by(self, row: dict[str, Any], drawn: SafeString) -> SafeString:
        """Put into a row that was drawn what its form carries; a day has no form."""
        if row["day"]:
            return drawn
        key = "" if row["shift"].signed_off_at else key_of_form(self.context)
        # Once: what somebody typed into the form stands behind it, and is shown again whatever it holds.
        return SafeString(drawn.replace(CARRIED, f"{self.carried}{key}", 1))


def _told(row: dict[str, Any], forms: _Forms) -> tuple[Any, ...] | None:
    """Return all that a row tells; None of a day, and of one that tells more than its shift."""
    shift = row["shift"]
    if row["day"] or row["form"].is_bound or row["at_close"] or row["contradiction"]:
        return None
    if shift.deleted_at or shift.signed_off_at:
        return None
    told = (shift.has_reply, row["why_not"], row["is_alone"], row["may_be_ticked"], row["is_ticked"])
    return (*values_of(shift), *told, *forms)


def _draw(told: tuple[dict[str, Any], _Forms]) -> SafeString:
    row, forms = told
    return _day(row["day"]) if row["day"] else _shift(row, forms)


_rows = stays_drawn(_draw, ROWS_KEPT)


def _shift(row: dict[str, Any], forms: _Forms) -> SafeString:
    shift, first = row["shift"], row["at_close"]
    return filled(
        SHIFT,
        number=shift.pk,
        result=shift.result,
        done=filled(' data-done data-said="{}"', _("Signed off")) if shift.signed_off_at else "",
        tick=_tick(shift, is_ticked=row["is_ticked"]) if row["may_be_ticked"] else "",
        badge=_another() if row["contradiction"] and shift.result == Result.BALANCED else badge(shift.result),
        marks=joined(_marks(shift)),
        address=shift_address(shift.pk),
        shift=shift,
        pharmacy=shift.pharmacy,
        register=shift.register,
        cashier=shift.cashier,
        closed=moment(shift.closed_at),
        first_result=filled(' data-result="{}"', first.result) if first else "",
        first=filled('<strong class="difference">{}</strong>', signed(shift.first_difference)) if first else "",
        now=off_by(shift),
        more=_done(row, forms.query) if shift.signed_off_at else _open(row, forms),
    )


def _tick(shift: Any, *, is_ticked: bool) -> SafeString:
    said = _("Shift %(shift)s") % {"shift": shift}
    checked = " checked" if is_ticked else ""
    return filled(TICK, number=shift.pk, version=shift.version, is_ticked=checked, said=said)


def _marks(shift: Any) -> Iterator[SafeString]:
    if shift.flagged_at:
        yield filled(MARK, _("Flagged"), "⚑")
    if shift.deleted_at:
        yield filled(MARK, _("Deleted"), "✕")


def _done(row: dict[str, Any], query: str) -> SafeString:
    shift = row["shift"]
    alone = f" {_('by the same person')}" if shift.signed_off_alone else ""
    undo = _undo(shift, query) if row["may_undo"] else ""
    return filled(DONE, signed_off=_("Signed off"), alone=alone, undo=undo)


def _undo(shift: Any, query: str) -> SafeString:
    return filled(
        UNDO,
        url=reverse("undo_sign_offs"),
        query=query,
        place=PLACE,
        carried=CARRIED,
        number=shift.pk,
        version=shift.version,
        undo=_("Undo"),
        shift=shift,
    )


def _open(row: dict[str, Any], forms: _Forms) -> SafeString:
    shift = row["shift"]
    return filled(
        OPEN,
        is_open=" open" if row["form"].is_bound else "",
        number=shift.pk,
        see=_("See and sign off"),
        shift=shift,
        facts=joined(_facts(row), "\n"),
        evidence=address(shift.pk, "evidence"),
        address=shift_address(shift.pk),
        see_shift=_("See the shift"),
        act=filled(HELP, row["why_not"]) if row["why_not"] else _sign_off(row, forms),
    )


def _facts(row: dict[str, Any]) -> Iterator[SafeString]:
    """Draw what is known of a shift before its evidence is asked for."""
    shift, first = row["shift"], row["at_close"]
    if row["contradiction"]:
        yield filled("<p>{}</p>", at_close(row["contradiction"], ""))
    if first:
        yield at_close(first, first.result)
        yield later_changes(first.changes)
    yield outcome(shift)
    if shift.result == Result.SWAPPED:
        yield filled("<p>{}</p>", shift.if_nothing_is_missing)
    if shift.has_reply:
        yield filled('<span class="flag flag--calm">{}</span>', _("The cashier replied"))


def _sign_off(row: dict[str, Any], forms: _Forms) -> SafeString:
    shift = row["shift"]
    return filled(
        SIGN_OFF,
        url=address(shift.pk, "sign_off_row"),
        query=forms.query,
        place=PLACE,
        carried=CARRIED,
        fields=_fields(shift, row["form"]),
        alone=_alone() if row["is_alone"] else "",
        number=shift.pk,
        sign_off=_("Sign off"),
        or_usual=_("Or with a usual note, in one press:"),
        usual=forms.usual,
    )


def _fields(shift: Any, form: Any) -> SafeString:
    """Draw the fields of a row's form; those of all that nobody typed into are the same but for their numbers."""
    if form.is_bound:
        return joined([filled("{}", form.non_field_errors()), fields_of(form)])
    return filled(VERSION + fields_of(form), shift.pk, shift.version)


def _alone() -> SafeString:
    return filled(HELP, _("Nobody else can sign it off: it will say that the same person did."))


def _day(verdict: DayVerdict) -> SafeString:
    is_alone, told = verdict.is_contradicted_alone, verdict.contradiction
    return filled(
        DAY,
        number=verdict.pk,
        result=verdict.result,
        badge=_another() if is_alone else badge(verdict.result),
        address=day_address(verdict.pharmacy_id, verdict.date),
        date=day(verdict.date),
        pharmacy=verdict.pharmacy,
        whole_day=_("The whole day"),
        difference="" if is_alone else signed(verdict.difference),
        see=_("See the day"),
        contradiction=filled('<p class="flow__said">{}</p>', at_close(told, "")) if told else "",
    )


def _another() -> SafeString:
    return filled(ANOTHER, _("Another amount"))
