"""Backups and restores, on the engine of the suite: good ones are equal, and whatever is refused changes nothing."""

import json
import sqlite3
import subprocess
import threading
import zipfile
from contextlib import closing, contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from cashpilot.db import backups, client_programs, engines
from cashpilot.db.engines import BackupError, PostgreSQL
from cashpilot.db.progress import Progress, quiet
from cashpilot.version import VERSION
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.models import CashSession, Movement
from testing.database import as_owner, disagreements, end_other_connections
from testing.factories import ShiftFactory
from testing.profiles import PROVING

pytestmark = pytest.mark.django_db(transaction=True)
ON_POSTGRESQL = "connection.vendor == 'postgresql'"


@contextmanager
def session(settings):
    """Somebody else's connection to that database."""
    if connection.vendor == "postgresql":
        with engines.PostgreSQL(settings).connect(settings["NAME"]) as other:
            yield other
    else:
        with closing(sqlite3.connect(settings["NAME"])) as other:
            other.execute("PRAGMA journal_mode = WAL").fetchone()
            yield other


def ask(settings, query):
    with session(settings) as other:
        return other.execute(query).fetchone()[0]


def on_the_server():
    """The databases made beside the suite's; other processes of the suite have their own."""
    if connection.vendor == "sqlite":
        return set()
    ours = connection.settings_dict["NAME"] + "_"
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall() if name.startswith(ours)}


@pytest.fixture(autouse=True)
def server(transactional_db, tmp_path_factory, monkeypatch):
    """No test leaves a database behind, and none meets a thread of the live server that still holds the suite's."""
    if connection.vendor == "postgresql":
        end_other_connections()
    else:
        own = tmp_path_factory.mktemp("own") / "own.sqlite3"
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as suite, closing(sqlite3.connect(own)) as copy:
            suite.backup(copy)
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", str(own))
    yield
    connection.close()
    for name in on_the_server():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def shift(ana):
    shift = ShiftFactory(cashier=ana)
    movement_actions.add_movement(shift.pk, new=NewMovement("card", 1_000), by=ana)
    return shift


@pytest.fixture(scope="module")
def made():
    """Each engine's work takes a second: one backup serves every test that does not make its own."""
    return []


@pytest.fixture
def backup(shift, tmp_path, made):
    """A file with one movement in it."""
    path = tmp_path / "good.zip"
    if not made:
        backups.create(connection.settings_dict, path, quiet)
        made.append(path.read_bytes())
    path.write_bytes(made[0])
    return path


@pytest.fixture
def elsewhere(db, tmp_path):
    """Another, empty database on the same engine."""
    if connection.vendor == "sqlite":
        return {**connection.settings_dict, "NAME": str(tmp_path / "elsewhere.sqlite3")}
    name = connection.settings_dict["NAME"] + "_elsewhere"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    return {**connection.settings_dict, "NAME": name}


def restore(path, settings):
    with backups.opened(path, quiet) as (manifest, payload):
        return backups.put_back(settings, manifest, payload, quiet)


@pytest.fixture
def occupied(backup, elsewhere):
    """Elsewhere there is a database already: another backup of this one, without its movement's amount."""
    restore(backup, elsewhere)
    with session(elsewhere) as other:
        if connection.vendor == "postgresql":
            other.execute("SET session_replication_role = replica")  # past the guards of the history
        other.execute("UPDATE sessions_app_movement SET amount = 7")
        other.commit()
    return elsewhere


@contextmanager
def refused(settings, why):
    """Nothing changes there, and no scratch database is left."""
    before = on_the_server()
    with pytest.raises(BackupError, match=why):
        yield
    assert ask(settings, "SELECT amount FROM sessions_app_movement") == 7
    assert on_the_server() == before


