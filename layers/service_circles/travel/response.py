"""How a vehicle comes to a door: it drives, then somebody walks the rest.

Clauses of the model (docs/decisions/coverage.md says why):

1. A vehicle drives on main streets, streets, lanes, service ways and tracks, at the speed of the
   street's class, up and down alike; a one-way street in its own direction only.
2. It stops at the door or at a junction; somebody gets out and walks the rest, by any street and
   with slopes, at the walking speed of the adult. Nobody who got out drives again. Whoever is
   sooner there on foot from the station itself sets out on foot.
3. The time begins when the call does: ``start_s`` passes before the vehicle moves.
4. A station's vehicle stands at the nearest drivable street; from the station's point to it it
   drives as on a service way.

In the network of a response every node is there twice, below as the vehicle sees it and above as
the walker does, with a step up at every node and none down. So the one search for walkers
answers for vehicles too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.kit.errors import InputError
from layers.service_circles.walking.grounds import renumbered
from layers.service_circles.walking.network import Floats, Ints, Network, arcs_of, with_seconds
from layers.service_circles.walking.ties import Anchors, Ties, anchors_of, tie

DRIVABLE = ("main_street", "street", "lane", "service", "track")
# Against a one-way street, and from walking back to driving: so long that nobody takes it, and
# finite, since arithmetic with infinities makes numbers that compare with nothing.
NEVER_S_M = 1e9
NEVER_S = 1e9
LATEST_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class VehicleProfile:
    """How a vehicle drives: km/h by street class, the walker's m/s off the streets, the seconds
    before it moves, and whose figures these are.
    """

    speeds_km_h: Mapping[str, float]
    off_street_speed_m_s: float
    start_s: float
    source: str
    key: str = "vehicle"

    def __post_init__(self) -> None:
        """Refuse speeds that are not positive. Raises InputError."""
        speeds = [self.speeds_km_h.get(name, 0.0) for name in DRIVABLE]
        if min(*speeds, self.off_street_speed_m_s) <= 0 or self.start_s < 0:
            raise InputError("vehicle: give a speed above 0 for every class of street")


CRUISER = VehicleProfile(
    {"main_street": 40.0, "street": 30.0, "lane": 20.0, "service": 15.0, "track": 15.0},
    1.1,
    60.0,
    "default of the program",
)


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """The network of a response, and the number (in it) that each walking edge has when driven
    (-1: cannot be driven); the walking edge ``e`` is ``first_walked + e``.
    """

    network: Network
    driven: Ints
    first_walked: int
    start_s: float
    leaving_speed_m_s: float
    walking: Network

    def stations(self, ties: Ties) -> Anchors:
        """Return stations in seconds, from their ties to the driven streets: by vehicle, and for
        who sets out on foot. A station that no vehicle can leave reaches nobody.
        """
        leaving_s = ties.offset_m / self.leaving_speed_m_s + self.start_s
        driven = replace(anchors_of(self.network, ties), offset_s=leaving_s)
        nearest = self.foot_ties(ties)
        foot = anchors_of(self.network, nearest)
        return replace(driven, on_foot=replace(foot, offset_s=foot.offset_s + self.start_s))

    def foot_ties(self, ties: Ties) -> Ties:
        """Return stations' ties to the walked streets, from those to the driven ones."""
        points = shapely.points(ties.door_x, ties.door_y)
        points[ties.untied] = None
        walked = tie(points, self.walking)
        edge = np.where(walked.edge >= 0, walked.edge + self.first_walked, -1)
        return replace(walked, edge=edge.astype(np.int32))

    def twin_ties(self, ties: Ties) -> Ties:
        """Return ties of n places as 2 n: walked to, then driven to (untied where one cannot)."""
        walked = np.where(ties.edge >= 0, ties.edge + self.first_walked, -1)
        driven = np.where(ties.edge >= 0, self.driven[ties.edge], -1)
        twice = ties.take(np.tile(np.arange(len(ties)), 2))
        return replace(twice, edge=np.concatenate([walked, driven]).astype(np.int32))


def lay_roads(walking: Network, vehicle: VehicleProfile) -> Roads:
    """Return the network of a response over the streets as the adult walks them.

    Where nothing can be driven no station is tied to it, and nobody is reached.
    """
    drivable = np.isin(walking.street_class.astype(str), DRIVABLE)
    road = np.flatnonzero(drivable)
    nodes, walked, junctions = len(walking.x), len(walking.u), len(walking.x)
    speed = np.array([vehicle.speeds_km_h[str(c)] for c in walking.street_class[road]]) / 3.6
    seconds = walking.length_m[road] / speed
    against = np.where(walking.oneway[road], walking.length_m[road] * NEVER_S_M, seconds)
    node = np.arange(nodes, dtype=np.int32)
    u = np.concatenate([walking.u[road], walking.u + nodes, node]).astype(np.int32)
    v = np.concatenate([walking.v[road], walking.v + nodes, node + nodes]).astype(np.int32)
    pieces = np.concatenate(
        [np.ones(len(road), int), np.diff(walking.piece_start), np.ones(junctions, int)]
    )
    piece_start = np.zeros(len(u) + 1, np.int64)
    np.cumsum(pieces, out=piece_start[1:])
    start, arc_node, arc_edge = arcs_of(2 * nodes, u, v)
    driven_geometry = walking.geometry[road]
    driven = np.full(walked, -1, np.int32)
    driven[road] = np.arange(len(road), dtype=np.int32)
    nowhere = np.full(walked + junctions, None, object)
    bare = replace(
        walking,
        x=np.tile(walking.x, 2), y=np.tile(walking.y, 2),
        z=None if walking.z is None else np.tile(walking.z, 2), u=u, v=v,
        street=_joined(walking.street, road, junctions, -1),
        street_class=_joined(walking.street_class, road, junctions, "step"),
        structure=_joined(walking.structure, road, junctions, False),
        layer=_joined(walking.layer, road, junctions, 0),
        oneway=_joined(walking.oneway, road, junctions, False),
        geometry=_joined(walking.geometry, road, junctions, None),
        length_m=_joined(walking.length_m, road, junctions, 0.0),
        piece_start=piece_start,
        slope=np.concatenate([np.zeros(len(road)), walking.slope, np.zeros(junctions)]),
        arc_start=start, arc_node=arc_node, arc_edge=arc_edge,
        # Stations stand where one can drive.
        tree=shapely.STRtree(np.concatenate([driven_geometry, nowhere])),
        grounds=renumbered(walking.grounds, driven, driven_geometry),
    )  # fmt: skip
    network = with_seconds(
        bare,
        np.concatenate([_marks(seconds), walking.forward_at, _marks(np.zeros(junctions))]),
        np.concatenate([_marks(against), walking.backward_at, _marks(np.full(junctions, NEVER_S))]),
    )
    leaving_m_s = vehicle.speeds_km_h["service"] / 3.6
    return Roads(network, driven, len(road), vehicle.start_s, leaving_m_s, walking)


def _joined(
    walked: NDArray, road: NDArray[np.intp], junctions: int, at_junctions: object
) -> NDArray:
    """Return a column of the driven edges, the walked ones, and the steps between."""
    steps = np.full(junctions, at_junctions, dtype=walked.dtype)
    return np.concatenate([walked[road], walked, steps])


def _marks(seconds: Floats) -> Floats:
    """Return the two marks of edges of one piece each: 0 and its seconds."""
    return np.column_stack([np.zeros(len(seconds)), seconds]).ravel()
