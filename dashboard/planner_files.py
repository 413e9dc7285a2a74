"""Files of plans over HTTP: imports of grid layers, exports."""

from __future__ import annotations

from flask import Blueprint

from dashboard.desk import Desk
from layers.grids.grounds import Grounds


def add_file_routes(api: Blueprint, desk: Desk, grounds: Grounds) -> None:
    """Add imports and exports."""
