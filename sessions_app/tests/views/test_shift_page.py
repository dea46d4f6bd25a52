"""The address of a shift."""

from uuid import uuid4

import pytest

from sessions_app.tests.views.pages import page
from testing.database import nothing_written

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 19, "9" * 40, "9" * 5000])
def test_a_shift_that_was_never_there_is_not_found(number, till):
    paths = [f"/sessions/{number}/", f"/sessions/{number}/close/"]

    assert [till.get(path).status_code for path in paths] == [404, 404]
    assert till.post(paths[1], {"final_cash": "1"}).status_code == 404


def test_a_number_written_with_zeros_is_the_same_shift(opened, till):
    """The address is part of what makes a form be carried out once, and its column has an end."""
    path = f"/sessions/{'0' * 200}{opened.pk}/close/"

    assert till.post(path, {"final_cash": "1", "token": uuid4()}).status_code == 302


def test_a_shift_goes_out_of_sight_with_its_assignment(opened, till, ana):
    ana.assignments.all().delete()
    with nothing_written():
        answers = [till.get(page(opened)), till.post(page(opened, "close/"), {"final_cash": "1"})]

    assert [answer.status_code for answer in answers] == [404, 404]
