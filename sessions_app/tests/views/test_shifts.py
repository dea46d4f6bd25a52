"""The pages as they are used and misused, in both languages: statuses, what the form says, what is stored."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import translation

from cashpilot import periods
from cashpilot.money import DENOMINATIONS
from pharmacies import actions as pharmacy_actions
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Result, Status
from sessions_app.models import CashSession, Movement
from testing.client import signed_in
from testing.database import nothing_written, update
from testing.factories import PharmacyFactory, ShiftFactory

LOGIN = "/accounts/login/?next="
STALE = "The shift changed while you had this page open. Compare, and send it again if it still holds."


@pytest.fixture(autouse=True)
def _english():
    """What a test reads after an answer; the answer itself is in the language of the person."""
    with translation.override("en"):
        yield


@pytest.fixture
def till(ana):
    ana.language = "en"
    ana.save()
    return signed_in(ana)


@pytest.fixture
def boss(marta):
    marta.language = "en"
    marta.save()
    return signed_in(marta)


@pytest.fixture(params=["es", "en"])
def bilingual(request, ana):
    """Ana's till, in each language."""
    ana.language = request.param
    ana.save()
    return signed_in(ana)


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana)


def balanced(cashier, *, billed_cash=1_000_000, **differing):
    """A closed shift that sold 1.000.000, but for what is `differing`."""
    envelope = NewMovement(Kind.ENVELOPE, 300_000)
    return ShiftFactory(
        closed=True, cashier=cashier, movements=[envelope], billed={"billed_cash": billed_cash}, **differing
    )


@pytest.fixture
def closed(ana):
    return balanced(ana)


def page(shift, name=""):
    return f"/sessions/{shift.pk}/{name}"


def errors(response, form="form"):
    """Field -> the sentences beside it."""
    return {name: list(said) for name, said in response.context[form].errors.items()}


# --- Whatever is typed ------------------------------------------------------------------------------------------------

KINDS = [kind.value for kind in Kind]
BILLED = ["billed_cash", "billed_card", "billed_transfer", "billed_credit"]
PIECES = [f"count_{denomination}" for denomination in DENOMINATIONS]
MARKS = ["flag", "unflag", "review", "delete", "restore"]
# Form -> the shift it is about, its money, its other numbers, its texts, and what is otherwise needed.
FORMS = {
    "open": (None, ["initial_cash", "expense"], ["register"], ["notes", "expense_description"]),
    "close": (
        "opened",
        ["final_cash", *KINDS, *BILLED],
        ["ticket_count", "version", *PIECES],
        ["ticket_number", "notes", "transfer_description", "expense_description"],
    ),
    "correct": (
        "closed",
        ["initial_cash", "final_cash", *BILLED],
        ["ticket_count", "version", *PIECES],
        ["ticket_number", "notes", "reason"],
    ),
    "movements": ("opened", ["amount"], [], ["description"]),
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


def test_an_administrator_opens_for_a_cashier(boss, ana, central):
    boss.post("/sessions/open/", {"pharmacy": central.pk, "initial_cash": "1", "cashier": ana.pk, "register": "2"})

    assert CashSession.objects.values_list("cashier", "register").get() == (ana.pk, 2)


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


def test_an_inactive_pharmacy_still_lets_its_shifts_close(opened, till):
    update(Pharmacy.objects.all(), is_active=False)

    assert till.post(page(opened, "close/"), {"final_cash": "1"}).status_code == 302


@pytest.mark.parametrize("how", ["signed out", "disabled"])
def test_who_is_no_longer_signed_in_is_sent_to_sign_in_and_nothing_is_stored(how, opened, till, ana):
    if how == "signed out":
        till.logout()
    else:
        update(type(ana).objects.filter(pk=ana.pk), is_active=False)
    for path in (page(opened, "close/"), page(opened, "movements/"), "/sessions/open/"):
        with nothing_written():
            seen = {"referer": f"http://testserver{page(opened)}"}
            response = till.post(path, {"final_cash": "1", "kind": "card", "amount": "1"}, headers=seen)
        back = f"{LOGIN}http%3A//testserver{page(opened)}"
        assert (response.status_code, response.headers["Location"]) == (302, back)


def test_without_the_csrf_token_nothing_is_taken(opened, ana):
    till = Client(enforce_csrf_checks=True)
    till.force_login(ana, backend="accounts.backends.RoleBackend")
    movement = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1), by=ana)
    about = [
        "movements",
        f"movements/{movement.pk}/void",
        f"movements/{movement.pk}/verify",
        "close",
        "correct",
        *MARKS,
    ]
    paths = ["/sessions/open/", "/i18n/setlang/", "/accounts/logout/", *(page(opened, f"{name}/") for name in about)]
    with nothing_written():
        assert {path: till.post(path, NEEDED["close"]).status_code for path in paths} == dict.fromkeys(paths, 403)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(method, opened, closed_of_beto, boss):
    pages = ["/", "/sessions/open/", page(opened), page(opened, "close/"), page(closed_of_beto, "correct/")]
    with nothing_written():
        statuses = [getattr(boss, method)(path).status_code for path in pages]

    assert statuses == [200, 200, 200, 200, 200] if method == "get" else [200, 405, 200, 405, 405]


