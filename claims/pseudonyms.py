"""Turns person numbers into keyed pseudonyms at the edge, so that no number of a person reaches the store."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import psycopg

from claims.errors import BadSetting, KeyFileGone
from claims.settings import Settings

KEY_BYTES = 32
PSEUDONYM_BYTES = 16
KEY_ID_FACT = "pseudonym_key_id"


class Pseudonyms:
    """Pseudonyms under one key.

    Args:
        key: the secret, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = hmac.digest(key, b"key id", "sha256").hex()[:16]

    def of(self, values: Sequence[str | None]) -> list[str | None]:
        """The pseudonym of each value: HMAC-SHA256, first 128 bits, 32 hexadecimal characters; None stays None.

        >>> Pseudonyms(b"made-up key").of(["P1", None])
        ['9e3bcd0780ad71e2f8cbd811524edd24', None]
        """
        key = self._key
        return [
            None if value is None else hmac.digest(key, value.encode(), hashlib.sha256)[:PSEUDONYM_BYTES].hex()
            for value in values
        ]


def open_pseudonyms(settings: Settings, connection: psycopg.Connection) -> Pseudonyms:
    """The pseudonyms that the store's rows were made with; the first call makes a key file that only its owner reads.

    Args:
        settings: says where the key file is.
        connection: the store; the key's id is written to it in the caller's transaction when it knows none.

    Raises:
        KeyFileGone: the store knows a key, and the file is gone or holds another key.
        BadSetting: the key file cannot be read or written, or does not hold a key.
    """
    row = connection.execute("SELECT value FROM store_facts WHERE name = %s", [KEY_ID_FACT]).fetchone()
    known_id = row[0] if row else None
    if known_id is None and not settings.key_file.exists():
        _make_key(settings.key_file)
    elif not settings.key_file.exists():
        raise KeyFileGone(
            f"The pseudonym key file {settings.key_file} is gone; the store was filled with key {known_id}. "
            "Expected that key: a new one would make every known person a stranger. Put the file back from its backup, "
            "or name its place with YICHA_KEY_FILE."
        )
    pseudonyms = Pseudonyms(read_key(settings.key_file))
    if known_id is None:
        connection.execute("INSERT INTO store_facts (name, value) VALUES (%s, %s)", [KEY_ID_FACT, pseudonyms.key_id])
    elif known_id != pseudonyms.key_id:
        raise KeyFileGone(
            f"The pseudonym key file {settings.key_file} holds key {pseudonyms.key_id}; the store was filled with key "
            f"{known_id}. Expected the same key. Put the right file back, or name its place with YICHA_KEY_FILE."
        )
    return pseudonyms


def _make_key(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadSetting(
            f"The pseudonym key file {path} cannot be written ({error.strerror}). Expected a folder that this user may "
            "write, outside the data folder. Name another place with YICHA_KEY_FILE."
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(KEY_BYTES) + "\n")


def read_key(path: Path) -> bytes:
    """The key in a file: one line of hexadecimal characters.

    Raises:
        BadSetting: the file cannot be read or holds no key.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"The key file {path} cannot be read ({type(error).__name__}). Expected one line of "
            f"{KEY_BYTES * 2} hexadecimal characters. Put the right file back, or name its place."
        ) from error
    if len(key) != KEY_BYTES:
        raise BadSetting(
            f"The key file {path} holds {len(key)} bytes. Expected one line of {KEY_BYTES * 2} hexadecimal "
            "characters. Put the right file back, or name its place."
        )
    return key
