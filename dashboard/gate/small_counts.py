"""Counts of 1 and 2 households: hidden from who lacks the right, and entered for who has it.

Decided in docs/decisions/small-counts.md.

1. Every JSON that leaves for a reader without the right goes through ``few.veiled``, whichever
   address it comes from. Sentences, figures and files ask ``few`` where they are made.
2. What is kept for many (layers, coverage) is hidden when it is made, and marked as such.
3. A person with the right who reads where such counts can stand leaves one entry in the audit:
   per person, county and address, in an hour. In a transaction of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Hashable, Mapping
from logging import getLogger
from threading import Lock
from typing import Final

from flask import Flask, Response, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.access.principal import Principal
from dashboard.web.api import READING
from data.access.audit import record
from data.engine import session
from layers.kit import few
from layers.kit.errors import GetuError

logger = getLogger(__name__)

INTERVAL_S: Final = 3600
MOST_KEPT: Final = 20_000
CARRY: Final = frozenset(
    """
    layer one_grid county_figures rows /_dash-update-component
    coverage_answer coverage_buildings coverage_export coverage_visits
    coverage.coverage_try coverage_before_api.coverage_try
    coverage.scenarios coverage.siting coverage.create_scenario coverage.operate
    coverage.undo_operation coverage.redo_operation coverage.adopt_scenario coverage.ask_siting
    coverage.try_siting
    papers.file data_quality data_quality_file data_quality_rows
    buildings.edits buildings.estates buildings.one buildings.within buildings.edit buildings.redo
    buildings.undo counts.count
    cases.one cases.sets cases.standing cases.preview cases.bring cases.bulk cases.grid cases.rule
    cases.undo cases.draft cases.move
    division.one division.recent division.ask division.choose
    files.export files.faults files.look files.one files.waiting files.judge files.bring files.give
    households.building households.find households.forecast households.one households.overview
    households.rows households.seen households.change households.look_at households.open_table
    households.rule households.unrule households.publish households.roll_back
    households.take_back
    planner.community planner.compare planner.county planner.draft planner.export planner.ground
    planner.territories planner.create planner.branch planner.change planner.operate planner.redo
    planner.undo planner.edit_grid planner.import_ planner.lock planner.stage planner.back
    planner.add_waiver planner.drop_waiver planner.take_back demands.one demands.decide demands.step
    """.split()  # noqa: SIM905
) | {f"ogc {kind}{name}" for kind in ("", "county ") for name in ("item", "items")}
"""Addresses whose answers can hold counts of households of a building, a plot or a grid."""
CARRY_NONE: Final = frozenset(
    """
    /_dash-layout /_dash-dependencies tile grid_tile
    coverage.discard_scenario coverage.cancel_siting
    coverage.add_profile coverage.save_profile coverage.remove_profile
    papers.one papers.cancel places.places
    cases.discard division.cancel
    files.cancel files.discard files.template households.discard
    planner.attachment planner.attach planner.delete planner.rename planner.official
    sheets.picture sheets.sheets sheets.place sheets.remove sheets.rename sheets.upload
    """.split()  # noqa: SIM905
) | {
    f"ogc {kind}{name}"
    for kind in ("", "county ")
    for name in ("api", "collection", "collections", "conformance", "landing")
}
"""Addresses of a county that hold none: a new one is in neither list, and a test fails for it."""


_COUNTED: Final = """
    households.seen: before after change
    households.forecast: before after brings nowhere
    division.one: moved changed
    coverage.siting: before after gain sum all reachable bound curve
"""
COUNTED: Final[Mapping[str, frozenset[str]]] = {
    endpoint.strip(): frozenset(names.split())
    for endpoint, _, names in (line.partition(":") for line in _COUNTED.strip().splitlines())
}
"""Fields that hold households in the answers of one address, by names that mean more elsewhere."""


class Seen:
    """Remembers who read what in this interval, so that it is entered once."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._at: dict[Hashable, float] = {}
        self._lock = Lock()

    def is_new(self, key: Hashable, now: float) -> bool:
        """Tell whether something has not been read in the last ``INTERVAL_S``."""
        with self._lock:
            before = self._at.get(key)
            if before is not None and now - before < INTERVAL_S:
                return False
            if len(self._at) >= MOST_KEPT:
                self._at.clear()
            self._at[key] = now
            return True


def add_small_counts(server: Flask, engine: Engine) -> None:
    """Hide small counts in what leaves a server, and enter who reads them.

    To be added after what packs answers: Flask asks the last that was added first.
    """
    seen = Seen()

    @server.after_request
    def hide(answer: Response) -> Response:
        who = g.get("principal")
        if not isinstance(who, Principal) or request.endpoint not in CARRY:
            return answer
        if not few.hides():
            _enter(engine, seen, who, answer.status_code)
        elif answer.is_json and answer.status_code != 304 and not g.get("is_veiled"):
            body = json.loads(answer.get_data())
            told = few.veiled(body, COUNTED.get(request.endpoint or "", frozenset()))
            made = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            answer.set_data(made.encode("utf-8", "surrogatepass"))
        return answer

    @server.teardown_request
    def end(_: BaseException | None) -> None:
        few.ask(None)


def _enter(engine: Engine, seen: Seen, who: Principal, status: int) -> None:
    """Enter that a person read where small counts stand; a demonstration has no persons."""
    if who.name is None or who.is_demonstration or status not in (200, 202):
        return
    if request.method not in READING:  # the deed itself is in the audit
        return
    county = str((request.view_args or {}).get("county") or request.args.get("county") or "")
    code = county if county.isascii() and county.isdecimal() and len(county) <= 15 else ""
    key = (who.login or who.name, who.scope, code, request.endpoint)
    if not seen.is_new(key, time.monotonic()):
        return
    told = {"endpoint": request.endpoint, "scope": who.scope}
    try:
        with session(engine, who) as c:
            record(c, "counts.unmasked", code, f"address:{request.path[:120]}", told)
    except (GetuError, SQLAlchemyError) as error:
        logger.warning("who read %s unmasked is not in the audit: %s", request.endpoint, error)
