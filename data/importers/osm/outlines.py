"""Outlines of buildings that are none as they were drawn: closed, mended, or named.

A way that is not closed, or crosses itself, becomes no area; nor does a relation whose outer way is
not in the extract, nor a building that is drawn as a point. None of them may vanish unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
import shapely

from data.importers.osm.tags import NOT_A_BUILDING, Tags

MOST_NAMED: Final = 20


@dataclass(slots=True)
class Outlines:
    """What was drawn as a building, and became an area or did not.

    ``mended``: (reference, tags, WKB) of what is an area once it is closed or taken apart.
    ``crossing``, ``closed``, ``lost``: references with the name, of the first of each.
    """

    drawn: set[int] = field(default_factory=set)
    relations: dict[int, str] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    areas: set[int] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)
    mended: list[tuple[str, Tags, str]] = field(default_factory=list)
    crossing: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def see(self, thing: Any, tags: Tags) -> None:
        """Remember an object that is drawn as a building; of areas ``became`` tells."""
        if thing.is_area() or tags.get("building", "no") in NOT_A_BUILDING:
            return
        if thing.is_way():
            self.drawn.add(thing.id)
        elif thing.is_relation():
            self.relations[thing.id] = named(f"relation/{thing.id}", tags)
        elif thing.is_node():
            self.points.append(named(f"node/{thing.id}", tags))

    def became(self, area: Any) -> None:
        """Remember what has an area."""
        (self.areas if area.from_way() else self.whole).add(area.orig_id())

    def mend(self, path: Path) -> None:
        """Read again what became no area, and make areas of it where that is possible."""
        left = self.drawn - self.areas
        self.lost += [name for number, name in self.relations.items() if number not in self.whole]
        self.lost += self.points
        if not left:
            return
        for way in osmium.FileProcessor(str(path)).with_locations().with_filter(
            osmium.filter.IdFilter(left)
        ):  # fmt: skip
            if not way.is_way():
                continue
            tags = dict(way.tags)
            name = named(f"way/{way.id}", tags)
            places = [(n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
            is_closed = len(way.nodes) > 2 and way.nodes[0].ref == way.nodes[-1].ref
            shape = _area(places) if len(places) == len(way.nodes) else None
            if shape is None:
                self.lost.append(name)
                continue
            (self.crossing if is_closed else self.closed).append(name)
            self.mended.append((f"way/{way.id}", tags, shapely.to_wkb(shape, hex=True)))


def named(ref: str, tags: Tags) -> str:
    """Return an object's reference with its name."""
    name = tags.get("name") or tags.get("addr:housenumber")
    return f"{ref} {name}" if name else ref


def listed(names: Iterable[str]) -> str:
    """Return the first names of a list as one text."""
    every = list(names)
    return "、".join(every[:MOST_NAMED]) + (" …" if len(every) > MOST_NAMED else "")


def _area(places: list[tuple[float, float]]) -> Any:
    """Return what a line of positions encloses once it is closed; None where that is nothing."""
    if len(set(places)) < 3:
        return None
    ring = np.array([*places, places[0]] if places[0] != places[-1] else places)
    parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(ring)))
    areas = [p for p in shapely.get_parts(parts) if p.geom_type == "Polygon" and p.area > 0]
    return shapely.multipolygons(areas) if areas else None
