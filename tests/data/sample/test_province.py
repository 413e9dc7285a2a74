"""A province in totals: its grids tile it, and its figures are as published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from data.sample.counties.declared import COUNTIES
from data.sample.province import GUIZHOU, ProvinceFrames, make_province


@pytest.fixture(scope="module")
def guizhou() -> ProvinceFrames:
    return make_province(GUIZHOU)


def test_guizhou_has_88_counties_and_20_700_grids(guizhou: ProvinceFrames) -> None:
    length = guizhou.divisions["code"].str.len().value_counts()
    assert length[6] == 88
    assert len(guizhou.grids) == 20_700
    figures = guizhou.published_figures.set_index("key")["value"]
    assert figures.to_dict() == {"grid_branches": 17_600, "grids": 20_700}
    assert guizhou.published_figures["is_approx"].all()


def test_grids_tile_the_province(guizhou: ProvinceFrames) -> None:
    shapes = guizhou.grids.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    counties = guizhou.divisions[guizhou.divisions["code"].str.len() == 6]
    whole = shapely.union_all(counties.geometry)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert np.isclose(whole.area, shapely.area(shapes).sum())
    assert 150e9 < whole.area < 200e9  # the real one: 176,000 km²


def test_divisions_are_unions_of_their_grids(guizhou: ProvinceFrames) -> None:
    area = guizhou.grids.area.groupby(guizhou.grids["community_code"]).sum()
    own = guizhou.divisions.set_index("code").area.reindex(area.index)
    assert np.allclose(area, own)
    counties = guizhou.divisions[guizhou.divisions["code"].str.len() == 6]
    assert set(counties.geom_type) == {"Polygon"}


def test_codes_are_of_no_real_prefecture(guizhou: ProvinceFrames) -> None:
    codes = guizhou.grids["code"]
    assert codes.is_unique
    assert codes.str.fullmatch(r"5299\d{11}").all()
    assert not any(county.code.startswith(GUIZHOU.code) for county in COUNTIES.values())
    assert guizhou.divisions["is_temporary"].all()


def test_organisations_are_known_of_reporting_counties_only(guizhou: ProvinceFrames) -> None:
    served = [code for codes in guizhou.organisations["grid_codes"] for code in codes]
    assert len(served) == len(set(served))
    known = {code[:6] for code in served}
    assert len(known) == GUIZHOU.reporting == 75
    own = guizhou.grids["code"].str[:6].isin(known)
    assert len(served) == int(own.sum()) < 20_700
    # one branch may serve several grids
    assert guizhou.organisations["grid_codes"].str.len().max() == 2


def test_few_grids_are_over_the_limit(guizhou: ProvinceFrames) -> None:
    over = (guizhou.grids["households"] > GUIZHOU.households_max).mean()
    assert 0.01 < over < 0.02  # about one in seventy
    assert (guizhou.grids["persons"] > guizhou.grids["households"]).all()


def test_the_same_declaration_gives_the_same_province() -> None:
    small = replace(GUIZHOU, grids=600, counties=5, reporting=4)
    one, two = make_province(small), make_province(small)
    assert one.grids.drop(columns="geometry").equals(two.grids.drop(columns="geometry"))
    assert one.grids.geometry.geom_equals_exact(two.grids.geometry, 0).all()
    assert one.organisations.equals(two.organisations)
