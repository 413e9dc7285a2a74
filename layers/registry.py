"""The layers of the map, from the ground up. A new layer is its folder and one line here."""

from __future__ import annotations

from layers.base_map.layer import LAYER as BASE_MAP
from layers.demands.layer import Ledgers
from layers.demands.layer import make_layer as incidents_layer
from layers.grids.layer import LAYER as GRIDS
from layers.kit.layer import Layer
from layers.service_circles.layer import make_layer as service_circles_layer
from layers.service_circles.store import Towns
from layers.stations.layer import LAYER as STATIONS


def make_layers(towns: Towns, ledgers: Ledgers) -> tuple[Layer, ...]:
    """Return every layer in drawing order; the stores belong to the application that asks."""
    return (
        BASE_MAP,
        GRIDS,
        service_circles_layer(towns),
        incidents_layer(ledgers),
        STATIONS,
    )
