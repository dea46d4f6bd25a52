"""Tags of every template, without {% load %}: money and moments as people read them, forms sent once."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cashpilot import idle, logs, periods
from cashpilot import money as guaranies

register = template.Library()

UNKNOWN = "\N{EM DASH}"


@register.simple_tag
def once() -> SafeString:
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


@register.filter
def money(amount: int | None) -> str:
    """`₲ 1.250.000`; the unknown is a dash, never a zero."""
    return UNKNOWN if amount is None else guaranies.with_sign(amount)


@register.filter
def amount(amount: int | None) -> str:
    """`1.250.000`, for columns whose heading already says money."""
    return UNKNOWN if amount is None else guaranies.group(amount)


@register.filter
def signed(difference: int | None) -> str:
    """`− 15.000` short, `+ 2.000` over, `0`; the space never breaks."""
    if difference is None:
        return UNKNOWN
    sign = "" if difference == 0 else f"{guaranies.MINUS if difference < 0 else '+'}\u00a0"
    return sign + guaranies.group(abs(difference))


@register.filter
def off_by(shift: Any) -> str:
    """By how much a shift is off, signed; what is only under another method has no sign."""
    return amount(shift.misplaced) if shift.result == "swapped" else signed(shift.total_difference)


@register.filter
def unsigned(difference: int) -> str:
    """`₲ 15.000` of a difference either way: beside it stands the word short or over."""
    return guaranies.with_sign(abs(difference))


@register.filter
def day(date_: date) -> str:
    """`today`, `yesterday`, else `Fri 20/11`, with the year when it is another one."""
    today = periods.today()
    if date_ == today:
        return _("today")
    if date_ == today - timedelta(days=1):
        return _("yesterday")
    return date_format(date_, "D d/m" if date_.year == today.year else "D d/m/Y")


@register.filter
def moment(instant: datetime) -> str:
    """`today 15:02`, `yesterday 23:31`, else `Fri 20/11 15:02`."""
    local = timezone.localtime(instant)
    return f"{day(local.date())} {date_format(local, 'H:i')}"


@register.filter
def is_past(date_: date) -> bool:
    """Whether the day is over in Asunción."""
    return date_ < periods.today()


@register.filter
def by_denomination(sheet: dict[str, int]) -> list[tuple[int, int]]:
    """Denomination (guaraníes) and pieces, largest first: a database may keep the keys in any order."""
    return sorted(((int(denomination), pieces) for denomination, pieces in sheet.items()), reverse=True)


@register.filter
def times(denomination: int, pieces: int) -> int:
    """What so many pieces are worth, in guaraníes."""
    return denomination * pieces


@register.filter
def seconds_left(request: HttpRequest) -> int:
    """Until the session of a signed-in person ends, if nothing more is asked."""
    return int(idle.time_left(request).total_seconds())
