"""Several people at the same shifts, in any order, on both sides of the twelve hours, beside a model of what must be.

The model is that of people.py. 150 runs of 30 steps with HYPOTHESIS_PROFILE=prove.
"""

import contextlib
from datetime import timedelta
from itertools import chain

import pytest
from hypothesis.stateful import run_state_machine_as_test

from cashpilot.exceptions import ActionRefused
from sessions_app.actions import days as day_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions import unit_of_work
from sessions_app.domain.rules import days as day_rules
from sessions_app.domain.rules import imports as import_rules
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.ledger import day_verdicts, evidence, first_verdicts, gaps, hash_chain, running_totals
from sessions_app.tests.people import RECEIVED, People
from testing.profiles import examples


@pytest.fixture
def cast(ana, beto, marta, olga, carla):
    return {person.first_name: person for person in (ana, beto, marta, olga, carla)}


@pytest.mark.proof("Whatever several people do in whatever order, rows, sums, history and seals are as a model says")
def test_whatever_people_do_in_whatever_order_it_is_as_the_model_says(central, cast, record_property):
    how = examples(5, prove=150, stateful_step_count=30)
    run_state_machine_as_test(lambda: People(central, cast), settings=how)
    record_property("measured", f"{how.max_examples} runs of up to {how.stateful_step_count} steps, checked after each")


def a_day(people):
    """One run told by hand, in which each of the things below is felt."""
    yield people.opens("Ana", "Ana", 1, 500_000)
    yield people.notes("Ana", 0, "transfer", 15_000, "")
    yield people.flags("Ana", 0, "  ")
    yield people.corrects_opening("Ana", 0, 485_000, 0, "because")
    yield people.closes("Ana", 0, 485_000, dict.fromkeys(["billed_cash", *RECEIVED]), 0, 1_000)
    yield people.reviews("Marta", 0, "because")
    yield people.time_passes(721)
    yield people.corrects("Ana", 0, {"final_cash": 0}, {}, 0, "late")
    yield people.corrects("Marta", 0, {"final_cash": 1}, {}, 1, "because")
    yield people.corrects("Marta", 0, {"final_cash": 0}, {"billed_cash": 0}, 0, "because")
    yield people.deletes("Marta", 0, "because")
    yield people.flags("Marta", 0, "because")
    yield people.restores("Marta", 0, "because")
    yield people.settles(recounts=True)
    yield people.opens("Beto", "Beto", 2, 500_000)
    yield people.closes("Beto", 1, 485_000, {**dict.fromkeys(RECEIVED), "billed_cash": 15_000}, 0, 0)
    yield people.notes("Beto", 1, "card", 1_000, "")
    yield people.recounts_it("Beto", 1, 500_000, 0)
    yield people.opens("Ana", "Ana", 1, 0)
    yield people.closes_uncounted("Marta", 2, "because")
    yield people.corrects("Ana", 2, {"final_cash": 15_000}, {}, 0, "because")
    yield people.replies("Ana", 2, "I recounted.")
    yield people.bills_a_day("Marta", 1, {**dict.fromkeys(RECEIVED), "billed_cash": 15_000}, 0, "")
    yield people.signs_off_a_day("Olga", 0, 1, "because")
    yield people.signs_off_a_day("Olga", 0, 0, "because")
    yield people.reviews("Olga", 2, "because")
    yield people.undoes_a_sign_off("Olga", 2, 0)
    yield people.time_passes(60)
    yield people.notes("Marta", 2, "card", 1_000, "because")
    yield people.reviews("Olga", 2, "because")
    yield people.time_passes(60)
    yield people.undoes_a_sign_off("Olga", 2, 0)
    yield people.settles(recounts=False)
    yield people.opens("Ana", "Ana", 1, 500_000)
    yield people.closes("Ana", 3, 500_000, {**dict.fromkeys(RECEIVED), "billed_cash": 0}, 0, 0)
    yield people.opens("Ana", "Ana", 1, 500_000)
    yield people.closes("Ana", 4, 485_000, {**dict.fromkeys(RECEIVED), "billed_cash": 0}, 0, 0)
    yield people.corrects("Marta", 4, {"final_cash": 500_000}, {}, 0, "because")
    yield people.signs_off_together("Olga", {2, 3, 4}, "because")


def what_arrives(people):
    """It fills what is unknown, is written over, decided on and undone: of Ana's shift, and of one of Marta's own."""
    yield people.opens("Ana", "Ana", 1, 500_000)
    yield people.closes("Ana", 5, 485_000, dict.fromkeys(["billed_cash", *RECEIVED]), 0, 0)
    yield people.calls(5, {"billed_cash": 0})
    yield people.undoes_an_import("Olga", 0, 0, "because")
    yield people.corrects("Ana", 5, {}, {"billed_cash": 0}, 0, "because")
    yield people.calls(5, {"billed_cash": 15_000})
    yield people.reviews("Olga", 5, " no. ")
    yield people.decides("Olga", 5, False, 0, "because")
    yield people.opens("Marta", "Marta", 1, 500_000)
    yield people.closes("Marta", 6, 500_000, {**dict.fromkeys(RECEIVED), "billed_cash": 0}, 0, 0)
    yield people.calls(6, {"billed_cash": 15_000})
    yield people.calls(6, {"billed_cash": 0})
    yield people.undoes_an_import("Marta", 1, 0, "because")
    yield people.decides("Olga", 6, True, 0, "because")
    yield people.corrects("Olga", 6, {}, {"billed_cash": 0}, 0, "because")
    yield people.reviews("Olga", 6, "because")
    yield from what_arrives_of_the_card(people)


