"""Transfers against lines of the bank: certain only if nothing else is possible."""

import time
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.evidence.matching import BankLine, Transfer, match, tokens

DAY = date(2026, 7, 6)  # a Monday


def noted(key, amount=100_000, days=0, reference=""):
    return Transfer(key, DAY + timedelta(days), amount, reference)


def banked(key, amount=100_000, days=0, reference="", text=""):
    return BankLine(key, DAY + timedelta(days), amount, reference, text)


LATER = banked("later", 1, 20)


def certain(transfers, lines):
    return {pair.transfer.key: pair.line.key for pair in match(transfers, lines).certain}


def offered(transfers, lines):
    return {item.transfer.key: [line.key for line in item.lines] for item in match(transfers, lines).open}


@pytest.mark.parametrize(("days", "is_certain"), [(-2, False), (-1, True), (0, True), (3, True), (4, False)])
def test_a_line_is_dated_from_a_day_before_to_three_days_after(days, is_certain):
    assert (certain([noted(1)], [banked(1, days=days)]) == {1: 1}) is is_certain


def test_another_amount_is_never_a_candidate():
    found = match([noted(1, 125_000)], [banked(1, 152_000), LATER])
    assert (found.certain, found.open) == ([], [])
    assert [transfer.key for transfer in found.missing] == [1]
    assert [line.key for line in found.unclaimed] == [1, "later"]


def test_equal_amounts_near_in_time_are_offered_and_not_certain():
    assert certain([noted(1), noted(2, days=2)], [banked(1), banked(2, days=2)]) == {}
    assert offered([noted(1)], [banked(1), banked(2, days=1)]) == {1: [1, 2]}
    assert offered([noted(1), noted(2)], [banked(1)]) == {1: [1], 2: [1]}


def test_at_most_three_are_offered_the_nearest_first():
    lines = [banked(day, days=day) for day in (-1, 0, 1, 2, 3)]
    assert offered([noted(1)], lines) == {1: [0, 1, -1]}


@pytest.mark.parametrize(("reference", "text"), [("00884411", ""), ("", "TRANSF SPI 884411 ANA"), ("X-1000884411", "")])
def test_a_reference_decides_between_equal_amounts_and_frees_the_other(reference, text):
    transfers = [noted(1, reference="884411"), noted(2)]
    lines = [banked(1), banked(2, reference=reference, text=text)]
    assert certain(transfers, lines) == {1: 2, 2: 1}


def test_a_reference_that_two_have_decides_nothing():
    twice = [banked(1, reference="884411"), banked(2, reference="884411")]
    assert certain([noted(1, reference="884411")], twice) == {}
    assert certain([noted(1, reference="4411"), noted(2, reference="884411")], [banked(1, reference="884411")]) == {}


def test_a_few_digits_are_no_reference():
    assert tokens("op. 441 / 000123 / AB1234 / 00098765") == {"AB1234", "98765"}


def test_a_reference_with_another_amount_is_told_and_leaves_neither_certain():
    transfers = [noted("swapped", 152_000, reference="884411"), noted("other", 125_000)]
    lines = [banked(1, 125_000, reference="884411"), LATER]
    found = match(transfers, lines)
    assert [(pair.transfer.key, pair.line.key) for pair in found.other_amount] == [("swapped", 1)]
    assert found.certain == []
    assert [item.transfer.key for item in found.open] == ["other"]


def test_references_that_contradict_are_not_certain_where_references_are_the_same_on_both_sides():
    kin = [noted(1, 50_000, reference="111111")], [banked(1, 50_000, reference="111111")]
    other = [noted(2, reference="222222")], [banked(2, reference="333333")]
    assert certain(kin[0] + other[0], kin[1] + other[1]) == {1: 1}
    assert certain(*other) == {2: 2}, "here the bank numbers in its own way"


def test_money_that_went_back_is_certain_for_nobody():
    lines = [banked(1), banked(2, -100_000, days=1, text="REVERSA TRANSFERENCIA"), LATER]
    found = match([noted(1)], lines)
    assert (found.certain, found.open) == ([], [])
    assert [line.key for line in found.returned] == [1]
    assert [transfer.key for transfer in found.missing] == [1]


def test_the_one_that_went_back_is_known_by_its_reference():
    lines = [banked(1, reference="111111"), banked(2, reference="222222"), banked(3, -100_000, 1, "222222")]
    found = match([noted(1)], lines)
    assert [line.key for line in found.returned] == [2]
    assert [item.lines[0].key for item in found.open] == [1], "still two had been possible"


def test_an_equal_payment_soon_after_leaves_a_doubt():
    assert certain([noted(1)], [banked(1), banked(2, -100_000, days=2, text="PAGO PROVEEDOR")]) == {}
    assert certain([noted(1)], [banked(1), banked(2, -100_000, days=9, text="PAGO PROVEEDOR")]) == {1: 1}


def test_a_transfer_is_missing_only_where_the_list_reaches_three_days_beyond_it():
    lines = [banked("first", 1, 0), banked("last", 2, 5)]
    found = match([noted(day, days=day) for day in (-1, 0, 2, 3)], lines)
    assert [transfer.key for transfer in found.missing] == [0, 2]
    assert [transfer.key for transfer in found.waiting] == [-1, 3]
    assert [transfer.key for transfer in match([noted(1)], []).waiting] == [1]


