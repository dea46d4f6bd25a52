"""Browsers and systems are told by the names that people know, whatever they say of themselves."""

import pytest
from django.utils import translation

from accounts.devices import name_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAID = {
    f"Mozilla/5.0 (Windows NT 6.1; Win64; x64) {WEBKIT} Chrome/109.0.0.0 Safari/537.36": "Chrome on Windows 7",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0.0.0 Safari/537.36": "Chrome on Windows",
    f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0": "Edge on Windows",
    f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0": "Firefox on Linux",
    "Firefox/131.0": "Firefox",
    "A till": "A till",
    "": "",
}


@pytest.mark.parametrize(("said", "name"), SAID.items())
def test_a_browser_and_its_system_have_the_names_that_people_know(said, name):
    with translation.override("en"):
        assert name_of(said) == name
