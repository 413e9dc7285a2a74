"""What is done with a scenario of 模拟布点: make, change, undo, adopt, put away.

Nothing here knows the page's components or a request: values come in, a scenario goes out. A
scenario that is changed is named with the version that was seen of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.pages.coverage.board import board_of
from dashboard.pages.coverage.what_if.trial import folded
from dashboard.pages.coverage.what_if.values import HeldValue
from dashboard.services import Services
from dashboard.text import Language, text
from data.access.audit import record
from data.engine import session
from data.stations import write_scenarios as write
from data.stations.write_scenarios import Scenario
from layers.coverage_gaps.answers.gaps import CATEGORIES, PARTY, Site
from layers.coverage_gaps.answers.scenario import OPERATIONS_MAX, check_operation, next_key
from layers.coverage_gaps.sitings import ProposedSite
from layers.kit.errors import ConflictError, InputError
from layers.kit.json import StoredJson
from layers.kit.records.stations import Operation, StationAfter


@dataclass(frozen=True, slots=True)
class Seen:
    """A scenario as it was seen by who changes it."""

    county: str
    id: int
    version: int


def load(services: Services, county: str, scenario_id: int | None) -> Scenario | None:
    """Return a draft of the county, or None when it is none (any more)."""
    if scenario_id is None:
        return None
    with session(services.engine, present()) as c:
        return next((d for d in write.drafts(c, county) if d.id == scenario_id), None)


def shown(draft: Scenario | None) -> HeldValue | None:
    """Return what the browser keeps of a scenario."""
    if draft is None:
        return None
    return {
        "id": draft.id,
        "version": draft.version,
        "operations": list(draft.held),
        "total": len(draft.operations),
    }


def create(services: Services, county: str, title: str | None, lang: Language) -> Scenario:
    """Make an empty scenario; without a title it is numbered."""
    with session(services.engine, present()) as c:
        number = len(write.drafts(c, county)) + 1
        numbered = text("coverage.scenario_number", lang, {"number": number})
        made = write.create_scenario(c, county, title or numbered)
        record(c, "scenario.created", county, f"scenario:{made.id}")
        return made


def create_of_sites(
    services: Services, county: str, sites: Sequence[ProposedSite], services_asked: str,
    category: str, lang: Language,
) -> Scenario:  # fmt: skip
    """Make a scenario of proposed places. ``category``: what stands for any party station."""
    offered = [category if one == PARTY else one for one in services_asked.split(",")]
    operations: list[Operation] = [
        {
            "kind": "add", "key": f"n{rank}", "lon": site["lon"], "lat": site["lat"],
            "name": text("coverage.new_station_name", lang, {"number": rank}),
            "categories": offered,
        }
        for rank, site in enumerate(sites, start=1)
    ]  # fmt: skip
    for operation in operations:
        check_operation(operation, CATEGORIES)
    with session(services.engine, present()) as c:
        title = text("coverage.site_scenario", lang, {"number": len(operations)})
        made = write.create_scenario(c, county, title, operations)
        told = {"stations": len(operations)}
        record(c, "scenario.created", county, f"scenario:{made.id}", told)
        return made


def operate(
    services: Services, seen: Seen, operations: Sequence[Mapping[str, object]], category: str,
    lang: Language,
) -> Scenario:  # fmt: skip
    """Add operations after those that hold. ``category``: of a station that is added."""
    with session(services.engine, present()) as c:
        draft = _seen(c, seen)
        for one in operations:
            added: StoredJson = {}
            if one.get("kind") == "add":
                key = next_key(draft.operations)
                name = text("coverage.new_station_name", lang, {"number": int(key[1:])})
                added = {"key": key, "name": name, "categories": [category]}
            operation = check_operation({**one, **added}, CATEGORIES)
            draft = write.append_operation(c, draft, operation, OPERATIONS_MAX)
        told = {"operations": len(operations)}
        record(c, "scenario.changed", seen.county, f"scenario:{draft.id}", told)
        return draft


def step(services: Services, seen: Seen, by: int) -> Scenario:
    """Undo (-1) or redo (1) one operation."""
    with session(services.engine, present()) as c:
        draft = write.move_position(c, _seen(c, seen), by)
        record(c, "scenario.stepped", seen.county, f"scenario:{draft.id}", {"by": by})
        return draft


def discard(services: Services, seen: Seen) -> Scenario:
    """Put a scenario away."""
    with session(services.engine, present()) as c:
        draft = _seen(c, seen)
        write.discard_scenario(c, draft)
        record(c, "scenario.discarded", seen.county, f"scenario:{draft.id}")
    return draft


def adopt(services: Services, seen: Seen, *, by: str, reason: str) -> Scenario:
    """Write a scenario's stations. Raises InputError, ConflictError."""
    if not by or not reason:
        raise InputError("say who adopts this scenario, and why")
    board = board_of(services, seen.county)
    with session(services.engine, present()) as c:
        draft = _seen(c, seen)
        result = folded(board, draft.held)
        if result.lost:
            raise ConflictError("a station of this scenario is gone: undo that change first")
        became = changes(board.sites, result.sites)
        write.adopt_scenario(c, draft, became, by=by, reason=reason)
    return draft


def _seen(c: Connection, seen: Seen) -> Scenario:
    """Return the draft that was seen. Raises ConflictError when it changed since."""
    draft = write.scenario(c, seen.county, seen.id, lock=True)
    if draft.version != seen.version or draft.state != "draft":
        raise ConflictError("someone else changed or closed this scenario: it was loaded anew")
    return draft


def changes(before: Sequence[Site], after: Sequence[Site]) -> list[StationAfter]:
    """Return what becomes of each station that differs, as ``adopt_scenario`` takes it."""
    was = {site.key: site for site in before}
    return [
        {
            "key": site.key, "name": site.name, "lon": site.lon, "lat": site.lat,
            "categories": list(site.categories), "state": site.state,
            "hours": [list(h) for h in site.hours],
        }
        for site in after
        if was.get(site.key) != site and (site.key in was or site.state == "open")
    ]  # fmt: skip
