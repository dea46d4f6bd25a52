"""A form says what a pharmacy usually opens with, and who holds its registers."""

from datetime import timedelta

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.forms.shifts import OpenForm
from sessions_app.queries.openings import usual_opening
from testing.factories import ShiftFactory


def _opened(person, *amounts, days=1):
    with periods.at(periods.now() - timedelta(days=days)):
        return [ShiftFactory(closed=True, cashier=person, initial_cash=amount) for amount in amounts]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([500_000] * 4, None),
        ([500_000] * 5, 500_000),
        ([500_000] * 3 + [1, 2, 3], 500_000),
        ([500_000] * 3 + [1, 2, 3, 4], None),
        ([500_000] * 3 + [400_000] * 3, 400_000),
        ([], None),
    ],
)
def test_usual_is_what_at_least_half_of_five_or_more_opened_with(amounts, expected, ana, central):
    _opened(ana, *amounts)
    assert usual_opening(central) == expected


def test_only_live_shifts_of_that_pharmacy_in_30_days_count(ana, marta, central, luque):
    _opened(ana, *[500_000] * 4)
    _opened(ana, 500_000, days=31)
    mark_actions.delete_shift(_opened(ana, 500_000)[0].pk, reason="twice", by=marta)
    ana.assignments.create(pharmacy=luque)
    ShiftFactory(closed=True, cashier=ana, pharmacy=luque, initial_cash=500_000)
    assert usual_opening(central) is None


def test_it_is_a_hint_and_never_filled_in(ana, central):
    _opened(ana, *[500_000] * 5)
    with translation.override("en"):
        form = OpenForm(by=ana)
        form.tell_usual_opening()
        assert str(form["initial_cash"].help_text).endswith("Most shifts here open with ₲\u00a0500.000.")
    assert form["initial_cash"].value() is None


def test_registers_are_offered_with_who_holds_them_and_the_first_free_one_stands_there(ana, beto, central):
    ShiftFactory(cashier=beto, register=1)
    with translation.override("en"):
        form = OpenForm(by=ana)
        labels = [label for _value, label in form.fields["register"].widget.choices]
    assert labels[0].startswith("1 · held by Beto Benítez since today ")
    assert labels[1:] == [str(number) for number in range(2, central.registers + 1)]
    assert form["register"].value() == 2


def test_until_a_pharmacy_is_chosen_nobody_is_named(marta, beto, central, luque):
    ShiftFactory(cashier=beto, register=1)
    most = max(central.registers, luque.registers)
    assert [label for _value, label in OpenForm(by=marta).fields["register"].widget.choices] == [
        str(number) for number in range(1, most + 1)
    ]
    chosen = OpenForm(by=marta, place=str(central.pk))
    assert "Beto Benítez" in chosen.fields["register"].widget.choices[0][1]
    assert chosen["pharmacy"].value() == central.pk


def test_where_every_register_is_held_it_is_said_when_one_is_free(ana, beto, central):
    ShiftFactory(cashier=beto, register=1)
    with translation.override("en"):
        free = OpenForm(by=ana).fields["register"].help_text
        ShiftFactory(cashier=ana, register=2)
        held = OpenForm(by=ana).fields["register"].help_text
    assert (free, held) == ("", "It is free once that shift is closed.")
