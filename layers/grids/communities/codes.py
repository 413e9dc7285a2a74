"""The official code of a community that had a temporary one, for it and everything under it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from data.divisions import read_changes as read_territories
from data.divisions import write_change_rows as rows
from data.divisions import write_changes as write
from data.divisions.write_county import touch
from data.plans import read, write_publishing
from data.plans.approval import write as write_approval
from data.plans.drafts import write as write_drafts
from data.plans.drafts import write_log
from data.plans.write import publish_plan
from layers.kit.errors import ConflictError, InputError
from layers.kit.ids import clean_code


@dataclass(frozen=True, slots=True)
class Official:
    """An official code as it came: 12 digits, from a day on."""

    community: int
    code: str
    on: date | None
    by: str
    name: str | None = None
    document_number: str | None = None


def enter_code(c: Connection, county: str, wanted: Official) -> int:
    """Give a community its official code; return the number of the change.

    Its grids keep their numbers under the new code; where a plan is in force the same plan comes
    into force under the new codes on that day. Raises InputError, NotFoundError, ConflictError.
    """
    write.hold_county(c, county)
    division = read_territories.division(c, wanted.community)
    policy = read.policy(c, county)
    last = max(policy.data_as_of, min(division.valid_from, policy.today))
    on = wanted.on or last
    code = _checked(c, division.code, division.is_temporary, wanted.code, county)
    if not division.valid_from <= on <= last:
        raise InputError(
            "the day must lie from {valid_from} to {data_as_of}",
            valid_from=division.valid_from,
            data_as_of=last,
        )
    old = division.code
    plan_id = _plan_again(c, policy.stages[-1], wanted, on, county)
    write.set_official_code(c, division.id, code, wanted.name)
    grids = rows.codes_under(c, old)
    rows.set_prefix(c, old, code)
    rows.set_grids(c, [(i, code + was[12:]) for i, was in grids], on)
    if plan_id is not None:
        write_log.log_start(c, plan_id, wanted.by)
        write_publishing.bring_into_force(c, plan_id, [division.id], on)
        write_publishing.set_published(c, plan_id)
        write_publishing.set_snapshot(c, plan_id, county)
        certificate = {"codes": {"from": old, "to": code}}
        publish_plan(c, plan_id, certificate)
    number = write.log_change(
        c,
        county=county,
        kind="official_code",
        on=on,
        document_number=wanted.document_number,
        plan_id=plan_id,
        summary={
            "from": [{"id": division.id, "code": old, "name": division.name}],
            "to": [
                {
                    "id": division.id,
                    "code": code,
                    "name": wanted.name or division.name,
                    "is_temporary": False,
                }
            ],
        },
        before={"code": old},
        by=wanted.by,
    )
    touch(c, county)
    return number


def _checked(c: Connection, old: str, is_temporary: bool, written: str, county: str) -> str:
    if not is_temporary:
        raise ConflictError("{old} is an official code already", old=old)
    code = clean_code(written)
    if code is None or len(code) != 12:
        raise InputError("an official community code has 12 digits")
    if not code.startswith(old[:9]):
        raise InputError("the code must begin with that of the subdistrict, {old}", old=old[:9])
    if code in read_territories.codes_used(c, county):
        raise InputError("{code} is, or was, the code of another community", code=code)
    return code


def _plan_again(c: Connection, stage: str, wanted: Official, on: date, county: str) -> int | None:
    """Copy what is in force in the community into a plan of its own; return it, or None."""
    for row in read.communities_planned(c, county, on):
        if row.id != wanted.community or row.in_force is None:
            continue
        later = [n for n in write_publishing.plans_from(c, [row.id], on) if n]
        head = read.plan_head(c, row.in_force)
        if later and head.in_force_from != on:
            raise ConflictError("{later} comes into force on {on} or later", later=later[0], on=on)
        plan_id = write_drafts.create_draft(
            c,
            county=county,
            name=f"启用正式代码（{wanted.name or row.name}）",
            stage=stage,
            made_by=wanted.by,
            parent_id=row.in_force,
        )
        write_drafts.copy_communities(c, row.in_force, plan_id, [row.id])
        write.copy_waivers(c, [row.in_force], plan_id)
        # In force since this very day: the plan under the old code never stood for a day.
        write.drop_same_day(c, row.in_force, row.id, on)
        write_approval.write_stage(
            c,
            plan_id,
            code=county,
            stage=stage,
            by=wanted.by,
            comment=None,
            document_number=wanted.document_number,
            attachment=None,
        )
        return plan_id
    return None
