"""pgRouting as an oracle: driving distance over the network's pieces with doors as points.

pgRouting places a point by one fraction for both directions, so the edges given to it are the
25 m pieces, on each of which the slope is constant and the fraction is true both ways.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from layers.service_circles.walking.network import Network
from layers.service_circles.walking.ties import Anchors


def lay_tables(connection: Any, network: Network, doors: Anchors, stations: Anchors) -> None:
    """Write the pieces and the points (stations first, then doors) to temporary tables."""
    pieces = np.diff(network.piece_start)
    edge = np.repeat(np.arange(len(network.u)), pieces)
    piece = np.arange(len(edge))
    ordinal = piece - network.piece_start[edge]
    mark = piece + edge
    # Inner marks are numbered after the nodes.
    first_inner = len(network.x) + network.piece_start[:-1] - np.arange(len(pieces))
    inner = first_inner[edge] + ordinal
    source = np.where(ordinal == 0, network.u[edge], inner - 1)
    target = np.where(ordinal == pieces[edge] - 1, network.v[edge], inner)
    forward = network.forward_at[mark + 1] - network.forward_at[mark]
    backward = network.backward_at[mark + 1] - network.backward_at[mark]
    _copy(connection, "piece", "id int, source int, target int, forward float8, backward float8",
          zip(piece, source, target, forward, backward, strict=True))  # fmt: skip
    points = []
    for number, (place, at) in enumerate(
        [(stations, i) for i in range(len(stations))] + [(doors, i) for i in range(len(doors))]
    ):
        e = place.edge[at]
        if e < 0:
            continue
        start = network.piece_start[e] + e
        marks = network.forward_at[start : start + pieces[e] + 1]
        step = int(np.clip(np.searchsorted(marks, place.forward_s[at]) - 1, 0, pieces[e] - 1))
        share = (place.forward_s[at] - marks[step]) / (marks[step + 1] - marks[step])
        # At 0 or 1 pgRouting names the junction instead of the point.
        share = float(np.clip(share, 1e-9, 1 - 1e-9))
        points.append((number + 1, int(network.piece_start[e]) + step, share))
    _copy(connection, "point", "pid int, edge_id int, fraction float8", points)
    connection.execute("CREATE INDEX ON point (pid)")


def reach_by_pgrouting(
    connection: Any, doors: Anchors, stations: Anchors, station: int, limit_s: float
) -> dict[int, float]:
    """Return the walking seconds of the doors within the limit of one station."""
    left_s = limit_s + 0.0005 - float(stations.offset_s[station])
    rows = connection.execute(
        "SELECT -node AS pid, agg_cost FROM pgr_withPointsDD("
        "'SELECT id, source, target, backward AS cost, forward AS reverse_cost FROM piece',"
        "'SELECT pid, edge_id, fraction FROM point', %s::bigint, %s::float8,"
        "directed => true, details => true) WHERE node < 0",
        (-(station + 1), left_s),
    ).fetchall()
    found = {}
    for pid, seconds in rows:
        door = pid - 1 - len(stations)
        if door >= 0:
            total = seconds + doors.offset_s[door] + stations.offset_s[station]
            if round(total, 3) <= limit_s:
                found[door] = total
    return found


def _copy(connection: Any, table: str, columns: str, rows: Any) -> None:
    connection.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row([v.item() if hasattr(v, "item") else v for v in row])
