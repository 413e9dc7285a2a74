"""Merkle roots of audit entries (RFC 6962: leaves and nodes are hashed apart)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids of entries: other than when they were sealed, gone, and such as were not sealed."""

    changed: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    added: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.changed or self.missing or self.added)


def leaf_hash(fields: Sequence[str | None]) -> bytes:
    """Return the hash of an entry by its fields; each is told from the next, and none from ''."""
    parts = [b"-" if f is None else b"%d:" % len(f.encode()) + f.encode() for f in fields]
    return sha256(b"\0" + b"".join(parts)).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves in their order."""
    if not leaves:
        return sha256(b"").digest()
    # From the left in full trees, as a counter carries: sizes fall, powers of two.
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, node = 1, leaf
        while stack and stack[-1][0] == size:
            node = sha256(b"\1" + stack.pop()[1] + node).digest()
            size *= 2
        stack.append((size, node))
    _, root = stack.pop()
    while stack:
        root = sha256(b"\1" + stack.pop()[1] + root).digest()
    return root


def differences(sealed: Mapping[int, bytes], found: Mapping[int, bytes]) -> Difference:
    """Return how entries differ from what was sealed (hash by id)."""
    return Difference(
        tuple(i for i, h in sealed.items() if i in found and found[i] != h),
        tuple(i for i in sealed if i not in found),
        tuple(i for i in found if i not in sealed),
    )
