"""``getu import --as grids|borders``: what the polygons settle, and the cases or the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection

from data.cases import read
from data.cases.rows import CaseSet
from data.importers.judging.kind import ImportOptions, Progress
from data.importers.run import ImportSummary, run_import
from layers.grids.cases.border_apply import apply
from layers.grids.cases.border_store import fill_borders
from layers.grids.cases.draft import make_case_draft
from layers.grids.cases.store import fill
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.findings import Finding
from layers.kit.words import Words

Rule = Literal["ask", "larger"]
Kind = Literal["grids", "borders"]
Said = tuple[str, Words]
# What a dry run says in place of what was done.
WOULD: Final = {
    "import.cases_draft": "import.cases_would",
    "import.borders_moved": "import.borders_would",
    "import.cases_apart": "import.cases_apart",
}
CASE_FINDINGS: Final = {
    "overlap": "grid_case_overlap",
    "split": "grid_case_split",
    "partly": "grid_case_partly",
    "none": "grid_case_none",
    "area_overlap": "border_case_overlap",
    "area_gap": "border_case_gap",
}


@dataclass(frozen=True, slots=True)
class OldGridsOutcome:
    """What came of a layer of old grids. ``said``: text keys with their values, in order.

    ``waits``: cases are there that nobody has ruled on.
    """

    summary: ImportSummary
    said: tuple[tuple[str, Words], ...]
    waits: bool


def bring(
    c: Connection,
    kind: Kind,
    path: Path,
    county: str,
    options: ImportOptions,
    progress: Progress | None = None,
    rule: Rule = "ask",
) -> OldGridsOutcome:
    """Import old grid polygons or borders of communities in the caller's transaction.

    Without cases, or with the rule ``larger``, a draft plan is made, or the borders are moved, at
    once; else the set waits to be ruled on. With ``options.dry_run`` everything is done and taken
    back. Raises InputError.
    """
    trial = c.begin_nested()
    summary = run_import(c, kind, path, county, replace(options, dry_run=False), progress)
    set_id = read.case_sets(c, county)[0].id
    plot_store = PlotStore()
    head = fill(c, plot_store, set_id) if kind == "grids" else fill_borders(c, set_id)
    sums = head.report["communities"]
    areas = head.report.get("areas", 0)
    settled: Said = (
        "import.cases_settled",
        {
            "buildings": sum(s["settled_buildings"] for s in sums),
            "households": sum(s["settled_households"] for s in sums),
            "cases": head.cases - areas,
            "in_doubt": sum(s["case_households"] for s in sums),
        },
    )
    said: list[Said] = [settled]
    if areas:
        said.append(("import.areas_in_doubt", {"areas": areas}))
    findings = _findings(c, set_id)
    waits = bool(head.cases) and rule == "ask"
    if waits and not options.dry_run:
        address = f"/data?tab=cases&county={county}&set={set_id}"
        said.append(("import.cases_wait", {"cases": head.cases, "address": address}))
    elif not waits:
        finish = _draft if kind == "grids" else _move
        said += finish(c, plot_store, head, options.made_by)
    if options.dry_run:
        trial.rollback()
        said = [one for one in said if one[0] != "import.borders_draft"]
        said = [(WOULD.get(key, key), values) for key, values in said]
    else:
        trial.commit()
    every = (*summary.findings, *findings)
    summary = replace(summary, findings=every, dry_run=options.dry_run)
    return OldGridsOutcome(summary, tuple(said), waits)


def _draft(c: Connection, plot_store: PlotStore, head: CaseSet, by: str) -> list[Said]:
    made = make_case_draft(c, plot_store, head.id, head.name, by, accept=True)
    said: list[Said] = [
        (
            "import.cases_draft",
            {
                "name": head.name,
                "grids": made.report["grids"],
                "households": made.report["households"],
                "m2": made.report["area_moved_m2"],
                "address": f"/planner?county={head.code}&draft={made.plan}",
            },
        )
    ]
    apart = [p for one in made.report["communities"] for p in one["pieces"]]
    return [*said, ("import.cases_apart", {"grids": len(apart)})] if apart else said


def _move(c: Connection, plot_store: PlotStore, head: CaseSet, by: str) -> list[Said]:
    change = apply(c, plot_store, head.id, by, accept=True)["change"]
    households = sum(b["households"] or 0 for b in change["buildings"])
    said: list[Said] = [
        (
            "import.borders_moved",
            {
                "communities": len(change["communities"]),
                "buildings": len(change["buildings"]),
                "households": households,
            },
        )
    ]
    plan = read.case_set(c, head.id).plan_id
    if plan is not None:
        address = f"/planner?county={head.code}&draft={plan}"
        said.append(("import.borders_draft", {"address": address}))
    return said


def _findings(c: Connection, set_id: int) -> list[Finding]:
    """Return every case as a finding, for the list of faults."""
    labels = [str(label) for label in read.claimants(c, set_id, 4490)["label"]]
    found = []
    for row in read.items(c, set_id):
        claims = row.claims
        other = claims[1] if len(claims) > 1 else None
        found.append(
            Finding(
                CASE_FINDINGS[row.kind],
                "warning",
                subject=None if row.building_id is None else str(row.building_id),
                values={
                    "building": row.label or row.address or row.building_id or "–",
                    "m2": round(row.area_m2),
                    "first": labels[claims[0]["claimant"]],
                    "share": round(100 * claims[0]["share"]),
                    "second": labels[other["claimant"]] if other else "–",
                    "other": round(100 * other["share"]) if other else 0,
                    "metres": round(claims[0]["distance_m"]),
                },
            )
        )
    return found
