"""The street network on which people walk: nodes, edges and the seconds each edge takes.

Clauses of the model (docs/decisions/walking.md says why):

1. Streets connect at shared vertices only; vertices are the same when they agree to 1 mm.
2. Walkers go both ways on every street.
3. An edge is cut into equal pieces of at most 25 m; each piece has one slope, clamped to ±0.5.
4. Walking speed is Tobler's hiking function rescaled to the profile's speed on the flat.
5. Bridges and tunnels rise linearly between their ends; the ground beside them does not count.
6. Unknown heights are interpolated along their edge; where an edge has none it is flat.
7. Doors open to the ground: bridges and tunnels can be walked along and are met at their ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.kit.ground.junctions import split_at_shared_vertices
from layers.service_circles.walking.grounds import Barriers, Ground, barriers_of, grounds_of
from layers.service_circles.walking.segments import near_order
from layers.service_circles.walking.slopes import (
    fill_along,
    float_heights,
    lay_marks,
    unknown_length_m,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Height = Callable[[Floats, Floats], Floats]

PIECE_M = 25.0
SLOPE_MAX = 0.5


@dataclass(frozen=True, slots=True)
class WalkProfile:
    """How someone walks. Speeds in m/s; ``steps_factor`` multiplies the seconds on steps.

    Without ``has_slopes`` every street is walked as if it were level. ``source``: whose figures.
    """

    key: str
    flat_speed_m_s: float
    off_street_speed_m_s: float
    steps_factor: float = 1.0
    source: str = ""
    has_slopes: bool = True

    def __post_init__(self) -> None:
        """Refuse speeds and factors that are not positive."""
        if min(self.flat_speed_m_s, self.off_street_speed_m_s, self.steps_factor) <= 0:
            raise InputError(
                "walking profile {key}: speeds and factors must be above 0", key=self.key
            )


ADULT = WalkProfile("adult", 1.1, 1.1, 1.0, "GB 50180-2018: 800–1000 m = 15 min")
ELDERLY = WalkProfile("elderly", 0.8, 0.8, 1.0, "Getu default: 0.8 m/s")
PROFILES = {profile.key: profile for profile in (ADULT, ELDERLY)}


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes, directed walking seconds and geometry, as arrays. Metres of the measuring CRS.

    Nodes ``0…n-1``: ``x``, ``y``; ``z`` is None without elevation, NaN where it is unknown.
    Edges ``0…m-1``: ends ``u`` and ``v``; ``street`` is the row (from 0) of the streets frame;
    ``oneway`` binds vehicles only (u→v); ``forward_s`` walks u→v and ``backward_s`` v→u. Edge
    ``e`` has ``piece_start[e+1] - piece_start[e]`` equal pieces with ``slope`` (rise over run,
    u→v), and one mark more than pieces, from ``mark_start(e)``: ``forward_at`` are the seconds
    u→mark, ``backward_at`` mark→u.
    Arcs in compressed rows, for node ``i``: ``arc_node`` the neighbours, ``arc_edge`` the edges,
    ``arc_towards_s`` the seconds neighbour→i and ``arc_away_s`` i→neighbour.
    ``grounds``: the edges that doors may be tied to, the better ones first. ``barriers``: what the
    way from a door to its street does not cross.
    """

    x: Floats
    y: Floats
    z: Floats | None
    u: Ints
    v: Ints
    street: Ints
    street_class: NDArray[np.object_]
    structure: NDArray[np.bool_]
    layer: Ints
    oneway: NDArray[np.bool_]
    geometry: NDArray[np.object_]
    length_m: Floats
    piece_start: NDArray[np.int64]
    slope: Floats
    profile: WalkProfile
    forward_at: Floats
    backward_at: Floats
    forward_s: Floats
    backward_s: Floats
    arc_start: Ints
    arc_node: Ints
    arc_edge: Ints
    arc_towards_s: Floats
    arc_away_s: Floats
    tree: shapely.STRtree
    grounds: tuple[Ground, ...] = ()
    barriers: Barriers | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def has_elevation(self) -> bool:
        """Tell whether slopes come from heights (else all edges are walked at the flat speed)."""
        return self.z is not None

    def mark_start(self, edge: Ints | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where the marks of the edges begin in ``forward_at`` and ``backward_at``."""
        return self.piece_start[edge] + edge

    def seconds_at(self, edge: Ints, along_m: Floats) -> tuple[Floats, Floats]:
        """Return the seconds u→point and point→u for points ``along_m`` metres from u.

        The last partial piece is walked at its own slope.
        """
        pieces = self.piece_start[edge + 1] - self.piece_start[edge]
        place = np.clip(along_m / self.length_m[edge], 0.0, 1.0) * pieces
        piece = np.minimum(place.astype(np.int64), pieces - 1)
        share = place - piece
        mark = self.mark_start(edge) + piece
        seconds = []
        for at in (self.forward_at, self.backward_at):
            # At a mark itself the stored sum is returned, to the last bit.
            between = at[mark] + (at[mark + 1] - at[mark]) * share
            seconds.append(np.where(share == 1.0, at[mark + 1], between))
        return seconds[0], seconds[1]


def tobler_seconds(length_m: Floats, slope: Floats, flat_speed_m_s: float) -> Floats:
    """Return walking seconds over ``length_m`` (horizontal) at ``slope`` (rise over run).

    Tobler (1993), Three Presentations on Geographical Analysis and Modeling, NCGIA 93-1:
    speed = 6 km/h · exp(-3.5 · |slope + 0.05|), here rescaled so that slope 0 gives the flat
    speed. The slope is clamped to ±0.5.
    """
    slope = np.clip(slope, -SLOPE_MAX, SLOPE_MAX)
    return length_m / (flat_speed_m_s * np.exp(-3.5 * (np.abs(slope + 0.05) - 0.05)))


def build_network(
    streets: gpd.GeoDataFrame,
    height: Height | None = None,
    profile: WalkProfile = ADULT,
    barriers: NDArray[np.object_] | None = None,
) -> Network:
    """Build the walking network of a town.

    ``streets``: (Multi)LineStrings in a metric CRS; optional columns ``class`` (default street),
    ``bridge``, ``tunnel``, ``oneway`` (default False), ``layer`` (default 0). ``height(x, y)``
    returns metres, NaN where unknown; None when there is no elevation model. ``barriers``: water,
    walls and rails (lines, polygons) in the same CRS. The result's
    ``findings`` list streets without length or geometry and missing heights. Raises InputError
    when nothing walkable is left or coordinates are not metric.
    """
    if streets.crs is not None and streets.crs.is_geographic:
        raise InputError("streets are in degrees: give them in the county's measuring CRS")
    lines, rows, findings = _walkable_lines(streets)
    if not np.isfinite(shapely.get_coordinates(lines)).all():
        raise InputError("streets have coordinates that are not numbers")
    cut = split_at_shared_vertices(lines)  # clause 1
    for line in np.setdiff1d(np.arange(len(lines)), cut.line):
        findings.append(Finding("street_zero_length", "warning", row=int(rows[line]) + 1))
    if len(cut.line) == 0:
        raise InputError("no street has any length: nothing can be walked", findings)
    geometry, length_m = cut.geometry, shapely.length(cut.geometry)
    order = near_order(*cut.nodes.T)  # the search then finds neighbours near in memory
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    u, v = number[cut.u], number[cut.v]
    node_x, node_y = (np.ascontiguousarray(axis) for axis in cut.nodes[order].T)
    street = rows[cut.line]
    frame = streets.iloc[street]
    structure = _flags(frame, "bridge") | _flags(frame, "tunnel")

    piece_start = np.zeros(len(u) + 1, np.int64)
    np.cumsum(np.maximum(np.ceil(length_m / PIECE_M - 1e-9), 1), out=piece_start[1:])
    z = None
    slope = np.zeros(int(piece_start[-1]))
    if height is not None:
        z = np.asarray(height(node_x, node_y), np.float64)
        z = float_heights(z, u, v, length_m, structure)
        slope, missing = _slopes(geometry, length_m, piece_start, z, u, v, structure, height)
        if missing.any():
            unknown_m = unknown_length_m(geometry[missing], height)
            findings.append(
                Finding(
                    "elevation_missing",
                    "warning",
                    values={
                        "share": float(unknown_m / length_m.sum()),
                        "length_m": unknown_m,
                        "edges": int(missing.sum()),
                    },
                )
            )
    start, node, edge = arcs_of(len(node_x), u, v)
    nothing = np.empty(0)
    layer = _layers(frame)
    bare = Network(
        x=node_x, y=node_y, z=z, u=u, v=v, street=street.astype(np.int32),
        street_class=_texts(frame, "class", "street"), structure=structure,
        layer=layer, oneway=_flags(frame, "oneway"), geometry=geometry, length_m=length_m,
        piece_start=piece_start, slope=slope, profile=profile, forward_at=nothing,
        backward_at=nothing, forward_s=nothing, backward_s=nothing, arc_start=start, arc_node=node,
        arc_edge=edge, arc_towards_s=nothing, arc_away_s=nothing,
        tree=shapely.STRtree(geometry),
        grounds=grounds_of(geometry, length_m, u, v, structure, layer),
        barriers=barriers_of(barriers), findings=tuple(findings),
    )  # fmt: skip
    return with_profile(bare, profile)


def with_profile(network: Network, profile: WalkProfile) -> Network:
    """Return the same streets walked by someone else (no geometry is computed again)."""
    pieces = np.diff(network.piece_start)
    factor = np.where(network.street_class == "steps", profile.steps_factor, 1.0)
    piece_m = np.repeat(network.length_m / pieces, pieces)
    factor = np.repeat(factor, pieces)
    speed = profile.flat_speed_m_s
    slope = network.slope if profile.has_slopes else np.zeros(len(network.slope))
    forward_at = lay_marks(tobler_seconds(piece_m, slope, speed) * factor, network.piece_start)
    backward_at = lay_marks(tobler_seconds(piece_m, -slope, speed) * factor, network.piece_start)
    return with_seconds(replace(network, profile=profile), forward_at, backward_at)


def with_seconds(network: Network, forward_at: Floats, backward_at: Floats) -> Network:
    """Return the same streets with other seconds at their marks."""
    last_mark = network.piece_start[1:] + np.arange(len(network.u))
    forward_s, backward_s = forward_at[last_mark], backward_at[last_mark]
    owner = np.repeat(np.arange(len(network.x), dtype=np.int32), np.diff(network.arc_start))
    at_v = _owner_is_v(network, owner)
    return replace(
        network,
        forward_at=forward_at,
        backward_at=backward_at,
        forward_s=forward_s,
        backward_s=backward_s,
        arc_towards_s=np.where(at_v, forward_s[network.arc_edge], backward_s[network.arc_edge]),
        arc_away_s=np.where(at_v, backward_s[network.arc_edge], forward_s[network.arc_edge]),
    )


def turned(network: Network) -> Network:
    """Return the network in which every street takes the opposite direction's time.

    Walking a→b in it is walking b→a, so that whatever answers "to the station" answers "from it".
    """
    return replace(
        network,
        forward_at=network.backward_at,
        backward_at=network.forward_at,
        forward_s=network.backward_s,
        backward_s=network.forward_s,
        arc_towards_s=network.arc_away_s,
        arc_away_s=network.arc_towards_s,
    )


def nodes_frame(network: Network) -> pd.DataFrame:
    """Return ``x``, ``y``, ``z`` of the nodes (docs/frames.md)."""
    z = network.z if network.z is not None else np.full(len(network.x), None, dtype=object)
    return pd.DataFrame({"x": network.x, "y": network.y, "z": z})


def edges_frame(network: Network, crs: Any = None) -> gpd.GeoDataFrame:
    """Return the edges as a frame (docs/frames.md), with the row of their street."""
    return gpd.GeoDataFrame(
        {
            "u": network.u,
            "v": network.v,
            "street": network.street,
            "class": network.street_class,
            "length_m": network.length_m,
            "forward_s": network.forward_s,
            "backward_s": network.backward_s,
        },
        geometry=network.geometry,
        crs=crs,
    )


def _walkable_lines(
    streets: gpd.GeoDataFrame,
) -> tuple[NDArray[np.object_], NDArray[np.int64], list[Finding]]:
    """Return single lines, the row of each, and findings on rows without a line."""
    shapes = np.asarray(streets.geometry.values, dtype=object)
    findings = []
    kind = shapely.get_type_id(shapes)
    usable = np.isin(kind, (1, 2, 5)) & ~shapely.is_empty(shapes)
    for row in np.flatnonzero(~usable):
        findings.append(Finding("street_not_a_line", "warning", row=int(row) + 1))
    rows = np.flatnonzero(usable)
    parts, part_of = shapely.get_parts(shapes[rows], return_index=True)
    if len(parts) == 0:
        raise InputError("there are no streets: nothing can be walked", findings)
    return shapely.force_2d(parts), rows[part_of], findings


def _slopes(
    geometry: NDArray[np.object_],
    length_m: Floats,
    piece_start: NDArray[np.int64],
    z: Floats,
    u: Ints,
    v: Ints,
    structure: NDArray[np.bool_],
    height: Height,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the slope of each piece and which edges lack a height somewhere."""
    pieces = np.diff(piece_start)
    edge = np.repeat(np.arange(len(u)), pieces + 1)
    mark_start = piece_start[:-1] + np.arange(len(u))
    ordinal = np.arange(len(edge)) - mark_start[edge]
    share = ordinal / pieces[edge]
    inner = (ordinal > 0) & (ordinal < pieces[edge])
    at = np.where(ordinal == 0, z[u[edge]], z[v[edge]])
    ground = inner & ~structure[edge]
    points = shapely.line_interpolate_point(
        geometry[edge[ground]], share[ground] * length_m[edge[ground]]
    )
    at[ground] = height(shapely.get_x(points), shapely.get_y(points))
    deck = inner & structure[edge]  # clause 5
    at[deck] = (z[u[edge]] * (1 - share) + z[v[edge]] * share)[deck]
    missing = np.zeros(len(u), bool)
    missing[edge[np.isnan(at)]] = True
    at = fill_along(at, edge)  # clause 6
    rise = np.diff(at)[np.arange(piece_start[-1]) + np.repeat(np.arange(len(u)), pieces)]
    run = np.repeat(length_m / pieces, pieces)
    return np.clip(rise / run, -SLOPE_MAX, SLOPE_MAX), missing  # clause 3


def arcs_of(nodes: int, u: Ints, v: Ints) -> tuple[Ints, Ints, Ints]:
    """Return compressed rows of neighbours: row starts, neighbour, edge."""
    owner = np.concatenate([v, u])
    other = np.concatenate([u, v])
    edge = np.tile(np.arange(len(u), dtype=np.int32), 2)
    order = np.argsort(owner, kind="stable")
    start = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=nodes), out=start[1:])
    return start, other[order], edge[order]


