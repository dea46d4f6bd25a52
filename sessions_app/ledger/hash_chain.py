"""A chain of seals per pharmacy: whoever owns the database can change a row, but not without breaking the chain.

Closing a shift, and every later change of it, appends a seal. It covers the shift with its history (who, when
and why), its movements, its replies and the seal before it; its short form, on the shift's page and on paper, anchors
the chain outside the database. That a transfer is verified is not covered: they come later and change no figure.

A seal says by which version of the rule its content was made, and is held against that one:

1. Columns under their former names; the first seals of all did not cover the history.
2. Columns under their names of today, those that there were, the history always.
3. and later: the columns of NEW_IN as well. A rule does not know the columns that came after it.
5. and later: the seal itself is made with a key that the database does not hold (cashpilot/db/sealing.py), and says
   with which.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC
from functools import cache
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max, OuterRef, Subquery

from cashpilot import periods
from cashpilot.db import bulk, sealing
from cashpilot.db.reading import blocks_of_keys
from cashpilot.db.written_once import Given, Rows
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import SOURCE_OF, Status
from sessions_app.ledger import anchors
from sessions_app.models import CashSession, Movement, Reply, Seal
from sessions_app.querysets.shifts import CashSessionQuerySet

RULE = 6
# `seal`: of a history row, made of all the rest of it.
UNCOVERED = {"verified_at", "verified_by", "awaits_bank", "gap", "search", "seal"}
# Column of today -> its name when rule 1 was in force.
NAMES_OF_RULE_1 = {
    "signed_off_at": "reviewed_at",
    "signed_off_by_id": "reviewed_by_id",
    "signed_off_note": "review_note",
}
# Columns that came while rule 1 was in force: it covers them where they say something.
YOUNGER_THAN_RULE_1 = {"transfers_billed_as_cash"}
# Rule -> the columns that came with it.
NEW_IN = {
    2: {"first_result", "first_difference", "first_compared_at"},
    3: {"first_initial_cash", "first_count", "uncounted_reason", "signed_off_alone", "reference"},
    4: {*SOURCE_OF.values(), "evidence_difference", "imported_at"},
    6: {"evidence_result"},
}
AT_ONCE = 1000
_ENCODER = DjangoJSONEncoder(sort_keys=True)

Row = dict[str, Any]


def append(shift: CashSession, *, is_held: bool, is_closing: bool) -> Seal:
    """Seal a closed shift as it stands, holding the pharmacy's row until the end, so that the chain never forks.

    `is_held`: this transaction holds that row already. `is_closing`: the shift closes, so nobody replied about it yet.
    """
    if not is_held:
        hold(shift.pharmacy_id)
    last = next(iter(_last().ask(pharmacy=shift.pharmacy_id)), None)
    seal = _link(shift, last, content_of(shift, is_closing=is_closing))
    seal.save()
    return seal


def hold(pharmacy: int) -> None:
    """Hold a pharmacy's row until the transaction ends."""
    _pharmacy().ask(pk=pharmacy)


@cache
def _pharmacy() -> Rows[Any]:
    return Rows(Pharmacy.objects.filter(pk=Given("pk")).select_for_update(no_key=True).values_list("pk"))


@cache
def _last() -> Rows[Seal]:
    return Rows(Seal.objects.filter(pharmacy=Given("pharmacy")).order_by("-number")[:1])


def _link(shift: CashSession, last: Seal | None, content: str) -> Seal:
    """Return the seal after `last`, not stored yet."""
    return linked(last, pharmacy_id=shift.pharmacy_id, session_id=shift.pk, content=content, sealed_at=periods.now())


def linked(last: Seal | None, **said: Any) -> Seal:
    """Return the seal after `last` by the rule of today, not stored yet."""
    seal = Seal(number=last.number + 1 if last else 1, rule=RULE, key=sealing.newest(), **said)
    seal.seal = _made(last.seal if last else "", _said_by(seal), seal.key)
    return seal


def _said_by(seal: Seal) -> tuple[str, ...]:
    at = seal.sealed_at.astimezone(UTC).isoformat()
    return (seal.content, str(seal.pharmacy_id), str(seal.number), str(seal.session_id), str(seal.rule), at)


def _made(previous: str, said: tuple[str, ...], key: str) -> str:
    """Return the seal itself; the first ones of all, without a key, said nothing but their content."""
    return sealing.hashed("|".join([previous, *said]), key) if key else chained(previous, said[0])


def append_written(shifts: Iterable[tuple[CashSession, list[Any]]]) -> None:
    """Seal shifts that were just written past the actions, each given with its movements and its history, in order.

    Open ones are passed over. Holds their pharmacies' rows until the transaction ends, as `append` does.
    """
    closed = [(shift, rows) for shift, rows in shifts if not shift.is_open]
    places = sorted({shift.pharmacy_id for shift, _rows in closed})
    list(Pharmacy.objects.select_for_update(no_key=True).filter(pk__in=places).order_by("pk"))
    ends = Seal.objects.filter(pharmacy__in=places).values("pharmacy").annotate(last=Max("pk")).values("last")
    last = {seal.pharmacy_id: seal for seal in Seal.objects.filter(pk__in=ends)}
    seals = []
    for shift, rows in closed:
        before, content = last.get(shift.pharmacy_id), _content(shift, rows)
        last[shift.pharmacy_id] = _link(shift, before, content)
        seals.append(last[shift.pharmacy_id])
    bulk.insert(seals)


