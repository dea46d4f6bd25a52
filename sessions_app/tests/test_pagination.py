import re
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from django.core.paginator import EmptyPage, Paginator
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from cashpilot import periods
from cashpilot.db.written_once import Rows
from sessions_app import pagination
from sessions_app.actions import marks as mark_actions
from sessions_app.models import CashSession, DayVerdict
from sessions_app.pagination import QUEUE, CountedPaginator, ShiftPaginator
from sessions_app.queries.worklist import Queue, queue_places
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


# --- The queue, of two tables -----------------------------------------------------------------------------------------

NOON = datetime(2026, 7, 20, 15, tzinfo=UTC)


def waiting(**asked):
    return CashSession.objects.in_queue().filter(**asked), DayVerdict.objects.to_settle().filter(**asked)


def queue(**asked):
    return Queue(cache(lambda what: Rows(queue_places(*waiting(**asked), what))))


@pytest.fixture
def days(central, luque):
    """Days as a whole that wait, two of each."""
    for days_ago, result, difference in [
        (1, "short", -10_000),
        (2, "short", -9_000),
        (3, "over", 10_000),
        (4, "swapped", 0),
        (5, "not_compared", 0),
    ]:
        for pharmacy in (central, luque):
            day = {"pharmacy": pharmacy, "date": NOON.date() - timedelta(days=days_ago), "result": result}
            DayVerdict.objects.create(**day, difference=difference, is_signed_off=False)


@pytest.fixture
def shifts_among_days(days, ana, otto):
    """Shifts that wait, many of them equal in rank, amount and date, to each other and to days."""
    for difference in (-10_000, -10_000, -9_000, 10_000, 0, 0, None):
        billed = None if difference is None else {"billed_cash": 700_000 - difference}
        for days_ago in (2, 1):
            with periods.at(NOON - timedelta(days=days_ago)):
                for cashier in (ana, otto):
                    ShiftFactory(closed=True, cashier=cashier, billed=billed)


def page_of(rows, number, count, *, length=3, **asked):
    return CountedPaginator(rows, length, count=count, keyset=QUEUE, asked=asked).page(number)


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize(
    ("asked", "count"), [({}, 38), ({"pharmacy__name": "Central"}, 19), ({"result": "short"}, 16), ({"result": "x"}, 0)]
)
def test_every_page_of_the_queue_is_by_its_place_as_it_is_by_its_number(
    shifts_among_days, monkeypatch, asked, count, length
):
    monkeypatch.setattr(pagination, "DEEP", 0)
    rows = queue(**asked)
    plain = Paginator(rows[: count + 1], length)
    assert (plain.count, sum(rows.count() for rows in waiting(**asked))) == (count, count)
    found = page_of(rows, 1, count, length=length)
    assert list(found) == list(plain.page(1))
    for number in range(2, plain.num_pages + 1):
        found = by_place(rows, number, count, length=length, after=found.after)
        assert list(found) == list(plain.page(number)) == list(page_of(rows, number, count, length=length))
    for number in range(plain.num_pages - 1, 0, -1):
        found = by_place(rows, number, count, length=length, before=found.before)
        assert list(found) == list(plain.page(number))


def by_place(rows, number, count, **asked):
    """Return a page that is read in one query, which walks over nothing."""
    with CaptureQueriesContext(connection) as queries:
        page = page_of(rows, number, count, **asked)
    [query] = queries.captured_queries
    assert not re.search(r"OFFSET \d+$", query["sql"])
    return page


def test_of_a_range_beyond_one_that_is_enough_nothing_is_read(shifts_among_days):
    """Eight balance, and would not come first."""
    shifts, days = waiting()
    rows = Queue(lambda what: Rows(queue_places(shifts, days.none(), what)), ranges=(Q(rank=0), Q(rank=5)))
    assert [{place.rank for place in rows[:count]} for count in (1, 8, 9)] == [{5}, {5}, {0}]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL decides by how many rows there are")
@pytest.mark.parametrize("asked", [{"after": "3~9000~2026-07-18~0~1"}, {"before": "3~9000~2026-07-18~0~1"}])
def test_sqlite_reads_what_is_of_one_rank_from_the_index_and_sorts_none_of_it(days, monkeypatch, asked):
    """Of the further ranks too, once it knows how many rows there are."""
    monkeypatch.setattr(pagination, "DEEP", 0)
    seen = []

    def see(execute, sql, values, *others):
        seen.append((sql, values))
        return execute(sql, values, *others)

    with connection.execute_wrapper(see):
        page_of(queue(), 2, 10, **asked)
    [(sql, values)] = seen
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        steps = cursor.fetchall()
    read, put_in_order = (
        [parent for _id, parent, _unused, step in steps if told in step] for told in ("shift_in_queue", "ORDER BY")
    )
    assert read
    assert not set(read) & set(put_in_order)


def test_the_queue_goes_on_beside_a_place_whose_shift_was_signed_off_meanwhile(shifts_among_days, marta, monkeypatch):
    monkeypatch.setattr(pagination, "DEEP", 0)
    rows = queue()
    first, second, third = (page_of(rows, number, 38) for number in (1, 2, 3))
    mark_actions.sign_off_shift(second[2].id, note="fine", by=marta)
    assert list(page_of(rows, 3, 37, after=second.after)) == list(third)
    mark_actions.sign_off_shift(second[0].id, note="fine", by=marta)
    assert list(page_of(rows, 1, 36, before=second.before)) == list(first)


@pytest.mark.parametrize(
    "place",
    [
        "~~~~",
        "2026-01-01~2026-01-01T00:00:00+00:00~1",  # of the list of shifts
        "0~x~2026-07-19~0~1",
        "0~1~2026-02-30~0~1",
        "0~1~2026-07-19~0~1~1",
        f"0~{'9' * 5_000}~2026-07-19~0~1",
        f"{10**30}~0~2026-07-19~0~1",  # more than a column holds
        f"0~{10**30}~2026-07-19~0~1",
        f"0~{-(2**63)}~2026-07-19~0~1",
    ],
)
def test_a_place_that_is_none_leaves_the_number_of_the_page_of_the_queue(days, monkeypatch, place):
    monkeypatch.setattr(pagination, "DEEP", 0)
    rows = queue()
    assert list(page_of(rows, 2, 10, after=place, before=place)) == rows[3:6]
