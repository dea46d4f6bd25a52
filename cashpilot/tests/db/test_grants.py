"""The role that serves, for real: the whole job works as it, and no way to rewrite what was written.

Skipped on SQLite, which knows no roles.
"""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts import sign_ins
from accounts.models import User
from cashpilot.db import triggers
from pharmacies.models import Pharmacy
from sessions_app.models import CashSession, Day, Movement, Seal
from sessions_app.reports.catalogue import REPORTS
from testing.database import nothing_written
from testing.factories import PASSWORD, ShiftFactory

HISTORY, SEAL, SHIFT = "sessions_app_historicalcashsession", "sessions_app_seal", "sessions_app_cashsession"
pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite knows no roles")


def run(*args):
    told = StringIO()
    call_command("runtime_role", *args, stdout=told)
    return told.getvalue()


@pytest.fixture
def role(db, settings):
    """Its name; like the database's, for every worker of the tests has its own."""
    settings.RUNTIME_PASSWORD = "a password for a role"
    name = f"{connection.settings_dict['NAME']}_web"
    run(name, "--apply")
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {name}")
        cursor.execute(f"DROP ROLE {name}")


@pytest.fixture
def shift(central, ana):
    """Closed, so that it has two rows of history and a seal. Written by the owner."""
    return ShiftFactory(closed=True, cashier=ana)


@pytest.fixture
def served(shift, role, settings):
    """From here on everything that asks the database is that role, in a connection of its own."""
    owner = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict |= {"USER": role, "PASSWORD": settings.RUNTIME_PASSWORD}
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == (role, role)
    yield role
    connection.close()
    connection.settings_dict |= owner


def signs_in(user):
    browser = Client()
    sent = {"username": user.email, "password": PASSWORD}
    assert browser.post("/accounts/login/", sent).status_code == 302
    return browser


def done(answer):
    """Whether a form was carried out."""
    return answer.status_code == 302


# --- The job ----------------------------------------------------------------------------------------------------------


@on_postgresql
def test_a_cashier_does_the_whole_job(served, ana, central):
    till = signs_in(ana)
    opening = {"pharmacy": central.pk, "register": "1", "initial_cash": "500.000", "expense": "", "notes": ""}
    assert done(till.post("/sessions/open/", opening))
    shift = CashSession.objects.get(closed_at=None)
    page = f"/sessions/{shift.pk}/"
    assert done(till.post(f"{page}movements/", {"kind": "card", "amount": "40.000"}))
    note = Movement.objects.get()
    assert done(till.post(f"{page}movements/{note.pk}/void/", {"reason": "dos veces"}))
    assert done(till.post(f"{page}close/", {"final_cash": "600.000", "version": "3", "card": "1.000"}))
    assert done(till.post(f"{page}correct/", {"final_cash": "590.000", "version": "4", "reason": "conté mal"}))
    assert done(till.post(f"{page}flag/", {"reason": "mirar"}))
    assert [till.get(path).status_code for path in ("/", page, "/sessions/open/")] == [200] * 3
    assert done(till.post("/i18n/setlang/", {"language": "en"}))
    assert done(till.post("/accounts/sign-out-others/"))
    assert done(till.post("/accounts/logout/"))
    shift.refresh_from_db()
    assert (shift.final_cash, shift.version, shift.flag_reason) == (590_000, 6, "mirar")
    assert Seal.objects.filter(session=shift).count() == 3


@on_postgresql
def test_an_administrator_does_the_whole_job(served, shift, marta, ana, luque):
    office = signs_in(marta)
    page = f"/sessions/{shift.pk}/"
    transfer = {"kind": "transfer", "amount": "5.000", "description": "Gómez", "reason": "faltaba"}
    assert done(office.post(f"{page}movements/", transfer))
    assert done(office.post(f"{page}movements/{Movement.objects.get().pk}/verify/"))
    for act in ("review", "delete", "restore", "flag", "unflag"):
        assert done(office.post(f"{page}{act}/", {"reason": "visto", "note": "visto"})), act
    new = {"email": "nora@example.com", "first_name": "Nora", "last_name": "Paz", "role": "Cashier"}
    assert office.post("/admin/accounts/user/add/", new | {"pharmacies": luque.pk}).status_code == 200
    nora = User.objects.get(email="nora@example.com")
    assert done(office.post(f"/admin/accounts/user/{nora.pk}/change/", new | {"role": "Auditor"}))
    assert done(office.post(f"/admin/accounts/user/{ana.pk}/disable/", {"reason": "se fue"}))
    named = {"name": "Nueva", "registers": "1", "cash_tolerance": "0", "alert_threshold": "20.000"}
    assert done(office.post("/admin/pharmacies/pharmacy/add/", named))
    pages = ["/", "/audit/", "/audit/export.csv", "/sessions/export.csv", "/sessions/export.xlsx", "/admin/"]
    pages += [f"/admin/{model}/" for model in ("accounts/user", "pharmacies/pharmacy", "sessions_app/cashsession")]
    assert [office.get(path).status_code for path in pages] == [200] * len(pages)
    assert nora.assignments.count() == 0
    assert Pharmacy.history.filter(name="Nueva").count() == 1


