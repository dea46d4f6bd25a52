from threading import Barrier, Thread

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from accounts import actions
from accounts.models import User
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from testing.database import nothing_written
from testing.factories import PASSWORD, PersonFactory, ShiftFactory

NAMES = {"first_name": "Nilda", "last_name": "Ríos"}


def hire(by, **fields):
    return actions.create_person(**{"email": "nilda@example.com", "role": "Cashier", **NAMES, "by": by, **fields})


def last_row(user):
    return user.history.order_by("history_id").last()


def told(user):
    """The newest row of history: who, why, its kind, and the role in it."""
    row = last_row(user)
    return row.history_type, row.history_user, row.history_change_reason, [held.group.name for held in row.groups.all()]


def refused(action, *args, **kwargs):
    """The sentence; and nothing about anybody changed."""
    before = snapshot()
    with pytest.raises(ActionRefused) as refusal:
        action(*args, **kwargs)
    assert snapshot() == before
    return refusal.value.sentence


def snapshot():
    people = list(User.objects.order_by("pk").values_list("pk", "email", "password", "is_active", "sign_outs"))
    held = list(User.groups.through.objects.order_by("pk").values_list("user", "group"))
    return people, held, User.history.count()


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


# --- create -----------------------------------------------------------------------------------------------------------


def test_who_is_created_has_role_pharmacies_and_a_password_to_change(marta, central, luque):
    nilda, password = hire(marta, pharmacies=[central, luque], reason="new at the till")
    nilda.refresh_from_db()
    assert (nilda.email, nilda.role, nilda.is_staff, nilda.is_active) == ("nilda@example.com", "Cashier", False, True)
    assert {row.pharmacy for row in nilda.assignments.all()} == {central, luque}
    assert (nilda.check_password(password), nilda.must_change_password) == (True, True)
    assert told(nilda) == ("+", marta, "new at the till", ["Cashier"])
    assert nilda.history.count() == 1


def test_each_assignment_keeps_who_and_when(marta, central):
    nilda, _password = hire(marta, pharmacies=[central])
    row = nilda.assignments.get().history.get()
    assert (row.history_type, row.history_user, row.pharmacy) == ("+", marta, central)


def test_generated_passwords_are_long_different_and_easy_to_read():
    passwords = {actions.new_password() for _each in range(50)}
    assert len(passwords) == 50
    assert all(len(password) == 14 and not set(password) & set("il1o0O") for password in passwords)


@pytest.mark.parametrize(("role", "is_staff"), [("Admin", True), ("Auditor", True), ("Cashier", False)])
def test_the_role_decides_who_works_in_the_back_office(marta, role, is_staff):
    assert hire(marta, role=role)[0].is_staff is is_staff


def test_an_e_mail_has_one_spelling(marta):
    assert hire(marta, email="  Nilda@Example.COM ")[0].email == "nilda@example.com"


def test_an_e_mail_is_taken_whatever_its_case(marta, ana):
    assert refused(hire, marta, email="ANA@example.com") == "Somebody already has this e-mail."


@pytest.mark.parametrize("field", ["email", "first_name", "last_name"])
def test_nobody_is_created_without_e_mail_or_name(marta, field):
    assert refused(hire, marta, **{field: ""}) == "This field cannot be blank."


def test_only_administrators_create_people(ana, carla):
    assert refused(hire, ana) == refused(hire, carla) == "Your role does not include this."


def test_the_operator_creates_people_in_nobodys_name(db):
    nilda, _password = hire(None, role="Admin", reason="manage.py create_user")
    assert told(nilda) == ("+", None, "manage.py create_user", ["Admin"])


# --- edit -------------------------------------------------------------------------------------------------------------


def test_names_and_e_mail_change_with_who(marta, ana):
    actions.edit_person(ana.pk, email="Ana.B@example.com", first_name="Ana", last_name="Báez", by=marta)
    ana.refresh_from_db()
    assert (ana.email, ana.get_full_name()) == ("ana.b@example.com", "Ana Báez")
    assert told(ana) == ("~", marta, "", ["Cashier"])


