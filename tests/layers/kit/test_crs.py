"""Reference systems against published vectors, PROJ's own zones and round trips."""

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.kit import crs
from layers.kit.errors import CrsError

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
M_PER_DEGREE = 111_320.0
CM = 0.01

longitudes = st.floats(-180, 180, allow_nan=False)
latitudes = st.floats(-90, 90, allow_nan=False)
china_lon = st.floats(72.004, 137.8347, allow_nan=False)
china_lat = st.floats(0.8293, 55.8271, allow_nan=False)


def metres(a, b) -> float:
    """Largest difference of two lon/lat pairs in metres (never less than the true distance/√2)."""
    return float(np.abs(np.asarray(a, float) - np.asarray(b, float)).max() * M_PER_DEGREE)


@pytest.fixture(scope="module")
def vectors() -> dict:
    path = SHARED / "coordinates_gcj_bd" / "vectors.json"
    if not path.exists():
        pytest.skip("../shared/data/coordinates_gcj_bd is absent")
    return json.loads(path.read_text(encoding="utf-8"))


# -- which CRS


@pytest.mark.parametrize(
    ("lon", "lat", "srid"),
    [
        (105.69, 28.57, 4544),  # 赤水: |105.69 - 105| < 1.5
        (108.675, 26.953, 4545),  # 三穗
        (106.4999, 27.0, 4544),  # last metres west of 106.5 = (105 + 108) / 2
        (106.5001, 27.0, 4545),
        (109.6, 27.0, 4546),  # east of 109.5
        (75.0, 39.0, 4534),  # Kashgar, the first zone
        (134.0, 47.5, 4554),  # Fuyuan, the last zone
        (11.54, 49.99, 32632),  # Bayreuth: 11.54 is in 6…12, UTM 32
        (-122.4, 37.77, 32610),
        (151.2, -33.87, 32756),  # Sydney, southern hemisphere
        (105.85, 21.03, 32648),  # Hanoi: longitude of zone 4544, but south of its area of use
        (180.0, 10.0, 32660),
    ],
)
def test_the_measuring_crs_follows_the_place(lon: float, lat: float, srid: int) -> None:
    assert crs.measuring_srid(lon, lat) == srid


def test_every_chinese_zone_measures_its_own_meridian_at_scale_one() -> None:
    for number in range(4534, 4555):
        lon = 75 + 3 * (number - 4534)
        a, b = crs.to_measuring(shapely.points([[lon, 40.0], [lon, 41.0]]), number)
        assert a.x == pytest.approx(500_000.0, abs=1e-3)
        # one degree of latitude at 40.5°: 111,044 m on the ellipsoid, without a scale factor
        assert b.y - a.y == pytest.approx(111_044, abs=10)


def test_a_place_beyond_utm_or_without_coordinates_is_refused() -> None:
    for lon, lat in ((0.0, 89.0), (0.0, -85.0), (500.0, 20.0), (float("nan"), 0.0)):
        with pytest.raises(CrsError) as caught:
            crs.measuring_srid(lon, lat)
        assert caught.value.findings[0].code == "crs_no_measuring"


def test_crs_names_are_read_in_the_ways_people_write_them() -> None:
    assert crs.parse_crs("epsg:4545").name == crs.parse_crs("4545").name == "EPSG:4545"
    assert crs.parse_crs("gcj02").shift == crs.parse_crs("GCJ-02").shift == "gcj02"
    assert crs.parse_crs(" BD09 ").shift == "bd09"
    assert crs.parse_crs("WGS84").is_geographic
    assert crs.parse_crs("CGCS2000").crs.to_epsg() == 4490
    assert not crs.parse_crs("EPSG:4524").is_geographic


@pytest.mark.parametrize("text", ["", "nonsense", "EPSG:1", "EPSG:4978", "EPSG:5705"])
def test_an_unknown_or_unusable_crs_is_refused_with_a_finding(text: str) -> None:
    with pytest.raises(CrsError) as caught:
        crs.parse_crs(text)
    assert caught.value.findings[0].code == "crs_unknown"


def test_old_chinese_datums_are_known_to_be_uncertain() -> None:
    assert crs.datum_accuracy_m(crs.parse_crs("EPSG:4545")) == 0.0
    assert crs.datum_accuracy_m(crs.parse_crs("EPSG:32632")) == 0.0
    assert crs.datum_accuracy_m(crs.parse_crs("EPSG:4610")) is None  # Xian 1980: no shift known


# -- geometry arrays


@given(st.floats(-3.0, 3.0), st.floats(-0.2, 0.2))
def test_storage_and_measuring_are_each_other_s_inverse_to_a_tenth_of_a_millimetre(dx, dy) -> None:
    for lon, lat in ((105.7, 28.6), (108.7, 26.9), (11.5, 50.0), (-122.4, 37.7)):
        point = shapely.points([[lon + dx / 2, lat + dy]])
        srid = crs.measuring_srid(lon, lat)
        back = crs.to_storage(crs.to_measuring(point, srid), srid)
        assert metres(shapely.get_coordinates(back), shapely.get_coordinates(point)) < 1e-4


def test_wgs84_and_cgcs2000_are_taken_as_equal() -> None:
    p = shapely.points([[108.675, 26.953]])
    for source in ("EPSG:4326", "EPSG:4490", "EPSG:4545", "EPSG:32649", "EPSG:3857"):
        declared = crs.parse_crs(source)
        there = p if declared.is_geographic else crs.to_measuring(p, declared.crs.to_epsg())
        back = crs.file_to_storage(there, declared)
        assert metres(shapely.get_coordinates(back), shapely.get_coordinates(p)) < 1e-3


