"""Organisations that exist before any grid: departments, subdistrict and community committees."""

from __future__ import annotations

import pandas as pd

from data.sample.counties.county import County

DEPARTMENTS = (
    "住房和城乡建设局",
    "综合行政执法局",
    "水务局",
    "供电局",
    "公安局",
    "卫生健康局",
    "民政局",
    "人力资源和社会保障局",
    "自然资源局",
    "应急管理局",
    "市场监督管理局",
    "交通运输局",
    "教育局",
    "司法局",
)


def base_organisations(
    county: County, communities: list[tuple[str, str]], subdistricts: list[tuple[str, str]]
) -> pd.DataFrame:
    """Return organisations 1…n: the county's committee and departments, then by division.

    ``communities``, ``subdistricts``: (code, name) in the order of codes.
    """
    rows: list[tuple[str, str, int | None, str]] = [
        ("party_committee", f"{county.name}党建引领基层治理领导小组", None, county.code)
    ]
    rows += [("department", county.name + name, 1, county.code) for name in DEPARTMENTS]
    parent: dict[str, int] = {}
    for code, name in subdistricts:
        rows.append(("party_working_committee", f"{name}党工委", 1, code))
        parent[code] = len(rows)
    for code, name in communities:
        rows.append(("party_committee", f"{name}党委", parent[code[:9]], code))
    return pd.DataFrame(
        {
            "id": range(1, len(rows) + 1),
            "kind": [r[0] for r in rows],
            "name": [r[1] for r in rows],
            "parent_id": pd.Series([r[2] for r in rows], dtype=object),
            "code": [r[3] for r in rows],
            "grid_codes": pd.Series([[] for _ in rows], dtype=object),
        }
    )


def department_id(name: str) -> int:
    """Return the organisation id of a department."""
    return DEPARTMENTS.index(name) + 2