@pytest.fixture
def closed_of_beto(beto):
    return balanced(beto, register=2)


def test_what_writes_is_only_posted_and_what_shows_is_never(opened, boss):
    movement = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1), by=opened.cashier)
    posted = ["movements", f"movements/{movement.pk}/void", f"movements/{movement.pk}/verify", *MARKS]
    with nothing_written():
        assert [boss.get(page(opened, f"{name}/")).status_code for name in posted] == [405] * len(posted)
        assert [boss.post("/").status_code, boss.post(page(opened)).status_code] == [405, 405]
        assert [boss.put(page(opened, "close/")).status_code, boss.delete(page(opened)).status_code] == [405, 405]


# --- The dashboard's query --------------------------------------------------------------------------------------------

JUNK = {
    "page=abc": 200,
    "page=-1": 200,
    "page=0": 200,
    "page=1.5": 200,
    f"page={'9' * 4000}": 200,
    f"page={'9' * 5000}": 200,
    "page=%00": 200,
    "page=%ED%A0%80": 200,
    "page=1&page=x": 200,
    "unknown=1": 200,
    "date_from=": 200,
    "date_from=0001-01-01&date_to=9999-12-31": 200,
    "date_from=2026-12-31&date_to=2026-01-01": 200,
    "date_from=2026-13-45": 422,
    "date_from=10000-01-01": 422,
    "date_from=%00": 422,
    "date_from=%ED%A0%80": 422,
    f"date_to={'9' * 4000}": 422,
    "cashier=x": 422,
    "cashier=0": 422,
    "pharmacy=x": 422,
    "pharmacy=%00": 422,
    f"pharmacy={'9' * 4000}": 422,
    "status=lost": 422,
    "result=%ED%A0%80": 422,
    "flagged=zzz": 422,
    "flagged=1": 200,
    "flagged=0": 200,
    "%00=%00": 200,
    "&&&===": 200,
}


@pytest.mark.parametrize(("query", "status"), JUNK.items(), ids=lambda part: str(part)[:40])
def test_no_query_breaks_the_list(query, status, closed, boss):
    response = boss.get(f"/?{query}")

    assert response.status_code == status
    # A filter that cannot be read shows nothing, rather than everything.
    shown = status == 200 and not {"flagged=1", "date_from=2026-12-31&date_to=2026-01-01"} & {query}
    assert list(response.context["page"]) == ([closed] if shown else [])


@pytest.fixture
def listed(ana, beto, otto, marta):
    """One shift of each sort, by name."""
    shifts = {
        "open": ShiftFactory(cashier=ana),
        "balanced": balanced(beto, register=2),
        "short": balanced(beto, register=2, final_cash=1_185_000),
        "not_compared": balanced(beto, register=2, billed_cash=None),
        "deleted": balanced(otto),
    }
    with periods.at(periods.now() - timedelta(days=10)):
        shifts["early"] = balanced(otto)
    mark_actions.flag_shift(shifts["short"].pk, reason="why", by=marta)
    mark_actions.delete_shift(shifts["deleted"].pk, reason="twice", by=marta)
    return shifts


