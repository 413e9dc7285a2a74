"""Judging and importing a file behind the page; what they found is kept as the job's result."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import shapely

from dashboard.access.principal import present
from dashboard.intake.whole import Made, import_whole
from dashboard.jobs.worker import Cancel, Say
from dashboard.pages.data_desk.files.values import (
    ChangeCounts,
    EarlierImport,
    Example,
    Faults,
    FileRefusal,
    FileReport,
    Result,
    UploadQuestion,
)
from dashboard.services import Services
from data.engine import session, take_time
from data.files.read_uploads import upload, write_upload
from data.files.write_uploads import finish_upload, lock_upload
from data.importers.judging.changes import Change, Changes, What, plain
from data.importers.judging.kind import ImportOptions
from data.importers.run import ImportSummary
from data.jobs.write import Job
from layers.kit.errors import Cancelled, ConflictError, InputError, NotFoundError
from layers.kit.findings import Finding
from layers.kit.json import Feature, Json, as_json, parsed

JUDGE: Final = "file_judge"
IMPORT: Final = "file_import"
STAGES: Final = ("waiting", "reading", "judging", "comparing", "writing", "plots")
SHARES: Final = {"waiting": 0.0, "reading": 0.05, "judging": 0.35, "comparing": 0.6, "writing": 0.7}
MOST_SECONDS: Final = 1800.0
SHOWN: Final[tuple[What, ...]] = ("changed", "new", "gone")
MOST_FINDINGS, MOST_EXAMPLES, MOST_SHAPES = 5000, 50, 1500
_SIMPLE_DEG: Final = 2e-6  # for the eye: about 20 cm


def add_jobs(services: Services) -> None:
    """Let the workers of this process judge and import files."""

    def judge(job: Job, say: Say, cancel: Cancel) -> FileReport | FileRefusal:
        show = _Stages(say, cancel)
        asked = parsed(UploadQuestion, job.request, "request")
        options = options_of(asked, skip=True, dry_run=True)
        with tempfile.TemporaryDirectory() as folder, session(services.engine, present()) as c:
            take_time(c)
            about = upload(c, asked["upload"])
            path = write_upload(c, about.id, Path(folder))
            try:
                summary, _ = import_whole(c, about.kind, path, job.code, options, show)
            except InputError as error:
                return refused_json(error)
        return _found(summary, [])

    def bring(job: Job, say: Say, cancel: Cancel) -> Result:
        show = _Stages(say, cancel)
        asked = parsed(UploadQuestion, job.request, "request")
        options = options_of(asked, skip=asked["skip"], made_by=job.made_by)
        try:
            with tempfile.TemporaryDirectory() as folder, session(services.engine, present()) as c:
                take_time(c)
                # 1. Held until the end, so that of two who import one file the second finds it
                # done; 2. after a commit whose worker was killed, the next one finds the same.
                state = lock_upload(c, asked["upload"])
                if state is None:
                    raise NotFoundError("the file is not here any more: choose it again")
                if state == "imported":
                    return EarlierImport(already=True)
                about = upload(c, asked["upload"])
                path = write_upload(c, about.id, Path(folder))
                summary, made = import_whole(c, about.kind, path, job.code, options, show)
                show("last")
                finish_upload(c, about.id)
        except ConflictError:
            return {**_faults(()), "refused": True, "said": None, "stale": True}
        except InputError as error:
            return refused_json(error)
        return _found(summary, made)

    services.jobs.add(JUDGE, judge, "long")
    services.jobs.add(IMPORT, bring, "long")


class _Stages:
    """What an import says of itself, as progress; the place where a wish to cancel is heard."""

    def __init__(self, say: Say, cancel: Cancel) -> None:
        self._say, self._cancel = say, cancel
        self._until = time.monotonic() + MOST_SECONDS

    def __call__(self, message: str) -> None:
        if self._cancel():
            raise Cancelled
        if time.monotonic() > self._until:
            raise InputError("the file took over half an hour and was given up: split it")
        stage = message if message in SHARES else "plots"
        self._say(SHARES.get(stage, 0.85), {"stage": stage})


def options_of(
    asked: UploadQuestion, *, skip: bool, dry_run: bool = False, made_by: str = "-"
) -> ImportOptions:
    """Return the importer's options from what the page asked for."""
    day = asked["as_of"]
    return ImportOptions(
        crs=asked["crs"],
        columns=asked["columns"],
        layer=asked["layer"],
        encoding=asked["encoding"],
        as_of=date.fromisoformat(day) if day else None,
        source=asked["source"] or "import",
        skip_faulty_rows=skip,
        dry_run=dry_run,
        made_by=made_by,
        expected=None if dry_run else asked["digest"],
    )


