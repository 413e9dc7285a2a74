"""What no community's plan shows by itself: how communities of one town meet.

1. ``communities_overlap``: land that two of them claim. Where the communities' own borders are
   known, ``grids_overlap`` besides, when grids of both cover it.
2. ``communities_gap``: land that they leave between them: a strip, or a hole that is not one
   community's own.
3. ``borders_do_not_match``: neighbours that do not share every vertex of their border.
4. ``community_without_grids``: a community that is known and has no grid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.grids.judge.geometry import (
    SLIVER_M,
    gaps_between,
    sound,
    substantial,
    unmatched_m,
    width_m,
)
from layers.grids.judge.verdict import Check, Verdict
from layers.kit.findings import Finding


@dataclass(frozen=True)
class CommunityLand:
    """One community in a metric CRS: its own border, if it is known, and its grids."""

    name: str
    border: BaseGeometry | None
    codes: Sequence[str]
    grids: NDArray[Any]

    def land(self) -> BaseGeometry:
        """Return its land: inside its border, else what its grids cover."""
        if self.border is not None:
            return sound(np.array([self.border], dtype=object))[0]
        return self.covered()

    def covered(self) -> BaseGeometry:
        """Return what its grids cover."""
        present = [grid for grid in sound(np.asarray(self.grids, dtype=object)) if grid is not None]
        return shapely.union_all(present)


def between(communities: Sequence[CommunityLand]) -> list[Finding]:
    """Return what is wrong between communities of one town; see the module's numbers.

    Every finding has ``communities`` (names) among its values.
    """
    lands = np.array([community.land() for community in communities], dtype=object)
    findings = _overlaps(communities, lands, "communities_overlap")
    if any(community.border is not None for community in communities):
        covered = np.array([community.covered() for community in communities], dtype=object)
        findings += _overlaps(communities, covered, "grids_overlap")
    if len(communities) > 1:
        findings += _gaps(communities, lands)
    if not findings:
        findings += _unmatched(communities)
    findings += [
        Finding(
            "community_without_grids",
            subject=community.name,
            geometry=community.border,
            values={"communities": [community.name]},
        )
        for community in communities
        if len(community.grids) == 0
    ]
    return findings


def _overlaps(
    communities: Sequence[CommunityLand], lands: NDArray[Any], code: str
) -> list[Finding]:
    one, two = shapely.STRtree(lands).query(lands, predicate="intersects")
    found = []
    for i, j in zip(one.tolist(), two.tolist(), strict=True):
        if i < j:
            parts = substantial(shapely.intersection(lands[i], lands[j]))
            if parts:
                found.append(_finding(code, [communities[i].name, communities[j].name], parts))
    return found


def _gaps(communities: Sequence[CommunityLand], lands: NDArray[Any]) -> list[Finding]:
    tree = shapely.STRtree(lands)
    found = []
    for part in gaps_between(lands, shapely.union_all(lands)):
        near = tree.query(part, predicate="dwithin", distance=SLIVER_M)
        if len(near) > 1:
            names = [communities[at].name for at in sorted(near.tolist())]
            found.append(_finding("communities_gap", names, [part]))
    return found


def _unmatched(communities: Sequence[CommunityLand]) -> list[Finding]:
    shapes = [sound(np.asarray(c.grids, dtype=object)) for c in communities]
    together = np.concatenate([s[~shapely.is_missing(s)] for s in shapes])
    if len(together) == 0 or shapely.coverage_is_valid(together):
        return []
    if not all(shapely.coverage_is_valid(s[~shapely.is_missing(s)]) for s in shapes):
        return []  # said already, of one community
    edge, metres = unmatched_m(together)
    near = [
        c.name
        for c, s in zip(communities, shapes, strict=True)
        if edge is not None and (shapely.distance(s, edge) < SLIVER_M).any()
    ]
    values = {"length_m": metres, "communities": near}
    return [
        Finding(
            "borders_do_not_match",
            "warning",
            subject=" / ".join(near),
            geometry=edge,
            values=values,
        )
    ]


def _finding(code: str, names: list[str], parts: list[BaseGeometry]) -> Finding:
    values = {
        "area_m2": round(sum(part.area for part in parts), 2),
        "width_m": max(width_m(part) for part in parts),
        "communities": names,
    }
    return Finding(
        code, subject=" / ".join(names), geometry=shapely.union_all(parts), values=values
    )


def with_town(verdicts: Sequence[Verdict], findings: Collection[Finding]) -> list[Verdict]:
    """Return verdicts whose certificates know what was found between communities."""
    check: Mapping[str, Check] = {"community_without_grids": "complete"}
    result = []
    for verdict in verdicts:
        mine = [
            check.get(finding.code, "seamless")
            for finding in findings
            if finding.severity == "error" and verdict.certificate["community"] in _names(finding)
        ]
        checks = verdict.certificate["checks"] | dict.fromkeys(mine, "failed")
        result.append(replace(verdict, certificate={**verdict.certificate, "checks": checks}))
    return result


def _names(finding: Finding) -> list[str]:
    names = finding.values.get("communities")
    return [str(name) for name in names] if isinstance(names, list) else []


def own_land(
    border: BaseGeometry,
    covered: BaseGeometry,
    others: Sequence[tuple[BaseGeometry, BaseGeometry]],
) -> BaseGeometry:
    """Return the land that a community's grids have to cover: not what it has in dispute with a
    neighbour whose grids do.

    ``others``: border and covered land of the neighbours.
    """
    land = border
    for theirs, taken in others:
        disputed = shapely.intersection(shapely.intersection(border, theirs), taken)
        disputed = shapely.difference(disputed, covered)
        if disputed.area > 0:
            land = shapely.difference(land, disputed)
    return land