@on_postgresql
def test_an_owner_compares_the_days_and_is_told(served, shift, marta, ana, central, mailoutbox):
    assert done(signs_in(ana).post(f"/sessions/{shift.pk}/reply/", {"text": "Conté dos veces."}))
    office = signs_in(marta)
    day = f"/days/{central.pk}/{shift.business_date}/"
    assert done(office.post(day, {"billed_cash": "700.000", "version": "0"}))
    assert done(office.post(f"{day}sign/", {"note": "conforme", "version": "1"}))
    before = shift.business_date - timedelta(days=1)
    file = SimpleUploadedFile("days.csv", f"Fecha,Efectivo\n{before:%d/%m/%Y},800000\n".encode())
    preview = office.post("/imports/new/", {"pharmacy": central.pk, "file": file}).url
    assert done(office.post(f"{preview}apply/", {}))
    assert done(office.post(f"/sessions/{shift.pk}/flag/", {"reason": "mirar"}))
    call_command("send_alerts", stdout=StringIO())
    assert done(office.post("/accounts/mails/", {"mails_digest": "on"}))
    pages = ["/review/", "/transfers/", "/days/", day, "/reports/", f"/sessions/{shift.pk}/slip/"]
    pages += [path for name in REPORTS for path in (f"/reports/{name}/", f"/reports/{name}/export.xlsx")]
    assert [office.get(path).status_code for path in pages] == [200] * len(pages)
    assert [mail.to for mail in mailoutbox] == [[marta.email]]
    assert set(Day.objects.values_list("date", "billed_cash", "version")) == {
        (shift.business_date, 700_000, 2),
        (before, 800_000, 1),
    }


@on_postgresql
def test_wrong_passwords_are_counted_and_forgotten(served, ana):
    for _ in range(5):
        wrong = Client().post("/accounts/login/", {"username": ana.email, "password": "x"})
    assert wrong.status_code == 429
    sign_ins.unlocked(ana, by=None)
    signs_in(ana)


@on_postgresql
def test_the_commands_of_every_day_work(served, central):
    call_command(
        "create_user", "nora@example.com", role="cashier", first_name="Nora", last_name="Paz", stdout=StringIO()
    )
    call_command("reset_password", "nora@example.com", stdout=StringIO())
    told = StringIO()
    call_command("verify_integrity", stdout=told, stderr=StringIO())
    assert "Everything agrees" in told.getvalue()
    call_command("clearsessions")


# --- What it cannot ---------------------------------------------------------------------------------------------------

