"""The audit sealed by intervals, and held against its seals.

A seal is the signed Merkle root of what was entered from one moment to another; the next begins
where it ends and names its hash. Rows cannot chain: two writers at once would fork it.

An interval is sealed when nothing can be entered into it any more. An entry takes its
transaction's number before its time (trigger ``stamped``), so that whoever takes a number after
the interval's end, and sees every older one over, has seen all of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from logging import getLogger
from pathlib import Path
from threading import Event
from typing import Literal

from sqlalchemy import Connection, Engine, Row, text

from data.access.audit import record
from data.access.merkle import HASH_BYTES, differences, leaf_hash, merkle_root
from data.access.seal_keys import SealKey, seal_key
from data.engine import session
from layers.kit.errors import GetuError
from layers.kit.principal import system

logger = getLogger(__name__)
FIRST = bytes(HASH_BYTES)
EVERY = timedelta(hours=1)
WAIT_S = 5.0
LOOK_S = 60.0

Fault = Literal["changed", "missing", "added", "seal", "chain", "cut_off", "outside"]
FIELDS = ("id", "at", "code", "actor", "action", "subject", "detail", "role", "origin")
_ENTRIES = """
    SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, code, actor,
           action, subject, detail::text AS detail, role, origin
    FROM audit_entry
"""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as it is kept. ``sealed``: hash by entry."""

    number: int
    from_at: datetime
    to_at: datetime
    sealed: Mapping[int, bytes]
    root: bytes
    previous: bytes
    key: str
    signature: bytes = b""

    def said(self) -> bytes:
        """Return what is signed."""
        ids = sha256(b"".join(b"%d\n" % i for i in self.sealed)).hexdigest()
        parts = (
            "getu audit seal 1",
            str(self.number),
            *(at.astimezone(UTC).isoformat() for at in (self.from_at, self.to_at)),
            str(len(self.sealed)),
            ids,
            self.root.hex(),
            self.previous.hex(),
            self.key,
        )
        return "\n".join(parts).encode()

    def hash(self) -> bytes:
        """Return what the next seal names it by."""
        return sha256(self.said()).digest()


@dataclass(frozen=True, slots=True)
class BrokenSeal:
    """What is wrong with an interval. ``ids``: the entries, where it is theirs."""

    fault: Fault
    number: int
    from_at: datetime | None = None
    to_at: datetime | None = None
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds: seals and entries looked at, entries not sealed yet, intervals cleaned away.

    ``head``: number and hash of the last seal; who wrote it down elsewhere knows a later forgery.
    """

    seals: int
    entries: int
    unsealed: int
    cleaned: int
    until: datetime | None
    head: str
    broken: tuple[BrokenSeal, ...]


def seal_until(engine: Engine, key: SealKey, until: datetime | None = None) -> int:
    """Seal what is not sealed yet up to a moment (the last full hour); return how many seals.

    Intervals missed while nothing ran are made up, an hour each where something was entered. 0
    where another process seals just now, or a transaction from before is still under way.
    """
    with session(engine, system()) as c:
        if not c.execute(
            text("SELECT pg_try_advisory_xact_lock(hashtext('getu audit seal'))")
        ).scalar_one():
            return 0
        now: datetime = c.execute(text("SELECT clock_timestamp()")).scalar_one()
        end = min(until, now) if until else now.replace(minute=0, second=0, microsecond=0)
        last = _last(c)
        start = last.to_at if last else _first_at(c) or end - EVERY
        if start >= end or not _is_over(c):
            return 0
        number, previous = (last.number, last.hash()) if last else (0, FIRST)
        made: dict[int, bytes] = {}
        for from_at, to_at in _intervals(c, start, end):
            number += 1
            seal = _sealed(c, key, number, from_at, to_at, previous)
            _keep(c, seal)
            previous = made[number] = seal.hash()
    # What is listed is there: a seal that is not listed yet is none that was cut off.
    key.note(made)
    return len(made)


def keep_sealed(engine: Engine, root: Path, ended: Event) -> None:
    """Seal every full hour until ``ended`` is set; for a thread of the program.

    ``root``: the state folder, where the key is.
    """
    while not ended.wait(LOOK_S):
        try:
            seal_until(engine, seal_key(root))
        except (GetuError, OSError) as error:  # no database, a full disk: the next round tries
            logger.warning("the audit was not sealed: %s", error)


def _is_over(c: Connection) -> bool:
    """Tell whether every transaction that began to write before this one has ended."""
    own = c.execute(text("SELECT pg_current_xact_id()::text")).scalar_one()
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if c.execute(
            text("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= CAST(:own AS xid8)"),
            {"own": own},
        ).scalar_one():
            return True
        time.sleep(0.05)
    return False


def _first_at(c: Connection) -> datetime | None:
    found: datetime | None = c.execute(text("SELECT min(at) FROM audit_entry")).scalar()
    return None if found is None else found.replace(minute=0, second=0, microsecond=0)


def _intervals(
    c: Connection, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Give the intervals from one moment to another: one for each hour that has entries."""
    hours: Sequence[datetime] = (
        c.execute(
            text(
                """SELECT DISTINCT date_trunc('hour', at, 'UTC') + interval '1 hour'
                FROM audit_entry WHERE at >= :start AND at < :end ORDER BY 1"""
            ),
            {"start": start, "end": end},
        )
        .scalars()
        .all()
    )
    for hour in [*(h for h in hours if h < end), end]:
        if hour > start:
            yield start, hour
            start = hour


