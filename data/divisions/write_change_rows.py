"""Rows that change their division code when a community is split or its border moved.

Every function works inside the caller's transaction. ``Rows`` are lists of tuples, the id first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

Rows = Sequence[Sequence[Any]]
CODES = "unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[])) AS m(id, code)"


def columns_of(rows: Rows) -> list[list[Any]]:
    """Turn rows into columns."""
    return [list(values) for values in zip(*rows, strict=True)]


OF_A_BUILDING = ("building_alias", "building_address", "building_life", "building_use",
                 "building_entrance", "building_count")  # fmt: skip


def set_buildings(c: Connection, rows: Rows) -> None:
    """Write ``(id, community, code)`` of buildings, and the code of what hangs on them."""
    if not rows:
        return
    ids, communities, codes = columns_of(rows)
    c.execute(
        text(
            """
            UPDATE building b SET community_id = m.d, code = m.code
            FROM unnest(CAST(:ids AS bigint[]), CAST(:d AS bigint[]), CAST(:codes AS text[]))
              AS m(id, d, code) WHERE b.id = m.id
            """
        ),
        {"ids": ids, "d": communities, "codes": codes},
    )
    for table in OF_A_BUILDING:
        c.execute(
            text(
                f"""
                UPDATE {table} x SET code = b.code FROM building b
                WHERE b.id = ANY(:ids) AND x.building_id = b.id AND x.code <> b.code
                """
            ),
            {"ids": ids},
        )


def set_stations(c: Connection, rows: Rows) -> None:
    """Write ``(id, community, code)`` of stations, and the code of their states and hours."""
    if not rows:
        return
    ids, communities, codes = columns_of(rows)
    c.execute(
        text(
            """
            UPDATE station s SET community_id = m.d, code = m.code
            FROM unnest(CAST(:ids AS bigint[]), CAST(:d AS bigint[]), CAST(:codes AS text[]))
              AS m(id, d, code) WHERE s.id = m.id
            """
        ),
        {"ids": ids, "d": communities, "codes": codes},
    )
    for table in ("station_state", "station_hours"):
        c.execute(
            text(
                f"""
                UPDATE {table} x SET code = s.code FROM station s
                WHERE s.id = ANY(:ids) AND x.station_id = s.id AND x.code <> s.code
                """
            ),
            {"ids": ids},
        )


CODED = ("estate", "demand", "area", "organisation", "post")


def set_codes(c: Connection, table: str, rows: Rows) -> None:
    """Write ``(id, code)`` of estates, demands, areas, organisations or posts."""
    if table not in CODED:
        raise KeyError(table)
    if rows:
        ids, codes = columns_of(rows)
        c.execute(
            text(
                f"""
                UPDATE {table} x SET code = m.code
                FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[])) AS m(id, code)
                WHERE x.id = m.id
                """
            ),
            {"ids": ids, "codes": codes},
        )
        if table == "post":
            c.execute(
                text(
                    """
                    UPDATE post_holding h SET code = p.code FROM post p
                    WHERE p.id = ANY(:ids) AND h.post_id = p.id AND h.code <> p.code
                    """
                ),
                {"ids": ids},
            )


def set_grids(c: Connection, rows: Rows, on: date) -> None:
    """Write ``(id, code)`` of grids from a day on, with the history of their codes."""
    if not rows:
        return
    ids, codes = columns_of(rows)
    for statement in (
        """
        UPDATE grid_code o SET valid_to = :on FROM {m}
        WHERE o.grid_id = m.id AND o.valid_to IS NULL AND o.code <> m.code
        """,
        """
        INSERT INTO grid_code (code, grid_id, valid_from)
        SELECT m.code, m.id, CAST(:on AS date) FROM {m}
        WHERE NOT EXISTS (SELECT FROM grid_code o WHERE o.grid_id = m.id AND o.code = m.code
                            AND o.valid_to IS NULL)
        """,
        """
        UPDATE grid g SET code = m.code, valid_from = coalesce(g.valid_from, CAST(:on AS date))
        FROM {m} WHERE g.id = m.id
        """,
        "UPDATE grid_organisation o SET code = m.code FROM {m} WHERE o.grid_id = m.id",
    ):
        values = {"ids": ids, "codes": codes, "on": on}
        c.execute(text(statement.replace("{m}", CODES)), values)


def restore_grids(c: Connection, rows: Rows, made: Sequence[int], on: date) -> None:
    """Give grids ``(id, code)`` back the code they had before a day; remove those made on it."""
    c.execute(text("DELETE FROM grid WHERE id = ANY(:made)"), {"made": list(made)})
    if not rows:
        return
    ids, codes = columns_of(rows)
    values = {"ids": ids, "codes": codes, "on": on}
    for statement in (
        """
        DELETE FROM grid_code o USING {m}
        WHERE o.grid_id = m.id AND o.valid_from = :on AND o.code <> m.code
        """,
        """
        UPDATE grid_code o SET valid_to = NULL FROM {m}
        WHERE o.grid_id = m.id AND o.valid_to = :on AND o.code = m.code
        """,
        "UPDATE grid g SET code = m.code FROM {m} WHERE g.id = m.id",
        "UPDATE grid_organisation o SET code = m.code FROM {m} WHERE o.grid_id = m.id",
    ):
        c.execute(text(statement.replace("{m}", CODES)), values)


def copy_post(c: Connection, post_id: int, column: str, subject: int, code: str, on: date) -> int:
    """Copy a post to another division or area from a day on, with who holds it; return its id."""
    if column not in ("division_id", "area_id"):
        raise KeyError(column)
    values = {"code": code, "subject": subject, "post": post_id, "on": on}
    made = c.execute(
        text(
            f"""
            INSERT INTO post (code, kind, title, subject, {column})
            SELECT :code, kind, title, subject, :subject FROM post WHERE id = :post
            RETURNING id
            """
        ),
        values,
    ).scalar_one()
    c.execute(
        text(
            """
            INSERT INTO post_holding (code, post_id, office_holder_id, starts_on, ends_on)
            SELECT :code, :made, office_holder_id, greatest(starts_on, CAST(:on AS date)), ends_on
            FROM post_holding WHERE post_id = :post AND NOT has_ended(ends_on, :on)
            """
        ),
        {**values, "made": made},
    )
    return int(made)


def end_holdings(c: Connection, posts: Sequence[int], on: date) -> list[int]:
    """End who holds some posts on a day, so that earlier days still answer; return holdings."""
    ended = c.execute(
        text(
            """
            UPDATE post_holding SET ends_on = :on
            WHERE post_id = ANY(:posts) AND ends_on IS NULL AND starts_on < :on RETURNING id
            """
        ),
        {"posts": list(posts), "on": on},
    )
    return [int(r.id) for r in ended]


def take_posts_back(c: Connection, made: Sequence[int], ended: Sequence[int]) -> None:
    """Undo ``copy_post`` and ``end_holdings``."""
    c.execute(text("DELETE FROM post WHERE id = ANY(:ids)"), {"ids": list(made)})
    c.execute(
        text("UPDATE post_holding SET ends_on = NULL WHERE id = ANY(:ids)"), {"ids": list(ended)}
    )


def end_areas(c: Connection, ids: Sequence[int], on: date) -> None:
    """End areas (片区) on a day."""
    c.execute(
        text("UPDATE area SET valid_to = :on WHERE id = ANY(:ids)"), {"on": on, "ids": list(ids)}
    )


def restore_areas(c: Connection, ended: Sequence[int], made: Sequence[int]) -> None:
    """Undo ``end_areas``, and remove those that were made for them."""
    c.execute(text("DELETE FROM area WHERE id = ANY(:ids)"), {"ids": list(made)})
    c.execute(text("UPDATE area SET valid_to = NULL WHERE id = ANY(:ids)"), {"ids": list(ended)})


def organisations_follow(c: Connection, pairs: Rows) -> list[tuple[int, str]]:
    """Give organisations of grids ``(old code, new code)`` the new one; return (id, old code)."""
    if not pairs:
        return []
    old, new = columns_of(pairs)
    found = c.execute(
        text(
            """
            UPDATE organisation o SET code = m.new
            FROM unnest(CAST(:old AS text[]), CAST(:new AS text[])) AS m(old, new)
            WHERE o.code = m.old RETURNING o.id, m.old
            """
        ),
        {"old": old, "new": new},
    )
    return [(int(r.id), str(r.old)) for r in found]


# Tables whose codes follow their community's at once; of plans only those that may still change.
LIVING = (
    *("area", "building", *OF_A_BUILDING, "demand", "draft_grid", "draft_plot_lock", "estate"),
    *("grid_organisation", "organisation", "plot", "plot_building", "plot_neighbour", "post"),
    *("post_holding", "station", "station_hours", "station_state", "tessellation", "former_plot"),
)
OF_A_PLAN = ("plan_assignment", "plan_community", "plan_grid", "plan_operation", "plan_waiver")


def codes_under(c: Connection, code: str) -> list[tuple[int, str]]:
    """Return the grids (id, code) whose code begins with a community's."""
    found = c.execute(
        text("SELECT id, code FROM grid WHERE lies_in(code, :pattern) ORDER BY id"),
        {"pattern": f"{code}%"},
    )
    return [(int(r.id), str(r.code)) for r in found]


def set_prefix(c: Connection, old: str, new: str) -> None:
    """Replace a community's code (12 digits, used by no other ever) by another, everywhere."""
    values = {"old": f"{old}%", "new": new}
    for table in LIVING:
        c.execute(
            text(f"UPDATE {table} SET code = :new || substr(code, 13) WHERE lies_in(code, :old)"),
            values,
        )
    for table in OF_A_PLAN:
        c.execute(
            text(
                f"""
                UPDATE {table} x SET code = :new || substr(x.code, 13) FROM plan p
                WHERE lies_in(x.code, :old) AND p.id = x.plan_id AND p.published_at IS NULL
                """
            ),
            values,
        )
