"""What the program notes while it works (its log, on the terminal), in the reader's language.

As with refusals, the English sentence in the code is the key of its Chinese; ``%s`` stand in the
same order in both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from logging import Formatter, LogRecord
from pathlib import Path

from dashboard.text import Language


@cache
def notes() -> Mapping[str, str]:
    """Return the Chinese of every note."""
    file = Path(__file__).resolve().parent / "notes.toml"
    return dict(tomllib.loads(file.read_text(encoding="utf-8")))


class Notes(Formatter):
    """Writes a note in a language; what has no translation stays as it is."""

    def __init__(self, lang: Language) -> None:
        """Keep the language."""
        super().__init__("%(message)s")
        self._lang = lang

    def format(self, record: LogRecord) -> str:
        """Return the note, and the traceback that belongs to it."""
        said = notes().get(str(record.msg)) if self._lang == "zh" else None
        if said is None:
            return super().format(record)
        kept, record.msg = record.msg, said
        try:
            return super().format(record)
        finally:
            record.msg = kept
