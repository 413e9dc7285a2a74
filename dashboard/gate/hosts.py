"""Where a request comes from: hosts that are ours, and changes that a page of ours sent.

1. A page of another site may let its own name point to this machine (DNS rebinding) and then ask
   as if it were ours. The browser still says the name in ``Host``: only known names are answered.
2. A page of another site may send forms and simple requests here. Browsers say where they come
   from (``Sec-Fetch-Site``, ``Origin``); without either, what is sent must be something that no
   foreign page can send without asking first: a header of ours, or JSON.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import urlsplit

OURS = ("same-origin", "none")
LOOPBACK_NAME = "localhost"
_NAME = r"\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253}"
_HOST = re.compile(rf"(?P<name>{_NAME})(?::(?P<port>\d{{1,5}}))?")


class Headers(Protocol):
    """Headers, by names in any case."""

    def get(self, name: str, /) -> str | None:
        """Return a header, None where it is not there."""
        ...


def host_name(host: str | None) -> str | None:
    """Return the name in a ``Host`` header, lower case; None for what is no host."""
    found = _HOST.fullmatch(host or "")
    return found["name"].lower().strip("[]").rstrip(".") if found else None


def is_ours(host: str | None, names: Iterable[str]) -> bool:
    """Tell whether a ``Host`` header names this program: loopback, or one of ``names``."""
    name = host_name(host)
    if name is None:
        return False
    return name == LOOPBACK_NAME or name in names or is_loopback_address(name)


def is_loopback_address(address: str | None) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def is_own_change(headers: Headers, host: str, mark: str, *, is_json: bool) -> bool:
    """Tell whether a change comes from a page of ``host``, or from a program that is no browser.

    ``mark``: the header that only pages of ours send.
    """
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None and site not in OURS:
        return False
    if origin is not None:
        return _place(origin) == _place(f"//{host}")
    return site is not None or is_json or bool(headers.get(mark))


def _place(address: str) -> tuple[str, int | None] | None:
    """Return host and port of an address; a port that the scheme means anyway is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    name = (parts.hostname or "").rstrip(".")
    return (name, None if port in (80, 443) else port) if name else None
