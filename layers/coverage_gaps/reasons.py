"""Why a door of a board lacks a service: gathers what ``mending.explain`` asks for."""

from __future__ import annotations

import numpy as np

from layers.coverage_gaps.gaps import Circle, Gaps
from layers.coverage_gaps.mending import Near, Reason, explain
from layers.coverage_gaps.store import Board
from layers.coverage_gaps.way import Way, find_way
from layers.service_circles.compute import reach
from layers.service_circles.ties import places_of


def way_to(board: Board, gaps: Gaps, circle: Circle, door: int) -> Way | None:
    """Return the way to the nearest station of a service; None where nobody has to walk."""
    at = int(circle.station[door])
    if at < 0 or circle.sites[at].rule == "comes_to_the_house":
        return None
    walkers = board.walkers(gaps.question.profile)
    tied = board.ties([circle.sites[at]])
    return find_way(
        walkers.network, board.town.ties.take([door]), walkers.doors.places.one(door), tied,
        places_of(walkers.network, tied),
    )  # fmt: skip


def reason_for(board: Board, gaps: Gaps, circle: Circle, door: int, way: Way | None) -> Reason:
    """Return why a door lacks a service, and what would mend it."""
    walkers = board.walkers(gaps.question.profile)
    here = walkers.doors.places.one(door)
    gain, near = 0, []
    if not board.town.untied[door]:
        reached = reach(walkers.network, walkers.doors, here, gaps.question.limit_s)
        missing = reached.doors[~circle.covered[reached.doors]]
        gain = int(board.people.households[missing].sum())
        near = _stations_near(board, gaps, door)
    at = int(circle.station[door])
    straight_m = 0.0
    if at >= 0:
        site = circle.sites[at]
        straight_m = float(np.hypot(site.x - board.door_x[door], site.y - board.door_y[door]))
    return explain(
        gaps.question, circle, door, is_untied=bool(board.town.untied[door]),
        tie_max_m=board.tie_max_m, near=near, way=way, straight_m=straight_m, could_gain=gain,
    )  # fmt: skip


def _stations_near(board: Board, gaps: Gaps, door: int) -> list[Near]:
    """Return every station in any state whose walk from the door is within the limit."""
    walkers = board.walkers(gaps.question.profile)
    limit_s, speed = gaps.question.limit_s, walkers.network.profile.flat_speed_m_s
    far_m = limit_s * speed * 1.2  # downhill is at most a fifth faster than the flat
    x, y = board.door_x[door], board.door_y[door]
    sites = [s for s in board.sites if np.hypot(s.x - x, s.y - y) <= far_m]
    places = places_of(walkers.network, board.ties(sites))
    found = []
    for position, site in enumerate(sites):
        reached = reach(walkers.network, walkers.doors, places.one(position), limit_s)
        at = int(np.searchsorted(reached.doors, door))
        if at < len(reached.doors) and reached.doors[at] == door:
            found.append(Near(site, float(reached.walk_s[at])))
    return sorted(found, key=lambda n: n.walk_s)