def test_a_backup_is_one_file_for_its_owner_and_leaves_nothing_else(shift, tmp_path):
    before = on_the_server()
    made = backups.create(connection.settings_dict, tmp_path / "good.zip", quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["good.zip"]
    assert (tmp_path / "good.zip").stat().st_mode & 0o777 == 0o600
    assert made.tables["sessions_app_movement"][0] == 1
    assert on_the_server() == before


def test_it_comes_back_equal_elsewhere(backup, elsewhere):
    restore(backup, elsewhere)
    with backups.opened(backup, quiet) as (manifest, _payload):
        again = backups.create(elsewhere, backup.with_name("again.zip"), quiet)
        assert again.tables == manifest.tables
        assert again.migrations == manifest.migrations


def test_each_step_of_a_restore_tells_how_far_it_is(backup, occupied):
    told = []
    with backups.opened(backup, quiet) as (manifest, payload):
        backups.put_back(occupied, manifest, payload, Progress(told.append, is_terminal=True))
    steps = {line.strip().partition(" [")[0] for line in told if line.endswith("] 100 %\n")}
    assert steps == {"checksums"} | (
        {"restoring to a scratch database"} if connection.vendor == "postgresql" else set()
    )


def test_the_former_database_is_kept(backup, occupied):
    kept = restore(backup, occupied)
    assert ask(occupied, "SELECT amount FROM sessions_app_movement") == 1_000
    assert ask({**occupied, "NAME": kept}, "SELECT amount FROM sessions_app_movement") == 7


@pytest.mark.skipif(ON_POSTGRESQL, reason="there the empty one is kept")
def test_where_there_was_no_database_none_is_kept(backup, elsewhere, tmp_path):
    assert restore(backup, elsewhere) == "there was none"
    assert not list(tmp_path.glob("*before*"))


def test_history_is_still_guarded_where_it_comes_back(backup, elsewhere):
    restore(backup, elsewhere)
    with pytest.raises((sqlite3.DatabaseError, psycopg.Error), match="append-only"):
        ask(elsewhere, "DELETE FROM sessions_app_historicalmovement RETURNING 1")


@pytest.mark.proof("A backup made during writes restores clean")
def test_a_backup_during_writes_is_of_one_instant(shift, ana, elsewhere, tmp_path, monkeypatch, record_property):
    done = threading.Event()

    def work():
        try:
            while not done.is_set():
                movement_actions.add_movement(shift.pk, new=NewMovement("card", 1_000), by=ana)
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for name in ("one.zip", "two.zip"):
            backups.create(connection.settings_dict, tmp_path / name, quiet)
    finally:
        done.set()
        worker.join()
    restore(tmp_path / "two.zip", elsewhere)
    written = Movement.objects.count()
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", elsewhere["NAME"])
        kept, found = Movement.objects.count(), disagreements()
        connection.close()
    assert (1 < kept < written, found) == (True, [])
    record_property("measured", f"it holds {kept} of {written} movements noted meanwhile, and all checks agree")


def test_a_backup_names_the_version_that_made_it_and_one_of_the_first_version_comes_back(backup, occupied):
    with backups.opened(backup, quiet) as (manifest, _payload):
        assert manifest.version == VERSION
    first = rewritten(backup, without={"version"})
    with backups.opened(first, quiet) as (manifest, _payload):
        assert manifest.version == "1.0.0"
    restore(first, occupied)
    assert ask(occupied, "SELECT amount FROM sessions_app_movement") == 1_000


def test_no_file_is_written_over(backup):
    content = backup.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        backups.create(connection.settings_dict, backup, quiet)
    assert backup.read_bytes() == content


def test_a_copy_that_is_not_equal_is_no_backup(shift, tmp_path, monkeypatch):
    """As if a row had been lost on the way."""
    before = on_the_server()
    dump = type(engines.engine(connection.settings_dict)).dump

    def forgetful(self, payload, progress):
        tables, migrations = dump(self, payload, progress)
        rows, checksum = tables["sessions_app_movement"]
        return {**tables, "sessions_app_movement": [rows + 1, checksum]}, migrations

    monkeypatch.setattr(type(engines.engine(connection.settings_dict)), "dump", forgetful)
    with pytest.raises(BackupError, match=r"not equal to the original in: sessions_app_movement\."):
        backups.create(connection.settings_dict, tmp_path / "bad.zip", quiet)
    assert list(tmp_path.iterdir()) == []
    assert on_the_server() == before


@pytest.mark.proof("A backup with a flipped bit is refused")
def test_a_bit_that_flipped_is_noticed_wherever_it_is(backup, record_property):
    """Now and then it unpacks to the same bytes, as within a run of zeros: then all that counts is whole."""
    good = backup.read_bytes()
    with backups.opened(backup, quiet) as (manifest, payload):
        whole = payload.read_bytes()
    refusals, whole_anyway = 0, 0
    for position in range(0, len(good), max(1, len(good) // (2_000 if PROVING else 150))):
        damaged = bytearray(good)
        damaged[position] ^= 0x10
        backup.write_bytes(damaged)
        try:
            with backups.opened(backup, quiet) as (read, payload):
                assert (read, payload.read_bytes()) == (manifest, whole)
                whole_anyway += 1
        except BackupError:
            refusals += 1
    assert refusals > 100
    record_property("measured", f"{refusals} refused; {whole_anyway} flips change nothing that is read")


def rewritten(path, *, without=(), **changes):
    """The backup with another manifest."""
    with zipfile.ZipFile(path) as archive:
        manifest, payload = json.loads(archive.read(backups.MANIFEST)), archive.read(backups.PAYLOAD)
    other = path.with_name("rewritten.zip")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr(
            backups.MANIFEST,
            json.dumps({name: value for name, value in manifest.items() if name not in without} | changes),
        )
        archive.writestr(backups.PAYLOAD, payload)
    return other


@pytest.mark.proof("A backup that is cut, foreign, of another format or content is refused, and changes nothing")
def test_what_is_damaged_or_foreign_is_refused(backup, occupied, tmp_path, record_property):
    foreign = tmp_path / "foreign"
    for content in (b"", b"PK", b"SQLite format 3\0", b"PGDMP", backup.read_bytes()[:-1_000], backup.read_bytes()[9:]):
        foreign.write_bytes(content)
        with refused(occupied, "damaged, or no backup of CashPilot"):
            restore(foreign, occupied)
    with refused(occupied, "There is no file"):
        restore(tmp_path / "none", occupied)
    with refused(occupied, "do not have the checksum"):
        restore(rewritten(backup, sha256="0" * 64), occupied)
    with refused(occupied, "has format 2; this CashPilot reads 1"):
        restore(rewritten(backup, format=2), occupied)
    record_property("measured", "9 such files: 9 refused, the database as before")


def test_rows_unlike_those_named_are_refused(backup, occupied):
    with backups.opened(backup, quiet) as (manifest, _payload):
        tables = manifest.tables | {"sessions_app_movement": [3, "?"]}
    with refused(occupied, "not equal to the original in: sessions_app_movement"):
        restore(rewritten(backup, tables=tables), occupied)


def test_an_unknown_engine_and_newer_code_are_refused(backup):
    settings = connection.settings_dict
    with backups.opened(backup, quiet) as (manifest, _payload):
        known = {(app, name) for app, name in manifest.migrations}
        backups.require_fit(settings, manifest, known | {("sessions_app", "0099_later")})
        with pytest.raises(BackupError, match="This is a backup of Oracle, which CashPilot"):
            backups.require_fit(settings, replace(manifest, engine="Oracle"), known)
        with pytest.raises(BackupError, match=rf"CashPilot {VERSION}.* Unknown here: sessions_app\.0001_tables"):
            backups.require_fit(settings, manifest, known - {("sessions_app", "0001_tables")})


def test_a_package_that_is_no_longer_used_is_not_newer_code(backup):
    with backups.opened(backup, quiet) as (manifest, _payload):
        known = {(app, name) for app, name in manifest.migrations}
        older = replace(manifest, migrations=[*manifest.migrations, ["axes", "0001_initial"]])
        backups.require_fit(connection.settings_dict, older, known)
        unknown = replace(manifest, migrations=[*manifest.migrations, ["tusks", "0001_initial"]])
        with pytest.raises(BackupError, match=r"Unknown here: tusks\.0001_initial"):
            backups.require_fit(connection.settings_dict, unknown, known)


def test_a_database_in_use_is_refused(backup, occupied):
    backups.require_free(occupied)
    with refused(occupied, "in use"), session(occupied) as other:
        other.execute("SELECT count(*) FROM sessions_app_movement").fetchone()
        backups.require_free(occupied)


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="a file has no connections")
def test_a_connection_that_is_on_its_way_out_is_waited_for(occupied, monkeypatch):
    with session(occupied) as other:
        monkeypatch.setattr(engines.postgresql, "sleep", lambda _seconds: other.close())
        backups.require_free(occupied)


def test_a_database_that_is_taken_into_use_at_the_last_moment_is_refused(backup, occupied):
    with refused(occupied, "in use"), session(occupied) as other:
        if connection.vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        restore(backup, occupied)


@pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL renames a database that was compared before")
def test_what_arrives_unequal_gives_way_to_the_former_database(backup, occupied):
    engine = engines.SQLite(occupied)
    with (
        backups.opened(backup, quiet) as (_manifest, payload),
        closing(sqlite3.connect(payload)) as scratch,
        refused(occupied, "not equal to the original in"),
    ):
        engine._swap(scratch, {}, quiet)


# --- The commands -----------------------------------------------------------------------------------------------------


def run(*arguments):
    told = StringIO()
    call_command(*arguments, stdout=told, stderr=StringIO())
    return told.getvalue()


def test_the_commands_from_backup_to_restore(shift, ana, tmp_path):
    path = str(tmp_path / "shop.zip")
    assert "Good:" in run("backup", path)
    movement_actions.add_movement(shift.pk, new=NewMovement("card", 5_000), by=ana)
    told = run("restore", path, "--yes")
    assert "The former database is kept" in told
    assert "Everything agrees: 1 shifts, 1 movements" in told
    assert CashSession.objects.get().card_total == 1_000


def test_restore_begins_no_work_while_somebody_uses_the_database(backup, monkeypatch):
    begun = []
    monkeypatch.setattr(backups, "put_back", lambda *given: begun.append(given))
    with session(connection.settings_dict), pytest.raises(CommandError, match="Stop CashPilot and try again"):
        run("restore", str(backup), "--yes")
    assert begun == []


@pytest.mark.parametrize("answer", ["", "yes", "y"])
def test_restore_asks_for_the_name(backup, monkeypatch, answer):
    monkeypatch.setattr("builtins.input", lambda question: answer)
    with as_owner():
        Movement.objects.update(amount=7)
    with pytest.raises(CommandError, match="that is not its name"):
        run("restore", str(backup))
    assert Movement.objects.get().amount == 7


def test_restore_goes_on_with_the_name(backup, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: Path(connection.settings_dict["NAME"]).name)
    assert "Everything agrees" in run("restore", str(backup))


def test_restore_of_older_code_says_to_migrate(backup):
    with backups.opened(backup, quiet) as (manifest, _payload):
        older = [row for row in manifest.migrations if row != ["accounts", "0004_sign_ins"]]
        assert len(older) < len(manifest.migrations)
    assert "Now run: manage.py migrate" in run("restore", str(rewritten(backup, migrations=older)), "--yes")


def test_restore_says_when_what_it_restored_does_not_agree(shift, tmp_path):
    with as_owner():
        Movement.objects.update(amount=7)
    run("backup", str(tmp_path / "drift.zip"))
    with pytest.raises(CommandError, match="Restored, but") as raised:
        run("restore", str(tmp_path / "drift.zip"), "--yes")
    assert raised.value.returncode == 3


@pytest.mark.parametrize(("path", "why"), [("/nowhere/b.zip", "There is no folder"), ("/etc/passwd", "exists already")])
def test_backup_refuses_with_exit_code_1(db, path, why):
    with pytest.raises(CommandError, match=why) as raised:
        run("backup", path)
    assert raised.value.returncode == 1


# --- PostgreSQL alone -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="PostgreSQL's own tools")
def test_the_password_is_on_no_command_line(shift, tmp_path, monkeypatch):
    lines, real = [], subprocess.Popen

    def watched(command, **options):
        lines.append((" ".join(command), options.get("env") or {}))
        return real(command, **options)

    monkeypatch.setattr(subprocess, "Popen", watched)
    backups.create({**connection.settings_dict, "PASSWORD": "hunter2"}, tmp_path / "b.zip", quiet)
    assert not [line for line, _env in lines if "hunter2" in line]
    assert len([line for line, env in lines if env.get("PGPASSWORD") == "hunter2"]) == 2


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="PostgreSQL's own tools")
def test_without_the_programs_of_its_version_it_says_what_is_needed_before_it_begins(shift, tmp_path, monkeypatch):
    monkeypatch.setattr(client_programs, "version", lambda program: "9")
    major = connection.pg_version // 10000
    with pytest.raises(BackupError, match=rf"The database is of PostgreSQL {major}; .*pg_dump {major} is needed\."):
        backups.create(connection.settings_dict, tmp_path / "b.zip", quiet)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def as_role(db):
    """Makes a role of the suite's server and answers settings that sign in as it; it is gone afterwards."""
    made = []

    def make(name, sql, settings=connection.settings_dict):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'of a role' {sql}")
        made.append(name)
        return {**settings, "USER": name, "PASSWORD": "of a role"}

    yield make
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            cursor.execute(f"DROP OWNED BY {name}")
            cursor.execute(f"DROP ROLE {name}")


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="roles are PostgreSQL's")
def test_the_role_that_serves_is_told_who_may_back_up(shift, tmp_path, as_role):
    served = as_role("serves", "")
    call_command("runtime_role", "serves", "--apply", stdout=StringIO())
    owner = connection.settings_dict["USER"]
    with pytest.raises(BackupError, match=rf"The role serves may not read all .* owner of its tables, {owner}: "):
        backups.create(served, tmp_path / "b.zip", quiet)
    with pytest.raises(BackupError, match=rf"The role serves does not own the database .* restore as {owner}, who"):
        backups.require_free(served)


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="roles are PostgreSQL's")
def test_a_role_that_may_not_make_databases_is_told_what_it_lacks(shift, tmp_path, as_role):
    reader = as_role("reader", "IN ROLE pg_read_all_data")
    with pytest.raises(BackupError, match=r"ALTER ROLE .reader. CREATEDB"):
        backups.create(reader, tmp_path / "b.zip", quiet)


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="roles are PostgreSQL's")
def test_an_owner_that_is_no_superuser_sees_who_uses_the_database(elsewhere, as_role):
    """It sees no more of their sessions than the name."""
    keeper, teller = as_role("keeper", "CREATEDB", elsewhere), as_role("teller", "", elsewhere)
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{elsewhere["NAME"]}" OWNER TO keeper')
    backups.require_free(keeper)
    with session(teller), session(teller), pytest.raises(BackupError) as refusal:
        backups.require_free(keeper)
    who = "The database is in use. Stop CashPilot and try again. (Connections: 2, one by teller.)"
    assert str(refusal.value) == who


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="SQLite's planner keeps what it knows with the file")
def test_what_comes_back_is_known_to_the_planner(backup, elsewhere):
    restore(backup, elsewhere)
    assert ask(elsewhere, "SELECT count(*) FROM pg_stats WHERE tablename = 'sessions_app_movement'") > 0


