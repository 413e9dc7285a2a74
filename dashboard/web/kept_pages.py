"""The first page as it was made a moment ago, for everybody who sees the same.

Its HTML costs a fifth of a second to make, and many look at it: wall screens, every leader in the
morning. What is kept of it rests on its address, on what the reader may see and do (role, rights,
scope), on which counties there are and on their revisions; and not longer than ``KEPT_S``, for
what has no revision. The reader's name is put in last: it is the only thing on it that is theirs.
It goes out packed, once for each reader.

The browser keeps nothing of it (``no-store``): after signing out nobody finds it there. On
demonstration nothing is kept here either.
"""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Final

import brotli
from flask import Response, g, request
from sqlalchemy import Engine

from dashboard.access.principal import Principal, present
from dashboard.text.refusals import reader
from data.divisions import read_counties as counties
from data.engine import session
from layers.kit.kept import BoundedStore

KEPT_S: Final = 30
MOST_BYTES: Final = 24 * 2**20
LONGEST_QUERY: Final = 300
STAND_IN: Final = "somebody-4b1f07"
# Means the same as HTML text, in an attribute, and as JSON: other names have pages of their own.
_PLAIN: Final = re.compile(r"[\w ·.-]{1,80}")
Packed = tuple[str, bytes]


class KeptPages:
    """What is kept of the first page by one process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._made: BoundedStore[Hashable, str] = BoundedStore(MOST_BYTES, len)
        self._packed: BoundedStore[Hashable, Packed] = BoundedStore(
            MOST_BYTES, lambda packed: len(packed[1])
        )

    def answer(self, make: Callable[[], str]) -> str | Response:
        """Return the page that is asked for: as it is kept, or made now."""
        who = g.get("principal")
        query = request.query_string
        if (
            not isinstance(who, Principal)
            or who.name is None
            or who.is_demonstration
            or request.path != "/"
            or len(query) > LONGEST_QUERY
        ):
            return make()
        with session(self._engine, present()) as c:
            standing = counties.standing(c)
        told = (query, reader(), standing, int(time.time() / KEPT_S))
        seen = (who.role, who.scope, who.rights, *told)
        is_plain = _PLAIN.fullmatch(who.name) is not None
        kind = request.accept_encodings.best_match(("br", "gzip")) or ""

        def made() -> str:
            g.principal = replace(who, name=STAND_IN)
            try:
                return make()
            finally:
                g.principal = who

        def packed() -> Packed:
            page = self._made.get_once(seen, lambda _: made()) if is_plain else make()
            return _packed(page.replace(STAND_IN, who.name or ""), kind)

        encoding, content = self._packed.get((seen, who.name, kind), packed)
        answer = Response(content, mimetype="text/html")
        answer.vary.update(("Accept-Encoding", "Cookie"))
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        return answer


def _packed(page: str, kind: str) -> Packed:
    content = page.encode()
    if kind == "br":
        return "br", brotli.compress(content, quality=5)
    if kind == "gzip":
        return "gzip", gzip.compress(content, 6)
    return "", content
