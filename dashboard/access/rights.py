"""Which right an address needs. What is not entered here is refused, and a test fails for it.

``read``: see what the county knows. ``counts``: counts of 1 and 2 households, too: what the others
send differs by it (dashboard/gate/small_counts.py), and files as they were given need it.
``work``: change counts, buildings, tables, cases, what-ifs. ``plan``: draft grids, divide, publish
counts, import files. ``move``: take a plan to another stage (its route asks further: which).
``approve``: waive, and the last stages. ``administer``: accounts, roles, scopes. ``system``: the
state of the program. ``audit``: who did what. ``enter``: whoever signed in; who may not read comes
from any page of a county to their own. ``open``: whoever reaches the port. ``nobody``: addresses
that Dash or Flask bring along and this program does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Right = Literal[
    "open", "enter", "read", "counts", "work", "plan", "move", "approve", "administer", "system",
    "audit", "nobody",
]  # fmt: skip
RIGHTS: tuple[Right, ...] = get_args(Right)

_ENTERED: Final[Mapping[Right, str]] = {
    "open": """
        health, health_live, health_ready, metrics_, part, _dash_assets.static,
        sign_in, sign_in_sent, second_step, sign_out, leave, come_back,
        own.show, own.change, own.end, own.begin_factor,
        choose_role, set_up, set_up_sent,
        /_dash-component-suites/<string:package_name>/<path:fingerprinted_path>
    """,
    "enter": "/, /<path:path>",
    "read": """
        /_dash-layout, /_dash-dependencies, /_dash-update-component,
        layer, tile, grid_tile, one_grid, county_figures, rows,
        coverage_answer, coverage_buildings, coverage_export, coverage_visits,
        coverage.coverage_try, coverage_before_api.coverage_try,
        coverage.scenarios, coverage.siting,
        papers.one, papers.file, papers.cancel,
        data_quality, data_quality_file, data_quality_rows,
        buildings.edits, buildings.estates, buildings.one, buildings.within, places.places,
        cases.one, cases.sets, cases.standing, cases.preview,
        division.one, division.recent,
        files.export, files.one, files.template, files.waiting,
        households.building, households.find, households.forecast, households.one,
        households.overview, households.rows, households.seen,
        planner.attachment, planner.community, planner.compare, planner.county, planner.draft,
        planner.export, planner.ground, planner.territories,
        sheets.picture, sheets.sheets,
        demands.one,
        ogc api, ogc collection, ogc collections, ogc conformance, ogc item, ogc items,
        ogc landing, ogc county api, ogc county collection, ogc county collections,
        ogc county conformance, ogc county item, ogc county items, ogc county landing
    """,
    "counts": "files.faults, files.look",
    "work": """
        coverage.create_scenario, coverage.operate, coverage.undo_operation,
        coverage.redo_operation, coverage.adopt_scenario, coverage.discard_scenario,
        coverage.ask_siting, coverage.cancel_siting, coverage.try_siting,
        buildings.edit, buildings.redo, buildings.undo, counts.count,
        cases.bring, cases.bulk, cases.discard, cases.grid, cases.rule, cases.undo,
        files.cancel, files.discard, files.give, files.judge,
        households.change, households.discard, households.look_at, households.open_table,
        households.rule, households.unrule,
        sheets.place, sheets.remove, sheets.rename, sheets.upload, demands.step
    """,
    "plan": """
        coverage.add_profile, coverage.save_profile, coverage.remove_profile,
        cases.draft, cases.move, division.ask, division.cancel, division.choose, files.bring,
        households.publish, households.roll_back, households.take_back,
        planner.back, planner.branch, planner.change, planner.create,
        planner.delete, planner.edit_grid, planner.import_, planner.lock, planner.official,
        planner.operate, planner.redo, planner.rename, planner.undo
    """,
    "move": "planner.attach, planner.stage",
    "approve": "planner.add_waiver, planner.drop_waiver, planner.take_back, demands.decide",
    "administer": """
        accounts.every, accounts.add, accounts.one, accounts.change,
        accounts.link, accounts.close, accounts.end, accounts.unlock, accounts.step,
        accounts.template_file, accounts.batch, accounts.batch_sent
    """,
    "system": "",
    "audit": "audit.search, audit.export",
    "nobody": "static, /_reload-hash, /_favicon.ico",
}


def _table() -> dict[str, Right]:
    found: dict[str, Right] = {}
    for right, listed in _ENTERED.items():
        for endpoint in (" ".join(part.split()) for part in listed.split(",")):
            if endpoint in found:
                raise ValueError(f"{endpoint} is entered twice")
            if endpoint:
                found[endpoint] = right
    return found


ENDPOINTS: Final[Mapping[str, Right]] = _table()
"""Endpoint of the URL map → the right that it needs, whatever the method."""

_COVERAGE: Final = "dashboard.pages.coverage"
CALLBACKS: Final[Mapping[str, Right]] = {
    "dashboard.application.show": "read",
    "dashboard.pages.command_centre.callbacks.inspect": "read",
    "dashboard.pages.command_centre.callbacks.say": "read",
    f"{_COVERAGE}.callbacks.answer": "read",
    f"{_COVERAGE}.callbacks.detail": "read",
    f"{_COVERAGE}.callbacks.choose": "read",
    f"{_COVERAGE}.callbacks.now": "read",
    f"{_COVERAGE}.what_if.callbacks.act": "read",
    f"{_COVERAGE}.what_if.callbacks.became": "read",
    f"{_COVERAGE}.what_if.callbacks.words": "read",
    f"{_COVERAGE}.what_if.callbacks.station": "read",
    f"{_COVERAGE}.what_if.callbacks.change": "read",
    f"{_COVERAGE}.siting.callbacks.site": "read",
    f"{_COVERAGE}.profiles.callbacks.fill": "read",
    f"{_COVERAGE}.profiles.callbacks.saved": "read",
}
"""Function that answers a callback → the right that it needs: all of them only read. What is
written goes by an address, which is told of its change by more than a component's name.
"""
