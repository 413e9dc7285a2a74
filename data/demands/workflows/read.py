"""Workflows as they are stored: the version in force on a day, the version of a demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from data.rows.reading import rows_of
from layers.kit.demands.workflow import Workflow, workflow_from
from layers.kit.ids import WorkflowId
from layers.kit.records.workflows import WorkflowRecord


@dataclass(frozen=True, slots=True)
class StoredWorkflow:
    """A version of a workflow. ``id``: of the version."""

    id: WorkflowId
    number: int
    in_force_from: date
    workflow: Workflow


@dataclass(frozen=True, slots=True)
class _Row:
    id: WorkflowId
    number: int
    in_force_from: date
    definition: WorkflowRecord


def workflow_versions(c: Connection, county: str) -> dict[int, StoredWorkflow]:
    """Return every version of a county's workflows by id."""
    rows = rows_of(
        _Row,
        c,
        """
        SELECT v.id, v.number, v.in_force_from, v.definition FROM workflow_version v
        WHERE v.code = :county ORDER BY v.id
        """,
        county=county,
    )
    return {
        int(row.id): StoredWorkflow(
            row.id, row.number, row.in_force_from, workflow_from(row.definition)
        )
        for row in rows
    }


def in_force(
    versions: Mapping[int, StoredWorkflow], day: date, key: str = "demands"
) -> StoredWorkflow | None:
    """Return the version that a demand received on a day begins under, None where there is none.

    Before the first version came into force it is that one.
    """
    mine = sorted(
        (v for v in versions.values() if v.workflow.key == key),
        key=lambda v: (v.in_force_from, v.number),
    )
    begun = [v for v in mine if v.in_force_from <= day]
    return begun[-1] if begun else (mine[0] if mine else None)
