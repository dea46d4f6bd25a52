"""Every write to pharmacies, and nowhere else: one transaction with its history (who and why).

Raises `ActionRefused` with the sentence to show, ValidationError for values that a form would not let through, and
DoesNotExist for what `by` may not see.
"""

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require, require_reason
from cashpilot.versions import require_unchanged
from cashpilot.web import logs
from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from accounts.models import User

# Fewer registers than are open now is allowed: what is open can be closed, and nothing new opens there.
EDITABLE = (
    "name",
    "address",
    "phone",
    "registers",
    "cash_tolerance",
    "alert_threshold",
    "transfers_billed_as_cash",
    "recounts_before_verdict",
    "alerts_blank_ticket",
)


@transaction.atomic
def create_pharmacy(*, by: "User", **values: Any) -> Pharmacy:
    require(_why_not_role(by, "pharmacies.add_pharmacy"))
    pharmacy = Pharmacy()
    _assign(pharmacy, values)
    return _save(pharmacy, by=by, event="pharmacy created")


@transaction.atomic
def bring_pharmacy(*, by: "User", reason: str, is_active: bool, **values: Any) -> Pharmacy:
    """Add a pharmacy of the old system as it was there."""
    pharmacy = Pharmacy(is_active=is_active)
    _assign(pharmacy, values)
    return _save(pharmacy, by=by, reason=reason, event="pharmacy imported")


@transaction.atomic
def bring_pharmacy_up_to_date(pk: int, *, by: "User", reason: str, is_active: bool, **changes: Any) -> Pharmacy:
    """Make a pharmacy what the old system says of it since."""
    pharmacy = _lock(pk, by)
    pharmacy.is_active = is_active
    _assign(pharmacy, changes)
    return _save(pharmacy, by=by, reason=reason, event="pharmacy edited")


@transaction.atomic
def edit_pharmacy(pk: int, *, by: "User", version: str = "", **changes: Any) -> Pharmacy:
    """Sets some of EDITABLE; saying what it already says leaves no trace.

    `version`: that of the facts on which it was decided (cashpilot/versions.py); empty where nobody looked at them.
    """
    pharmacy = _lock(pk, by)
    require(_why_not_role(by, "pharmacies.change_pharmacy"))
    if all(getattr(pharmacy, name, None) == value for name, value in changes.items()):
        return pharmacy
    require_unchanged(version, facts_of(pharmacy))
    _assign(pharmacy, changes)
    return _save(pharmacy, by=by, event="pharmacy edited")


def facts_of(pharmacy: Pharmacy) -> dict[str, Any]:
    """Return what a form says about a pharmacy."""
    return {name: getattr(pharmacy, name) for name in EDITABLE}


@transaction.atomic
def deactivate_pharmacy(pk: int, *, reason: str, by: "User") -> Pharmacy:
    """It takes no new shift; its history stays, and what is open there can be closed."""
    pharmacy = _lock(pk, by)
    require(why_not_deactivate(by, pharmacy))
    pharmacy.is_active = False
    return _save(pharmacy, by=by, reason=require_reason(reason), event="pharmacy deactivated")


@transaction.atomic
def reactivate_pharmacy(pk: int, *, reason: str, by: "User") -> Pharmacy:
    pharmacy = _lock(pk, by)
    require(why_not_reactivate(by, pharmacy))
    pharmacy.is_active = True
    return _save(pharmacy, by=by, reason=require_reason(reason), event="pharmacy reactivated")


def why_not_deactivate(by: "User", pharmacy: Pharmacy) -> str | None:
    active = None if pharmacy.is_active else _("%(pharmacy)s is already inactive.") % {"pharmacy": pharmacy}
    return _why_not_role(by, "pharmacies.change_pharmacy") or active


def why_not_reactivate(by: "User", pharmacy: Pharmacy) -> str | None:
    inactive = _("%(pharmacy)s is already active.") % {"pharmacy": pharmacy} if pharmacy.is_active else None
    return _why_not_role(by, "pharmacies.change_pharmacy") or inactive


def _why_not_role(by: "User", permission: str) -> str | None:
    return None if by.has_perm(permission) else _("Your role does not include this.")


def _lock(pk: int, by: "User") -> Pharmacy:
    pharmacy: Pharmacy = Pharmacy.objects.visible_to(by).select_for_update(of=("self",)).get(pk=pk)
    return pharmacy


def _assign(pharmacy: Pharmacy, values: dict[str, Any]) -> None:
    if unknown := values.keys() - set(EDITABLE):
        raise TypeError(f"not part of a pharmacy's form: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(pharmacy, name, value)


def _save(pharmacy: Any, *, by: "User", event: str, reason: str = "") -> Pharmacy:
    pharmacy.full_clean()
    pharmacy._history_user, pharmacy._change_reason, pharmacy._history_date = by, reason, periods.now()
    try:
        with transaction.atomic():
            pharmacy.save()
    except IntegrityError:
        # All constraints had just passed in full_clean, so somebody took the name in between.
        raise ActionRefused(_("Another pharmacy has just taken this name."), conflict=True) from None
    logs.action(event, pharmacy=pharmacy.pk, user=by.pk)
    written: Pharmacy = pharmacy
    return written
