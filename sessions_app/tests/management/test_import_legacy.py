"""The years of the old system, written: once, in pieces, again, and after both sides went on."""

import csv
from datetime import date
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from cashpilot import periods
from cashpilot import settings as production
from pharmacies.models import Pharmacy
from sessions_app.actions import legacy as legacy_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.legacy import reading
from sessions_app.models import CashSession, ControlLine, Day, DayVerdict, Imported, Mail, Movement
from sessions_app.queries.worklist import worklist_of
from sessions_app.reports.report import ReportQuery
from sessions_app.tests.legacy.old_rows import utc
from sessions_app.tests.legacy.old_schema import FIRST, NEWEST, business, identity, insert, named, session, user
from testing.client import signed_in
from testing.database import as_owner, disagreements, nothing_written
from testing.factories import PersonFactory, ShiftFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"


def item(table, number, of, amount, **columns):
    basics = {"session_id": identity(of), "description": "Algo", "created_at": "2026-03-10 12:00+00"}
    return insert(table, id=identity(number), amount=amount, **{**basics, **columns})


ROWS = [
    named(1, "Lola", hashed_password=HASH),
    named(2, "Rita", role="ADMIN", hashed_password=HASH),
    business(11, "Centro"),
    business(12, "Sajonia"),
    insert("user_businesses", id=identity(21), user_id=identity(1), business_id=identity(11), assigned_at="2025-01-02"),
    session(101, session_number=8, expenses="3000.00", bank_transfer_total="5000.00", created_by=identity(1)),
    session(102, session_number=7, session_date="2026-03-09", envelope_amount="2500.50", flagged=True),
    session(103, session_number=9, session_date="2026-03-11", status="OPEN", closed_time=None, final_cash=None),
    item("transfer_items", 201, 101, "5000.00"),
    item("expense_items", 202, 101, "3000.00"),
    item("expense_items", 203, 199, "1.00"),
    insert(
        "cash_session_audit_logs",
        id=identity(301),
        session_id=identity(101),
        changed_by="Rita Sosa",
        changed_at="2026-03-11 12:00+00",
        action="EDIT",
        changed_fields="[]",
        old_values='{"final_cash": "390000.00"}',
        new_values='{"final_cash": "400000"}',
        reason="Recuento",
    ),
    insert(
        "daily_reconciliations",
        id=identity(401),
        business_id=identity(11),
        date="2026-03-10",
        cash_sales="500000.00",
        is_closed=False,
        admin_id=identity(2),
        created_at="2026-03-10 23:00+00",
    ),
]


HEADS = [
    "Lo que no vino tal como estaba",
    "Totales de control",
    "What did not come along as it was",
    "Control totals",
]


@pytest.fixture
def ines():
    """The administrator here who answers for it."""
    return PersonFactory(first_name="Ines", role="Admin")


@pytest.fixture
def old(old_database):
    return old_database(NEWEST, *ROWS)


def run(url, *options, **named_options):
    out = StringIO()
    call_command("import_legacy", url, *options, stdout=out, stderr=StringIO(), **named_options)
    return out.getvalue()


def bring(url, *options, **named_options):
    return run(url, "--apply", "--by", "ines@example.com", *options, **named_options)


