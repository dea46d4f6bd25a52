"""The CDC of a document: its shape and its two check digits."""

import pytest

from sessions_app.evidence.cdc import check_digit, parts
from sessions_app.tests.evidence.sifen import cdc


@pytest.mark.parametrize(("ruc", "digit"), [("80000000", "5"), ("6", "0"), ("1", "9"), ("0000001", "9")])
def test_a_check_digit_is_worked_out_from_the_right(ruc, digit):
    assert check_digit(ruc) == digit


def test_a_cdc_says_what_the_document_is():
    found = parts(cdc(812, kind=5, point="002-003", at="2026-07-09T11:00:00", ruc="80012345", code="000000042"))
    assert found
    assert (found.type, found.ruc, found.point, found.number) == (5, "80012345", "002-003", 812)
    assert (found.date, found.emission, found.code) == ("20260709", "1", "000000042")


def test_a_ruc_with_a_letter_has_a_cdc_too():
    found = parts(cdc(1, ruc="1234567A"))
    assert found
    assert found.ruc == "1234567A"


def test_a_wrong_digit_makes_it_no_cdc():
    right = cdc(7)
    weighed_eleven = {3, 13, 23, 33}  # modulo 11 does not see these
    for place in set(range(44)) - weighed_eleven:
        wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        assert parts(wrong) is None, place


@pytest.mark.parametrize("text", ["", "1", cdc(7)[:-1], cdc(7) + "0", " " + cdc(7)[1:], cdc(7).replace("0", "٠")])
def test_other_shapes_are_no_cdc(text):
    assert parts(text) is None
