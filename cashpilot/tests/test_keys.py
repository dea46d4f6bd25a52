"""The page of the keys."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from testing.client import signed_in

pytestmark = pytest.mark.django_db


def test_the_page_lists_each_key_that_the_rows_of_a_list_know(ana):
    listed = re.findall("<kbd>(.*?)</kbd>", signed_in(ana).get("/keys/").text)
    script = (Path(settings.BASE_DIR) / "static" / "js" / "rows.js").read_text()
    known = {*re.findall(r'key === "(\S+)"', script), *re.findall(r"(?m)^  (\w): ", script)}

    assert known == {"j", "k", "?", "v", "o", "r", "u", "1", "2", "3"}
    assert known <= set(listed)
