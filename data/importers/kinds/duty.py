"""``--as duty``: who answers for what, since when; names of office holders only, never residents.

One table for posts and organisations: ``kind`` says which of them a row is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from data.divisions.write_county import touch
from data.duty.read_subjects import Subjects, read_subjects
from data.duty.write_updates import ORGANISATIONS, POSTS, store_duty
from data.files.read_records import holding_records, organisation_records
from data.importers.judging.changes import Change, Changes, compare
from data.importers.judging.keys import check_ids, given_sources, known_keys, row_keys
from data.importers.judging.kind import (
    Context,
    ImportScript,
    change_notes,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.reading.columns import Column, choice_of
from data.importers.reading.notes import Note
from data.importers.reading.shapes.vector import read_vector

KINDS: Final = choice_of(
    *POSTS, *ORGANISATIONS,
    网格长="grid_chief", 网格员="grid_worker", 专职网格员="grid_worker", 片区长="area_chief",
    楼栋长="building_chief", 楼长="building_chief", 楼栋管家="building_steward",
    联户长="household_group_chief", 包保领导="leader_assignment", 包保="leader_assignment",
    联系领导="leader_assignment", 党工委="party_working_committee", 党委="party_committee",
    党总支="general_branch", 党支部="party_branch", 网格党支部="party_branch",
    党小组="party_group", 功能型党支部="functional_branch", 部门="department",
    驻区单位="resident_unit", 工作队="work_team",
)  # fmt: skip
COLUMNS: Final = (
    Column("external_id", aliases=("id", "编号", "post_id")),
    Column("kind", "choice", ("类别", "职务类别"), required=True, choices=KINDS),
    Column("title", aliases=("名称", "职务", "职务名称", "组织名称"), required=True),
    Column("subject", "choice", ("对象类别",), choices=choice_of(
        "division", "area", "grid", "building", 区划="division", 社区="division",
        街道="division", 片区="area", 网格="grid", 楼栋="building")),
    Column("subject_code", aliases=("负责对象", "对象", "网格", "对象代码", "网格代码"),
           required=True),
    Column("name", aliases=("姓名", "负责人")),
    Column("rank", aliases=("职级",)),
    Column("organisation", aliases=("所在单位", "单位", "上级组织")),
    Column("person", aliases=("人员编号",)),
    Column("starts_on", "day", ("开始日期", "任职日期")),
    Column("ends_on", "day", ("结束日期", "离任日期")),
    Column("grids", "choices", ("服务网格",)),
    Column("source", aliases=("数据来源",)),
)  # fmt: skip
NATURAL: Final = ("kind", "subject", "subject_code", "name", "title")
_COMPARED: Final = (
    *("kind", "title", "subject", "subject_code", "name", "rank", "organisation"),
    *("starts_on", "ends_on"),
)


def read(context: Context) -> ImportScript:
    """Read posts with their holders, and organisations with the grids that they serve.

    A row whose id is known with another holder ends the one before on the day that it begins.
    """
    faults, options = context.faults, context.options
    context.progress("reading")
    file = read_vector(context.path, options.reading(COLUMNS), faults, place="none")
    notes: list[Note] = []
    context.progress("judging")
    values = read_values(file, COLUMNS, context, notes)
    count = len(file.table)
    for column in COLUMNS:
        if column.required:
            values.setdefault(column.name, [None] * count)
    subjects = read_subjects(context.connection, context.state.code)
    _resolve(values, subjects, context)
    check_ids(values, options.source, faults)
    _check_days(values, count, context)
    faults.stop(skip_rows=options.skip_faulty_rows)

    context.progress("comparing")
    rows = kept_rows(faults, count)
    own = take(values, rows)
    changes = _compare(context, own, rows)
    notes += change_notes(changes)
    notes += skipped_note(faults, options.skip_faulty_rows)
    organisations = sum(kind in ORGANISATIONS for kind in own["kind"])
    counts = {
        "posts": len(rows) - organisations,
        "vacant": sum(
            name is None and kind in POSTS
            for name, kind in zip(own.get("name", [None] * len(rows)), own["kind"], strict=True)
        ),
        "organisations": organisations,
    }

    def write(c: Connection) -> int:
        context.progress("writing")
        told = changes.rows[: len(rows)]
        written = store_duty(
            c, context.state.code, told, own, subjects, context.day, options.source
        )
        if written:
            touch(c, context.state.code)
        return written

    return ImportScript(count, counts, tuple(notes), write, changes=changes)


def _resolve(values: dict[str, list[Any]], subjects: Subjects, context: Context) -> None:
    """Turn names of subjects into codes; what is not known, or not unique, is a fault."""
    count = len(values["subject_code"])
    kinds = values.get("subject", [None] * count)
    found: list[str | None] = [None] * count
    for i, said in enumerate(values["subject_code"]):
        if said is None:
            continue
        matches = subjects.find(said, kinds[i])
        if len(matches) == 1:
            found[i], values["subject_code"][i] = matches[0]
        elif matches:
            context.faults.add("subject_ambiguous", row=i + 1, field="subject_code",
                               found=said[:60], count=len(matches))  # fmt: skip
        else:
            context.faults.add("subject_unknown", row=i + 1, field="subject_code",
                               found=said[:60])  # fmt: skip
    values["subject"] = found
    for i, codes in enumerate(values.get("grids", [])):
        for code in codes or ():
            if code not in subjects.grids:
                context.faults.add("subject_unknown", row=i + 1, field="grids", found=code[:60])


def _check_days(values: Mapping[str, list[Any]], count: int, context: Context) -> None:
    starts = values.get("starts_on", [None] * count)
    for row, (start, end) in enumerate(
        zip(starts, values.get("ends_on", [None] * count), strict=True), start=1
    ):
        if end is not None and end < (start or end):
            context.faults.add("ends_before_it_starts", row=row, field="ends_on",
                               start=start.isoformat(), end=end.isoformat())  # fmt: skip


def _compare(context: Context, own: Mapping[str, list[Any]], rows: np.ndarray) -> Changes:
    """Compare posts and organisations, each with its own stored rows, in the file's order."""
    c, county, source = context.connection, context.state.code, context.options.source
    kinds = own["kind"]
    posts = [i for i, kind in enumerate(kinds) if kind in POSTS]
    groups = [i for i, kind in enumerate(kinds) if kind in ORGANISATIONS]
    of_posts = take(own, np.array(posts, int))
    told = [_post(of_posts, i) for i in range(len(posts))]
    held = holding_records(c, county)
    held_changes = compare(
        told,
        row_keys(of_posts, len(posts), source, NATURAL),
        [f"{t} {n or ''}".strip() for t, n in zip(
            of_posts["title"], of_posts.get("name", [None] * len(posts)), strict=True)],
        known_keys([_held(r) for r in held], NATURAL, "label"),
        [int(rows[i]) + 1 for i in posts],
        sources=given_sources(of_posts, source),
    )  # fmt: skip
    of_groups = take(own, np.array(groups, int))
    group_changes = compare(
        [_group(of_groups, i) for i in range(len(groups))],
        row_keys({**of_groups, "external_id": [None] * len(groups)}, len(groups), source,
                 ("kind", "title", "subject_code")),
        [str(t) for t in of_groups["title"]],
        known_keys(_known_groups(organisation_records(c, county)),
                   ("kind", "title", "subject_code"), "title"),
        [int(rows[i]) + 1 for i in groups],
    )  # fmt: skip
    told_of: dict[int, Change] = dict(zip(posts, held_changes.rows, strict=False))
    told_of |= dict(zip(groups, group_changes.rows, strict=False))
    return Changes((*(told_of[i] for i in range(len(kinds))), *held_changes.of("gone")))


def _post(own: Mapping[str, Sequence[Any]], i: int) -> dict[str, Any]:
    told = {n: own[n][i] for n in _COMPARED if n in own}
    if told.get("starts_on") is None or told.get("name") is None:
        told.pop("starts_on", None)  # of a vacant post nothing begins
    return told


def _held(record: Mapping[str, Any]) -> dict[str, Any]:
    label = f"{record['title']} {record['name'] or ''}".strip()
    # A vacant post has no holding: its own id, below zero, stands for it.
    return {**record, "label": label, "id": record["id"] or -int(record["post_id"])}


def _group(own: Mapping[str, Sequence[Any]], i: int) -> dict[str, Any]:
    told = {n: own[n][i] for n in ("kind", "title", "subject_code", "organisation") if n in own}
    for name in ("starts_on", "ends_on"):
        if name in own and own[name][i] is not None:
            told[name] = own[name][i]
    if "grids" in own:
        told["grids"] = sorted(own["grids"][i] or [])
    return told


def _known_groups(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **r,
            "title": r["name"],
            "subject_code": r["code"],
            "organisation": r["parent"],
            "external_id": None,
        }
        for r in records
    ]
