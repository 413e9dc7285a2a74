"""SQL of places between storage (CGCS2000 degrees) and the map in the browser (Web Mercator).

In PROJ, degrees of CGCS2000 are those of WGS 84 to the last bit. But each connection takes a
tenth of a second to find that out, and as long as several tiles, so both are called WGS 84 here.
"""

from __future__ import annotations

STORED, WORLD, WEB = 4490, 4326, 3857


def web(geometry: str) -> str:
    """Return SQL of a stored geometry in Web Mercator (m)."""
    return f"ST_Transform(ST_SetSRID({geometry}, {WORLD}), {WEB})"


def stored(geometry: str) -> str:
    """Return SQL of a geometry in Web Mercator as it is stored (degrees)."""
    return f"ST_SetSRID(ST_Transform({geometry}, {WORLD}), {STORED})"
