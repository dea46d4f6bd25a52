"""The day of a pharmacy: what its shifts add up to, beside what the billing system says; its sign-off."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies.actions import edit_pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Level, Result
from sessions_app.domain.rules import days as day_rules
from sessions_app.models import Day
from sessions_app.queries import day_figures
from sessions_app.queries.audit.pages import read_page
from sessions_app.queries.audit.rows import AuditQuery
from testing.client import signed_in
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

NOON = datetime(2026, 7, 3, 15, tzinfo=UTC)
TODAY = date(2026, 7, 3)
CHANGED = "The day changed while you had this page open. Compare, and send it again if it still holds."


@pytest.fixture(autouse=True)
def _english(marta, carla):
    for user in (marta, carla):
        user.language = "en"
        user.save()
    with translation.override("en"), periods.at(NOON):
        yield


@pytest.fixture
def boss(marta):
    return signed_in(marta)


@pytest.fixture
def two_shifts(ana, beto):
    """200.000 in cash each; one with 90.000 by card, one with 40.000 by transfer; each compared and right."""
    card, transfer = NewMovement(Kind.CARD, 90_000), NewMovement(Kind.TRANSFER, 40_000, "Gómez")
    first = ShiftFactory(
        closed=True, cashier=ana, final_cash=700_000, billed={"billed_cash": 200_000}, movements=[card]
    )
    second = ShiftFactory(
        closed=True, cashier=beto, register=2, final_cash=700_000, billed={"billed_cash": 200_000}, movements=[transfer]
    )
    return [first, second]


BILLED = {"billed_cash": 400_000, "billed_card": 90_000, "billed_transfer": 40_000}


def write(pharmacy, by, **values):
    written = Day.objects.filter(pharmacy=pharmacy, date=TODAY).first()
    return write_day(pharmacy, TODAY, version=written.version if written else 0, by=by, **values)


def figures(pharmacy, by):
    return day_figures.of_day(by, pharmacy, TODAY)


# --- What it comes to -------------------------------------------------------------------------------------------------


def test_the_sum_of_the_shifts_stands_beside_what_was_billed(two_shifts, central, marta):
    write(central, marta, **BILLED | {"billed_card": 100_000}, invoices=31, cost=300_000)
    day = figures(central, marta)

    assert (day.shifts, day.sales, day.billed, day.difference) == (2, 530_000, 540_000, -10_000)
    assert (day.margin, day.margin_percent, day.result) == (240_000, 44, Result.SHORT)


@pytest.mark.parametrize(
    ("billed", "result"),
    [
        (BILLED, Result.BALANCED),
        (BILLED | {"billed_cash": 490_000, "billed_card": 0}, Result.SWAPPED),
        (BILLED | {"billed_cash": 399_000}, Result.OVER),
    ],
)
def test_the_day_is_judged_as_a_shift_is(billed, result, two_shifts, central, marta):
    write(central, marta, **billed)
    assert figures(central, marta).result == result


def test_the_tolerance_is_that_of_the_pharmacy_when_the_day_was_written(two_shifts, central, marta):
    edit_pharmacy(central.pk, cash_tolerance=10_000, by=marta)
    write(central, marta, **BILLED | {"billed_cash": 410_000})
    assert figures(central, marta).result == Result.BALANCED


def test_a_day_keeps_the_settings_under_which_it_was_first_written(two_shifts, central, marta):
    """A shortage that was told three days ago is not taken back by adding the cost under settings of today."""
    write(central, marta, **BILLED | {"billed_cash": 410_000})
    edit_pharmacy(central.pk, cash_tolerance=50_000, transfers_billed_as_cash=True, by=marta)
    with periods.at(NOON + timedelta(days=3)):
        day = write(central, marta, cost=300_000)

    assert (day.tolerance, day.transfers_billed_as_cash, day.cost) == (0, False, 300_000)
    assert (figures(central, marta).result, figures(central, marta).difference) == (Result.SHORT, -10_000)


def test_a_past_day_takes_the_settings_of_the_last_shift_that_closed_on_it(ana, beto, central, marta, boss):
    ShiftFactory(closed=True, cashier=ana)
    edit_pharmacy(central.pk, cash_tolerance=5_000, transfers_billed_as_cash=True, by=marta)
    ShiftFactory(closed=True, cashier=beto, register=2)
    edit_pharmacy(central.pk, cash_tolerance=90_000, transfers_billed_as_cash=False, by=marta)
    with periods.at(NOON + timedelta(days=3)):
        assert "billed_transfer" not in boss.get(f"/days/{central.pk}/{TODAY}/").context["form"].fields
        day = write(central, marta, billed_cash=1)
        without_shifts = write_day(central, TODAY + timedelta(days=1), version=0, by=marta, billed_cash=1)

    assert (day.tolerance, day.transfers_billed_as_cash) == (5_000, True)
    assert (without_shifts.tolerance, without_shifts.transfers_billed_as_cash) == (90_000, False)


def test_the_day_of_today_takes_the_settings_of_now(ana, central, marta):
    ShiftFactory(closed=True, cashier=ana)
    edit_pharmacy(central.pk, cash_tolerance=5_000, by=marta)
    assert write(central, marta, billed_cash=1).tolerance == 5_000


def test_transfers_may_be_billed_as_cash(two_shifts, central, marta, boss):
    edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)
    write(central, marta, billed_cash=440_000, billed_card=90_000)
    shown = boss.get(f"/days/{central.pk}/{TODAY}/")

    assert figures(central, marta).result == Result.BALANCED
    assert "billed_transfer" not in shown.context["form"].fields
    assert [method.label for method in shown.context["methods"]] == ["Cash and bank transfers", "Card", "Credit sale"]


def test_what_is_not_all_there_is_not_balanced(two_shifts, central, luque, ana, marta):
    assert figures(central, marta).missing == ["What the billing system says is missing."]
    write(central, marta, **BILLED)
    assert figures(central, marta).result == Result.BALANCED
    third = ShiftFactory(cashier=ana)
    assert (figures(central, marta).missing, figures(central, marta).result) == (["1 shift is still open."], None)
    shift_actions.close_shift(third.pk, final_cash=500_000, by=ana)
    assert (figures(central, marta).missing, figures(central, marta).level) == ([], Level.DAY)
    assert figures(luque, marta).is_empty


def test_deleted_shifts_and_other_days_do_not_count(two_shifts, central, ana, marta):
    mark_actions.delete_shift(two_shifts[0].pk, reason="twice", by=marta)
    with periods.at(NOON - timedelta(days=1)):
        ShiftFactory(closed=True, cashier=ana)
    assert (figures(central, marta).shifts, figures(central, marta).sales) == (1, 240_000)


def test_a_day_without_business_has_nothing_billed_and_no_shifts(central, luque, ana, marta):
    write(luque, marta, is_closed=True)
    closed = figures(luque, marta)
    assert (closed.is_closed, closed.missing, closed.result) == (True, [], None)
    with pytest.raises(ActionRefused, match="clear the amounts"):
        write(luque, marta, is_closed=True, billed_cash=1)
    ShiftFactory(closed=True, cashier=ana)
    with pytest.raises(ActionRefused, match="That day has shifts"):
        write(central, marta, is_closed=True)


def test_a_shift_that_is_opened_on_a_day_without_business_takes_the_mark_back(luque, otto, marta):
    write(luque, marta, is_closed=True)
    sign_off_day(luque, TODAY, note="holiday", version=1, by=marta)
    shift = ShiftFactory(cashier=otto)

    day = Day.objects.get()
    latest = day.history.latest()
    assert (day.is_closed, day.signed_off_at, day.version) == (False, None, 3)
    assert (latest.history_user, latest.history_change_reason) == (otto, f"Shift #{shift.pk} changed.")
    assert read_page(AuditQuery(kind="day")).entries[0].what == "Changed"
    assert figures(luque, marta).missing == ["1 shift is still open.", "What the billing system says is missing."]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_shift_that_is_restored_on_a_day_without_business_takes_the_mark_back(is_open, luque, otto, marta):
    shift = ShiftFactory(cashier=otto) if is_open else ShiftFactory(closed=True, cashier=otto)
    mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    write(luque, marta, is_closed=True)
    mark_actions.restore_shift(shift.pk, reason="right after all", by=marta)
    assert (Day.objects.get().is_closed, Day.objects.get().version) == (False, 2)


def test_what_was_stored_before_as_without_business_and_with_shifts_is_told_until_its_shift_is_deleted(
    luque, otto, marta
):
    shift = ShiftFactory(closed=True, cashier=otto)
    update([write(luque, marta, cost=None)], is_closed=True)
    told = "It was marked as a day without business, but has shifts."
    assert figures(luque, marta).missing == [told]
    with pytest.raises(ActionRefused, match=told):
        sign_off_day(luque, TODAY, note="fine", version=1, by=marta)
    mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    assert (Day.objects.get().is_closed, figures(luque, marta).missing) == (True, [])


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_it_is_written_with_its_history_and_saying_the_same_leaves_no_trace(central, marta):
    day = write(central, marta, **BILLED)
    write(central, marta, **BILLED)
    write(central, marta, cost=-5_000)

    assert [row.version for row in day.history.order_by("history_id")] == [1, 2]
    told = read_page(AuditQuery(kind="day", number=day.pk)).entries
    assert [(entry.what, entry.subject, entry.pharmacy) for entry in told] == [
        ("Changed", "03/07/2026", "Central"),
        ("Added", "03/07/2026", "Central"),
    ]
    assert [(change.old, change.new) for change in told[0].changes] == [(None, "−5.000")]


def test_a_day_to_come_is_not_written(central, marta):
    with pytest.raises(ActionRefused, match="That day has not come yet"):
        write_day(central, TODAY + timedelta(days=1), version=0, by=marta, billed_cash=1)


def test_what_changed_meanwhile_is_a_conflict_and_the_typed_values_stay(central, marta, boss):
    write(central, marta, **BILLED)
    with nothing_written():
        answer = boss.post(f"/days/{central.pk}/{TODAY}/", {"billed_cash": "7", "version": "0"})

    assert (answer.status_code, CHANGED in answer.text) == (409, True)
    assert 'name="billed_cash" value="7"' in answer.text
    assert 'name="version" value="1"' in answer.text


def test_the_page_takes_sums_and_costs_below_zero(central, boss):
    sent = {"billed_cash": "400.000+500", "cost": "1.500-2.000", "invoices": "31", "version": "0"}
    answer = boss.post(f"/days/{central.pk}/{TODAY}/", sent)

    day = Day.objects.get()
    assert (answer.status_code, day.billed_cash, day.cost, day.invoices) == (302, 400_500, -500, 31)
    assert (day.billed_card, day.is_closed) == (None, False)


@pytest.mark.parametrize("junk", ["x", "1.5", "٣٤", "1e9", "9" * 40, "\x00"])
def test_what_is_no_number_is_kept_at_its_field(junk, central, boss):
    fields = ["billed_cash", "invoices", "cost", "version"]
    with nothing_written():
        answer = boss.post(f"/days/{central.pk}/{TODAY}/", dict.fromkeys(fields, junk))
    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, set(fields))


@pytest.mark.parametrize("day", ["2026-02-30", "1999-01-01", "2026-7-3", "3026-01-01x"])
def test_what_is_no_day_is_no_address(day, central, boss):
    assert boss.get(f"/days/{central.pk}/{day}/").status_code == 404


@pytest.mark.parametrize(("before", "sentence"), [(False, "bill transfers as cash:"), (True, "bill transfers apart:")])
def test_a_setting_that_changed_while_the_form_was_open_is_told_and_nothing_is_saved(
    before, sentence, central, marta, boss
):
    path = f"/days/{central.pk}/{TODAY}/"
    edit_pharmacy(central.pk, transfers_billed_as_cash=before, by=marta)
    drawn = {"version": "0", "transfers_billed_as_cash": str(before)}
    assert f'name="transfers_billed_as_cash" value="{before}"' in boss.get(path).text
    edit_pharmacy(central.pk, transfers_billed_as_cash=not before, by=marta)
    with nothing_written():
        refused = boss.post(path, drawn | {"billed_cash": "7"})

    assert (refused.status_code, sentence in refused.text) == (409, True)
    assert 'name="billed_cash" value="7"' in refused.text
    assert ("billed_transfer" in refused.context["form"].fields) == before
    assert f'name="transfers_billed_as_cash" value="{not before}"' in refused.text
    assert boss.post(path, drawn | {"billed_cash": "9", "transfers_billed_as_cash": str(not before)}).status_code == 302
    assert (Day.objects.get().billed_cash, Day.objects.get().transfers_billed_as_cash) == (9, not before)


def test_a_written_day_is_asked_for_under_its_own_setting(central, marta, boss):
    write(central, marta, **BILLED)
    edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)
    form = boss.get(f"/days/{central.pk}/{TODAY}/").context["form"]
    assert (form["billed_transfer"].value(), form["transfers_billed_as_cash"].value()) == (40_000, False)


# --- The sign-off -----------------------------------------------------------------------------------------------------


def test_a_day_is_signed_off_by_somebody_without_a_shift_in_it(two_shifts, central, marta, boss):
    write(central, marta, **BILLED)
    answer = boss.post(f"/days/{central.pk}/{TODAY}/sign/", {"note": "Compared.", "version": "1"})

    day = Day.objects.get()
    assert (answer.status_code, day.signed_off_by, day.signed_off_note, day.version) == (302, marta, "Compared.", 2)
    assert "Signed off by Marta Benítez" in boss.get(f"/days/{central.pk}/{TODAY}/").text


def test_who_had_a_shift_that_day_does_not_sign_it_off(central, marta, olga):
    shift = ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    day = write(central, marta, **BILLED)
    assert day_rules.why_not_sign_off_day(marta, day, [(shift.cashier_id, shift.status)]) == (
        "You had a shift that day, so somebody else has to sign it off."
    )
    with pytest.raises(ActionRefused, match="somebody else"):
        sign_off_day(central, TODAY, note="fine", version=1, by=marta)


def test_where_everybody_who_could_had_a_shift_that_day_one_of_them_signs_it_off(central, marta, boss):
    ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    write(central, marta, **BILLED)
    assert "somebody else has to sign it off" not in boss.get(f"/days/{central.pk}/{TODAY}/").text
    assert sign_off_day(central, TODAY, note="fine", version=1, by=marta).signed_off_by == marta


def test_a_day_is_not_signed_off_before_it_is_written_nor_while_a_shift_is_open_nor_twice(central, ana, marta):
    def why_not():
        with pytest.raises(ActionRefused) as refused:
            sign_off_day(central, TODAY, note="fine", version=1, by=marta)
        return refused.value.sentence

    assert why_not() == "Write first what the billing system says, or that there was no business."
    write(central, marta, **BILLED)
    shift = ShiftFactory(cashier=ana)
    assert why_not() == "A shift of this day is still open."
    shift_actions.close_shift(shift.pk, final_cash=900_000, by=ana)
    sign_off_day(central, TODAY, note="fine", version=1, by=marta)
    assert why_not() == "This day was already signed off."


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"cost": 5}, "Write first what was billed in cash."),
        ({"billed_card": 5}, "Write first what was billed in cash."),
        (
            {"billed_cash": 0},
            "There is nothing to sign off: no shift, and nothing billed. Was there no business that day?",
        ),
    ],
)
def test_a_day_with_nothing_to_sign_is_not_signed_off(written, sentence, central, marta, boss):
    write(central, marta, **written)
    with nothing_written():
        answer = boss.post(f"/days/{central.pk}/{TODAY}/sign/", {"note": "fine", "version": "1"})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert sentence in boss.get(f"/days/{central.pk}/{TODAY}/").text


@pytest.mark.parametrize("written", [{"is_closed": True}, {"billed_cash": 5}, {"billed_cash": 0, "billed_card": 5}])
def test_a_day_without_business_or_with_something_billed_is_signed_off(written, central, marta):
    write(central, marta, **written)
    assert sign_off_day(central, TODAY, note="seen", version=1, by=marta).signed_off_by == marta


def test_a_sign_off_of_another_version_is_refused(central, marta):
    write(central, marta, **BILLED)
    write(central, marta, cost=1)
    with nothing_written(), pytest.raises(ActionRefused, match="changed while"):
        sign_off_day(central, TODAY, note="fine", version=1, by=marta)


def test_writing_a_signed_day_needs_a_reason_and_takes_the_sign_off_away(central, marta, boss):
    write(central, marta, **BILLED)
    sign_off_day(central, TODAY, note="fine", version=1, by=marta)
    path, sent = f"/days/{central.pk}/{TODAY}/", {"billed_cash": "1", "version": "2"}
    assert boss.post(path, sent).context["form"].errors.keys() == {"reason"}
    assert boss.post(path, sent | {"reason": "The report came late."}).status_code == 302
    assert (Day.objects.get().signed_off_at, Day.objects.get().billed_cash) == (None, 1)


def test_the_sign_off_lapses_when_a_shift_of_the_day_adds_up_to_something_else(two_shifts, central, ana, marta):
    write(central, marta, **BILLED)
    sign_off_day(central, TODAY, note="fine", version=1, by=marta)
    shift = two_shifts[0]
    shift_actions.correct_shift(shift.pk, version=shift.version, notes="calm", reason="late", by=ana)
    assert Day.objects.get().signed_off_at is not None
    shift_actions.correct_shift(shift.pk, version=shift.version + 1, final_cash=1, reason="recount", by=ana)

    day = Day.objects.get()
    assert (day.signed_off_at, day.version) == (None, 3)
    latest = day.history.latest()
    assert (latest.history_user, latest.history_change_reason) == (ana, f"Shift #{shift.pk} changed.")
    assert read_page(AuditQuery(kind="day")).entries[0].what == "Sign-off taken away"


def test_the_sign_off_stays_when_a_shift_is_marked_or_its_transfer_is_seen(ana, central, marta):
    with periods.at(NOON):
        paid = [NewMovement(Kind.TRANSFER, 5_000, "Gómez")]
        shift = ShiftFactory(
            closed=True, cashier=ana, billed={"billed_cash": 700_000, "billed_transfer": 5_000}, movements=paid
        )
    write(central, marta, **BILLED)
    sign_off_day(central, TODAY, note="fine", version=1, by=marta)
    movement_actions.verify_transfer(shift.pk, shift.movements.get().pk, by=marta)
    mark_actions.flag_shift(shift.pk, reason="look", by=marta)
    mark_actions.sign_off_shift(shift.pk, note="fine", by=marta)
    assert (Day.objects.get().signed_off_note, Day.objects.get().version) == ("fine", 2)


def test_what_else_the_database_refuses_is_not_called_a_lost_race(central, marta, monkeypatch):
    monkeypatch.setattr("sessions_app.actions.days._require_sense", lambda row: None)
    with pytest.raises(IntegrityError, match="day_without_business_bills_nothing"):
        write(central, marta, is_closed=True, billed_cash=0)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_who_write_a_day_for_the_first_time_at_once(central, marta):
    outcomes = []

    def attempt():
        try:
            with translation.override("en"), periods.at(NOON):
                write_day(central, TODAY, version=0, by=marta, billed_cash=1)
            outcomes.append("written")
        except ActionRefused as refused:
            outcomes.append(refused.sentence)
        finally:
            connection.close()

    threads = [Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == sorted([*[CHANGED] * 7, "written"])


# --- The list, and from one shift to the next -------------------------------------------------------------------------


def test_the_list_shows_each_pharmacy_and_day_the_last_first(two_shifts, central, luque, marta, boss):
    write(central, marta, **BILLED)
    shown = boss.get(f"/days/?date_from={TODAY - timedelta(days=1)}&date_to={TODAY}").context["page"]

    assert [(row.date, str(row.pharmacy), row.result, row.is_empty) for row in shown] == [
        (TODAY, "Central", Result.BALANCED, False),
        (TODAY, "Luque", None, True),
        (TODAY - timedelta(days=1), "Central", None, True),
        (TODAY - timedelta(days=1), "Luque", None, True),
    ]
    chosen = boss.get(f"/days/?date_from={TODAY}&date_to={TODAY}&pharmacy={luque.pk}").context["page"]
    assert [str(row.pharmacy) for row in chosen] == ["Luque"]


@pytest.mark.parametrize("query", ["date_from=2026-01-01&date_to=2026-12-31", "date_from=x", "pharmacy=0"])
def test_junk_is_refused_and_named(query, boss):
    assert boss.get(f"/days/?{query}").status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/days/", "/days/{central}/2026-07-03/"])
def test_the_pages_take_the_same_queries_for_one_shift_and_for_twelve(path, central, ana, marta, boss):
    write(central, marta, **BILLED)
    boss.get("/accounts/password/")  # which writes when the session ends
    counts = []
    for number in range(12):
        ShiftFactory(closed=True, cashier=ana)
        if number in (0, 11):
            with CaptureQueriesContext(connection) as queries:
                boss.get(path.format(central=central.pk))
            counts.append(len(queries))
    # The session, the person; pharmacies, shifts, days; of one day its shifts and history too.
    assert counts == ([5, 5] if path == "/days/" else [7, 7])


def test_what_one_shift_left_is_held_against_what_the_next_opened_with(central, ana, beto, marta, boss):
    with periods.at(NOON - timedelta(days=1)):
        first = ShiftFactory(closed=True, cashier=ana, final_cash=400_000)
    other_register = ShiftFactory(closed=True, cashier=beto, register=2, initial_cash=1)
    same = ShiftFactory(closed=True, cashier=ana, initial_cash=400_000, final_cash=300_000)
    with periods.at(NOON + timedelta(hours=1)):
        less = ShiftFactory(closed=True, cashier=ana, initial_cash=250_000)
    rows = {row.pk: (row.left_by, row.left) for row in type(first).objects.with_what_was_left()}

    assert rows == {
        first.pk: (None, None),
        other_register.pk: (None, None),
        same.pk: (first.pk, 400_000),
        less.pk: (same.pk, 300_000),
    }
    told = (
        f'opened with ₲ 250.000; shift <a href="/sessions/{same.pk}/">#{same.pk}</a> left ₲ 300.000: ₲ 50.000 missing'
    )
    assert told in " ".join(boss.get(f"/sessions/{less.pk}/").text.split())
    assert told in " ".join(boss.get(f"/days/{central.pk}/{TODAY}/").text.split())
    assert "Between shifts" not in signed_in(ana).get(f"/sessions/{less.pk}/").text


def test_a_sign_off_refused_as_outdated_can_be_sent_again_as_decided_on_the_day_as_it_is(central, marta, boss):
    write(central, marta, **BILLED)
    write(central, marta, cost=1)
    address = f"/days/{central.pk}/{TODAY}/sign/"
    answer = boss.post(address, {"note": "fine", "version": 1})
    form = answer.context["sign_off_form"]
    assert (answer.status_code, form["version"].value(), Day.objects.get().signed_off_at) == (409, "2", None)
    assert boss.post(address, {"note": "fine", "version": form["version"].value()}).status_code == 302
    assert Day.objects.get().signed_off_note == "fine"


def test_a_day_is_judged_by_how_its_pharmacy_was_set_when_it_was_written(central, marta):
    edit_pharmacy(central.pk, by=marta, transfers_billed_as_cash=True, cash_tolerance=500)
    write(central, marta, billed_cash=1)
    edit_pharmacy(central.pk, by=marta, transfers_billed_as_cash=False, cash_tolerance=0)
    day = Day.objects.get()
    assert (day.transfers_billed_as_cash, day.tolerance) == (True, 500)
    assert (figures(central, marta).row.transfers_billed_as_cash, figures(central, marta).row.tolerance) == (True, 500)


def test_without_a_question_the_list_shows_the_last_seven_days(central, luque, boss):
    shown = boss.get("/days/").context["page"]
    assert {row.date for row in shown} == {TODAY - timedelta(days=ago) for ago in range(7)}
