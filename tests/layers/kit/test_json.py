"""JSON that was kept or sent is looked at once, where it comes in."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

import pytest

from layers.kit.errors import InputError
from layers.kit.ids import GridId
from layers.kit.json import JsonObject, parsed


class Part(TypedDict):
    """A part."""

    share: float
    kind: Literal["whole", "half"]


class Kept(TypedDict):
    """Something that is kept."""

    grid: GridId | None
    parts: list[Part]
    plots: list[int]
    pair: tuple[int, str]
    rest: JsonObject
    note: NotRequired[str]


GOOD = {
    "grid": 3,
    "parts": [{"share": 1, "kind": "half"}],
    "plots": [1, 2],
    "pair": [1, "a"],
    "rest": {"any": [1, {"b": None}]},
}


def test_what_is_as_declared_comes_back_as_it_is() -> None:
    assert parsed(Kept, GOOD, "kept") is GOOD
    later = {**GOOD, "grid": None, "note": "n", "of_a_later_version": 1}
    assert parsed(Kept, later, "kept") is later


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"grid": True}, "kept.grid"),
        ({"grid": "3"}, "kept.grid"),
        ({"parts": [{"share": 0.5, "kind": "third"}]}, "kept.parts.0.kind"),
        ({"parts": [{"kind": "half"}]}, "kept.parts.0.share"),
        ({"parts": {}}, "kept.parts"),
        ({"pair": [1]}, "kept.pair"),
        ({"rest": []}, "kept.rest"),
        ({"plots": [1, True]}, "kept.plots.1"),
        ({"pair": [1, 2]}, "kept.pair.1"),
        ({"note": None}, "kept.note"),
    ],
)
def test_the_first_place_that_is_otherwise_is_named(change: object, place: str) -> None:
    with pytest.raises(InputError, match=place.replace(".", r"\.")):
        parsed(Kept, {**GOOD, **change}, "kept")


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(InputError, match=r"kept\.grid"):
        parsed(Kept, {k: v for k, v in GOOD.items() if k != "grid"}, "kept")
    with pytest.raises(InputError, match="kept"):
        parsed(Kept, [], "kept")
