import pytest

from cashpilot.exceptions import ActionRefused, require


def test_a_sentence_is_raised_and_none_is_not():
    require(None)
    with pytest.raises(ActionRefused, match="Not now") as refusal:
        require("Not now.")
    assert (refusal.value.sentence, refusal.value.conflict) == ("Not now.", False)


def test_a_refusal_about_a_shift_is_a_refusal():
    assert issubclass(ActionRefused, ActionRefused)
