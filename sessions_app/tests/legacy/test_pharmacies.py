"""Pharmacies of the old system, and who works there."""

from pharmacies.models import Pharmacy
from sessions_app.legacy.codes import Code
from sessions_app.legacy.pharmacies import plan_assignments, plan_pharmacies
from sessions_app.legacy.values import width
from sessions_app.tests.legacy.old_rows import assignment, business, codes, facts, utc

NAME = width(Pharmacy, "name")


def planned(*rows, registers=None, transfers_in_cash=True):
    return plan_pharmacies(rows, registers=registers or {}, transfers_in_cash=transfers_in_cash)


def test_a_pharmacy_comes_along_with_as_many_registers_as_its_shifts_need():
    plans = planned(business("centro", address="Palma 1", phone="021"), business("luque"), registers={"centro": 2})
    assert [(plan.name, plan.address, plan.phone, plan.registers) for plan in plans] == [
        ("Farmacia Centro", "Palma 1", "021", 2),
        ("Farmacia Luque", "", "", 1),
    ]


def test_its_billing_system_counts_transfers_as_cash_unless_it_is_said_not_to():
    assert [planned(business(), transfers_in_cash=said)[0].transfers_billed_as_cash for said in (True, False)] == [
        True,
        False,
    ]


def test_of_several_with_one_name_the_active_and_older_one_keeps_it():
    closed = business("a", name="Norte", is_active=False, created_at=utc(2020, 1, 1))
    old, new = business("b", name="Norte", created_at=utc(2021, 1, 1)), business("c", name="Norte")
    plans = planned(closed, new, old)
    assert [(plan.origin.id, plan.name) for plan in plans] == [("b", "Norte"), ("c", "Norte (2)"), ("a", "Norte (3)")]
    assert facts(plans[2], Code.NAME_TAKEN) == [("name", "Norte", "Norte (3)")]
    assert plans[2].findings[0].ours == "Norte (3)"


def test_one_without_a_name_is_named_by_its_id():
    (plan,) = planned(business("centro", name="  "))
    assert (plan.name, facts(plan, Code.PLACE_NAME_MISSING)) == ("centro", [("name", "  ", "centro")])


def test_a_name_that_is_cut_stays_unique():
    plans = planned(business("a", name="x" * (NAME + 5)), business("b", name="x" * (NAME + 9)))
    assert [plan.name for plan in plans] == ["x" * NAME, "x" * (NAME - 4) + " (2)"]
    assert codes(plans[1]) == ["name_taken", "text_cut"]


def test_a_name_that_was_stored_escaped_is_put_right():
    (plan,) = planned(business(name="Farmacia &amp; Perfumería"))
    assert plan.name == "Farmacia & Perfumería"
    assert codes(plan) == ["text_unescaped"]


def assigned(*rows):
    people, places = {"ana": "ana@example.com", "beto": "beto@example.com"}, {"centro": "Centro", "luque": "Luque"}
    return plan_assignments(rows, people=people, pharmacies=places)


def test_a_pair_is_assigned_once_however_often_it_is_stored():
    plans, lost = assigned(assignment(key="2"), assignment(key="1"), assignment("ana", "luque", key="3"))
    assert [(plan.origin.id, plan.person, plan.pharmacy, len(plan.left_out)) for plan in plans] == [
        ("1", "ana", "centro", 1),
        ("3", "ana", "luque", 0),
    ]
    assert (codes(plans[0]), plans[0].findings[0].ours, lost) == (["assignment_twice"], "ana@example.com @ Centro", [])


def test_an_assignment_of_nobody_or_to_nowhere_is_kept_and_told():
    plans, lost = assigned(assignment("nobody"), assignment("ana", "nowhere", key="2"))
    assert plans == []
    assert [(row.origin.table, row.origin.id, codes(row)) for row in lost] == [
        ("user_businesses", "1", ["orphan"]),
        ("user_businesses", "2", ["orphan"]),
    ]
