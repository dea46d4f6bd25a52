"""The page of the keys: `?` shows it over any page, and without JavaScript it is a page like another."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cashpilot.web.http import Request

# Where they work -> keys and what they do.
KEYS = {
    _("Everywhere"): [
        (["?"], _("Show these keys")),
        (["Esc"], _("Close what is open")),
        (["Tab", "Shift + Tab"], _("Go to the next field, or to the one before")),
    ],
    _("Forms with amounts"): [
        (["Enter"], _("Go to the next field; it never sends")),
        (["Shift + Enter"], _("Go to the next part")),
        (["Ctrl + Enter"], _("Send")),
    ],
    _("An open shift"): [
        (["Alt + 1", "Alt + 7"], _("Choose the kind of the movement, from the first to the last")),
        (["F9"], _("Go to the close, and there close the shift")),
    ],
    _("Review and transfers"): [
        (["j", "k"], _("Go to the next row, or to the one before")),
        (["o"], _("Go to the shift of the row")),
    ],
    _("Review"): [
        (["Enter"], _("Open the row, and close it")),
        (["1", "2", "3"], _("Sign off the open row with a usual note")),
        (["r"], _("Write a note")),
        (["u"], _("Undo the sign-off of the row")),
    ],
    _("Transfers"): [
        ([_("Space")], _("Tick the row")),
        ([_("Shift + Space")], _("Tick all rows from the last ticked one to this one")),
        (["v"], _("Verify the ticked ones")),
    ],
}


@require_safe
def keys(request: Request) -> HttpResponse:
    return render(request, "keys.html", {"places": KEYS.items()})