def _sealed(
    c: Connection, key: SealKey, number: int, from_at: datetime, to_at: datetime, previous: bytes
) -> Seal:
    found = entries_between(c, from_at, to_at)
    root = merkle_root(list(found.values()))
    bare = Seal(number, from_at, to_at, found, root, previous, key.name)
    return Seal(number, from_at, to_at, found, root, previous, key.name, key.sign(bare.said()))


def entries_between(c: Connection, from_at: datetime, to_at: datetime) -> dict[int, bytes]:
    """Return hash by id of what was entered from one moment to another."""
    rows = c.execute(
        text(_ENTRIES + "WHERE at >= :from_at AND at < :to_at ORDER BY id"),
        {"from_at": from_at, "to_at": to_at},
    )
    return {
        r.id: leaf_hash([str(r.id), *(getattr(r, field) for field in FIELDS[1:])]) for r in rows
    }


def _keep(c: Connection, seal: Seal) -> None:
    c.execute(
        text(
            """INSERT INTO audit_seal
            (number, from_at, to_at, ids, leaves, root, previous, key, signature)
            VALUES (:number, :from_at, :to_at, CAST(:ids AS bigint[]), :leaves, :root, :previous,
                    :key, :signature)"""
        ),
        {
            "number": seal.number,
            "from_at": seal.from_at,
            "to_at": seal.to_at,
            "ids": list(seal.sealed),
            "leaves": b"".join(seal.sealed.values()),
            "root": seal.root,
            "previous": seal.previous,
            "key": seal.key,
            "signature": seal.signature,
        },
    )


_SEALS = (
    "SELECT number, from_at, to_at, ids, leaves, root, previous, key, signature FROM audit_seal"
)


def _last(c: Connection) -> Seal | None:
    row = c.execute(text(f"{_SEALS} ORDER BY number DESC LIMIT 1")).first()
    return None if row is None else _seal_of(row)


def _seal_of(row: Row[tuple[object, ...]]) -> Seal:
    leaves = bytes(row.leaves)
    parts = [leaves[i : i + HASH_BYTES] for i in range(0, len(leaves), HASH_BYTES)]
    return Seal(
        row.number,
        row.from_at,
        row.to_at,
        dict(zip(row.ids, parts, strict=False)),
        bytes(row.root),
        bytes(row.previous),
        row.key,
        bytes(row.signature),
    )


