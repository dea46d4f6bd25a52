"""Each form with anything that can be typed or sent: it is kept at its field, and nothing is stored."""

import pytest

from cashpilot.money import DENOMINATIONS
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from sessions_app.tests.views.pages import errors, page
from testing.database import nothing_written
from testing.factories import PharmacyFactory

pytestmark = pytest.mark.usefixtures("english")


# --- Whatever is typed ------------------------------------------------------------------------------------------------


KINDS = [kind.value for kind in Kind]
BILLED = ["billed_cash", "billed_card", "billed_transfer", "billed_credit"]
PIECES = [f"count_{denomination}" for denomination in DENOMINATIONS]

# Form -> the shift it is about, its money, its other numbers, its texts, and what is otherwise needed.
FORMS = {
    "open": (None, ["initial_cash", "expense"], ["register"], ["notes", "expense_description"]),
    "close": (
        "opened",
        ["final_cash", *KINDS, *BILLED],
        ["ticket_count", "version", *PIECES],
        ["ticket_number", "notes", "transfer_description", "transfer_reference", "expense_description"],
    ),
    "correct": (
        "closed",
        ["initial_cash", "final_cash", *BILLED],
        ["ticket_count", "version", *PIECES],
        ["ticket_number", "notes", "reason"],
    ),
    "movements": ("opened", ["amount"], [], ["description", "reference"]),
    "flag": ("opened", [], [], ["reason"]),
}
NEEDED = {
    "open": {"initial_cash": "500.000"},
    "close": {"final_cash": "500.000"},
    "correct": {"reason": "recounted", "version": "2"},
    "movements": {"kind": "expense", "amount": "15.000", "description": "ice"},
    "flag": {"reason": "short"},
}
NO_NUMBER = {
    "letters": "mil",
    "an exponent": "1e9",
    "not a number": "NaN",
    "infinite": "Infinity",
    "below zero": "-5",
    "Arabic digits": "٣٤",
    "full-width digits": "３４",
    "forty digits": "9" * 40,
    "a NUL": "\x00",
    "a NUL within": "1\x000",
    "ten thousand characters": "1" * 10_000,
    "markup": "<script>alert(1)</script>",
    "an underscore": "1_000",
    "a decimal point": "1.5",
    "a decimal comma": "1.234,56",
    "a sum with a gap": "1+",
}
NO_TEXT = {"a NUL": "a\x00b", "ten thousand characters": "x" * 10_000}


@pytest.fixture
def send(request, bilingual, central):
    """Post one of the forms to its page, about a shift that is there already."""

    def sender(name):
        path, place = "/sessions/open/", {"pharmacy": central.pk}
        if FORMS[name][0]:
            path, place = page(request.getfixturevalue(FORMS[name][0]), f"{name}/"), {}
        return lambda sent: bilingual.post(path, place | sent)

    return sender


def form_of(response, name):
    return response.context[{"movements": "movement_form", "flag": "flag_form"}.get(name, "form")]


def is_kept_at_its_fields(name, names, inputs, post):
    """Nothing is stored; the error stands at each field, beside what was typed."""
    for label, typed in inputs.items():
        response = post(NEEDED[name] | dict.fromkeys(names, typed))
        form = form_of(response, name)

        assert (label, response.status_code, form.errors.keys()) == (label, 422, set(names))
        assert {field: form[field].value() for field in names} == dict.fromkeys(names, typed)


@pytest.mark.parametrize("name", [name for name in FORMS if name != "flag"])
def test_what_is_no_number_is_kept_at_its_field_and_nothing_is_stored(name, send):
    post = send(name)
    with nothing_written():
        is_kept_at_its_fields(name, [*FORMS[name][1], *FORMS[name][2]], NO_NUMBER, post)


@pytest.mark.parametrize("name", FORMS)
def test_a_text_that_cannot_be_stored_is_kept_at_its_field(name, send):
    post = send(name)
    with nothing_written():
        is_kept_at_its_fields(name, FORMS[name][3], NO_TEXT, post)


REQUIRED = {
    "open": {"initial_cash"},
    "close": {"final_cash"},
    "correct": {"reason", "version"},
    "movements": {"kind", "amount"},
    "flag": {"reason"},
}


@pytest.mark.parametrize("name", FORMS)
def test_an_empty_form_names_what_is_needed(name, send):
    post = send(name)
    with nothing_written():
        response = post({})

    assert (response.status_code, form_of(response, name).errors.keys()) == (422, REQUIRED[name])


def test_blank_is_never_zero_where_a_count_is_required(closed, till):
    sent = {"initial_cash": " ", "final_cash": "", "reason": "recounted", "version": 2}
    with nothing_written():
        response = till.post(page(closed, "correct/"), sent)

    assert response.status_code == 422
    assert errors(response) == {
        "initial_cash": ["This field is required."],
        "final_cash": ["Count the drawer: write the total, or the pieces of each denomination."],
    }


def test_a_billed_figure_left_blank_is_unknown_and_a_zero_is_zero(opened, till):
    till.post(page(opened, "close/"), {"final_cash": "0", "billed_cash": "", "billed_card": "0"})
    opened.refresh_from_db()

    assert (opened.final_cash, opened.billed_cash, opened.billed_card) == (0, None, 0)


@pytest.mark.parametrize(
    "typed", ["1250000", "1.250.000", "1 250 000", "1,250,000", "₲ 1.250.000", "Gs. 1.250.000", " 1.000.000 + 250.000 "]
)
def test_an_amount_is_read_however_people_write_it(typed, till, central):
    response = till.post("/sessions/open/", {"pharmacy": central.pk, "initial_cash": typed})

    assert (response.status_code, CashSession.objects.get().initial_cash) == (302, 1_250_000)


