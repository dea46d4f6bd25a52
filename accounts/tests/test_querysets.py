from accounts import actions
from accounts.models import User
from testing.factories import PASSWORD, PersonFactory


def test_who_manages_people_sees_everybody_but_superusers_and_the_others_see_themselves(marta, carla, ana, beto):
    User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    everybody = {marta, carla, ana, beto}
    assert set(User.objects.visible_to(marta)) == set(User.objects.visible_to(carla)) == everybody
    assert set(User.objects.visible_to(ana)) == {ana}


def test_active_administrators_manage_people(marta, carla, ana):
    User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    mirta = PersonFactory(first_name="Mirta", role="Admin")
    assert set(User.objects.can_manage_people()) == {marta, mirta}
    actions.disable(mirta.pk, by=marta)
    assert set(User.objects.can_manage_people()) == {marta}


def test_cashiers_and_administrators_open_shifts_while_active(marta, carla, ana, beto):
    actions.disable(beto.pk, by=marta)
    assert set(User.objects.can_open_shifts()) == {marta, ana}


def test_a_superuser_with_the_role_of_an_administrator_does_not_stand_in_for_one(marta):
    root = User.objects.create_superuser("root@example.com", PASSWORD, first_name="Root", last_name="Root")
    root.groups.set(marta.groups.all())
    assert set(User.objects.can_manage_people()) == {marta}
    assert not actions.others_manage(marta)
