"""Whose files are read: those of the person who runs the command, or of whoever sent them."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_OWN: contextvars.ContextVar[bool] = contextvars.ContextVar("own files", default=False)
_FORKED: contextvars.ContextVar[bool] = contextvars.ContextVar("forked readers", default=False)


def is_own() -> bool:
    """Tell whether files are read in this process; otherwise each is read in a child."""
    return _OWN.get()


def is_forked() -> bool:
    """Tell whether a reader is forked from this process: only while it has one thread."""
    return _FORKED.get() and threading.active_count() == 1


@contextmanager
def files_of_others() -> Iterator[None]:
    """Read files in children forked from this command, which need no server started for them."""
    token = _FORKED.set(True)
    try:
        yield
    finally:
        _FORKED.reset(token)


@contextmanager
def own_files() -> Iterator[None]:
    """Read files in this process: they belong to the person who runs it, as in a command."""
    token = _OWN.set(True)
    try:
        yield
    finally:
        _OWN.reset(token)
