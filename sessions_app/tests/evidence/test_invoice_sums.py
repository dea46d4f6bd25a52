"""Documents summed per shift: each one placed exactly once, and what is missing told."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashpilot.periods import ASUNCION
from sessions_app.evidence.documents import Amounts, Document
from sessions_app.evidence.invoice_sums import Gap, OneKind, Status, sum_by_shift
from sessions_app.evidence.invoices import UnusedNumbers
from sessions_app.evidence.shift_finder import Shift

RUC = "80012345"


def at(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=ASUNCION)


MORNING = Shift("morning", "001-001", at(1, 7), at(1, 15))
AFTERNOON = Shift("afternoon", "001-001", at(1, 15), at(1, 22))
SECOND = Shift("second", "001-002", at(1, 8), None)
SHIFTS = [AFTERNOON, MORNING, SECOND]
POINTS = ["001-001", "001-002", "001-003"]


def document(number=1, when=None, *, amounts=None, point="001-001", type=1, **kwargs):  # noqa: A002
    amounts = amounts or Amounts(cash=10_000)
    known = {"cdc": f"{type}-{point}-{number}", "issuer": RUC, "issuer_name": "F", "timbrado": "1", "kinds": (1,)}
    given = {"number": number, "issued_at": when or at(1, 9), "total": amounts.total, "amounts": amounts, "type": type}
    return Document(**{**known, **given, "point": point, **kwargs})


def summed(*documents, unused=()):
    return sum_by_shift(documents, SHIFTS, issuer=RUC, points=POINTS, unused=unused)


def statuses(*documents):
    return {item.document.number: (item.status, item.shift) for item in summed(*documents).placed}


def one(sums, key="morning"):
    return next(total for total in sums.shifts if total.shift.key == key)


def test_a_document_belongs_to_the_shift_that_was_open_and_the_closing_instant_to_the_next():
    placed = statuses(
        document(1, at(1, 7)),
        document(2, at(1, 14, 59)),
        document(3, at(1, 15)),
        document(4, at(1, 22)),
        document(5, at(1, 6, 59)),
        document(6, at(9, 3), point="001-002"),
        document(7, at(1, 9), point="001-009"),
        document(8, at(1, 9), point="001-003"),
    )
    assert placed == {
        1: (Status.COUNTED, "morning"),
        2: (Status.COUNTED, "morning"),
        3: (Status.COUNTED, "afternoon"),
        4: (Status.NO_OPEN_SHIFT, None),
        5: (Status.NO_OPEN_SHIFT, None),
        6: (Status.COUNTED, "second"),
        7: (Status.UNKNOWN_POINT, None),
        8: (Status.NO_OPEN_SHIFT, None),
    }


def test_a_shift_is_the_sum_of_its_documents():
    total = one(
        summed(
            document(4, amounts=Amounts(cash=30_000, card=5_000)),
            document(2, amounts=Amounts(credit=7_000, transfer=1_000)),
            document(1, type=5, amounts=Amounts(unmapped=-2_000)),
            document(2, type=6, amounts=Amounts(unmapped=2_000)),
        )
    )
    assert total.amounts == Amounts(cash=30_000, card=5_000, transfer=1_000, credit=7_000, unmapped=0)
    assert (total.counted, total.seen, total.credit_notes, total.debit_notes) == (2, 2, 1, 1)
    assert (total.first_number, total.last_number) == (2, 4)
    assert not total.cash_is_known, "two unmapped amounts that cancel out are still two"


def test_shifts_without_documents_are_there_and_known_to_be_nothing():
    sums = summed()
    assert [total.shift for total in sums.shifts] == SHIFTS
    assert [(total.amounts, total.first_number, total.cash_is_known) for total in sums.shifts] == [
        (Amounts(), None, True)
    ] * 3


def test_what_is_no_sale_is_ignored_and_says_why():
    placed = statuses(
        document(1, issuer="999"),
        document(2, type=4, amounts=Amounts()),
        document(3, type=7, amounts=Amounts()),
        document(4, is_approved=False),
        document(5, cancelled_at=at(1, 10)),
        document(6, is_approved=True),
    )
    assert placed == {
        1: (Status.OTHER_ISSUER, None),
        2: (Status.SELF_INVOICE, "morning"),
        3: (Status.REMISSION, "morning"),
        4: (Status.REJECTED, "morning"),
        5: (Status.CANCELLED, "morning"),
        6: (Status.COUNTED, "morning"),
    }


def test_a_cancellation_after_the_close_is_told_apart():
    total = one(
        summed(
            document(1, cancelled_at=at(1, 14)),
            document(2, cancelled_at=at(1, 15)),
            document(3, cancelled_at=at(2, 9)),
            document(4),
        )
    )
    assert (total.cancelled, total.late_cancellations) == ([1, 2, 3], [2, 3])
    assert (total.counted, total.seen, total.amounts.cash) == (1, 4, 10_000)


def test_two_documents_with_one_number_count_neither_and_leave_the_cash_unknown():
    sums = summed(document(1, cdc="a"), document(1, at(1, 16), cdc="b"), document(2))
    assert [(total.amounts.cash, total.cash_is_known) for total in sums.shifts] == [
        (0, False),
        (10_000, False),
        (0, True),
    ]
    assert len(sums.with_status(Status.CONFLICT)) == 2


@pytest.mark.parametrize(
    "other", [{"type": 5}, {"timbrado": "2"}, {"point": "001-002"}, {"issuer": "9"}, {"is_approved": False}]
)
def test_the_same_number_in_another_series_or_refused_is_no_conflict(other):
    assert summed(document(1, cdc="a"), document(1, cdc="b", **other)).with_status(Status.CONFLICT) == []


def test_gaps_are_told_per_series_and_explained_by_unused_numbers():
    documents = [document(1), document(4), document(12), document(7, type=5), document(3, issuer="9")]
    events = [UnusedNumbers("1", "001-001", 1, 2, 3), UnusedNumbers("1", "001-001", 1, 7, 8)]
    elsewhere = [UnusedNumbers("1", "001-002", 1, 5, 6), UnusedNumbers("2", "001-001", 1, 5, 6)]
    assert summed(*documents, unused=events + elsewhere).gaps == [
        Gap(1, "1", "001-001", 2, 3, True),
        Gap(1, "1", "001-001", 5, 6, False),
        Gap(1, "1", "001-001", 7, 8, True),
        Gap(1, "1", "001-001", 9, 11, False),
    ]


def test_a_gap_of_millions_is_one_line():
    assert summed(document(1), document(9_999_999)).gaps == [Gap(1, "1", "001-001", 2, 9_999_998, False)]


def test_numbers_of_cancelled_and_refused_documents_are_no_gap():
    assert (
        summed(document(1), document(2, cancelled_at=at(1, 9)), document(3, is_approved=False), document(4)).gaps == []
    )


def test_a_point_that_writes_one_kind_on_everything_is_noticed():
    documents = [document(number) for number in range(1, 21)]
    assert summed(*documents).one_kind == [OneKind("001-001", 1, 20, 1.0)]
    assert summed(*documents[:9]).one_kind == [], "too few to say"
    mixed = [document(number, kinds=(3,) if number % 5 == 0 else (1,)) for number in range(1, 21)]
    assert summed(*mixed).one_kind == []
    nearly = [document(number, kinds=(99,) if number > 1 else (1, 3)) for number in range(1, 21)]
    assert summed(*nearly).one_kind == [OneKind("001-001", 99, 20, 0.95)]


SOME = st.builds(
    document,
    number=st.integers(1, 30),
    when=st.integers(0, 2000).map(lambda minutes: at(1, 0) + timedelta(minutes=minutes)),
    amounts=st.builds(Amounts, cash=st.integers(0, 99), card=st.integers(0, 99), unmapped=st.integers(-9, 9)),
    point=st.sampled_from([*POINTS, "009-001"]),
    type=st.sampled_from([1, 4, 5, 7]),
    issuer=st.sampled_from([RUC, "other"]),
    is_approved=st.sampled_from([True, False, None]),
    cancelled_at=st.sampled_from([None, at(1, 10)]),
)


@given(st.lists(SOME, max_size=40, unique_by=lambda document: document.cdc))
def test_every_document_is_placed_once_and_the_sums_are_those_counted(documents):
    sums = summed(*documents)
    assert sorted(item.document.cdc for item in sums.placed) == sorted(document.cdc for document in documents)
    counted = [item.document.amounts.total for item in sums.with_status(Status.COUNTED)]
    assert sum(total.amounts.total for total in sums.shifts) == sum(counted)
    assert sums == summed(*reversed(documents))
