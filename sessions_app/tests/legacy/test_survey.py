"""Numbers, registers, and open shifts that another one ended."""

from datetime import date, time

from sessions_app.legacy.codes import Code
from sessions_app.legacy.plan import Place
from sessions_app.legacy.survey import Numbers, survey
from sessions_app.tests.legacy.old_rows import DAY, codes, facts, open_shift, plans, shift, utc


def numbered(*numbers, **choices):
    rows = [shift(f"s{place}", session_number=number) for place, number in enumerate(numbers)]
    return [plan.number for plan in plans(*rows, **choices)]


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_the_number_on_paper_stays():
    assert numbered(12, 7, 30) == [12, 7, 30]


def test_a_number_that_is_taken_or_below_one_becomes_the_next_above_the_highest():
    assert numbered(19, 5, 19, 0, -3) == [19, 5, 20, 21, 22]


def test_a_number_that_changed_is_told():
    _first, second = plans(shift("a", session_number=4), shift("b", session_number=4))
    assert facts(second, Code.NUMBER_TAKEN) == [("session_number", 4, 5)]
    assert second.findings[0].ours == "5"


def test_without_numbers_they_are_counted_in_the_order_of_opening_and_nothing_is_told():
    found = plans(shift("a", session_number=None), shift("b", session_number=None))
    assert [(plan.number, codes(plan)) for plan in found] == [(1, []), (2, ["second_register"])]


def test_a_shift_that_is_here_already_keeps_its_number_and_nobody_else_gets_it():
    assert numbered(3, 5, 3, known={"s2": Place(5, 1)}) == [3, 6, 5]


def test_with_new_numbers_none_of_the_old_ones_counts():
    numbers = Numbers(200, {}, is_new=True)
    assert [numbers.take(shift(name, session_number=7), None) for name in "ab"] == [201, 202]


# --- Registers --------------------------------------------------------------------------------------------------------


def placed(*shifts, **choices):
    return [plan.values.register for plan in plans(*shifts, **choices)]


def test_a_shift_takes_the_lowest_register_that_is_free_when_it_opens():
    day = [
        shift("a", closed_time=time(15)),
        shift("b", opened_time=time(8), closed_time=time(12)),
        shift("c", opened_time=time(12), closed_time=time(20)),
        shift("d", opened_time=time(15)),
    ]
    assert placed(*day) == [1, 2, 2, 1]


def test_each_pharmacy_has_registers_of_its_own_and_needs_as_many_as_stood_open_at_once():
    rows = [shift("a"), shift("b", business_id="luque"), shift("c", opened_time=time(9))]
    assert placed(*rows) == [1, 1, 2]
    assert survey(rows, known={}).registers == {"centro": 2, "luque": 1}


def test_a_deleted_shift_holds_no_register():
    assert placed(shift("a", is_deleted=True), shift("b"), shift("c", is_deleted=True)) == [1, 1, 1]


def test_a_second_register_is_told():
    assert facts(plans(shift("a"), shift("b"))[1], Code.SECOND_REGISTER) == [("register", None, 2)]


def test_a_shift_that_is_here_already_keeps_its_register():
    assert placed(shift("a"), shift("b"), known={"a": Place(1, 3)}) == [3, 1]


def test_a_register_is_free_when_the_last_of_those_that_were_put_there_is_over():
    rows = [
        shift("a"),
        shift("b", opened_time=time(8), closed_time=time(12)),
        shift("c", opened_time=time(13), closed_time=time(14)),
    ]
    assert placed(*rows, known={"a": Place(1, 1), "b": Place(2, 1)}) == [1, 1, 2]


# --- Open shifts ------------------------------------------------------------------------------------------------------


def test_of_several_open_ones_the_newest_stays_open_and_each_older_one_ends_where_the_next_began():
    rows = [open_shift(name, session_date=date(2026, 3, day)) for name, day in (("a", 1), ("b", 4), ("c", 9))]
    first, second, third = plans(*rows)
    assert [plan.values.closed_at for plan in (first, second, third)] == [
        utc(2026, 3, 4, 10),
        utc(2026, 3, 9, 10),
        None,
    ]
    assert first.values.uncounted_reason == "Cerrado sin contar en el sistema anterior."
    assert (first.values.final_cash, first.values.status, third.values.status) == (None, "closed", "open")
    assert [codes(plan) for plan in (first, third)] == [["another_open_since"], []]
    assert [plan.values.register for plan in (first, second, third)] == [1, 1, 1]


def test_somebody_elses_another_pharmacys_or_a_deleted_shift_ends_none():
    rows = [
        open_shift("a"),
        open_shift("b", cashier_id="beto", opened_time=time(8)),
        open_shift("c", business_id="luque", opened_time=time(8)),
        open_shift("d", is_deleted=True, opened_time=time(9)),
        shift("e", opened_time=time(9)),
    ]
    assert [plan.values.status for plan in plans(*rows)] == ["open", "open", "open", "open", "closed"]


def test_an_open_shift_is_stale_once_newer_ones_opened_more_than_sixteen_hours_later():
    rows = [open_shift("a"), open_shift("b", cashier_id="beto", opened_time=time(23, 1))]
    later = open_shift("c", cashier_id="marta", opened_time=time(15, 1), session_date=date(2026, 3, 11))
    assert [codes(plan) for plan in plans(*rows)] == [["stale_open"], ["second_register"]]
    assert [codes(plan)[-1:] for plan in plans(*rows, later)] == [
        ["stale_open"],
        ["second_register"],
        ["second_register"],
    ]


def test_a_closed_day_with_a_live_shift_was_worked():
    rows = [shift("a"), shift("b", session_date=date(2026, 3, 11), is_deleted=True)]
    closed = [("centro", DAY), ("centro", date(2026, 3, 11)), ("luque", DAY)]
    assert survey(rows, closed_days=closed, known={}).worked == {("centro", DAY)}
