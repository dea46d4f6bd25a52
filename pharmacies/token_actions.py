"""Make, use and revoke the keys of billing systems. A key is shown once, and its row says who made and revoked it.

Raises as pharmacies/actions.py does.
"""

import re
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import require, require_reason
from cashpilot.web import logs
from pharmacies.actions import why_not_role
from pharmacies.models import ApiToken, Pharmacy

if TYPE_CHECKING:
    from accounts.models import User

# A key is its open part, and a secret of 256 bits: cp_1f3a9c2e_...
KEY = re.compile(r"(cp_[0-9a-f]{8})_[A-Za-z0-9_-]{43}")
CALLS_A_MINUTE = 120
MINUTE = timedelta(minutes=1)


@transaction.atomic
def create_token(pharmacy: Pharmacy, *, name: str, by: "User") -> tuple[ApiToken, str]:
    """Return a new token and its key, which nobody can read again. Calls with it are `by`'s in the history."""
    require(why_not_role(by, "pharmacies.change_pharmacy"))
    beginning = f"cp_{secrets.token_hex(4)}"
    key = f"{beginning}_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        pharmacy=Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk),
        name=name.strip(),
        beginning=beginning,
        digest=_digest_of(key),
        created_at=periods.now(),
        created_by=by,
    )
    token.full_clean()
    token.save()
    logs.action("token made", token=token.pk, user=by.pk)
    return token, key


@transaction.atomic
def revoke_token(pk: int, *, reason: str, by: "User") -> ApiToken:
    """End a token at once and for good."""
    token: ApiToken = ApiToken.objects.visible_to(by).select_for_update().get(pk=pk)
    require(why_not_revoke(by, token), conflict=True)
    token.revoked_at, token.revoked_by, token.revoke_reason = periods.now(), by, require_reason(reason)
    token.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    logs.action("token revoked", token=token.pk, user=by.pk)
    return token


def why_not_revoke(by: "User", token: ApiToken) -> str | None:
    gone = _("This token was already revoked.") if token.revoked_at else None
    return why_not_role(by, "pharmacies.change_pharmacy") or gone


def token_of(key: str) -> ApiToken | None:
    """Return the token in force whose key this is; None takes the same time, however much of the key is right."""
    form = KEY.fullmatch(key)
    tokens = ApiToken.objects.select_related("pharmacy", "created_by")
    found: ApiToken | None = tokens.filter(beginning=form[1] if form else "").first()
    is_right = secrets.compare_digest(_digest_of(key), found.digest if found else _digest_of(""))
    return found if found and is_right and not found.revoked_at else None


def count_call(token: ApiToken) -> int:
    """Note that the token was used, and return how many more calls its minute takes; below zero: one too many."""
    now = periods.now()
    is_counting = {"counted_from__gt": now - MINUTE}
    ApiToken.objects.filter(pk=token.pk).update(
        last_used_at=now,
        calls=Case(When(**is_counting, then=F("calls") + 1), default=Value(1)),
        counted_from=Case(When(**is_counting, then=F("counted_from")), default=Value(now)),
    )
    token.refresh_from_db(fields=["last_used_at", "calls", "counted_from"])
    return CALLS_A_MINUTE - token.calls


def _digest_of(key: str) -> str:
    """Return the hash that is stored. A secret of 256 bits needs no slow one."""
    return sha256(key.encode(errors="replace")).hexdigest()
