"""A made town of two communities, a dozen houses each, with plots and a draft of grids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Engine

from dashboard.intake.whole import import_whole
from data.engine import transaction
from data.importers.judging.kind import ImportOptions
from tests.data.importers.files import COUNTY, SOUTH, STEP, WEST, geojson, load_town

HOUSE = 1.5e-4  # degrees: about 15 m
GAP = 3e-4


def house(column: int, row: int) -> Any:
    """Return a house of the raster; columns 0–3 stand west of the border, 4–7 east of it."""
    x = WEST + STEP - 4 * GAP + (column + 0.25) * GAP
    y = SOUTH + 0.004 + row * GAP
    return shapely.box(x, y, x + HOUSE, y + HOUSE)


def load_made_town(engine: Engine, folder: Path) -> str:
    """Import the town; return its county's code. House (column, row) has the id ``H<column><row>``.

    Every house holds 10 households.
    """
    load_town(engine, folder)
    rows = [
        (
            {"id": f"H{column}{row}", "name": f"{column}{row}号楼", "resident": 10},
            house(column, row),
        )
        for column in range(8)
        for row in range(3)
    ]
    path = geojson(folder / "houses.geojson", rows)
    with transaction(engine) as c:
        import_whole(c, "buildings", path, COUNTY, ImportOptions(made_by="甲"), lambda _: None)
    return COUNTY
