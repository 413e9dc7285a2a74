"""What the commands on files say of faults: on the terminal, and in the report in any case."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from dashboard.commands import CANNOT, DONE, FINDINGS
from dashboard.text import Language, text
from dashboard.text.findings import line, say
from dashboard.text.refusals import refusal
from data.importers.commands.coverage_files import LayerFile, write_report
from layers.kit.errors import InputError
from layers.kit.findings import Finding

SHOWN = 20  # findings of one kind that are printed; the report has all


class FindingReport(TypedDict):
    """A finding: of which file, how grave, where, and its sentence."""

    file: str
    code: str
    severity: str
    row: int | None
    field: str | None
    message: str


class RefusalReport(TypedDict):
    """What ``--report`` writes where nothing could be done: why, and every fault."""

    passed: bool
    error: str
    findings: list[Any]


def read_all(
    files: Mapping[str, Callable[[], LayerFile]], before: Callable[[str], None] | None = None
) -> dict[str, LayerFile]:
    """Read the files of a command by label (buildings, streets, stations …).

    ``before`` is told of each file as long as there are no faults. Raises one InputError with the
    faults of all files, where there are any.
    """
    read: dict[str, LayerFile] = {}
    errors: list[InputError] = []
    for label, reader in files.items():
        try:
            if before is not None and not errors:
                before(label)
            read[label] = reader()
        except InputError as error:
            error.findings = tuple(_labelled(note, label) for note in error.findings)
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        said = tuple(error.said for error in errors)
        findings = [note for error in errors for note in error.findings]
        raise InputError("{faults}", findings, faults=said)
    return read


def _labelled(note: Finding, label: str) -> Finding:
    values = {**note.values, "of_file": label}
    return Finding(
        note.code, note.severity, note.row, note.field, note.subject, note.geometry, values
    )


def label_of(note: Finding, otherwise: str = "file") -> str:
    """Return the file that a finding is of: buildings, streets, stations …"""
    return str(note.values.get("of_file", otherwise))


def finding_report(label: str, note: Finding, lang: Language) -> FindingReport:
    """Return one finding for the report."""
    return {
        "file": label, "code": note.code, "severity": note.severity, "row": note.row,
        "field": note.field, "message": say(note, lang),
    }  # fmt: skip


def print_findings(notes: Sequence[tuple[str, Finding]], lang: Language) -> None:
    """Print findings on stderr, at most ``SHOWN`` of one kind."""
    count: dict[tuple[str, str], int] = {}
    for label, note in notes:
        seen = count[label, note.code] = count.get((label, note.code), 0) + 1
        if seen <= SHOWN:
            tell(line(note, lang, text(f"command.file.{label}", lang)))
    for (label, code), seen in count.items():
        if seen > SHOWN:
            values = {"label": text(f"command.file.{label}", lang), "code": code}
            tell(text("command.more_of_a_code", lang, values | {"count": seen - SHOWN}))


def refuse(
    error: InputError,
    args: argparse.Namespace,
    row: Callable[[Finding, Language], Mapping[str, object]] | None = None,
) -> int:
    """Print why nothing was done, and every fault; write both into the report; return 2.

    A fault of a file as a whole is one line. ``row``: a finding as the command's report has it.
    Without ``row`` only faults of rows leave a report: a question that makes no sense is none.
    """
    lang: Language = args.lang
    alone = len(error.findings) == 1 and error.findings[0].severity == "error"
    if not alone or error.findings[0].row is not None:
        print_findings([(label_of(note), note) for note in error.findings], lang)
    said = refusal(error, lang)
    has_rows = any(note.row is not None or note.severity != "error" for note in error.findings)
    if args.report is not None and (has_rows or row is not None):
        report: RefusalReport = {
            "passed": False,
            "error": said,
            "findings": [
                row(note, lang) if row else finding_report(label_of(note), note, lang)
                for note in error.findings
            ],
        }
        try:
            write_report(args.report, report)
        except InputError as unwritten:
            tell(f"getu: {refusal(unwritten, lang)}")
    tell(f"getu: {said}")
    return CANNOT


def finish(notes: Sequence[tuple[str, Finding]], lang: Language) -> int:
    """Print the findings; return 1 when one warns that the answer lacks something, else 0."""
    print_findings(notes, lang)
    return FINDINGS if any(note.severity != "info" for _, note in notes) else DONE


def tell(line: str) -> None:
    """Print progress and remarks, beside the result."""
    print(line, file=sys.stderr, flush=True)
