"""Anchors fix what is only added to; keys change, and what no key sealed is adopted on an operator's word."""

from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
from cashpilot import periods
from cashpilot.db import engines
from sessions_app.actions import shifts as shift_actions
from sessions_app.ledger import anchors, hash_chain, sealed_histories
from sessions_app.models import Anchor, CashSession
from testing.database import tamper
from testing.factories import PharmacyFactory, ShiftFactory

OLD, NEW = "the key of last year, thirty-two long", "the key of this year, thirty-two long"
NEWER_HASHER = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
SHIFTS = "sessions_app_historicalcashsession"


@pytest.fixture
def old_key(settings):
    """Stands before the people, so that they are sealed with it."""
    settings.AUDIT_KEYS = [OLD]


def drift():
    return [*hash_chain.drift(), *sealed_histories.drift(), *sealed_histories.passwords_are_sealed(), *anchors.drift()]


def correct(shift, ana):
    version = CashSession.objects.get(pk=shift.pk).version
    shift_actions.correct_shift(shift.pk, version=version, reason="Reconté", final_cash=1_000 + version, by=ana)


def unseal(table, where="1 = 1"):
    tamper(f"UPDATE {table} SET seal = '' WHERE {where}")


def test_an_anchor_is_made_where_something_came(db):
    PharmacyFactory()
    first = anchors.make()
    assert (first.number, first.adopts) == (1, False)
    assert anchors.make() is None
    PharmacyFactory()
    assert anchors.make().number == 2
    assert drift() == []


def test_the_service_makes_one_every_ten_minutes(db):
    now = periods.now()
    for minutes, made in [(0, 1), (9, 1), (10, 2)]:
        PharmacyFactory()
        with periods.at(now + timedelta(minutes=minutes)):
            anchors.make_if_due()
        assert Anchor.objects.count() == made


def test_what_a_new_key_sealed_and_what_the_one_before_sealed_agree(old_key, ana, settings):
    shift = ShiftFactory(cashier=ana, closed=True)
    anchors.make()
    settings.AUDIT_KEYS = [NEW, OLD]
    correct(shift, ana)
    anchors.make()
    assert drift() == []
    names = dict.fromkeys(Anchor.objects.order_by("number").values_list("key", flat=True))
    assert len(names) == 2


def test_a_key_that_is_not_there_is_named_once_a_table(ana, settings):
    ShiftFactory(cashier=ana, closed=True)
    name, first = shift_key(), CashSession.history.earliest("history_id").pk
    settings.AUDIT_KEYS = [NEW]
    told = list(sealed_histories.drift())
    assert len(told) == 4
    assert f"{SHIFTS} {first} and perhaps others: sealed with key {name}, which AUDIT_KEYS does not hold" in told


def shift_key():
    return CashSession.history.order_by("history_id").last().seal.partition(":")[0]


def test_after_a_key_is_in_use_no_older_one_is_accepted(old_key, ana, settings):
    shift = ShiftFactory(cashier=ana, closed=True)
    settings.AUDIT_KEYS = [NEW, OLD]
    correct(shift, ana)
    anchors.make()
    settings.AUDIT_KEYS = [OLD]
    correct(shift, ana)
    name, last = shift_key(), CashSession.history.latest("history_id").pk
    settings.AUDIT_KEYS = [NEW, OLD]
    assert list(sealed_histories.drift()) == [f"{SHIFTS} {last}: sealed with key {name} when a newer one was in use"]
    assert len(list(hash_chain.drift())) == 1


def test_what_has_no_seal_is_named_until_it_is_adopted(ana):
    ShiftFactory(cashier=ana, closed=True)
    unseal(SHIFTS)
    first, second = CashSession.history.order_by("history_id").values_list("pk", flat=True)
    assert drift() == [f"{SHIFTS} {first}: is not sealed", f"{SHIFTS} {second}: is not sealed"]
    anchors.make()
    assert len(drift()) == 2
    anchors.adopt()
    assert drift() == []


def test_what_was_adopted_is_fixed(ana):
    shift = ShiftFactory(cashier=ana, closed=True)
    unseal(SHIFTS)
    anchors.adopt()
    tamper(f"UPDATE {SHIFTS} SET history_change_reason = 'otra' WHERE version = 1")
    assert list(anchors.drift()) == [
        f"{SHIFTS} 1 to {shift.history.latest('history_id').pk}: "
        "rows were changed, taken away or slipped in since anchor 1"
    ]


def test_a_row_after_one_without_a_seal_is_sealed(ana):
    shift = ShiftFactory(cashier=ana, closed=True)
    unseal(SHIFTS)
    anchors.adopt()
    correct(shift, ana)
    assert drift() == []


