"""A copy of the database alone is no second factor."""

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import hidden_secrets, second_factor
from testing.database import stored

OLD, NEW = "the key of last year, thirty-two long", "the key of this year, thirty-two long"
PLAIN = b"twenty bytes of it!!"


class Migration:
    name = "0005_seals_of_the_history"


def code_of(person, ahead=0):
    return f"{totp(TOTPDevice.objects.get(user=person).bin_key, drift=ahead):06}"


@pytest.fixture
def printed(marta, settings):
    settings.AUDIT_KEYS = [OLD]
    second_factor.begun(marta)
    return second_factor.set_up(code_of(marta), by=marta)


def test_what_is_stored_is_neither_the_secret_nor_a_printed_code(marta, printed):
    device = TOTPDevice.objects.get(user=marta)
    assert len(device.bin_key) == 20
    assert device.bin_key.hex() not in device.key
    codes = {code.replace("-", "") for code in printed}
    assert not codes & set(StaticToken.objects.values_list("token", flat=True))
    assert not any(code in str(stored()) for code in codes)


def test_two_secrets_alike_are_stored_differently(marta):
    assert hidden_secrets.hide(PLAIN, marta.pk) != hidden_secrets.hide(PLAIN, marta.pk)


def test_an_older_key_reads_it_and_the_newest_hides_it_at_the_next_use(marta, printed, settings):
    secret = TOTPDevice.objects.get(user=marta).bin_key
    settings.AUDIT_KEYS = [NEW, OLD]
    assert second_factor.is_right(marta, code_of(marta, ahead=1))
    settings.AUDIT_KEYS = [NEW]
    assert TOTPDevice.objects.get(user=marta).bin_key == secret


def test_a_printed_code_is_read_by_the_key_it_was_stored_with(marta, printed, settings):
    settings.AUDIT_KEYS = [NEW, OLD]
    assert second_factor.is_right(marta, printed[0])
    StaticDevice.objects.update(throttling_failure_count=0)
    assert not second_factor.is_right(marta, printed[0])


def test_without_its_key_a_secret_lets_nobody_in_and_the_factor_is_still_asked_for(marta, printed, settings):
    code = code_of(marta, ahead=1)
    settings.AUDIT_KEYS = [NEW]
    assert not second_factor.is_right(marta, code)
    assert not second_factor.is_right(marta, printed[0])
    assert second_factor.is_set_up(marta)


def test_a_secret_that_was_begun_with_a_lost_key_is_begun_anew(marta, settings):
    settings.AUDIT_KEYS = [OLD]
    second_factor.begun(marta)
    settings.AUDIT_KEYS = [NEW]
    assert hidden_secrets.is_readable(second_factor.begun(marta))


def test_a_secret_that_was_slipped_in_lets_nobody_in(marta):
    TOTPDevice.objects.create(user=marta, name="app", key=PLAIN.hex())
    assert not second_factor.is_right(marta, f"{totp(PLAIN):06}")


def test_a_secret_is_good_for_its_person_alone(marta, carla):
    key = hidden_secrets.hide(PLAIN, carla.pk)
    device = TOTPDevice.objects.create(user=marta, name="app", key=key)
    assert device.bin_key != PLAIN


def test_what_stood_plain_is_hidden_by_the_migrate_that_brings_the_keys(marta):
    device = TOTPDevice.objects.create(user=marta, name="app", key=PLAIN.hex())
    StaticDevice.objects.create(user=marta, name="printed").token_set.create(token="a1b2c3d4e5")
    hidden_secrets.hide_what_was(plan=[(Migration, True)])
    assert TOTPDevice.objects.get().key == PLAIN.hex()
    for _each in range(2):
        hidden_secrets.hide_what_was(plan=[(Migration, False)])
    device.refresh_from_db()
    assert device.bin_key == PLAIN
    assert second_factor.is_right(marta, "A1B2C-3D4E5")
