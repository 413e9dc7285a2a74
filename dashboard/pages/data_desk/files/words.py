"""What the files tab says: sentences for faults and notes, names of columns, results as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from dashboard.pages.data_desk.files.values import (
    ChangedValue,
    ColumnValue,
    EarlierImport,
    Example,
    ExampleValue,
    Fault,
    FaultValue,
    FileRefusal,
    FileReport,
    JobValue,
    LookValue,
    RefusedValue,
    Result,
    ResultValue,
)
from dashboard.text import Language, text
from dashboard.text.findings import say
from dashboard.text.refusals import told
from data.importers.kinds import divisions, duty, stations, streets
from data.importers.kinds.buildings import footprints as buildings
from data.importers.kinds.demands import ledger as demands
from data.importers.reading.columns import Column
from data.importers.reading.look import Look
from data.jobs.read import JobRow
from layers.kit.findings import Finding
from layers.kit.json import Json, JsonObject, parsed

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "stations": stations.COLUMNS,
    "demands": demands.COLUMNS,
    "duty": duty.COLUMNS,
    "streets": streets.COLUMNS,
    "divisions": divisions.COLUMNS,
    "buildings": buildings.COLUMNS,
    "elevation": (),
}
# Kinds whose rows are points and may come as a table; duty is a table without places.
POINTS: Final = ("stations", "demands")
OPTIONS: Final = ("county", "crs", "layer", "encoding", "source", "columns", "as")
_OPTION: Final = re.compile(
    rf"(?P<before> ?)--(?P<name>{'|'.join(OPTIONS)})\b(?: [^ 。，]+=[^ 。，]+)?(?P<after> ?)"
)
# Said by tiles already.
COUNTED: Final = ("note.changes", "note.gone")
ENGLISH: Final = {
    "resident": "Households (resident)",
    "registered": "Households (registered)",
    "lon": "Longitude",
    "lat": "Latitude",
    "geometry": "Place",
    "crs": "Reference system",
}
PLACES: Final = {"lon": "经度", "lat": "纬度", "geometry": "位置", "crs": "坐标系"}


def column_name(kind: str, name: str | None, lang: Language) -> str | None:
    """Return what a column is called in a language; a name that is the file's own stays."""
    if name is None:
        return None
    found = next((c for c in COLUMNS.get(kind, ()) if c.name == name), None)
    if lang == "en":
        known = found is not None or name in PLACES
        return ENGLISH.get(name, name.replace("_", " ").capitalize()) if known else name
    return found.chinese if found is not None else PLACES.get(name, name)


def look_json(kind: str, look: Look, lang: Language) -> LookValue:
    """Return what a file holds, and our columns to be matched with its own."""
    return {
        "table": look.is_table,
        "layers": look.layers,
        "layer": look.layer,
        "columns": look.columns,
        "first": look.first,
        "matched": look.matched,
        "crs": look.crs,
        "rows": look.rows,
        "encoding": look.encoding,
        "ours": ours(kind, lang, places=look.is_table and kind in POINTS),
        "needs_crs": look.crs is None and (not look.is_table or kind in POINTS),
    }


def ours(kind: str, lang: Language, *, places: bool) -> list[ColumnValue]:
    """Return our columns of a kind: name, words, whether a row needs it."""
    found: list[ColumnValue] = [
        {"name": c.name, "words": column_name(kind, c.name, lang), "needed": c.required}
        for c in COLUMNS[kind]
    ]
    if places:
        needed = kind == "stations"
        found += [
            {"name": n, "words": column_name(kind, n, lang), "needed": needed}
            for n in ("lon", "lat")
        ]
    return found


def job_json(row: JobRow, lang: Language) -> JobValue:
    """Return a job as the page shows it, without its result."""
    message = row.message
    stage = None
    if row.state == "running":
        stage = (json.loads(message) if message else {}).get("stage", "reading")
        message = None
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "progress": round(row.progress, 3),
        "stage": None if stage is None else text(f"data_files.stage.{stage}", lang),
        "message": told(message, lang),
    }


def stored_result(result: JsonObject) -> Result:
    """Return a job's result as it was kept. Raises InputError for one that is none of ours."""
    if result.get("already"):
        return EarlierImport(already=True)
    if result.get("refused"):
        return parsed(FileRefusal, result, "result")
    return parsed(FileReport, result, "result")


def result_json(result: Result, kind: str, lang: Language) -> ResultValue:
    """Return a job's result with sentences in a language."""
    if "already" in result:
        return result
    if result["refused"]:
        return _refused(result, kind, lang)
    changes = result["changes"]
    shown: ChangedValue | None = None
    if changes is not None:
        shown = {
            "counts": changes["counts"],
            "examples": {
                what: [_example(e, kind, lang) for e in examples]
                for what, examples in changes["examples"].items()
            },
        }
    return {
        **result,
        "findings": [finding_json(f, kind, lang) for f in result["findings"]],
        "notes": [
            text(n["code"], lang, n["values"]) for n in result["notes"] if n["code"] not in COUNTED
        ],
        "counts": [
            (text(f"import.count.{name}", lang), number)
            for name, number in result["counts"].items()
        ],
        "made": [text(key, lang, values) for key, values in result["made"]],
        "changes": shown,
    }


def _refused(result: FileRefusal, kind: str, lang: Language) -> RefusedValue:
    return {
        **result,
        "findings": [finding_json(f, kind, lang) for f in result["findings"]],
        "said": told(result["said"], lang),
    }


def finding_json(finding: Fault, kind: str, lang: Language) -> FaultValue:
    """Return one fault: row, line of the sheet, column, sentence."""
    kept = Finding(
        finding["code"], row=finding["row"], field=finding["field"], values=finding["values"]
    )
    return {
        "code": finding["code"],
        "severity": finding["severity"],
        "row": finding["row"],
        "line": finding["values"].get("line"),
        "field": column_name(kind, finding["field"], lang),
        "message": plainly(say(kept, lang), lang),
    }


def plainly(sentence: str, lang: Language) -> str:
    """Return a sentence with what the page calls the options of the command line."""

    def named(match: re.Match[str]) -> str:
        option = match["name"]
        said = f"“{text(f'data_files.option.{option}', lang)}”"
        return f"{match['before']}{said}{match['after']}" if lang == "en" else said

    return _OPTION.sub(named, sentence)


def _example(example: Example, kind: str, lang: Language) -> ExampleValue:
    columns = {c.name: c for c in COLUMNS[kind]}

    def told(name: str, value: Json) -> Json:
        column = columns.get(name)
        if column is None or value is None:
            return value
        words = column.words(lang) if column.choices else {}
        if isinstance(value, list):
            return "、".join(_written(words.get(v, v) if isinstance(v, str) else v) for v in value)
        return words.get(value, value) if isinstance(value, str) else value

    return {
        "name": example["name"],
        "row": example["row"],
        "fields": [
            (column_name(kind, name, lang), told(name, before), told(name, after))
            for name, (before, after) in example["fields"].items()
        ],
    }


def _written(value: Json) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
