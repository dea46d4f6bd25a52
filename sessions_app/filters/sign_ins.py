"""The query string of the list of sign-ins."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import SignIn, User
from accounts.querysets import SignInQuerySet
from cashpilot import periods
from cashpilot.web.http import Request
from pharmacies.query_forms import QueryForm, check_boxes, choice, day


class SignInFilter(QueryForm):
    """The query of the sign-ins; without one, all of them."""

    FINDS = _("E-mail, address, device")

    date_from = day(_("From"))
    date_to = day(_("To"))
    kind = check_boxes(_("What happened"))
    person = choice(_("Person"))
    device = choice(_("Device"), [("0", _("not used before"))])

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.add_choices("kind", SignIn.Kind.choices)
        self.offer("person", lambda: User.objects.visible_to(self.user))

    def everything(self) -> SignInQuerySet:
        return SignIn.objects.visible_to(self.user)

    def rows(self) -> SignInQuerySet:
        """Return those asked for, the newest first. The form must be valid."""
        rows, typed = self.everything(), self.cleaned_data
        if typed["date_from"]:
            rows = rows.filter(happened_at__gte=periods.midnight(typed["date_from"]))
        if typed["date_to"]:
            rows = rows.filter(happened_at__lt=periods.midnight(typed["date_to"] + timedelta(days=1)))
        if typed["kind"]:
            rows = rows.filter(kind__in=typed["kind"])
        if typed["person"]:
            rows = rows.filter(person=typed["person"])
        if typed["device"]:
            rows = rows.filter(is_known_device=False)
        for word in typed["text"].split():
            rows = rows.filter(Q(account__icontains=word) | Q(address__icontains=word) | Q(browser__icontains=word))
        return rows.select_related("person", "by").order_by("-id")
