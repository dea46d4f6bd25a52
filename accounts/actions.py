"""Every write to people and to where they work, and nowhere else.

An action is one transaction and one row of history, with who and why. `by` is None for the operator at the command
line. Raises ActionRefused with the sentence to show, DoesNotExist for whom `by` may not see. Nobody is ever deleted.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django_otp import devices_for_user

from accounts import open_sessions, roles, rules, sign_ins
from accounts.lockout import is_locked
from accounts.models import HISTORY, NOBODYS_HOST, User
from accounts.querysets import open_shifts
from cashpilot import periods
from cashpilot.exceptions import ActionRefused, limit_reason, require
from cashpilot.versions import require_unchanged
from cashpilot.web import logs
from pharmacies.models import Assignment, Pharmacy

# No letter that looks like another or like a digit: it is read aloud and typed from paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

NAMES = ("email", "first_name", "last_name")
MAILS = ("mails_alerts", "mails_own_flags", "mails_digest")


def new_password() -> str:
    """Three groups of four: 59 bits."""
    return "-".join(get_random_string(4, LETTERS) for _group in range(3))


@transaction.atomic
def create_person(
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    by: User | None,
    pharmacies: Iterable[Pharmacy] = (),
    reason: str = "",
) -> tuple[User, str]:
    """Return the person, and the password to hand over: stored nowhere, to be changed at the first sign-in."""
    pharmacies, password = list(pharmacies), new_password()
    require(rules.why_not_create(by, pharmacies))
    person = User(email=email, first_name=first_name, last_name=last_name, must_change_password=True)
    person.set_password(password)
    _save(person, by=by, reason=reason, role=role)
    _assign(person, pharmacies, by=by, reason=reason)
    _log("person created", person, by)
    return person, password


@transaction.atomic
def bring_person(
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    is_active: bool,
    password: str | None,
    by: User | None,
    reason: str,
) -> User:
    """Add a person of the old system with the hash of their password there; None is an unusable one."""
    person = User(email=email, first_name=first_name, last_name=last_name, is_active=is_active)
    person.password, person.date_joined = password or make_password(None), periods.now()
    _save(person, by=by, reason=reason, role=role or None)
    _log("person imported", person, by)
    return person


@transaction.atomic
def bring_person_up_to_date(pk: int, *, by: User, reason: str, password: str | None, **said: Any) -> User:
    """Make a person what the old system says since: NAMES without the e-mail, whether active, perhaps the hash."""
    person = _lock(pk, by)
    for name, value in said.items():
        setattr(person, name, value)
    person.password = password or person.password
    _save(person, by=by, reason=reason)
    _log("person edited", person, by)
    return person


@transaction.atomic
def bring_assignment(person: User, pharmacy: Pharmacy, *, by: User | None, reason: str) -> Assignment:
    """Assign a person of the old system to a pharmacy, if they are not."""
    found: Assignment | None = Assignment.objects.filter(user=person, pharmacy=pharmacy).first()
    if found is None:
        found = _sign(Assignment(user=person, pharmacy=pharmacy), by, reason)
        found.save()
    return found


@transaction.atomic
def edit_person(pk: int, *, by: User, reason: str = "", version: str = "", **said: Any) -> User:
    """Make a person what a form says: some of NAMES, `role`, `pharmacies`. What is so already leaves no trace.

    `version`: that of the facts on which it was decided (cashpilot/versions.py); empty where nobody looked at them.
    """
    person = _lock(pk, by)
    require(rules.why_not_change(by, person))
    if unknown := said.keys() - {*NAMES, "role", "pharmacies"}:
        raise TypeError(f"not part of a person's form: {', '.join(sorted(unknown))}")
    if version:
        _require_unchanged(person, version, said)
    role = _new_role(person, said.get("role"), by)
    before = [getattr(person, name) for name in NAMES]
    for name in said.keys() & set(NAMES):
        setattr(person, name, said[name])
    person.email = User.normalize_username(person.email)
    if role or before != [getattr(person, name) for name in NAMES]:
        _save(person, by=by, reason=reason, role=role)
        _log("person edited", person, by)
    return assign(pk, pharmacies=said["pharmacies"], by=by, reason=reason) if "pharmacies" in said else person


def facts_of(person: User) -> dict[str, Any]:
    """Return what a form says about a person."""
    pharmacies = sorted(assignment.pharmacy_id for assignment in person.assignments.all())
    return {**{name: getattr(person, name) for name in NAMES}, "role": person.role, "pharmacies": pharmacies}


def _require_unchanged(person: User, version: str, said: dict[str, Any]) -> None:
    facts = facts_of(person)
    pharmacies = sorted(pharmacy.pk for pharmacy in said["pharmacies"])
    if facts != {**facts, **said, "role": said["role"] or person.role, "pharmacies": pharmacies}:
        require_unchanged(version, facts)


def _new_role(person: User, role: str | None, by: User) -> str | None:
    """Return the role if it is another one than the person has. Raises ActionRefused if `by` may not give it."""
    if role is None or role == person.role:
        return None
    require(rules.why_not_set_role(by, person, others=role == roles.ADMIN or others_manage(person)))
    return role


@transaction.atomic
def disable(pk: int, *, by: User, reason: str = "") -> User:
    """Ends the person's sessions too: enabling must not bring them back."""
    person = _lock(pk, by)
    require(why_not_disable(by, person))
    person.is_active = False
    person.sign_outs += 1
    _save(person, by=by, reason=reason)
    _log("person disabled", person, by)
    return person


