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


def keys_of_likes(*transfers):
    return {pk: like.pk for pk, like in likes_of(transfers).items()}


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
    assert keys_of_likes(second) == {second.pk: first.pk}
    assert keys_of_likes(first, second) == {first.pk: second.pk, second.pk: first.pk}


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
    assert keys_of_likes(second) == {}
    assert second.pk not in keys_of_likes(first, second)


def test_the_nearest_in_time_is_the_one(here, there):
    note(here, ago=9 * DAY)
    near, now, _far = note(there, ago=DAY), note(here), note(there, ago=3 * DAY)
    assert keys_of_likes(now) == {now.pk: near.pk}


def test_the_nearest_is_sought_among_those_of_the_words_and_those_of_the_reference(here, there):
    words, reference = note(here, "Gómez", ago=3 * DAY), note(there, "Muñoz", reference="1", ago=2 * DAY)
    now, later = note(here, "Gómez", reference="1"), note(here, "Gómez", reference="1", ago=-DAY)
    assert keys_of_likes(now) == {now.pk: later.pk}
    assert keys_of_likes(words, reference) == {words.pk: now.pk, reference.pk: now.pk}


def test_of_two_as_near_the_older_row_is_the_one(here, there):
    note(here, ago=2 * DAY)
    after, now, before = note(here, ago=-DAY), note(here), note(there, ago=DAY)
    assert keys_of_likes(now) == {now.pk: after.pk}
    assert before.pk > after.pk


def test_it_tells_where_and_when_the_other_one_was_noted(here, there):
    other, now = note(there, ago=DAY), note(here)
    like = likes_of([now])[now.pk]
    assert (like.shift, like.pharmacy, like.created_at) == (there.pk, "Luque", NOW - DAY)
    assert like.pk == other.pk


def test_what_was_voided_or_deleted_is_like_nothing(here, there, ana, beto, marta):
    voided = note(here, ago=DAY)
    twice = NewMovement(Kind.TRANSFER, 10_000, "SIPAP de Gómez")
    deleted = ShiftFactory(cashier=beto, register=2, closed=True, movements=[twice])
    now = note(there)
    assert likes_of([now])[now.pk].shift == deleted.pk
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    assert keys_of_likes(now) == {now.pk: voided.pk}
    movement_actions.void_movement(here.pk, voided.pk, reason="twice", by=ana)
    assert keys_of_likes(now) == {}


def test_a_page_takes_one_query_and_none_without_rows(here, there, django_assert_num_queries):
    page = [note(here, amount=number) for number in range(1, 11)] + [note(there, amount=number) for number in (3, 7)]
    with django_assert_num_queries(1):
        likes = likes_of(page)
        assert {like.pharmacy for like in likes.values()} == {"Central", "Luque"}
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
