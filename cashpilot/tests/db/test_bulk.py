from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from cashpilot.db import bulk
from sessions_app.models import CashSession, Day, Imported, Movement
from testing.factories import ShiftFactory

AT = datetime(2026, 3, 10, 12, 30, 15, 250, tzinfo=UTC)


@pytest.mark.parametrize(
    "model",
    [CashSession, CashSession.history.model, Movement, Movement.history.model, Day, Day.history.model, Imported],
)
def test_a_new_row_is_as_django_makes_it(model):
    ours, theirs = vars(bulk.new(model)), vars(model())
    made = {name for name, value in theirs.items() if isinstance(value, UUID)}
    assert ours.keys() == theirs.keys()
    assert {name: ours[name] for name in ours.keys() - made - {"_state"}} == {
        name: theirs[name] for name in theirs.keys() - made - {"_state"}
    }
    assert all(isinstance(ours[name], UUID) for name in made)
    assert ours["_state"].adding


def test_two_new_rows_share_nothing_that_is_made_for_each():
    assert bulk.new(Movement).token != bulk.new(Movement).token


@pytest.mark.django_db
def test_what_is_inserted_is_what_is_read(ana):
    said = {"amount": 1_500, "note": "tabulador\t, \\N y 'comillas'\nañadidas", "nothing": None, "yes": True}
    row = bulk.new(
        Imported, source_table="t", source_id="1", digest="d", row=said, imported_at=AT, imported_by_id=ana.pk
    )
    bulk.insert([row])
    found = Imported.objects.get()
    assert (found.row, found.imported_at, found.target, found.target_id) == (said, AT, "", None)


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_refused_as_any_other(ana):
    note = {"session_id": ShiftFactory(cashier=ana).pk, "kind": "card", "created_at": AT, "created_by_id": ana.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert([bulk.new(Movement, **note, amount=-1)])
    assert not Movement.objects.exists()
