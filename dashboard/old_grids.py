"""``getu import --as grids``: what the polygons settle, and the cases or the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection

from data.importers.import_run import ImportSummary, run_import
from data.importers.kinds import ImportOptions, Progress
from data.read import cases as read
from layers.grids.case_draft import make_case_draft
from layers.grids.case_store import fill
from layers.grids.grounds import Grounds
from layers.kit.findings import Finding

Rule = Literal["ask", "larger"]
CASE_FINDINGS: Final = {
    "overlap": "grid_case_overlap",
    "split": "grid_case_split",
    "partly": "grid_case_partly",
    "none": "grid_case_none",
}
WAITS: Final = "import.cases_wait"


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a layer of old grids. ``said``: text keys with their values, in order.

    ``waits``: cases are there that nobody has ruled on.
    """

    summary: ImportSummary
    said: tuple[tuple[str, Mapping[str, Any]], ...]
    waits: bool


def bring(
    c: Connection,
    path: Path,
    county: str,
    options: ImportOptions,
    progress: Progress | None = None,
    rule: Rule = "ask",
) -> Brought:
    """Import old grid polygons in the caller's transaction.

    Without cases, or with the rule ``larger``, a draft plan is made at once; else the set waits to
    be ruled on. With ``options.dry_run`` everything is done and taken back. Raises InputError.
    """
    trial = c.begin_nested()
    summary = run_import(c, "grids", path, county, replace(options, dry_run=False), progress)
    set_id = int(read.case_sets(c, county)[0]["id"])
    grounds = Grounds()
    head = fill(c, grounds, set_id)
    sums = head["report"]["communities"]
    said: list[tuple[str, Mapping[str, Any]]] = [
        (
            "import.cases_settled",
            {
                "buildings": sum(s["settled_buildings"] for s in sums),
                "households": sum(s["settled_households"] for s in sums),
                "cases": head["cases"],
                "in_doubt": sum(s["case_households"] for s in sums),
            },
        )
    ]
    findings = _findings(c, set_id)
    waits = bool(head["cases"]) and rule == "ask"
    if waits:
        address = f"/data?tab=cases&county={county}&set={set_id}"
        said.append((WAITS, {"cases": head["cases"], "address": address}))
    else:
        made = make_case_draft(c, grounds, set_id, head["name"], options.made_by, accept=True)
        said.append(
            (
                "import.cases_draft",
                {
                    "name": head["name"],
                    "grids": made.report["grids"],
                    "households": made.report["households"],
                    "m2": made.report["area_moved_m2"],
                    "address": f"/planner?county={county}&draft={made.plan}",
                },
            )
        )
        apart = [p for s in made.report["communities"] for p in s["pieces"]]
        if apart:
            said.append(("import.cases_apart", {"grids": len(apart)}))
    if options.dry_run:
        trial.rollback()
        said = [said[0], *(one for one in said[1:] if one[0] != WAITS)]
    else:
        trial.commit()
    summary = replace(summary, findings=(*summary.findings, *findings), dry_run=options.dry_run)
    return Brought(summary, tuple(said), waits)


def _findings(c: Connection, set_id: int) -> list[Finding]:
    """Return every case as a finding, for the list of faults."""
    labels = [str(label) for label in read.claimants(c, set_id, 4490)["label"]]
    found = []
    for row in read.items(c, set_id):
        claims = row["claims"]
        other = claims[1] if len(claims) > 1 else None
        found.append(
            Finding(
                CASE_FINDINGS[row["kind"]],
                "warning",
                subject=str(row["building_id"]),
                values={
                    "building": row["label"] or row["address"] or row["building_id"],
                    "first": labels[claims[0]["claimant"]],
                    "share": round(100 * claims[0]["share"]),
                    "second": labels[other["claimant"]] if other else "–",
                    "other": round(100 * other["share"]) if other else 0,
                    "metres": round(claims[0]["distance_m"]),
                },
            )
        )
    return found
