from datetime import timedelta

import pytest
from django.core.paginator import EmptyPage, Paginator

from cashpilot import periods
from sessions_app import pagination
from sessions_app.models import CashSession
from sessions_app.pagination import ShiftPaginator
from testing.factories import PersonFactory, ShiftFactory


@pytest.fixture
def shifts(central, ana):
    """Makes so many closed and open ones, two closed ones a day, and answers with all in the order of the list."""
    central.registers = 9
    central.save()

    def make(closed, still_open=0):
        for number in range(closed):
            with periods.at(periods.now() - timedelta(days=number // 2)):
                ShiftFactory(closed=True, cashier=ana)
        for number in range(still_open):
            actor = PersonFactory(first_name=f"C{number}", role="Cashier", pharmacies=[central])
            ShiftFactory(cashier=actor, register=number + 1)
        return CashSession.objects.newest()

    return make


@pytest.mark.slow
@pytest.mark.parametrize("still_open", [0, 1, 2, 3])
@pytest.mark.parametrize("closed", [0, 1, 4, 7])
def test_every_page_is_as_the_plain_order_has_it(shifts, closed, still_open):
    every = shifts(closed, still_open)
    ours = ShiftPaginator(every, 2, count=closed + still_open, still_open=still_open)
    plain = Paginator(every, 2)
    assert ours.num_pages == plain.num_pages
    for number in plain.page_range:
        assert list(ours.page(number)) == list(plain.page(number))


def test_the_order_is_that_of_the_instants(shifts):
    every = shifts(7, 2)
    assert list(every) == list(CashSession.objects.order_by("-status", "-opened_at", "-id"))


def test_the_last_page_is_read_from_the_end(shifts, django_assert_num_queries):
    every = shifts(7, 1)
    with django_assert_num_queries(1) as asked:
        list(ShiftPaginator(every, 2, count=8, still_open=1).page(4))
    assert "OFFSET" not in asked.captured_queries[0]["sql"]


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "given"), [("last", 1), ("99", 4), ("x", 1), ("0", 4), ("", 1)])
def test_nonsense_is_a_page_all_the_same(shifts, asked, given):
    assert ShiftPaginator(shifts(7), 2, count=7, still_open=0).get_page(asked).number == given


@pytest.mark.slow
def test_deep_in_the_list_a_page_is_read_from_where_its_link_says(shifts, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(pagination, "DEEP", 1)
    every = shifts(7, 3)

    def page(number, **asked):
        return ShiftPaginator(every, 2, count=10, still_open=3, asked=asked).page(number)

    plain = {number: list(Paginator(every, 2).page(number)) for number in range(1, 6)}
    found = page(1)
    assert (found.before, list(found)) == (None, plain[1])
    for number in range(2, 6):
        with django_assert_num_queries(1) as asked:
            found = page(number, after=found.after)
            assert list(found) == plain[number]
        assert ("OFFSET" in asked.captured_queries[0]["sql"]) is (number == 2)  # which begins with an open one
    for number in range(4, 1, -1):
        found = page(number, before=found.before)
        assert list(found) == plain[number]
    assert found.before is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "place", ["", "x", "~~", "2026-01-01~2026-01-01T00:00:00+00:00", "2026-01-01~0001-01-01T00:00:00+23:59~1", "1~2~3"]
)
def test_a_place_that_is_none_leaves_the_number_of_the_page(shifts, monkeypatch, place):
    monkeypatch.setattr(pagination, "DEEP", 0)
    every = shifts(5)
    asked = {"after": place, "before": place}
    assert list(ShiftPaginator(every, 2, count=5, still_open=0, asked=asked).page(2)) == list(every[2:4])


def test_a_deep_page_whose_rows_are_gone_since_they_were_counted_is_empty(db):
    page = ShiftPaginator(CashSession.objects.newest(), 2, count=100, still_open=0).page(40)
    assert (list(page), page.before, page.after) == ([], None, None)


def test_a_page_beyond_the_end_is_none(db):
    with pytest.raises(EmptyPage):
        ShiftPaginator(CashSession.objects.newest(), 2, count=0, still_open=0).page(2)


def test_a_page_that_begins_after_the_open_ones_asks_for_closed_ones_alone(shifts, django_assert_num_queries):
    """So that an index can jump to the dates asked for."""
    pages = ShiftPaginator(shifts(6, 2), 2, count=8, still_open=2)
    with django_assert_num_queries(2) as asked:
        first, second = list(pages.page(1)), list(pages.page(2))
    assert [shift.is_open for shift in (*first, *second)] == [True, True, False, False]
    assert ["WHERE" in query["sql"] for query in asked.captured_queries] == [False, True]