def test_names_role_and_pharmacies_at_once_are_one_row_of_the_person(marta, ana, central, luque):
    rows = ana.history.count()
    said = {"email": "ana@example.com", "first_name": "Ana", "last_name": "Báez", "role": "Auditor"}
    actions.edit_person(ana.pk, **said, pharmacies=[luque], by=marta)
    ana.refresh_from_db()
    assert (ana.get_full_name(), ana.role, ana.assignments.get().pharmacy) == ("Ana Báez", "Auditor", luque)
    assert (ana.history.count(), told(ana)) == (rows + 1, ("~", marta, "", ["Auditor"]))


def test_saying_what_is_so_already_leaves_no_trace(marta, ana, central):
    said = {"email": " ANA@example.com", "first_name": "Ana", "last_name": "Benítez", "role": "Cashier"}
    with nothing_written():
        actions.edit_person(ana.pk, **said, pharmacies=[central], by=marta)


def test_what_is_no_part_of_the_form_is_a_mistake_of_the_caller(marta, ana):
    with pytest.raises(TypeError, match="is_superuser"):
        actions.edit_person(ana.pk, is_superuser=True, by=marta)


def test_nobody_takes_anothers_e_mail(marta, ana, beto):
    sentence = refused(actions.edit_person, ana.pk, email="Beto@example.com", **NAMES, by=marta)
    assert sentence == "Somebody already has this e-mail."


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")


def test_a_superuser_is_out_of_reach(marta, root):
    for act in (actions.disable, actions.enable, actions.reset_password, actions.unlock):
        with pytest.raises(ObjectDoesNotExist):
            act(root.pk, by=marta)
    with pytest.raises(ObjectDoesNotExist):
        actions.edit_person(root.pk, role="Cashier", by=marta)
    with pytest.raises(ObjectDoesNotExist):
        actions.edit_person(root.pk, email="mine@example.com", **NAMES, by=marta)
    root.refresh_from_db()
    assert (root.is_active, root.email, root.check_password(PASSWORD)) == (True, "root@example.com", True)


# --- role -------------------------------------------------------------------------------------------------------------


def test_a_new_role_is_one_row_of_history_with_who_and_why(marta, ana):
    rows = ana.history.count()
    actions.edit_person(ana.pk, role="Admin", by=marta, reason="takes over")
    ana.refresh_from_db()
    assert (ana.role, ana.is_staff, ana.groups.count()) == ("Admin", True, 1)
    assert told(ana) == ("~", marta, "takes over", ["Admin"])
    assert ana.history.count() == rows + 1


def test_the_role_before_stays_readable_in_history(marta, ana):
    actions.edit_person(ana.pk, role="Auditor", by=marta)
    new, old = ana.history.order_by("-history_id")[:2]
    assert [change.field for change in new.diff_against(old).changes] == ["groups"]


def test_who_is_demoted_leaves_the_back_office(marta, carla):
    actions.edit_person(carla.pk, role="Cashier", by=marta)
    carla.refresh_from_db()
    assert carla.is_staff is False


def test_nobody_changes_the_own_role(marta, ana):
    PersonFactory(first_name="Mirta", role="Admin")
    own = refused(actions.edit_person, marta.pk, role="Cashier", by=marta)
    assert own == "You cannot change your own role. Ask another administrator."
    assert refused(actions.edit_person, ana.pk, role="Admin", by=ana) == "Your role does not include this."


def test_the_last_administrator_keeps_the_role(marta, root):
    sentence = refused(actions.edit_person, marta.pk, role="Cashier", by=root)
    assert sentence == "Marta Benítez is the last active administrator. Give somebody else that role first."


