"""``getu audit``: whether the audit is as it was sealed; the audit as a file; old entries."""

from __future__ import annotations

import argparse
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.text import Language, text
from layers.kit import clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from data.access.seal_keys import SealKey
    from data.access.seals import BrokenSeal, Verdict
    from data.server import Server

NAME = "audit"
HELP = "tell whether the audit is as it was sealed, write it to a file, or remove what is old"
EXAMPLE = "getu audit verify --from 2026-01-01\n  getu audit export audit.csv"
KEEP_DAYS, LEAST_DAYS = 1096, 180
MOST_IDS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("what", choices=("verify", "export", "seal", "clean"), help="what to do")
    parser.add_argument("file", nargs="?", type=Path, help="export: a file .csv or .jsonl")
    parser.add_argument("--from", dest="since", type=date.fromisoformat, metavar="DAY",
                        help="the first day, YYYY-MM-DD")  # fmt: skip
    parser.add_argument("--to", dest="until", type=date.fromisoformat, metavar="DAY",
                        help="the last day, YYYY-MM-DD")  # fmt: skip
    parser.add_argument("--keep-days", type=int, default=KEEP_DAYS,
                        help="clean: what is younger stays (1096, at least 180)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do it: 0 done or all holds, 1 something does not hold, 2 cannot."""
    from dashboard.settings import read_settings
    from data.access.seal_keys import seal_key
    from data.access.seals import seal_until
    from data.engine import program_engine
    from data.migrations import migrate
    from data.server import running_server

    lang: Language = args.lang
    settings = read_settings()
    check(args)
    with running_server(settings.database) as server:
        migrate(server)
        key = seal_key(settings.database.paths.root)
        if args.what == "clean":
            return _clean(server, args.keep_days, lang)
        engine = program_engine(server, pool_size=1, statement_timeout_s=None)
        try:
            if args.what == "seal":
                made = seal_until(engine, key)
                print(text("command.audit.sealed", lang, {"seals": made, "key": key.name}))
                return 0
            return _read(engine, key, args, lang)
        finally:
            engine.dispose()


def check(args: argparse.Namespace) -> None:
    """Raise InputError for what cannot be done."""
    from layers.kit.errors import InputError

    if args.what == "export" and (not args.file or args.file.suffix not in (".csv", ".jsonl")):
        raise InputError("say which file: getu audit export audit.csv, or audit.jsonl")
    if args.keep_days < LEAST_DAYS:
        raise InputError("the audit is kept for {days} days at least", days=LEAST_DAYS)


def _read(engine: object, key: SealKey, args: argparse.Namespace, lang: Language) -> int:
    from sqlalchemy import Engine

    from dashboard.access.principal import command
    from data.access.seals import verify
    from data.engine import session

    assert isinstance(engine, Engine)
    since, until = moment(args.since), moment(args.until, days=1)
    with session(engine, command(), is_snapshot=args.what == "verify") as c:
        if args.what == "export":
            _export(c, args.file, since, until, lang)
            return 0
        verdict = verify(c, key, since, until)
    for line in verdict_lines(verdict, key.name, lang):
        print(line)
    return 1 if verdict.broken else 0


def moment(day: date | None, days: int = 0) -> datetime | None:
    """Return the begin of a day of the county, or of the day so many after it."""
    if day is None:
        return None
    return clock.begins(day + timedelta(days=days))


def verdict_lines(verdict: Verdict, key: str, lang: Language) -> list[str]:
    """Return what holds and what does not, line by line."""
    said = {
        "seals": verdict.seals, "entries": verdict.entries, "unsealed": verdict.unsealed,
        "key": key, "until": _at(verdict.until),
    }  # fmt: skip
    lines = [text("command.audit.looked", lang, said)]
    if verdict.cleaned:
        lines.append(text("command.audit.cleaned_intervals", lang, {"seals": verdict.cleaned}))
    lines += [fault_line(one, lang) for one in verdict.broken]
    holds = "command.audit.broken" if verdict.broken else "command.audit.holds"
    lines.append(text(holds, lang, {"faults": len(verdict.broken)}))
    lines.append(text("command.audit.head", lang, {"head": verdict.head}))
    return lines


def fault_line(one: BrokenSeal, lang: Language) -> str:
    """Return which interval is broken, and how."""
    shown = ", ".join(str(i) for i in one.ids[:MOST_IDS])
    more = len(one.ids) - MOST_IDS
    values = {
        "number": one.number,
        "from": _at(one.from_at),
        "to": _at(one.to_at),
        "ids": shown + (f" … +{more}" if more > 0 else ""),
    }
    return text(f"audit_fault.{one.fault}", lang, values)


def _at(at: datetime | None) -> str:
    return clock.second(at) if at else "—"


def _export(
    c: Connection, path: Path, since: datetime | None, until: datetime | None, lang: Language
) -> None:
    from dashboard.exports.audit import audit_csv, audit_lines
    from data.access.audit import record
    from data.access.read_audit import AuditSearch, every_entry
    from layers.kit.errors import InputError

    count = 0
    found = every_entry(c, AuditSearch(since, until))
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            for line in audit_csv(found, lang) if path.suffix == ".csv" else audit_lines(found):
                file.write(line)
                count += 1
    except OSError as error:
        raise InputError(
            "cannot write {path}: its folder is not there, is full, or is not yours to write in",
            path=path,
        ) from error
    count -= path.suffix == ".csv"
    told = {"from": str(since or ""), "to": str(until or ""), "entries": count}
    record(c, "audit.exported", "", None, told)
    print(text("command.audit.exported", lang, {"entries": count, "file": path}))


def _clean(server: Server, keep_days: int, lang: Language) -> int:
    """Remove sealed entries that are old enough, as the owner of the tables."""
    from dashboard.access.principal import command
    from data.access.seals import clean_up
    from data.engine import owner_engine, session

    engine = owner_engine(server)
    try:
        with session(engine, command()) as c:
            gone = clean_up(c, keep_days)
    finally:
        engine.dispose()
    print(text("command.audit.cleaned", lang, {"entries": gone, "days": keep_days}))
    return 0
