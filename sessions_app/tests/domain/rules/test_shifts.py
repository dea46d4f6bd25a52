"""Opening, closing and correcting: who may, until when, and the sentence for everybody else."""

from datetime import timedelta

import pytest

from pharmacies.models import Pharmacy
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.tests.domain.rules.sentences import ROLE, TOO_LATE, later

# --- Opening ----------------------------------------------------------------------------------------------------------


def test_a_cashier_opens_where_assigned(ana, central):
    assert shift_rules.why_not_open(ana, central, 1, ana, works_there=True) is None
    assert (
        shift_rules.why_not_open(ana, central, 1, ana, works_there=False) == "Ana Benítez is not assigned to Central."
    )


def test_only_administrators_open_for_somebody_else(ana, beto, marta, carla, central):
    assert shift_rules.why_not_open(ana, central, 1, beto, works_there=True) == ROLE
    assert shift_rules.why_not_open(carla, central, 1, carla, works_there=True) == ROLE
    assert shift_rules.why_not_open(marta, central, 1, beto, works_there=True) is None


def test_an_inactive_pharmacy_takes_no_shifts(marta):
    old = Pharmacy(name="Old", is_active=False)

    assert (
        shift_rules.why_not_open(marta, old, 1, marta, works_there=True) == "Old is inactive and takes no new shifts."
    )


@pytest.mark.parametrize(
    ("registers", "register", "sentence"),
    [
        (2, 0, "Big has 2 registers."),
        (2, 1, None),
        (2, 2, None),
        (2, 3, "Big has 2 registers."),
        (1, 2, "Big has 1 register."),
    ],
)
def test_a_register_has_to_exist(registers, register, sentence, marta):
    pharmacy = Pharmacy(name="Big", registers=registers)

    assert shift_rules.why_not_open(marta, pharmacy, register, marta, works_there=True) == sentence


def test_a_taken_register_says_who_holds_it_and_since_when_in_asuncion(opened, ana, beto):
    assert shift_rules.why_taken(opened, beto) == (
        f"Register 1 of Central is held by Ana Benítez since 03/07/2026 20:30 (shift #{opened.pk})."
    )
    assert shift_rules.why_taken(opened, ana) == (
        f"Ana Benítez already has shift #{opened.pk} open at Central since 03/07/2026 20:30."
    )


# --- Closing and correcting -------------------------------------------------------------------------------------------


def test_an_open_shift_is_closed_once(opened, closed_of_beto, ana, beto):
    assert shift_rules.why_not_close(ana, opened) is None
    assert shift_rules.why_not_close(beto, closed_of_beto) == "This shift was already closed on 03/07/2026 20:30."


def test_an_open_shift_has_nothing_to_correct_or_to_sign_off(opened, ana, marta):
    assert shift_rules.why_not_correct(ana, opened) == "This shift is still open."
    assert mark_rules.why_not_sign_off(marta, opened) == "This shift is still open."


@pytest.mark.parametrize(
    ("span", "sentence"),
    [
        ({"hours": 0}, None),
        ({"hours": 11, "minutes": 59}, None),
        ({"hours": 12}, None),
        ({"hours": 12, "microseconds": 1}, TOO_LATE),
        ({"days": 30}, TOO_LATE),
    ],
)
def test_a_cashier_corrects_for_twelve_hours_and_an_administrator_for_ever(span, sentence, closed, ana, marta):
    with later(**span):
        assert [shift_rules.why_not_correct(ana, closed), movement_rules.why_not_add_movement(ana, closed)] == [
            sentence,
            sentence,
        ]
        assert [shift_rules.why_not_correct(marta, closed), movement_rules.why_not_add_movement(marta, closed)] == [
            None,
            None,
        ]


@pytest.mark.parametrize(("hours", "answers_by_minute"), [(0, [None, "late", "late"]), (0.025, [None, None, "late"])])
def test_the_window_is_a_setting(hours, answers_by_minute, closed, ana, settings):
    settings.CORRECTION_WINDOW = timedelta(hours=hours)
    answers = []
    for minute in range(3):
        with later(minutes=minute):
            answers.append("late" if shift_rules.why_not_correct(ana, closed) else None)

    assert answers == answers_by_minute
