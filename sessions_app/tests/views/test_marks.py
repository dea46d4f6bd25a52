"""Marks through their forms."""

import pytest

from sessions_app.tests.views.pages import errors, page
from testing.database import nothing_written

pytestmark = pytest.mark.usefixtures("english")
NOTHING_TO_DECIDE = "Nothing that arrived says another amount than was written, or it was decided already."


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


@pytest.mark.parametrize(
    ("first", "then", "words", "why"),
    [
        ("flag", "flag", "reason", "This shift is already flagged."),
        ("review", "review", "note", "This shift was already signed off."),
        ("", "unflag", "reason", "This shift is not flagged."),
        ("", "restore", "reason", "This shift is not deleted."),
        ("delete", "flag", "reason", "This shift was deleted."),
        ("delete", "delete", "reason", "This shift was deleted."),
        ("delete", "reply", "text", "This shift was deleted."),
        ("delete", "movements", "reason", "This shift was deleted."),
        ("delete", "close-uncounted", "reason", "This shift was deleted."),
        ("", "decide", "reason", NOTHING_TO_DECIDE),
    ],
)
def test_the_page_says_why_even_where_the_act_is_offered_no_more(first, then, words, why, closed, boss):
    """Of two who are on the same page the first one was quicker; what was typed may be wrong besides."""
    if first:
        boss.post(page(closed, f"{first}/"), {"reason": "because", "note": "because"})
    for typed in ("because", ""):
        answer = boss.post(page(closed, f"{then}/"), {words: typed})
        assert answer.status_code in (409, 422)
        assert f'<p class="notice notice--error" role="alert">{why}</p>' in answer.text


@pytest.mark.parametrize(("mark", "undo"), [("flag", "unflag"), ("delete", "restore")])
def test_a_mark_is_taken_off_by_its_form(mark, undo, closed, boss):
    with nothing_written():
        early = boss.post(page(closed, f"{undo}/"), {"reason": "because"})
    boss.post(page(closed, f"{mark}/"), {"reason": "because"})

    assert (early.status_code, list(errors(early, f"{undo}_form"))) == (422, ["__all__"])
    assert boss.post(page(closed, f"{undo}/"), {"reason": "cleared"}).status_code == 302