def _found(summary: ImportSummary, made: Made) -> FileReport:
    changes = summary.changes
    return {
        **_faults(summary.findings),
        "refused": False,
        "file": summary.file,
        "sha256": summary.sha256,
        "rows_read": summary.rows_read,
        "rows_written": summary.rows_written,
        "seconds": round(summary.seconds, 1),
        "counts": dict(summary.counts),
        "notes": [
            {"code": n.code, "values": {k: as_json(v) for k, v in n.values.items()}}
            for n in summary.notes
        ],
        "digest": changes.digest() if changes is not None else None,
        "changes": None if changes is None else _changes(changes),
        "map": _map(changes, summary.shapes),
        "made": made,
    }


def refused_json(error: InputError) -> FileRefusal:
    """Return why a file cannot be used, with every fault."""
    said = error.said.line()
    return {**_faults(error.findings), "refused": True, "said": said, "stale": False}


def _faults(findings: tuple[Finding, ...]) -> Faults:
    """Return the faults, errors first, and how many there are of which kind."""
    rank = {"error": 0, "warning": 1, "info": 2}
    ordered = sorted(findings, key=lambda f: (rank[f.severity], f.row or 0))
    errors = [f for f in findings if f.severity == "error"]
    return {
        "findings": [
            {
                "code": f.code,
                "severity": f.severity,
                "row": f.row,
                "field": f.field,
                "values": {k: plain(v) for k, v in f.values.items()},
            }
            for f in ordered[:MOST_FINDINGS]
        ],
        "errors": len(errors),
        "warnings": sum(f.severity == "warning" for f in findings),
        "bad_rows": len({f.row for f in errors if f.row is not None}),
        "of_the_file": any(f.row is None for f in errors),
    }


def _changes(changes: Changes) -> ChangeCounts:
    return {
        "counts": changes.counts,
        "examples": {
            what: [_example(c) for c in changes.of(what)[:MOST_EXAMPLES]] for what in SHOWN
        },
    }


def _example(change: Change) -> Example:
    fields = {
        name: (_told(before), _told(after))
        for name, (before, after) in change.fields.items()
        if name != "edges"
    }
    return {"name": change.name, "row": change.row, "fields": fields}


def _told(value: object) -> Json:
    """Return a value for the eye: a place as longitude and latitude."""
    if isinstance(value, shapely.Point):
        return f"{value.x:.6f}, {value.y:.6f}"
    told: Json = None if isinstance(value, shapely.Geometry) else plain(value)
    return told


def _map(changes: Changes | None, shapes: Sequence[object]) -> list[Feature]:
    """Return what would come as GeoJSON features, changes before what stays as it is."""
    if changes is None:
        drawn = [Change("new", "", place=s) for s in shapes if s is not None]
    else:
        rank = {"changed": 0, "new": 1, "gone": 2, "unchanged": 3}
        drawn = sorted(
            (c for c in changes.rows if isinstance(c.place, shapely.Geometry)),
            key=lambda c: rank[c.what],
        )
    features: list[Feature] = []
    for change in drawn[:MOST_SHAPES]:
        shape = shapely.set_precision(
            shapely.simplify(change.place, _SIMPLE_DEG), 1e-6, mode="pointwise"
        )
        features.append(
            {
                "type": "Feature",
                "properties": {"what": change.what, "name": change.name},
                "geometry": shapely.geometry.mapping(shape),
            }
        )
    return features