def test_an_amount_error_names_what_is_accepted(till, central):
    said = "Write whole guaraníes without decimals, for example 1.250.000 or 1.500+2.000."
    too_much = "The largest amount is 9.999.999.999."
    for typed, sentence in (("1.234,56", said), ("10000000000", too_much)):
        response = till.post("/sessions/open/", {"pharmacy": central.pk, "initial_cash": typed})
        assert errors(response) == {"initial_cash": [sentence]}


def test_markup_is_text(opened, till):
    typed = "<script>alert(1)</script>"
    response = till.post(
        page(opened, "movements/"), {"kind": "expense", "amount": "1.000", "description": typed}, follow=True
    )

    assert Movement.objects.get().description == typed
    assert typed not in response.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.content.decode()


def test_a_field_sent_twice_counts_as_it_was_sent_last(opened, till):
    till.post(page(opened, "movements/"), {"kind": "card", "amount": ["1.000", "2.000"]})

    assert Movement.objects.get().amount == 2_000


@pytest.mark.parametrize("kind", ["tip", "", "\x00", "Expense", "x" * 10_000])
def test_a_kind_that_does_not_exist_is_refused(kind, opened, till):
    with nothing_written():
        response = till.post(page(opened, "movements/"), {"kind": kind, "amount": "1.000"})

    assert (response.status_code, errors(response, "movement_form").keys()) == (422, {"kind"})


@pytest.mark.parametrize("token", ["x", "\x00", "1" * 10_000])
def test_a_token_that_is_none_is_refused(token, opened, till):
    with nothing_written():
        response = till.post(page(opened, "movements/"), {"kind": "card", "amount": "1.000", "token": token})

    assert (response.status_code, errors(response, "movement_form").keys()) == (422, {"token"})


@pytest.mark.parametrize("kind", ["expense", "transfer"])
def test_an_expense_and_a_transfer_say_what_they_were(kind, opened, till):
    with nothing_written():
        moved = till.post(page(opened, "movements/"), {"kind": kind, "amount": "1.000", "description": " "})
        closing = till.post(page(opened, "close/"), {"final_cash": "0", kind: "1.000"})

    said = ["Describe it in a few words."]
    assert (moved.status_code, errors(moved, "movement_form")) == (422, {"description": said})
    assert (closing.status_code, errors(closing)) == (422, {f"{kind}_description": said})


def test_a_movement_of_nothing_is_refused(opened, till):
    with nothing_written():
        response = till.post(page(opened, "movements/"), {"kind": "card", "amount": "0"})

    assert (response.status_code, errors(response, "movement_form").keys()) == (422, {"amount"})


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (
            {"final_cash": "100.000", "count_50000": "1"},
            "The pieces add up to 50.000, but the total says 100.000. Recount, or clear one of the two.",
        ),
        ({"final_cash": ""}, "Count the drawer: write the total, or the pieces of each denomination."),
        ({"count_100000": "1000000"}, "The largest amount is 9.999.999.999."),
    ],
)
def test_a_count_that_is_none_is_refused(sent, sentence, opened, till):
    with nothing_written():
        response = till.post(page(opened, "close/"), sent)

    assert (response.status_code, errors(response)) == (422, {"final_cash": [sentence]})


def test_pieces_make_the_count(opened, till):
    till.post(page(opened, "close/"), {"count_100000": "3x10+2", "count_50": "0", "count_500": " 3 "})
    opened.refresh_from_db()

    assert opened.final_cash == 3_201_500
    assert opened.count_sheet == {"100000": 32, "500": 3, "50": 0}


# --- Where and who ----------------------------------------------------------------------------------------------------


NO_PLACE = ["", "x", "\x00", "0", "-1", "9" * 40, "1" * 10_000]


@pytest.mark.parametrize("pharmacy", NO_PLACE)
def test_a_pharmacy_that_does_not_exist_is_refused(pharmacy, till, central):
    with nothing_written():
        response = till.post("/sessions/open/", {"pharmacy": pharmacy, "initial_cash": "1"})

    assert (response.status_code, errors(response).keys()) == (422, {"pharmacy"})


@pytest.mark.parametrize("cashier", NO_PLACE[1:])
def test_a_cashier_who_does_not_exist_is_refused(cashier, boss, central):
    with nothing_written():
        sent = {"pharmacy": central.pk, "initial_cash": "1", "cashier": cashier}
        response = boss.post("/sessions/open/", sent)

    assert (response.status_code, errors(response).keys()) == (422, {"cashier"})


def test_a_foreign_an_inactive_and_a_left_pharmacy_are_no_choice(till, ana, central, luque):
    vieja = PharmacyFactory(name="Vieja", is_active=False)
    ana.assignments.create(pharmacy=vieja)
    ana.assignments.get(pharmacy=central).delete()
    for pharmacy in (luque, vieja, central):
        with nothing_written():
            response = till.post("/sessions/open/", {"pharmacy": pharmacy.pk, "initial_cash": "1"})
        assert (response.status_code, errors(response).keys()) == (422, {"pharmacy"})


def test_somebody_who_opens_no_shifts_is_no_choice(boss, carla, central):
    sent = {"pharmacy": central.pk, "initial_cash": "1", "cashier": carla.pk}
    with nothing_written():
        response = boss.post("/sessions/open/", sent)

    assert (response.status_code, errors(response).keys()) == (422, {"cashier"})