def change(url, *statements):
    """People go on working in the old system."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def open_here(email, pharmacy="Sajonia"):
    """A shift that somebody opens here."""
    place = Pharmacy.objects.get(name=pharmacy)
    return ShiftFactory(cashier=User.objects.get(email=email), pharmacy=place)


def shift(number):
    return CashSession.objects.get(pk=number)


# --- Once -------------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_come_and_writes_nothing(old, ines):
    with nothing_written():
        said = run(old)
    assert "9 new, 0 changed; nothing was written." in said
    assert "orphan" in said


def test_the_shifts_come_with_numbers_movements_and_history_and_everything_agrees(old, ines):
    assert "Done: 9 new, 0 changed." in bring(old)

    assert list(CashSession.objects.order_by("pk").values_list("pk", "opened_at", "final_cash", "result")) == [
        (7, utc(2026, 3, 9, 10), 400_000, "not_compared"),
        (8, utc(2026, 3, 10, 10), 400_000, "not_compared"),
        (9, utc(2026, 3, 11, 10), None, "open"),
    ]
    assert sorted(shift(8).movements.values_list("kind", "amount")) == [("expense", 3_000), ("transfer", 5_000)]
    told = shift(8).history.order_by("version").values_list("history_date", "history_user__email", "final_cash")
    assert list(told) == [
        (utc(2026, 3, 10, 10), "lola@example.com", None),
        (utc(2026, 3, 10, 18), "sistema-anterior@cashpilot.invalid", 390_000),
        (utc(2026, 3, 11, 12), "rita@example.com", 400_000),
    ]
    assert not CashSession.objects.filter(imported_at=None).exists()
    assert not Movement.objects.filter(imported_at=None).exists()
    assert Day.objects.get().billed_cash == 500_000
    assert disagreements() == []


def test_people_come_with_their_passwords_and_the_unknown_one_cannot_sign_in(old, ines, settings):
    settings.PASSWORD_HASHERS = production.PASSWORD_HASHERS
    bring(old)
    lola, unknown = User.objects.get(email="lola@example.com"), User.objects.get(email__endswith=".invalid")
    assert (lola.password, lola.role, lola.date_joined.date()) == (f"argon2{HASH}", "Cashier", date(2025, 1, 1))
    assert (unknown.is_active, unknown.has_usable_password(), str(unknown)) == (False, False, "Sistema anterior")
    assert [str(one.pharmacy) for one in lola.assignments.all()] == ["Centro"]


def test_the_next_shift_takes_a_number_above_the_highest(old, ines):
    bring(old)
    assert open_here("rita@example.com").pk > 9


def test_each_row_of_the_source_is_kept_whole_with_what_it_became(old, ines):
    bring(old)
    kept = Imported.objects.get(source_table="cash_sessions", source_id=identity(102))
    assert (kept.target, kept.target_id, kept.version, kept.imported_by) == ("shift", 7, 2, ines)
    assert kept.row["envelope_amount"] == "2500.50"
    lost = Imported.objects.get(source_id=identity(203))
    assert (lost.target, lost.target_id, lost.row["amount"]) == ("", None, "1.00")


def test_a_schema_of_five_tables_comes_too(old_database, ines):
    first = old_database(
        FIRST,
        user(1, "lola@example.com"),
        user(2, "rita@example.com"),
        business(11, "Centro"),
        session(101, envelope_amount="0", credit_card_total="1000", debit_card_total="500", bank_transfer_total="0"),
    )
    bring(first, admin=["rita@example.com"])
    assert [shift.card_total for shift in CashSession.objects.all()] == [1_500]
    assert [person.role for person in User.objects.filter(email__in=["lola@example.com", "rita@example.com"])] == [
        "Cashier",
        "Admin",
    ]


def test_the_report_is_a_file_and_the_lines_come_in_both_languages(old, ines, tmp_path):
    said = bring(old, "--report", str(tmp_path / "report.csv"))
    rows = list(csv.reader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert ["decimals", "cash_sessions " + identity(102), "7"] in [[row[0], row[2], row[3]] for row in rows]
    assert said.count("(decimals)") == 2
    assert [line for line in said.splitlines() if line in HEADS] == HEADS


def test_the_control_totals_are_those_of_the_rows_that_stand_here(old, ines):
    said = bring(old)
    assert "counted cash: " in said
    assert "unexplained" not in said
    with as_owner():
        CashSession.objects.filter(pk=7).update(final_cash=400_001)
    assert "(+1, unexplained)" in run(old)


# --- In pieces, and again ---------------------------------------------------------------------------------------------


def test_a_second_run_writes_nothing(old, ines):
    bring(old)
    with nothing_written():
        assert "Done: 0 new, 0 changed." in bring(old)


@pytest.mark.parametrize("chunks", range(4))
def test_one_that_was_cut_off_goes_on_and_comes_to_the_same(old, ines, monkeypatch, chunks):
    monkeypatch.setattr(reading, "CHUNK", 1)
    write, left = legacy_actions.Importer._write, iter([*range(chunks), None])

    def write_until(self, plans, how):
        if next(left) is None:
            raise KeyboardInterrupt
        write(self, plans, how)

    monkeypatch.setattr(legacy_actions.Importer, "_write", write_until)
    with pytest.raises(KeyboardInterrupt):
        bring(old)
    monkeypatch.undo()
    bring(old)

    assert list(CashSession.objects.order_by("pk").values_list("pk", "register", "version")) == [
        (7, 1, 2),
        (8, 1, 3),
        (9, 1, 1),
    ]
    assert (Movement.objects.count(), Day.objects.count(), Imported.objects.count()) == (3, 1, 13)
    assert disagreements() == []


# --- Both sides went on -----------------------------------------------------------------------------------------------


def test_what_changed_there_alone_comes_as_a_correction(old, ines):
    bring(old)
    change(
        old,
        f"UPDATE cash_sessions SET final_cash = 410000, notes = 'Recontado' WHERE id = '{identity(102)}'",
        f"UPDATE cash_sessions SET status = 'CLOSED', closed_time = '16:00' WHERE id = '{identity(103)}'",
        f"UPDATE cash_sessions SET final_cash = 9 WHERE id = '{identity(103)}'",
        f"UPDATE daily_reconciliations SET cash_sales = 600000 WHERE id = '{identity(401)}'",
        f"UPDATE users SET last_name = 'Vera' WHERE id = '{identity(1)}'",
        f"UPDATE businesses SET phone = '021' WHERE id = '{identity(12)}'",
        item("expense_items", 204, 101, "700.00"),
        f"UPDATE cash_sessions SET expenses = 3700 WHERE id = '{identity(101)}'",
    )
    assert "Done: 0 new, 6 changed." in bring(old)

    assert (shift(7).final_cash, shift(7).notes, shift(7).version) == (410_000, "Recontado", 3)
    assert shift(7).history.latest().history_user == ines
    assert (shift(9).status, shift(9).final_cash) == ("closed", 9)
    assert (shift(8).expense_total, Day.objects.get().billed_cash) == (3_700, 600_000)
    assert (str(User.objects.get(email="lola@example.com")), Pharmacy.objects.get(name="Sajonia").phone) == (
        "Lola Vera",
        "021",
    )
    assert disagreements() == []
    with nothing_written():
        assert "Done: 0 new, 0 changed." in bring(old)


def test_what_changed_on_both_sides_is_left_and_told(old, ines):
    bring(old)
    mark_actions.flag_shift(8, reason="mirar esto", by=ines)
    change(old, f"UPDATE cash_sessions SET final_cash = 1 WHERE id = '{identity(101)}'")
    with nothing_written():
        said = bring(old)
    assert "Done: 0 new, 0 changed, 1 left as they are here." in said
    assert "(changed_here_too)" in said


def test_a_transfer_that_was_verified_here_stays_verified(old, ines):
    bring(old)
    transfer = Movement.objects.get(kind="transfer")
    movement_actions.verify_transfer(8, transfer.pk, by=ines)
    change(old, f"UPDATE cash_sessions SET notes = 'Algo' WHERE id = '{identity(101)}'")
    bring(old)
    transfer.refresh_from_db()
    assert (shift(8).notes, transfer.verified_by) == ("Algo", ines)
    assert disagreements() == []


def test_a_shift_that_is_new_there_takes_a_number_that_is_free_here(old, ines):
    bring(old)
    ours = open_here("rita@example.com").pk
    change(old, session(104, session_number=ours, session_date="2026-03-12", business_id=identity(12)))
    assert "(number_taken)" in bring(old)
    kept = Imported.objects.get(source_id=identity(104))
    assert (kept.target_id, CashSession.objects.count()) == (ours + 1, 5)


def test_an_open_shift_whose_cashier_has_one_open_here_must_be_decided_first(old, ines):
    change(old, f"DELETE FROM cash_sessions WHERE id = '{identity(103)}'")
    bring(old)
    open_here("lola@example.com", "Centro")
    change(old, session(105, session_number=30, status="OPEN", closed_time=None, final_cash=None))
    with pytest.raises(CommandError, match="Primero hay que decidir algo"):
        bring(old)
    assert not CashSession.objects.filter(pk=30).exists()


def test_what_had_to_be_decided_first_comes_once_it_is_decided(old, ines):
    nowhere = identity(19)
    change(
        old,
        session(104, session_number=10, session_date="2026-03-12", business_id=nowhere),
        insert("user_businesses", id=identity(22), user_id=identity(1), business_id=nowhere, assigned_at="2025-01-02"),
        f"UPDATE daily_reconciliations SET business_id = '{nowhere}'",
        f"UPDATE cash_sessions SET final_cash = 'NaN' WHERE id = '{identity(102)}'",
    )
    with pytest.raises(CommandError, match="Primero hay que decidir algo"):
        bring(old)
    assert set(CashSession.objects.values_list("pk", flat=True)) == {8, 9}

    change(
        old,
        business(19, "Trinidad"),
        f"UPDATE cash_sessions SET final_cash = 400000 WHERE id = '{identity(102)}'",
    )
    assert "Done: 5 new, 0 changed." in bring(old)
    trinidad = Pharmacy.objects.get(name="Trinidad")
    assert (shift(10).pharmacy, Day.objects.get().pharmacy, shift(7).final_cash) == (trinidad, trinidad, 400_000)
    assert User.objects.get(email="lola@example.com").assignments.filter(pharmacy=trinidad).exists()
    with nothing_written():
        assert "Done: 0 new, 0 changed." in bring(old)


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_where_other_shifts_are_it_is_refused_unless_the_numbers_are_new(old, ines, ana):
    other = ShiftFactory(cashier=ana)
    with pytest.raises(CommandError, match="--numbers new"):
        bring(old)
    bring(old, "--numbers", "new")
    assert list(CashSession.objects.order_by("pk").values_list("pk", "opened_at__date")) == [
        (other.pk, other.business_date),
        (other.pk + 1, date(2026, 3, 9)),
        (other.pk + 2, date(2026, 3, 10)),
        (other.pk + 3, date(2026, 3, 11)),
    ]


@pytest.mark.parametrize("options", [["--apply"], ["--apply", "--by", "lola@example.com"], ["--tolerance", "-1"]])
def test_somebody_who_may_answers_for_it(old, ines, options):
    with nothing_written(), pytest.raises(CommandError):
        run(old, *options)


def test_a_database_that_is_not_there_is_told_without_its_address():
    with pytest.raises(CommandError) as refusal:
        run("postgresql://juana:secreta@localhost:1/caja")
    assert not {"juana", "secreta", "caja"} & set(str(refusal.value).replace(":", " ").split())


def test_what_is_above_the_limit_must_be_decided_first_and_the_rest_comes(old, ines):
    change(old, f"UPDATE cash_sessions SET envelope_amount = 9999999999.99 WHERE id = '{identity(102)}'")
    with pytest.raises(CommandError, match="Primero hay que decidir algo"):
        bring(old)
    assert list(CashSession.objects.order_by("pk").values_list("pk", flat=True)) == [8, 9]


# --- What is past waits for nobody, what was open goes on -------------------------------------------------------------


def test_an_open_shift_that_is_closed_here_is_of_the_present(old, ines):
    bring(old)
    lola = User.objects.get(email="lola@example.com")
    shift_actions.close_shift(9, final_cash=150_000, billed={"billed_cash": 100_000}, version=1, by=lola)
    assert (shift(9).imported_at, shift(9).first_difference) == (None, -50_000)
    assert list(CashSession.objects.missing()) == [shift(9)]
    assert Mail.objects.filter(session=9).exists()
    assert periods.local_date(shift(9).closed_at) == periods.today()


@pytest.fixture
def past(old, ines):
    """Shift 8 short by what was billed later, and 7 flagged; with a transfer of 5.000 that nobody verified."""
    bring(old)
    facts = {"version": 3, "reason": "llegó el ticket", "by": ines}
    shift_actions.correct_shift(8, billed_cash=1_000_000, **facts)
    return shift(8)


def test_what_is_past_is_in_the_lists_and_totals_and_in_no_figure_of_the_owner(past, ines):
    seen = worklist_of(ines)
    assert (past.result, past.first_result) == ("short", "short")
    assert (seen.figures.missing, seen.figures.corrected, seen.figures.waiting) == (0, 0, 1)
    assert (seen.not_compared, seen.unverified_transfers, seen.every, seen.still_open) == (0, 0, 3, 1)
    assert list(CashSession.objects.to_settle()) == list(CashSession.objects.in_queue()) == [shift(7)]
    browser = signed_in(ines)
    assert {one.pk for one in browser.get("/?date_from=2026-03-01").context["page"]} == {7, 8, 9}
    assert [one.amount for one in browser.get("/transfers/").context["page"]] == [5_000]
    assert list(browser.get("/transfers/?verified=0&imported=0").context["page"]) == []


def test_nobody_is_mailed_judged_or_asked_for_what_is_past(past, ines):
    assert not Mail.objects.exists()
    assert not ControlLine.objects.exists()
    assert not DayVerdict.objects.exists()
    assert not ReportQuery(CashSession.objects.all(), {}, (date(2026, 3, 1), date(2026, 3, 31))).closed_by_people()


def test_there_is_no_gap_to_or_from_a_shift_that_is_past(past, ines):
    with periods.at(utc(2026, 3, 13, 12)):
        shift_actions.close_uncounted_shift(9, reason="de antes", by=ines)
        ours = open_here("lola@example.com", "Centro")
    assert [CashSession.objects.get(pk=pk).gap for pk in (7, 8, 9, ours.pk)] == [None] * 4


def test_the_pages_of_a_shift_and_of_a_day_say_where_they_come_from_and_ask_nothing_unless_flagged(old, ines):
    bring(old)
    ines.language = "en"
    ines.save()
    browser = signed_in(ines)
    said, asked = "From the old system; brought along on", "Enter the closing ticket"
    past, flagged = (browser.get(f"/sessions/{number}/").text for number in (8, 7))
    assert said in past
    assert "nothing is left to do" in past
    assert asked in flagged
    assert asked not in past
    centro = Pharmacy.objects.get(name="Centro")
    assert said in browser.get(f"/days/{centro.pk}/2026-03-10/").text
