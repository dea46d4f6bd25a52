"""Commands of the operator for people."""

import re

import pytest
from django.core.management import CommandError, call_command

from accounts import actions
from accounts.models import User
from testing.factories import PASSWORD

NILDA = ["nilda@example.com", "--role", "cashier", "--first-name", "Nilda", "--last-name", "Ríos"]


def run(capsys, *words):
    call_command(*words)
    return capsys.readouterr().out


def password_in(output):
    return re.search(r"shown only now: (\S+)$", output, re.MULTILINE)[1]


def refused(*words):
    """The sentence; and nobody was created or changed."""
    before = list(User.objects.values()), User.history.count()
    with pytest.raises(CommandError) as refusal:
        call_command(*words)
    assert (list(User.objects.values()), User.history.count()) == before
    return str(refusal.value)


def test_a_person_is_created_with_role_pharmacies_and_a_password(capsys, central, luque):
    output = run(capsys, "create_user", *NILDA, "--pharmacy", "central", "--pharmacy", "Luque")
    nilda = User.objects.get()
    first, last = output.splitlines()
    assert first == f"nilda@example.com can sign in with this password, shown only now: {password_in(output)}"
    assert last == f"Where they work, and all else about them: http://testserver/people/{nilda.pk}/"
    assert (nilda.check_password(password_in(output)), nilda.must_change_password) == (True, True)
    assert (nilda.role, {row.pharmacy for row in nilda.assignments.all()}) == ("Cashier", {central, luque})


def test_history_names_the_command_and_nobody(capsys, central):
    run(capsys, "create_user", *NILDA, "--pharmacy", "Central")
    nilda = User.objects.get()
    for row in (nilda.history.get(), nilda.assignments.get().history.get()):
        assert (row.history_user, row.history_change_reason) == (None, "manage.py create_user")


@pytest.mark.parametrize(("role", "is_staff"), [("admin", True), ("auditor", True), ("cashier", False)])
def test_each_role_can_be_given(capsys, db, role, is_staff):
    run(capsys, "create_user", *[role if word == "cashier" else word for word in NILDA])
    assert (User.objects.get().role.lower(), User.objects.get().is_staff) == (role, is_staff)


def test_the_first_administrator_is_led_to_the_first_page(capsys, db, settings):
    settings.SITE_URL = "https://caja.example.com"
    output = run(capsys, "create_user", *["admin" if word == "cashier" else word for word in NILDA])
    assert (
        output.splitlines()[-1]
        == "Next: sign in at https://caja.example.com/ and follow the first page to the first shift."
    )


def test_an_unknown_pharmacy_creates_nobody(central):
    sentence = refused("create_user", *NILDA, "--pharmacy", "Central", "--pharmacy", "Nowhere")
    assert sentence == "Nobody was created: there is no pharmacy 'Nowhere'. There are: Central."


def test_an_unknown_pharmacy_before_there_is_any(db):
    assert "There are: none yet." in refused("create_user", *NILDA, "--pharmacy", "Central")


def test_an_e_mail_that_is_taken_creates_nobody(ana):
    words = ["ANA@example.com" if word == "nilda@example.com" else word for word in NILDA]
    assert refused("create_user", *words) == "Nobody was created: Somebody already has this e-mail."


@pytest.mark.parametrize("email", ["nilda", "", "a" * 300 + "@example.com"])
def test_what_is_no_e_mail_creates_nobody(db, email):
    assert refused("create_user", email, *NILDA[1:]).startswith("Nobody was created: ")


def test_an_unknown_role_or_a_missing_name_creates_nobody(db):
    assert "invalid choice: 'boss'" in refused(
        "create_user", *["boss" if word == "cashier" else word for word in NILDA]
    )
    assert "--last-name" in refused("create_user", *NILDA[:5])


def test_a_reset_password_replaces_the_old_one(capsys, ana):
    password = password_in(run(capsys, "reset_password", " ANA@example.com"))
    ana.refresh_from_db()
    assert (ana.check_password(password), ana.check_password(PASSWORD), ana.must_change_password) == (True, False, True)
    row = ana.history.latest()
    assert (row.history_user, row.history_change_reason) == (None, "manage.py reset_password")


def test_who_is_disabled_is_told_to_the_operator(capsys, marta, ana):
    actions.disable(ana.pk, by=marta)
    assert "The account is disabled" in run(capsys, "reset_password", "ana@example.com")


@pytest.mark.parametrize("email", ["nobody@example.com", ""])
def test_an_unknown_person_is_a_sentence(ana, email):
    assert refused("reset_password", email) == f"Nothing was changed: nobody signs in with {email!r}."


@pytest.mark.parametrize("command", ["create_user", "reset_password"])
def test_help_says_that_the_password_is_shown_once(capsys, command):
    with pytest.raises(SystemExit) as leaving:
        call_command(command, "--help")
    text = " ".join(capsys.readouterr().out.split())
    assert (leaving.value.code, "print it, once" in text or "print, once" in text) == (0, True)
