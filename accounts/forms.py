from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import roles, rules
from accounts.actions import facts_of
from accounts.lockout import Attempt
from accounts.models import EMAIL_TAKEN, User
from accounts.querysets import UserQuerySet
from cashpilot.versions import version_of
from cashpilot.web.forms import ReasonForm, version_field
from pharmacies.models import Assignment, Pharmacy
from pharmacies.query_forms import QueryForm, choice


class MailsForm(forms.Form):
    """The mails that the person's role may receive, as they chose."""

    mails_alerts = forms.BooleanField(label=_("Differences and flagged shifts, at once"), required=False)
    mails_own_flags = forms.BooleanField(label=_("When somebody flags a shift of mine"), required=False)
    mails_digest = forms.BooleanField(
        label=_("Each morning: what waits, open shifts, yesterday's totals; on Mondays the week before"), required=False
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

    # Django's own sets the length too late to check it, and the table of sign-ins has no room for more.
    username = UsernameField(max_length=254, widget=forms.TextInput({"autofocus": True, "inputmode": "email"}))

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": _("The e-mail or the password is wrong.")}

    def get_invalid_login_error(self) -> forms.ValidationError:
        error: forms.ValidationError = super().get_invalid_login_error()
        if self.request is None or Attempt.of(self.request, self.cleaned_data["username"]).tries_left() != 1:
            return error
        last = _("One try is left. After another wrong password sign-in is paused for %(minutes)s minutes.")
        minutes = settings.SIGN_IN_PAUSE // timedelta(minutes=1)
        return forms.ValidationError([error, last % {"minutes": minutes}])

    def clean_username(self) -> str:
        email: str = User.normalize_username(self.cleaned_data["username"])
        return email


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """An administrator says who a person is. Activity, password and lock have acts of their own."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=roles.LABELS.items(),
        initial=roles.CASHIER,
        help_text=_("Cashiers work their own shifts, auditors read everything, administrators run everything."),
    )
    pharmacies = forms.ModelMultipleChoiceField(
        Pharmacy.objects.none(),
        label=_("Pharmacies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where a cashier works. Taking a tick away ends the assignment."),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email")
        # A till is shared: the browser offers nobody what others wrote.
        widgets = {
            "first_name": forms.TextInput({"autocomplete": "off"}),
            "last_name": forms.TextInput({"autocomplete": "off"}),
            "email": forms.EmailInput({"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        works_at = Assignment.objects.filter(user=self.instance.pk).values("pharmacy")
        offered: Any = self.fields["pharmacies"]
        offered.queryset = Pharmacy.objects.visible_to(by).filter(Q(is_active=True) | Q(pk__in=works_at))
        if self.instance.pk:
            self.fields["version"] = version_field()
            self.initial["version"] = version_of(facts_of(self.instance))
            self.initial["role"] = self.instance.role
            self.initial["pharmacies"] = Pharmacy.objects.filter(pk__in=works_at)
            if sentence := rules.why_not_set_role(by, self.instance, others=True):
                role = self.fields["role"]
                role.disabled, role.required, role.help_text = True, False, sentence
        else:
            self.fields["first_name"].widget.attrs["autofocus"] = True
            offered.help_text = _("Where a cashier works.")

    def clean_email(self) -> str:
        """Asked here, an e-mail that is taken is named once and at its field: it has two unique indexes."""
        email: str = User.normalize_username(self.cleaned_data["email"])
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(EMAIL_TAKEN)
        return email


class DisableForm(ReasonForm):
    """Says what disabling does, and which of the person's shifts stay open."""

    def __init__(self, data: Any = None, *, shifts: Iterable[Any]) -> None:
        super().__init__(data, auto_id="disable_%s")
        told = [gettext("This person is signed out at once. What they did stays as it is.")]
        for shift in shifts:
            facts = {"shift": shift, "pharmacy": shift.pharmacy}
            told.append(gettext("Shift %(shift)s at %(pharmacy)s stays open until somebody closes it.") % facts)
        self.fields["reason"].help_text = escape(" ".join(told))


class PeopleFilter(QueryForm):
    """The query string of the list of people."""

    FINDS = _("Name or e-mail")
    STATES: ClassVar = {"active": _("Active"), "disabled": _("Disabled")}

    role = choice(_("Role"), roles.LABELS.items())
    pharmacy = choice(_("Pharmacy"))
    state = choice(_("Status"), STATES.items())

    def rows(self) -> UserQuerySet:
        """Return the people asked for, who are active first; nobody if it is not to be read."""
        people: UserQuerySet = User.objects.visible_to(self.user).order_by(
            "-is_active", "first_name", "last_name", "pk"
        )
        if not self.is_valid():
            return people.none()
        chosen = self.cleaned_data
        for word in chosen["text"].split():
            people = people.filter(
                Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
            )
        if chosen["role"]:
            people = people.filter(groups__name=chosen["role"])
        if chosen["pharmacy"]:
            people = people.filter(assignments__pharmacy=chosen["pharmacy"])
        if chosen["state"]:
            people = people.filter(is_active=chosen["state"] == "active")
        return people
