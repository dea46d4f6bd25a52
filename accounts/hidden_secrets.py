"""Secrets of second factors, stored so that a copy of the database alone lets nobody in.

The secret of an app is stored under a mask that a key of AUDIT_KEYS makes for that person and a number used once:
name of the key, number, masked secret, in hexadecimal digits. A printed code is stored as its keyed hash.
"""

import secrets
from typing import Any

from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cashpilot.db import sealing

# In digits, but for the secret's own length, which is in bytes.
NUMBER, SECRET = 16, 20
HIDDEN = sealing.NAME_LENGTH + NUMBER + 2 * SECRET
CODE = 16


def new(person: int) -> str:
    """Return a new secret of the app of that person, hidden."""
    return hide(secrets.token_bytes(SECRET), person)


def hide(secret: bytes, person: int) -> str:
    key, number = sealing.newest(), secrets.token_hex(NUMBER // 2)
    return f"{key}{number}{_masked(secret, key, number, person).hex()}"


def is_readable(device: TOTPDevice) -> bool:
    """Whether its key is among AUDIT_KEYS; a secret that is not hidden was slipped in, or is older than the keys."""
    return len(device.key) == HIDDEN and device.key[: sealing.NAME_LENGTH] in sealing.known_keys()


def secret_of(device: TOTPDevice) -> bytes:
    """Return the secret itself; stands in for django-otp's own reading of the column (apps.py)."""
    key, rest = device.key[: sealing.NAME_LENGTH], device.key[sealing.NAME_LENGTH :]
    return _masked(bytes.fromhex(rest[NUMBER:]), key, rest[:NUMBER], device.user_id)


def renew(device: TOTPDevice) -> None:
    """Hide the secret by the newest key, if it is hidden by an older one."""
    if not device.key.startswith(sealing.newest()):
        device.key = hide(secret_of(device), device.user_id)
        device.save(update_fields=["key"])


def code(typed: str, person: int, key: str = "") -> str:
    """Return how a printed code is stored: with the newest key, or with that one."""
    return sealing.hashed(f"printed code of {person}: {typed}", key or sealing.newest())[:CODE]


def hide_what_was(plan: Any = (), **_signal: Any) -> None:
    """After the migrate that brings the keys: secrets and codes stood plain before it."""
    if not any(migration.name.endswith("_seals_of_the_history") and not backwards for migration, backwards in plan):
        return
    for device in TOTPDevice.objects.all():
        if len(device.key) == 2 * SECRET:
            device.key = hide(bytes.fromhex(device.key), device.user_id)
            device.save(update_fields=["key"])
    for token in StaticToken.objects.select_related("device"):
        if len(token.token) < CODE:
            token.token = code(token.token, token.device.user_id)
            token.save(update_fields=["token"])


def _masked(secret: bytes, key: str, number: str, person: int) -> bytes:
    """Hide the secret, or show it again: each is the other's reverse."""
    mask = bytes.fromhex(sealing.hashed(f"second factor of {person}: {number}", key))
    return bytes(one ^ other for one, other in zip(secret, mask, strict=False))
