from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.utils.translation import gettext_lazy as _

from accounts.lockout import tries_left
from accounts.models import User


class MailsForm(forms.Form):
    """The mails that the person's role may receive, as they chose."""

    mails_alerts = forms.BooleanField(label=_("Differences and flagged shifts, at once"), required=False)
    mails_own_flags = forms.BooleanField(label=_("When somebody flags a shift of mine"), required=False)
    mails_digest = forms.BooleanField(
        label=_("Each morning: what waits, open shifts, yesterday's totals"), required=False
    )
    NEEDS = {
        "mails_alerts": "sessions_app.receive_alerts",
        "mails_own_flags": "sessions_app.open_cashsession",
        "mails_digest": "sessions_app.view_reports",
    }

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data, initial={name: getattr(person, name) for name in self.NEEDS})
        for name, permission in self.NEEDS.items():
            if not person.has_perm(permission):
                del self.fields[name]


class SignInForm(AuthenticationForm):
    """The e-mail has one spelling before failures are counted: capitals and spaces are no second account."""

    # Django's own sets the length too late to check it, and the table of failures has no room for more.
    username = UsernameField(max_length=254, widget=forms.TextInput({"autofocus": True, "inputmode": "email"}))

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": _("The e-mail or the password is wrong.")}

    def get_invalid_login_error(self) -> forms.ValidationError:
        error: forms.ValidationError = super().get_invalid_login_error()
        if self.request is None or tries_left(self.request, self.cleaned_data["username"]) != 1:
            return error
        last = _("One try is left. After another wrong password sign-in is paused for %(minutes)s minutes.")
        minutes = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
        return forms.ValidationError([error, last % {"minutes": minutes}])

    def clean_username(self) -> str:
        email: str = User.normalize_username(self.cleaned_data["username"])
        return email
