"""Rules about people: each answers None, or the sentence that says why `by` may not.

`by` is None for the operator at the command line, whom only the facts bind.
"""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import User
    from pharmacies.models import Pharmacy


def _why_not_allowed(by: "User | None", *permissions: str) -> str | None:
    return None if by is None or by.has_perms(permissions) else _("Your role does not include this.")


def why_not_create(by: "User | None", pharmacies: "list[Pharmacy]") -> str | None:
    assigning = ["pharmacies.add_assignment"] if pharmacies else []
    return _why_not_allowed(by, "accounts.add_user", *assigning)


def why_not_change(by: "User | None", person: "User") -> str | None:
    """The superuser, who runs the service, is out of the administrators' reach."""
    if sentence := _why_not_allowed(by, "accounts.change_user"):
        return sentence
    return _("This account runs the service: it is not changed here.") if by and person.is_superuser else None


def why_not_set_role(by: "User | None", person: "User", *, others: bool) -> str | None:
    """`others`: an active administrator remains without `person`, as in why_not_disable."""
    if sentence := why_not_change(by, person):
        return sentence
    if person.is_superuser:
        return _("This account runs the service and has no role.")
    if person == by:
        return _("You cannot change your own role. Ask another administrator.")
    return None if others else _why_needed(person)


def why_not_disable(by: "User | None", person: "User", *, others: bool) -> str | None:
    if sentence := why_not_change(by, person):
        return sentence
    if person == by:
        return _("You cannot disable your own account. Ask another administrator.")
    if not person.is_active:
        return _("%(who)s is disabled already.") % {"who": person}
    return None if others or person.is_superuser else _why_needed(person)


def _why_needed(person: "User") -> str:
    return _("%(who)s is the last active administrator. Give somebody else that role first.") % {"who": person}


def why_not_enable(by: "User | None", person: "User") -> str | None:
    if sentence := why_not_change(by, person):
        return sentence
    if person.is_anonymous_for_good:
        return _("%(who)s has no name here any more.") % {"who": person}
    return _("%(who)s is active already.") % {"who": person} if person.is_active else None


def why_not_reset_password(by: "User | None", person: "User") -> str | None:
    if sentence := why_not_change(by, person):
        return sentence
    return _("Change your own password from your menu.") if person == by else None


def why_not_unlock(by: "User", person: "User", *, locked: bool) -> str | None:
    if sentence := why_not_change(by, person):
        return sentence
    return None if locked else _("%(who)s is not locked out.") % {"who": person}


def why_not_anonymise(by: "User | None", person: "User", *, shift: Any) -> str | None:
    """`shift`: one that the person has open, or None."""
    if sentence := why_not_change(by, person):
        return sentence
    if person.is_active:
        return _("Disable the account first.")
    if person.is_anonymous_for_good:
        return _("%(who)s has no name here any more.") % {"who": person}
    return why_not_leave(person, shift)


def why_not_end_session(by: "User", person: "User") -> str | None:
    return None if person == by else why_not_change(by, person)


def why_not_reset_factor(by: "User", person: "User", *, has_factor: bool) -> str | None:
    if sentence := why_not_change(by, person):
        return sentence
    if person == by:
        return _("Ask another administrator to reset your second factor.")
    return None if has_factor else _("%(who)s has no second factor.") % {"who": person}


def why_not_choose(person: "User", password: str) -> str | None:
    same = person.check_password(password)
    return _("That is your present password. Choose another one.") if same else None


def why_not_assign(by: "User | None", person: "User") -> str | None:
    """Answer about a new assignment and about ending one."""
    assigning = ("pharmacies.add_assignment", "pharmacies.delete_assignment")
    return _why_not_allowed(by, *assigning) or why_not_change(by, person)


def why_not_leave(person: "User", shift: Any) -> str | None:
    """`shift`: one that the person has open at a pharmacy where their assignment ends, or None.

    They could no longer see it, so nobody would close it with its count.
    """
    if shift is None:
        return None
    facts = {"who": person, "shift": shift, "pharmacy": shift.pharmacy}
    return (
        _("%(who)s has shift %(shift)s open at %(pharmacy)s. Close it first, with or without a count, and try again.")
        % facts
    )
