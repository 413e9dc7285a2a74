"""What a scenario does to stations, as JSON: kept by a table, carried out by a layer."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Operation(TypedDict):
    """One operation on a station; which keys it has depends on its kind.

    - ``add``: ``key`` (n1 …), ``name``, ``lon``, ``lat``, ``categories``
    - ``move``: ``key``, ``lon``, ``lat``
    - ``close``, ``open``: ``key``
    - ``categories``: ``key``, ``categories``
    - ``hours``: ``key``, ``hours`` as [[weekday, opens, closes], …]

    ``key`` names a real station by its id or an added one.
    """

    kind: str
    key: str
    name: NotRequired[str]
    lon: NotRequired[float]
    lat: NotRequired[float]
    categories: NotRequired[list[str]]
    hours: NotRequired[list[list[int | str]]]


class StationAfter(TypedDict):
    """What a station becomes when a scenario is adopted; ``key`` as in ``Operation``."""

    key: str
    name: str
    lon: float
    lat: float
    categories: list[str]
    state: str
    hours: list[list[int | str]]
    tier: NotRequired[str]