def chained(previous: str, content: str) -> str:
    return sha256((previous + content).encode()).hexdigest()


def content_of(shift: CashSession, *, is_closing: bool = False) -> str:
    """Return the digest of everything that a seal of today covers, read from the database but for the shift itself."""
    tables = [Movement, CashSession.history.model] if is_closing else [Movement, Reply, CashSession.history.model]
    noted = [row for table in tables for row in _noted(table).ask(shift=shift.pk)]
    return digest([_row(shift), *noted])


@cache
def _noted(table: Any) -> Rows[Row]:
    """Ask what a seal covers of the rows of `table` that belong to a shift, in the order in which they were written."""
    rows: Any = table.objects.filter(**{_shift_in(table): Given("shift")}).order_by("pk")
    return Rows(rows.values(*covered(table)))


def _shift_in(table: Any) -> str:
    return "session_id" if "session_id" in covered(table) else "id"


def _content(shift: CashSession, noted: Iterable[Any]) -> str:
    return digest(map(_row, (shift, *noted)))


def _row(row: Any) -> Row:
    return {name: getattr(row, name) for name in covered(row._meta.model)}


def digest(rows: Iterable[Row]) -> str:
    """Return the hash of a shift's columns and of those of its movements, replies and history after it."""
    return sha256(_ENCODER.encode(list(rows)).encode()).hexdigest()


@cache
def covered(model: Any) -> list[str]:
    return [
        column.attname
        for column in model._meta.concrete_fields
        if not column.generated and column.name not in UNCOVERED
    ]


def with_seal(shifts: CashSessionQuerySet) -> CashSessionQuerySet:
    """Annotate each shift with its last seal as `seal`, None while it is open."""
    latest = Seal.objects.filter(session=OuterRef("pk")).order_by("-number")
    return shifts.annotate(seal=Subquery(latest.values("seal")[:1]))


def short(seal: str) -> str:
    """`7F3A-91C2`: short enough to be written by hand."""
    return f"{seal[:4]}-{seal[4:8]}".upper()


def drift() -> Iterator[str]:
    """Yield a sentence for each seal that does not follow from the one before, and each shift unlike its last seal."""
    yield from _loose_links()
    for first, last in blocks_of_keys(CashSession.objects.filter(status=Status.CLOSED), AT_ONCE):
        for pk in list(_unlike_their_seals(first, last)):
            # Asked again: somebody may have changed it between our queries.
            if list(_unlike_their_seals(pk, pk)):
                yield (
                    f"{CashSession._meta.db_table} {pk}: the shift, its movements, its replies or its history are not "
                    "as they were sealed"
                )


def _loose_links() -> Iterator[str]:
    before: dict[int, tuple[int, str]] = {}
    accepted = anchors.Accepted(Seal)
    for link in Seal.objects.order_by("pharmacy", "number").iterator():
        last, previous = before.get(link.pharmacy_id, (0, ""))
        before[link.pharmacy_id] = (link.number, link.seal)
        yield from accepted.faults(link.pk, link.key)
        if link.key and link.key not in sealing.known_keys():
            continue
        if (link.number, link.seal) != (last + 1, _made(previous, _said_by(link), link.key)):
            yield f"{Seal._meta.db_table} {link.pk}: does not follow from the seal before it in its pharmacy"


def _unlike_their_seals(first: int, last: int) -> Iterator[int]:
    """Yield the closed shifts from `first` to `last` that are not as their last seal says."""
    closed = CashSession.objects.filter(status=Status.CLOSED, pk__range=(first, last)).order_by("pk")
    latest = Seal.objects.filter(session__gte=first, session__lte=last).order_by("number")
    sealed = {pk: (rule, content) for pk, rule, content in latest.values_list("session", "rule", "content")}
    noted, told = _of_shifts(first, last, Movement, Reply), _of_shifts(first, last, CashSession.history.model)
    for shift in closed.values(*covered(CashSession)):
        pk = shift["id"]
        rule, content = sealed.get(pk, (RULE, ""))
        if content not in _contents_by(rule, [shift, *noted[pk]], told[pk]):
            yield pk


def _contents_by(rule: int, rows: list[Row], history: list[Row]) -> list[str]:
    """Return what a seal of that rule may say of the rows of a shift."""
    younger = {name for since, names in NEW_IN.items() if since > rule for name in names}
    rows, history = ([_without(younger, row) for row in some] for some in (rows, history))
    if rule > 1:
        return [digest([*rows, *history])]
    return [digest(map(_by_rule_1, [*rows, *history])), digest(map(_by_rule_1, rows))]


def _without(younger: set[str], row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in younger}


def _by_rule_1(row: Row) -> Row:
    return {
        NAMES_OF_RULE_1.get(name, name): value
        for name, value in row.items()
        if value or name not in YOUNGER_THAN_RULE_1
    }


def _of_shifts(first: int, last: int, *tables: Any) -> dict[int, list[Row]]:
    """Return the rows of `tables` that belong to each shift, in the order in which they were written."""
    rows = defaultdict(list)
    for model in tables:
        shift = _shift_in(model)
        written = model.objects.filter(**{f"{shift}__gte": first, f"{shift}__lte": last}).order_by("pk")
        for row in written.values(*covered(model)):
            rows[row[shift]].append(row)
    return rows
