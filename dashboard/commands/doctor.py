"""``getu doctor``: what is there, what is missing, what to do."""

from __future__ import annotations

import argparse

from dashboard.commands import DONE, FINDINGS

NAME = "doctor"
HELP = "say what is there, what is missing and what to do (exit 1 when something is missing)"
EXAMPLE = "getu doctor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the doctor looks at everything."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Print one line per thing; 0 when all is there, 1 otherwise."""
    from dashboard.settings import read_settings
    from dashboard.setup.diagnosis import diagnose

    code = DONE
    for found in diagnose(read_settings()):
        line = f"{'ok' if found.is_ok else 'MISSING':<8}{found.subject:<14}{found.seen}"
        print(line if found.is_ok or not found.remedy else f"{line}  → {found.remedy}")
        code = code if found.is_ok else FINDINGS
    return code
