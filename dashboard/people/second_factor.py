"""The second step of signing in: codes of an authenticator (RFC 6238), recovery codes, the key.

1. A code is six digits of HMAC-SHA-1 over the half minute (RFC 4226, 5.3); the half minute before
   and after count too, since clocks differ. A half minute is used once.
2. A secret is kept sealed (AES-GCM, bound to its login) and a recovery code as an HMAC, both with
   a key in the state folder: who has only the database has neither.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.embedded.key_files import key_of
from layers.kit.errors import InputError, SettingsError

STEP_S: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
RECOVERY_CODES: Final = 10
# Without letters and digits that are taken for each other; 12 of 32 signs are 60 bits.
_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_SIGNS: Final = 12


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Return the code of a half minute, ``step`` = Unix time / 30."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, typed: str, now_s: float) -> int | None:
    """Return the half minute whose code was typed: this, the last or the next; None for none."""
    typed = "".join(typed.split())
    now = int(now_s) // STEP_S
    fits = [
        step
        for step in (now, now - 1, now + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), typed.encode("utf-8", "replace"))
    ]
    return fits[0] if fits else None


def written(secret: bytes) -> str:
    """Return a secret as people type it: base 32, four by four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def address_of(secret: bytes, login: str) -> str:
    """Return the address that an authenticator reads from a QR code."""
    text = base64.b32encode(secret).decode()
    return f"otpauth://totp/Getu:{quote(login)}?secret={text}&issuer=Getu"


def new_recovery_codes() -> list[str]:
    """Return ten codes, each for one sign-in without an authenticator."""
    made = [
        "".join(secrets.choice(_SIGNS) for _ in range(_RECOVERY_SIGNS))
        for _ in range(RECOVERY_CODES)
    ]
    return [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in made]


@dataclass(frozen=True, slots=True)
class Vault:
    """The key of the state folder, and what is done with it."""

    key: bytes = field(repr=False)

    def new_secret(self) -> bytes:
        """Return a fresh secret for an authenticator."""
        return secrets.token_bytes(SECRET_BYTES)

    def seal(self, secret: bytes, login: str) -> bytes:
        """Return a secret as the database keeps it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, secret, login.encode())

    def open(self, sealed: bytes, login: str) -> bytes:
        """Return a secret. Raises InputError for one of another login or of another key."""
        try:
            return AESGCM(self.key).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], login.encode()
            )
        except InvalidTag as error:
            raise InputError(
                "the second step cannot be checked here: ask an administrator to reset it"
            ) from error

    def digest(self, recovery_code: str, login: str) -> bytes:
        """Return what is kept of a recovery code, however it is typed."""
        plain = "".join(c for c in recovery_code.lower() if c.isalnum())
        return hmac.digest(self.key, f"{login}\0{plain}".encode(), hashlib.sha256)


def read_vault(folder: Path) -> Vault:
    """Return the vault of a state folder; its key is made where there is none.

    Processes that start at once get the same key. Raises SettingsError where it cannot be read.
    """
    file = folder / "sign_in.key"
    try:
        key = key_of(file, lambda: secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise SettingsError(
            "the key {file} cannot be read: {reason}", file=str(file), reason=error.strerror or ""
        ) from error
    if len(key) != KEY_BYTES:
        raise SettingsError("the key {file} is not whole: put back the right one", file=str(file))
    return Vault(key)
