"""The database's refusal of a row is told in a sentence, whatever the table."""

import pytest
from django.db import IntegrityError, connection, transaction

from cashpilot.db import constraints


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["(1, 1)", "(2, 2)"])
def test_a_table_without_a_model_has_a_name_and_no_sentence(bad):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE without_model (one integer UNIQUE, other integer CHECK (other < 2))")
        cursor.execute("INSERT INTO without_model VALUES (1, 1)")
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            cursor.execute(f"INSERT INTO without_model VALUES {bad}")
    name = constraints.violated(refused.value)
    assert name
    assert constraints.sentence_of(name) is None


def test_an_error_of_which_the_engine_says_nothing_has_no_sentence():
    assert constraints.sentence_of(constraints.violated(IntegrityError("FOREIGN KEY constraint failed"))) is None


@pytest.mark.django_db
def test_the_constraints_that_are_stored_are_known_by_table_and_name():
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TABLE one (a integer, b integer, CONSTRAINT "small" CHECK (a < 9), CONSTRAINT "unlike" UNIQUE (a))'
        )
        cursor.execute('CREATE UNIQUE INDEX "alone" ON one (b) WHERE a > 1')
    named = {name for table, name in constraints.stored() if table == "one"}
    assert named >= {"small", "unlike", "alone"}
    assert "a" not in named
