"""Hot spots on the map: which grids ask more, or less, than chance explains, and since when."""

from __future__ import annotations

import json
from typing import Any

import dash_leaflet as dl
import numpy as np
from sqlalchemy import Connection

from layers.hot_spots.statistics.spots import clusters
from layers.hot_spots.store import SpotBoard, SpotBoards
from layers.kit.json import Feature
from layers.kit.layer import (
    Fact,
    Layer,
    Legend,
    Payload,
    Query,
    Sections,
    Sentence,
    Swatch,
    TextKey,
    geojson,
)

SAID = 3  # hot spots that are told in words; the map has all


def prepare(board: SpotBoard | None, query: Query) -> Payload:
    """Return the grids that stand out, or cannot be judged, with their class."""
    if board is None:
        return geojson([])
    features: list[Feature] = [
        {
            "type": "Feature",
            "geometry": json.loads(grid.geometry),
            "properties": {"id": grid.grid_id, "spot": str(spot)},
        }
        for grid, spot in zip(board.grids, board.spots.classes, strict=True)
        if spot != "none"
    ]
    return geojson(features)


def paint(url: str) -> list[Any]:
    """Return the map component: what lies under it is what a click chooses."""
    return [
        dl.GeoJSON(
            id={"type": "features", "layer": "hot_spots"},
            url=url,
            style={"variable": "getu.layers.spotStyle"},
            hideout={"layer": "hot_spots"},
            interactive=False,
        )
    ]


def legend(query: Query) -> Legend:
    """Return the classes."""
    return Legend(
        (
            Swatch("fill", "spot-hot", "hot_spots.hot"),
            Swatch("fill", "spot-cold", "hot_spots.cold"),
            Swatch("fill", "spot-unknown", "hot_spots.unknown"),
        ),
        unit="hot_spots.legend_unit",
        note="hot_spots.how",
    )


def make_layer(boards: SpotBoards) -> Layer:
    """Return the layer over a store of boards."""

    def says(c: Connection, query: Query) -> tuple[Sentence, ...]:
        """Return how many there are, and the largest hot spots in words."""
        board = boards.get(c, query)
        return (Sentence("hot_spots.nothing"),) if board is None else told(board)

    def adds(c: Connection, query: Query, layer: str, feature: str) -> Sections:
        """Return what was found of a grid."""
        board = boards.get(c, query) if layer == "grids" else None
        at = None if board is None else board.at(int(feature))
        if board is None or at is None:
            return ()
        return (("hot_spots.section", facts(board, at)),)

    return Layer(
        key="hot_spots",
        title="hot_spots.title",
        version=1,
        load=boards.get,
        prepare=prepare,
        paint=paint,
        legend=legend,
        says=says,
        adds=adds,
        waits=True,
        shown_at_first=False,
        fills=True,
    )


def told(board: SpotBoard) -> tuple[Sentence, ...]:
    """Return the classes of a county in words, then its largest hot spots."""
    spots, households = board.spots, board.areas.households
    assert households is not None
    total, base = board.demands.sum(), households.sum()
    count = {name: int((spots.classes == name).sum()) for name in ("hot", "cold", "unknown")}
    period = {"first": board.starts[0].isoformat(), "last": board.last.isoformat()}
    said = [Sentence("hot_spots.found", {**period, **count, "grids": len(board.grids)})]
    for members in clusters(spots.classes, board.areas, "hot")[:SAID]:
        loudest = board.grids[members[np.argmin(spots.q[members])]]
        since = board.course.since[members[np.argmin(spots.q[members])]]
        words = {
            "community": loudest.community,
            "number": loudest.number,
            "grids": len(members),
            "demands": int(board.demands[members].sum()),
            "expected": round(float(households[members].sum() / base * total)),
            "since": board.starts[since].strftime("%Y-%m") if since >= 0 else "",
        }
        key = "hot_spots.spot_since" if since >= 0 else "hot_spots.spot"
        said.append(Sentence(key, words))
    return tuple(said)


def facts(board: SpotBoard, at: int) -> tuple[Fact, ...]:
    """Return what was found of one grid: class, against what is expected, its course."""
    spots, since = board.spots, board.course.since[at]
    spot, trend = str(spots.classes[at]), str(board.course.classes[at])
    around = None if np.isnan(spots.observed[at]) else int(spots.observed[at])
    rate = None if np.isnan(spots.rate[at]) else round(float(spots.rate[at]))
    found = [
        Fact(
            "hot_spots.class",
            TextKey(f"spot_class.{spot}"),
            tone="loud" if spot == "hot" else "plain",
            note="hot_spots.period",
            note_values={
                "first": board.starts[0].isoformat(), "last": board.last.isoformat(),
            },
        ),
        Fact("hot_spots.demands", int(board.demands[at].sum()), "unit.demands"),
        Fact("hot_spots.rate", rate, "unit.per_thousand"),
        Fact(
            "hot_spots.around",
            around,
            "unit.demands",
            note="hot_spots.expected" if around is not None else None,
            note_values={} if around is None else {"expected": round(float(spots.expected[at]))},
        ),
    ]  # fmt: skip
    if trend not in ("none", "unknown"):
        found.append(
            Fact(
                "hot_spots.trend",
                TextKey(f"spot_trend.{trend}"),
                note="hot_spots.since" if since >= 0 else None,
                note_values={} if since < 0 else {"since": board.starts[since].strftime("%Y-%m")},
            )
        )
    return tuple(found)
