"""How many queries a page takes: exact, and the same for one row and for thirty."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from sessions_app.reports.catalogue import REPORTS
from testing.client import signed_in
from testing.factories import ShiftFactory

MOST = 6
# Of every page: the session, the person with the role. What one may see is a subquery of the rows.
SIGNED_IN = 2


@pytest.fixture
def count(ana, marta):
    """How many queries a page takes, and how many rows or movements it lists."""
    assert connection.features.supports_json_field  # which SQLite is asked once a connection
    clients = {"ana": signed_in(ana), "marta": signed_in(marta)}

    for client in clients.values():
        client.get("/accounts/password/")  # which writes when the session ends: once a minute

    def of(who, path, listed="page"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = clients[who].get(path)
        assert response.status_code == 200
        return len(queries), len(response.context[listed]) if listed else None

    return of


@pytest.mark.parametrize(
    ("who", "query", "queries"),
    [
        # Totals with their count, rows; of one's own shifts the pharmacies that take some.
        ("ana", "", SIGNED_IN + 3),
        ("marta", "", SIGNED_IN + 2),
        # And pharmacies and people, one of which is asked for.
        ("marta", "?status=closed&result=not_compared&flagged=0&pharmacy={pharmacy}&cashier={ana}", SIGNED_IN + 4),
    ],
)
def test_the_list_takes_the_same_for_one_shift_and_for_thirty(who, query, queries, count, ana, central):
    query = query.format(pharmacy=central.pk, ana=ana.pk)
    ShiftFactory(closed=True, cashier=ana)
    one = count(who, f"/sessions/{query}")
    for _ in range(29):
        ShiftFactory(closed=True, cashier=ana)

    assert queries <= MOST
    assert (one, count(who, f"/sessions/{query}")) == ((queries, 1), (queries, 25))


@pytest.mark.both_engines
def test_the_front_page_takes_the_same_for_one_shift_and_for_thirty(count, ana, marta):
    """The figures, the rows of both lists, the days; a line, what changed the corrected ones."""
    seen = []
    for number in range(30):
        shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 800_000 + number})
        seen.append(count("marta", "/", "to_settle"))
        taxi = NewMovement(Kind.EXPENSE, 1_000, "taxi")
        movement_actions.add_movement(shift.pk, new=taxi, reason="late", by=ana)
    assert (seen[0], count("marta", "/", "to_settle")) == ((SIGNED_IN + 3, 1), (SIGNED_IN + 5, 3))


def test_a_report_takes_one_query_for_two_shifts_and_for_thirty(count, ana, marta):
    """Beside who is signed in and which pharmacies there are; and the names, where it is about people."""
    seen = []
    for number in range(30):
        expense, envelope = NewMovement(Kind.EXPENSE, 1 + number, f"taxi {number}"), NewMovement(Kind.ENVELOPE, 1)
        shift = ShiftFactory(closed=True, cashier=ana, movements=[expense, envelope])
        mark_actions.flag_shift(shift.pk, reason="look", by=marta)
        if number in (1, 29):
            seen.append({name: count("marta", f"/reports/{name}/", None)[0] for name in REPORTS})

    assert seen == [{name: SIGNED_IN + 2 + (name == "cashiers") for name in REPORTS}] * 2


@pytest.mark.parametrize("closed", [False, True])
def test_a_shift_takes_the_same_for_one_movement_and_for_twelve(closed, count, ana):
    """Beside who is signed in: the shift with its people, movements and replies with theirs, the history."""
    shift = ShiftFactory(cashier=ana, closed=closed)
    seen = []
    for number in range(12):
        movement_actions.add_movement(
            shift.pk, new=NewMovement(Kind.TRANSFER, 1 + number, "Gómez"), reason="late", by=ana
        )
        seen.append([count(who, f"/sessions/{shift.pk}/", "movements") for who in ("ana", "marta")])

    queries = SIGNED_IN + 4 if closed else SIGNED_IN + 3  # nobody replies about an open one
    assert (seen[0], seen[-1]) == ([(queries, 1)] * 2, [(queries, 12)] * 2)


@pytest.mark.parametrize(
    ("who", "path", "queries"),
    [
        # Open shifts; pharmacies; what the chosen one usually opens with.
        ("ana", "/sessions/open/", SIGNED_IN + 3),
        # And cashiers.
        ("marta", "/sessions/open/", SIGNED_IN + 4),
        # The shift.
        ("ana", "/sessions/{opened}/close/", SIGNED_IN + 1),
        ("marta", "/sessions/{opened}/close/", SIGNED_IN + 1),
        ("ana", "/sessions/{closed}/correct/", SIGNED_IN + 1),
        ("marta", "/sessions/{closed}/correct/", SIGNED_IN + 1),
        # And its movements, and whether its cashier replied; for who signs off, who changed it.
        ("ana", "/sessions/{short}/correct/", SIGNED_IN + 3),
        ("marta", "/sessions/{short}/correct/", SIGNED_IN + 4),
    ],
)
def test_a_form_takes_few(who, path, queries, count, ana):
    closed = ShiftFactory(closed=True, cashier=ana)
    short = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 1_000_000})
    path = path.format(opened=ShiftFactory(cashier=ana).pk, closed=closed.pk, short=short.pk)

    assert queries <= MOST
    assert count(who, path, None)[0] == queries


@pytest.mark.both_engines
def test_a_write_takes_few(ana, central):
    """Without the beginning and the end of transactions."""
    client = signed_in(ana)
    client.get("/accounts/password/")  # which writes when the session ends

    def count(path, **form):
        with CaptureQueriesContext(connection) as queries:
            response = client.post(path, {"token": uuid4(), **form})
        assert response.status_code == 302
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    # The form: registers that are held, pharmacies; whether it is usual. The key. The pharmacy, the person is held,
    # whether they work there; who is in the way. What was left is held. The shift, its history. Running totals. The
    # pharmacy is held, the day. The key again.
    opened = count("/sessions/open/", pharmacy=central.pk, register=1, initial_cash=500_000)
    shift = CashSession.objects.get()
    # The shift; whether it is usual. The shift is held; its twin; the movement and the shift, their histories; sums.
    noted = count(f"/sessions/{shift.pk}/movements/", kind="expense", amount=1_000, description="taxi")
    # The shift; whether it is usual. The key. The shift is held; what arrived. The shift, its history. Running totals.
    # The pharmacy is held, the day. The control line. The last seal, movements, history; the seal.
    closed = count(f"/sessions/{shift.pk}/close/", final_cash=499_000, billed_cash=0, version=2)
    assert (opened, noted, closed) == (SIGNED_IN + 15, SIGNED_IN + 11, SIGNED_IN + 16)
