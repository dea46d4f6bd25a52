"""Marks through their forms."""

import pytest

from sessions_app.tests.views.pages import errors, page
from testing.database import nothing_written

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize(
    ("mark", "form", "words", "status"),
    # Two who go through the queue together meet at a sign-off.
    [
        ("flag", "flag_form", "reason", 422),
        ("review", "sign_off_form", "note", 409),
        ("delete", "delete_form", "reason", 422),
    ],
)
def test_a_mark_is_set_by_its_form_and_refused_the_second_time(mark, form, words, status, closed, boss):
    assert boss.post(page(closed, f"{mark}/"), {words: "because"}).headers["Location"] == page(closed)
    with nothing_written():
        again = boss.post(page(closed, f"{mark}/"), {words: "because"})

    assert (again.status_code, list(errors(again, form))) == (status, ["__all__"])


@pytest.mark.parametrize(("mark", "undo"), [("flag", "unflag"), ("delete", "restore")])
def test_a_mark_is_taken_off_by_its_form(mark, undo, closed, boss):
    with nothing_written():
        early = boss.post(page(closed, f"{undo}/"), {"reason": "because"})
    boss.post(page(closed, f"{mark}/"), {"reason": "because"})

    assert (early.status_code, list(errors(early, f"{undo}_form"))) == (422, ["__all__"])
    assert boss.post(page(closed, f"{undo}/"), {"reason": "cleared"}).status_code == 302
