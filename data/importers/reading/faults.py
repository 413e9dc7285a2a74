"""The one fault list of a file: every fault with its row and field, errors and warnings alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from layers.kit.errors import InputError
from layers.kit.findings import Finding, Severity

LISTED_MAX: Final = 5000  # rows listed per rule and field; the rest is counted


class Faults:
    """Collects findings while a file is read. Rows count the file's records from 1.

    ``lines``: the row of the spreadsheet that each record stands in, where it is one; findings
    carry it as value ``line``.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: tuple[int, ...] = ()
        self._found: list[Finding] = []
        self._bad_rows: set[int] = set()
        self._counts: dict[tuple[str, str | None], int] = {}
        self._rows_of: dict[str, set[int]] = {}

    def add(
        self,
        code: str,
        *,
        row: int | None = None,
        field: str | None = None,
        severity: Severity = "error",
        subject: str | None = None,
        geometry: Any = None,
        **values: Any,
    ) -> None:
        """Record one fault. An error with a row makes that row unusable."""
        if severity == "error" and row is not None:
            self._bad_rows.add(row)
            if field is not None:
                self._rows_of.setdefault(field, set()).add(row)
        key = (code, field)
        self._counts[key] = self._counts.get(key, 0) + 1
        if row is not None and 0 < row <= len(self.lines):
            values["line"] = self.lines[row - 1]
        if self._counts[key] <= LISTED_MAX:
            self._found.append(
                Finding(
                    code, severity, row, field, subject, geometry, {"file": self.file, **values}
                )
            )

    def rows(
        self,
        code: str,
        rows: Iterable[Any],
        *,
        field: str | None = None,
        severity: Severity = "error",
        **values: Any,
    ) -> None:
        """Record the same fault for many positions (from 0)."""
        for position in rows:
            self.add(code, row=int(position) + 1, field=field, severity=severity, **values)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take over findings of another reader."""
        for f in findings:
            if f.severity == "error" and f.row is not None:
                self._bad_rows.add(f.row)
            self._found.append(f)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every fault, those of the whole file first, then by row."""
        more = [
            Finding(
                "more_of_the_same",
                "warning",
                field=field,
                values={"file": self.file, "rule": code, "rows": count - LISTED_MAX},
            )
            for (code, field), count in self._counts.items()
            if count > LISTED_MAX
        ]
        return tuple(sorted([*self._found, *more], key=lambda f: (f.row or 0, f.code)))

    @property
    def errors(self) -> int:
        """Number of faults that forbid the import."""
        return sum(f.severity == "error" for f in self._found)

    @property
    def file_errors(self) -> int:
        """Number of errors of the file as a whole, which no row can be left out for."""
        return sum(f.severity == "error" and f.row is None for f in self._found)

    @property
    def bad_rows(self) -> frozenset[int]:
        """Rows (from 1) that have an error."""
        return frozenset(self._bad_rows)

    def rows_of(self, *fields: str) -> frozenset[int]:
        """Return the rows (from 1) that have an error in one of these fields."""
        return frozenset().union(*(self._rows_of.get(name, ()) for name in fields))

    def stop(self, *, skip_rows: bool = False) -> None:
        """Raise ``InputError`` with all findings when there are errors.

        ``skip_rows``: only for errors of the file as a whole; bad rows will be left out.
        """
        count = self.file_errors if skip_rows else self.errors
        if count:
            raise InputError(
                "{file}: {count} fault{s}, nothing was changed",
                self.findings,
                file=self.file,
                count=count,
                s="s" if count > 1 else "",
            )
