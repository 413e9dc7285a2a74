"""Every table of the program, in schema ``getu``. Migrations create them; a test compares both."""

from data.tables.building_edits import building_edit
from data.tables.buildings import (
    building,
    building_address,
    building_alias,
    building_count,
    building_entrance,
    building_life,
    building_use,
    count_snapshot,
    estate,
    unplaced_count,
)
from data.tables.cases import case_claimant, case_item, case_ruling, case_set
from data.tables.columns import SCHEMA, STORAGE_SRID, metadata
from data.tables.demands import demand, demand_event
from data.tables.divisions import county, division, division_successor, policy, published_figure
from data.tables.duty import grid_organisation, office_holder, organisation, post, post_holding
from data.tables.households import count_row, count_upload, written_ruling
from data.tables.jobs import job
from data.tables.pinned_sheets import pinned_sheet
from data.tables.plans import (
    area,
    draft_grid,
    draft_plot_lock,
    grid,
    grid_code,
    plan,
    plan_assignment,
    plan_attachment,
    plan_community,
    plan_grid,
    plan_operation,
    plan_stage,
    plan_waiver,
)
from data.tables.plots import plot, plot_building, plot_neighbour, tessellation
from data.tables.scenarios import scenario, siting
from data.tables.stations import station, station_hours, station_state
from data.tables.streets import barrier, elevation, land, street_edge, street_node, water
from data.tables.territories import division_change, former_plot
from data.tables.travel import part_version, travel_profile
from data.tables.uploads import upload, upload_part
from data.tables.users import app_user, audit_entry, import_run

__all__ = [
    "SCHEMA",
    "STORAGE_SRID",
    "app_user",
    "area",
    "audit_entry",
    "barrier",
    "building",
    "building_address",
    "building_alias",
    "building_count",
    "building_edit",
    "building_entrance",
    "building_life",
    "building_use",
    "case_claimant",
    "case_item",
    "case_ruling",
    "case_set",
    "count_row",
    "count_snapshot",
    "count_upload",
    "county",
    "demand",
    "demand_event",
    "division",
    "division_change",
    "division_successor",
    "draft_grid",
    "draft_plot_lock",
    "elevation",
    "estate",
    "former_plot",
    "grid",
    "grid_code",
    "grid_organisation",
    "import_run",
    "job",
    "land",
    "metadata",
    "office_holder",
    "organisation",
    "part_version",
    "pinned_sheet",
    "plan",
    "plan_assignment",
    "plan_attachment",
    "plan_community",
    "plan_grid",
    "plan_operation",
    "plan_stage",
    "plan_waiver",
    "plot",
    "plot_building",
    "plot_neighbour",
    "policy",
    "post",
    "post_holding",
    "published_figure",
    "scenario",
    "siting",
    "station",
    "station_hours",
    "station_state",
    "street_edge",
    "street_node",
    "tessellation",
    "travel_profile",
    "unplaced_count",
    "upload",
    "upload_part",
    "water",
    "written_ruling",
]
