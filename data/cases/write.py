"""Case sets: made from a file, ruled on, undone, closed. Whoever writes holds the set's row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
from psycopg.types.json import Jsonb
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, insert, text, update

from data.access.audit import record
from data.cases import tables
from data.cases.rows import BorderReport, ClaimValue, SetReport
from data.rows.bulk import column, copy_rows, stored_geometry

Stand = tuple[int | None, bool, str | None]
"""How a case stands: for which claimant (position), whether it is put off, who said so."""
Ruled = tuple[int, Stand, Stand]
"""A case (id) before and after a ruling."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """A case to store; ``geometry`` (in the set's measuring CRS) for land, None for buildings."""

    code: str
    community_id: int | None
    building_id: int | None
    kind: str
    households: int | None
    area_m2: float
    claims: Sequence[ClaimValue]
    proposal: int
    geometry: BaseGeometry | None = None


def create_set(
    c: Connection,
    *,
    county: str,
    kind: str,
    name: str,
    file_name: str,
    sha256: str,
    made_by: str,
    claimants: gpd.GeoDataFrame,
    srid: int,
) -> int:
    """Store a set with its polygons (``label``, ``name``, ``upstream_code``, ``is_stored``)."""
    set_id = int(
        c.execute(
            insert(tables.case_set)
            .values(
                code=county,
                kind=kind,
                state="open",
                name=name,
                file_name=file_name,
                sha256=sha256,
                made_by=made_by,
            )
            .returning(tables.case_set.c.id)
        ).scalar_one()
    )
    copy_rows(
        c,
        tables.case_claimant,
        ("code", "set_id", "position", "label", "name", "upstream_code", "is_stored", "geom"),
        (
            (county, set_id, at, *values)
            for at, values in enumerate(
                zip(
                    column(claimants, "label"),
                    column(claimants, "name"),
                    column(claimants, "upstream_code"),
                    column(claimants, "is_stored", False),
                    stored_geometry(claimants.geometry.to_numpy(), srid, multi=True),
                    strict=True,
                )
            )
        ),
    )
    return set_id


def add_claimant(
    c: Connection, set_id: int, code: str, position: int, label: str, shape: BaseGeometry, srid: int
) -> None:
    """Append one polygon (in the CRS ``srid``) to a set's, without a name."""
    (geom,) = stored_geometry([shape], srid, multi=True)
    copy_rows(
        c,
        tables.case_claimant,
        ("code", "set_id", "position", "label", "is_stored", "geom"),
        [(code, set_id, position, label, False, geom)],
    )


def remove_claimant(c: Connection, set_id: int, position: int) -> None:
    """Remove the last polygon of a set, which nothing was given to."""
    c.execute(
        text("DELETE FROM case_claimant WHERE set_id = :set AND position = :position"),
        {"set": set_id, "position": position},
    )


def add_items(c: Connection, set_id: int, items: Sequence[NewItem], srid: int) -> None:
    """Append cases to a set."""
    land = [i.geometry for i in items]
    known = [at for at, shape in enumerate(land) if shape is not None]
    stored: list[str | None] = [None] * len(items)
    for at, geom in zip(
        known, stored_geometry([land[at] for at in known], srid, multi=True), strict=True
    ):
        stored[at] = geom
    copy_rows(
        c,
        tables.case_item,
        ("code", "set_id", "community_id", "building_id", "kind", "households", "area_m2",
         "claims", "proposal", "geom"),
        (
            (i.code, set_id, i.community_id, i.building_id, i.kind, i.households, i.area_m2,
             Jsonb(list(i.claims)), i.proposal, geom)
            for i, geom in zip(items, stored, strict=True)
        ),
    )  # fmt: skip


def remove_items(c: Connection, items: Iterable[int]) -> None:
    """Remove cases that are none any more."""
    c.execute(text("DELETE FROM case_item WHERE id = ANY(:items)"), {"items": list(items)})


def set_claims(c: Connection, item: int, new: NewItem) -> None:
    """Write what a case's claims are now; its ruling stays."""
    c.execute(
        update(tables.case_item)
        .where(tables.case_item.c.id == item)
        .values(
            kind=new.kind,
            households=new.households,
            area_m2=new.area_m2,
            claims=list(new.claims),
            proposal=new.proposal,
        )
    )


def set_report(c: Connection, set_id: int, report: SetReport) -> None:
    """Write what of a set needs no ruling."""
    c.execute(
        update(tables.case_set).where(tables.case_set.c.id == set_id).values(report=dict(report))
    )


def write_ruling(
    c: Connection,
    set_id: int,
    county: str,
    sequence: int,
    kind: str,
    changes: Sequence[Ruled],
    by: str,
) -> None:
    """Apply changes to a set's cases and log them as its ruling number ``sequence``."""
    c.execute(
        insert(tables.case_ruling).values(
            code=county,
            set_id=set_id,
            sequence=sequence,
            kind=kind,
            changes=[[item, list(before), list(after)] for item, before, after in changes],
            made_by=by,
        )
    )
    c.execute(
        text(
            """
            UPDATE case_item i
            SET ruled_to = m.to_, is_deferred = m.deferred, ruled_by = m.by_,
                ruled_at = CASE WHEN m.by_ IS NULL THEN NULL ELSE now() END, sequence = :sequence
            FROM unnest(CAST(:items AS bigint[]), CAST(:to AS integer[]),
                        CAST(:deferred AS boolean[]), CAST(:by AS text[]))
                 AS m(item, to_, deferred, by_)
            WHERE i.id = m.item AND i.set_id = :set
            """
        ),
        {
            "set": set_id,
            "sequence": sequence,
            "items": [change[0] for change in changes],
            "to": [change[2][0] for change in changes],
            "deferred": [change[2][1] for change in changes],
            "by": [change[2][2] for change in changes],
        },
    )
    c.execute(
        update(tables.case_set).where(tables.case_set.c.id == set_id).values(sequence=sequence)
    )


def write_step(
    c: Connection, set_id: int, county: str, sequence: int, kind: str, what: Sequence[int], by: str
) -> None:
    """Log what rules on no case as step number ``sequence`` of a set; ``what``: its numbers."""
    c.execute(
        insert(tables.case_ruling).values(
            code=county,
            set_id=set_id,
            sequence=sequence,
            kind=kind,
            changes=list(what),
            made_by=by,
        )
    )
    c.execute(
        update(tables.case_set).where(tables.case_set.c.id == set_id).values(sequence=sequence)
    )


def mark_undone(c: Connection, ruling: int) -> None:
    """Mark a ruling as taken back."""
    c.execute(
        update(tables.case_ruling).where(tables.case_ruling.c.id == ruling).values(is_undone=True)
    )


def close_set(c: Connection, set_id: int, state: str, by: str, plan_id: int | None = None) -> None:
    """End a set: ``done`` with what came of it, or ``discarded``."""
    c.execute(
        text(
            """
            UPDATE case_set SET state = :state, closed_by = :by, closed_at = now(), plan_id = :plan
            WHERE id = :set
            """
        ),
        {"set": set_id, "state": state, "by": by, "plan": plan_id},
    )


def set_upstream_codes(c: Connection, codes: Mapping[int, str]) -> None:
    """Write the upstream platform's code of grids that have none yet."""
    c.execute(
        text(
            """
            UPDATE grid g SET upstream_code = m.code
            FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[])) AS m(id, code)
            WHERE g.id = m.id AND g.upstream_code IS NULL
            """
        ),
        {"ids": list(codes), "codes": list(codes.values())},
    )


def set_parents(c: Connection, county: str) -> None:
    """Draw subdistricts and the county anew as the union of their communities."""
    for length in (9, 6):
        c.execute(
            text(
                """
                UPDATE division p
                SET geom = (SELECT ST_Multi(ST_Union(d.geom)) FROM division d
                            WHERE d.kind = 'community' AND d.valid_to IS NULL
                              AND left(d.code, :length) = p.code)
                WHERE lies_in(p.code, :county) AND length(p.code) = :length AND p.valid_to IS NULL
                  AND EXISTS (SELECT FROM division d WHERE d.kind = 'community'
                              AND d.valid_to IS NULL AND left(d.code, :length) = p.code)
                """
            ),
            {"county": f"{county}%", "length": length},
        )


def audit_borders(c: Connection, county: str, by: str, set_id: int, report: BorderReport) -> None:
    """Record who moved borders, and what went along."""
    detail = {"communities": report["communities"], "buildings": report["buildings"]}
    record(c, "borders.moved", county, f"case_set:{set_id}", detail, by=by)