def test_what_is_a_candidate_for_somebody_is_not_unclaimed():
    found = match([noted(1)], [banked(1), banked(2), banked(3, 5), banked(4, -7)])
    assert [line.key for line in found.unclaimed] == [3]


KEYS = st.integers(0, 10**6)
AMOUNTS = st.sampled_from([10_000, 20_000, 30_000])
REFERENCES = st.sampled_from(["", "", "111111", "222222", "3333"])
TRANSFERS = st.lists(
    st.builds(noted, KEYS, AMOUNTS, st.integers(0, 9), REFERENCES), max_size=12, unique_by=lambda item: item.key
)
LINES = st.lists(
    st.builds(banked, KEYS, AMOUNTS | AMOUNTS.map(lambda amount: -amount), st.integers(0, 9), REFERENCES),
    max_size=12,
    unique_by=lambda item: item.key,
)


@given(TRANSFERS, LINES)
def test_whatever_comes_pairs_are_equal_near_and_used_once_and_nothing_is_lost(transfers, lines):
    found = match(transfers, lines)
    for pair in found.certain:
        assert pair.transfer.amount == pair.line.amount
        assert -1 <= (pair.line.date - pair.transfer.date).days <= 3
    used = [pair.line.key for pair in found.certain]
    assert len(used) == len(set(used))
    assert not set(used) & {line.key for line in found.unclaimed + found.returned}
    placed = [pair.transfer.key for pair in found.certain] + [item.transfer.key for item in found.open]
    placed += [transfer.key for transfer in found.missing + found.waiting]
    assert sorted(placed) == sorted(transfer.key for transfer in transfers)
    assert all(1 <= len(item.lines) <= 3 for item in found.open)
    assert found == match(transfers[::-1], lines[::-1])


@given(TRANSFERS, LINES)
def test_a_pair_without_a_reference_had_no_rival(transfers, lines):
    def near(transfer, line):
        return transfer.amount == line.amount and -1 <= (line.date - transfer.date).days <= 3

    found = match(transfers, lines)
    referred = {pair.transfer.key for pair in found.certain if pair.by_reference}
    taken = {pair.line.key for pair in found.certain if pair.by_reference}
    for pair in found.certain:
        if not pair.by_reference:
            free = [line for line in lines if line.key not in taken and near(pair.transfer, line)]
            rivals = [transfer for transfer in transfers if transfer.key not in referred and near(transfer, pair.line)]
            assert (free, rivals) == ([pair.line], [pair.transfer])


def month(random, size=400):
    """A month as it happens, and which line each transfer truly is. Most cashiers note a reference; some mistype."""
    transfers, lines, truth = [], [], {}

    def line(amount, day, reference="", text=""):
        lines.append(BankLine(len(lines), day, amount, reference, text))
        return len(lines) - 1

    for number in range(size):
        amount = random.choice([50_000, 100_000, 150_000]) if random.random() < 0.2 else random.randrange(5, 900) * 500
        day = DAY + timedelta(random.randrange(28))
        booked = day + timedelta({5: 2, 6: 1}.get(day.weekday(), 0) if random.random() < 0.9 else 1)
        reference = str(random.randrange(10**7, 10**8))
        written = reference[-6:] if random.random() < 0.8 else ""
        fate = random.random()
        if fate < 0.03 and (text := str(amount))[0] != text[1]:
            transfers.append(Transfer(number, day, int(text[1] + text[0] + text[2:]), written))
            line(amount, booked, reference)
        elif fate < 0.05:
            transfers.append(Transfer(number, day, amount, written))
            line(amount // 2, booked, reference), line(amount - amount // 2, booked, str(int(reference) + 1))
        elif fate < 0.07:
            transfers.append(Transfer(number, day, amount, written))
            line(amount, booked, reference)
            line(-amount, booked + timedelta(1), reference, "REVERSO SPI")
        elif fate < 0.09:
            line(amount, booked, reference)
        else:
            transfers.append(Transfer(number, day, amount, written))
            truth[number] = line(amount, booked, reference)
    random.shuffle(lines)
    return transfers, lines, truth


@pytest.mark.parametrize("seed", range(8))
def test_in_a_whole_month_no_certain_pair_is_wrong_and_nine_in_ten_are_found(seed):
    transfers, lines, truth = month(Random(seed))
    found = certain(transfers, lines)
    assert {key: line for key, line in found.items() if truth.get(key) != line} == {}
    assert len(found) >= 0.9 * len(truth)


@pytest.mark.parametrize("amounts", [[100_000], range(1000, 900_000, 500)], ids=["all alike", "all sorts"])
def test_two_thousand_against_three_thousand_take_no_time(amounts):
    random = Random(1)
    transfers = [noted(key, random.choice(amounts), random.randrange(28)) for key in range(2000)]
    lines = [banked(key, random.choice(amounts), random.randrange(28), str(key)) for key in range(3000)]
    began = time.process_time()
    match(transfers, lines)
    assert time.process_time() - began < 1
