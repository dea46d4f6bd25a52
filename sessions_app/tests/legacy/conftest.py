"""A PostgreSQL of its own, in which a test makes old databases."""

import itertools

import psycopg
import pytest

from postgres import server


@pytest.fixture(scope="session")
def old_server():
    with server() as running:
        yield running.folder


@pytest.fixture
def old_database(old_server):
    """Makes a database of these statements, and answers with its address; of another role if one is named."""
    numbers = itertools.count()
    made = []

    def make(*statements, role="cashpilot", encoding="UTF8"):
        name = f"old_{next(numbers)}"
        with psycopg.connect(host=str(old_server), user="cashpilot", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        made.append(name)
        with psycopg.connect(host=str(old_server), user="cashpilot", dbname=name) as connection:
            connection.execute("\n".join(statements))
        return f"postgresql://{role}@/{name}?host={old_server}"

    yield make
    with psycopg.connect(host=str(old_server), user="cashpilot", dbname="postgres", autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