def what_arrives_of_the_card(people):
    """The same where the cash agrees, and the card alone is contradicted: kept, said again, taken, undone, kept."""
    yield people.opens("Beto", "Beto", 2, 500_000)
    yield people.closes("Beto", 7, 500_000, {**dict.fromkeys(RECEIVED), "billed_cash": 0, "billed_card": 0}, 0, 0)
    yield people.calls(7, {"billed_cash": 0, "billed_card": 15_000})
    yield people.signs_off_together("Olga", {7}, "because")
    yield people.decides("Olga", 7, False, 0, "because")
    yield people.calls(7, {"billed_card": 15_000})
    yield people.decides("Olga", 7, True, 0, "because")
    yield people.calls(7, {"billed_card": 16_000})
    yield people.decides("Olga", 7, True, 0, "because")
    yield people.undoes_an_import("Olga", 2, 2, "because")
    yield people.calls(7, {"billed_cash": 1_000, "billed_card": 17_000})
    yield people.decides("Olga", 7, True, 0, "because")
    yield people.calls(7, {"billed_card": 18_000})
    yield people.decides("Olga", 7, False, 0, "because")
    yield people.reviews("Marta", 7, "because")


def what_was_left(people):
    """A shift's count is known, is another amount, is taken away and put back after the next one opened."""
    yield people.opens("Ana", "Ana", 1, 500_000)
    yield people.time_passes(60)
    yield people.closes_uncounted("Marta", 8, "because")
    yield people.opens("Ana", "Ana", 1, 500_000)
    yield people.corrects("Ana", 8, {"final_cash": 485_000}, {}, 0, "because")
    yield people.corrects("Ana", 8, {"final_cash": 15_000}, {}, 0, "because")
    yield people.deletes("Marta", 8, "because")
    yield people.restores("Marta", 8, "because")


NO_DEFENCE = {
    "the twelve hours": (shift_rules, "correction_deadline", lambda closed_at: closed_at + timedelta(hours=24)),
    "the seals": (hash_chain, "append", lambda shift, **_known: None),
    "the running totals": (running_totals, "move", lambda before, after: None),
    "what was left at an opening": (gaps, "set_gap", lambda shift: None),
    "what is left otherwise later": (gaps, "follow", lambda shift: None),
    "the reason": (unit_of_work, "require_reason", lambda reason: reason.strip() or "none"),
    "the end of a sign-off": (unit_of_work.ShiftChange, "unmark", lambda change, mark: None),
    "the rest of the deleted": (mark_rules, "why_not_live", lambda shift: None),
    "the rest while a second count is waited for": (movement_rules, "why_not_before_recount", lambda shift: None),
    "the version": (shift_actions, "require_version", lambda shift, version: None),
    "the end of a day's sign-off": (day_actions, "_clear_sign_off", lambda row: None),
    "the verdict of a day": (day_verdicts, "keep", lambda day: None),
    "the version of a day": (day_rules, "require_day_version", lambda day, version: None),
    "the ten minutes": (mark_rules, "UNDONE_WITHIN", timedelta(hours=2)),
    "what is signed off alone": (mark_rules, "why_not_sign_off_together", lambda *_asked, **_said: None),
    "the verdict that goes with its import": (first_verdicts, "withdraw", lambda shift, match: None),
    "what arrived beside what was typed": (evidence, "follow", lambda row, **_said: False),
    "what is undone by others": (import_rules, "why_not_undo_own", lambda *_asked, **_said: None),
    "what is imported by others": (import_rules, "why_not_replace_own", lambda *_asked, **_said: None),
    "who wrote over what arrived": (first_verdicts, "_is_news", lambda *_asked: True),
    "nothing": (shift_actions, "ActionRefused", ActionRefused),
}


@pytest.mark.slow
@pytest.mark.parametrize("without", NO_DEFENCE)
def test_the_model_notices_what_is_broken(without, central, cast, monkeypatch):
    """The positive control; where nothing is broken it must not find fault after any step.

    What is broken stays to be seen, so it is looked for after each eighth step of the day, but after each of what
    arrives and of what was left: the next thing said of a shift covers it up.
    """
    monkeypatch.setattr(*NO_DEFENCE[without])
    people = People(central, cast)
    with contextlib.nullcontext() if without == "nothing" else pytest.raises(AssertionError):
        later = chain(what_arrives(people), what_was_left(people))
        for steps, often in ((a_day(people), 1 if without == "nothing" else 8), (later, 1)):
            for number, _step in enumerate(steps):
                if number % often == 0:
                    people.everything_is_as_it_should_be()
    people.teardown()
