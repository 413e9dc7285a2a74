"""What leaves a layer for the browser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from layers.kit.layer import geojson


def feature(**properties: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [106.0, 28.0]}
    return {"type": "Feature", "geometry": point, "properties": properties}


@pytest.mark.parametrize("name", ["popup", "tooltip"])
def test_a_property_that_would_be_bound_as_html_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="bound as HTML"):
        geojson([feature(id=1), feature(id=2, **{name: "<b>x</b>"})])


def test_features_leave_as_compact_geojson_in_utf_8() -> None:
    payload = geojson([feature(id=1, name="河滨社区第1网格")], stations=3)
    assert payload.media_type == "application/geo+json"
    assert "河滨社区第1网格".encode() in payload.body
    read = json.loads(payload.body)
    assert read["type"] == "FeatureCollection"
    assert read["stations"] == 3
    assert read["features"] == [feature(id=1, name="河滨社区第1网格")]


def test_no_features_are_a_collection_too() -> None:
    assert json.loads(geojson([]).body)["features"] == []
