import pytest
from django.contrib.auth.models import Group, Permission

from accounts import actions, roles
from accounts.backends import RoleBackend
from accounts.models import User
from testing.client import signed_in
from testing.factories import PASSWORD


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


def test_what_a_group_was_given_by_hand_counts_for_nothing(ana):
    cashier = Group.objects.get(name="Cashier")
    cashier.permissions.set(Permission.objects.filter(codename="change_user"))
    ana = RoleBackend().get_user(ana.pk)
    assert not ana.has_perm("accounts.change_user")
    assert ana.get_all_permissions() == roles.ROLES["Cashier"]


def test_a_group_that_is_no_role_allows_nothing(ana):
    ana.groups.set([Group.objects.create(name="Others")])
    assert RoleBackend().get_user(ana.pk).get_all_permissions() == set()


@pytest.mark.parametrize("load", [RoleBackend().get_user, lambda pk: User.objects.get(pk=pk)])
def test_who_has_two_roles_may_do_what_either_allows(load, ana):
    ana.groups.add(Group.objects.get(name="Auditor"))
    assert load(ana.pk).get_all_permissions() == roles.ROLES["Cashier"] | roles.ROLES["Auditor"]


def test_a_role_that_is_taken_away_acts_at_the_next_request(ana, marta):
    client = signed_in(marta)
    assert client.get("/people/").status_code == 200
    marta.groups.clear()
    assert client.get("/people/").status_code == 403
    marta.groups.set([Group.objects.get(name="Cashier")])
    assert client.get("/people/").status_code == 403
    assert client.get("/sessions/open/").status_code == 200


def test_who_is_signed_in_is_one_query_with_the_role(ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert RoleBackend().get_user(ana.pk).has_perm("sessions_app.open_cashsession")


def test_a_superuser_may_do_everything_and_a_disabled_account_nothing(ana, marta):
    root = User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    assert RoleBackend().get_user(root.pk).has_perm("accounts.change_user")
    assert "accounts.change_user" in RoleBackend().get_user(root.pk).get_all_permissions()
    assert ana.has_perm("sessions_app.open_cashsession")
    actions.disable(ana.pk, by=marta)
    ana.refresh_from_db()
    assert RoleBackend().get_user(ana.pk) is None
    assert not ana.has_perm("sessions_app.open_cashsession")
    assert ana.get_all_permissions() == set()
