"""DXF drawings: closed polylines as areas, by the layer of the drawing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.importers.reading.child.confined import confined
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.shapes.vector import ReadOptions, VectorFile, read_vector

CLOSED_M: Final = 0.01
"""Ends this near (units of the drawing, metres in a survey) close a polyline: snapping by hand."""


def is_drawing(path: Path) -> bool:
    """Tell whether a file is a DXF drawing."""
    return path.suffix.lower() == ".dxf"


@confined()
def read_drawing(path: Path, options: ReadOptions, faults: Faults, notes: list[Note]) -> VectorFile:
    """Read the closed polylines of a drawing as polygons.

    ``options.layer`` chooses the drawing's layer; it may be left out when only one has closed
    polylines. What is open, and what is no line, is left out and counted in a note. Raises
    InputError as ``read_vector`` does.
    """
    file = read_vector(path, replace(options, layer=None), faults)
    areas = closed(file.geometry)
    layers = np.array([str(v) for v in file.table.get("Layer", [""] * len(areas))], dtype=object)
    fit = np.array([a is not None for a in areas], bool)
    found = Counter(layers[fit].tolist())
    if options.layer is not None:
        if options.layer not in found:
            faults.add("layer_unknown", layer=options.layer, layers=", ".join(sorted(found)) or "-")
            faults.stop()
        chosen = fit & (layers == options.layer)
    elif len(found) > 1:
        told = ", ".join(f"{name} ({count})" for name, count in found.most_common(12))
        faults.add("drawing_layers", layers=told)
        faults.stop()
        raise AssertionError("unreachable: faults.stop raises")
    else:
        chosen = fit
    if not chosen.any():
        faults.add("drawing_without_areas")
        faults.stop()
    left = int(len(areas) - chosen.sum())
    if left:
        notes.append(Note("note.drawing_left_out", {"rows": left}))
    table = file.table[chosen].reset_index(drop=True)
    return replace(file, table=table, geometry=areas[chosen])


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
