"""Pages are compressed for browsers that ask for it, and what they keep secret stays so."""

import gzip
import re

import pytest

from testing.client import signed_in

pytestmark = pytest.mark.django_db
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture
def till(marta):
    client = signed_in(marta)
    client.defaults["HTTP_ACCEPT_ENCODING"] = "gzip, deflate, br"
    return client


def test_a_page_is_a_fraction_of_its_size_and_is_still_never_stored(till):
    answer = till.get("/sessions/")

    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"<!DOCTYPE html>" in gzip.decompress(answer.content)
    assert len(answer.content) < len(gzip.decompress(answer.content)) / 2
    assert "no-store" in answer.headers["Cache-Control"]
    assert {"Cookie", "Accept-Encoding"} <= set(answer.headers["Vary"].split(", "))


def test_who_does_not_ask_for_it_gets_the_page_as_it_is(till):
    answer = till.get("/sessions/", headers={"Accept-Encoding": "identity"})
    assert not answer.has_header("Content-Encoding")
    assert b"<!DOCTYPE html>" in answer.content


def test_the_form_token_is_another_one_in_every_answer_and_lengths_say_little(till):
    answers = [till.get("/sessions/open/").content for _ in range(12)]
    tokens = {token for answer in answers for token in set(TOKEN.findall(gzip.decompress(answer)))}

    assert len(tokens) == len(answers)
    assert len({len(answer) for answer in answers}) > 1
