"""Transfers that were noted against lines of the bank: `match(transfers, lines)` -> Matching.

Pure: the caller gives what is still free on both sides. A line is a candidate for a transfer if the amounts are equal
and it is dated one day before to three days after it. A pair is *certain* if each is the other's only candidate, or if
the reference says so; otherwise at most three candidates are offered, the nearest in time first. Money that went back,
references that contradict each other, and one reference with two amounts make nothing certain.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

# Days from the transfer to the line, the likeliest first.
OFFSETS = (0, 1, -1, 2, 3)
LAST_DAY = max(OFFSETS)
MOST_CANDIDATES = 3
# Money goes back at most this many days after it came.
REVERSED_WITHIN = 5
REVERSAL = re.compile(r"revers|extorn|anul|devol|rechaz|contraasiento|refund|return", re.IGNORECASE)
# People note the last digits of a reference; fewer than these say nothing.
FEWEST_DIGITS = 4
TOKEN = re.compile(r"[0-9A-Z]+")
# From this share of references found, those that are not found contradict.
COMPARABLE = 0.5


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that a cashier noted; `key` is the caller's."""

    key: Hashable
    date: date
    amount: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of the bank's list; what left the account is below zero."""

    key: Hashable
    date: date
    amount: int
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    transfer: Transfer
    line: BankLine
    by_reference: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A transfer that may be one of these lines; a person decides."""

    transfer: Transfer
    lines: tuple[BankLine, ...]


@dataclass
class Matching:
    """Each transfer stands in exactly one of the first four lists.

    `missing`: not in the bank, though the list reaches three days beyond it. `waiting`: the list does not reach that
    far, or begins later. `unclaimed`: came in, and is a candidate for nothing. `returned`: came in and went back.
    `other_amount`: the same reference, but not the same amount; the transfer stands in another list as well.
    """

    certain: list[Pair] = field(default_factory=list)
    open: list[Suggestion] = field(default_factory=list)
    missing: list[Transfer] = field(default_factory=list)
    waiting: list[Transfer] = field(default_factory=list)
    unclaimed: list[BankLine] = field(default_factory=list)
    returned: list[BankLine] = field(default_factory=list)
    other_amount: list[Pair] = field(default_factory=list)


def match(transfers: Iterable[Transfer], lines: Iterable[BankLine]) -> Matching:
    """Return what belongs together, what may, and what is left on both sides. The order given decides nothing."""
    found = _Match(sorted(transfers, key=_order), sorted(lines, key=_order))
    found.pair_by_reference()
    found.pair_by_uniqueness()
    return found.result()


def _order(item: Transfer | BankLine) -> tuple[date, int, str, str]:
    return item.date, item.amount, item.reference, str(item.key)


def tokens(text: str) -> set[str]:
    """Return the references in a text: letters and digits with at least four digits, without leading zeros."""
    found = (token.lstrip("0") for token in TOKEN.findall(text.upper()))
    return {token for token in found if sum(sign.isdigit() for sign in token) >= FEWEST_DIGITS}


def _agree(noted: set[str], banked: set[str]) -> bool:
    """Return whether one of the noted references is one of the bank's, or its end."""
    return any(bank.endswith(note) for note in noted for bank in banked)


