"""New footprints that lie over buildings which stand: most likely the same, and counted twice."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.files.read_records import building_records
from data.importers.judging.changes import Changes
from data.importers.judging.kind import Context
from layers.kit.crs import to_measuring

LEAST_SHARE: Final = 0.2  # of the smaller footprint: less is how two surveys differ


def warn_overlaps(context: Context, changes: Changes, footprints: NDArray[np.object_]) -> None:
    """Warn of every new row whose footprint (EPSG:4490) covers a fifth of a standing building's.

    Of the smaller of both footprints. A row that changes a building is compared with the others.
    """
    fates = [c for c in changes.rows if c.what != "gone"]
    fresh = np.array([i for i, c in enumerate(fates) if c.what == "new"], np.int64)
    srid = context.state.srid
    stored = building_records(context.connection, context.state.code) if len(fresh) else []
    if not stored or srid is None:
        return
    standing = _metric([r["geometry"] for r in stored], srid)
    own = _metric(footprints[fresh], srid)
    row, at = shapely.STRtree(standing).query(own, predicate="intersects")
    common = shapely.area(shapely.intersection(own[row], standing[at]))
    smaller = np.minimum(shapely.area(own[row]), shapely.area(standing[at]))
    over = common > LEAST_SHARE * smaller
    for i in np.unique(row[over]):
        best = np.flatnonzero(over & (row == i))
        found = int(best[common[best].argmax()])
        about = stored[int(at[found])]
        context.faults.add(
            "building_overlaps",
            row=fates[int(fresh[i])].row,
            field="geometry",
            severity="warning",
            other=_name(about),
            m2=round(float(common[found])),
        )


def _metric(shapes: Any, srid: int) -> NDArray[np.object_]:
    solid = shapely.make_valid(np.array(list(shapes), object), method="structure")
    return np.asarray(to_measuring(solid, srid), object)


def _name(record: Any) -> str:
    placed = " ".join(str(record[k]) for k in ("estate", "number") if record.get(k))
    return str(record.get("name") or placed or f"#{record['id']}")