@transaction.atomic
def anonymise(pk: int, *, by: User | None, reason: str) -> User:
    """Take a disabled person's name, e-mail, password, second factor and mails away, for good.

    Shifts, figures, history and seals stay as they are: of the person they say the number.
    """
    person = _lock(pk, by)
    require(why_not_anonymise(by, person))
    _assign(person, [], by=by, reason=reason)
    for device in devices_for_user(person, confirmed=None):
        device.delete()
    person.first_name, person.last_name = _("Person"), str(person.pk)
    person.email = f"{person.pk}@{NOBODYS_HOST}"
    person.set_unusable_password()
    for name in MAILS:
        setattr(person, name, False)
    _save(person, by=by, reason=reason)
    _log("person made anonymous", person, by)
    return person


@transaction.atomic
def enable(pk: int, *, by: User, reason: str = "") -> User:
    person = _lock(pk, by)
    require(rules.why_not_enable(by, person))
    person.is_active = True
    _save(person, by=by, reason=reason)
    _log("person enabled", person, by)
    return person


@transaction.atomic
def assign(pk: int, *, pharmacies: Iterable[Pharmacy], by: User, reason: str = "") -> User:
    """Assign a person to these pharmacies and no others. Refused while they have a shift open where this ends."""
    person = _lock(pk, by)
    require(rules.why_not_assign(by, person))
    _assign(person, list(pharmacies), by=by, reason=reason)
    _log("pharmacies assigned", person, by)
    return person


@transaction.atomic
def reset_password(pk: int, *, by: User | None, reason: str = "") -> tuple[User, str]:
    """Return the person, and the password to hand over, as in create_person. Ends their sessions and any lockout."""
    person, password = _lock(pk, by), new_password()
    require(rules.why_not_reset_password(by, person))
    person.must_change_password = True
    _set_password(person, password, by=by, reason=reason or _("password reset"))
    sign_ins.unlocked(person, by=by)
    _log("password reset", person, by)
    return person, password


@transaction.atomic
def change_own_password(*, password: str, by: User) -> User:
    """`password` has passed Django's validators. Ends all sessions; the caller renews the present one."""
    person: User = User.objects.select_for_update().get(pk=by.pk)
    require(rules.why_not_choose(person, password))
    person.must_change_password = False
    _set_password(person, password, by=person, reason=_("own password changed"))
    _log("own password changed", person, by)
    return person


@transaction.atomic
def sign_out_everywhere(*, by: User) -> User:
    """Ends all sessions of `by`; the caller renews the present one."""
    person: User = User.objects.select_for_update().get(pk=by.pk)
    person.sign_outs += 1
    _save(person, by=person, reason=_("other sessions signed out"))
    _log("signed out everywhere", person, by)
    return person


@transaction.atomic
def end_session(pk: int, sign_in: int, *, request: HttpRequest, by: User) -> User:
    """End one session of a person, whom `by` is or may change. Raises Http404 if it ended meanwhile."""
    person: User = User.objects.visible_to(by).get(pk=pk)
    require(rules.why_not_end_session(by, person))
    session = open_sessions.one(person, sign_in)
    Session.objects.filter(pk=session.key).delete()
    sign_ins.ended(request, session.sign_in, by=by)
    _log("session ended", person, by)
    return person


@transaction.atomic
def note(person: User, *, by: User, reason: str) -> None:
    """Write what was done about the second factor into the person's history."""
    _save(person, by=by, reason=reason)
    _log("second factor changed", person, by)