def test_the_list_shows_what_is_asked_for(listed, boss, ana, beto, luque):
    early = listed["early"].business_date
    live = ["open", "not_compared", "short", "balanced", "early"]
    asked = {
        "": live,
        "status=open": ["open"],
        "status=closed": live[1:],
        "status=deleted": ["deleted"],
        f"cashier={beto.pk}": ["not_compared", "short", "balanced"],
        f"pharmacy={luque.pk}": ["early"],
        "result=short": ["short"],
        "result=not_compared": ["not_compared"],
        "flagged=1": ["short"],
        "flagged=0": ["open", "not_compared", "balanced", "early"],
        f"date_to={early}": ["early"],
        f"date_from={early + timedelta(days=1)}": live[:-1],
        f"date_from={early}&date_to={early}&pharmacy={luque.pk}&status=closed": ["early"],
        f"cashier={ana.pk}&status=closed": [],
    }
    names = {shift.pk: name for name, shift in listed.items()}

    assert {query: [names[row.pk] for row in boss.get(f"/?{query}").context["page"]] for query in asked} == asked


def test_the_totals_are_those_of_the_list(listed, boss):
    totals = boss.get("/").context["totals"]

    assert totals == {
        "count": 5,
        "sales": 1_000_000 + 985_000 + 1_000_000 + 1_000_000,
        "cash": 3_985_000,
        "card": 0,
        "transfer": 0,
        "credit": 0,
        "expenses": 0,
        "envelopes": 1_200_000,
        "short": -15_000,
        "over": 0,
        "not_compared": 1,
        "still_open": 1,
    }


def test_a_cashier_filters_only_what_is_theirs(listed, till, beto):
    assert [row.pk for row in till.get(f"/?cashier={beto.pk}").context["page"]] == [listed["open"].pk]
    assert till.get("/?status=deleted").status_code == 422


def test_pages_follow_each_other(ana, boss):
    shifts = [balanced(ana, final_cash=number).pk for number in range(26)]
    first, second = boss.get("/").context["page"], boss.get("/?page=2").context["page"]

    assert [row.pk for row in [*first, *second]] == shifts[::-1]
    assert (len(first), len(second)) == (25, 1)


# --- The main job, from opening to verdict ----------------------------------------------------------------------------

# initial, what closing says, and: cash sales, result, how much. From section 3 of the design.
WORKED = {
    "not compared": (
        "500.000",
        {"final_cash": "1.200.000", "envelope": "300.000"},
        (1_000_000, Result.NOT_COMPARED, None),
    ),
    "short": (
        "500.000",
        {"final_cash": "1.200.000", "envelope": "300.000", "billed_cash": "1.015.000"},
        (1_000_000, Result.SHORT, 15_000),
    ),
    "short beside expenses and debts": (
        "500.000",
        {
            "final_cash": "1.260.000",
            "envelope": "300.000",
            "expense": "125.000",
            "expense_description": "alquiler",
            "collection": "200.000",
            "billed_cash": "1.000.000",
        },
        (985_000, Result.SHORT, 15_000),
    ),
    "wrong method": (
        "300.000",
        {
            "final_cash": "1.250.000",
            "envelope": "1.500.000",
            "expense": "80.000",
            "expense_description": "hielo",
            "collection": "120.000",
            "card": "1.840.000",
            "billed_card": "1.925.000",
            "billed_cash": "2.325.000",
        },
        (2_410_000, Result.SWAPPED, 85_000),
    ),
    "balanced": (
        "500.000",
        {"final_cash": "485.000", "expense": "15.000", "expense_description": "hielo", "billed_cash": "0"},
        (0, Result.BALANCED, None),
    ),
}


