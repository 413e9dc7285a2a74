"""Where a file's shapes are: borders, datums, axes, another county."""

from pathlib import Path

import pytest
import shapely

from data.importers.reading.shapes.coordinates import POINTS, POLYGONS
from tests.data.importers.files import (
    SOUTH,
    STEP,
    WEST,
    communities,
    geojson,
    placed,
    square,
    table,
)


def test_equal_borders_stay_equal_and_gcj02_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "c.gpkg"
    communities().to_file(path)
    plain, _ = placed(path)
    moved, _ = placed(path, crs="gcj02")
    assert shapely.coverage_is_valid(plain)
    assert shapely.coverage_is_valid(moved)
    # 三穗 is shifted by about 562 m (published vectors): 0.0041° east, 0.0035° south.
    east = shapely.get_coordinates(plain)[0] - shapely.get_coordinates(moved)[0]
    assert east == pytest.approx([0.0041, -0.0035], abs=2e-4)


def test_a_shape_that_crosses_itself_is_repaired_and_told(tmp_path: Path) -> None:
    bow = shapely.Polygon([(108, 26), (108.001, 26.001), (108.001, 26), (108, 26.001), (108, 26)])
    path = geojson(tmp_path / "bow.geojson", [({}, bow), ({}, square(108, 26))])
    shapes, faults = placed(path, POLYGONS)
    assert faults.errors == 0
    assert [(f.row, f.code) for f in faults.findings if f.severity == "warning"] == [
        (1, "geometry_repaired")
    ]
    assert shapely.is_valid(shapes).all()


def test_the_wrong_kind_of_geometry_is_a_fault_of_its_row(tmp_path: Path) -> None:
    path = geojson(tmp_path / "p.geojson", [({}, shapely.Point(108, 26)), ({}, square(108, 26))])
    shapes, faults = placed(path, POLYGONS)
    assert [(f.row, f.code) for f in faults.findings] == [(1, "geometry_kind")]
    assert shapes[0] is None
    assert shapes[1] is not None


def test_zero_zero_is_a_fault_or_an_unknown_place(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "n,lon,lat", "1,0,0", "2,0.0,0", "3,,", "4,108.6,26.9")
    for optional, severity in ((False, "error"), (True, "warning")):
        points, faults = placed(path, POINTS, optional=optional, crs="EPSG:4490")
        assert [(f.row, f.code, f.severity) for f in faults.findings] == [
            (1, "coordinates_zero", severity),
            (2, "coordinates_zero", severity),
            (3, "geometry_missing", severity),
        ]
        assert [p is None for p in points] == [True, True, True, False]


def test_degrees_that_are_metres_and_metres_that_are_degrees_are_one_fault_a_file(
    tmp_path: Path,
) -> None:
    degrees = geojson(tmp_path / "d.geojson", [({}, square(108, 26)), ({}, square(108.1, 26))])
    _, faults = placed(degrees, crs="EPSG:4545")
    assert [f.code for f in faults.findings] == ["coordinates_are_degrees"]
    metres = geojson(
        tmp_path / "m.geojson", [({}, square(5e5, 2.9e6, 20)), ({}, square(5.1e5, 2.9e6, 20))]
    )
    _, faults = placed(metres)
    assert "coordinates_not_degrees" in {f.code for f in faults.findings}
    assert faults.errors == 1


def test_swapped_axes_are_told_once(tmp_path: Path) -> None:
    county = shapely.box(WEST, SOUTH, WEST + STEP, SOUTH + STEP)
    turned = table(tmp_path / "t.csv", "lat,lon", "108.665,26.945", "108.664,26.944")
    _, faults = placed(turned, POINTS, crs="EPSG:4490")  # latitude 108 is none anyway
    assert {(f.code, f.row) for f in faults.findings} == {("axes_swapped", None)}
    # in Europe both readings are degrees; the county tells them apart
    bayreuth = shapely.box(11.4, 49.8, 11.7, 50.1)
    turned = table(tmp_path / "b.csv", "lat,lon", "11.5,49.9", "11.6,50.0")
    _, faults = placed(turned, POINTS, county=bayreuth, crs="EPSG:4326")
    assert {(f.code, f.row) for f in faults.findings} == {("axes_swapped", None)}
    fine = table(tmp_path / "f.csv", "lon,lat", "108.665,26.945")
    assert not placed(fine, POINTS, county=county, crs="EPSG:4490")[1].findings


def test_rows_in_another_county_are_listed_with_their_distance(tmp_path: Path) -> None:
    county = shapely.box(WEST, SOUTH, WEST + STEP, SOUTH + STEP)
    path = table(
        tmp_path / "t.csv", "lon,lat", "108.665,26.945", "108.665,27.95", "108.666,26.946",
        "107.0,26.9",
    )  # fmt: skip
    _, faults = placed(path, POINTS, county=county, crs="EPSG:4490")
    assert [(f.row, f.code) for f in faults.findings] == [
        (2, "outside_county"),
        (4, "outside_county"),
    ]
    # 27.95 - 26.95 = 1 degree of latitude = 111.3 km
    assert faults.findings[0].values["km"] == pytest.approx(111.3, abs=0.1)


def test_an_uncertain_datum_is_told(tmp_path: Path) -> None:
    path = geojson(tmp_path / "p.geojson", [({}, square(108, 26))])
    assert {f.code for f in placed(path, crs="EPSG:4610")[1].findings} == {"datum_uncertain"}
    assert not placed(path, crs="EPSG:4490")[1].findings
