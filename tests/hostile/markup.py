"""Makers of hostile markup: XML that grows or reaches outside, features that nest."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.packing import zipped
from tests.hostile.places import Canary

Maker = Callable[[Canary], bytes | str]


POINT = (
    '{"type":"Feature","properties":{"name":"x"},"geometry":{"type":"Point","coordinates":[1,1]}}'
)


def laughs(name: str, root: str = "x", inside: str = "&e9;") -> str:
    """Return XML whose entities double tenfold nine times."""
    each = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{each}]><{root} a="{name}">{inside}</{root}>'


def outside(canary: Canary, root: str, inside: str = "&e;") -> str:
    return (
        f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY e SYSTEM "file://{canary.file}">'
        f'<!ENTITY % p SYSTEM "{canary.url}"> %p;]><{root}>{inside}</{root}>'
    )


def geojson(features: str = POINT, more: str = "") -> str:
    return f'{{"type":"FeatureCollection",{more}"features":[{features}]}}'


def nested() -> bytes:
    inner: bytes = geojson().encode()
    name = "a.geojson"
    for level in range(12):
        inner, name = zipped((name, inner)), f"a{level}.zip"
    return inner
