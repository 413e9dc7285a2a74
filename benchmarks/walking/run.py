"""Walking time and coverage against named peers, on the same input in the same run.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install -r benchmarks/walking/requirements.txt
    /tmp/bench/bin/python -m benchmarks.walking.run [--no-database] [--no-province]

Times are medians on a shared machine: only the ratios within one run count.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numba import njit

from benchmarks.walking import database, peers, shapes
from benchmarks.walking.county import County, bare_ties, make_bare, make_county
from layers.coverage_gaps.answers.what_if import adopt, by_group, lay_baseline, what_if
from layers.service_circles.areas import lay_raster, station_areas
from layers.service_circles.walking import kernel
from layers.service_circles.walking.compute import nearest, reach, reaches
from layers.service_circles.walking.network import Network, build_network
from layers.service_circles.walking.ties import Anchors, Doors, anchors_of, doors_of, tie
from tests.layers.service_circles.pgrouting import lay_tables, reach_by_pgrouting

LIMIT_S = 900.0


def median_ms(work: Callable[[], Any], times: int = 15) -> float:
    work()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return float(np.median(spent)) * 1000


def row(name: str, ours_ms: float, others: dict[str, float], target: str) -> None:
    print(f"\n{name}\n  {'getu':<24}{ours_ms:10.2f} ms      target {target}")
    for peer, spent in others.items():
        print(f"  {peer:<24}{spent:10.2f} ms      {spent / ours_ms:8.1f} × getu")


def our_nearest(network: Network, nodes: np.ndarray) -> np.ndarray:
    """Nearest of the stations that stand on ``nodes``, for every node."""
    dist = np.full(len(network.x), np.inf)
    label = np.full(len(network.x), -1, np.int32)
    heap = len(network.arc_node) + len(nodes) + 1
    kernel.nearest_nodes(
        network.arc_start, network.arc_node, network.arc_towards_s, nodes, np.zeros(len(nodes)),
        np.arange(len(nodes), dtype=np.int32), LIMIT_S, dist, label, np.empty(heap),
        np.empty(heap, np.int32),
    )  # fmt: skip
    return dist


@njit
def _each_reach(start, node, towards, u, v, back, edge, bound, dist, stamp, key, item, out):
    total = 0
    for s in range(len(edge)):
        total += kernel.reach_nodes(
            start, node, towards, u, v, back, edge[s], 0.0, 0.0, 0.0, bound, dist, stamp, s + 1,
            key, item, out,
        )  # fmt: skip
    return total


def our_reach(network: Network, edges: np.ndarray) -> int:
    """Nodes within the limit of each station, which stand at the end u of ``edges``."""
    nodes, heap = len(network.x), len(network.arc_node) + 3
    return int(_each_reach(
        network.arc_start, network.arc_node, network.arc_towards_s, network.u, network.v,
        network.backward_s, edges, LIMIT_S, np.empty(nodes), np.zeros(nodes, np.int32),
        np.empty(heap), np.empty(heap, np.int32), np.empty(nodes, np.int32),
    ))  # fmt: skip


def nodes_rows(county: County, connection: Any) -> None:
    network = county.network
    station_ties = tie(county.stations[:40], network)
    edges = station_ties.edge
    nodes = np.unique(network.u[edges])
    graph, nx_graph = peers.scipy_graph(network), peers.networkx_graph(network)
    rx_graph = peers.rustworkx_graph(network, nodes)
    ig_graph = peers.igraph_graph(network, nodes)
    pandana = peers.pandana_network(network)
    others = {
        "scipy": median_ms(lambda: peers.scipy_nearest(graph, nodes, LIMIT_S)),
        "networkx": median_ms(lambda: peers.networkx_nearest(nx_graph, nodes, LIMIT_S), 5),
        "rustworkx (no limit)": median_ms(lambda: peers.rustworkx_nearest(rx_graph), 5),
        "igraph (no limit)": median_ms(lambda: peers.igraph_nearest(ig_graph), 5),
    }
    if pandana is not None:
        others["pandana"] = median_ms(
            lambda: peers.pandana_nearest(pandana, network, nodes, LIMIT_S), 5
        )
    if connection is not None:
        database.lay_edges(connection, network)
        others["pgRouting"] = median_ms(
            lambda: database.driving_distance(connection, nodes, LIMIT_S, nearest=True), 5
        )
    row("nearest station for every node (county, 40 stations, 900 s)",
        median_ms(lambda: our_nearest(network, nodes)), others,
        "≤ 1.2 × scipy; ≥ 20 × faster than networkx and pandana")  # fmt: skip
    expected = peers.scipy_nearest(graph, nodes, LIMIT_S)
    got = our_nearest(network, nodes)
    both = np.isfinite(expected)
    print(f"  same nodes as scipy: {bool((np.isfinite(got) == both).all())}, largest difference "
          f"{np.abs(got[both] - expected[both]).max():.2e} s (target ≤ 0.001)")  # fmt: skip

    others = {
        "scipy": median_ms(lambda: peers.scipy_reach(graph, nodes, LIMIT_S), 5),
        "networkx": median_ms(lambda: peers.networkx_reach(nx_graph, nodes, LIMIT_S), 3),
    }
    if pandana is not None:
        others["pandana"] = median_ms(lambda: peers.pandana_reach(pandana, nodes, LIMIT_S), 3)
    if connection is not None:
        others["pgRouting"] = median_ms(
            lambda: database.driving_distance(connection, nodes, LIMIT_S, nearest=False), 3
        )
    row("reach of each station (county, 40 stations, 900 s; nodes)",
        median_ms(lambda: our_reach(network, edges)), others, "≤ 1.0 ms")  # fmt: skip


def move_row(county: County) -> None:
    network, doors = county.network, doors_of(county.network, county.home_ties)
    draw = np.random.default_rng(8)
    spots = shapely.get_coordinates(county.stations).copy()
    places = anchors_of(network, tie(county.stations, network))
    base = lay_baseline(reaches(network, doors, places, LIMIT_S), len(doors))
    gaps = np.bincount(county.grid, weights=county.households * (base.served == 0))
    raster = lay_raster(network)
    spent: dict[str, list[float]] = {k: [] for k in ("tie", "walk", "count", "contours", "all")}
    for turn in range(201):
        station = int(draw.integers(len(spots)))
        spots[station] += draw.normal(0, 300, 2)
        t0 = time.perf_counter()
        place = anchors_of(network, tie(shapely.points(spots[station : station + 1]), network))
        t1 = time.perf_counter()
        moved = {station: reach(network, doors, place, LIMIT_S)}
        t2 = time.perf_counter()
        change = by_group(what_if(base, moved), county.households, county.grid, len(gaps))
        gaps += change.lost - change.gained
        base = adopt(base, moved)
        t3 = time.perf_counter()
        shapely.to_wkb(station_areas(network, raster, place, [300.0, 600.0, 900.0]))
        t4 = time.perf_counter()
        if turn:
            for name, value in zip(
                spent, (t1 - t0, t2 - t1, t3 - t2, t4 - t3, t4 - t0), strict=True
            ):
                spent[name].append(value * 1000)
    full = lay_baseline(
        reaches(network, doors, anchors_of(network, tie(shapely.points(spots), network)), LIMIT_S),
        len(doors),
    )
    same = bool((full.served == base.served).all())
    same &= bool(
        np.allclose(gaps, np.bincount(county.grid, weights=county.households * (full.served == 0)))
    )
    kernel_ms = np.array(spent["walk"]) + np.array(spent["count"])
    row("move one station of 300: 30,000 buildings, gaps by 2,000 grids up to date",
        float(np.median(kernel_ms)), {}, "≤ 1 ms in the kernel")  # fmt: skip
    print(f"  p99 {np.quantile(kernel_ms, 0.99):.2f} ms; parts (median ms): "
          + ", ".join(f"{k} {np.median(v):.2f}" for k, v in spent.items()))  # fmt: skip
    print(f"  with tie and three contours p99 {np.quantile(spent['all'], 0.99):.1f} ms "
          "(target ≤ 50 ms server-side)")  # fmt: skip
    print(f"  equal to a full recompute after 200 moves, to the household: {same}")


def large_row() -> None:
    network = make_bare(1055)
    draw = np.random.default_rng(2)
    edges = draw.integers(0, len(network.u), 400).astype(np.int32)
    graph = peers.scipy_graph(network)
    nodes = np.unique(network.u[edges])
    spent = median_ms(lambda: peers.scipy_nearest(graph, nodes, LIMIT_S), 3)
    name = f"reach of each station (large graph: {len(network.x):,} nodes, 400 stations)"
    row(name, median_ms(lambda: our_reach(network, edges), 9),
        {"scipy (nearest only)": spent}, "≤ 15 ms")  # fmt: skip


def province_row() -> None:
    network = make_bare(1800)
    draw = np.random.default_rng(4)
    doors = doors_of(network, bare_ties(network, draw, 1_500_000))
    places = anchors_of(network, bare_ties(network, draw, 20_000))
    households = draw.integers(1, 40, len(doors)).astype(float)
    grid = draw.integers(0, 20_700, len(doors))
    began = time.perf_counter()
    lists = reaches(network, doors, places, LIMIT_S)
    base = lay_baseline(lists, len(doors))
    built = time.perf_counter() - began
    size = sum(r.doors.nbytes + r.walk_s.nbytes for r in lists) / 1e6
    spent = []
    for _ in range(200):
        station = int(draw.integers(len(places)))
        place = anchors_of(network, bare_ties(network, draw, 1))
        t0 = time.perf_counter()
        moved = {station: reach(network, doors, place, LIMIT_S)}
        effect = what_if(base, moved)
        by_group(effect, households, grid, 20_700)
        spent.append((time.perf_counter() - t0) * 1000)
    began = time.perf_counter()
    adopt(base, moved)
    adopted = (time.perf_counter() - began) * 1000
    print(f"\nprovince: {len(network.x):,} nodes, {len(network.u):,} edges, {len(places):,} "
          f"stations, {len(doors):,} buildings")  # fmt: skip
    print(f"  build {built:.1f} s (target ≤ 5 s), lists {size:.0f} MB")
    print(f"  move {np.median(spent):.2f} ms, p99 {np.quantile(spent, 0.99):.2f} (target ≤ 1 ms); "
          f"adopting it {adopted:.2f} ms")  # fmt: skip


def areas_row(county: County) -> None:
    network, doors = county.network, doors_of(county.network, county.home_ties)
    station_ties = tie(county.stations[:60], network)
    places = anchors_of(network, station_ties)
    began = time.perf_counter()
    raster = lay_raster(network)
    laid = time.perf_counter() - began
    door_xy = shapely.get_coordinates(county.homes)
    every_node = doors_of(network, tie(shapely.points(network.x, network.y), network))
    wrong: dict[str, np.ndarray] = {}
    covered, spent = 0, []
    for s in range(len(places)):
        station = places.one(s)
        truth = np.zeros(len(doors), bool)
        truth[reach(network, doors, station, LIMIT_S).doors] = True
        covered += int(truth.sum())
        found = reach(network, every_node, station, LIMIT_S * 1.5)
        node_s = np.full(len(network.x), np.inf)
        node_s[found.doors] = found.walk_s
        t0 = time.perf_counter()
        (own,) = station_areas(network, raster, station, [LIMIT_S])
        spent.append((time.perf_counter() - t0) * 1000)
        drawings = {
            "getu: 20 m raster": shapes.within(own),
            "circle of 990 m": shapes.circle(county.stations[s], LIMIT_S, 1.1),
            "convex hull of nodes": shapes.convex_hull(network, node_s, LIMIT_S),
            "streets widened 25 m": shapes.street_buffer(network, node_s, LIMIT_S, 25),
            "streets widened 50 m": shapes.street_buffer(network, node_s, LIMIT_S, 50),
            "TIN of nodes": shapes.triangles(network, node_s, LIMIT_S),
        }
        for name, inside in drawings.items():
            drawn = inside(door_xy)
            pair = np.array([(drawn & ~truth).sum(), (truth & ~drawn).sum()])
            wrong[name] = wrong.get(name, np.zeros(2)) + pair
    print(f"\ndrawn 15-minute area against per-building truth ({len(places)} stations, {covered:,} "
          "pairs inside; target: falsely in + out ≤ 1.5%, ≤ 1 ms a station)")  # fmt: skip
    for name, (inside_, outside) in wrong.items():
        print(f"  {name:<24} falsely in {inside_ / covered:7.2%}  out {outside / covered:7.2%}  "
              f"together {(inside_ + outside) / covered:7.2%}")  # fmt: skip
    print(f"  getu: {np.median(spent):.2f} ms a station; the raster ({len(raster.cell):,} cells) "
          f"is tied once, {laid:.1f} s. Valhalla is not run here.")  # fmt: skip


def doors_row(county: County, connection: Any) -> None:
    if connection is None:
        return
    few = np.random.default_rng(0).choice(len(county.home_ties), 4000, replace=False)
    network = county.network
    doors = doors_of(network, county.home_ties.take(few))
    places = anchors_of(network, tie(county.stations[:5], network))
    lay_tables(connection, network, doors.places, places)
    same, largest, spent = True, 0.0, []
    for s in range(len(places)):
        began = time.perf_counter()
        expected = reach_by_pgrouting(connection, doors.places, places, s, LIMIT_S)
        spent.append((time.perf_counter() - began) * 1000)
        found = reach(network, doors, places.one(s), LIMIT_S)
        same &= found.doors.tolist() == sorted(expected)
        if same and len(expected):
            times = np.array([expected[d] for d in found.doors.tolist()])
            largest = max(largest, float(np.abs(times - found.walk_s).max()))
    ours = median_ms(lambda: reach(network, doors, places.one(0), LIMIT_S))
    row("one station's buildings (4,000 buildings as points on edges)", ours,
        {"pgr_withPointsDD": float(np.median(spent))}, "same covered set")  # fmt: skip
    print(f"  same covered set for 5 stations: {same}; largest difference {largest:.1e} s")


def errors_row(county: County) -> None:
    network = county.network
    doors = doors_of(network, county.home_ties)
    ties = tie(county.stations[:40], network)
    places = anchors_of(network, ties)
    truth = nearest(network, doors, places, LIMIT_S).station >= 0

    def misplaced(covered: np.ndarray) -> int:
        return int(county.households[covered != truth].sum())

    flat = build_network(county.streets)
    level = nearest(flat, doors_of(flat, county.home_ties), anchors_of(flat, ties), LIMIT_S)
    turned = nearest(network, doors, places, LIMIT_S, "from_station")
    straight = _last_edge_at_mean_speed(network, county, ties)
    u, v = network.u[county.home_ties.edge], network.v[county.home_ties.edge]
    at_v = county.home_ties.along_m > network.length_m[county.home_ties.edge] / 2
    to_node = our_nearest(network, np.unique(network.u[ties.edge]))
    print(f"\nmodel errors: households wrongly placed, of {int(county.households[truth].sum()):,} "
          "covered (40 stations)")  # fmt: skip
    for name, covered in {
        "flat speed": level.station >= 0,
        "Tobler in the wrong direction": turned.station >= 0,
        "nearest node, no offset": to_node[np.where(at_v, v, u)] <= LIMIT_S,
        "last edge at its mean speed": straight,
    }.items():
        print(f"  {name:<32}{misplaced(covered):8,}")


def _last_edge_at_mean_speed(network: Network, county: County, ties: Any) -> np.ndarray:
    """Places by their share of the edge's length, as tools without heights inside edges do."""

    def simple(own: Any) -> Anchors:
        exact = anchors_of(network, own)
        share = own.along_m / network.length_m[own.edge]
        return Anchors(
            own.edge, share * network.forward_s[own.edge], share * network.backward_s[own.edge],
            exact.offset_s,
        )  # fmt: skip

    doors = doors_of(network, county.home_ties)
    rough = Doors(simple(county.home_ties), doors.start, doors.order)
    return nearest(network, rough, simple(ties), LIMIT_S).station >= 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-database", action="store_true", help="without pgRouting")
    parser.add_argument("--no-province", action="store_true", help="without the largest input")
    args = parser.parse_args()
    names = ("numpy", "numba", "shapely", "scipy", "networkx", "rustworkx", "igraph", "pandana")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
          + ", ".join(f"{n} {importlib.metadata.version(n)}" for n in names))  # fmt: skip
    began = time.perf_counter()
    county = make_county()
    print(f"county: {len(county.network.x):,} nodes, {len(county.network.u):,} edges, "
          f"{len(county.homes):,} buildings, {int(county.households.sum()):,} households "
          f"({time.perf_counter() - began:.1f} s)")  # fmt: skip
    if args.no_database:
        database_rows(county, None)
    else:
        with database.pgrouting() as connection:
            if connection is not None:
                print(f"pgRouting {database.version(connection)}")
            database_rows(county, connection)
    move_row(county)
    large_row()
    areas_row(county)
    errors_row(county)
    if not args.no_province:
        province_row()


def database_rows(county: County, connection: Any) -> None:
    nodes_rows(county, connection)
    doors_row(county, connection)


if __name__ == "__main__":
    main()
