"""Several people at the same shifts, beside a model of what must be, written from the design alone.

It calls nothing of what it checks. Amounts are whole guaraníes.
"""

from collections import Counter
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import translation
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies import actions as pharmacy_actions
from pharmacies.models import ApiToken
from pharmacies.token_actions import create_token
from sessions_app.actions import days as day_actions
from sessions_app.actions import imports as import_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.evidence.calls import WrongCall
from sessions_app.ledger import day_verdicts, first_verdicts, hash_chain, running_totals
from sessions_app.models import CashSession, Day, DayVerdict, Movement, Reply, RunningTotal, Seal
from testing.calls import say, say_of_day

START = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
WINDOW = timedelta(hours=12)
LARGEST = 9_999_999_999
REGISTERS = 2
ADMINISTRATORS = ("Marta", "Olga")
SIGNS = {"envelope": 1, "expense": 1, "collection": -1, "cash_in": -1, "card": 0, "transfer": 0, "credit_sale": 0}
FIGURES = [*(f"{kind}_total" for kind in SIGNS), "initial_cash", "final_cash", "cash_sales", "total_sales"]
FIGURES += ["billed_cash", "billed_card", "billed_transfer", "billed_credit", "total_difference", "result"]
UNDONE_WITHIN = timedelta(minutes=10)
FROM_UTC = timedelta(hours=-3)  # Asunción since October 2024
RECEIVED = {"billed_card": "card", "billed_transfer": "transfer", "billed_credit": "credit_sale"}
SOURCES = {
    "billed_cash": "billed_source",
    "billed_card": "billed_card_source",
    "billed_transfer": "billed_transfer_source",
    "billed_credit": "billed_credit_source",
}
CASHIERS = ("Ana", "Beto", "Marta")
HOW = ("taken", "kept")


@dataclass
class Line:
    """A movement as it should be, and who changed it why."""

    kind: str
    amount: int
    history: list
    voided: bool = False
    verified: bool = False


@dataclass
class Said:
    """A call, or a file, that says what was billed in a shift; `wrote`: figure -> amount and source before it.

    `decided`: figure -> "taken" or "kept", what was written.
    """

    source: str
    figures: dict
    batch: int
    at: datetime = START
    is_held: bool = False
    wrote: dict = field(default_factory=dict)
    decided: dict = field(default_factory=dict)
    is_undone: bool = False


class Billed:
    """A shift or a day whose figures people write, and which billing systems speak of.

    Evidence "fills what is unknown or its own earlier one; where a person typed another, both stand".
    """

    def writes(self, name, amount, source):
        if self.billed[name] != amount:
            self.billed = {**self.billed, name: amount}
            self.sources = {**self.sources, name: "" if amount is None else source}

    def takes(self, said):
        """Whether anything is different by it."""
        for name, amount in said.figures.items():
            before = self.billed[name], self.sources[name]
            if amount != before[0] and (before[0] is None or before[1] == said.source):
                said.wrote[name] = before
                self.writes(name, amount, said.source)
        return self.held_against_evidence() or bool(said.wrote)

    def held_against_evidence(self):
        """Tell that nothing is different: a day has no verdict at the close."""
        return False

    def told_of(self, name):
        """All that is said of a figure, once the shift is closed."""
        in_force = [said for said in self.said if not said.is_undone and not said.is_held]
        return [said for said in in_force if said.figures.get(name) is not None]

    def decided_on(self, name, how):
        return [said for said in self.told_of(name) if said.decided.get(name) == how]

    def written(self, name):
        """A figure as a person wrote it: before an administrator took what arrived, if one did."""
        taken = [said.wrote[name] for said in self.decided_on(name, "taken")]
        return taken[0] if taken else (self.billed[name], self.sources[name])

    def against(self, name):
        """Return what each source said last of it, where that was neither written nor decided against."""
        last = {said.source: said for said in self.told_of(name)}
        taken = {said.figures[name] for said in self.decided_on(name, "taken")}
        kept = {said.figures[name] for said in self.decided_on(name, "kept")} - taken
        amount, _source = self.written(name)
        others = [said for said in last.values() if amount is not None and said.figures[name] not in kept | {amount}]
        return [said for said in self.told_of(name) if said in others]

    def contradicted_by(self):
        """The same of each method that is contradicted: "any billed figure where a person typed another"."""
        return {name: saids for name in SOURCES if (saids := self.against(name))}

    @property
    def asked(self):
        """The figures of which an amount contradicts that nobody decided on, for or against."""
        return {
            name
            for name, saids in self.contradicted_by().items()
            for decided in [{said.figures[name] for how in HOW for said in self.decided_on(name, how)}]
            if any(said.figures[name] not in decided for said in saids)
        }

    @property
    def is_undecided(self):
        return bool(self.asked)

    def is_decided(self, who, taken):
        """One decision settles every method that waits for one: what arrived last is taken, or what is written kept."""
        written, against = {name: self.written(name) for name in self.asked}, self.contradicted_by()
        last = {name: saids[-1] for name, saids in against.items()} if taken else {}
        for name, (amount, source) in written.items():
            others = [said for said in self.told_of(name) if amount not in (None, said.figures[name])]
            for said in others:
                if said is not last.get(name) and not (taken and name in said.decided):
                    said.decided[name] = "kept"
                    said.wrote.pop(name, None)
            if taken:
                self.is_taken_over(last[name], name)
            elif self.billed[name] != amount:
                self.writes(name, amount, source)
                self.changers.add(who)
        self.held_against_evidence()

    def is_taken_over(self, said, name):
        """It is written, and what stood there comes back if the import is undone."""
        if name not in said.wrote or self.billed[name] != said.figures[name]:
            said.wrote[name] = self.billed[name], self.sources[name]
        said.decided[name] = "taken"
        self.writes(name, said.figures[name], said.source)


