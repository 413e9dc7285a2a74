"""The tables: what the migrations make is what the code says, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import CheckConstraint, CreateTable

from data import tables
from data.engine import owner_engine
from data.server import Server

pytestmark = pytest.mark.database
ALL = tables.metadata.tables.values()

# Tables without a division code of their own, and why.
WITHOUT_CODE = {
    "gate_key": "of an installation, whatever counties it holds",
    "audit_seal": "hashes and signatures of every county's entries together; nothing else",
    "sign_in_attempt": "a login as somebody typed it, which may be nobody's",
    "recovery_code": "a person's, who keeps it when a county goes",
    "known_device": "a person's, who keeps it when a county goes",
    "past_password": "a person's, who keeps it when a county goes",
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
    "case_claimant.name",
    "case_set.file_name",
    "case_set.name",
    "division.name",
    "division.name_en",
    "draft_grid.name",
    "estate.name",
    "import_run.file_name",
    "job_file.name",
    "land.name",
    "organisation.name",
    "pinned_sheet.file_name",
    "pinned_sheet.name",
    "plan.name",
    "plan_attachment.name",
    "plan_grid.name",
    "station.name",
    "street_edge.name",
    "upload.file_name",
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
