"""A plan as a file, for the command too: what is in force, one community, a picture."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image

from dashboard.exports.coverage_tables import coverage_bytes
from dashboard.exports.plan import FORMATS, export_plan
from dashboard.exports.visit_sheet import as_html, lay_visits
from data.engine import transaction
from data.jobs.files import JobFile
from layers.coverage_gaps.answers.gaps import read_question
from layers.coverage_gaps.store import Boards
from layers.grids.papers.map_pages import plan_pages, plan_picture
from layers.kit import clock
from layers.kit.errors import InputError, NotFoundError
from layers.service_circles.store import Towns
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


def in_archive(content: bytes) -> str:
    """The words of an XLSX or DOCX."""
    with ZipFile(BytesIO(content)) as book:
        parts = [book.read(n).decode() for n in book.namelist() if n.endswith(".xml")]
    return unescape("".join(parts))


def test_every_paper_of_a_demonstration_says_so(town: Loaded) -> None:
    for kind in ("xlsx", "docx"):
        assert "演示数据" in in_archive(exported(town, kind).content), kind
    with transaction(town.engine) as c:
        plan = town.value("SELECT max(id) FROM plan WHERE code = :code")
        for sheet in plan_pages(c, plan):
            assert sheet.subtitle.startswith("演示数据")
        assert plan_picture(c, plan).subtitle.startswith("演示数据")
        for suffix in ("xlsx", "csv"):
            made = coverage_bytes(c, town.code, {}, suffix)
            words = in_archive(made) if suffix == "xlsx" else made.decode("utf-8-sig")
            assert "演示数据" in words, suffix
        query = town.query()
        board = Boards(Towns()).get(c, query)
        gaps = board.answer(read_question({"minutes": "2"}))
        grid = board.grids.names[0][0]
        page = as_html(board, gaps, lay_visits(c, board, gaps, grid, "zh"), "zh", clock.now())
        assert '<p class="demo">演示数据</p>' in page
        # What people have counted is no demonstration: nothing says so.
        real = replace(board, is_demonstration=False)
        page = as_html(real, gaps, lay_visits(c, real, gaps, grid, "zh"), "zh", clock.now())
        assert "演示数据" not in page


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
