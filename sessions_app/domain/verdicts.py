"""Verdicts in words: what a shift came to before and comes to now, and under which condition nothing is missing.

Pure functions. Amounts are whole guaraníes, differences received minus billed.
"""

from typing import Any

from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot.money import group, with_sign
from sessions_app.domain import formulas
from sessions_app.domain.choices import BILLED, Result

WAS = {
    Result.SHORT: gettext_lazy("%(sum)s were missing"),
    Result.OVER: gettext_lazy("%(sum)s were over"),
    Result.BALANCED: gettext_lazy("it balanced"),
    Result.SWAPPED: gettext_lazy("it stood under the wrong method"),
    Result.NOT_COMPARED: gettext_lazy("it was not compared"),
}
IS = {
    Result.SHORT: gettext_lazy("%(sum)s are missing"),
    Result.OVER: gettext_lazy("%(sum)s are over"),
    Result.BALANCED: gettext_lazy("it balances"),
    Result.SWAPPED: gettext_lazy("it stands under the wrong method"),
    Result.NOT_COMPARED: gettext_lazy("it is not compared"),
}
# What shows that the money of a method is there.
EVIDENCE = {
    "cash": gettext_lazy("the cash was counted well"),
    "card": gettext_lazy("the card slips are there"),
    "transfer": gettext_lazy("the transfers were seen in the bank"),
    "credit": gettext_lazy("the credit slips are signed"),
}


def then_and_now(before: Any, now: Any) -> str:
    """Return the answer to a correction: the verdict of the shift before it, and after it."""
    facts = {"before": _of_shift(WAS, before), "now": _of_shift(IS, now)}
    return _("Before: %(before)s. Now: %(now)s. It is recorded under your name.") % facts


def what_changed(before: Any, now: Any) -> str:
    """Name each typed figure that is another one now, with the value before it where there was one."""
    told = []
    for name in ("initial_cash", "final_cash", *BILLED):
        old, new = getattr(before, name), getattr(now, name)
        if old != new:
            values = " → ".join(group(value) for value in (old, new) if value is not None)
            told.append(f"{now._meta.get_field(name).verbose_name} {values}")
    return capfirst(", ".join(told))


def _of_shift(words: dict[Result, Any], shift: Any) -> str:
    difference = formulas.total_difference(shift) or 0
    return str(words[Result(formulas.result(shift))]) % {"sum": with_sign(abs(difference))}


def at_the_close(result: str, difference: int) -> str:
    """Return the first verdict in words, its amount without the sign of the currency."""
    verdict = str(WAS[Result(result)]) % {"sum": group(abs(difference))}
    return _("%(verdict)s at the close") % {"verdict": verdict}


def if_nothing_is_missing(shift: Any) -> str:
    """Say of a shift whose methods make up for each other what shows that no money is missing; else nothing."""
    if formulas.result(shift) != Result.SWAPPED:
        return ""
    differences = formulas.differences(shift)
    over = [method for method, difference in differences.items() if difference > (shift.tolerance or 0)]
    over = over or [method for method, difference in differences.items() if difference > 0]
    if "cash" in over and formulas.transfers_in_cash(shift):
        over.append("transfer")
    evidence = get_text_list([str(EVIDENCE[method]) for method in over], _("and"))
    return _("No money is missing if %(evidence)s: it was billed under another method.") % {"evidence": evidence}