@pytest.mark.parametrize(("initial", "closing", "expected"), WORKED.values(), ids=WORKED.keys())
def test_a_shift_is_opened_closed_and_judged(initial, closing, expected, bilingual, central):
    answer = bilingual.post("/sessions/open/", {"pharmacy": central.pk, "initial_cash": initial})
    path = answer.headers["Location"]
    response = bilingual.post(f"{path}close/", {**closing, "version": "1"}, follow=True)
    shift, statement = response.context["shift"], response.context["summary"]

    assert response.redirect_chain == [(path, 302)]
    assert (shift.cash_sales, statement.result, statement.amount) == expected


def test_closing_once_more_or_on_an_old_page_tells_what_happened(opened, till, boss, marta):
    with periods.at(opened.opened_at):
        boss.post(page(opened, "close/"), {"final_cash": "500.000", "version": "1"})
    with nothing_written():
        response = till.post(page(opened, "close/"), {"final_cash": "1", "version": "1"})

    assert response.status_code == 409
    assert errors(response)["__all__"][0].startswith("This shift was already closed on ")
    assert response.context["shift"].final_cash == 500_000
    assert response.context["form"]["final_cash"].value() == "1"
    assert till.get(page(opened, "close/")).headers["Location"] == page(opened)


def test_a_close_on_an_old_page_is_sent_again_with_the_renewed_version(opened, till, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1_000), by=ana)
    sent = {"final_cash": "500.000", "version": "1"}
    with nothing_written():
        stale = till.post(page(opened, "close/"), sent)
    renewed = stale.context["form"]["version"].value()

    assert (stale.status_code, errors(stale), renewed) == (409, {"__all__": [STALE]}, "2")
    assert till.post(page(opened, "close/"), sent | {"version": renewed}).status_code == 302


def test_a_stale_correction_shows_both_values_and_may_be_sent_again(closed, till, marta):
    shift_actions.correct_shift(closed.pk, version=2, reason="mine", final_cash=1_185_000, notes="Marta's", by=marta)
    sent = {"final_cash": "1.210.000", "notes": "Ana's", "billed_cash": "1.000.000", "reason": "mine", "version": "2"}
    with nothing_written():
        stale = till.post(page(closed, "correct/"), sent)
    form = stale.context["form"]

    assert (stale.status_code, errors(stale)) == (409, {"__all__": [STALE]})
    assert {name: form[name].value() for name in sent} == sent | {"version": "3"}
    said = {field.name: str(field.help_text) for field in form if "now says" in str(field.help_text)}
    assert said == {"final_cash": "The shift now says: 1.185.000", "notes": "The shift now says: Marta's"}

    assert till.post(page(closed, "correct/"), sent | {"version": "3"}).status_code == 302
    closed.refresh_from_db()
    assert (closed.final_cash, closed.notes, closed.version) == (1_210_000, "Ana's", 4)


def test_what_a_correction_leaves_out_stays_as_it_is(closed, till):
    till.post(page(closed, "correct/"), {"billed_cash": "1.015.000", "reason": "typo", "version": "2"})
    closed.refresh_from_db()

    assert (closed.billed_cash, closed.final_cash, closed.initial_cash) == (1_015_000, 1_200_000, 500_000)
    assert (closed.version, closed.result) == (3, Result.SHORT)


def test_after_the_window_a_correction_is_refused_with_its_reason(closed, till):
    with periods.at(closed.closed_at + timedelta(hours=12, seconds=1)):
        shown = till.get(page(closed, "correct/"))
        with nothing_written():
            sent = till.post(page(closed, "correct/"), {"final_cash": "1", "reason": "late", "version": "2"})

    assert (shown.status_code, sent.status_code) == (200, 422)
    assert errors(sent) == {"__all__": [shown.context["refusal"]]}
    assert shown.context["refusal"].startswith("You could correct this shift until ")


