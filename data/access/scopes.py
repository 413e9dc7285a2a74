"""Whose rows are whose: one list of all tables, which the policies of the database follow.

A scope is a prefix of the division code. A row is seen and written by whoever's scope its code
lies in; besides that, by kind:

- ``own``: nothing else. What is known of people's homes, grids and demands.
- ``above``: rows of the divisions above the scope are read (the county's plan, its policy); they
  are written only by whoever has that scope.
- ``shared``: such rows are written too: what every edit in a town touches (the county's revision).
- ``county``: all rows of the county are read, since the nearest station may lie in the next town.
- ``made``: belongs to the scope it was made in, where that is narrower than its code: a town's
  uploads, edits and questions are the town's, though they are filed under the county.
- a pair: belongs to the row that it is a part of: (column, table).
- ``gate``: people who sign in. Read and written by whoever shows the key of the state folder
  (data/engine.py, ``people_session``), whatever the scope.
- ``open``: no policy. The land and its streets, and what the gate itself keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["own", "above", "shared", "county", "made", "gate", "open"]

_ENTERED: Final[Mapping[Kind, str]] = {
    "own": """
        building building_address building_alias building_count building_entrance building_life
        building_use estate unplaced_count written_ruling
        demand demand_event grid grid_code grid_organisation plan_grid plan_assignment
        draft_grid draft_plot_lock plan_community
        plot plot_building plot_neighbour former_plot tessellation
    """,
    "above": """
        area division division_change office_holder organisation plan plan_attachment
        plan_operation plan_stage plan_waiver policy post post_holding published_figure
        calendar_day travel_profile workflow_version workflow_step workflow_action
    """,
    "shared": "count_snapshot county",
    "county": "station station_hours station_state",
    "made": """
        building_edit case_set count_upload import_run job pinned_sheet scenario siting upload
    """,
    "gate": """
        app_user known_device past_password recovery_code set_up_link sign_in_attempt user_session
    """,
    "open": """
        barrier elevation land street_edge street_node water part_version division_successor
        audit_entry audit_seal gate_key
    """,
}
PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "case_claimant": ("set_id", "case_set"),
    "case_item": ("set_id", "case_set"),
    "case_ruling": ("set_id", "case_set"),
    "count_row": ("upload_id", "count_upload"),
    "job_file": ("job_id", "job"),
    "upload_part": ("upload_id", "upload"),
}
"""Table → the column that names its owner, and the owner's table."""
KINDS: Final[Mapping[str, Kind]] = {
    table: kind for kind, listed in _ENTERED.items() for table in listed.split()
}
"""Table → its kind; those of ``PARTS`` are not here."""

REACH: Final = "(SELECT getu.reach())"


def _begins(value: str, prefix: str) -> str:
    """Return the condition that a text begins with another.

    Alone, starts_with is taken for what one row of two hundred passes, and plans become nested
    loops (13 s for 0.2 s). Asked in this way it is taken for what nearly all rows pass, which is
    so for whoever sees a county, and harmless for whoever sees a town of it.
    """
    return f"(CASE WHEN starts_with({value}, {prefix}) THEN 1 END) IS NOT NULL"


_OWN: Final = _begins("code", REACH)
_ABOVE: Final = _begins(REACH, "code")
WRITTEN: Final[Mapping[Kind, str]] = {
    "own": _OWN,
    "above": _OWN,
    "county": _OWN,
    "shared": f"{_OWN} OR {_ABOVE}",
    "made": _begins("getu.belongs_to(code, scope)", REACH),
}
SEEN: Final[Mapping[Kind, str]] = {
    "above": _ABOVE,
    "county": _begins("code", f"left({REACH}, 6)"),
}
"""What is read besides what is written."""


def policies(table: str) -> tuple[str, ...]:
    """Return the statements that put a table under its policies; none for an open one."""
    if table in PARTS:
        column, owner = PARTS[table]
        written, seen = f"{column} IN (SELECT id FROM getu.{owner})", None
    elif KINDS[table] == "open":
        return ()
    elif KINDS[table] == "gate":
        written, seen = "(SELECT getu.is_gate())", None
    else:
        written, seen = WRITTEN[KINDS[table]], SEEN.get(KINDS[table])
    return (
        f"ALTER TABLE getu.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        f"CREATE POLICY scope ON getu.{table} USING ({written});",
        *([f"CREATE POLICY seen ON getu.{table} FOR SELECT USING ({seen});"] if seen else []),
    )