def test_adopting_seals_the_passwords_of_a_lost_key(ana, settings):
    settings.AUDIT_KEYS = [NEW]
    assert any("the password is sealed with key" in told for told in sealed_histories.passwords_are_sealed())
    anchors.adopt()
    assert drift() == []


class Migration:
    def __init__(self, name):
        self.name = name


def test_the_first_migrate_of_a_database_in_use_adopts_and_no_later_one(ana):
    anchors.adopt_what_was(plan=[(Migration("0099_another"), False)])
    anchors.adopt_what_was(plan=[(Migration("0024_anchors"), True)])
    assert not Anchor.objects.exists()
    anchors.adopt_what_was(plan=[(Migration("0024_anchors"), False)])
    assert Anchor.objects.get().adopts


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="Whoever writes holds the whole of SQLite")
def test_a_migrate_beside_somebody_who_keeps_writing_says_how_to_adopt_later(ana, monkeypatch, caplog):
    monkeypatch.setattr(anchors, "WAIT", 0)
    anchors.adopt_what_was(plan=[(Migration("0024_anchors"), False)])
    assert not Anchor.objects.exists()
    assert "manage.py anchor --adopt" in caplog.text


def test_a_password_that_an_older_hasher_hashed_is_sealed_anew(ana, settings):
    ana.set_password("de-las-viejas-9")
    ana.save()
    settings.PASSWORD_HASHERS = [NEWER_HASHER, *settings.PASSWORD_HASHERS]
    person = User.objects.get(pk=ana.pk)
    before = person.password
    assert person.check_password("de-las-viejas-9")
    assert User.objects.get(pk=ana.pk).password != before
    assert list(sealed_histories.passwords_are_sealed()) == []


def test_a_password_that_was_replaced_stays_unsealed_through_a_sign_in(ana, settings):
    other = User(email="x@example.com")
    other.set_password("de-otra-persona-9")
    tamper(f"UPDATE accounts_user SET password = '{other.password}' WHERE id = {ana.pk}")
    settings.PASSWORD_HASHERS = [NEWER_HASHER, *settings.PASSWORD_HASHERS]
    person = User.objects.get(pk=ana.pk)
    assert person.check_password("de-otra-persona-9")
    person.save()
    assert list(sealed_histories.passwords_are_sealed()) == [
        f"accounts_user {ana.pk}: the password is not the one that was sealed"
    ]


# --- The commands ---


def told_by(*args, **options):
    told = StringIO()
    call_command(*args, stdout=told, stderr=StringIO(), **options)
    return told.getvalue()


def test_the_command_prints_the_line_and_keeps_it(ana, tmp_path):
    line = told_by("anchor", write=tmp_path / "kept")
    assert line == f"{Anchor.objects.get()}\n"
    assert told_by("anchor", write=tmp_path / "kept") == line
    assert (tmp_path / "kept").read_text() == line * 2


def test_nothing_is_fixed_while_there_is_nothing(db):
    with pytest.raises(CommandError, match="There is nothing to fix yet"):
        told_by("anchor")


def test_the_database_is_held_against_lines_kept_elsewhere(ana, tmp_path):
    told_by("anchor", write=tmp_path / "kept")
    ShiftFactory(cashier=ana)
    anchors.make()
    assert "Everything agrees" in told_by("verify_integrity", anchor=tmp_path / "kept")
    tamper("DELETE FROM sessions_app_anchor WHERE number = 1")
    with pytest.raises(CommandError, match="found that should not be"):
        told_by("verify_integrity", anchor=tmp_path / "kept")


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_file_without_a_line_is_refused(db, tmp_path, content):
    path = tmp_path / "kept"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=r"Cannot read|holds no anchor"):
        told_by("verify_integrity", anchor=path)


def test_verify_integrity_says_which_keys_sealed(ana):
    ShiftFactory(cashier=ana, closed=True)
    told = told_by("verify_integrity")
    assert f"Sealed with key {shift_key()}: " in told
    assert "no key" not in told


# --- Two at once ---


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="Whoever writes holds the whole of SQLite")
@pytest.mark.django_db(transaction=True)
def test_an_anchor_waits_for_who_writes_a_lower_number():
    begun, ended = Barrier(2), []

    def write():
        with transaction.atomic():
            PharmacyFactory(name="Que tarda")
            begun.wait()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.5)")
            ended.append(Anchor.objects.count())
        connection.close()

    thread = Thread(target=write)
    thread.start()
    begun.wait()
    PharmacyFactory(name="La otra")
    anchors.make()
    thread.join()
    assert ended == [0]
    assert list(anchors.drift()) == []


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="a file is one database")
@pytest.mark.django_db(transaction=True)
def test_an_anchor_waits_for_nobody_who_writes_into_another_database_of_the_server():
    other = engines.PostgreSQL(connection.settings_dict).connect("postgres")
    with other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        PharmacyFactory(name="La otra")
        assert anchors.make() is not None
