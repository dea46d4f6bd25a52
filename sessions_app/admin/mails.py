"""Mails in the back office."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cashpilot.admin import BackOfficeAdmin, ObjectAction
from sessions_app.mail import outbox
from sessions_app.models import Mail


@admin.register(Mail)
class MailAdmin(BackOfficeAdmin):
    """What was owed to whom, and what became of it."""

    list_display = ("subject", "person", "owed_at", "state", "tries", "sent_at")
    list_filter = ("state",)
    list_select_related = ("person",)
    ordering = ("-id",)
    search_fields = ("subject", "person__first_name", "person__last_name", "person__email")
    fields = ("subject", "person", "session", ("state", "tries", "error"), ("owed_at", "due_at", "sent_at"), "text")
    readonly_fields = flatten(fields)
    has_history = False
    place = 1
    object_actions = (
        ObjectAction(
            slug="resend",
            label=_("Try again"),
            permission="sessions_app.resend_mail",
            perform=outbox.resend,
            why_not=outbox.why_not_resend,
            explanation=_("It is sent again within a minute or so, to the e-mail that the person has now."),
            form=forms.Form,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
