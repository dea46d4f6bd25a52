"""Sums whose SQL is written once say what an aggregate says, of the rows as they are when it is asked."""

import pytest
from django.db.models import Count, Q, Sum

from cashpilot.db.written_once import Sums
from pharmacies.models import Pharmacy
from testing.factories import PharmacyFactory

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
