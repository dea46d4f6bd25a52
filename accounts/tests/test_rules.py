"""Every rule answers None or its sentence; what the actions do with it stands in test_actions.py."""

import pytest

from accounts import rules
from accounts.models import User
from testing.factories import PASSWORD

NOT_IN_ROLE = "Your role does not include this."
SERVICE = "This account runs the service: it is not changed here."


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")


RULES = {
    "change": rules.why_not_change,
    "role": lambda by, person: rules.why_not_set_role(by, person, others=True),
    "disable": lambda by, person: rules.why_not_disable(by, person, others=True),
    "reset": rules.why_not_reset_password,
    "unlock": lambda by, person: rules.why_not_unlock(by, person, locked=True),
    "assign": rules.why_not_assign,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_only_administrators_may_and_never_to_a_superuser(rule, marta, carla, ana, beto, root):
    assert rule(marta, ana) is None
    assert rule(carla, ana) == rule(ana, beto) == rule(ana, ana) == NOT_IN_ROLE
    assert rule(marta, root) == SERVICE


def test_enabling_needs_somebody_disabled(marta, ana, carla):
    assert rules.why_not_enable(marta, ana) == "Ana Benítez is active already."
    ana.is_active = False
    assert rules.why_not_enable(marta, ana) is None
    assert rules.why_not_enable(carla, ana) == NOT_IN_ROLE


def test_the_operator_is_bound_by_facts_alone(ana, root):
    assert rules.why_not_create(None, []) is None
    assert rules.why_not_reset_password(None, root) is None
    assert rules.why_not_set_role(None, root, others=True) == "This account runs the service and has no role."
    assert "last active administrator" in rules.why_not_disable(None, ana, others=False)


def test_a_superuser_is_never_the_last_administrator(root):
    assert rules.why_not_disable(None, root, others=False) is None


def test_creating_with_pharmacies_is_assigning_too(marta, carla, central):
    assert rules.why_not_create(marta, [central]) is None
    assert rules.why_not_create(carla, []) == NOT_IN_ROLE


def test_who_is_not_locked_out_needs_no_unlocking(marta, ana):
    assert rules.why_not_unlock(marta, ana, locked=False) == "Ana Benítez is not locked out."


def test_a_password_is_not_changed_into_itself(ana):
    assert rules.why_not_choose(ana, PASSWORD) == "That is your present password. Choose another one."
    assert rules.why_not_choose(ana, "another one") is None
