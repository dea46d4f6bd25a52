"""The second factor: codes of an app on the telephone, and ten printed ones for when it is lost.

Every write to it is here. django-otp keeps the secrets, hidden by hidden_secrets.py, and accepts each code once.
"""

import logging
import secrets
from functools import partial

import segno
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions, hidden_secrets, rules
from accounts.models import User
from cashpilot.db import sealing
from cashpilot.exceptions import require

logger = logging.getLogger("cashpilot.mails")
PRINTED_CODES = 10


def is_set_up(person: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=person, confirmed=True).exists())


def begun(person: User) -> TOTPDevice:
    """Return the app's secret that waits for its first code."""
    first = {"name": "app", "key": hidden_secrets.new(person.pk)}
    device: TOTPDevice = TOTPDevice.objects.get_or_create(user=person, confirmed=False, defaults=first)[0]
    if not hidden_secrets.is_readable(device):
        device.key = first["key"]
        device.save(update_fields=["key"])
    return device


def picture(device: TOTPDevice) -> str:
    """Return the square of dots that the app reads, as SVG."""
    svg: str = segno.make(device.config_url, error="m").svg_inline(scale=5, omitsize=False, light="#fff")
    return svg


def secret_of(device: TOTPDevice) -> str:
    """Return what is typed into an app that cannot read the picture, in groups of four."""
    text = device.config_url.partition("secret=")[2].partition("&")[0]
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@transaction.atomic
def set_up(code: str, *, by: User) -> list[str] | None:
    """Take the app's first code; return the codes to print, shown once, or None if the code is wrong."""
    device = TOTPDevice.objects.select_for_update().filter(user=by, confirmed=False).first()
    if device is None or not hidden_secrets.is_readable(device) or not device.verify_token(code):
        return None
    device.confirmed = True
    device.save()
    printed = StaticDevice.objects.create(user=by, name="printed")
    codes = [secrets.token_hex(5) for _each in range(PRINTED_CODES)]
    for each in codes:
        printed.token_set.create(token=hidden_secrets.code(each, by.pk))
    actions.note(by, by=by, reason=_("second factor set up"))
    return [f"{each[:5]}-{each[5:]}" for each in codes]


@transaction.atomic
def is_right(person: User, code: str) -> bool:
    """Say whether it is the app's code of now, or a printed one that was not used yet; it is good for nothing then."""
    typed = "".join(sign for sign in code.lower() if sign.isalnum())
    for device in TOTPDevice.objects.select_for_update().filter(user=person, confirmed=True):
        if hidden_secrets.is_readable(device) and device.verify_token(typed):
            hidden_secrets.renew(device)
            return True
    return any(
        device.verify_token(_stored(device, typed, person))
        for device in StaticDevice.objects.select_for_update().filter(user=person, confirmed=True)
    )


def _stored(device: StaticDevice, typed: str, person: User) -> str:
    """Return the code as it is stored, whichever key it was stored with."""
    codes = [hidden_secrets.code(typed, person.pk, key) for key in sealing.known_keys()]
    found = device.token_set.filter(token__in=codes).values_list("token", flat=True).first()
    return found or codes[0]


@transaction.atomic
def reset(pk: int, *, by: User) -> User:
    """Take a person's second factor away, for a lost telephone: they sign in with the password alone and set up anew.

    Ends their sessions, and tells them by mail, for it may not have been their wish.
    """
    person: User = User.objects.visible_to(by).select_for_update(of=("self",)).get(pk=pk)
    require(rules.why_not_reset_factor(by, person, has_factor=is_set_up(person)))
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=person).delete()
    person.sign_outs += 1
    actions.note(person, by=by, reason=_("second factor reset"))
    transaction.on_commit(partial(_tell, person, by))
    return person


def _tell(person: User, by: User) -> None:
    with translation.override(person.language):
        text = _(
            "%(who)s took away the second factor of your CashPilot account. Set up a new one at your next sign-in. "
            "If you did not ask for this, tell another administrator."
        )
        try:
            send_mail(_("Your second factor was reset"), text % {"who": by}, None, [person.email])
        except OSError:
            logger.warning("mail about a second factor failed", extra={"person": person.pk}, exc_info=True)