@transaction.atomic
def unlock(pk: int, *, by: User) -> User:
    """Let the person try again before the lock of their account is over."""
    person = _lock(pk, by)
    require(why_not_unlock(by, person))
    sign_ins.unlocked(person, by=by)
    _save(person, by=by, reason=_("sign-in unlocked"))
    _log("person unlocked", person, by)
    return person


@transaction.atomic
def choose_language(*, language: str, by: User) -> None:
    """Set the language in which `by` reads pages and mails."""
    if by.language != language:
        by.language = language
        by._history_user = by  # type: ignore[attr-defined]
        by.save(update_fields=["language"])
        _log("language chosen", by, by)


@transaction.atomic
def choose_mails(*, by: User, **choices: bool) -> None:
    """Choose the mails that `by` receives: some of MAILS, each on or off."""
    if unknown := choices.keys() - set(MAILS):
        raise TypeError(f"no mails to choose: {', '.join(sorted(unknown))}")
    person: User = User.objects.select_for_update().get(pk=by.pk)
    if any(getattr(person, name) != choice for name, choice in choices.items()):
        for name, choice in choices.items():
            setattr(person, name, choice)
        _save(person, by=person)
        _log("mails chosen", person, by)


def _lock(pk: int, by: User | None) -> User:
    """The person, if `by` may see them, held until the transaction ends.

    One act on people at a time, through the row of the administrators' role: two that each leave one administrator
    would together leave none.
    """
    Group.objects.select_for_update().get(name=roles.ADMIN)
    people = User.objects.visible_to(by) if by else User.objects.all()
    person: User = people.select_for_update(of=("self",)).get(pk=pk)
    return person


def why_not_disable(by: User, person: User) -> str | None:
    return rules.why_not_disable(by, person, others=others_manage(person))


def why_not_anonymise(by: User | None, person: User) -> str | None:
    return rules.why_not_anonymise(by, person, shift=open_shifts(person).first())


def why_not_unlock(by: User, person: User) -> str | None:
    return rules.why_not_unlock(by, person, locked=is_locked(person.email))


def others_manage(person: User) -> bool:
    """Say whether an active administrator remains without `person`, who may not be one at all."""
    managers = User.objects.can_manage_people()
    return not managers.filter(pk=person.pk).exists() or managers.exclude(pk=person.pk).exists()


def _assign(person: User, pharmacies: list[Pharmacy], *, by: User | None, reason: str) -> None:
    ended = list(person.assignments.exclude(pharmacy__in=pharmacies))
    if ended:
        left = [assignment.pharmacy_id for assignment in ended]
        require(rules.why_not_leave(person, open_shifts(person).filter(pharmacy__in=left).first()))
    for assignment in ended:
        _sign(assignment, by, reason).delete()
    present = set(person.assignments.values_list("pharmacy", flat=True))
    for pharmacy in pharmacies:
        if pharmacy.pk not in present:
            _sign(Assignment(user=person, pharmacy=pharmacy), by, reason).save()


def _set_password(person: User, password: str, *, by: User | None, reason: str) -> None:
    person.set_password(password)
    person.sign_outs += 1
    _save(person, by=by, reason=reason)


def _save(person: User, *, by: User | None, reason: str = "", role: str | None = None) -> None:
    """The person, with their role if it is given, and one row of history: simple-history would write one for each."""
    kind = "+" if person._state.adding else "~"
    if role:
        person.is_staff = role in roles.STAFF
    _insert_or_update(person)
    if role:
        person.skip_history_when_saving = True  # type: ignore[attr-defined]
        person.groups.set([Group.objects.get(name=role)])
        del person.skip_history_when_saving  # type: ignore[attr-defined]
    HISTORY.create_historical_record(_sign(person, by, reason), kind)


def _insert_or_update(person: User) -> None:
    _check(person)
    try:
        with transaction.atomic():
            person.save_without_historical_record()  # type: ignore[attr-defined]
    except IntegrityError:
        _check(person)  # who took the e-mail meanwhile is visible now
        raise


def _check(person: User) -> None:
    person.email = User.normalize_username(person.email)
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        raise ActionRefused(" ".join(error.messages)) from error


def _sign(row: Any, by: User | None, reason: str) -> Any:
    row._history_user, row._change_reason, row._history_date = by, limit_reason(reason), periods.now()
    return row


def _log(event: str, person: User, by: User | None) -> None:
    logs.action(event, person=person.pk, user=by and by.pk)
