"""What people do, as the audit says it: a closed list of keys, each with its words in the texts."""

from __future__ import annotations

from typing import Final, Literal, get_args

Action = Literal[
    # Grids and plans.
    "plan.created", "plan.imported", "plan.renamed", "plan.deleted", "plan.branched",
    "plan.operation", "plan.undone", "plan.redone", "plan.locked", "plan.grid_named",
    "plan.stage", "plan.published", "plan.taken_back", "plan.attached",
    "waiver.added", "waiver.dropped",
    "proposal.asked", "proposal.cancelled", "proposal.chosen",
    "territory.split", "territory.border", "territory.official_code", "territory.taken_back",
    # Old grids.
    "case_set.brought", "case_set.ruled", "case_set.bulk_ruled", "case_set.undone",
    "case_set.grid_added", "case_set.drafted", "case_set.discarded", "borders.moved",
    # Files, buildings, counts.
    "file.given", "file.discarded", "file.judge_asked", "file.import_asked", "file.cancelled",
    "file.imported", "county.demonstrated",
    "building.edited", "building.undone", "building.redone", "building.count",
    "sheet.uploaded", "sheet.placed", "sheet.renamed", "sheet.removed",
    "household_table.open", "household_table.rule", "household_table.unrule",
    "household_table.discard", "household_table.publish", "household_table.roll_back",
    "household_table.take_back_roll_back", "estate.expect",
    # Demands.
    "demand.step", "calendar.brought",
    # Stations.
    "profile.saved", "profile.removed",
    "scenario.created", "scenario.changed", "scenario.stepped", "scenario.discarded",
    "scenario.adopted", "siting.asked", "siting.cancelled",
    # People.
    "user.added", "user.link_made", "user.closed", "user.changed", "user.password_set",
    "session.begun", "session.refused", "session.ended", "session.ended_everywhere",
    # Who saw what, and who was not let in.
    "download.made", "counts.unmasked", "access.denied", "access.not_found",
    "audit.exported", "audit.cleaned",
    "backups.made", "backups.drilled", "backups.restored",
]  # fmt: skip
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

OWNERS: Final = {
    "plan": "plan",
    "job": "job",
    "case_set": "case_set",
    "upload": "upload",
    "scenario": "scenario",
    "siting": "siting",
    "demand": "demand",
    "user": "app_user",
}
"""Kind of a subject → the table whose row says which county it is of."""
