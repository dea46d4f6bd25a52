"""Tags of every template, without {% load %}: money and moments as people read them, forms sent once."""

from uuid import uuid4

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cashpilot import formatting
from cashpilot.web import logs, session_timeout

register = template.Library()


@register.simple_tag
def idempotency_key() -> SafeString:
    """Stands in a form beside {% csrf_token %}: sent twice, the form is carried out once."""
    return format_html('<input type="hidden" name="token" value="{}">', uuid4())


@register.simple_tag
def post_in_place(url: str = "", part: str = "main") -> SafeString:
    """Attributes of a form whose page stays until the answer is there: when the connection is lost, nothing typed is.

    The answer replaces the part of the page with that id; a redirect is followed. Without JavaScript it is any form.
    """
    action = format_html(' action="{}"', url) if url else ""
    place = format_html('hx-target="#{0}" hx-select="#{0}" hx-swap="outerHTML"', part)
    return format_html('method="post"{} hx-post="{}" {}', action, url, place)


@register.simple_tag
def request_id() -> str:
    """What the log calls this request."""
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