def verify(
    c: Connection, key: SealKey, from_at: datetime | None = None, to_at: datetime | None = None
) -> Verdict:
    """Hold entries against their seals, and seals against key, chain and list.

    ``from_at``, ``to_at``: only intervals that touch this time are held against their entries.
    """
    broken: list[BrokenSeal] = []
    looked = entries = cleaned = 0
    gone = _cleaned_until(c)
    noted = key.noted()
    last: Seal | None = None
    for number in c.execute(text("SELECT number FROM audit_seal ORDER BY number")).scalars().all():
        row = c.execute(text(f"{_SEALS} WHERE number = :n"), {"n": number}).one()
        seal = _seal_of(row)
        about = (number, seal.from_at, seal.to_at)
        if (from_at and seal.to_at <= from_at) or (to_at and seal.from_at >= to_at):
            last = seal
            continue
        looked += 1
        if not _is_own(seal, key, noted, whole=len(row.ids) * HASH_BYTES == len(row.leaves)):
            broken.append(BrokenSeal("seal", *about))
        if not _follows(last, seal):
            broken.append(BrokenSeal("chain", *about))
        last = seal
        found = entries_between(c, seal.from_at, seal.to_at)
        entries += len(found)
        if not found and gone is not None and seal.to_at <= gone:
            cleaned += 1
            continue
        apart = differences(seal.sealed, found)
        faults: tuple[tuple[Fault, tuple[int, ...]], ...] = (
            ("changed", apart.changed), ("missing", apart.missing), ("added", apart.added)
        )  # fmt: skip
        broken += [BrokenSeal(fault, *about, ids) for fault, ids in faults if ids]
    cut = sorted(n for n in noted if n > (last.number if last else 0))
    broken += [BrokenSeal("cut_off", n) for n in cut]
    broken += _outside(c)
    until = last.to_at if last else None
    head = f"{last.number} {last.hash().hex()}" if last else "—"
    since = until or datetime.min.replace(tzinfo=UTC)
    unsealed = c.execute(
        text("SELECT count(*) FROM audit_entry WHERE at >= :since"), {"since": since}
    ).scalar_one()
    return Verdict(looked, entries, int(unsealed), cleaned, until, head, tuple(broken))


def _is_own(seal: Seal, key: SealKey, noted: Mapping[int, bytes], *, whole: bool) -> bool:
    return (
        whole
        and merkle_root(list(seal.sealed.values())) == seal.root
        and seal.key == key.name
        and key.signed(seal.said(), seal.signature)
        and noted.get(seal.number, seal.hash()) == seal.hash()
    )


def _follows(last: Seal | None, seal: Seal) -> bool:
    if last is None:
        return seal.number == 1 and seal.previous == FIRST
    return (
        seal.number == last.number + 1
        and seal.from_at == last.to_at
        and seal.previous == last.hash()
    )


def _outside(c: Connection) -> list[BrokenSeal]:
    """Return entries from before the first seal: no trigger let them through."""
    first = c.execute(text("SELECT min(from_at) FROM audit_seal")).scalar()
    if first is None:
        return []
    ids = c.execute(
        text("SELECT id FROM audit_entry WHERE at < :first ORDER BY id"), {"first": first}
    ).scalars()
    found = tuple(ids)
    return [BrokenSeal("outside", 0, None, first, found)] if found else []


def _cleaned_until(c: Connection) -> datetime | None:
    said = c.execute(
        text(
            """SELECT max(CAST(detail->>'before' AS timestamptz)) FROM audit_entry
            WHERE action = 'audit.cleaned' AND at - CAST(detail->>'before' AS timestamptz)
                  >= interval '180 days'"""
        )
    ).scalar()
    found: datetime | None = said
    return found


def clean_up(c: Connection, keep_days: int) -> int:
    """Remove sealed entries that are older than so many days; return how many. The owner's alone.

    Whole intervals only: the seals stay, and say what there was.
    """
    before = c.execute(
        text(
            """SELECT max(to_at) FROM audit_seal
            WHERE to_at < now() - make_interval(days => :days)"""
        ),
        {"days": keep_days},
    ).scalar()
    if before is None:
        return 0
    c.execute(text("SELECT set_config('getu.audit_clean_up', 'on', true)"))
    done = c.execute(text("DELETE FROM audit_entry WHERE at < :before"), {"before": before})
    c.execute(text("SELECT set_config('getu.audit_clean_up', '', true)"))
    told = {"before": before.isoformat(), "entries": done.rowcount}
    record(c, "audit.cleaned", "", None, told)
    return int(done.rowcount)
