"""Under htmx an answer is the part of the page that changes."""

import pytest

from sessions_app.tests.views.pages import HTMX, LOGIN, page

pytestmark = pytest.mark.usefixtures("english")


def test_under_htmx_the_answer_is_the_part_that_changes(opened, till):
    good = till.post(page(opened, "movements/"), {"kind": "card", "amount": "1.000"}, headers=HTMX)
    bad = till.post(page(opened, "movements/"), {"kind": "card", "amount": "mil"}, headers=HTMX)
    rows = till.get("/", headers=HTMX)
    full = till.get("/")

    assert [answer.status_code for answer in (good, bad, rows, full)] == [200, 422, 200, 200]
    assert ["<html" in answer.content.decode() for answer in (good, bad, rows, full)] == [False, False, False, True]
    assert bad.context["movement_form"]["amount"].value() == "mil"
    assert ["HX-Request" in answer.headers["Vary"] for answer in (good, bad, rows, full)] == [True] * 4


def test_signed_out_under_htmx_the_whole_page_goes_to_sign_in(opened, till):
    till.logout()
    for path in ("/", page(opened)):
        response = till.get(path, headers=HTMX)
        assert (response.status_code, response.headers["HX-Redirect"]) == (204, f"{LOGIN}{path}")
        assert "Location" not in response.headers
