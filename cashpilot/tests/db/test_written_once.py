"""Sums whose SQL is written once say what an aggregate says, of the rows as they are when it is asked."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import Count, F, Q, Sum, TextField, Value

from cashpilot import periods
from cashpilot.db.written_once import (
    Given,
    Listed,
    Rows,
    Sums,
    as_written,
    holds_any,
    once_a_day,
    places,
    take,
    told,
    with_given,
)
from pharmacies.models import Pharmacy
from sessions_app.models import CashSession
from testing.factories import PharmacyFactory, ShiftFactory

pytestmark = pytest.mark.django_db
ASKED = {
    "tills": Sum("registers", default=0),
    "large": Sum("registers", filter=Q(registers__gt=2), default=0),
    "every": Count("pk"),
}


def test_without_rows_each_sum_is_its_default():
    assert Sums.of(Pharmacy.objects.filter(pk=0), ASKED).ask() == {
        "tills": 0,
        "large": 0,
        "every": 0,
    }


def test_they_are_what_an_aggregate_says_and_follow_the_rows(django_assert_num_queries):
    written = Sums.of(Pharmacy.objects.all(), ASKED)
    for tills in (2, 5):
        PharmacyFactory(registers=tills)
    with django_assert_num_queries(1):
        said = written.ask()

    assert said == Pharmacy.objects.aggregate(**ASKED) == {"tills": 7, "large": 5, "every": 2}


def test_rows_follow_the_table_and_what_is_given(ana, marta, central, django_assert_num_queries):
    shift = ShiftFactory(cashier=ana, pharmacy=central)
    of_register = CashSession.objects.filter(register=Given("register")).annotate(twice=F("register") * 2)
    written = Rows(of_register.select_related("pharmacy").order_by("pk"))
    other = ShiftFactory(cashier=marta, pharmacy=central, register=2)
    with django_assert_num_queries(2):
        said = [[(row, row.twice, row.pharmacy.name) for row in written.ask(register=number)] for number in (1, 2)]

    assert said == [[(shift, 2, central.name)], [(other, 4, central.name)]]


def test_rows_of_which_there_can_be_none_are_not_asked_for(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Rows(Pharmacy.objects.none()).ask() == []
        assert Sums.of(Pharmacy.objects.none(), ASKED).ask() == {"tills": 0, "large": 0, "every": 0}


def test_a_query_is_written_anew_for_another_person_and_another_day(ana, marta):
    written = []
    query_of = once_a_day(lambda user: written.append((user, periods.today())))
    today = periods.today()
    for day in (today, today + timedelta(days=1)):
        with time_machine.travel(periods.midnight(day) + timedelta(hours=9)):
            for user in (ana, ana, marta, ana):
                query_of(user)

    assert written == [(user, day) for day in (today, today + timedelta(days=1)) for user in (ana, marta)]


def test_a_number_that_no_column_holds_is_in_no_row(django_assert_num_queries):
    written = Rows(Pharmacy.objects.filter(pk=Given("pk")))
    with django_assert_num_queries(0):
        assert written.ask(pk=2**63) == []


def test_one_of_several_numbers(db):
    first, _second, third = [PharmacyFactory(name=name) for name in "ABC"]
    written = Rows(Pharmacy.objects.filter(pk__in=places(2)).order_by("pk"))
    assert written.ask(**told([third.pk, first.pk])) == [first, third]


def test_values_of_any_kind_stand_in_the_sql_beside_those_that_are_given(db):
    odd, _other = (PharmacyFactory(name=name, registers=2) for name in ("5 % d'Or ??", "5 % d''Or ??"))
    rows = Pharmacy.objects.filter(name="5 % d'Or ??", is_active=True).annotate(nothing=Value(None, TextField()))
    for written, asked in [(Rows(rows), {}), (Rows(rows.filter(registers=Given("tills"))), {"tills": 2})]:
        assert [(row, row.nothing) for row in written.ask(**asked)] == [(odd, None)]


def test_the_values_of_a_condition_are_given_afterwards(db):
    for tills in (1, 2, 3):
        PharmacyFactory(name=f"With {tills}", registers=tills)
    written, said = {}, []
    for tills, name in [(2, "With 2"), (1, "With 3")]:
        values = {}
        condition = with_given(Q(registers__gte=tills) & ~(Q(name=name) | Q(name="")), values)
        rows = written.setdefault(condition, Rows(Pharmacy.objects.filter(condition).order_by("pk")))
        said.append([row.registers for row in rows.ask(**values)])
    assert (said, len(written)) == ([[3], [1, 2]], 1)


def test_a_selection_stands_as_written_in_another_one(db):
    small, _large = (PharmacyFactory(name=name, registers=tills) for name, tills in (("5 % d'Or", 1), ("B", 2)))
    every = Pharmacy.objects.order_by("pk").values("pk")
    parts = [every.filter(registers__lt=Given("tills"), name="5 % d'Or"), every.filter(pk=0), every.none()]
    said = []
    for part in parts:
        among, is_any = Q(pk__in=as_written(part[:1])), Q(holds_any(part))
        written = [Rows(Pharmacy.objects.filter(condition).order_by("pk")) for condition in (among, is_any, ~is_any)]
        said.append([len(rows.ask(tills=2)) for rows in written])
    assert said == [[1, 2, 0], [0, 0, 2], [0, 0, 2]]
    assert Rows(Pharmacy.objects.filter(pk__in=as_written(parts[0]))).ask(tills=2) == [small]


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_list_is_narrowed_turned_round_and_sliced_as_its_rows_are(steps, django_assert_num_queries):
    for tills in (1, 2, 3, 2, 2):
        PharmacyFactory(registers=tills)
    every = rows = Pharmacy.objects.order_by("pk")
    listed = Listed(lambda taken: Rows(take(rows, taken)))
    if steps & 1:
        every, listed = every.filter(registers=2), listed.filter(registers=2)
    if steps & 2:
        every, listed = every.reverse(), listed.reverse()
    with django_assert_num_queries(2):
        assert [listed[1:3], listed[0:0]] == [list(every[1:3]), []]
