"""A whole import: the file, then the plots and the first draft of grids that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from data.importers.judging.county_state import has_plan, wants_plots
from data.importers.judging.kind import ImportOptions
from data.importers.run import ImportSummary, run_import
from layers.buildings.following import follow_import
from layers.demands.clocks import compare_clocks
from layers.grids.proposals.county import draft_division, tessellate_county

Made = list[tuple[str, dict[str, int]]]
"""Text key and values of what was made beside the rows."""


def import_whole(
    c: Connection,
    kind: str,
    path: Path,
    county: str,
    options: ImportOptions,
    show: Callable[[str], None],
    *,
    plots: bool = True,
) -> tuple[ImportSummary, Made]:
    """Import a file, then make plots and a first draft of grids, all in the caller's transaction.

    ``show`` is told what is under way; what it raises ends the import. Raises InputError with
    every fault; then the caller's transaction is to be rolled back.
    """
    summary = run_import(c, kind, path, county, options, show)
    made: Made = []
    if kind == "demands" and summary.rows_written:
        compare_clocks(c, county, keep=True)  # what no file told a deadline of has the county's

    def stage(what: str, share: float) -> None:
        show(f"{what} {share:.0%}")

    wanted = plots and not options.dry_run and summary.changes_plots and len(county) == 6
    if wanted and kind == "buildings" and follow_import(c, county):
        return summary, made
    if wanted and wants_plots(c, county):
        made.append(("import.plots", {"plots": tessellate_county(c, county, stage)}))
        if not has_plan(c, county):
            made.append(("import.grids", {"grids": draft_division(c, county, stage)}))
    return summary, made
