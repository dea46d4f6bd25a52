"""The page on which the opening of an open shift is corrected."""

import pytest

from sessions_app.actions import shifts as shift_actions
from sessions_app.models import CashSession
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
SENT = {"initial_cash": "450.000", "notes": "less", "reason": "miscounted", "version": "1"}


@pytest.fixture
def till(ana):
    ana.language = "en"
    ana.save()
    return signed_in(ana)


@pytest.fixture
def address(ana):
    return f"/sessions/{ShiftFactory(cashier=ana).pk}/"


def test_the_shift_links_to_it_and_it_asks_for_these_fields_alone(address, till):
    assert f'href="{address}correct/"' in till.get(address).text
    form = till.get(f"{address}correct/").context["form"]
    assert [(name, form[name].value()) for name in form.fields] == [
        ("initial_cash", 500_000),
        ("notes", ""),
        ("reason", None),
        ("version", 1),
    ]


def test_what_was_typed_is_stored_and_the_page_tells_it(address, till):
    shown = till.post(f"{address}correct/", SENT | {"final_cash": "1", "billed_cash": "1"}, follow=True)
    stored = CashSession.objects.values("initial_cash", "notes", "final_cash", "billed_cash", "status").get()
    assert stored == {
        "initial_cash": 450_000,
        "notes": "less",
        "final_cash": None,
        "billed_cash": None,
        "status": "open",
    }
    assert [str(message) for message in shown.context["messages"]] == ["Opening cash 500.000 → 450.000"]
    entry = shown.context["history"][0]
    assert (entry.what, entry.why) == ("Corrected", "miscounted")
    assert ("opening cash", "500.000", "450.000") in [(one.label, one.old, one.new) for one in entry.changes]


def test_what_is_left_out_stays(address, till):
    assert till.post(f"{address}correct/", {"notes": "n", "reason": "otra vez", "version": "1"}).status_code == 302
    assert CashSession.objects.values_list("initial_cash", "notes").get() == (500_000, "n")


@pytest.mark.parametrize("missing", ["reason", "version"])
def test_without_a_reason_or_a_version_it_is_refused(missing, address, till):
    with nothing_written():
        refused = till.post(f"{address}correct/", {name: value for name, value in SENT.items() if name != missing})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [missing])


def test_an_old_page_shows_both_values_and_may_be_sent_again(address, till):
    till.post(f"{address}correct/", SENT)
    stale = till.post(f"{address}correct/", SENT | {"initial_cash": "460.000", "reason": "again"})
    assert (stale.status_code, "The shift now says: 450.000" in stale.text) == (409, True)
    assert stale.context["form"]["version"].value() == "2"


def test_closed_meanwhile_the_page_says_so(address, till, ana):
    shift_actions.close_shift(CashSession.objects.get().pk, final_cash=1, by=ana)
    answer = till.post(f"{address}correct/", SENT)
    assert answer.status_code == 409
    assert CashSession.objects.get().initial_cash == 500_000


def test_the_gap_to_the_shift_before_is_told_with_the_first_value(ana, beto, marta):
    ShiftFactory(cashier=ana, closed=True, final_cash=600_000)
    shift = ShiftFactory(cashier=beto)
    shift_actions.correct_opening(shift.pk, initial_cash=600_000, notes="", version=1, reason="otra vez", by=beto)
    marta.language = "en"
    marta.save()
    page = signed_in(marta).get(f"/sessions/{shift.pk}/").text
    assert "opened with ₲\u00a0500.000; shift" in page
    assert "left ₲\u00a0600.000:" in page
