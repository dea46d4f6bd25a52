"""Rows become the objects that Django itself would make of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import models
from django.db.models import Value

from cashpilot.db.reading import blocks_of_keys, named
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


def test_a_row_is_read_as_django_reads_it(ana):
    shift = ShiftFactory(closed=True, cashier=ana)
    columns = [column.attname for column in CashSession._meta.concrete_fields]
    values = CashSession.objects.values_list(*columns).get(pk=shift.pk)

    ours, djangos = (
        read(CashSession, "default", columns, values)
        for read in (CashSession.from_db.__func__, models.Model.from_db.__func__)
    )
    assert {name: ours.__dict__[name] for name in columns} == {name: djangos.__dict__[name] for name in columns}
    assert (ours._state.adding, ours._state.db) == (djangos._state.adding, djangos._state.db) == (False, "default")


def test_of_those_that_are_named_the_rest_costs_a_query(ana, django_assert_num_queries):
    ShiftFactory(cashier=ana)
    with django_assert_num_queries(1):
        (shift,) = named(CashSession.objects.all(), "pharmacy", "cashier")
        assert (str(shift.cashier), str(shift.pharmacy), shift.cashier == ana) == ("Ana Benítez", "Central", True)
    with django_assert_num_queries(1):
        assert shift.cashier.language == ana.language


def test_on_the_way_to_those_that_are_named_only_what_leads_on_is_read(ana, django_assert_num_queries):
    noted = NewMovement(Kind.CARD, 10_000)
    ShiftFactory(cashier=ana, movements=[noted])
    with django_assert_num_queries(1):
        (movement,) = named(Movement.objects.all(), "session__pharmacy", "session__cashier", "created_by")
        shift = movement.session
        assert (str(shift), str(shift.pharmacy), str(shift.cashier)) == (f"#{shift.pk}", "Central", "Ana Benítez")
        assert movement.created_by == ana
    with django_assert_num_queries(1):
        assert shift.card_total == noted.amount


@pytest.mark.parametrize("fraction", [0, 1, 500_000, 903_530, 999_999])
@pytest.mark.parametrize("place", [UTC, timezone(-timedelta(hours=4))])
def test_an_instant_comes_back_in_utc_to_the_microsecond(fraction, place, central):
    instant = datetime(2026, 7, 1, 23, 59, 58, fraction, place)
    read = Pharmacy.objects.annotate(instant=Value(instant, models.DateTimeField())).get(pk=central.pk).instant
    assert (read, read.tzinfo) == (instant, UTC)


def test_blocks_pass_over_the_numbers_that_no_row_has(db, django_assert_num_queries):
    for pk in (3, 7, 2_000_000_000):
        Pharmacy.objects.create(pk=pk, name=f"{pk}")
    with django_assert_num_queries(3):
        assert list(blocks_of_keys(Pharmacy.objects.all(), 2)) == [(3, 7), (2_000_000_000, 2_000_000_000)]


def test_of_no_rows_there_is_no_block(db):
    assert list(blocks_of_keys(Pharmacy.objects.none(), 2)) == []