@dataclass
class BilledDay(Billed):
    """A day as it was billed; `comes_to` is what its shifts came to when it was signed off."""

    billed: dict = field(default_factory=lambda: dict.fromkeys(SOURCES))
    version: int = 0
    signed_off: str = ""
    comes_to: list = field(default_factory=list)
    sources: dict = field(default_factory=lambda: dict.fromkeys(SOURCES, ""))
    said: list = field(default_factory=list)
    changers: set = field(default_factory=set)

    @property
    def more(self):
        """By how much more arrived last than was written, where nobody decided yet; None where there is nothing."""
        if not self.is_undecided:
            return None
        return sum(self.against(name)[-1].figures[name] - self.written(name)[0] for name in self.asked)


@dataclass
class Shift(Billed):
    """A shift as it should be."""

    cashier: str
    register: int
    initial_cash: int
    history: list
    final_cash: int | None = None
    first_count: int | None = None
    uncounted: str = ""
    billed: dict = field(default_factory=lambda: dict.fromkeys(["billed_cash", *RECEIVED]))
    closed_at: datetime | None = None
    marks: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)
    seals: int = 0
    replies: int = 0
    signed_at: datetime | None = None
    # As it was closed, and the result that the first known billed cash gave of that.
    closing: "Shift | None" = None
    first: str | None = None
    # Who changed its figures after that; whether who signed it off had to leave it to somebody else.
    changers: set = field(default_factory=set)
    alone: bool = False
    opened_at: datetime = START
    first_initial: int = 0
    # Where each billed figure comes from, all that arrived, and result and difference of the shift as it was closed
    # against that, where a figure that arrived contradicts one that was written.
    sources: dict = field(default_factory=lambda: dict.fromkeys(SOURCES, ""))
    said: list = field(default_factory=list)
    evidence: tuple | None = None
    was_judged: bool = False
    first_at: datetime | None = None

    @property
    def is_off(self):
        verdicts = {self.figures()["result"], self.first}
        return verdicts - {"balanced", "open", None} != set() or self.evidence is not None

    @property
    def is_compared(self):
        return None not in (self.final_cash, self.billed["billed_cash"])

    def ends(self, at):
        """Take what arrived while it was open, and judge."""
        self.counted()
        for said in self.said:
            if said.is_held and not said.is_undone:
                said.is_held = False
                self.takes(said)
        self.judged(at)

    def counted(self):
        if self.closing is None and self.final_cash is not None:
            self.closing = deepcopy(self)

    def judged(self, at):
        """Set the verdict of its first count, by the first cash that is known to be billed."""
        self.counted()
        if self.first is None and self.is_compared:
            self.closing.billed = dict(self.billed)
            self.first, self.was_judged, self.first_at = self.closing.figures()["result"], True, at

    def loses_its_sign_off(self):
        """Whoever signed it off did so of other figures."""
        self.marks.pop("signed_off", None)
        self.alone = False

    def figures_changed(self, who):
        self.loses_its_sign_off()
        if self.was_judged:
            self.changers.add(who)

    def typed(self, told, who):
        """A person writes what was billed; a figure that is as it was keeps its source."""
        for name, amount in told.items():
            self.writes(name, amount, "cashier" if who == self.cashier else "administrator")

    # --- Evidence -----------------------------------------------------------------------------------------------------

    def gives_back(self, said):
        """Put back what it wrote as it was before; the verdict that it gave goes with it, and no other."""
        said.is_undone = True
        for name, (amount, source) in said.wrote.items():
            self.billed = {**self.billed, name: amount}
            self.sources = {**self.sources, name: source}
        if said.wrote.get("billed_cash", (0,))[0] is None and self.first and said.at <= self.first_at:
            self.first = None
        return self.held_against_evidence() or bool(said.wrote)

    def held_against_evidence(self, *, is_corrected=False):
        """As it was closed against what arrived last; no correction takes that away. Whether it is another one now."""
        before, against = self.evidence, self.contradicted_by()
        self.evidence = before if is_corrected else None
        if against:
            closing = deepcopy(self.closing or self)
            closing.billed = self.billed | {name: saids[-1].figures[name] for name, saids in against.items()}
            figures = closing.figures()
            self.evidence = figures["result"], figures["total_difference"]
        return self.evidence != before

    def concerns(self, who):
        changers = self.changers if self.first else ()
        return who in {self.cashier, self.marks.get("deleted", ("",))[0], *changers}

    @property
    def first_difference(self):
        return self.closing.figures()["total_difference"] if self.first else None

    @property
    def difference_at_close(self):
        """Return the difference that statistics are made of."""
        by_evidence = self.evidence[1] if self.evidence else None
        return self.first_difference if by_evidence is None else by_evidence

    @property
    def date(self):
        return (self.opened_at + FROM_UTC).date()

    @property
    def is_live(self):
        return "deleted" not in self.marks

    def comes_to(self):
        """All that a day sums up of it."""
        typed = ("initial_cash", "final_cash", "billed_cash", *RECEIVED)
        figures = {name: value for name, value in self.figures().items() if name not in typed}
        return self.is_live, self.first, self.first_difference, self.evidence is None, self.final_cash is None, figures

    @property
    def is_open(self):
        return self.closed_at is None

    @property
    def waits(self):
        """For its second count."""
        return self.is_open and self.first_count is not None

    @property
    def version(self):
        return len(self.history)

    def sum(self, kind):
        return sum(line.amount for line in self.lines.values() if line.kind == kind and not line.voided)

    def changed(self, who, why=""):
        self.history.append((who, why))
        self.seals += not self.is_open

    def figures(self):
        """Section 3 of the design, in plain numbers."""
        told = {f"{kind}_total": self.sum(kind) for kind in SIGNS} | {"initial_cash": self.initial_cash, **self.billed}
        told |= {"final_cash": self.final_cash, "total_difference": None, "result": "open"}
        if self.is_open:
            return told | {"cash_sales": None, "total_sales": None}
        if self.final_cash is None:
            return told | {"cash_sales": None, "total_sales": None, "result": "not_compared"}
        cash = self.final_cash - self.initial_cash + sum(sign * self.sum(kind) for kind, sign in SIGNS.items())
        told |= {"cash_sales": cash, "result": "not_compared"}
        told["total_sales"] = cash + self.sum("card") + self.sum("transfer") + self.sum("credit_sale")
        if self.billed["billed_cash"] is not None:
            received = {name: self.sum(kind) for name, kind in RECEIVED.items()} | {"billed_cash": cash}
            told["result"], told["total_difference"] = compared(received, self.billed)
        return told


