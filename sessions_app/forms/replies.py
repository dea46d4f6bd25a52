"""Forms for replies: they turn text into values. They do not decide what a person may do."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot.web.forms import FreeText
from sessions_app.models import REPLY_LENGTH


class ReplyForm(forms.Form):
    text = FreeText(label=_("Your reply"), max_length=REPLY_LENGTH, widget=forms.Textarea({"rows": 3}))
