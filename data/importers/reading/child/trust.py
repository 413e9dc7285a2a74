"""Whose files are read: those of the person who runs the command, or of whoever uploads."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager

_OWN: contextvars.ContextVar[bool] = contextvars.ContextVar("own files", default=False)


def is_own() -> bool:
    """Tell whether files are read in this process; otherwise each is read in a child."""
    return _OWN.get()


@contextmanager
def own_files() -> Iterator[None]:
    """Read files in this process: they belong to the person who runs it, as in a command."""
    token = _OWN.set(True)
    try:
        yield
    finally:
        _OWN.reset(token)
