"""Browsers without a screen of Ana and Marta, in English, and a shift in each state."""

import pytest
from django.utils import translation

from sessions_app.tests.views.pages import balanced
from testing.client import signed_in
from testing.factories import ShiftFactory


@pytest.fixture
def english():
    """The test reads sentences in English after an answer; the answer itself is in the language of the person."""
    with translation.override("en"):
        yield


@pytest.fixture
def till(ana):
    ana.language = "en"
    ana.save()
    return signed_in(ana)


@pytest.fixture
def boss(marta):
    marta.language = "en"
    marta.save()
    return signed_in(marta)


@pytest.fixture(params=["es", "en"])
def bilingual(request, ana):
    """Ana's till, in each language."""
    ana.language = request.param
    ana.save()
    return signed_in(ana)


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana)


@pytest.fixture
def closed(ana):
    return balanced(ana)


@pytest.fixture
def closed_of_beto(beto):
    return balanced(beto, register=2)
