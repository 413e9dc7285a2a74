"""What the database refuses: changes of published plans and histories, tables of the program's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DBAPIError

from data import tables
from data.demands.workflows.write import EVER, add_version
from data.engine import owner_engine, transaction
from data.server import Server
from layers.kit.demands.standard import STANDARD

pytestmark = pytest.mark.database
ALL = tables.metadata.tables.values()


@pytest.fixture(scope="module")
def owner(module_database: Server) -> Iterator[Engine]:
    engine = owner_engine(module_database)
    yield engine
    engine.dispose()


_POLYGON = "ST_GeomFromText('MULTIPOLYGON(((108 26,108.1 26,108.1 26.1,108 26)))', 4490)"
_POINT = "ST_GeomFromText('POINT(108.05 26.02)', 4490)"


def _community(c: Connection, code: str = "522624001001") -> int:
    return int(
        c.execute(
            insert(tables.division)
            .values(code=code, kind="community", name="社区", valid_from="2021-01-01")
            .returning(tables.division.c.id)
        ).scalar_one()
    )


def _plan(c: Connection, code: str = "522624", *, published: bool = False) -> int:
    return int(
        c.execute(
            text(
                "INSERT INTO plan (code, name, stage, made_by, published_at)"
                " VALUES (:code, 'p', '草稿', 't', CASE WHEN :on THEN now() END) RETURNING id"
            ),
            {"code": code, "on": published},
        ).scalar_one()
    )


def _filled_plan(c: Connection) -> dict[str, int]:
    """A plan of one grid of one plot, not yet published; a second plot beside it."""
    community = _community(c)
    ids = {"plan": _plan(c), "community": community, "draft": _plan(c)}
    ids["tessellation"] = c.scalar(
        text(
            "INSERT INTO tessellation (code, community_id, version)"
            " VALUES ('522624001001', :community, 1) RETURNING id"
        ),
        ids,
    )
    for name in ("plot", "other_plot"):
        ids[name] = c.scalar(
            text(
                "INSERT INTO plot (code, tessellation_id, community_id, kind, area_m2, geom) VALUES"
                " ('522624001001', :tessellation, :community, 'land', 1, ST_GeomFromText("
                "'POLYGON((108 26,108.1 26,108.1 26.1,108 26))', 4490)) RETURNING id"
            ),
            ids,
        )
    for name in ("grid", "other_grid"):
        ids[name] = c.scalar(
            text(
                "INSERT INTO grid (code, type) VALUES ('522624001001001', 'general') RETURNING id"
            ),
            ids,
        )
    for plan, grid, plot in (("plan", "grid", "plot"), ("draft", "other_grid", "other_plot")):
        values = {**ids, "plan": ids[plan], "grid": ids[grid], "plot": ids[plot]}
        c.execute(text(_GRID_ROW), values)
        c.execute(text(_ASSIGNMENT_ROW), values)
    c.execute(text("UPDATE plan SET published_at = now() WHERE id = :plan"), ids)
    return ids


_GRID_ROW = (
    "INSERT INTO plan_grid (plan_id, grid_id, code, community_id, number, name, households,"
    " buildings, plots, area_m2, geom, label_point) VALUES (:plan, :grid, '522624001001001',"
    f" :community, 1, 'g', 3, 1, 1, 1, {_POLYGON}, {_POINT})"
)
_ASSIGNMENT_ROW = (
    "INSERT INTO plan_assignment (plan_id, plot_id, code, grid_id)"
    " VALUES (:plan, :plot, '522624001001001', :grid)"
)

CHANGES_OF_A_PUBLISHED_PLAN = {
    "move a plot": "UPDATE plan_assignment SET grid_id = :other_grid WHERE plan_id = :plan",
    "add a plot": _ASSIGNMENT_ROW.replace(":plot", ":other_plot"),
    "drop a plot": "DELETE FROM plan_assignment WHERE plan_id = :plan",
    "move a plot in from a draft": (
        "UPDATE plan_assignment SET plan_id = :plan WHERE plan_id = :draft"
    ),
    "change a figure": "UPDATE plan_grid SET households = 9 WHERE plan_id = :plan",
    "redraw a grid": f"UPDATE plan_grid SET geom = {_POLYGON} WHERE plan_id = :plan",
    "add a grid": _GRID_ROW.replace(":grid", ":other_grid"),
    "drop a grid": "DELETE FROM plan_grid WHERE plan_id = :plan",
    "move a grid in from a draft": "UPDATE plan_grid SET plan_id = :plan WHERE plan_id = :draft",
    "make it a draft again": "UPDATE plan SET published_at = NULL WHERE id = :plan",
    "change its certificate": "UPDATE plan SET certificate = '{}' WHERE id = :plan",
}


@pytest.mark.parametrize("name", CHANGES_OF_A_PUBLISHED_PLAN)
def test_a_published_plan_cannot_be_changed(module_program: Engine, name: str) -> None:
    with module_program.connect() as c, c.begin() as whole:
        ids = _filled_plan(c)
        with pytest.raises(DBAPIError, match="published and cannot be changed"):
            c.execute(text(CHANGES_OF_A_PUBLISHED_PLAN[name]), ids)
        whole.rollback()


def test_a_draft_can_be_changed(module_program: Engine) -> None:
    with module_program.connect() as c, c.begin() as whole:
        ids = _filled_plan(c)
        moved = c.execute(
            text("UPDATE plan_assignment SET grid_id = :grid WHERE plan_id = :draft"), ids
        )
        assert moved.rowcount == 1
        assert c.execute(text("DELETE FROM plan_grid WHERE plan_id = :draft"), ids).rowcount == 1
        whole.rollback()


_IN_FORCE = text(
    "INSERT INTO plan_community (code, plan_id, community_id, in_force_from, in_force_to)"
    " VALUES ('522624001001', :plan, :community, :first, :end)"
)


@pytest.mark.parametrize(
    ("first", "end", "refused"),
    [
        ("2024-12-31", None, True),  # one day in common: 31 December
        ("2025-01-01", None, False),  # begins on the first day that the other is over
        ("2020-01-01", "2021-01-01", False),  # over on the day that the other begins
        ("2020-01-01", "2021-01-02", True),  # one day in common: 1 January 2021
        (None, None, False),  # a draft
    ],
)
def test_two_plans_in_force_for_one_community_on_one_day_are_refused(
    module_program: Engine, first: str | None, end: str | None, refused: bool
) -> None:
    with module_program.connect() as c, c.begin() as whole:
        community = _community(c)
        values = {"community": community, "first": "2021-01-01", "end": "2025-01-01"}
        c.execute(_IN_FORCE, {"plan": _plan(c), **values})
        second = {"plan": _plan(c), "community": community, "first": first, "end": end}
        if refused:
            with pytest.raises(DBAPIError, match="ex_plan_community_in_force"):
                c.execute(_IN_FORCE, second)
        else:
            c.execute(_IN_FORCE, second)
        whole.rollback()


def _history(c: Connection) -> None:
    version = add_version(c, "522624", STANDARD, EVER, "t").id
    demand = c.scalar(
        text(
            "INSERT INTO demand (code, source, title, category, channel, version_id, received_at)"
            " VALUES ('522624', 't', 't', 'c', 'h', :version, now()) RETURNING id"
        ),
        {"version": version},
    )
    c.execute(
        text(
            "INSERT INTO demand_event (code, demand_id, seq, at, version_id, from_step, action,"
            " to_step, actor) VALUES ('522624', :demand, 1, now(), :version, 'start', 'receive',"
            " 'received', 't')"
        ),
        {"demand": demand, "version": version},
    )
    c.execute(text("INSERT INTO audit_entry (code, actor, action) VALUES ('522624', 't', 'seen')"))
    c.execute(
        text(
            "INSERT INTO plan_stage (code, plan_id, stage, by) VALUES ('522624', :p, '草稿', 't')"
        ),
        {"p": _plan(c)},
    )


@pytest.mark.parametrize(
    "table", ["demand_event", "audit_entry", "plan_stage", "workflow_version", "workflow_step"]
)
@pytest.mark.parametrize("change", ["UPDATE {0} SET code = '5'", "DELETE FROM {0}"])
def test_the_program_cannot_change_or_delete_a_history(
    module_program: Engine, table: str, change: str
) -> None:
    with module_program.connect() as c, c.begin() as whole:
        _history(c)
        with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
            c.execute(text(change.format(table)))
        whole.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE getu.demand_event SET actor = 'x'",
        "DELETE FROM getu.demand_event",
        "TRUNCATE getu.demand_event",
        "UPDATE getu.workflow_action SET role = 'x'",
        "DELETE FROM getu.workflow_step",
        "UPDATE getu.workflow_version SET definition = '{}'",
        "UPDATE getu.plan_stage SET stage = 'x'",
        "UPDATE getu.audit_entry SET actor = 'x'",
        "DELETE FROM getu.audit_entry",
        "TRUNCATE getu.audit_entry",
    ],
)
def test_histories_are_append_only_for_the_owner_too(owner: Engine, change: str) -> None:
    with owner.connect() as c, c.begin() as whole:
        c.execute(text("SET LOCAL search_path = getu, public"))
        _history(c)
        with pytest.raises(DBAPIError, match="append-only"):
            c.execute(text(change))
        whole.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE getu.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "ALTER TABLE getu.plan ADD COLUMN mine int",
        "DROP TABLE getu.audit_entry",
        "TRUNCATE getu.plan_assignment",
        "ALTER TABLE getu.plan_grid DISABLE TRIGGER ALL",
        "CREATE SCHEMA mine",
        "UPDATE getu.alembic_version SET version_num = 'x'",
    ],
)
def test_the_program_writes_rows_and_nothing_else(module_program: Engine, statement: str) -> None:
    with (
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
        transaction(module_program) as c,
    ):
        c.execute(text(statement))


def test_the_program_may_write_rows_in_every_table(module_program: Engine) -> None:
    with transaction(module_program) as c:
        refused = [
            t.name
            for t in ALL
            if not c.scalar(
                text("SELECT has_table_privilege(:t, 'SELECT, INSERT')"), {"t": f"getu.{t.name}"}
            )
        ]
    assert refused == ["gate_key"]  # the keys that open the tables of people are the owner's
