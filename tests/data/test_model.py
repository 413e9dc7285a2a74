"""The tables: what the migrations make is what the code says, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CheckConstraint, CreateTable

from data import tables
from data.engine import owner_engine, transaction
from data.server import Server

pytestmark = pytest.mark.database
ALL = tables.metadata.tables.values()

# Tables without a division code of their own, and why.
WITHOUT_CODE = {
    "division_successor": "two divisions, each with its code, joined; nothing else in the row",
}


@pytest.fixture(scope="module")
def owner(module_database: Server) -> Iterator[Engine]:
    engine = owner_engine(module_database)
    yield engine
    engine.dispose()


def _ours(name: str | None, kind: str, parents: Any) -> bool:
    if kind == "schema":
        return name == tables.SCHEMA
    return not (kind == "table" and name in ("alembic_version", "spatial_ref_sys"))


# ---- the definition and the migrations ------------------------------------------------------


def test_migrations_make_the_tables_columns_indexes_and_uniques_of_the_definition(
    owner: Engine,
) -> None:
    with owner.connect() as c:
        context = MigrationContext.configure(
            c,
            opts={
                "compare_type": True,
                "compare_server_default": False,
                "include_schemas": True,
                "include_name": _ours,
            },
        )
        found = compare_metadata(context, tables.metadata)
    # A column that is declared as index=True and part of the key is compared by its index's name.
    assert found == []


def _columns_made(c: Connection) -> dict[tuple[str, str], tuple[str, bool]]:
    rows = c.execute(
        text(
            """
            SELECT r.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
            FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
            WHERE r.relnamespace = 'getu'::regnamespace AND r.relkind = 'r' AND a.attnum > 0
              AND NOT a.attisdropped AND r.relname <> 'alembic_version'
            """
        )
    )
    return {(r[0], r[1]): (r[2].lower(), r[3]) for r in rows}


# How PostgreSQL writes a type that SQLAlchemy names otherwise.
WRITTEN = {
    "float": "double precision",
    "float[]": "double precision[]",
    "time without time zone": "time without time zone",
    "timestamp with time zone": "timestamp with time zone",
}


def test_every_column_has_the_declared_type_and_nullability(owner: Engine) -> None:
    dialect = postgresql.dialect()
    declared = {}
    for table in ALL:
        for column in table.c:
            kind = column.type.compile(dialect).lower().replace(" ,", ",")
            declared[table.name, column.name] = (WRITTEN.get(kind, kind), not column.nullable)
    with owner.connect() as c:
        made = _columns_made(c)
    assert {k: v for k, v in made.items() if declared.get(k) != v} == {}
    assert declared.keys() == made.keys()


def test_every_check_and_exclusion_constraint_is_there_by_name(owner: Engine) -> None:
    declared = {
        (table.name, str(constraint.name))
        for table in ALL
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint | ExcludeConstraint)
    }
    # The naming convention is applied when the table is written out.
    declared = {
        (table, name if name.startswith(("ck_", "ex_")) else f"ck_{table}_{name}")
        for table, name in declared
    }
    with owner.connect() as c:
        made = {
            (r[0], r[1])
            for r in c.execute(
                text(
                    """
                    SELECT r.relname, k.conname FROM pg_constraint k
                    JOIN pg_class r ON r.oid = k.conrelid
                    WHERE r.relnamespace = 'getu'::regnamespace AND k.contype IN ('c', 'x')
                      AND r.relname <> 'alembic_version'
                    """
                )
            )
        }
    assert made == declared
    assert ("plan_community", "ex_plan_community_in_force") in made


def test_a_check_in_the_database_lists_the_same_values_as_the_definition(owner: Engine) -> None:
    def listed(sql: str) -> set[str]:
        return set(re.findall(r"'([a-z_]+)'", sql))

    with owner.connect() as c:
        made = dict(
            c.execute(
                text(
                    """
                    SELECT k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k
                    WHERE k.connamespace = 'getu'::regnamespace AND k.contype = 'c'
                    """
                )
            ).all()
        )
    differing = {}
    for table in ALL:
        written = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for name, sql in re.findall(r"CONSTRAINT (ck_\w+) CHECK \((.*)\)", written):
            if listed(sql) != listed(made[name]):
                differing[name] = (listed(sql), listed(made[name]))
    assert differing == {}


def test_every_geometry_column_is_stored_in_epsg_4490_with_a_spatial_index(owner: Engine) -> None:
    with owner.connect() as c:
        rows = c.execute(
            text(
                """
                SELECT g.f_table_name, g.f_geometry_column, g.srid, EXISTS (
                    SELECT FROM pg_indexes i WHERE i.schemaname = 'getu'
                     AND i.tablename = g.f_table_name
                     AND i.indexdef LIKE '%USING gist (' || g.f_geometry_column || ')') AS indexed
                FROM geometry_columns g WHERE g.f_table_schema = 'getu'
                """
            )
        ).all()
    assert len(rows) > 10
    assert [r for r in rows if r.srid != 4490 or not r.indexed] == []


# ---- scope and privacy ----------------------------------------------------------------------


def test_every_table_has_a_division_code_that_is_never_empty() -> None:
    without = {t.name for t in ALL if "code" not in t.c}
    assert without == WITHOUT_CODE.keys()
    assert [t.name for t in ALL if "code" in t.c and t.c.code.nullable] == []


def test_every_table_with_a_code_can_be_searched_by_it(owner: Engine) -> None:
    with owner.connect() as c:
        indexed = {
            r[0]
            for r in c.execute(
                text(
                    r"SELECT tablename FROM pg_indexes WHERE schemaname = 'getu'"
                    r" AND indexdef ~ '\(code[,)]'"
                )
            )
        }
    assert {t.name for t in ALL if "code" in t.c} - indexed - {"app_user"} == set()


# Every free-text column that could hold a person's name, and whose name it is.
NAMES_OF_PEOPLE = {
    "office_holder.name": "holders of posts: chiefs, workers, leaders; never residents",
    "app_user.name": "people who sign in",
}
NAMES_OF_THINGS = {
    "area.name",
    "barrier.name",
    "building.name",
    "building_entrance.name",
    "division.name",
    "division.name_en",
    "draft_grid.name",
    "estate.name",
    "import_run.file_name",
    "land.name",
    "organisation.name",
    "plan.name",
    "plan_attachment.name",
    "plan_grid.name",
    "station.name",
    "street_edge.name",
    "water.name",
}


def test_no_table_has_a_column_for_a_residents_name_or_identity() -> None:
    columns = {f"{t.name}.{c.name}" for t in ALL for c in t.c}
    named = {c for c in columns if re.search(r"\bname|_name|name_", c.split(".")[1])}
    assert named == NAMES_OF_PEOPLE.keys() | NAMES_OF_THINGS
    of_a_person = re.compile(
        r"resident(?!s?_unit)|citizen|person(?!s$)|identity_card|id_card|birth|mobile|email|gender|"
        r"household_head|applicant|caller|surname|phone"
    )
    # A station's telephone is the office's.
    assert {c for c in columns if of_a_person.search(c)} <= {"station.phone"}


# ---- what is refused --------------------------------------------------------------------------

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
    demand = c.scalar(
        text(
            "INSERT INTO demand (code, source, title, category, channel, state, received_at)"
            " VALUES ('522624', 't', 't', 'c', 'h', 'received', now()) RETURNING id"
        )
    )
    c.execute(
        text(
            "INSERT INTO demand_event (code, demand_id, at, step, actor)"
            " VALUES ('522624', :demand, now(), 'received', 't')"
        ),
        {"demand": demand},
    )
    c.execute(text("INSERT INTO audit_entry (code, actor, action) VALUES ('522624', 't', 'seen')"))
    c.execute(
        text(
            "INSERT INTO plan_stage (code, plan_id, stage, by) VALUES ('522624', :p, '草稿', 't')"
        ),
        {"p": _plan(c)},
    )


@pytest.mark.parametrize("table", ["demand_event", "audit_entry", "plan_stage"])
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
    assert refused == []
