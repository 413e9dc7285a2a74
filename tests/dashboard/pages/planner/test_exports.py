"""A plan as a file, for the command too: what is in force, one community, a picture."""

from __future__ import annotations

from io import BytesIO

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image

from dashboard.exports.plan import FORMATS, export_plan
from data.engine import transaction
from data.jobs.files import JobFile
from layers.kit.errors import InputError, NotFoundError
from tests.demonstration import Loaded, load_once

pytestmark = pytest.mark.database


@pytest.fixture(scope="session")
def town(request: pytest.FixtureRequest) -> Loaded:
    return load_once(request, "liping")


def exported(town: Loaded, kind: str, **more: object) -> JobFile:
    with transaction(town.engine) as c:
        return export_plan(c, town.code, kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [k for k in FORMATS if k not in ("pdf", "docx")])
def test_what_is_in_force_can_be_had_in_every_format(town: Loaded, kind: str) -> None:
    made = exported(town, kind)
    assert made.name.endswith(FORMATS[kind][0])
    assert len(made.content) > 500


def test_a_community_is_named_by_code_or_name(town: Loaded) -> None:
    by_code = gpd.read_file(BytesIO(exported(town, "geojson", community="522301001001").content))
    by_name = gpd.read_file(BytesIO(exported(town, "geojson", community="栗坪社区").content))
    assert len(by_code) == len(by_name) == 12
    assert by_code["households"].sum() == 2672


def test_the_picture_is_a_map_and_not_a_blank(town: Loaded) -> None:
    picture = Image.open(BytesIO(exported(town, "png").content)).convert("L")
    pixels = np.asarray(picture)
    assert picture.width > 2000
    # A map has paper, fills and ink: neither white all over nor black.
    assert 0.005 < (pixels < 128).mean() < 0.5
    assert len(np.unique(pixels)) > 50


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"kind": "dwg"}, InputError),
        ({"kind": "shp", "encoding": "big5"}, InputError),
        ({"kind": "csv", "plan": 999_999}, NotFoundError),
        ({"kind": "csv", "community": "彩虹社区"}, NotFoundError),
    ],
)
def test_what_cannot_be_exported_is_said(
    town: Loaded, asked: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        exported(town, str(asked.pop("kind")), **asked)
