"""DXF drawings: closed polylines as areas, by the layer of the drawing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.importers.reading.child.confined import Bounds, confined
from data.importers.reading.content import content_of
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions, VectorFile

CLOSED_M: Final = 0.01
"""Ends this near (units of the drawing, metres in a survey) close a polyline: snapping by hand."""


@dataclass(frozen=True, slots=True)
class Areas:
    """What of a drawing is an area. ``geometry``: polygons, None for the rest; ``layers``: of each
    row; ``counts``: layers that have areas with how many, most first.
    """

    file: VectorFile
    geometry: NDArray[np.object_]
    layers: NDArray[np.object_]
    counts: tuple[tuple[str, int], ...]


@confined(Bounds(seconds=1, seconds_per_mb=0.1))
def is_drawing(path: Path) -> bool:
    """Tell whether a file is a DXF drawing. Raises ``InputError`` for one that may not be read."""
    return content_of(path).kind == "drawing"


def areas_by_layer(path: Path, options: ReadOptions, faults: Faults) -> Areas:
    """Return the closed polylines of a drawing as polygons, by the drawing's layers."""
    file = read_vector(path, replace(options, layer=None), faults)
    areas = closed(file.geometry)
    layers = np.array([str(v) for v in file.table.get("Layer", [""] * len(areas))], dtype=object)
    fit = np.array([a is not None for a in areas], bool)
    return Areas(file, areas, layers, tuple(Counter(layers[fit].tolist()).most_common()))


@confined()
def read_drawing(path: Path, options: ReadOptions, faults: Faults, notes: list[Note]) -> VectorFile:
    """Read the closed polylines of a drawing as polygons.

    ``options.layer`` chooses the drawing's layer; it may be left out when only one has closed
    polylines. What is open, and what is no line, is left out and counted in a note. Raises
    InputError as ``read_vector`` does.
    """
    found = areas_by_layer(path, options, faults)
    fit = np.array([a is not None for a in found.geometry], bool)
    names = [name for name, _ in found.counts]
    if options.layer is not None:
        if options.layer not in names:
            faults.add("layer_unknown", layer=options.layer, layers=", ".join(sorted(names)) or "-")
            faults.stop()
        chosen = fit & (found.layers == options.layer)
    elif len(names) > 1:
        told = ", ".join(f"{name} ({count})" for name, count in found.counts[:12])
        faults.add("drawing_layers", layers=told)
        faults.stop()
        raise AssertionError("unreachable: faults.stop raises")
    else:
        chosen = fit
    if not chosen.any():
        faults.add("drawing_without_areas")
        faults.stop()
    left = int(len(fit) - chosen.sum())
    if left:
        notes.append(Note("note.drawing_left_out", {"rows": left}))
    table = found.file.table[chosen].reset_index(drop=True)
    return replace(found.file, table=table, geometry=found.geometry[chosen])


def closed(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return polygons as they are and closed lines as polygons; None for the rest."""
    result = np.full(len(geometry), None, dtype=object)
    for at, shape in enumerate(geometry):
        if shape is None or shapely.is_empty(shape):
            continue
        if shape.geom_type in ("Polygon", "MultiPolygon"):
            result[at] = shape
        elif shape.geom_type == "LineString":
            xy = shapely.get_coordinates(shape)
            if len(xy) > 3 and np.hypot(*(xy[0] - xy[-1])) <= CLOSED_M:
                result[at] = shapely.polygons(np.vstack((xy[:-1], xy[:1])))
    return result
