"""Every table of the program, in schema ``getu``. Migrations create them; a test compares both."""

from data.access.tables import app_user, audit_entry, audit_seal, gate_key, import_run
from data.buildings.edit_tables import building_edit
from data.buildings.scan_tables import pinned_sheet
from data.buildings.tables import (
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
from data.cases.tables import case_claimant, case_item, case_ruling, case_set
from data.demands.calendar.tables import calendar_day
from data.demands.tables import demand, demand_event
from data.demands.workflows.tables import workflow_action, workflow_step, workflow_version
from data.divisions.change_tables import division_change, former_plot
from data.divisions.tables import county, division, division_successor, policy, published_figure
from data.duty.tables import grid_organisation, office_holder, organisation, post, post_holding
from data.files.upload_tables import upload, upload_part
from data.grids.tables import plot, plot_building, plot_neighbour, tessellation
from data.ground.tables import barrier, elevation, land, street_edge, street_node, water
from data.ground.travel_tables import part_version, travel_profile
from data.households.tables import count_row, count_upload, written_ruling
from data.jobs.tables import job, job_file
from data.people.tables import (
    known_device,
    past_password,
    recovery_code,
    set_up_link,
    sign_in_attempt,
    user_session,
)
from data.plans.tables import (
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
from data.rows.columns import SCHEMA, STORAGE_SRID, metadata
from data.stations.scenario_tables import scenario, siting
from data.stations.tables import station, station_hours, station_state

__all__ = [
    "SCHEMA",
    "STORAGE_SRID",
    "app_user",
    "area",
    "audit_entry",
    "audit_seal",
    "barrier",
    "building",
    "building_address",
    "building_alias",
    "building_count",
    "building_edit",
    "building_entrance",
    "building_life",
    "building_use",
    "calendar_day",
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
    "gate_key",
    "grid",
    "grid_code",
    "grid_organisation",
    "import_run",
    "job",
    "job_file",
    "known_device",
    "land",
    "metadata",
    "office_holder",
    "organisation",
    "part_version",
    "past_password",
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
    "recovery_code",
    "scenario",
    "set_up_link",
    "sign_in_attempt",
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
    "user_session",
    "water",
    "workflow_action",
    "workflow_step",
    "workflow_version",
    "written_ruling",
]
