"""Anything is sent to any address by anybody: no crash, nothing stored that a form would not let through.

150 requests in the suite, 10,000 with HYPOTHESIS_PROFILE=prove.
"""

import re
from collections import Counter
from contextlib import contextmanager
from urllib.parse import quote, quote_from_bytes

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from hypothesis import event, given, note
from hypothesis import strategies as st

from accounts.models import User
from cashpilot.money import DENOMINATIONS
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, IdempotencyKey, Movement
from testing.client import signed_in
from testing.database import stored
from testing.factories import ShiftFactory
from testing.profiles import examples

PEOPLE = ["nobody", "ana", "otto", "marta", "carla"]

# What each form accepts where it is given these; one form takes from them what it knows.
GOOD = {
    "register": "2",
    "initial_cash": "500.000",
    "final_cash": "1.200.000",
    "envelope": "300.000",
    "card": "1 000",
    "transfer": "1000+500",
    "transfer_description": "Gómez",
    "transfer_reference": "00123",
    "expense": "Gs 1.000",
    "expense_description": "Delivery",
    "collection": "1",
    "cash_in": "0",
    "credit_sale": "",
    "billed_cash": "1.000.000",
    "billed_card": "1.000",
    "billed_transfer": "",
    "billed_credit": "0",
    "ticket_number": "001-001-0000123",
    "ticket_count": "12",
    "notes": "Nothing to say",
    "kind": "expense",
    "amount": "1.000",
    "description": "Delivery",
    "reason": "Typed wrongly",
    "note": "Seen",
    "language": "en",
    "username": "ana@example.com",
    "password": "a password for tests",
    "email": "new@example.com",
    "first_name": "New",
    "last_name": "Person",
    "role": "Cashier",
    "name": "Norte",
    "address": "Mcal. López 1",
    "phone": "021 555",
    "registers": "2",
    "cash_tolerance": "0",
    "alert_threshold": "20.000",
    "_save": "1",
}
# What no form needs, and what no page of ours sends.
OTHERS = [
    *(f"count_{value}" for value in DENOMINATIONS),
    "next",
    "undo",
    "cashier",
    "_saveasnew",
    "_continue",
    "_popup",
]
OTHERS += ["id", "status", "version", "is_superuser", "flagged_at", "action", "_selected_action", "old_password"]
ASKED = {
    "date_from": "2026-07-01",
    "date_to": "2026-07-31",
    "pharmacy": "1",
    "cashier": "1",
    "who": "1",
    "status": "closed",
    "result": "short",
    "flagged": "1",
    "page": "2",
    "kind": "movement",
    "number": "1",
    "sort": "money",
    "before": "2026-07-01T00:00:00+00:00.cashsession.1",
    "separator": ";",
    "next": "/admin/",
    "q": "ana",
    "p": "1",
    "o": "1.-2",
    "all": "",
    "e": "1",
    "is_active__exact": "1",
    "pharmacy__id__exact": "1",
    "role": "Cashier",
    "deleted": "1",
    "_to_field": "id",
    "_changelist_filters": "q=1",
}

NASTY = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "9" * 4000,
    "9" * 5000,
    "1" * 19,
    str(2**31),
    str(2**63),
    str(10**30),
    "-1",
    "0",
    "-9223372036854775809",
    "１２３",
    "٣٤٥",
    "²",
    "1e3",
    "1e400",
    "NaN",
    "Infinity",
    "1.234,56",
    "1,5",
    "0x10",
    "1_000",
    "+1",
    "1+",
    "1++1",
    "+".join(["9999999999"] * 2),
    "+".join(["1"] * 99),
    "9999999999",
    "10000000000",
    "1000000x10000000",
    "3x10+7",
    "₲",
    "💊" * 300,
    "\u202e123\u202c",
    "\u200f1\u200f",
    "\u2028",
    "a\r\nb",
    "x" * 60_000,
    "' OR 1=1 --",
    "%s%n%00",
    "<script>alert(1)</script>",
    "{{ 7 }}{% now 'Y' %}",
    "../../etc/passwd",
    "//evil.example.com/",
    "javascript:alert(1)",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "0001-01-01",
    "2026-07-01T10:00",
    "00000000-0000-0000-0000-000000000000",
    "not-a-uuid",
    "true",
    "null",
    "[]",
    "__all__",
    "İstanbul@example.com",
    "a@" + "b" * 300 + ".com",
]
nasty = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=40), st.integers().map(str))
files = [("a.csv", b"1;2"), ("\0\ud800.xlsx", b"PK\x03\x04"), ("x" * 500, b""), ("../../a", b"\xff" * 100)]


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


# Django's admin writes some as regular expressions: the page of any app, and what no other pattern matched.
ROUTES = sorted({re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route) for route in routes(get_resolver().url_patterns)})
ROUTES = [re.sub(r"[$^]|\\Z", "", route).replace("(?P", "") for route in ROUTES]


@pytest.fixture
def world(ana, beto, otto, marta, carla, central, luque):
    """Shifts in every state; what addresses and fields may name."""
    opened = ShiftFactory(cashier=ana)
    transfer = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Gómez"), by=ana)
    closed = ShiftFactory(closed=True, cashier=beto, register=2)
    flagged = mark_actions.flag_shift(ShiftFactory(closed=True, cashier=otto).pk, reason="odd", by=marta)
    deleted = mark_actions.delete_shift(
        ShiftFactory(closed=True, cashier=beto, register=2).pk, reason="twice", by=marta
    )
    clients = {person.first_name.lower(): signed_in(person) for person in (ana, otto, marta, carla)}
    return {
        "pk": [str(shift.pk) for shift in (opened, opened, closed, flagged, deleted)],
        "movement_pk": [str(transfer.pk)],
        "object_id": ["1", "2", str(opened.pk)],
        "pharmacy": [str(central.pk), str(luque.pk)],
        "pharmacies": [str(central.pk)],
        "version": ["1", "2", str(opened.version)],
        "app_label": ["accounts", "sessions_app"],
        "keys": {name: client.cookies[settings.SESSION_COOKIE_NAME].value for name, client in clients.items()},
    }


