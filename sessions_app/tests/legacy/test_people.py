"""People of the old system."""

import pytest

from accounts.models import User
from sessions_app.legacy import rows
from sessions_app.legacy.codes import Code
from sessions_app.legacy.people import plan_people
from sessions_app.legacy.values import width
from sessions_app.tests.legacy.old_rows import codes, facts, user, utc

ARGON2 = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"
BCRYPT = "$2b$12$adLBDRxFHokKhMA8RoRmFu"


def planned(*rows, hashers=("argon2", "bcrypt"), admins=()):
    return plan_people(rows, hashers=hashers, admins=admins)


def one(**columns):
    (plan,) = planned(user(**columns))
    return plan


def test_a_person_comes_along_as_they_were():
    plan = one(email=" Ana@Example.com ", last_name="Benítez")
    assert (plan.email, plan.first_name, plan.last_name, plan.role) == ("ana@example.com", "Ana", "Benítez", "Cashier")
    assert (plan.is_active, plan.date_joined, plan.findings) == (True, utc(2025, 1, 1), ())


@pytest.mark.parametrize("email", ["", "ana", "ana @example.com", f"{'a' * 250}@example.com"])
def test_who_has_no_e_mail_that_is_one_is_given_another_and_disabled(email):
    plan = one(email=email)
    assert (plan.email, plan.is_active, plan.password) == ("ana@cashpilot.invalid", False, None)
    assert facts(plan, Code.EMAIL_MISSING) == [("email", email, "ana@cashpilot.invalid")]


def test_the_first_of_an_e_mail_keeps_it_and_the_others_are_disabled_without_a_password():
    later = user("b", email="ANA@example.com", created_at=utc(2025, 2, 1))
    last = user("c", email="Ana@example.com", created_at=utc(2025, 3, 1))
    plans = planned(last, later, user("a", email="ana@example.com"), user("d", email="ana+2@example.com"))
    assert [(plan.origin.id, plan.email, plan.is_active) for plan in plans] == [
        ("a", "ana@example.com", True),
        ("d", "ana+2@example.com", True),
        ("b", "ana+3@example.com", False),
        ("c", "ana+4@example.com", False),
    ]
    assert (plans[2].password, codes(plans[2])) == (None, ["email_taken"])


@pytest.mark.parametrize(
    ("first", "last", "names"), [("", "", ("ana", "-")), (" ", "Sosa", ("ana", "Sosa")), ("Ana", "", ("Ana", "-"))]
)
def test_a_name_that_is_missing_is_the_beginning_of_the_e_mail_and_a_dash(first, last, names):
    plan = one(first_name=first, last_name=last)
    assert (plan.first_name, plan.last_name) == names
    assert codes(plan) == ["name_missing"]


def test_names_are_unescaped_and_cut():
    plan = one(first_name="D&#x27;Amico", last_name="x" * (width(User, "last_name") + 1))
    assert (plan.first_name, len(plan.last_name)) == ("D'Amico", width(User, "last_name"))
    assert codes(plan) == ["text_cut", "text_unescaped"]


@pytest.mark.parametrize(("role", "ours"), [("ADMIN", "Admin"), ("cashier", "Cashier")])
def test_the_role_is_the_group(role, ours):
    assert one(role=role).role == ours


def test_a_role_that_we_do_not_know_is_none_and_nobody_signs_in_with_it():
    plan = one(role="SUPERVISOR")
    assert (plan.role, plan.is_active, plan.password) == ("", False, "argon2" + ARGON2)
    assert facts(plan, Code.UNKNOWN_ROLE) == [("role", "SUPERVISOR", None)]


def test_without_a_column_for_roles_everybody_is_a_cashier_but_for_the_named_administrators():
    raws = [dict(user(name).origin.row) for name in ("ana", "marta")]
    for raw in raws:
        del raw["role"]
    plans = planned(*map(rows.user, raws), admins=[" Marta@example.com"])
    assert [(plan.email, plan.role) for plan in plans] == [
        ("ana@example.com", "Cashier"),
        ("marta@example.com", "Admin"),
    ]


@pytest.mark.parametrize(
    ("stored", "hashers", "ours"),
    [
        (ARGON2, {"argon2"}, "argon2" + ARGON2),
        (BCRYPT, {"argon2", "bcrypt"}, "bcrypt$" + BCRYPT),
        (BCRYPT, {"argon2"}, None),
        ("demo_hash", {"argon2", "bcrypt"}, None),
        ("", {"argon2"}, None),
    ],
)
def test_a_password_comes_along_if_something_here_reads_it(stored, hashers, ours):
    (plan,) = planned(user(hashed_password=stored), hashers=hashers)
    assert plan.password == ours
    assert codes(plan) == ([] if ours else ["password_unusable"])


def test_who_was_disabled_stays_disabled():
    assert not one(is_active=False).is_active
