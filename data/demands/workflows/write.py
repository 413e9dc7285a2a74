"""Writes a version of a workflow: its value, and the rows by which the database enforces it."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Connection, insert, text

from data.demands.workflows import tables
from data.demands.workflows.read import StoredWorkflow, in_force, workflow_versions
from data.rows.bulk import copy_rows
from layers.kit.demands.standard import STANDARD
from layers.kit.demands.workflow import Workflow
from layers.kit.ids import WorkflowId

EVER: Final = date(1970, 1, 1)


def add_version(
    c: Connection, county: str, workflow: Workflow, in_force_from: date, made_by: str
) -> StoredWorkflow:
    """Append a version of a county's workflow, in force from a day; it never changes again."""
    version = tables.workflow_version
    number = c.execute(
        text(
            "SELECT coalesce(max(number), 0) + 1 FROM workflow_version"
            " WHERE code = :code AND key = :key"
        ),
        {"code": county, "key": workflow.key},
    ).scalar_one()
    row = insert(version).values(
        code=county,
        key=workflow.key,
        number=number,
        in_force_from=in_force_from,
        definition=workflow.stored(),
        made_by=made_by,
    )
    own = int(c.execute(row.returning(version.c.id)).scalar_one())
    copy_rows(
        c,
        tables.workflow_step,
        ("version_id", "code", "key", "position", "phase"),
        (
            (own, county, step.key, position, step.phase)
            for position, step in enumerate(workflow.step.values())
        ),
    )
    copy_rows(
        c,
        tables.workflow_action,
        (
            *("version_id", "code", "from_step", "key", "to_step", "kind", "request", "role"),
            "carries",
        ),
        (
            (
                *(own, county, a.from_step, a.key, a.to_step, a.kind, a.request, a.role),
                list(a.carries),
            )
            for a in workflow.actions
        ),
    )
    return StoredWorkflow(WorkflowId(own), number, in_force_from, workflow)


def ensure_workflow(c: Connection, county: str) -> dict[int, StoredWorkflow]:
    """Return a county's versions by id; a county without a ledger's gets the standard one."""
    versions = workflow_versions(c, county)
    if in_force(versions, EVER) is None:
        added = add_version(c, county, STANDARD, EVER, "getu")
        versions[int(added.id)] = added
    return versions
