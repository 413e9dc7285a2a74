"""``getu doctor``: what is there, what is missing, what to do."""

from __future__ import annotations

import argparse

from dashboard.commands import DONE, FINDINGS
from dashboard.text import Language, text

NAME = "doctor"
HELP = "say what is there, what is missing and what to do (exit 1 when something is missing)"
EXAMPLE = "getu doctor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the doctor looks at everything."""


def run(args: argparse.Namespace) -> int:
    """Print one line per thing; 0 when all is there, 1 otherwise."""
    from unicodedata import east_asian_width

    from dashboard.settings import read_settings
    from dashboard.setup.diagnosis import diagnose

    def padded(word: str, width: int) -> str:
        """Fill up with blanks; a Chinese character is two wide on a terminal."""
        wide = sum(east_asian_width(c) in "WF" for c in word)
        return word + " " * (width - len(word) - wide)

    lang: Language = args.lang
    code = DONE
    for found in diagnose(read_settings(), lang):
        state = text("doctor.ok" if found.is_ok else "doctor.missing", lang)
        line = f"{padded(state, 8)}{padded(found.subject, 14)}{found.seen}"
        print(line if found.is_ok or not found.remedy else f"{line}  → {found.remedy}")
        code = code if found.is_ok else FINDINGS
    return code
