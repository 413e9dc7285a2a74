"""Rules that SQL asks in many places stand once (migration 0015), and say what rows say.

The oracle reads every row and applies each rule in Python, on 栗坪 with counts of several days,
some of them rolled back, plans that end and begin, drafts, and a community that was split.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from data.engine import transaction
from tests.conftest import ROOT
from tests.demonstration import Loaded

WRITTEN_ONCE = {
    r"rolled_back_at\s+IS\s+NULL": "standing_snapshot, standing_count",
    r"FROM\s+building_count\b(?!.*\bWHERE\s+snapshot_id)": "standing_count, newest_counts",
    r"\bdaterange\(": "stands",
    r"in_force_to\s*(>|IS\s+NULL\s+OR)": "stands, has_ended",
    r"(valid_to|ends_on)\s*>\s": "stands, has_ended",
    r"\bpost_holding\s+\w+\s+ON\b": "answering",
    r"\bJOIN\s+policy\b": "county_policy",
}
# What asks something else than the rule does.
ALLOWED = {
    "data/files/read_records.py": ("post_holding h ON",),  # every holding, of all days
    "data/duty/write_updates.py": ("ends_on > start",),  # Python, on the row it changes
    "data/buildings/read_edits.py": ("FROM building_count",),  # shows what was rolled back, too
    "data/households/write_single_counts.py": ("FROM building_count",),  # who says anything
    "data/households/read.py": ("FROM building_count",),  # sizes of one snapshot
    "data/households/read_desk.py": ("FROM building_count",),  # sums of every snapshot
    "data/buildings/write_edits.py": ("FROM building_count",),  # deletes
}


def test_no_rule_is_written_a_second_time_in_data() -> None:
    again = []
    for path in sorted((ROOT / "data").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if "migrations" in name or name.endswith("tables.py"):
            continue
        written = path.read_text(encoding="utf-8")
        for pattern, instead in WRITTEN_ONCE.items():
            for found in re.finditer(pattern, written):
                line = written.count("\n", 0, found.start()) + 1
                if not any(a in written.splitlines()[line - 1] for a in ALLOWED.get(name, ())):
                    again.append(f"{name}:{line}: {found.group()!r} is asked by {instead}")
    assert again == []


def test_sql_is_written_in_data_alone() -> None:
    elsewhere = [
        f"{path.relative_to(ROOT)}: {found}"
        for floor in ("layers", "dashboard")
        for path in sorted((ROOT / floor).rglob("*.py"))
        for found in re.findall(
            r"from sqlalchemy[\w.]* import .*\b(?:text|select|insert|update|delete)\b.*"
            r"|\bimport sqlalchemy\b.*|\bsqlalchemy\.text\b|\.exec_driver_sql\(",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert elsewhere == []


@pytest.fixture
def busy(spare_liping: Loaded) -> Iterator[tuple[Loaded, Connection]]:
    """栗坪 after a year of counts, of plans and of office holders that come and go."""
    chance = random.Random(20261129)
    with transaction(spare_liping.engine) as c:

        def run(sql: str, **values: Any) -> list[Any]:
            result = c.execute(text(sql), {"code": spare_liping.code, **values})
            return list(result) if result.returns_rows else []

        day = spare_liping.as_of
        counts = run("SELECT building_id, measure, code, value FROM building_count")
        run(
            """
            INSERT INTO division (code, kind, name, valid_from)
            VALUES (:code || '001098', 'community', 'to be split', :since),
                   (:code || '001099', 'community', 'what came of it', :since)
            """,
            since=day - timedelta(999),
        )
        communities = run("SELECT id, code FROM division WHERE kind = 'community' ORDER BY id")
        for off, rolled_back in ((-90, 0), (-40, 1), (-9, 0), (-9, 0), (-2, 1), (5, 0)):
            (snapshot,) = run(
                """
                INSERT INTO count_snapshot (code, effective_on, source, rolled_back_at)
                VALUES (:code, :on, 'office', CASE WHEN :back = 1 THEN now() END) RETURNING id
                """,
                on=day + timedelta(off),
                back=rolled_back,
            )
            for row in chance.sample(counts, len(counts) // 3):
                run(
                    """
                    INSERT INTO building_count (snapshot_id, building_id, measure, code, value,
                                                source, confidence)
                    VALUES (:s, :b, :m, :c, :v, 'office', 'counted')
                    """,
                    s=snapshot.id, b=row.building_id, m=row.measure, c=row.code,
                    v=row.value + chance.randrange(9),
                )  # fmt: skip
            if chance.random() < 0.7:
                run(
                    """
                    INSERT INTO unplaced_count (code, snapshot_id, row_number, written, measure,
                                                value) VALUES (:c, :s, 1, '?', 'resident', 7)
                    """,
                    c=chance.choice([communities[0].code, spare_liping.code]),
                    s=snapshot.id,
                )
        # The plan before, one that is to come, and two drafts of some communities.
        (now,) = run("SELECT plan_id, in_force_from FROM plan_community ORDER BY id LIMIT 1")
        turn = day + timedelta(30)
        run("UPDATE plan_community SET in_force_to = :turn WHERE plan_id = :p", turn=turn,
            p=now.plan_id)  # fmt: skip
        spans = ((now.in_force_from - timedelta(99), now.in_force_from), (turn, None),
                 (None, None), (None, None))  # fmt: skip
        for since, until in spans:
            (plan,) = run(
                """
                INSERT INTO plan (code, name, stage, made_by)
                VALUES (:code, 'another', 'draft', 'test') RETURNING id
                """
            )
            for community in communities[: 2 if since is None else None]:
                run(
                    """
                    INSERT INTO plan_community (code, plan_id, community_id, in_force_from,
                                                in_force_to) VALUES (:c, :p, :d, :since, :until)
                    """,
                    c=community.code, p=plan.id, d=community.id, since=since, until=until,
                )  # fmt: skip
        run(
            """
            INSERT INTO division_successor (division_id, successor_id, on_date)
            VALUES (:a, :b, :on)
            """,
            a=communities[1].id,
            b=communities[-1].id,
            on=day + timedelta(60),
        )
        run("UPDATE post_holding SET ends_on = :on WHERE id % 3 = 0", on=day)
        run(
            """
            INSERT INTO post_holding (code, post_id, office_holder_id, starts_on)
            SELECT code, post_id, office_holder_id, :on FROM post_holding WHERE id % 6 = 0
            """,
            on=day + timedelta(9),
        )
        run("UPDATE policy SET valid_to = :on", on=day + timedelta(3))
        run(
            """
            INSERT INTO policy (code, valid_from, valid_to, households_max, household_measure,
                                stages)
            SELECT code, :on, NULL, 200, household_measure, stages FROM policy
            """,
            on=day + timedelta(3),
        )
        yield spare_liping, c


def table(c: Connection, name: str) -> list[Mapping[str, Any]]:
    return list(c.execute(text(f"SELECT * FROM {name} ORDER BY id")).mappings())


def every_count(c: Connection) -> list[Mapping[str, Any]]:
    standing = {s["id"]: s for s in table(c, "count_snapshot") if s["rolled_back_at"] is None}
    rows = c.execute(text("SELECT * FROM building_count")).mappings()
    return [
        {**r, "effective_on": standing[r["snapshot_id"]]["effective_on"]}
        for r in rows
        if r["snapshot_id"] in standing
    ]


@pytest.mark.database
def test_the_newest_count_is_the_latest_day_s_then_the_latest_snapshot_s(
    busy: tuple[Loaded, Connection],
) -> None:
    loaded, c = busy
    newest: dict[tuple[int, str], Mapping[str, Any]] = {}
    for row in every_count(c):
        key = (row["building_id"], row["measure"])
        rank = (row["effective_on"], row["snapshot_id"])
        if key not in newest or rank > (newest[key]["effective_on"], newest[key]["snapshot_id"]):
            newest[key] = row
    said = ("value", "confidence", "source", "effective_on", "snapshot_id")
    values = {"within": f"{loaded.code}%", "measures": ["resident", "persons", "elderly"]}
    expected = {k: tuple(r[n] for n in said) for k, r in newest.items()}

    by_measure = c.execute(
        text("SELECT * FROM newest_counts_by_measure(:within, :measures)"), values
    )
    assert {(r.building_id, r.measure): tuple(getattr(r, n) for n in said) for r in by_measure} == {
        k: v for k, v in expected.items() if k[1] in values["measures"]
    }
    for measure in values["measures"]:
        one = c.execute(
            text("SELECT * FROM newest_counts(:within, :measure)"), {**values, "measure": measure}
        )
        alone = {(r.building_id, measure): tuple(getattr(r, n) for n in said) for r in one}
        assert alone == {k: v for k, v in expected.items() if k[1] == measure}
    ids = sorted({k[0] for k in expected})
    of = c.execute(text("SELECT * FROM newest_counts_of(:ids)"), {"ids": ids})
    found = {(r.building_id, r.measure): tuple(getattr(r, n) for n in said) for r in of}
    assert found == expected
    beside = c.execute(
        text(
            """
            SELECT b.id, n.* FROM building b
            CROSS JOIN LATERAL newest_count(b.id, 'resident') n
            """
        )
    )
    assert {(r.id, "resident"): tuple(getattr(r, n) for n in said) for r in beside} == {
        k: v for k, v in expected.items() if k[1] == "resident"
    }


@pytest.mark.database
def test_a_place_s_households_without_building_are_its_newest_snapshot_s(
    busy: tuple[Loaded, Connection],
) -> None:
    loaded, c = busy
    standing = {s["id"]: s for s in table(c, "count_snapshot") if s["rolled_back_at"] is None}
    says: set[tuple[str, int]] = set()
    for row in table(c, "unplaced_count"):
        if row["measure"] == "resident" and row["snapshot_id"] in standing:
            says.add((row["code"], row["snapshot_id"]))
    for row in every_count(c):
        if row["measure"] == "resident":
            says |= {(row["code"], row["snapshot_id"]), (row["code"][:6], row["snapshot_id"])}
    for until in (None, loaded.as_of, loaded.as_of - timedelta(20)):
        newest: dict[str, tuple[date, int]] = {}
        for code, snapshot in says:
            rank = (standing[snapshot]["effective_on"], snapshot)
            if until is None or rank[0] <= until:
                newest[code] = max(newest.get(code, rank), rank)
        rows = c.execute(
            text("SELECT * FROM newest_of_places(:within, 'resident', :until)"),
            {"within": f"{loaded.code}%", "until": until},
        )
        assert {r.code: (r.effective_on, r.snapshot_id) for r in rows} == newest


@pytest.mark.database
def test_a_community_shows_the_plan_in_force_else_its_latest_draft(
    busy: tuple[Loaded, Connection],
) -> None:
    loaded, c = busy
    pairs, turns = table(c, "plan_community"), c.execute(text("SELECT * FROM division_successor"))
    splits = list(turns)
    seen = set()
    days = {loaded.as_of + timedelta(off) for off in (-1, 0, 29, 30, 59, 60, 900)}
    days |= {p["in_force_from"] for p in pairs if p["in_force_from"] is not None}
    for day in sorted(days):
        expected: dict[int, tuple[int, bool]] = {}
        for pair in pairs:
            since, until = pair["in_force_from"], pair["in_force_to"]
            stands = since is not None and since <= day and (until is None or day < until)
            gone = any(
                (s.division_id == pair["community_id"] and s.on_date <= day)
                or (s.successor_id == pair["community_id"] and s.on_date > day)
                for s in splits
            )  # fmt: skip
            if (stands or since is None) and not gone:
                best = expected.get(pair["community_id"], (0, False))
                if (stands, pair["plan_id"]) > (best[1], best[0]):
                    expected[pair["community_id"]] = (pair["plan_id"], stands)
        rows = c.execute(
            text("SELECT * FROM plans_shown(:within, :day)"),
            {"within": f"{loaded.code}%", "day": day},
        )
        assert {r.community_id: (r.plan_id, r.in_force) for r in rows} == expected
        seen |= set(expected.values())
    assert {stands for _, stands in seen} == {True, False}
    assert len(seen) >= 4, "the days must show several plans"


@pytest.mark.database
def test_who_answers_is_who_holds_the_post_that_day(busy: tuple[Loaded, Connection]) -> None:
    loaded, c = busy
    holders = {h["id"]: h["name"] for h in table(c, "office_holder")}
    counts = set()
    for day in (loaded.as_of + timedelta(off) for off in (-400, -1, 0, 8, 9)):
        held: dict[int, list[str]] = {p["id"]: [] for p in table(c, "post")}
        for h in table(c, "post_holding"):
            if h["starts_on"] <= day and (h["ends_on"] is None or day < h["ends_on"]):
                held[h["post_id"]].append(holders[h["office_holder_id"]])
        expected = sorted((p, n) for p, names in held.items() for n in (names or [""]))
        rows = c.execute(text("SELECT post_id, holder FROM answering(:day)"), {"day": day})
        assert sorted((r.post_id, r.holder or "") for r in rows) == expected
        counts.add(sum(bool(n) for _, n in expected))
    assert len(counts) > 1, "the days must differ"


@pytest.mark.database
def test_the_county_s_policy_is_the_one_of_its_data_day(busy: tuple[Loaded, Connection]) -> None:
    loaded, c = busy
    limit = text("SELECT households_max FROM county_policy WHERE code = :code")
    move = text("UPDATE county SET data_as_of = :day WHERE code = :code")
    found = []
    for off in (0, 2, 3):
        c.execute(move, {"code": loaded.code, "day": loaded.as_of + timedelta(off)})
        found.append(c.scalar(limit, {"code": loaded.code}))
    assert found == [300, 300, 200]


@pytest.mark.database
def test_views_show_their_reader_no_row_that_the_tables_hide(liping: Loaded) -> None:
    views = liping.rows(
        """
        SELECT relname, reloptions FROM pg_class
        WHERE relkind = 'v' AND relnamespace = CAST('getu' AS regnamespace)
        """
    )
    assert views, "the rules are views and functions"
    assert [v["relname"] for v in views if "security_invoker=true" not in v["reloptions"]] == []
