"""The key that seals the audit, and the list of seals beside it: in the state folder, ours alone.

Whoever may change rows in the database, its administrator included, cannot make a seal without
the key; and seals that are cut off at the end are missed by the list.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from data.embedded.key_files import key_of
from layers.kit.errors import ServerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY, LISTED = "audit-seal.key", "audit-seals.jsonl"


@dataclass(frozen=True, slots=True)
class SealKey:
    """An Ed25519 key with where it lies. ``name``: the start of its public half's SHA-256."""

    folder: Path
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """Return the public half: 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    @property
    def name(self) -> str:
        """Return by what seals name the key."""
        return sha256(self.public).hexdigest()[:16]

    def sign(self, said: bytes) -> bytes:
        """Return a signature of 64 bytes."""
        return self.private.sign(said)

    def signed(self, said: bytes, signature: bytes) -> bool:
        """Tell whether a signature is this key's."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.private.public_key().verify(signature, said)
        except InvalidSignature:
            return False
        return True

    def note(self, seals: Mapping[int, bytes]) -> None:
        """Append seals (hash by number) to the list beside the key."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        file = os.open(self.folder / LISTED, flags, 0o600)
        try:
            lines = [json.dumps({"number": n, "seal": h.hex()}) for n, h in seals.items()]
            os.write(file, "".join(f"{line}\n" for line in lines).encode())
            os.fsync(file)
        finally:
            os.close(file)

    def noted(self) -> dict[int, bytes]:
        """Return the seals of the list. A line that was cut short by a full disk is left out."""
        found = {}
        path = self.folder / LISTED
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                row = json.loads(line)
                found[int(row["number"])] = bytes.fromhex(row["seal"])
            except (ValueError, KeyError, TypeError):
                continue
        return found


def seal_key(root: Path) -> SealKey:
    """Return the key of a state folder; the first time it is made. Raises ServerError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = root / KEY
    try:
        held = key_of(path, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
        return SealKey(root, Ed25519PrivateKey.from_private_bytes(held))
    except (OSError, ValueError) as error:
        raise ServerError(
            "the key that seals the audit cannot be read: {path} ({error})", path=path, error=error
        ) from error
