"""A page of HTML as PDF, told page by page how far it is, and stopped between two pages."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident

from layers.kit.errors import ServerError

Step = Callable[[float], None]
"""Hears the share that is done (0–1); raises Cancelled where nobody wants the rest."""
_PAGE = re.compile(r"Creating layout - Page (\d+)")
_LAYOUT_SHARE = 0.8  # of the time; the rest is writing


def unheard(_: float) -> None:
    """Hear nothing and stop nothing."""


def between(step: Step, start: float, end: float) -> Step:
    """Return a step for a part of the work, done from ``start`` to ``end`` of the whole."""
    return lambda share: step(start + (end - start) * share)


def pdf_of(text: str, step: Step = unheard, pages: int = 1) -> bytes:
    """Return HTML as PDF; nothing is fetched. ``pages``: how many there will be, about.

    Raises ServerError where the machine lacks pango, and what ``step`` raises.
    """
    try:
        from weasyprint import HTML
    except OSError as error:
        raise ServerError(
            "PDF needs pango: apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk"
        ) from error
    with _steps(step, pages):
        return bytes(HTML(string=text, url_fetcher=_no_fetch).write_pdf())


class _Pages(logging.Handler):
    """Hears which page WeasyPrint lays out: its log of progress is its only hook."""

    def __init__(self, step: Step, pages: int) -> None:
        super().__init__(logging.INFO)
        self._step, self._pages, self._thread = step, pages, get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if get_ident() != self._thread:
            return  # somebody else's PDF
        found = _PAGE.search(record.getMessage())
        done = int(found[1]) / max(self._pages, int(found[1])) if found else None
        if done is not None:
            self._step(_LAYOUT_SHARE * done)


@contextmanager
def _steps(step: Step, pages: int) -> Iterator[None]:
    log = logging.getLogger("weasyprint.progress")
    log.setLevel(logging.INFO)
    log.propagate = False  # a line a page is no news
    handler = _Pages(step, pages)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _no_fetch(url: str, *_: object, **__: object) -> Mapping[str, object]:
    raise ValueError(f"nothing is fetched: {url[:60]}")
