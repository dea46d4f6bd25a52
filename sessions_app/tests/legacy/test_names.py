"""People found by a text."""

import pytest

from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.names import Names
from sessions_app.tests.legacy.old_rows import user

ID = "0b1c9f1e-7f0e-4c5b-9a53-0d2b9c1d2e3f"


@pytest.fixture
def names():
    return Names(
        [
            user("ana", first_name="Ana", last_name="Benítez"),
            user("twin", first_name="ana", last_name=" Benítez ", email="ana2@example.com"),
            user("luis", first_name="Luis", last_name="Ortiz", is_active=False),
            user("Boss", email="Boss@Example.com", first_name="", last_name=""),
            user("second", email="boss@example.com", first_name="Óscar", last_name="Duarte"),
            user(ID, email="uuid@example.com", first_name="Nilda", last_name="Vera"),
        ]
    )


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ana Benítez <ana@example.com>", "ana"),
        ("Quien sea < ANA@example.com >", "ana"),
        ("ana2@example.com", "twin"),
        ("User-" + ID, ID),
        ("user-" + ID.upper(), ID),
        ("luis  ORTIZ", "luis"),
        ("Boss@Example.com", "Boss"),
        ("boss@example.com", "second"),
    ],
)
def test_a_text_names_one_person(names, text, person):
    assert names.find(text) == person


@pytest.mark.parametrize(
    "text",
    [
        "Ana Benítez",  # two of them
        "BOSS@EXAMPLE.COM",  # two spellings, and it is neither
        "Luis Ortiz <otro@example.com>",  # the e-mail decides
        "nadie@example.com",
        "User-1",
        "Luis",
        "Sistema",
        " ",
        "",
    ],
)
def test_a_text_that_names_nobody_or_two_people_is_nobodys(names, text):
    assert names.find(text) is None


def test_such_a_text_is_kept_in_front_of_the_reason_and_told_once(names):
    told = Told("cash_sessions", "s1", "1")
    assert names.attribute("Sistema", "Recuento", told, "changed_by") == (None, "Sistema: Recuento")
    assert names.attribute("Sistema", "Otro", told, "changed_by") == (None, "Sistema: Otro")
    assert [(finding.code, finding.was) for finding in told.all()] == [(Code.NAME_NOT_ONE_PERSON, "Sistema")]


def test_no_text_leaves_the_reason_alone(names):
    told = Told("cash_sessions", "s1", "1")
    assert names.attribute("", "Recuento", told, "changed_by") == (None, "Recuento")
    assert names.attribute("luis@example.com", "Recuento", told, "changed_by") == ("luis", "Recuento")
    assert told.all() == ()
