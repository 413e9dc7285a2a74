"""Why a door of a board lacks a service: gathers what ``mending.explain`` asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layers.coverage_gaps.answers.gaps import Circle, Gaps, Question, Walkers
from layers.coverage_gaps.answers.mending import NearStation, Reason, explain
from layers.coverage_gaps.answers.way import Way, find_ways
from layers.coverage_gaps.store import Board
from layers.service_circles.travel.response import DRIVABLE
from layers.service_circles.walking.ties import Anchors


def ways_to(board: Board, gaps: Gaps, circle: Circle, door: int) -> tuple[Way, ...]:
    """Return the legs to the nearest station of a circle; none where nobody has to go."""
    at, walkers = int(circle.station[door]), board.walkers(gaps.question)
    if at < 0 or walkers.rule(circle.sites[at]) == "comes_to_the_house":
        return ()
    tied = board.ties([circle.sites[at]], gaps.question)
    return find_ways(walkers.travel, board.town.ties.take([door]), tied)


def reason_for(board: Board, gaps: Gaps, circle: Circle, door: int, ways: Sequence[Way]) -> Reason:
    """Return why a door lacks a service, and what would mend it."""
    gain, near = 0, []
    if not board.town.untied[door]:
        gain = _could_gain(board, gaps, circle, door)
        near = _stations_near(board, gaps.question, door)
    at = int(circle.station[door])
    straight_m = 0.0
    if at >= 0:
        site = circle.sites[at]
        straight_m = float(np.hypot(site.x - board.door_x[door], site.y - board.door_y[door]))
    return explain(
        gaps.question, circle, door, is_untied=bool(board.town.untied[door]),
        tie_max_m=board.tie_max_m, near=near, ways=ways, straight_m=straight_m, could_gain=gain,
    )  # fmt: skip


def _could_gain(board: Board, gaps: Gaps, circle: Circle, door: int) -> int:
    """Return the households that a station at this very door would newly reach."""
    walkers = board.walkers(gaps.question)
    here = _as_station(board, walkers, gaps.question, door)
    reached = walkers.travel.reach(walkers.doors, here, gaps.question.limit_s)
    missing = reached.doors[~circle.covered[reached.doors]]
    return int(board.people.households[missing].sum())


def _as_station(board: Board, walkers: Walkers, question: Question, door: int) -> Anchors:
    """Return the place of a station that stood at a door."""
    if walkers.travel.roads is None:
        return walkers.doors.places.one(door)
    from_door = board.town.ties.take([door])
    x, y = float(from_door.door_x[0]), float(from_door.door_y[0])
    return walkers.travel.stations(board.tie_points(np.array([[x, y]]), question))


def _stations_near(board: Board, question: Question, door: int) -> list[NearStation]:
    """Return every station in any state whose way from the door is within the limit."""
    walkers = board.walkers(question)
    limit_s = question.limit_s
    if walkers.travel.roads is not None:
        fastest = max(board.town.profiles.vehicle.speeds_km_h[name] for name in DRIVABLE) / 3.6
    else:  # downhill is at most a fifth faster than the flat
        fastest = 1.2 * walkers.travel.network.profile.flat_speed_m_s
    far_m = limit_s * fastest
    x, y = board.door_x[door], board.door_y[door]
    sites = [s for s in board.sites if np.hypot(s.x - x, s.y - y) <= far_m]
    places = board.place(question)(sites)
    found = []
    for position, site in enumerate(sites):
        reached = walkers.travel.reach(walkers.doors, places.one(position), limit_s)
        at = int(np.searchsorted(reached.doors, door))
        if at < len(reached.doors) and reached.doors[at] == door:
            found.append(NearStation(site, float(reached.walk_s[at])))
    return sorted(found, key=lambda n: n.walk_s)