@pytest.mark.skipif(f"not {ON_POSTGRESQL}", reason="roles are PostgreSQL's")
def test_a_role_that_may_not_make_databases_has_its_backup_compared_on_another_server(shift, tmp_path, as_role):
    reader = as_role("reads", "IN ROLE pg_read_all_data")
    made = backups.create(reader, tmp_path / "b.zip", quiet, connection.settings_dict)
    assert made.tables["sessions_app_movement"][0] == 1


def test_a_backup_is_compared_on_its_own_engine_only(shift, tmp_path):
    other = "sqlite3" if connection.vendor == "postgresql" else "postgresql"
    with pytest.raises(BackupError, match=r"A backup of \w+ is not compared on \w+\."):
        backups.create(connection.settings_dict, tmp_path / "b.zip", quiet, {"ENGINE": other, "NAME": "x"})
    assert list(tmp_path.iterdir()) == []


def test_the_address_keeps_what_the_settings_ask_for():
    settings = {"NAME": "cash", "HOST": "db", "PORT": 5432, "USER": "me", "PASSWORD": "pw"}
    options = {"sslmode": "require", "options": "-c statement_timeout=15s"}
    made = PostgreSQL({**settings, "OPTIONS": options})
    assert made.parameters == {"host": "db", "port": 5432, "user": "me", "sslmode": "require"}


@pytest.mark.skipif(ON_POSTGRESQL, reason="pg_dump takes the snapshot that was read")
def test_what_is_written_between_the_sums_and_the_copy_is_in_neither(occupied, elsewhere, tmp_path, monkeypatch):
    tables = engines.SQLite._tables

    def read_then_write(there, progress):
        found = tables(there, progress)
        with session(occupied) as other:
            other.execute("UPDATE sessions_app_movement SET amount = amount + 1")
            other.commit()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(engines.SQLite, "_tables", staticmethod(read_then_write))
        backups.create(occupied, tmp_path / "meanwhile.zip", quiet)
    assert ask(occupied, "SELECT amount FROM sessions_app_movement") > 7
    restore(tmp_path / "meanwhile.zip", elsewhere)
    assert ask(elsewhere, "SELECT amount FROM sessions_app_movement") == 7