DENIED = "permission denied|must be (owner|superuser)|must have"
WAYS = {
    "change a history": f"UPDATE {HISTORY} SET final_cash = 1",
    "change a seal": f"UPDATE {SEAL} SET content = 'x'",
    "delete from a history": f"DELETE FROM {HISTORY}",
    "delete a seal": f"DELETE FROM {SEAL}",
    "empty a history": f"TRUNCATE {HISTORY}",
    "replace a row of a history": f"INSERT INTO {HISTORY} SELECT * FROM {HISTORY} ON CONFLICT (history_id)"
    " DO UPDATE SET final_cash = 1",
    "delete a shift": f"DELETE FROM {SHIFT}",
    "delete a person": "DELETE FROM accounts_user",
    "empty everything": f"TRUNCATE {SHIFT} CASCADE",
    "drop a history": f"DROP TABLE {HISTORY} CASCADE",
    "alter a history": f"ALTER TABLE {HISTORY} DROP COLUMN final_cash",
    "rename a history": f"ALTER TABLE {HISTORY} RENAME TO other",
    "own a history": f"ALTER TABLE {HISTORY} OWNER TO {{role}}",
    "switch a guard off": f"ALTER TABLE {HISTORY} DISABLE TRIGGER history_is_append_only",
    "switch all guards off": f"ALTER TABLE {SHIFT} DISABLE TRIGGER ALL",
    "drop a guard": f"DROP TRIGGER row_has_history ON {SHIFT}",
    "add a trigger": f"CREATE TRIGGER z BEFORE INSERT ON {SHIFT} EXECUTE FUNCTION {SHIFT}_row_has_history()",
    "replace what a guard runs": "CREATE OR REPLACE FUNCTION cashpilot_refuse_history_change() RETURNS trigger"
    " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "drop what a guard runs": f"DROP FUNCTION {SHIFT}_row_has_history() CASCADE",
    "stand a rule before a history": f"CREATE RULE z AS ON INSERT TO {HISTORY} DO INSTEAD NOTHING",
    "call itself a replica": "SET session_replication_role = replica",
    "be the owner": "SET ROLE {owner}",
    "sign in as the owner": "SET SESSION AUTHORIZATION {owner}",
    "make itself a superuser": "ALTER ROLE {role} SUPERUSER",
    "make another role": "CREATE ROLE other",
    "give itself more": f"GRANT ALL ON {HISTORY} TO {{role}}; DELETE FROM {HISTORY}",
    "drop a condition": f"ALTER TABLE {SHIFT} DROP CONSTRAINT shift_amounts_are_within_limits",
    "count a history from the start": f"SELECT setval(pg_get_serial_sequence('{HISTORY}', 'history_id'), 1)",
    "make a table": "CREATE TABLE other (id int)",
    "hide a table behind another": f"CREATE TEMPORARY TABLE {SHIFT} (id int)",
    "give a role more": "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (1, 1)",
    "give a person a permission": "INSERT INTO accounts_user_user_permissions (user_id, permission_id) VALUES (1, 1)",
    "make a group": "INSERT INTO auth_group (name) VALUES ('Owners')",
    "forget a migration": "DELETE FROM django_migrations",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "write a file": "COPY (SELECT 1) TO '/tmp/x'",
}


@on_postgresql
def test_it_cannot_rewrite_what_was_written(served):
    with nothing_written():
        answers = {way: attempt(statement.format(role=served, owner=owner())) for way, statement in WAYS.items()}
        assert {way: answer for way, answer in answers.items() if not re.search(DENIED, answer)} == {}
    assert triggers.missing() == []


def attempt(statement):
    """PostgreSQL's answer to it. All that it did is undone, so that each way is tried on the same rows."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return "done"


def owner():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableowner FROM pg_tables WHERE tablename = '{SHIFT}'")
        return cursor.fetchone()[0]


@on_postgresql
def test_it_changes_nothing_without_history(served):
    """It writes its tables only with the history that the guards ask for."""
    with nothing_written():
        for table, change in ((SHIFT, "final_cash = 1"), ("accounts_user", "is_superuser = true")):
            with pytest.raises(DatabaseError, match="without history"), connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {change}")


# --- The command ------------------------------------------------------------------------------------------------------


@on_postgresql
def test_what_is_printed_is_what_is_applied(role, settings):
    """And doing it again does no harm: it follows each migrate."""
    settings.RUNTIME_PASSWORD = ""
    printed = run(role)
    assert printed.startswith("BEGIN;\n")
    assert printed.endswith("COMMIT;\n")
    assert "PASSWORD" not in printed
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT DELETE ON {HISTORY} TO {role}")
        cursor.execute(printed.removeprefix("BEGIN;").removesuffix("COMMIT;\n"))
        cursor.execute("SELECT has_table_privilege(%s, %s, 'DELETE')", [role, HISTORY])
        assert cursor.fetchone() == (False,)


@on_postgresql
def test_the_password_itself_is_not_printed(role, settings):
    printed = run(role)
    assert settings.RUNTIME_PASSWORD not in printed
    assert f'ALTER ROLE "{role}" PASSWORD \'SCRAM-SHA-256$' in printed


@on_postgresql
@pytest.mark.parametrize("name", ["", "Web", 'x"; DROP TABLE y', "x" * 64, "1x"])
def test_a_name_that_would_have_to_be_quoted_is_refused(name):
    with pytest.raises(CommandError, match="small letters"):
        run(name)


@on_postgresql
def test_who_may_make_no_roles_is_told_who_may(served, role):
    with pytest.raises(
        CommandError, match=rf'{role} may not make .* other_web\..*\| psql.* ALTER ROLE "{role}" CREATE'
    ):
        run("other_web", "--apply")


@on_postgresql
def test_the_owner_is_refused():
    with pytest.raises(CommandError, match="choose another name"):
        run(owner())


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="it has roles")
def test_sqlite_has_no_roles():
    with pytest.raises(CommandError, match="SQLite"):
        run("cashpilot_web")