def text_of(value):
    """As a hostile client sends it, which minds no encoding."""
    return value.encode("utf-8", "surrogatepass")


@st.composite
def addresses(draw, world, route):
    """Most name what is there."""

    def filled(match):
        name = match[1].rpartition(":")[2]
        there = draw(st.integers(0, 9)) < 8
        value = draw(st.sampled_from(world.get(name, ["1"]))) if there else draw(nasty)
        return quote(text_of(value), safe="")

    path = re.sub(r"<([^>]+)>", filled, route)
    return "/" + path if draw(st.integers(0, 19)) else quote_from_bytes(text_of(draw(nasty)))


@st.composite
def pairs(draw, good, others):
    """Most of the good ones as they are; some missing, doubled or spoiled; some that nobody asked for."""
    sent = [(name, value) for name, value in good.items()]
    for name in draw(st.lists(st.sampled_from([*good, *others]), max_size=4)):
        what = draw(st.sampled_from(["spoil", "spoil", "double", "drop"]))
        if what != "double":
            sent = [(key, value) for key, value in sent if key != name]
        if what != "drop":
            sent.append((name, draw(nasty)))
    if not draw(st.integers(0, 9)):
        sent.append((draw(nasty), draw(nasty)))
    return sent


def encoded(sent):
    return "&".join(f"{quote(text_of(name), safe='')}={quote(text_of(value), safe='')}" for name, value in sent)


@st.composite
def bodies(draw, sent):
    """Mostly a form as browsers send it, else one of the ways in which it may be broken. Bytes and content type."""
    urlencoded = encoded(sent).encode()
    kind = draw(st.sampled_from(["form"] * 12 + ["multipart"] * 4 + ["broken", "json", "charset", "none", "boundary"]))
    if kind == "form":
        return urlencoded, "application/x-www-form-urlencoded"
    if kind in ("multipart", "broken", "boundary"):
        parts = [
            b'--frontier\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (text_of(name), text_of(value))
            for name, value in sent
        ]
        filename, content = draw(st.sampled_from(files))
        field = draw(st.sampled_from(["file", *GOOD]))
        names = b'name="%s"; filename="%s"' % (field.encode(), text_of(filename))
        head = b"--frontier\r\nContent-Disposition: form-data; " + names + b"\r\nContent-Type: text/csv\r\n\r\n"
        parts.append(head + content + b"\r\n")
        body = b"".join([*parts, b"--frontier--\r\n"])
        cut = draw(st.integers(0, len(body))) if kind == "broken" else len(body)
        return body[:cut], "multipart/form-data; boundary=" + ("frontier" if kind != "boundary" else "")
    return {
        "json": (b'{"final_cash": 1e400, "version": [1', "application/json"),
        "charset": (urlencoded, "application/x-www-form-urlencoded; charset=\xff-no-such"),
        "none": (b"", ""),
    }[kind]


@st.composite
def requests(draw, world):
    route = draw(st.sampled_from(ROUTES))
    path = draw(addresses(world, route))
    asked = {name: draw(st.sampled_from(values)) for name, values in world.items() if name in ("pharmacy", "version")}
    query = encoded(draw(pairs(ASKED, ["x"]))) if draw(st.booleans()) else ""
    method = draw(st.sampled_from(["GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "OPTIONS"]))
    token = {"token": draw(st.one_of(st.uuids().map(str), nasty))} if draw(st.booleans()) else {}
    good = {**GOOD, **asked, **token, "pharmacies": world["pharmacies"][0]}
    data, content_type = draw(bodies(draw(pairs(good, OTHERS)))) if method in ("POST", "PUT") else (b"", "")
    headers = {"HX-Request": "true"} if not draw(st.integers(0, 3)) else {}
    if not draw(st.integers(0, 9)):
        headers[
            draw(st.sampled_from(["Referer", "HX-Current-URL", "Accept-Language", "Cookie", "X-Forwarded-For"]))
        ] = draw(nasty).encode("utf-8", "replace").decode("latin-1")
    return {"method": method, "path": f"{path}?{query}", "data": data, "content_type": content_type, "headers": headers}


@contextmanager
def undone():
    """Nothing that happens inside stays, and what PostgreSQL checks at a commit is checked."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


def check_everything_stored():
    """As a form of ours would let it through: amounts and counts in their range, texts within their length."""
    for model in (CashSession, Movement, IdempotencyKey, Pharmacy, User):
        relations = {field.name for field in model._meta.concrete_fields if field.is_relation}
        for row in model.objects.all():
            row.clean_fields(exclude=relations)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.proof("Whatever is sent to whichever address: no 5xx, nothing stored that a form would not let through")
def test_nothing_that_is_sent_breaks_anything(who, world, record_property):
    before, answers = stored(), Counter()

    @examples(30, prove=2_000)
    @given(requests(world))
    def send(request):
        note(request)
        client = Client()
        if who in world["keys"]:
            client.cookies[settings.SESSION_COOKIE_NAME] = world["keys"][who]
        with undone():
            response = client.generic(**request)
            event(f"{request['method']} {response.status_code}")
            answers[response.status_code] += 1
            assert response.status_code < 500
            if request["method"] != "POST" or response.status_code >= 400:
                assert stored() == before
            else:
                check_everything_stored()

    send()
    told = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    record_property("measured", f"{answers.total()} by {who} ({told})")
