"""Tags of every template, without {% load %}: money and moments as people read them, forms sent once."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import template
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cashpilot import formatting
from cashpilot.markup import filled, joined
from cashpilot.web import logs, session_timeout, stale_forms
from cashpilot.web.forms import fields_of

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_by(context: Any) -> SafeString:
    """Stands in a form beside {% csrf_token %}: should that die, the form is shown again to this person alone."""
    return filled('<input type="hidden" name="{}" value="{}">', stale_forms.TYPED_BY, context.request.user.pk)


@register.simple_tag(takes_context=True)
def idempotency_key(context: Any) -> SafeString:
    """Stands in a form beside {% csrf_token %}: sent twice, the form is carried out once. With `typed_by`."""
    return joined([typed_by(context), key_of_form(context)])


def key_of_form(context: Any) -> SafeString:
    """Draw the key of one form; no two forms of a page have the same."""
    sent = context.request.POST
    key = sent.get("token") if isinstance(sent, stale_forms.StaleData) else None  # it may have arrived before
    return filled('<input type="hidden" name="token" value="{}">', key or uuid4())


def same_in_forms(context: Any) -> SafeString:
    """Draw what all forms of a page carry: {% csrf_token %}, which must not be missing, and `typed_by`."""
    token = filled('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', context["csrf_token"])
    return joined([token, typed_by(context)])


@register.simple_tag
def post_in_place(url: str = "", part: str = "main") -> SafeString:
    """Attributes of a form whose page stays until the answer is there: when the connection is lost, nothing typed is.

    The answer replaces the part of the page with that id; a redirect is followed. Without JavaScript it is any form.
    """
    action = filled(' action="{}"', url) if url else ""
    place = filled('hx-target="#{0}" hx-select="#{0}" hx-swap="outerHTML"', part)
    return filled('method="post"{} hx-post="{}" {}', action, url, place)


REFUSED = """<div class="ask ask--refused">
<button type="button" class="button" disabled>{label}</button>
<p class="help">{refused}</p>
</div>"""
DIALOG = """<details class="ask" data-dismiss{is_open}>
<summary class="button">{label}</summary>
<form {post} class="ask__panel" novalidate>
{carried}{key}
{summary}{fields}
<button type="submit" class="button">{submit}</button>
</form>
</details>"""


@register.simple_tag(takes_context=True)
def dialog(context: Any, form: Any, url: str, *, label: str, submit: str, refused: str | None = None) -> SafeString:
    """Draw a small question before an act: a button that opens a form for the reason, without JavaScript too.

    `label` stands on the button that opens it, `submit` on the one that sends; `refused` is the sentence of the rule
    that says no. The context has the csrf_token.
    """
    if refused and not form.is_bound:
        return filled(REFUSED, label=label, refused=refused)
    return filled(
        DIALOG,
        is_open=" open" if form.is_bound else "",
        label=label,
        post=post_in_place(url),
        carried=same_in_forms(context),
        key=key_of_form(context),
        summary=form.render("components/error_summary.html") if form.is_bound else "",
        fields=fields_of(form),
        submit=submit,
    )


SORTABLE = """<th scope="col" class="{css}"{aria}>
<a class="sortable" href="{address}"{part}>{label}<span aria-hidden="true">{arrow}</span></a>
</th>"""
ARROWS = {"ascending": " ▲", "descending": " ▼"}


@register.simple_tag
def sortable(order: Any, label: str, url: str, *, css: str = "", is_part: bool = True) -> SafeString:
    """Draw the heading of a column by which rows can be put in order.

    `order` is its link (an Order of a QueryForm) on the page at `url`; `is_part` says that htmx fetches the list alone.
    """
    address = f"{url}?{order.query}&remember=1"
    aria = filled(' aria-sort="{}"', order.aria) if order.aria else ""
    part = filled(' hx-get="{}"', address) if is_part else ""
    arrow = ARROWS.get(order.aria, "")
    return filled(SORTABLE, css=css, aria=aria, address=address, part=part, label=label, arrow=arrow)


TILE = """<li class="card tile"{result}>
<p class="tile__label"><a class="whole-link" href="{url}"{read}>{label}</a></p>
<p class="figure">{figure}</p>
<p class="muted">{detail}</p>
</li>"""


@register.simple_tag
def tile(
    label: str, figure: Any, detail: str, url: str, *, result: str = "", name: str = "", amount: Any = ""
) -> SafeString:
    """Draw a large figure that leads to what it counts.

    `result` is a value of Result that colours its edge, or nothing; `name` and `amount` are what programs read of it.
    """
    edge = filled(' data-result="{}"', result) if result else ""
    read = filled(' data-figure="{}" data-amount="{}"', name, amount) if name else ""
    return filled(TILE, result=edge, read=read, label=label, figure=figure, detail=detail, url=url)


ON_PAPER = '<div class="on-paper muted">{}<p>{}</p></div>'


@register.simple_tag(takes_context=True)
def on_paper(context: Any, said: Iterable[str] = (), *, everywhere: bool = False) -> SafeString:
    """Draw what paper alone says above a page, for whoever finds the sheet: what was asked, who printed it, when.

    `everywhere` says that the page is of all pharmacies and has no filter.
    """
    lines = [*([_("All pharmacies")] if everywhere else []), *said]
    told = {"when": f"{timezone.localtime():%d/%m/%Y %H:%M}", "who": context["request"].user}
    return filled(
        ON_PAPER, joined(filled("<p>{}</p>", line) for line in lines), _("Printed on %(when)s by %(who)s") % told
    )


PAGER = """<nav class="pager" aria-label="{pages}" hx-swap="outerHTML show:window:top">
{newer}
<span class="muted">{place}</span>
{older}
</nav>"""
TO_PAGE = '<a id="{id}" class="button" rel="{rel}" href="{address}" hx-get="{address}">{label}</a>'


@register.simple_tag(takes_context=True)
def pager(context: Any, page: Any) -> str:
    """Draw the links from a page of a list to the newer and the older one; nothing where it is the only one.

    A page of a long list says the places `before` and `after` it too.
    """
    if not page.has_other_pages():
        return ""
    asked, newer, older = context["request"].GET, "", ""
    if page.has_previous():
        address = _page_of(asked, page=page.number - 1, before=getattr(page, "before", None), after=None)
        newer = filled(TO_PAGE, id="newer", rel="prev", address=address, label=_("Newer"))
    if page.has_next():
        address = _page_of(asked, page=page.number + 1, before=None, after=getattr(page, "after", None))
        older = filled(TO_PAGE, id="older", rel="next", address=address, label=_("Older"))
    place = _("Page %(number)s of %(last)s") % {
        "number": formatting.amount(page.number),
        "last": formatting.amount(page.paginator.num_pages),
    }
    return filled(PAGER, pages=_("Pages"), newer=newer, place=place, older=older)


def _page_of(asked: QueryDict, **places: Any) -> str:
    query = asked.copy()
    for name, value in places.items():
        query.setlist(name, [] if value is None else [value])
    return f"?{query.urlencode()}"


@register.filter
def told_once(messages: Iterable[Message] | None) -> list[Message]:
    """Return each message once: a form whose answer was lost is sent again, and what it did would be told twice."""
    return list({(message.level, str(message)): message for message in messages or ()}.values())


@register.simple_tag
def request_id() -> str:
    """Return the id under which the log knows this request."""
    return logs.request_id.get()


for show in (
    formatting.money,
    formatting.amount,
    formatting.signed,
    formatting.off_by,
    formatting.unsigned,
    formatting.day,
    formatting.moment,
    formatting.is_past,
    formatting.by_denomination,
    formatting.times,
):
    register.filter(show)


@register.filter
def seconds_left(request: HttpRequest) -> int:
    """Until the session of a signed-in person ends, if nothing more is asked."""
    return int(session_timeout.time_left(request).total_seconds())