class _Match:
    def __init__(self, transfers: list[Transfer], lines: list[BankLine]) -> None:
        self.transfers, self.lines = transfers, lines
        self.credits = [line for line in lines if line.amount > 0]
        self.noted = {transfer.key: tokens(transfer.reference) for transfer in transfers}
        self.banked = {line.key: tokens(f"{line.reference} {line.text}") for line in lines}
        self.taken: set[tuple[str, Hashable]] = set()
        self._index()
        self.returned, self.doubtful = _reversals(lines, self.lines_on, self.banked)
        self.referred = list(self._same_reference())
        self.comparable = self._references_compare()
        self.other_amount = list(self._other_amounts())
        self.contradicted = {key for pair in self.other_amount for key in (_of(pair.transfer), _of(pair.line))}
        self.pairs: list[Pair] = []

    def _index(self) -> None:
        """Sort what is free by amount and day."""
        self.lines_on: dict[tuple[int, date], list[BankLine]] = defaultdict(list)
        for line in self.credits:
            if _of(line) not in self.taken:
                self.lines_on[line.amount, line.date].append(line)
        self.transfers_on: dict[tuple[int, date], list[Transfer]] = defaultdict(list)
        for transfer in self.transfers:
            if _of(transfer) not in self.taken:
                self.transfers_on[transfer.amount, transfer.date].append(transfer)

    # --- Candidates ---------------------------------------------------------------------------------------------------

    def candidates(self, transfer: Transfer) -> Iterator[BankLine]:
        """Yield the free lines of its amount, the nearest in time first."""
        for offset in OFFSETS:
            yield from self.lines_on.get((transfer.amount, transfer.date + timedelta(offset)), ())

    def claimants(self, line: BankLine) -> Iterator[Transfer]:
        """Yield the free transfers that have this line as a candidate."""
        for offset in OFFSETS:
            yield from self.transfers_on.get((line.amount, line.date - timedelta(offset)), ())

    def _same_reference(self) -> Iterator[Pair]:
        """Yield every transfer and line near in time with one reference, whatever their amounts."""
        by_ending: dict[str, list[BankLine]] = defaultdict(list)
        for line in self.credits:
            for ending in {token[-FEWEST_DIGITS:] for token in self.banked[line.key]}:
                by_ending[ending].append(line)
        for transfer in self.transfers:
            noted = self.noted[transfer.key]
            near = {line.key: line for token in noted for line in by_ending.get(token[-FEWEST_DIGITS:], ())}
            for line in near.values():
                in_time = (line.date - transfer.date).days in OFFSETS
                if in_time and _agree(noted, self.banked[line.key]):
                    yield Pair(transfer, line, by_reference=True)

    def _other_amounts(self) -> Iterator[Pair]:
        equal = {_of(pair.transfer) for pair in self.referred if pair.transfer.amount == pair.line.amount}
        for pair in self.referred:
            if pair.transfer.amount != pair.line.amount and _of(pair.transfer) not in equal:
                yield pair

    # --- Pairs --------------------------------------------------------------------------------------------------------

    def pair_by_reference(self) -> None:
        """A reference decides if on both sides only one of that amount has it."""
        equal = [pair for pair in self.referred if pair.transfer.amount == pair.line.amount]
        lines_of: dict[Hashable, int] = defaultdict(int)
        transfers_of: dict[Hashable, int] = defaultdict(int)
        for pair in equal:
            lines_of[pair.transfer.key] += 1
            transfers_of[pair.line.key] += 1
        for pair in equal:
            if lines_of[pair.transfer.key] == transfers_of[pair.line.key] == 1 and self._sound(pair.line):
                self.pairs.append(pair)
        self._take(self.pairs)

    def pair_by_uniqueness(self) -> None:
        """Each is the other's only candidate among what is free, and nothing speaks against it."""
        unique = []
        for transfer in self.transfers:
            if _of(transfer) in self.taken:
                continue
            nearest = list(islice(self.candidates(transfer), 2))
            if len(nearest) != 1 or len(list(islice(self.claimants(nearest[0]), 2))) != 1:
                continue
            pair = Pair(transfer, nearest[0])
            if self._sound(pair.line) and self._uncontradicted(pair):
                unique.append(pair)
        self.pairs += unique
        self._take(unique)

    def _take(self, pairs: Iterable[Pair]) -> None:
        self.taken.update(key for pair in pairs for key in (_of(pair.transfer), _of(pair.line)))
        self._index()

    def _sound(self, line: BankLine) -> bool:
        return line.key not in self.returned and line.key not in self.doubtful

    def _uncontradicted(self, pair: Pair) -> bool:
        if _of(pair.transfer) in self.contradicted or _of(pair.line) in self.contradicted:
            return False
        both = self.noted[pair.transfer.key] and tokens(pair.line.reference)
        return not (self.comparable and both)

    def _references_compare(self) -> bool:
        """Banks may number differently from what cashiers note; then references neither prove nor contradict."""
        noted = [item for item in self.transfers if self.noted[item.key] and any(self.candidates(item))]
        found = {_of(pair.transfer) for pair in self.referred}
        return bool(noted) and sum(_of(transfer) in found for transfer in noted) >= COMPARABLE * len(noted)

    # --- Result -------------------------------------------------------------------------------------------------------

    def result(self) -> Matching:
        matching = Matching(certain=self.pairs, other_amount=self.other_amount)
        for transfer in self.transfers:
            if _of(transfer) in self.taken:
                continue
            offered = (line for line in self.candidates(transfer) if line.key not in self.returned)
            if lines := tuple(islice(offered, MOST_CANDIDATES)):
                matching.open.append(Suggestion(transfer, lines))
            elif self._is_covered(transfer):
                matching.missing.append(transfer)
            else:
                matching.waiting.append(transfer)
        for line in self.credits:
            if line.key in self.returned:
                matching.returned.append(line)
            elif _of(line) not in self.taken and next(self.claimants(line), None) is None:
                matching.unclaimed.append(line)
        return matching

    def _is_covered(self, transfer: Transfer) -> bool:
        if not self.lines:
            return False
        return self.lines[0].date <= transfer.date <= self.lines[-1].date - timedelta(LAST_DAY)


def _of(item: Transfer | BankLine) -> tuple[str, Hashable]:
    """Both sides number from 1, so a key alone would be ambiguous."""
    return type(item).__name__, item.key


def _reversals(
    lines: Iterable[BankLine],
    credits_on: dict[tuple[int, date], list[BankLine]],
    references: dict[Hashable, set[str]],
) -> tuple[set[Hashable], set[Hashable]]:
    """Return the lines that went back, and those that may have: an equal amount left the account soon afterwards."""
    returned: set[Hashable] = set()
    doubtful: set[Hashable] = set()
    for debit in lines:
        if debit.amount >= 0:
            continue
        days = (debit.date - timedelta(days) for days in range(REVERSED_WITHIN + 1))
        before = [line for day in days for line in credits_on.get((-debit.amount, day), ())]
        named = [line for line in before if references[line.key] & references[debit.key]]
        meant = named or (before if REVERSAL.search(f"{debit.text} {debit.reference}") else [])
        if len(meant) == 1:
            returned.add(meant[0].key)
        else:
            doubtful.update(line.key for line in before)
    return returned, doubtful
