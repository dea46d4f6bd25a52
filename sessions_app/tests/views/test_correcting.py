"""The page that corrects a closed shift: the count by pieces, what else can be wrong, and the answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

SHEET = {"100000": 11, "50000": 1}
PREFILLED = {"final_cash": "1.150.000", "count_100000": "11", "count_50000": "1"}
WHY = {"reason": "counted again", "version": "2"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def reading_english(person):
    person.language = "en"
    person.save()
    return signed_in(person)


@pytest.fixture
def till(ana):
    return reading_english(ana)


@pytest.fixture
def office(marta):
    return reading_english(marta)


@pytest.fixture
def short(ana):
    """Opened with 500.000, 1.150.000 counted by pieces, 700.000 billed: 50.000 are missing."""
    return ShiftFactory(
        closed=True, cashier=ana, final_cash=1_150_000, count_sheet=SHEET, billed={"billed_cash": 700_000}
    )


@pytest.fixture
def cards_short(ana):
    """The cash balances; 80.000 were billed by card and 50.000 noted."""
    return ShiftFactory(
        closed=True,
        cashier=ana,
        card_batch=50_000,
        billed={"billed_cash": 700_000, "billed_card": 80_000},
    )


def correct(client, shift, **typed):
    return client.post(f"/sessions/{shift.pk}/correct/", {**WHY, **typed})


def counted(shift):
    shift.refresh_from_db()
    return shift.final_cash, shift.count_sheet


# --- The count --------------------------------------------------------------------------------------------------------


def test_the_page_holds_the_count_as_it_stands(short, till):
    form = till.get(f"/sessions/{short.pk}/correct/").context["form"]
    assert {name: form[name].value() for name in PREFILLED} == {
        "final_cash": 1_150_000,
        "count_100000": 11,
        "count_50000": 1,
    }


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # A new count brings its pieces, whether the total from before still stands there, was cleared, or left out.
        (PREFILLED | {"count_100000": "12", "count_50000": ""}, (1_200_000, {"100000": 12})),
        (PREFILLED | {"count_100000": "12", "count_50000": "", "final_cash": ""}, (1_200_000, {"100000": 12})),
        ({"count_100000": "12"}, (1_200_000, {"100000": 12})),
        (PREFILLED | {"final_cash": "1.200.000", "count_50000": "2"}, (1_200_000, {"100000": 11, "50000": 2})),
        # The same sum by other pieces.
        (PREFILLED | {"count_100000": "10", "count_50000": "3"}, (1_150_000, {"100000": 10, "50000": 3})),
        # An unchanged count keeps its pieces.
        (PREFILLED | {"notes": "rain"}, (1_150_000, SHEET)),
        (PREFILLED | {"notes": "rain", "final_cash": ""}, (1_150_000, SHEET)),
        ({"notes": "rain"}, (1_150_000, SHEET)),
        ({"final_cash": "1.150.000", "notes": "rain"}, (1_150_000, SHEET)),
        # Another total without other pieces drops them.
        (PREFILLED | {"final_cash": "1.200.000"}, (1_200_000, None)),
        ({"final_cash": "1.200.000"}, (1_200_000, None)),
        (PREFILLED | {"count_100000": "", "count_50000": ""}, (1_150_000, None)),
    ],
)
def test_the_total_and_its_pieces(typed, expected, short, till):
    assert correct(till, short, **typed).status_code == 302
    assert counted(short) == expected


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            PREFILLED | {"final_cash": "1.200.000", "count_50000": "3"},
            "The pieces add up to 1.250.000, but the total says 1.200.000. Recount, or clear one of the two.",
        ),
        (
            dict.fromkeys(PREFILLED, ""),
            "Count the drawer: write the total, or the pieces of each denomination.",
        ),
        ({"final_cash": ""}, "Count the drawer: write the total, or the pieces of each denomination."),
        ({"count_100000": "999999"}, "The largest amount is 9.999.999.999."),
    ],
)
def test_a_count_that_contradicts_itself_is_refused_at_its_field(typed, sentence, short, till):
    with nothing_written():
        response = correct(till, short, **typed)

    assert response.status_code == 422
    assert response.context["form"].errors == {"final_cash": [sentence]}


def test_a_correction_sent_twice_is_answered_the_same(short, till):
    typed = PREFILLED | {"count_50000": "2", "token": uuid4()}
    first = correct(till, short, **typed)
    with nothing_written():
        again = correct(till, short, **typed)

    assert (first.status_code, again.status_code) == (302, 302)
    assert counted(short) == (1_200_000, {"100000": 11, "50000": 2})


# --- What else can be wrong -------------------------------------------------------------------------------------------


def offered(response):
    """Method -> the kinds that can be noted for it."""
    return {
        off["line"].method: [kind for kind, _label in off["form"].fields["kind"].choices]
        for off in response.context["methods_off"]
    }


def test_its_own_form_comes_first_and_names_its_address(short, till):
    page = till.get(f"/sessions/{short.pk}/correct/").text
    main = page[page.index("<main") :]
    assert main.split("<form ")[1].startswith(f'method="post" action="/sessions/{short.pk}/correct/"')


def test_late_movements_are_offered_for_the_method_that_is_off(short, cards_short, till, office):
    assert offered(till.get(f"/sessions/{short.pk}/correct/")) == {
        "cash": ["expense", "envelope", "cash_in", "collection"]
    }
    assert offered(till.get(f"/sessions/{cards_short.pk}/correct/")) == {"card": ["card"]}
    assert offered(office.get(f"/sessions/{cards_short.pk}/correct/")) == {"card": ["card"]}


def test_nothing_is_offered_for_a_shift_that_balances_or_is_not_compared(ana, till):
    for billed in ({"billed_cash": 700_000}, {"billed_card": 80_000}):
        shift = ShiftFactory(closed=True, cashier=ana, billed=billed)
        assert till.get(f"/sessions/{shift.pk}/correct/").context["methods_off"] == []


def test_what_is_noted_for_the_method_can_be_voided_there(cards_short, ana, till):
    movement_actions.add_movement(cards_short.pk, new=NewMovement(Kind.CARD, 500), reason="late", by=ana)
    wrong = movement_actions.add_movement(cards_short.pk, new=NewMovement(Kind.CARD, 700), reason="late", by=ana)
    movement_actions.void_movement(cards_short.pk, wrong.pk, reason="not ours", by=ana)
    movement_actions.add_movement(cards_short.pk, new=NewMovement(Kind.TRANSFER, 1, "Gómez"), reason="late", by=ana)
    page = till.get(f"/sessions/{cards_short.pk}/correct/")
    (off,) = page.context["methods_off"]
    noted = [line["movement"] for line in off["noted"]]

    assert [movement.amount for movement in noted] == [500, 50_000]
    for movement in noted:
        assert f'action="/sessions/{cards_short.pk}/movements/{movement.pk}/void/"' in page.text
    assert f'action="/sessions/{cards_short.pk}/movements/"' in page.text


def test_who_may_not_correct_any_more_is_offered_nothing(short, till):
    with periods.at(short.closed_at + timedelta(days=2)):
        page = till.get(f"/sessions/{short.pk}/correct/")
    assert "methods_off" not in page.context
    assert "<form method" not in page.text.split("<main")[1].split("</main")[0]


# --- The main act of the shift's page ---------------------------------------------------------------------------------


def main_act(client, shift):
    """The address that the main button of the verdict leads to."""
    verdict = client.get(f"/sessions/{shift.pk}/").text.split('class="verdict__next"')[1]
    return verdict.split('class="button button--main" href="')[1].split('"')[0]


def test_the_main_button_follows_the_method_the_age_and_the_reader(short, cards_short, till, office):
    path = f"/sessions/{short.pk}/correct/"
    assert main_act(till, short) == f"{path}#count"
    assert main_act(till, cards_short) == f"/sessions/{cards_short.pk}/correct/#late-card"
    with periods.at(short.closed_at + timedelta(hours=3)):
        assert main_act(till, short) == f"{path}#late-cash"
    with periods.at(short.closed_at + timedelta(weeks=2)):
        assert main_act(office, short) == "#sign_off_note"
        assert main_act(till, short) == "#reply_text"


# --- The answer -------------------------------------------------------------------------------------------------------

GONE = "Before: ₲\u00a050.000 were missing. Now: it balances. It is recorded under your name."


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_a_correction_is_answered_with_the_difference_before_and_after(short, till):
    response = till.post(f"/sessions/{short.pk}/correct/", {**WHY, "count_100000": "12"}, follow=True)
    assert said(response) == [f"Counted cash 1.150.000 → 1.200.000. {GONE}"]
    assert "Before: ₲\u00a050.000 were missing." in response.text


def test_so_is_a_late_movement_and_a_void(short, till):
    taxi = {"kind": "expense", "amount": "50.000", "description": "taxi", "reason": "forgotten"}
    noted = till.post(f"/sessions/{short.pk}/movements/", taxi, follow=True)
    path = f"/sessions/{short.pk}/movements/{short.movements.get().pk}/void/"
    voided = till.post(path, {"reason": "it was not"}, follow=True)

    assert said(noted) == [GONE]
    assert said(voided) == ["Before: it balanced. Now: ₲\u00a050.000 are missing. It is recorded under your name."]


def test_what_is_noted_while_the_shift_is_open_is_no_correction(ana, till):
    shift = ShiftFactory(cashier=ana)
    path = f"/sessions/{shift.pk}/movements/"
    noted = till.post(path, {"kind": "card", "amount": "1.000"}, follow=True)
    voided = till.post(f"{path}{shift.movements.get().pk}/void/", {"reason": "otra vez"}, follow=True)
    assert (said(noted), said(voided)) == ([], [])


def test_what_is_sent_again_says_nothing_more(short, till):
    typed = WHY | {"count_100000": "12", "token": str(uuid4())}
    till.post(f"/sessions/{short.pk}/correct/", typed, follow=True)
    assert said(till.post(f"/sessions/{short.pk}/correct/", typed, follow=True)) == []


def test_a_signed_off_shift_that_is_corrected_waits_again(short, marta, till):
    mark_actions.sign_off_shift(short.pk, note="fine", by=marta)
    correct(till, short, count_100000="12", version="3")
    short.refresh_from_db()
    assert short.signed_off_at is None


@pytest.mark.django_db
def test_what_balances_only_since_a_correction_is_not_done_until_it_is_signed_off(ana, till, office, marta):
    short = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 750_000})
    forgotten = NewMovement(Kind.EXPENSE, 50_000, "Taxi")
    movement_actions.add_movement(short.pk, new=forgotten, reason="la boleta estaba aparte", by=ana)
    page, done = f"/sessions/{short.pk}/", "Next: nothing. The shift is done."
    own, administrators = till.get(page).text, office.get(page).text
    assert "It did not balance when it was closed, so it is looked at once more." in own
    assert "It did not balance when it was closed: look at what was noted or corrected since." in administrators
    assert (done in own, done in administrators) == (False, False)
    mark_actions.sign_off_shift(short.pk, note="Con la boleta", by=marta)
    assert done in till.get(page).text