def test_missing_geometries_and_heights_pass_through_flat() -> None:
    given_ = np.array([None, shapely.Point(108, 27, 500.0)], dtype=object)
    moved = crs.to_measuring(given_, 4545)
    assert moved[0] is None
    assert not shapely.has_z(moved[1])
    assert not shapely.has_z(crs.to_storage(given_, 4326)[1])


def test_plain_coordinates_move_like_geometries_do() -> None:
    p = crs.to_measuring(shapely.points([[108.675, 26.953], [108.7, 26.9]]), 4545)
    x, y = crs.transform([108.675, 108.7], [26.953, 26.9], 4490, 4545)
    assert np.array_equal(np.column_stack([x, y]), shapely.get_coordinates(p))
    lon, lat = crs.transform(*crs.transform(x, y, 4545, 4544), 4544, 4326)
    assert metres((lon, lat), ([108.675, 108.7], [26.953, 26.9])) < 1e-3


# -- GCJ-02 and BD-09


def test_the_published_vectors_are_met_to_a_centimetre(vectors: dict) -> None:
    published = vectors["upstream_published"]
    line = published["coordtransform_lnglat"]
    assert metres(crs.wgs84_to_gcj02(*line["input"]), line["wgs84togcj02"]) < CM
    assert metres(crs.gcj02_to_bd09(*line["input"]), line["gcj02tobd09"]) < CM
    # The library undoes BD-09 in one approximate step: 4.5 cm from the exact inverse here.
    assert metres(crs.bd09_to_gcj02(*line["input"]), line["bd09togcj02"]) < 5 * CM
    # Its tests allow 1e-6 degrees (11 cm), and it needs them: the Earth is a sphere there.
    for lat, lon, gcj_lat, gcj_lon in published["eviltransform_wgs2gcj_latlng"]:
        assert metres(crs.wgs84_to_gcj02(lon, lat), (gcj_lon, gcj_lat)) < 20 * CM


def test_the_libraries_that_agree_are_met_to_a_centimetre_and_undone(vectors: dict) -> None:
    # eviltransform's BD-09 is wrong by up to 65 m (SOURCE.txt), so gcoord is the witness.
    assert len(vectors["cross_library"]) == 18
    for case in vectors["cross_library"]:
        gcj, bd = case["gcj02"]["gcoord"], case["bd09"]["gcoord"]
        assert metres(crs.wgs84_to_gcj02(*case["wgs84"]), gcj) < CM
        assert metres(crs.wgs84_to_bd09(*case["wgs84"]), bd) < CM
        assert metres(crs.gcj02_to_wgs84(*gcj), case["wgs84"]) < CM
        assert metres(crs.bd09_to_wgs84(*bd), case["wgs84"]) < CM


def test_the_edge_point_on_which_a_library_never_ends_is_undone() -> None:
    trap = (72.00807198822471, 35.999183473411925)
    assert metres(crs.gcj02_to_wgs84(*trap), (72.004, 36.0)) < CM
    assert metres(crs.bd09_to_wgs84(*crs.gcj02_to_bd09(*trap)), (72.004, 36.0)) < CM


@given(china_lon, china_lat)
def test_inside_the_box_both_shifts_are_undone_to_a_millimetre(lon: float, lat: float) -> None:
    assert metres(crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(lon, lat)), (lon, lat)) < 1e-3
    assert metres(crs.bd09_to_wgs84(*crs.wgs84_to_bd09(lon, lat)), (lon, lat)) < 1e-3


@given(longitudes, latitudes)
def test_the_inverse_ends_for_every_point_and_moves_none_by_more_than_two_kilometres(
    lon: float, lat: float
) -> None:
    x, y = crs.gcj02_to_wgs84(lon, lat)
    assert np.isfinite([x, y]).all()
    assert metres((x, y), (lon, lat)) < 2_000
    assert np.isfinite(crs.bd09_to_wgs84(lon, lat)).all()


@given(longitudes, latitudes)
def test_far_outside_the_box_nothing_is_shifted(lon: float, lat: float) -> None:
    if 71.9 < lon < 137.95 and 0.7 < lat < 55.95:
        return
    assert crs.wgs84_to_gcj02(lon, lat) == (lon, lat)
    assert crs.gcj02_to_wgs84(lon, lat) == (lon, lat)


def test_arrays_and_single_points_agree_exactly() -> None:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(104, 110, 1001), rng.uniform(24, 30, 1001)
    x, y = crs.bd09_to_wgs84(lon, lat)
    for i in (0, 500, 999, 1000):
        assert (x[i], y[i]) == crs.bd09_to_wgs84(lon[i], lat[i])


@pytest.mark.real_data
def test_guizhou_s_counties_land_half_a_kilometre_away_and_still_tile() -> None:
    path = SHARED / "guizhou_counties" / "guizhou_counties_merged_gcj02.geojson"
    if not path.exists():
        pytest.skip("../shared/data/guizhou_counties is absent")
    frame = geopandas.read_file(path)
    moved = crs.file_to_storage(frame.geometry.to_numpy(), crs.parse_crs("gcj02"))
    srid = crs.measuring_srid(107.0, 27.0)
    before, after = (
        shapely.get_coordinates(crs.to_measuring(g, srid))
        for g in (frame.geometry.to_numpy(), moved)
    )
    shift = np.hypot(*(before - after).T)
    # 510-587 m at the thirteen county seats of the vectors; 395 m in the far south-west (104.4°E)
    # and 598 m at most over all 135,112 vertices of the province.
    assert (len(shift), round(shift.min()), round(shift.max())) == (135_112, 395, 598)
    assert np.median(shift) == pytest.approx(543, abs=1)
    assert shapely.coverage_is_valid(moved)
