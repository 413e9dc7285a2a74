"""Everything that the rows of a building hold, as JSON: what the log of edits keeps of it."""

from __future__ import annotations

from typing import NotRequired, TypedDict

Geometry = str
"""WKB in hex, EPSG:4490."""


class BuildingState(TypedDict):
    """A building's rows. Days are ISO dates; ``estate``: the name of ``estate_id``.

    Lists of lists, as JSON has them: ``aliases`` (name, who ruled it), ``entrances`` (name,
    place), ``lives`` (life, from when), ``uses`` (use, floors).
    """

    code: str
    community_id: int | None
    estate_id: int | None
    estate: NotRequired[str | None]
    name: str | None
    number: str | None
    levels: int | None
    levels_estimated: bool
    life: str
    use: str
    external_id: str | None
    source: str
    valid_from: str
    valid_to: str | None
    geometry: Geometry
    addresses: list[str]
    aliases: list[list[str | None]]
    entrances: list[list[str | None]]
    lives: list[list[str]]
    uses: list[list[str | list[int] | None]]
