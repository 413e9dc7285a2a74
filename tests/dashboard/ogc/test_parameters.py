"""Parameters are read strictly; links are made without a database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.ogc.documents import Place, page
from dashboard.ogc.parameters import LIMIT_MAX, read_boxes, read_days, read_page
from layers.kit.errors import InputError


@pytest.mark.parametrize(
    "values",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "1e3"},
        {"limit": "٣"},  # a digit, but not one that PostgreSQL reads
        {"offset": "-1"},
        {"offset": "9" * 17},
        {"bbox": "1,2,3"},
        {"bbox": "1,2,3,4,5"},
        {"bbox": "1,2,x,4"},
        {"bbox": "nan,2,3,4"},
        {"bbox": "1,4,3,2"},  # south lies north of north
        {"bbox": "1,-91,3,2"},
        {"bbox": "190,1,191,2"},
        {"datetime": "yesterday"},
        {"datetime": ".."},
        {"datetime": "../.."},
        {"datetime": "2026-02-30"},
        {"datetime": "2026-02-02/2026-02-01"},
        {"datetime": "2026-01-01/2026-02-01/2026-03-01"},
        {"county": "5203%"},
        {"county": "x"},
        {"within": "1"},
        {"county": "520381", "within": "522624001"},
        {"bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4490"},
        {"f": "html"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_read_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(InputError):
        read_page(values, "")


def test_a_limit_above_the_most_is_the_most() -> None:
    assert read_page({"limit": "1000000"}, "").limit == LIMIT_MAX


def test_the_narrower_place_wins() -> None:
    # address /ogc/5203, county=520381, within=520381001: all three lie in each other
    values = {"county": "520381", "within": "520381001"}
    assert read_page(values, "5203").wanted.within == "520381001"


def test_a_place_outside_of_the_address_is_refused() -> None:
    with pytest.raises(InputError, match="does not lie in 522301"):
        read_page({"county": "520381"}, "522301")


def test_a_box_over_the_antimeridian_is_two() -> None:
    assert read_boxes("170,-10,-170,10") == (
        (170.0, -10.0, 180.0, 10.0),
        (-180.0, -10.0, -170.0, 10.0),
    )


def test_heights_of_a_box_are_passed_over() -> None:
    assert read_boxes("1,2,0,3,4,9000") == ((1.0, 2.0, 3.0, 4.0),)


def test_days_may_be_open_on_one_side() -> None:
    assert read_days("2025-07-01") == (date(2025, 7, 1), date(2025, 7, 1))
    assert read_days("2025-07-01T12:00:00Z") == (date(2025, 7, 1), date(2025, 7, 1))
    assert read_days("2025-07-01/..") == (date(2025, 7, 1), None)
    assert read_days("/2025-07-01") == (None, date(2025, 7, 1))


@given(st.integers(0, 60), st.integers(1, 20))
def test_next_links_visit_every_feature_once(matched: int, limit: int) -> None:
    place, seen, offset = Place("http://host/"), 0, 0
    for _ in range(100):
        got = min(limit, matched - offset)
        made = page(place, "grids", [{}] * got, matched, limit, offset, {"bbox": "1,2,3,4"}, "now")
        seen += made["numberReturned"]
        following = [link["href"] for link in made["links"] if link["rel"] == "next"]
        if not following:
            break
        assert following[0].startswith("http://host/ogc/collections/grids/items?bbox=1,2,3,4&")
        offset = int(following[0].rpartition("offset=")[2])
    assert seen == matched


@pytest.mark.parametrize("name", ["limit", "bbox", "datetime", "county", "within", "offset", "crs"])
def test_an_empty_parameter_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="holds nothing"):
        read_page({name: ""}, "")


def test_a_limit_of_any_length_is_the_most() -> None:
    assert read_page({"limit": "9" * 40}, "").limit == LIMIT_MAX


@pytest.mark.parametrize(
    "written",
    [
        "http://www.opengis.net/def/crs/EPSG/0/4490",
        "urn:ogc:def:crs:EPSG::4490",
        "[EPSG:4490]",
        "EPSG:4490",
    ],
)
def test_a_box_in_4490_is_latitude_first(written: str) -> None:
    values = {"bbox": "25.0,104.8,25.2,105.0", "bbox-crs": written, "crs": written}
    asked = read_page(values, "")
    assert asked.wanted.boxes == ((104.8, 25.0, 105.0, 25.2),)
    assert asked.crs.endswith("/EPSG/0/4490")


@pytest.mark.parametrize("crs", ["EPSG:3857", "http://www.opengis.net/def/crs/EPSG/0/4545", "x"])
def test_a_system_that_is_not_served_is_refused(crs: str) -> None:
    for values in ({"crs": crs}, {"bbox": "1,2,3,4", "bbox-crs": crs}):
        with pytest.raises(InputError, match="is not served"):
            read_page(values, "")
