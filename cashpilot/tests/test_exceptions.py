import pytest
from django.utils import translation

from cashpilot.exceptions import ActionRefused, limit_reason, require, require_reason


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def test_a_sentence_is_raised_and_none_is_not():
    require(None)
    with pytest.raises(ActionRefused, match="Not now") as refusal:
        require("Not now.")
    refused = refusal.value
    assert (str(refused), refused.sentence, refused.shift, refused.conflict) == ("Not now.", "Not now.", None, False)


@pytest.mark.parametrize("reason", ["abc", " a b 3 ", "Ñ-é.1", "١٢٣"])
def test_a_reason_is_three_letters_or_digits_of_any_script(reason):
    assert (require_reason(reason), limit_reason(reason)) == (reason.strip(), reason.strip())


@pytest.mark.parametrize("reason", ["x", "a1", "--- . --", "\u200b\u200b\u200b\u200b", "e\u0301e\u0301"])
def test_signs_that_say_nothing_are_no_reason_even_where_none_is_needed(reason):
    for check in (require_reason, limit_reason):
        with pytest.raises(ActionRefused, match=r"^Write the reason in a few words\.$"):
            check(reason)


def test_no_reason_is_refused_where_one_is_needed():
    assert limit_reason("  ") == ""
    with pytest.raises(ActionRefused, match=r"^Write the reason in a few words\.$"):
        require_reason("  ")
