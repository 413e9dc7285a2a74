"""The layers of the map, the figures of a county and their rows: what the pages ask for.

A new layer is its folder and one line in ``make_layers``; a new table of rows one in
``make_tables``.
"""

from __future__ import annotations

from collections.abc import Mapping

from layers.base_map.layer import LAYER as BASE_MAP
from layers.coverage_gaps import figures as coverage_gaps
from layers.coverage_gaps.store import Boards
from layers.demands import figures as demands
from layers.demands.layer import Ledgers
from layers.demands.layer import make_layer as demands_layer
from layers.grids import figures as grids
from layers.grids.layer import LAYER as GRIDS
from layers.hot_spots.layer import make_layer as hot_spots_layer
from layers.hot_spots.store import SpotBoards
from layers.households import figures as households
from layers.kit.layer import FiguresOf, Layer, RowsOf
from layers.service_circles import figures as service_circles
from layers.service_circles.layer import make_layer as service_circles_layer
from layers.service_circles.store import Towns
from layers.stations import figures as stations
from layers.stations.layer import LAYER as STATIONS


def make_layers(towns: Towns, ledgers: Ledgers, spots: SpotBoards) -> tuple[Layer, ...]:
    """Return every layer in drawing order; the stores belong to the application that asks."""
    return (
        BASE_MAP,
        GRIDS,
        service_circles_layer(towns),
        demands_layer(ledgers),
        hot_spots_layer(spots),
        STATIONS,
    )


def make_figures(towns: Towns) -> Mapping[str, FiguresOf]:
    """Return what is said of a county as a whole, by the section in which it stands."""
    return {
        "summary.grids": grids.figures,
        "summary.unplaced": households.figures,
        "summary.faults": grids.fault_figures,
        "summary.stations": stations.figures,
        "summary.coverage": service_circles.make_figures(towns),
        "summary.demands": demands.figures,
    }


def make_tables(towns: Towns, boards: Boards) -> Mapping[str, RowsOf]:
    """Return the rows behind figures, by the table's name in addresses."""
    return {
        "grids": grids.grids,
        "grid_communities": grids.grid_communities,
        "areas": grids.areas,
        "plot_faults": grids.plot_faults,
        "unplaced_households": households.unplaced_households,
        "stations": stations.station_rows,
        "walks": service_circles.make_rows(towns),
        "demands": demands.rows,
        "coverage_doors": coverage_gaps.make_rows(boards),
    }
