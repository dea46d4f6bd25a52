"""The shift of which a billing system speaks in a call. Raises WrongCall naming the field that is wrong."""

from datetime import datetime
from typing import cast

from django.db.models import Q
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.normalize import folded
from pharmacies.models import Pharmacy
from sessions_app.domain.rules.common import why_not_live
from sessions_app.evidence.calls import Call, WrongCall
from sessions_app.models import CashSession


def require_own_pharmacy(pharmacy: Pharmacy, call: Call) -> None:
    """Refuse the name of another pharmacy than that of the token. It is not told whether there is such a one."""
    if call.pharmacy and folded(call.pharmacy) != folded(pharmacy.name):
        raise WrongCall({"pharmacy": _("This token is of %(pharmacy)s.") % {"pharmacy": pharmacy}})


def called_shift(pharmacy: Pharmacy, call: Call) -> CashSession | None:
    """Return the shift; None for a call that speaks of a day."""
    if call.shift:
        return _by_number(pharmacy, call.shift)
    return _by_time(pharmacy, call) if call.since else None


def _by_number(pharmacy: Pharmacy, number: int) -> CashSession:
    shift: CashSession | None = CashSession.objects.filter(pharmacy=pharmacy, pk=number).first()
    if not shift:
        raise WrongCall({"shift": _("%(pharmacy)s has no such shift.") % {"pharmacy": pharmacy}})
    if sentence := why_not_live(shift):
        raise WrongCall({"shift": sentence})
    return shift


def _by_time(pharmacy: Pharmacy, call: Call) -> CashSession:
    """Return the one shift of the register at least half of which lies in the time of the call."""
    since, until, register = cast(datetime, call.since), cast(datetime, call.until), cast(int, call.register)
    if register > pharmacy.registers:
        raise WrongCall({"register": _("It has %(number)s registers.") % {"number": pharmacy.registers}})
    shifts = CashSession.objects.live().filter(pharmacy=pharmacy, register=register, opened_at__lt=until)
    near = shifts.filter(Q(closed_at=None) | Q(closed_at__gt=since) | Q(opened_at__gte=since))
    found = [shift for shift in near.order_by("opened_at") if _is_mostly_within(shift, since, until)]
    if not found:
        raise WrongCall({"from": _("No shift of this register was open for most of that time.")})
    if len(found) > 1:
        raise WrongCall({"to": _("That time has more than one shift of this register: send each alone.")})
    return found[0]


def _is_mostly_within(shift: CashSession, since: datetime, until: datetime) -> bool:
    end = shift.closed_at or max(periods.now(), shift.opened_at)
    return 2 * (min(end, until) - max(shift.opened_at, since)) >= end - shift.opened_at