def test_opening_twice_names_the_shift_in_the_way_and_links_it_only_to_who_may_see_it(
    opened, till, beto, boss, central
):
    sent = {"pharmacy": central.pk, "initial_cash": "1", "register": "1"}
    answers = {}
    for name, client in {"ana": till, "beto": signed_in(beto), "marta": boss}.items():
        with nothing_written():
            answers[name] = client.post("/sessions/open/", sent)

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 422)
    assert {name: answer.context["taken"] for name, answer in answers.items()} == {
        "ana": opened,
        "beto": None,
        "marta": opened,
    }
    assert errors(answers["ana"])["__all__"][0].startswith(
        f"Ana Benítez already has shift #{opened.pk} open at Central"
    )


def test_the_reason_is_asked_for_once_closed(closed, till):
    sent = {"kind": "card", "amount": "1.000"}
    with nothing_written():
        response = till.post(page(closed, "movements/"), sent)

    assert errors(response, "movement_form") == {"reason": ["This field is required."]}
    assert till.post(page(closed, "movements/"), sent | {"reason": "forgotten"}).status_code == 302
    assert Movement.objects.filter(session=closed, kind="card").get().history.get().history_change_reason == "forgotten"


def test_a_movement_is_voided_and_ticked_by_its_buttons(opened, till, boss, ana):
    transfer = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Gómez"), by=ana)
    path = page(opened, f"movements/{transfer.pk}/")
    seen = []
    for sent in ({}, {"undo": "1"}):
        assert boss.post(f"{path}verify/", sent).status_code == 302
        transfer.refresh_from_db()
        seen.append(transfer.verified_at is not None)
    assert seen == [True, False]

    with nothing_written():
        blank = till.post(f"{path}void/", {"reason": " "})
    assert (blank.status_code, errors(blank, "void_form").keys()) == (422, {"reason"})
    assert till.post(f"{path}void/", {"reason": "bounced"}).status_code == 302
    with nothing_written():
        again = till.post(f"{path}void/", {"reason": "bounced"})
        late = boss.post(f"{path}verify/")
    assert (again.status_code, errors(again, "void_form")) == (409, {"__all__": ["This movement was already voided."]})
    assert (late.status_code, late.context["refusal"]) == (422, "This movement was voided.")


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


# --- What is sent beside a form's own fields --------------------------------------------------------------------------


def test_nothing_but_the_fields_of_a_form_reaches_the_shift(till, ana, beto, central):
    beside = {"cashier": beto.pk, "status": "closed", "closed_at": "2020-01-01", "opened_at": "2020-01-01", "id": "77"}
    beside |= {
        "tolerance": "9.999.999",
        "expense_total": "1",
        "flagged_at": "2020-01-01",
        "business_date": "2020-01-01",
    }
    till.post(
        "/sessions/open/", {**beside, "pharmacy": central.pk, "initial_cash": "1", "version": "9", "final_cash": "5"}
    )
    shift = CashSession.objects.get()
    was = CashSession.objects.values("id", "cashier", "opened_at", "business_date", "flagged_at", "expense_total").get()

    assert (shift.cashier, shift.status, shift.version, shift.final_cash) == (ana, Status.OPEN, 1, None)
    till.post(page(shift, "close/"), {**beside, "final_cash": "5", "initial_cash": "7"})
    shift.refresh_from_db()
    assert (shift.initial_cash, shift.tolerance, shift.version, shift.closed_at.year > 2020) == (1, 0, 2, True)
    till.post(page(shift, "correct/"), {**beside, "status": "open", "notes": "n", "reason": "r", "version": "2"})
    assert CashSession.objects.values(*was).get() == was
    assert CashSession.objects.values("status", "version", "notes").get() == {
        "status": "closed",
        "version": 3,
        "notes": "n",
    }


# --- The count is blind -----------------------------------------------------------------------------------------------