def compared(received, billed):
    """Result and difference where the cash that was billed is known, and the tolerance is nothing."""
    off = [received[name] - amount for name, amount in billed.items() if amount is not None]
    result = "short" if sum(off) < 0 else "over" if sum(off) else "swapped" if any(off) else "balanced"
    return result, sum(off)


def call(pk, said, by):
    names = {name.removeprefix("billed_"): amount for name, amount in said.items()}
    try:
        return say(CashSession.objects.get(pk=pk), names.pop("cash", None), by=by, **names)
    except WrongCall as wrong:
        raise ActionRefused(str(wrong)) from wrong


def call_of_day(pharmacy, date, said, by):
    token = ApiToken.objects.filter(name="Factusys").first() or create_token(pharmacy, name="Factusys", by=by)[0]
    try:
        return say_of_day(token, date=str(date), **{name.removeprefix("billed_"): said[name] for name in said})
    except WrongCall as wrong:
        raise ActionRefused(str(wrong)) from wrong


def import_table(file, pharmacy, by):
    batch = import_actions.receive_file(file, kind="billing", pharmacy=pharmacy, by=by)
    return import_actions.apply_batch(batch.pk, by=by)


cash = st.sampled_from([0, 1, 15_000, 485_000, 500_000, 1_200_000, LARGEST])
billed = st.sampled_from([None, None, 0, 15_000, 500_000, 985_000, LARGEST])
arrived = st.dictionaries(st.sampled_from(list(SOURCES)), st.sampled_from([0, 15_000, 985_000]), min_size=1)
amounts = st.sampled_from([1, 1_000, 15_000, 300_000, LARGEST])
people = st.sampled_from(["Ana", "Ana", "Beto", "Marta", "Marta", "Olga", "Carla"])
reasons = st.sampled_from(["because", "because", "because", " late ", "x" * 500, "", " no. ", "x" * 501])
which = st.integers(0, 9)