def _owner_is_v(network: Network, owner: Ints) -> NDArray[np.bool_]:
    """Tell for each arc whether its node is the edge's end v.

    A loop (u = v) has two arcs at one node, the first walked forward and the second backward.
    """
    at_v = network.v[network.arc_edge] == owner
    loop = network.u[network.arc_edge] == network.v[network.arc_edge]
    if loop.any():
        seen = pd.Series(network.arc_edge[loop]).duplicated().to_numpy()
        at_v[np.flatnonzero(loop)[seen]] = False
    return at_v


def _flags(frame: gpd.GeoDataFrame, column: str) -> NDArray[np.bool_]:
    if column not in frame:
        return np.zeros(len(frame), bool)
    return np.array([value is True or value == 1 for value in frame[column]], bool)


def _texts(frame: gpd.GeoDataFrame, column: str, default: str) -> NDArray[np.object_]:
    if column not in frame:
        return np.full(len(frame), default, dtype=object)
    return np.array([str(v) if isinstance(v, str) else default for v in frame[column]], object)


def _layers(frame: gpd.GeoDataFrame) -> Ints:
    if "layer" not in frame:
        return np.zeros(len(frame), np.int32)
    return pd.to_numeric(frame["layer"], errors="coerce").fillna(0).to_numpy(np.int32)