def test_nothing_before_the_close_tells_what_is_expected(till, boss, central):
    """Odd amounts, so that no figure can be there by chance: of every answer, for the cashier and the administrator."""
    opening = {"pharmacy": central.pk, "initial_cash": "500.017", "expense": "13.009", "expense_description": "ice"}
    path = till.post("/sessions/open/", opening).headers["Location"]
    answers = []
    for kind, amount in {"envelope": "90.005", "cash_in": "7.001", "collection": "3.003"}.items():
        answers.append(till.post(f"{path}movements/", {"kind": kind, "amount": amount}, headers={"HX-Request": "true"}))
    counted = {"final_cash": "1.400.000", "billed_cash": "1.000.003", "version": "4"}
    for client in (till, boss):
        answers += [client.get("/"), client.get("/", headers={"HX-Request": "true"}), client.get("/sessions/open/")]
        answers += [client.get(path), client.get(f"{path}close/"), client.get(f"{path}correct/")]
        answers.append(client.post(f"{path}close/", counted | {"ticket_count": "x"}))
        answers.append(client.post(f"{path}close/", counted | {"version": "1"}))
        answers.append(client.post(f"{path}correct/", counted | {"reason": "x"}))
    # In the drawer without sales, expected with the ticket, cash sales, difference.
    secrets = ["407.007", "407007", "1.407.010", "1407010", "992.993", "992993", "7.010"]

    assert [answer.status_code for answer in answers] == [200] * 3 + ([200] * 6 + [422, 409, 422]) * 2
    assert [secret for secret in secrets for answer in answers if secret in answer.content.decode()] == []
    assert [answer.context["summary"] for answer in answers if "summary" in (answer.context or {})] == [None] * 5

    result = till.post(f"{path}close/", counted, follow=True)
    shown = {secret for secret in secrets if secret in result.content.decode()}
    assert shown == {"1.407.010", "992.993", "7.010"}


# --- Under htmx -------------------------------------------------------------------------------------------------------

HTMX = {"HX-Request": "true"}


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


def test_no_page_is_kept_for_the_next_person_at_the_till(opened, till):
    answers = [till.get("/"), till.get(page(opened)), till.post(page(opened, "close/"), {})]

    assert ["no-store" in answer.headers["Cache-Control"] for answer in answers] == [True, True, True]


# --- A billing system that counts transfers as cash -------------------------------------------------------------------


@pytest.fixture
def counted_as_cash(central, marta):
    return pharmacy_actions.edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)


def test_one_figure_is_asked_for_and_one_line_is_compared(counted_as_cash, opened, till):
    assert "billed_transfer" not in till.get(page(opened, "close/")).context["form"].fields
    sent = {"final_cash": "700.000", "transfer": "90.000", "transfer_description": "Sosa", "billed_cash": "300.000"}
    till.post(page(opened, "close/"), sent)
    shown = till.get(page(opened))
    cash = shown.context["summary"].methods[0]

    assert (cash.label, cash.received, cash.billed, cash.difference) == (
        "Cash and bank transfers",
        290_000,
        300_000,
        -10_000,
    )
    assert [method.label for method in shown.context["summary"].methods[1:]] == ["Card", "Credit sale"]
    assert "200.000 in cash and 90.000 in transfers" in shown.text
    expected = shown.context["summary"].expected_cash
    assert sum(step.sign * step.amount for step in expected) == 710_000


def test_the_shift_keeps_what_the_setting_was_when_it_closed(counted_as_cash, ana, marta, till):
    shift = balanced(ana)
    pharmacy_actions.edit_pharmacy(counted_as_cash.pk, transfers_billed_as_cash=False, by=marta)
    till.post(page(shift, "correct/"), {"billed_transfer": "1", "notes": "x", "reason": "late", "version": "2"})
    shift.refresh_from_db()

    assert (shift.transfers_billed_as_cash, shift.billed_transfer, shift.notes) == (True, None, "x")
    assert "billed_transfer" not in till.get(page(shift, "correct/")).context["form"].fields


def test_a_shift_that_closed_before_the_setting_stays_as_it_was(ana, marta, central, till):
    shift = balanced(ana)
    pharmacy_actions.edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)

    assert len(till.get(page(shift)).context["summary"].methods) == 4
    assert "billed_transfer" in till.get(page(shift, "correct/")).context["form"].fields
