"""Organisations, office holders, posts with dated holders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
from sqlalchemy import Connection, text

from data.duty import tables
from data.rows.bulk import column, copy_rows, reserve_ids


def write_organisations(
    c: Connection, county_code: str, frame: pd.DataFrame, valid_from: date
) -> dict[int, int]:
    """Append organisations; return database ids by the frame's ``id``.

    An organisation whose ``code`` is a grid's is also tied to that grid; ``grid_codes`` (list,
    optional column) ties it to several (many-to-many).
    """
    ids = reserve_ids(c, tables.organisation, len(frame))
    own = dict(zip(column(frame, "id"), ids, strict=True))
    codes = column(frame, "code", county_code)
    parents = [own.get(v) if v is not None else None for v in column(frame, "parent_id")]
    rows = zip(
        ids,
        codes,
        column(frame, "kind"),
        column(frame, "name"),
        parents,
        [valid_from] * len(frame),
        strict=True,
    )
    columns = ("id", "code", "kind", "name", "parent_id", "valid_from")
    # Parents come first, since COPY checks a foreign key to its own table at the end anyway.
    copy_rows(c, tables.organisation, columns, rows)
    grids = grid_ids(c, county_code)
    several = column(frame, "grid_codes", ())
    ties = (
        (grid_code, grids[grid_code], i, valid_from)
        for i, code, grid_codes in zip(ids, codes, several, strict=True)
        for grid_code in dict.fromkeys([code, *grid_codes])
        if grid_code in grids
    )
    copy_rows(
        c,
        tables.grid_organisation,
        ("code", "grid_id", "organisation_id", "valid_from"),
        ties,
    )
    return own


def write_office_holders(
    c: Connection, county_code: str, frame: pd.DataFrame, organisations: dict[int, int]
) -> dict[int, int]:
    """Append holders of posts; return database ids by the frame's ``id``."""
    ids = reserve_ids(c, tables.office_holder, len(frame))
    rows = zip(
        ids,
        column(frame, "code", county_code),
        column(frame, "name"),
        column(frame, "rank"),
        [organisations.get(v) if v is not None else None for v in column(frame, "organisation_id")],
        strict=True,
    )
    copy_rows(c, tables.office_holder, ("id", "code", "name", "rank", "organisation_id"), rows)
    return dict(zip(column(frame, "id"), ids, strict=True))


def write_posts(
    c: Connection,
    county_code: str,
    frame: pd.DataFrame,
    holders: dict[int, int],
    valid_from: date,
    buildings: Mapping[str, int] | None = None,
) -> int:
    """Append posts and who holds them; return how many.

    ``subject`` division, area, grid or building with its ``subject_code`` (of a building: a key of
    ``buildings``, which gives database ids). A post without ``person_id`` is vacant and is shown
    as such.
    """
    subjects: dict[str, tuple[str, Mapping[str, int]]] = {
        "division": ("division_id", _ids(c, "SELECT code, id FROM division", county_code)),
        "grid": ("grid_id", grid_ids(c, county_code)),
        "area": ("area_id", area_ids(c, county_code)),
        "building": ("building_id", buildings or {}),
    }
    places = [place for place, _ in subjects.values()]
    ids = reserve_ids(c, tables.post, len(frame))
    kinds, titles = column(frame, "kind"), column(frame, "title")
    subject, codes = column(frame, "subject"), column(frame, "subject_code")
    rows = []
    for i, kind, title, what, code in zip(ids, kinds, titles, subject, codes, strict=True):
        place, known = subjects[what]
        targets = [known[code] if name == place else None for name in places]
        rows.append((i, county_code if what == "building" else code, kind, title, what, *targets))
    copy_rows(c, tables.post, ("id", "code", "kind", "title", "subject", *places), rows)
    people = column(frame, "person_id")
    starts = column(frame, "starts_on", valid_from)
    ends = column(frame, "ends_on")
    copy_rows(
        c,
        tables.post_holding,
        ("code", "post_id", "office_holder_id", "starts_on", "ends_on"),
        (
            (row[1], row[0], holders[person], start, end)
            for row, person, start, end in zip(rows, people, starts, ends, strict=True)
            if person is not None
        ),
    )
    return len(ids)


def grid_ids(c: Connection, county_code: str) -> dict[str, int]:
    """Return the ids of the county's grids that are valid now, by code."""
    return _ids(c, "SELECT code, id FROM grid", county_code)


def area_ids(c: Connection, county_code: str) -> dict[str, int]:
    """Return the ids of the county's areas (片区) that are valid now, by code."""
    return _ids(c, "SELECT code, id FROM area", county_code)


def _ids(c: Connection, sql: str, county_code: str) -> dict[str, int]:
    where = " WHERE starts_with(code, :county) AND valid_to IS NULL"
    return {row.code: int(row.id) for row in c.execute(text(sql + where), {"county": county_code})}
