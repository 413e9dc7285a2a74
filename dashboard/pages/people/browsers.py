"""A browser by the name that people know it by."""

from __future__ import annotations

from typing import Final

# What a browser says of itself → its name; the first that is in it: each also names those below.
_BROWSERS: Final = (
    ("MicroMessenger/", "微信 WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("QQBrowser/", "QQ"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Return browser and system of a user agent; as it is where it names neither."""
    found = (
        next((name for mark, name in names if mark in agent), "") for names in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(name for name in found if name) or agent