def test_a_disabled_administrator_does_not_count_as_one(marta, root):
    mirta = PersonFactory(first_name="Mirta", role="Admin")
    actions.disable(mirta.pk, by=marta)
    refused(actions.edit_person, marta.pk, role="Cashier", by=root)
    actions.edit_person(mirta.pk, role="Cashier", by=marta)


def test_the_last_administrator_may_be_given_the_same_role_again(marta, root):
    assert actions.edit_person(marta.pk, role="Admin", by=root).role == "Admin"


# --- disable and enable -----------------------------------------------------------------------------------------------


def test_disabling_and_enabling_keep_the_person_and_who_did_it(marta, ana):
    actions.disable(ana.pk, by=marta, reason="left")
    ana.refresh_from_db()
    assert (ana.is_active, *told(ana)[:3]) == (False, "~", marta, "left")
    actions.enable(ana.pk, by=marta)
    ana.refresh_from_db()
    assert (ana.is_active, ana.role) == (True, "Cashier")


def test_what_is_so_already_is_refused(marta, ana):
    assert refused(actions.enable, ana.pk, by=marta) == "Ana Benítez is active already."
    actions.disable(ana.pk, by=marta)
    assert refused(actions.disable, ana.pk, by=marta) == "Ana Benítez is disabled already."


def test_nobody_disables_themselves(marta):
    PersonFactory(first_name="Mirta", role="Admin")
    sentence = refused(actions.disable, marta.pk, by=marta)
    assert sentence == "You cannot disable your own account. Ask another administrator."


def test_the_last_administrator_is_not_disabled(marta, root):
    sentence = refused(actions.disable, marta.pk, by=root)
    assert sentence == "Marta Benítez is the last active administrator. Give somebody else that role first."


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_disable_each_other_at_once_leave_one(marta):
    mirta, start, answers = PersonFactory(first_name="Mirta", role="Admin"), Barrier(2), []

    def act(by, other):
        try:
            by.has_perm("accounts.change_user")
            start.wait()
            actions.disable(other.pk, by=by)
            answers.append("disabled")
        except ActionRefused as refusal:
            answers.append(refusal.sentence)
        finally:
            connection.close()

    threads = [Thread(target=act, args=pair) for pair in ((marta, mirta), (mirta, marta))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answer == "disabled" for answer in answers) == [False, True]
    assert User.objects.can_manage_people().count() == 1


# --- pharmacies -------------------------------------------------------------------------------------------------------


def test_people_work_where_they_are_assigned_and_nowhere_else(marta, ana, central, luque):
    actions.assign(ana.pk, pharmacies=[luque], by=marta, reason="moved")
    assert [row.pharmacy for row in ana.assignments.all()] == [luque]
    rows = ana.assignments.model.history.filter(user=ana).exclude(history_user=None).order_by("pharmacy__name")
    facts = [(row.history_type, row.pharmacy, row.history_user, row.history_change_reason) for row in rows]
    assert facts == [("-", central, marta, "moved"), ("+", luque, marta, "moved")]


def test_assigning_again_what_is_assigned_writes_nothing(marta, ana, central):
    kept = ana.assignments.get()
    actions.assign(ana.pk, pharmacies=[central], by=marta)
    assert (ana.assignments.get(), kept.history.count()) == (kept, 1)


def test_an_assignment_does_not_end_while_the_person_has_a_shift_open_there(marta, ana, beto, central, luque):
    shift = ShiftFactory(cashier=ana)
    ShiftFactory(cashier=beto, register=2)
    why = f"Ana Benítez has shift #{shift.pk} open at Central. Close it first, with or without a count, and try again."
    assert refused(actions.assign, ana.pk, pharmacies=[luque], by=marta) == why
    assert [row.pharmacy for row in ana.assignments.all()] == [central]
    actions.assign(ana.pk, pharmacies=[central, luque], by=marta)
    actions.assign(ana.pk, pharmacies=[central], by=marta)
    shift_actions.close_uncounted_shift(shift.pk, reason="went home", by=marta)
    actions.assign(ana.pk, pharmacies=[], by=marta)
    assert not ana.assignments.exists()


