"""The address that billing systems call: statuses, headers, and what the description promises of them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from accounts import actions as people
from cashpilot import periods
from pharmacies.token_actions import CALLS_A_MINUTE, create_token, revoke_token
from sessions_app.actions.imports import undo_batch
from sessions_app.actions.shifts import close_shift
from sessions_app.models import Batch, CashSession, Day, Match, Source
from sessions_app.views.api import DESCRIPTION
from testing.client import lasting, signed_in
from testing.factories import PersonFactory, ShiftFactory

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db]
ADDRESS = "/api/v1/billed/"
NOW = datetime(2026, 7, 3, 15, 0, tzinfo=UTC)
DESCRIBED = json.loads(DESCRIPTION.read_text())
OPERATION = DESCRIBED["paths"][ADDRESS]["post"]


@pytest.fixture
def key(central, marta):
    return create_token(central, name="Factusys", by=marta)[1]


@pytest.fixture
def closed(ana):
    return ShiftFactory(closed=True, cashier=ana)


@pytest.fixture
def call(key):
    """Send with the token of Central; `name` is the Idempotency-Key."""

    def send(sent, name="", token=key, **headers):
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": name} if name else {}), **headers}
        body = sent if isinstance(sent, (str, bytes)) else json.dumps(sent)
        response = Client(enforce_csrf_checks=True).post(
            ADDRESS, body, content_type="application/json", headers=headers
        )
        assert_described(response)
        return response

    return send


# --- The description --------------------------------------------------------------------------------------------------


def resolved(schema):
    return DESCRIBED["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def assert_described(response):
    """The status, its headers and its body are as the description says."""
    told = OPERATION["responses"][str(response.status_code)]
    assert [name for name in told.get("headers", {}) if name not in response.headers] == []
    assert_fits(response.json(), told["content"]["application/json"]["schema"])


def assert_fits(value, schema):
    schema = resolved(schema)
    types = {"object": dict, "string": str, "integer": int}
    assert isinstance(value, types[schema["type"]])
    assert value in schema.get("enum", [value])
    if isinstance(value, dict):
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
        assert set(schema.get("required", ())) <= value.keys()
        assert rest or value.keys() <= properties.keys()
        for name, inner in value.items():
            assert_fits(inner, properties.get(name, rest))


def test_the_description_is_public_and_has_exactly_the_fields_that_are_read():
    from sessions_app.evidence.calls import FIELDS, TARGETS

    response = Client().get("/api/v1/openapi.json")
    assert (response.status_code, response.json()) == (200, DESCRIBED)
    billed = DESCRIBED["components"]["schemas"]["Billed"]
    assert billed["properties"].keys() == FIELDS
    assert [set(way["required"]) in TARGETS for way in billed["oneOf"]] == [True] * 3


@pytest.mark.parametrize("name", ["shift", "register", "day"])
def test_each_example_of_the_description_is_taken(name, call, ana, central):
    central.name = "Farmacia Central"
    central.save()
    with periods.at(datetime(2026, 11, 22, 10, 0, tzinfo=UTC)):
        shift = ShiftFactory(cashier=ana)
    with periods.at(datetime(2026, 11, 22, 18, 0, tzinfo=UTC)):
        close_shift(shift.pk, final_cash=1_515_000, by=ana)
    example = OPERATION["requestBody"]["content"]["application/json"]["examples"][name]["value"]
    with periods.at(datetime(2026, 11, 23, 10, 0, tzinfo=UTC)):
        response = call({**example, "shift": shift.pk} if name == "shift" else example)
    assert (response.status_code, response.json()["state"]) == (201, "applied")


# --- Statuses ---------------------------------------------------------------------------------------------------------


def test_what_was_billed_is_written_once(call, closed):
    sent = {"shift": closed.pk, "cash": 700_000, "card": None, "ticket_number": "001-001-7", "ticket_count": 87}
    first, again = call(sent), call(sent)

    closed.refresh_from_db()
    assert (first.status_code, again.status_code, Batch.objects.count()) == (201, 200, 1)
    assert first.json() == again.json() == {"state": "applied", "import": Batch.objects.get().pk, "shift": closed.pk}
    assert (closed.billed_cash, closed.billed_source, closed.billed_card) == (700_000, "api", None)
    assert (closed.ticket_number, closed.ticket_count, closed.result) == ("001-001-7", 87, "balanced")


def test_an_open_shift_holds_it_until_it_closes_and_its_page_does_not_change(call, ana, marta):
    shift = ShiftFactory(cashier=ana)
    pages = [signed_in(person).get(f"/sessions/{shift.pk}/").text for person in (ana, marta)]
    response = call({"shift": shift.pk, "cash": 700_000, "ticket_number": "7"})

    assert (response.status_code, response.json()["state"]) == (201, "held")
    after = [signed_in(person).get(f"/sessions/{shift.pk}/").text for person in (ana, marta)]
    assert list(map(lasting, after)) == list(map(lasting, pages))
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.ticket_number, shift.version) == (None, "", 1)
    closed = close_shift(shift.pk, final_cash=1_100_000, by=ana)
    closed.refresh_from_db()
    assert (closed.billed_cash, closed.billed_source, closed.first_difference) == (700_000, "api", -100_000)
    assert call({"shift": shift.pk, "cash": 700_000, "ticket_number": "7"}).json()["state"] == "applied"


def test_other_figures_want_a_key_of_their_own(call, closed):
    sent = {"shift": closed.pk, "cash": 700_000}
    statuses = [
        call(sent, name="a").status_code,
        call(sent, name="a").status_code,
        call({**sent, "cash": 715_000}, name="a").status_code,
        call({**sent, "cash": 715_000}).status_code,
        call({**sent, "cash": 715_000}, name="b").status_code,
        call(sent, name="a").status_code,
    ]
    closed.refresh_from_db()
    assert (statuses, closed.billed_cash) == ([201, 200, 409, 409, 201, 200], 715_000)


def test_what_was_undone_is_not_written_again_by_the_same_call(call, closed, marta):
    sent = {"shift": closed.pk, "cash": 700_000}
    keyed = call(sent, name="a").json()["import"]
    undo_batch(keyed, reason="another shift", by=marta)
    closed.refresh_from_db()
    assert (closed.billed_cash, closed.first_result) == (None, None)

    answers = [call(sent, name="a"), call(sent)]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "undone")] * 2
    assert call(sent, name="b").status_code == 201


def test_what_a_person_typed_stands_and_is_not_told(call, ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000}, ticket_number="1")
    response = call({"shift": shift.pk, "cash": 715_000, "ticket_number": "2"})

    shift.refresh_from_db()
    assert response.json() == {"state": "applied", "import": Batch.objects.get().pk, "shift": shift.pk}
    assert (shift.billed_cash, shift.billed_source, shift.ticket_number) == (700_000, "cashier", "1")
    assert shift.evidence_difference == -15_000


def test_the_history_says_the_system_and_who_made_its_token(call, closed, marta):
    call({"shift": closed.pk, "cash": 700_000})
    newest = closed.history.first()
    assert (newest.history_user, newest.billed_source) == (marta, "api")
    assert "Factusys" in newest.history_change_reason


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"cash": 1}, ["shift"]),
        ({"shift": 1}, ["cash"]),
        ({"shift": "1", "cash": 1}, ["shift"]),
        ({"shift": 999_999, "cash": 1}, ["shift"]),
        ({"shift": 1, "date": "2026-07-01", "cash": 1}, ["date"]),
        ({"pharmacy": "Luque", "date": "2026-07-01", "cash": 1}, ["pharmacy"]),
        ({"pharmacy": "Central", "cash": 1}, ["date"]),
        ({"pharmacy": "Central", "date": "2999-07-01", "cash": 1}, ["date"]),
        ({"pharmacy": "Central", "date": "2026-02-30", "cash": 1}, ["date"]),
        ({"shift": 1, "cash": 150000.5, "card": "7", "credit": True}, ["card", "cash", "credit"]),
        ({"shift": 1, "transfer": -1}, ["transfer"]),
        ({"pharmacy": "Central", "register": 1, "from": "2026-07-01T08:00:00", "cash": 1}, ["from", "to"]),
        ({"pharmacy": "Central", "date": "2026-07-01", "cash": 1, "efectivo": 1}, ["efectivo"]),
        ({"pharmacy": "Central", "date": "2026-07-01", "cash": 10**10}, ["cash"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field_and_nothing_is_saved(sent, fields, call):
    response = call(sent)
    assert (response.status_code, sorted(response.json()["fields"])) == (422, fields)
    assert all(response.json()["fields"].values())
    assert [model.objects.count() for model in (Source, Batch, Match, Day)] == [0] * 4


NO_JSON = "El contenido no es JSON"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", f"{NO_JSON}: mirá la línea 1, columna 1."),
        ('{"shift": 12,\n cash: 5}', f"{NO_JSON}: mirá la línea 2, columna 2."),
        (b"\xff", f"{NO_JSON}."),
        ("[" * 100_000, f"{NO_JSON}."),
        (f'{{"cash": {"1" * 5000}}}', f"{NO_JSON}."),
        ('{"cash": 1, "cash": 2}', "Un campo está dos veces en el contenido."),
        ("null", "El contenido debe ser un solo objeto JSON."),
        ("[]", "El contenido debe ser un solo objeto JSON."),
    ],
)
def test_a_body_that_is_no_object_is_refused_with_where_it_is_wrong(body, sentence, call):
    response = call(body)
    assert (response.status_code, response.json()["error"]) == (400, sentence)


@pytest.mark.parametrize(
    ("asked", "spoken", "sentence"),
    [
        ("", "es", "No se guardó nada: mirá los campos."),
        ("fr", "es", "No se guardó nada: mirá los campos."),
        ("es-PY,es;q=0.9,en;q=0.8", "es", "No se guardó nada: mirá los campos."),
        ("en-US,en;q=0.9", "en", "Nothing was saved: see the fields."),
    ],
)
def test_what_is_wrong_is_said_in_the_language_that_is_asked_for(asked, spoken, sentence, call):
    response = call({}, **{"Accept-Language": asked})
    assert (response.json()["error"], response.headers["Content-Language"]) == (sentence, spoken)
    assert "Accept-Language" in response.headers["Vary"]


def test_a_key_is_at_most_255_characters(call, closed):
    response = call({"shift": closed.pk, "cash": 1}, name="x" * 256)
    assert (response.status_code, list(response.json()["fields"])) == (422, ["Idempotency-Key"])


# --- Who calls --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [lambda key: "", lambda key: key[:-1], lambda key: key[:11] + "_" + "x" * 43, str.upper]
)
def test_a_wrong_token_is_answered_401_and_never_with_the_login(change, call, key, closed):
    response = call({"shift": closed.pk, "cash": 1}, token=change(key))
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_right_and_wrong_tokens_are_compared_the_same_way(call, key, closed, monkeypatch, django_assert_num_queries):
    """One query and one comparison of whole hashes, whatever of the token is right."""
    import secrets

    compared = []
    monkeypatch.setattr(secrets, "compare_digest", lambda *both: compared.append(both) or both[0] == both[1])
    for wrong in ("", "x", key[:11] + "_" + "x" * 43, "cp_00000000_" + "x" * 43):
        with django_assert_num_queries(1):
            assert call({}, token=wrong).status_code == 401
    assert [[len(digest) for digest in both] for both in compared] == [[64, 64]] * 4


def test_a_session_is_no_token(marta, closed):
    response = signed_in(marta).post(ADDRESS, {"shift": closed.pk, "cash": 1}, content_type="application/json")
    assert response.status_code == 401


def test_a_revoked_token_is_answered_401(call, closed, marta):
    call({"shift": closed.pk, "cash": 1})
    revoke_token(closed.pharmacy.api_tokens.get().pk, reason="system changed", by=marta)
    assert call({"shift": closed.pk, "cash": 1}).status_code == 401


def test_a_token_is_worth_what_its_maker_may_do(call, closed, marta):
    people.disable(marta.pk, reason="left", by=PersonFactory(role="Admin"))
    assert call({"shift": closed.pk, "cash": 1}).status_code == 403


def test_a_token_reaches_its_own_pharmacy_only(call, luque, marta):
    shift = ShiftFactory(cashier=marta, pharmacy=luque)
    response = call({"shift": shift.pk, "cash": 1})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["shift"])


def test_nothing_can_be_read(key):
    response = Client().get(ADDRESS, headers={"Authorization": f"Bearer {key}"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert_described(response)


def test_what_is_not_there_is_answered_with_json():
    response = Client().get("/api/v1/nothing/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/json")
    assert response.json().keys() == {"error", "request_id"}


def test_more_than_a_call_can_need_is_refused_with_json(call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = call('{"shift": 1, "cash": 1, "ticket_number": "%s"}' % ("7" * 100))
    assert (response.status_code, response.headers["Content-Type"]) == (413, "application/json")
    assert response.json() == {"error": "Es demasiado para un turno o un día. No se guardó nada."}
    assert not Batch.objects.exists()


def test_a_minute_takes_so_many_calls_and_says_so(call):
    assert CALLS_A_MINUTE >= 60
    with periods.at(NOW):
        left = [int(call("{}").headers["RateLimit-Remaining"]) for _each in range(CALLS_A_MINUTE)]
        refused = call("{}")
    assert left == list(range(CALLS_A_MINUTE))[::-1]
    assert (refused.status_code, refused.headers["Retry-After"], refused.headers["RateLimit-Reset"]) == (
        429,
        "60",
        "60",
    )
    with periods.at(NOW + timedelta(seconds=60)):
        assert call("{}").status_code == 422


# --- People -----------------------------------------------------------------------------------------------------------


def test_its_page_says_how_it_is_called(marta):
    page = signed_in(marta).get("/api/").content.decode()
    assert "http://testserver/api/v1/billed/" in page
    assert {str(status) in page for status in (200, 201, 401, 403, 409, 422, 429)} == {True}


def test_a_call_stands_among_the_imports_and_is_undone_there(call, closed, marta):
    pk = call({"shift": closed.pk, "cash": 700_000, "ticket_number": "7", "ticket_count": 3}).json()["import"]
    browser = signed_in(marta)
    assert "Factusys" in browser.get("/imports/").content.decode()
    assert "700.000" in browser.get(f"/imports/{pk}/").content.decode()
    assert browser.post(f"/imports/{pk}/undo/", {"reason": "otro turno"}).status_code == 302
    shift = CashSession.objects.get(pk=closed.pk)
    assert (shift.billed_cash, shift.ticket_number, shift.ticket_count) == (None, "", None)


# --- The client of the documents --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_documents_sends(live_server, key, closed):
    text = (settings.BASE_DIR / "docs" / "api.md").read_text()
    program = re.search(r"```python\n(.*?)```", text, re.S)[1]
    names = {}
    exec(program, names)
    assert len([line for line in program.splitlines() if line.strip()]) <= 24

    address = live_server.url + ADDRESS
    answers = [names["send"](address, key, "a", shift=closed.pk, cash=amount) for amount in (700_000, 700_000, 5)]
    assert [status for status, _answer in answers] == [201, 200, 409]
    assert names["send"](address, "x", "b", shift=closed.pk)[0] == 401
