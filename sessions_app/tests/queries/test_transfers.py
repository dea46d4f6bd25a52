"""Transfers that may be the same, noted twice; and who may verify those of an own shift."""

from datetime import timedelta

import pytest

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement
from sessions_app.queries.transfers import likes_of
from testing.factories import ShiftFactory

NOW = periods.now()
DAY = timedelta(days=1)


@pytest.fixture
def here(ana):
    return ShiftFactory(cashier=ana)


@pytest.fixture
def there(otto):
    return ShiftFactory(cashier=otto)


def note(shift, words="SIPAP de Gómez", *, amount=10_000, reference="", ago=timedelta(0), kind=Kind.TRANSFER):
    with periods.at(NOW - ago):
        new = NewMovement(kind, amount, words, reference=reference)
        return movement_actions.add_movement(shift.pk, new=new, by=shift.cashier)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"words": "SIPAP de Gómez"}, {"words": " sipap  DE gomez "}),
        ({"words": "Gómez", "reference": "A-00123"}, {"words": "Muñoz", "reference": " a-00123"}),
        ({"words": "Gómez", "reference": "1"}, {"words": "Gómez", "reference": "2"}),
        ({"ago": 30 * DAY}, {}),
    ],
    ids=["the words", "the reference", "the words, another reference", "30 days"],
)
def test_the_same_amount_with_the_same_words_or_reference_is_like_in_any_pharmacy(one, other, here, there):
    first, second = note(here, **one), note(there, **other)
    assert likes_of([second]) == {second.pk: first}
    assert likes_of([first, second]) == {first.pk: second, second.pk: first}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"words": "Gómez"}, {"words": "Muñoz"}),
        ({"amount": 10_000}, {"amount": 10_001}),
        ({"words": "Gómez", "reference": "1"}, {"words": "Muñoz", "reference": "2"}),
        ({"words": "Gómez", "reference": "1"}, {"words": "Muñoz"}),
        ({"ago": 30 * DAY + timedelta(microseconds=1)}, {}),
        ({"kind": Kind.EXPENSE}, {}),
    ],
    ids=["no words", "another amount", "another reference", "one without reference", "longer ago", "an expense"],
)
def test_others_are_not(one, other, here, there):
    first, second = note(here, **one), note(there, **other)
    assert likes_of([second]) == {}
    assert second.pk not in likes_of([first, second])


def test_the_nearest_in_time_is_the_one(here, there):
    note(here, ago=9 * DAY)
    near, now, _far = note(there, ago=DAY), note(here), note(there, ago=3 * DAY)
    assert likes_of([now]) == {now.pk: near}


def test_what_was_voided_or_deleted_is_like_nothing(here, there, ana, beto, marta):
    voided = note(here, ago=DAY)
    twice = NewMovement(Kind.TRANSFER, 10_000, "SIPAP de Gómez")
    deleted = ShiftFactory(cashier=beto, register=2, closed=True, movements=[twice])
    now = note(there)
    assert likes_of([now])[now.pk].session == deleted
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    assert likes_of([now]) == {now.pk: voided}
    movement_actions.void_movement(here.pk, voided.pk, reason="twice", by=ana)
    assert likes_of([now]) == {}


def test_a_page_takes_one_query_and_none_without_rows(here, there, django_assert_num_queries):
    page = [note(here, amount=number) for number in range(1, 11)] + [note(there, amount=number) for number in (3, 7)]
    with django_assert_num_queries(1):
        likes = likes_of(page)
        assert {likes[pk].session.pharmacy.name for pk in likes} == {"Central", "Luque"}
    assert {movement.amount for movement in page if movement.pk in likes} == {3, 7}
    with django_assert_num_queries(0):
        assert likes_of([]) == {}


def test_transfers_of_an_own_shift_are_verified_by_somebody_else_where_there_is_anybody(central, marta, request):
    shift = ShiftFactory(cashier=marta, pharmacy=central)
    own = note(shift)
    assert list(Movement.objects.verifiable_by(marta)) == [own]
    movement_actions.verify_transfer(shift.pk, own.pk, by=marta)

    olga = request.getfixturevalue("olga")
    assert list(Movement.objects.verifiable_by(marta)) == []
    with pytest.raises(ActionRefused, match="de tu propio turno"):
        movement_actions.verify_transfer(shift.pk, own.pk, verified=False, by=marta)
    assert list(Movement.objects.verifiable_by(olga)) == [own]