class People(RuleBasedStateMachine):
    """Ana and Beto are cashiers, Marta and Olga administer, Carla audits; one pharmacy with two registers."""

    def __init__(self, pharmacy, cast):
        super().__init__()
        self.pharmacy, self.cast, self.recounts = pharmacy, cast, False
        self.shifts, self.days, self.files = {}, {}, 0
        self.now = START
        self.undo = ExitStack()
        self.undo.enter_context(transaction.atomic())
        self.undo.callback(transaction.set_rollback, rollback=True)
        self.undo.enter_context(translation.override("en"))

    def teardown(self):
        self.undo.close()

    @initialize(recounts=st.booleans())
    def settles(self, recounts):
        """Whether the pharmacy counts again before the verdict."""
        self.recounts = recounts
        pharmacy_actions.edit_pharmacy(self.pharmacy.pk, recounts_before_verdict=recounts, by=self.cast["Marta"])

    # --- What the design allows -------------------------------------------------------------------------------------

    def pick(self, which):
        pk = sorted(self.shifts)[which % len(self.shifts)]
        return pk, self.shifts[pk]

    def sees(self, who, shift):
        return who in (*ADMINISTRATORS, "Carla") or (who == shift.cashier and "deleted" not in shift.marks)

    def may_work(self, who, shift):
        """Cashiers on their own, administrators on any, while it is not deleted."""
        return who != "Carla" and "deleted" not in shift.marks

    def may_administer(self, who, shift):
        return who in ADMINISTRATORS and "deleted" not in shift.marks

    def in_time(self, who, shift):
        return who in ADMINISTRATORS or shift.is_open or self.now <= shift.closed_at + WINDOW

    def is_reason(self, why):
        return len(why.strip()) <= 500 and sum(sign.isalnum() for sign in why) >= 3

    def is_taken(self, register, cashier):
        return any(
            shift.is_open and "deleted" not in shift.marks and (shift.register == register or shift.cashier == cashier)
            for shift in self.shifts.values()
        )

    # --- Doing it -----------------------------------------------------------------------------------------------------

    def does(self, who, shift, allowed, act, **said):
        """Whether the action did what the model says: done, refused, or there is nothing there for this person."""
        self.now += timedelta(seconds=1)
        due = "done" if allowed else "refused"
        if shift and not self.sees(who, shift):
            due = "not there"
        try:
            with periods.at(self.now):
                written, came = act(**said, by=self.cast[who]), "done"
        except ActionRefused:
            written, came = None, "refused"
        except ObjectDoesNotExist:
            written, came = None, "not there"
        assert came == due, f"{who} {act.__name__} {said}"
        return written

    @rule(minutes=st.sampled_from([1, 60, 719, 720, 721, 1440]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(who=people, cashier=st.sampled_from(CASHIERS), register=st.integers(0, 3), initial=cash)
    def opens(self, who, cashier, register, initial):
        allowed = (
            who in (cashier, *ADMINISTRATORS) and 1 <= register <= REGISTERS and not self.is_taken(register, cashier)
        )
        place = {"pharmacy": self.pharmacy, "register": register, "cashier": self.cast[cashier]}
        if written := self.does(who, None, allowed, shift_actions.open_shift, **place, initial_cash=initial):
            self.shifts[written.pk] = Shift(
                cashier, register, initial, [(who, "")], opened_at=self.now, first_initial=initial
            )

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, kind=st.sampled_from(list(SIGNS)), amount=amounts, why=reasons)
    def notes(self, who, which, kind, amount, why):
        pk, shift = self.pick(which)
        allowed = self.may_work(who, shift) and self.in_time(who, shift) and (shift.is_open or self.is_reason(why))
        allowed = allowed and shift.sum(kind) + amount <= LARGEST and not shift.waits
        line = NewMovement(kind, amount, "Gómez")
        if written := self.does(who, shift, allowed, movement_actions.add_movement, pk=pk, new=line, reason=why):
            why = "" if shift.is_open else why.strip()
            shift.lines[written.pk] = Line(kind, amount, [(who, why)])
            if not shift.is_open:
                shift.figures_changed(who)
            shift.changed(who, why)

    @precondition(lambda self: any(shift.lines for shift in self.shifts.values()))
    @rule(who=people, which=which, line=which, why=reasons)
    def voids(self, who, which, line, why):
        pk, shift, line_pk, line = self.pick_line(which, line)
        allowed = self.may_work(who, shift) and self.in_time(who, shift) and self.is_reason(why) and not line.voided
        allowed = allowed and (who in ADMINISTRATORS or not line.verified) and not shift.waits
        if self.does(who, shift, allowed, movement_actions.void_movement, pk=pk, movement_pk=line_pk, reason=why):
            line.voided = True
            line.history.append((who, why.strip()))
            shift.figures_changed(who)
            shift.changed(who, why.strip())

    @precondition(lambda self: any(shift.lines for shift in self.shifts.values()))
    @rule(who=people, which=which, line=which, verified=st.booleans())
    def ticks(self, who, which, line, verified):
        pk, shift, line_pk, line = self.pick_line(which, line)
        allowed = self.may_administer(who, shift) and line.kind == "transfer" and not line.voided
        allowed = allowed and who != shift.cashier
        if self.does(
            who, shift, allowed, movement_actions.verify_transfer, pk=pk, movement_pk=line_pk, verified=verified
        ):
            if line.verified != verified:
                line.history.append((who, ""))
            line.verified = verified

    def pick_line(self, which, line):
        noted = {pk: shift for pk, shift in self.shifts.items() if shift.lines}
        pk = sorted(noted)[which % len(noted)]
        line_pk = sorted(noted[pk].lines)[line % len(noted[pk].lines)]
        return pk, noted[pk], line_pk, noted[pk].lines[line_pk]

    @precondition(lambda self: self.shifts)
    @rule(
        who=people,
        which=which,
        final=cash,
        said=st.fixed_dictionaries(dict.fromkeys(["billed_cash", *RECEIVED], billed)),
        behind=st.sampled_from([0, 0, 0, 1]),
        card=st.sampled_from([0, 1_000]),
    )
    def closes(self, who, which, final, said, behind, card):
        pk, shift = self.pick(which)
        allowed = self.may_work(who, shift) and shift.is_open and not behind and shift.sum("card") + card <= LARGEST
        allowed = allowed and not shift.waits
        lines = [NewMovement("card", card)] if card else []
        said_all = {"final_cash": final, "billed": said, "movements": lines, "version": shift.version - behind}
        if written := self.does(who, shift, allowed, shift_actions.close_shift, pk=pk, **said_all):
            if card:
                shift.lines[written.movements.latest("id").pk] = Line("card", card, [(who, "")])
            shift.final_cash, shift.closed_at = final, self.now
            shift.typed(said, who)
            cash, billed = shift.figures()["cash_sales"], said["billed_cash"]
            if self.recounts and billed not in (None, cash):
                shift.first_count, shift.final_cash, shift.closed_at = final, None, None
            else:
                shift.ends(self.now)
            shift.changed(who)

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, final=cash, behind=st.sampled_from([0, 0, 0, 1]))
    def recounts_it(self, who, which, final, behind):
        pk, shift = self.pick(which)
        allowed = self.may_work(who, shift) and shift.waits and not behind
        said = {"final_cash": final, "version": shift.version - behind}
        if self.does(who, shift, allowed, shift_actions.recount_shift, pk=pk, **said):
            shift.final_cash, shift.closed_at = final, self.now
            shift.ends(self.now)
            shift.changed(who)

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, why=reasons)
    def closes_uncounted(self, who, which, why):
        pk, shift = self.pick(which)
        allowed = self.may_administer(who, shift) and shift.is_open and self.is_reason(why)
        if self.does(who, shift, allowed, shift_actions.close_uncounted_shift, pk=pk, reason=why):
            shift.uncounted, shift.closed_at = why.strip(), self.now
            shift.ends(self.now)
            shift.changed(who, why.strip())

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, initial=cash, behind=st.sampled_from([0, 0, 0, 1]), why=reasons)
    def corrects_opening(self, who, which, initial, behind, why):
        pk, shift = self.pick(which)
        allowed = self.may_work(who, shift) and shift.is_open and not shift.waits and initial != shift.initial_cash
        allowed = allowed and not behind and self.is_reason(why)
        said = {"initial_cash": initial, "notes": "", "version": shift.version - behind, "reason": why}
        if self.does(who, shift, allowed, shift_actions.correct_opening, pk=pk, **said):
            shift.initial_cash = initial
            shift.changed(who, why.strip())

    @precondition(lambda self: self.shifts)
    @rule(
        who=people,
        which=which,
        said=st.dictionaries(st.sampled_from(["initial_cash", "final_cash"]), cash),
        told=st.dictionaries(st.sampled_from(["billed_cash", *RECEIVED]), billed),
        behind=st.sampled_from([0, 0, 0, 1]),
        why=reasons,
    )
    def corrects(self, who, which, said, told, behind, why):
        pk, shift = self.pick(which)
        differs = any(getattr(shift, name) != value for name, value in said.items())
        differs = differs or any(shift.billed[name] != value for name, value in told.items())
        allowed = self.may_work(who, shift) and not shift.is_open and self.in_time(who, shift) and differs
        allowed = allowed and not behind and self.is_reason(why)
        cleared = {name for name, value in told.items() if value is None}
        allowed = allowed and not any(shift.sources[name] in ("api", "file") for name in cleared)
        changes = {**said, **told, "version": shift.version - behind, "reason": why}
        if self.does(who, shift, allowed, shift_actions.correct_shift, pk=pk, **changes):
            others = {name for name, value in said.items() if getattr(shift, name) != value}
            others |= {name for name, value in told.items() if shift.billed[name] not in (None, value)}
            for name, value in said.items():
                setattr(shift, name, value)
            shift.typed(told, who)
            if others:
                shift.figures_changed(who)
            shift.loses_its_sign_off()
            shift.counted()
            shift.held_against_evidence(is_corrected=True)
            shift.judged(self.now)
            shift.changed(who, why.strip())

    # --- Marks --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, why=reasons)
    def flags(self, who, which, why):
        pk, shift = self.pick(which)
        allowed = self.may_work(who, shift) and "flagged" not in shift.marks
        self.marks(who, pk, shift, allowed, mark_actions.flag_shift, "flagged", reason=why)

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, why=reasons)
    def reviews(self, who, which, why):
        pk, shift = self.pick(which)
        allowed = who in ADMINISTRATORS and not shift.is_open and "signed_off" not in shift.marks
        allowed = allowed and ("deleted" not in shift.marks or shift.is_off)
        allowed = allowed and self.may_judge(who, shift)
        concerned = shift.concerns(who)
        if self.marks(who, pk, shift, allowed, mark_actions.sign_off_shift, "signed_off", note=why):
            shift.alone = concerned

    def may_judge(self, who, shift):
        """A person leaves what concerns them to somebody else, if there is anybody."""
        return not shift.concerns(who) or all(shift.concerns(other) for other in ADMINISTRATORS)

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, why=reasons)
    def deletes(self, who, which, why):
        pk, shift = self.pick(which)
        is_in_use = shift.is_open and any(not line.voided for line in shift.lines.values())
        allowed = self.may_administer(who, shift) and not is_in_use and not shift.waits and who != shift.cashier
        done = self.marks(who, pk, shift, allowed, mark_actions.delete_shift, "deleted", reason=why)
        if done and shift.marks.get("signed_off", ("",))[0] == who:
            del shift.marks["signed_off"]
            shift.alone = False

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, behind=st.sampled_from([0, 0, 0, 1]))
    def undoes_a_sign_off(self, who, which, behind):
        pk, shift = self.pick(which)
        allowed = who in ADMINISTRATORS and shift.marks.get("signed_off", ("",))[0] == who and not behind
        allowed = allowed and self.now - shift.signed_at <= UNDONE_WITHIN
        said = {"version": shift.version - behind}
        if self.does(who, shift, allowed, mark_actions.undo_sign_off, pk=pk, **said):
            del shift.marks["signed_off"]
            shift.alone = False
            shift.changed(who, "The sign-off was undone.")

    @precondition(lambda self: self.shifts)
    @rule(who=st.sampled_from([*ADMINISTRATORS, "Carla"]), chosen=st.sets(which, min_size=1, max_size=4), why=reasons)
    def signs_off_together(self, who, chosen, why):
        """Each by itself: one that is refused holds up no other."""
        picked = dict(self.pick(which) for which in sorted(chosen))
        due = {pk for pk, shift in picked.items() if self.may_be_signed_off_together(who, shift)}
        due = due if self.is_reason(why) else set()
        versions = {pk: shift.version for pk, shift in picked.items()}
        with periods.at(self.now):
            refused = mark_actions.sign_off_together(versions, note=why, by=self.cast[who])
        assert picked.keys() - refused.keys() == due, f"{who} signs off {versions} together"
        for pk in due:
            self.is_marked(who, picked[pk], "signed_off", why)

    def may_be_signed_off_together(self, who, shift):
        was_fine = shift.figures()["result"] == shift.first == "balanced" and not shift.changers
        was_fine = was_fine and shift.initial_cash == shift.first_initial and shift.evidence is None
        was_fine = was_fine and who != shift.cashier
        return who in ADMINISTRATORS and shift.is_live and "signed_off" not in shift.marks and was_fine

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, text=st.sampled_from(["I recounted.", "I recounted.", "  "]))
    def replies(self, who, which, text):
        pk, shift = self.pick(which)
        allowed = who == shift.cashier and shift.is_live and not shift.is_open and text.strip()
        if self.does(who, shift, allowed, reply_actions.add_reply, pk=pk, text=text):
            shift.replies += 1
            shift.seals += 1

    # --- Evidence -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.shifts)
    @rule(
        which=which,
        said=st.dictionaries(
            st.sampled_from(list(SOURCES)), billed.filter(lambda amount: amount is not None), min_size=1
        ),
    )
    def calls(self, which, said):
        """The billing system tells what was billed in a shift, in the name of Marta, who made its token."""
        pk, shift = self.pick(which)
        newest = next((one for one in reversed(shift.said) if one.source == "api"), None)
        is_new = newest is None or newest.is_undone or newest.figures != said
        allowed = shift.is_live and not (is_new and self.takes_back_own("Marta", shift, Said("api", said, 0)))
        batch = self.does("Marta", shift, allowed, call, pk=pk, said=said)
        if batch and is_new:
            self.arrives("Marta", shift, Said("api", said, batch.pk), "Sent by Factusys.")

    @precondition(lambda self: self.shifts)
    @rule(who=st.sampled_from(ADMINISTRATORS), which=which, cash=st.sampled_from([185_000, 200_000]))
    def imports(self, who, which, cash):
        """A table says what a register billed on a day; it speaks of a shift if the register had but one that day."""
        _pk, shift = self.pick(which)
        alike = [other for other in self.of_day(shift.date).values() if other.register == shift.register]
        if alike != [shift] or not shift.is_live:
            return
        self.files += 1
        name, said = f"table{self.files}.csv", Said("file", {"billed_cash": cash}, 0)
        allowed = not self.takes_back_own(who, shift, said)
        row = f"{shift.date:%d/%m/%Y};{shift.register};{cash}"
        file = SimpleUploadedFile(name, f"Listado {self.files}\nFecha;Caja;Efectivo\n{row}\n".encode())
        if batch := self.does(who, shift, allowed, import_table, file=file, pharmacy=self.pharmacy):
            said.batch = batch.pk
            self.arrives(who, shift, said, f"Imported from {name}.")

    def takes_back_own(self, who, shift, said):
        """Whether it would take what contradicts a shift back, in the name of its cashier."""
        if who != shift.cashier or shift.is_open or shift.evidence is None or self.may_judge(who, shift):
            return False
        after = deepcopy(shift)
        after.said.append(deepcopy(said))
        after.takes(after.said[-1])
        return after.evidence != shift.evidence

    def arrives(self, who, shift, said, why):
        shift.said.append(said)
        said.at, said.is_held = self.now, shift.is_open
        if not said.is_held and shift.takes(said):
            shift.loses_its_sign_off()
            shift.judged(self.now)
            shift.changed(who, why)

    @precondition(lambda self: any(shift.said for shift in self.shifts.values()))
    @rule(who=st.sampled_from(ADMINISTRATORS), which=which, batch=which, why=reasons)
    def undoes_an_import(self, who, which, batch, why):
        told = [(pk, shift) for pk, shift in sorted(self.shifts.items()) if shift.said]
        _pk, shift = told[which % len(told)]
        said = shift.said[batch % len(shift.said)]
        later = [other for other in shift.said if other.batch > said.batch and not other.is_undone]
        stands = all(
            (shift.billed[name], shift.sources[name]) == (said.figures[name], said.source) for name in said.wrote
        )
        is_free = not said.wrote or ("signed_off" not in shift.marks and not later and stands)
        is_against = shift.first not in (None, "balanced") or shift.evidence is not None
        is_own = who == shift.cashier and is_against and not self.may_judge(who, shift)
        allowed = not said.is_undone and self.is_reason(why) and is_free and not is_own
        if self.does(who, shift, allowed, import_actions.undo_batch, pk=said.batch, reason=why):
            if said.is_held:
                said.is_undone = True
            elif shift.gives_back(said):
                shift.loses_its_sign_off()
                if any(shift.sources[name] in ("cashier", "administrator") for name in said.wrote):
                    shift.figures_changed(who)
                shift.changed(who, why.strip())

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, taken=st.booleans(), behind=st.sampled_from([0, 0, 0, 1]), why=reasons)
    def decides(self, who, which, taken, behind, why):
        """Between what was written and what arrived."""
        pk, shift = self.pick(which)
        allowed = (
            who in ADMINISTRATORS
            and shift.is_undecided
            and not shift.is_open
            and "signed_off" not in shift.marks
            and not behind
        )
        allowed = allowed and self.may_judge(who, shift) and self.is_reason(why)
        said = {"is_taken": taken, "version": shift.version - behind, "reason": why}
        if self.does(who, shift, allowed, mark_actions.decide_on_evidence, pk=pk, **said):
            shift.is_decided(who, taken)
            shift.changed(who, why.strip())

    # --- Days ---------------------------------------------------------------------------------------------------------

    def pick_day(self, which):
        """One of the last days until tomorrow."""
        return (self.now + FROM_UTC).date() + timedelta(days=1 - which % 4)

    def of_day(self, day):
        return {pk: shift for pk, shift in self.shifts.items() if shift.date == day}

    def follow_shifts(self):
        """Take back the sign-off of each day whose shifts come to something else since."""
        for date, day in self.days.items():
            if day.signed_off and day.comes_to != self.comes_to(date):
                day.signed_off, day.version = "", day.version + 1

    def comes_to(self, date):
        return [(pk, shift.comes_to()) for pk, shift in sorted(self.of_day(date).items())]

    @rule(
        who=people,
        which=which,
        said=st.fixed_dictionaries(dict.fromkeys(["billed_cash", *RECEIVED], billed)),
        behind=st.sampled_from([0, 0, 0, 1]),
        why=reasons,
    )
    def bills_a_day(self, who, which, said, behind, why):
        self.follow_shifts()
        date = self.pick_day(which)
        day = self.days.get(date)
        allowed = who in ADMINISTRATORS and date <= (self.now + FROM_UTC).date() and not behind
        is_other = day is None or day.billed != said
        if is_other:
            may_say_nothing = not (day and day.signed_off) and not why.strip()
            allowed = allowed and (may_say_nothing or self.is_reason(why))
        told = {"pharmacy": self.pharmacy, "day": date, "reason": why, **said}
        version = (day.version if day else 0) - behind
        if self.does(who, None, allowed, day_actions.write_day, version=version, **told) and is_other:
            day = self.days.setdefault(date, BilledDay())
            for name, amount in said.items():
                day.writes(name, amount, "administrator")
            day.version, day.signed_off = day.version + 1, ""

    @rule(which=which, said=arrived)
    def calls_of_a_day(self, which, said):
        """The billing system tells what was billed on a day, in the name of Marta."""
        self.follow_shifts()
        date = self.pick_day(which)
        day = self.days.get(date, BilledDay())
        is_new = not day.said or day.said[-1].figures != said
        allowed = date <= (self.now + FROM_UTC).date() and not (is_new and day.signed_off)
        batch = self.does("Marta", None, allowed, call_of_day, pharmacy=self.pharmacy, date=date, said=said)
        if batch and is_new:
            day.said.append(Said("api", said, batch.pk))
            day.version += day.takes(day.said[-1]) or date not in self.days
            self.days[date] = day

    @precondition(lambda self: self.days)
    @rule(who=people, which=which, taken=st.booleans(), behind=st.sampled_from([0, 0, 0, 1]), why=reasons)
    def decides_on_a_day(self, who, which, taken, behind, why):
        self.follow_shifts()
        date = sorted(self.days)[which % len(self.days)]
        day, cashiers = self.days[date], {shift.cashier for shift in self.of_day(date).values() if shift.is_live}
        allowed = who in ADMINISTRATORS and day.is_undecided and not day.signed_off and not behind
        allowed = allowed and self.is_reason(why) and (who not in cashiers or cashiers.issuperset(ADMINISTRATORS))
        said = {"pharmacy": self.pharmacy, "day": date, "is_taken": taken, "reason": why}
        if self.does(who, None, allowed, day_actions.decide_on_day, version=day.version - behind, **said):
            day.is_decided(who, taken)
            day.version += 1

    @precondition(lambda self: self.days)
    @rule(who=people, which=which, behind=st.sampled_from([0, 0, 0, 1]), why=reasons)
    def signs_off_a_day(self, who, which, behind, why):
        self.follow_shifts()
        date = sorted(self.days)[which % len(self.days)]
        day, live = self.days[date], [shift for shift in self.of_day(date).values() if shift.is_live]
        allowed = who in ADMINISTRATORS and not day.signed_off and not any(shift.is_open for shift in live)
        allowed = allowed and day.billed["billed_cash"] is not None and not behind and self.is_reason(why)
        allowed = allowed and (live or sum(amount or 0 for amount in day.billed.values()))
        cashiers = {shift.cashier for shift in live}
        allowed = allowed and (who not in cashiers or cashiers.issuperset(ADMINISTRATORS))
        said = {"pharmacy": self.pharmacy, "day": date, "note": why, "version": day.version - behind}
        if self.does(who, None, bool(allowed), day_actions.sign_off_day, **said):
            day.signed_off, day.version, day.comes_to = who, day.version + 1, self.comes_to(date)

    def judged_days(self):
        """Result and difference of each day of which its live shifts alone do not tell: one is not compared."""
        judged = {}
        for date, day in self.days.items():
            live = [shift for shift in self.of_day(date).values() if shift.is_live]
            are_known = all(shift.final_cash is not None and not shift.is_open for shift in live)
            is_asked = any(not shift.is_compared for shift in live)
            if day.billed["billed_cash"] is not None and are_known and is_asked:
                received = {name: sum(shift.sum(kind) for shift in live) for name, kind in RECEIVED.items()}
                received["billed_cash"] = sum(shift.figures()["cash_sales"] for shift in live)
                judged[date] = compared(received, day.billed)
        return judged

    def days_with_a_verdict(self):
        """These, and those that are contradicted alone: not compared, without a difference."""
        alone = {date: ("not_compared", 0) for date, day in self.days.items() if day.more is not None}
        return alone | self.judged_days()

    def marks(self, who, pk, shift, allowed, act, mark, **words):
        [why] = words.values()
        if self.does(who, shift, allowed and self.is_reason(why), act, pk=pk, **words):
            self.is_marked(who, shift, mark, why)
            return True
        return False

    def is_marked(self, who, shift, mark, why):
        shift.marks[mark] = (who, why.strip())
        shift.signed_at = self.now if mark == "signed_off" else shift.signed_at
        shift.changed(who, why.strip())

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, why=reasons)
    def unflags(self, who, which, why):
        pk, shift = self.pick(which)
        allowed = self.may_administer(who, shift) and "flagged" in shift.marks
        self.unmarks(who, pk, shift, allowed, mark_actions.unflag_shift, "flagged", why)

    @precondition(lambda self: self.shifts)
    @rule(who=people, which=which, why=reasons)
    def restores(self, who, which, why):
        pk, shift = self.pick(which)
        allowed = who in ADMINISTRATORS and "deleted" in shift.marks and who != shift.cashier
        allowed = allowed and not (shift.is_open and self.is_taken(shift.register, shift.cashier))
        self.unmarks(who, pk, shift, allowed, mark_actions.restore_shift, "deleted", why)

    def unmarks(self, who, pk, shift, allowed, act, mark, why):
        if self.does(who, shift, allowed and self.is_reason(why), act, pk=pk, reason=why):
            del shift.marks[mark]
            shift.changed(who, why.strip())

    # --- After each step ----------------------------------------------------------------------------------------------

    @invariant()
    def everything_is_as_it_should_be(self):
        self.follow_shifts()
        connection.check_constraints()
        assert {row.pk: self.stored(row) for row in CashSession.objects.all()} == {
            pk: self.due(shift) for pk, shift in self.shifts.items()
        }
        lines = {pk: line for shift in self.shifts.values() for pk, line in shift.lines.items()}
        movements = Movement.objects.values_list("pk", "kind", "amount", "voided_at", "verified_at")
        assert {
            pk: (kind, amount, voided is not None, seen is not None) for pk, kind, amount, voided, seen in movements
        } == {pk: (line.kind, line.amount, line.voided, line.verified) for pk, line in lines.items()}
        assert self.told(CashSession.history) == {pk: self.named(shift.history) for pk, shift in self.shifts.items()}
        assert self.told(Movement.history) == {pk: self.named(line.history) for pk, line in lines.items()}
        replies = Counter(Reply.objects.values_list("session", flat=True))
        assert replies == +Counter({pk: shift.replies for pk, shift in self.shifts.items()})
        self.days_are_as_they_should_be()
        assert self.tallied() == self.due_tallies()
        assert Seal.objects.count() == sum(shift.seals for shift in self.shifts.values())
        assert list(hash_chain.drift()) == []
        assert list(running_totals.drift()) == []
        assert dict(CashSession.objects.values_list("pk", "gap")) == self.gaps()
        assert list(first_verdicts.drift()) == []

    def gaps(self):
        """Opening cash less what the last live shift of the register left in the seven days before."""
        return {pk: self.gap(shift) for pk, shift in self.shifts.items()}

    def gap(self, shift):
        before = [
            (other.closed_at, pk)
            for pk, other in self.shifts.items()
            if (other.register, other.is_live, other.is_open) == (shift.register, True, False)
            and other.opened_at < shift.opened_at
            and timedelta() <= shift.opened_at - other.closed_at <= timedelta(days=7)
        ]
        left = self.shifts[max(before)[1]].final_cash if before else None
        return None if left is None else shift.first_initial - left

    def days_are_as_they_should_be(self):
        rows = {
            row.date: (
                {name: getattr(row, name) for name in SOURCES},
                {name: getattr(row, source) for name, source in SOURCES.items()},
                row.version,
                row.signed_off_by,
            )
            for row in Day.objects.select_related("signed_off_by")
        }
        people = {"": None, **self.cast}
        assert rows == {
            date: (day.billed, day.sources, day.version, people[day.signed_off]) for date, day in self.days.items()
        }
        judged = DayVerdict.objects.values_list("date", "result", "difference", "contradicted_by", "is_signed_off")
        assert {date: told for date, *told in judged} == {
            date: [*verdict, self.days[date].more, bool(self.days[date].signed_off)]
            for date, verdict in self.days_with_a_verdict().items()
        }
        assert list(day_verdicts.drift()) == []

    def due(self, shift):
        marks = {mark: (self.cast[who].pk, why) for mark, (who, why) in shift.marks.items()}
        closing = shift.closed_at, shift.first_count, shift.uncounted
        verdicts = shift.first, shift.evidence or (None, None), shift.alone
        return shift.figures(), shift.sources, shift.version, closing, marks, verdicts

    def stored(self, row):
        words = {"flagged": row.flag_reason, "signed_off": row.signed_off_note, "deleted": row.delete_reason}
        by = {"flagged": row.flagged_by_id, "signed_off": row.signed_off_by_id, "deleted": row.deleted_by_id}
        marks = {mark: (by[mark], words[mark]) for mark in words if by[mark]}
        figures = {name: getattr(row, name) for name in FIGURES}
        sources = {name: getattr(row, source) for name, source in SOURCES.items()}
        closing = row.closed_at, row.first_count, row.uncounted_reason
        verdicts = row.first_result, (row.evidence_result, row.evidence_difference), row.signed_off_alone
        return figures, sources, row.version, closing, marks, verdicts

    def named(self, history):
        return [(self.cast[who].pk, why) for who, why in history]

    def told(self, history):
        """The history of each object, row by row: by whom and why."""
        told = {}
        rows = history.order_by("history_id").values_list("id", "history_user", "history_change_reason")
        for pk, who, why in rows:
            told.setdefault(pk, []).append((who, why or ""))
        return told

    def due_tallies(self):
        due = Counter()
        for shift in self.shifts.values():
            if "deleted" not in shift.marks:
                figures = shift.figures()
                key = (self.cast[shift.cashier].pk, figures["result"], "flagged" in shift.marks)
                due[key, "shifts"] += 1
                due[key, "difference"] += figures["total_difference"] or 0
        return due

    def tallied(self):
        kept = Counter()
        for tally in RunningTotal.objects.live():
            key = (tally.cashier_id, tally.result, tally.is_flagged)
            kept[key, "shifts"] += tally.shifts
            kept[key, "difference"] += tally.total_difference
        return kept
