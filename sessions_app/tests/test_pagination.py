import pytest
from django.core.paginator import EmptyPage, Paginator

from cashpilot.testing import closed_shift
from sessions_app.models import CashSession
from sessions_app.pagination import ShiftPaginator


@pytest.mark.parametrize("count", [0, 1, 3, 7, 8])
def test_every_page_is_as_the_plain_order_has_it(ana, count):
    for _ in range(count):
        closed_shift(ana)
    shifts = CashSession.objects.newest()
    ours, plain = ShiftPaginator(shifts, 2, count=count), Paginator(shifts, 2)
    assert ours.num_pages == plain.num_pages
    for number in plain.page_range:
        assert list(ours.page(number)) == list(plain.page(number))


def test_the_last_page_is_read_from_the_end(ana, django_assert_num_queries):
    for _ in range(7):
        closed_shift(ana)
    with django_assert_num_queries(1) as asked:
        ShiftPaginator(CashSession.objects.newest(), 2, count=7).get_page("4")
    assert "OFFSET" not in asked.captured_queries[0]["sql"]


@pytest.mark.parametrize(("asked", "given"), [("last", 1), ("99", 4), ("x", 1), ("0", 4), ("", 1)])
def test_nonsense_is_a_page_all_the_same(ana, asked, given):
    for _ in range(7):
        closed_shift(ana)
    assert ShiftPaginator(CashSession.objects.newest(), 2, count=7).get_page(asked).number == given


def test_a_page_beyond_the_end_is_none(db):
    with pytest.raises(EmptyPage):
        ShiftPaginator(CashSession.objects.newest(), 2, count=0).page(2)
