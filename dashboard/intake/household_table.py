"""``getu import --as households``: a table placed as far as it is certain, the rest in a queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from data.importers.judging.kind import ImportOptions
from data.importers.reading.faults import Faults
from layers.households.preview import Preview, preview
from layers.households.reading import look
from layers.households.store import open_upload, publish
from layers.households.tables.headers import MEASURES, PLACE_FIELDS, Layout
from layers.households.tables.names import plain
from layers.kit.findings import Finding
from layers.kit.words import Words

WAITS: Final = "import.households_wait"
READY: Final = "import.households_ready"


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """What came of a household table. ``said``: text keys with their values, in order.

    ``waits``: rows are there that nobody has ruled on, and nothing was published.
    """

    said: tuple[tuple[str, Words], ...]
    findings: tuple[Finding, ...]
    waits: bool


def bring_table(
    c: Connection,
    path: Path,
    county: str,
    options: ImportOptions,
    today: date,
    *,
    publish_now: bool = False,
    unplaced: bool = False,
) -> TableOutcome:
    """Open a household table in the caller's transaction; publish it where asked.

    It is published when nothing waits, or with ``unplaced``. With ``options.dry_run`` everything
    is done and taken back. Raises InputError with every fault, NotFoundError without the county.
    """
    trial = c.begin_nested()
    chosen, columns = _columns(path, options)
    upload_id = open_upload(
        c,
        county,
        path,
        path.name,
        options.made_by,
        sheet=chosen,
        columns=columns,
        effective_on=options.as_of or today,
        source=options.source,
        skip_faulty_rows=options.skip_faulty_rows,
    )
    shown = preview(c, upload_id)
    head = shown.upload
    states = head.rows_by_state
    waiting = states.get("queued", 0)
    said: list[tuple[str, Words]] = [
        (
            "import.households_read",
            {
                "file": head.file,
                "sheet": head.sheet,
                "rows": head.rows,
                "placed": states.get("placed", 0),
                "queued": waiting,
                "others": states.get("ignored", 0) + states.get("unplaced", 0),
            },
        ),
        ("import.households_sums", _sums(shown)),
    ]
    published = publish_now and (not waiting or unplaced)
    if published:
        publish(c, upload_id, options.made_by, head.version, unplaced=unplaced, seen=shown.seen)
    if options.dry_run:
        trial.rollback()
        said.append(("import.households_trial", {}))
    elif published:
        trial.commit()
        said.append(("import.households_published", {"day": head.effective_on.isoformat()}))
    else:
        trial.commit()
        said.append(
            (WAITS, {"county": county, "rows": waiting}) if waiting else (READY, {"county": county})
        )
    findings = (*head.findings, *shown.warnings)
    return TableOutcome(tuple(said), findings, bool(waiting) and not published)


def _sums(shown: Preview) -> dict[str, int]:
    return {
        "before": shown.before,
        "after": shown.after,
        "unplaced": shown.unplaced,
        "changed": len(shown.changes),
        "absent": len(shown.not_in_file),
        "over": len(shown.newly_over),
    }


def _columns(path: Path, options: ImportOptions) -> tuple[str | None, Layout | None]:
    """Return the sheet and the layout that the options name: the guess, corrected by them."""
    if not options.columns:
        return options.layer, None
    looks = look(path)
    found = next((k for k in looks if k.sheet == options.layer), looks[0])
    layout = found.guess.layout
    faults = Faults(path.name)
    listed = ", ".join(filter(None, layout.labels)) or "-"
    ours = (*PLACE_FIELDS, *MEASURES)
    columns = dict(layout.columns)
    for name, theirs in options.columns.items():
        same = [j for j, label in enumerate(layout.labels) if plain(label) == plain(theirs)]
        if name not in ours:
            faults.add("column_not_ours", field=name, ours=", ".join(ours))
        elif not same:
            faults.add("column_unknown", field=name, column=theirs, columns=listed)
        else:
            columns = {f: j for f, j in columns.items() if j != same[0]} | {name: same[0]}
    faults.stop()
    counts = any(name in MEASURES for name in columns)
    return found.sheet, replace(
        layout, columns=columns, per_household=layout.per_household and not counts
    )