def test_a_deleted_shift_keeps_no_assignment(marta, ana):
    mark_actions.delete_shift(ShiftFactory(cashier=ana).pk, reason="opened twice", by=marta)
    actions.assign(ana.pk, pharmacies=[], by=marta)
    assert not ana.assignments.exists()


def test_only_administrators_assign(ana, carla, luque):
    assert refused(actions.assign, ana.pk, pharmacies=[luque], by=ana) == "Your role does not include this."
    assert refused(actions.assign, ana.pk, pharmacies=[luque], by=carla) == "Your role does not include this."
    assert not ana.assignments.filter(pharmacy=luque).exists()


def test_who_is_not_locked_out_is_not_unlocked(marta, ana):
    assert refused(actions.unlock, ana.pk, by=marta) == "Ana Benítez is not locked out."


# --- passwords and sessions -------------------------------------------------------------------------------------------


def test_a_reset_password_must_be_changed_and_is_in_no_history(marta, ana):
    _ana, password = actions.reset_password(ana.pk, by=marta)
    ana.refresh_from_db()
    assert (ana.check_password(password), ana.check_password(PASSWORD), ana.must_change_password) == (True, False, True)
    assert told(ana) == ("~", marta, "password reset", ["Cashier"])
    assert "password" not in {field.name for field in ana.history.model._meta.get_fields()}


def test_administrators_change_their_own_password_like_everybody(marta):
    assert refused(actions.reset_password, marta.pk, by=marta) == "Change your own password from your menu."


def test_the_operator_resets_anybodys_password(root):
    _root, password = actions.reset_password(root.pk, by=None, reason="manage.py reset_password")
    root.refresh_from_db()
    assert root.check_password(password)
    assert told(root)[1:3] == (None, "manage.py reset_password")


def test_an_own_password_ends_the_duty_to_change_it(marta):
    nilda, _given = hire(marta)
    actions.change_own_password(password="a till of her own", by=nilda)
    nilda.refresh_from_db()
    assert (nilda.check_password("a till of her own"), nilda.must_change_password) == (True, False)
    assert told(nilda)[1:3] == (nilda, "own password changed")


def test_a_password_is_not_changed_into_itself(ana):
    sentence = refused(actions.change_own_password, password=PASSWORD, by=ana)
    assert sentence == "That is your present password. Choose another one."


def test_what_ends_sessions_changes_what_a_session_must_match(marta, ana):
    hashes = [ana.get_session_auth_hash()]
    for end in (
        lambda: actions.sign_out_everywhere(by=ana),
        lambda: actions.disable(ana.pk, by=marta),
        lambda: actions.reset_password(ana.pk, by=marta),
        lambda: actions.change_own_password(password="a till of her own", by=ana),
    ):
        end()
        ana.refresh_from_db()
        hashes.append(ana.get_session_auth_hash())
    assert len(set(hashes)) == 5


def test_a_colleagues_session_is_left_alone(ana, beto):
    before = beto.get_session_auth_hash()
    actions.sign_out_everywhere(by=ana)
    beto.refresh_from_db()
    assert beto.get_session_auth_hash() == before


def test_a_language_is_remembered_with_one_row_and_only_if_it_is_new(ana):
    rows = ana.history.count()
    for _each in range(2):
        actions.choose_language(language="en", by=ana)
    ana.refresh_from_db()
    assert (ana.language, ana.history.count(), last_row(ana).history_user) == ("en", rows + 1, ana)


def test_to_choose_the_mails_that_one_has_already_leaves_no_trace(marta):
    actions.choose_mails(by=marta, mails_digest=True)
    rows = marta.history.count()
    actions.choose_mails(by=marta, mails_digest=True, mails_alerts=True)
    assert marta.history.count() == rows
    actions.choose_mails(by=marta, mails_digest=False)
    assert marta.history.count() == rows + 1
