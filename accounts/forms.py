from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignInForm(AuthenticationForm):
    """The e-mail has one spelling before failures are counted: capitals and spaces are no second account."""

    # Django's own sets the length too late to check it, and the table of failures has no room for more.
    username = UsernameField(max_length=254, widget=forms.TextInput({"autofocus": True, "inputmode": "email"}))

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": _("The e-mail or the password is wrong.")}

    def clean_username(self) -> str:
        return User.normalize_username(self.cleaned_data["username"])
