import pytest

from cashpilot.exceptions import ActionRefused, require


def test_a_sentence_is_raised_and_none_is_not():
    require(None)
    with pytest.raises(ActionRefused, match="Not now") as refusal:
        require("Not now.")
    refused = refusal.value
    assert (str(refused), refused.sentence, refused.shift, refused.conflict) == ("Not now.", "Not now.", None, False)
