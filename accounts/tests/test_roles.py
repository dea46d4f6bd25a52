import pytest
from django.contrib.auth.models import Group, Permission

from accounts import roles


def held():
    """Return the permissions that the database grants to each group."""
    granted = {group.name: set() for group in Group.objects.all()}
    names = ("group__name", "content_type__app_label", "codename")
    for role, app, codename in Permission.objects.exclude(group=None).values_list(*names):
        granted[role].add(f"{app}.{codename}")
    return granted


def test_the_groups_hold_all_and_only_what_is_declared(db):
    assert held() == roles.ROLES


def test_what_was_granted_or_taken_by_hand_is_put_right(db):
    cashier = Group.objects.get(name="Cashier")
    cashier.permissions.add(Permission.objects.get(codename="change_user"))
    cashier.permissions.remove(Permission.objects.get(codename="open_cashsession"))
    assert held() != roles.ROLES
    roles.sync()
    assert held() == roles.ROLES


def test_a_permission_that_does_not_exist_is_an_error(db, monkeypatch):
    monkeypatch.setitem(roles.ROLES, "Cashier", {"sessions_app.fly"})
    with pytest.raises(LookupError, match=r"Cashier: no such permission: sessions_app\.fly"):
        roles.sync()


def test_each_role_has_a_name_for_people_and_auditors_change_nothing():
    assert roles.LABELS.keys() == roles.ROLES.keys()
    assert {name.split(".")[1].split("_")[0] for name in roles.ROLES["Auditor"]} == {"view", "export"}


def test_a_permission_of_one_person_counts_for_nothing(ana):
    ana.user_permissions.add(Permission.objects.get(codename="change_user"))
    assert not ana.has_perm("accounts.change_user")
