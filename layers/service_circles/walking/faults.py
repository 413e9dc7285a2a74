"""What is wrong with streets and stations as ways to walk, as findings."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.kit.findings import Finding
from layers.service_circles.walking.network import Floats, Ints, Network
from layers.service_circles.walking.ties import TIE_MAX_M, Ties

END_NEAR_M = 0.5
OFF_STREET_M = 50.0
SAME_PLACE_M = 0.01
CROSSINGS_MAX = 1000
_CHUNK = 64


def judge_streets(
    network: Network, ties: Ties | None = None, households: Floats | None = None
) -> list[Finding]:
    """Return what keeps walkers apart though the map looks joined; all of severity info.

    1. ``street_crossing``: two streets of one layer cross without a shared vertex, neither being
       a bridge or tunnel.
    2. ``street_end_near``: a dead end stops within 0.5 m of another street without joining it.
    3. ``street_island``: streets without any connection to the largest connected part; with the
       ``ties`` of buildings and their ``households``, how many hang on it.

    Of crossings at most ``CROSSINGS_MAX`` are listed; ``street_crossings_many`` says that there are
    more.
    """
    return [*_crossings(network), *_near_ends(network), *_islands(network, ties, households)]


def judge_stations(
    ties: Ties, points: NDArray[np.object_], tie_max_m: float = TIE_MAX_M
) -> list[Finding]:
    """Return stations that the streets do not reach (warning), stand far from them or at the
    place of another (info). ``row`` counts stations from 1; ``tie_max_m`` is how far they may
    stand from a street, in metres.
    """
    findings = []
    for row in np.flatnonzero(ties.untied).tolist():
        findings.append(
            Finding("station_untied", "warning", row=row + 1, geometry=points[row],
                    values={"tie_max_m": tie_max_m})
        )  # fmt: skip
    for row in np.flatnonzero(ties.offset_m > OFF_STREET_M).tolist():
        offset_m = round(float(ties.offset_m[row]))
        findings.append(
            Finding("station_off_street", "info", row=row + 1, geometry=points[row],
                    values={"offset_m": offset_m})
        )  # fmt: skip
    first_at: dict[tuple[int, int], int] = {}
    for row, point in enumerate(points):
        if point is None or point.is_empty:
            continue
        place = (round(point.x / SAME_PLACE_M), round(point.y / SAME_PLACE_M))
        first = first_at.setdefault(place, row)
        if first != row:
            findings.append(
                Finding("station_same_place", "info", row=row + 1, geometry=point,
                        values={"first_row": first + 1})
            )  # fmt: skip
    return findings


def parts_of(network: Network) -> tuple[Ints, Floats]:
    """Return the connected part of each edge, numbered by falling length, and the parts' metres."""
    size = (len(network.x), len(network.x))
    _, part = connected_components(
        coo_matrix((np.ones(len(network.u)), (network.u, network.v)), size), directed=False
    )
    length_m = np.bincount(part[network.u], weights=network.length_m).astype(np.float64)
    order = np.argsort(-length_m, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[part[network.u]], length_m[order]


def _crossings(network: Network) -> list[Finding]:
    ground = np.flatnonzero(~network.structure)
    lines = network.geometry[ground]
    tree = shapely.STRtree(lines)
    pairs: list[tuple[int, int]] = []
    at, size = 0, _CHUNK
    while at < len(lines) and len(pairs) <= CROSSINGS_MAX:
        # Lines that all cross each other are millions of pairs: in small bites, and no more.
        a, b = tree.query(lines[at : at + size], predicate="crosses")
        a, b = ground[a[a + at < b] + at], ground[b[a + at < b]]
        level = network.layer[a] == network.layer[b]
        pairs += zip(a[level].tolist(), b[level].tolist(), strict=True)
        at, size = at + size, _CHUNK if len(a) > _CHUNK else 16 * _CHUNK
    findings = []
    for first, second in pairs[:CROSSINGS_MAX]:
        place = shapely.intersection(network.geometry[first], network.geometry[second])
        row, other_row = sorted((int(network.street[first]) + 1, int(network.street[second]) + 1))
        findings.append(
            Finding("street_crossing", "info", row=row, geometry=place.representative_point(),
                    values={"other_row": other_row})
        )  # fmt: skip
    if len(pairs) > CROSSINGS_MAX:
        findings.append(
            Finding("street_crossings_many", "warning", values={"listed": CROSSINGS_MAX})
        )
    return findings


def _near_ends(network: Network) -> list[Finding]:
    degree = np.diff(network.arc_start)
    ends = np.flatnonzero(degree == 1)
    points = shapely.points(network.x[ends], network.y[ends])
    end, edge = network.tree.query(points, predicate="dwithin", distance=END_NEAR_M)
    own = network.arc_edge[network.arc_start[ends[end]]]
    # The next edge along the own street is near, but joined already.
    joined = (network.u[edge] == network.u[own]) | (network.v[edge] == network.v[own])
    joined |= (network.u[edge] == network.v[own]) | (network.v[edge] == network.u[own])
    apart = (own != edge) & ~joined & ~network.structure[edge] & ~network.structure[own]
    return [
        Finding("street_end_near", "info", row=int(network.street[mine]) + 1, geometry=points[at],
                values={"other_row": int(network.street[other]) + 1})
        for at, mine, other in zip(end[apart], own[apart], edge[apart], strict=True)
    ]  # fmt: skip


def _islands(network: Network, ties: Ties | None, households: Floats | None) -> list[Finding]:
    part, length_m = parts_of(network)
    hanging = np.zeros(len(length_m))
    if ties is not None and households is not None:
        tied = ~ties.untied
        hanging += np.bincount(part[ties.edge[tied]], households[tied], len(length_m))
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(len(length_m) + 1))
    findings = []
    for number in range(1, len(length_m)):
        edges = order[starts[number] : starts[number + 1]]
        values = {"length_m": round(float(length_m[number])), "edges": len(edges)}
        if households is not None:
            values["households"] = int(hanging[number])
        findings.append(
            Finding("street_island", "info", row=int(network.street[edges].min()) + 1,
                    geometry=shapely.multilinestrings(network.geometry[edges]), values=values)
        )  # fmt: skip
    # Those on which most households hang first.
    findings.sort(key=lambda finding: -int(finding.whole("households")) if households is not None
                  else 0)  # fmt: skip
    return findings
