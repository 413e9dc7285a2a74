"""A worker of one town: the town's figures and maps, and of everything else no trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from dashboard.access.principal import INSIDE, signed_in
from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.dashboard.gate.addresses import every_address
from tests.demonstration import Loaded, load_once

pytestmark = pytest.mark.database
TOWN, BESIDE, FOREIGN = "522624001", "522624002", "522301"
ANSWERS = (
    "/layers/grids?county={0}",
    "/layers/stations?county={0}",
    "/layers/demands?county={0}",
    "/figures.json?county={0}",
    "/coverage/answer?county={0}",
    "/coverage/buildings?county={0}",
    "/coverage/export.csv?county={0}",
    "/data/quality?county={0}",
    "/grids/one?county={0}&lon=108.6&lat=26.9",
    "/tiles/{0}/1/13/6568/3458.mvt",
    "/tiles/grids/{0}/1/13/6568/3458.mvt",
    "/ogc/{0}/collections/grids/items",
)


@pytest.fixture(scope="module")
def sansui(request: pytest.FixtureRequest) -> Loaded:
    return load_once(request, "sansui")


@pytest.fixture(scope="module")
def app(sansui: Loaded) -> Iterator[Any]:
    made = create_app(read_settings({}), sansui.server)
    yield made
    close_app(made)


def client_of(app: Any, scope: str) -> FlaskClient:
    client = app.server.test_client()
    client.environ_base[INSIDE] = signed_in("某人", "staff", scope)
    return client


def codes_of(client: FlaskClient, county: str) -> set[str]:
    """Return the codes of the grids that the map shows; outlines of areas have none."""
    found = client.get(f"/layers/grids?county={county}").get_json()["features"]
    return {one["properties"]["code"] for one in found if "code" in one["properties"]}


def matched(client: FlaskClient, key: str) -> int:
    return int(client.get(f"/ogc/collections/{key}/items?limit=1").get_json()["numberMatched"])


def test_two_towns_see_two_halves_of_the_county_and_neither_the_others(
    app: Any, sansui: Loaded
) -> None:
    whole, town, beside = (client_of(app, s) for s in (sansui.code, TOWN, BESIDE))
    # Whoever sees all asks first, so that what is kept for them lies ready for the wrong eyes.
    every, own, other = (codes_of(c, sansui.code) for c in (whole, town, beside))
    assert {c[:9] for c in own} == {TOWN}
    assert {c[:9] for c in other} == {BESIDE}
    assert own | other == every
    assert codes_of(whole, sansui.code) == every  # and the other way round
    for key in ("buildings", "grids"):
        assert matched(town, key) + matched(beside, key) == matched(whole, key) > 0


def test_figures_of_a_town_count_its_own_households(app: Any, sansui: Loaded) -> None:
    def households(scope: str) -> int:
        drawn = client_of(app, scope).get(f"/coverage/buildings?county={sansui.code}").get_json()
        return sum(drawn["households"])

    counted = sansui.value(
        "SELECT sum(n.value) FROM newest_counts(:within, 'resident') n"
        " JOIN building b ON b.id = n.building_id AND b.valid_to IS NULL",
        within=f"{TOWN}%",
    )
    assert households(sansui.code) > households(TOWN) == counted > 0


@pytest.mark.parametrize("scope", [TOWN, FOREIGN, "522624999", "52", "5"])
def test_every_page_opens_in_every_scope(app: Any, sansui: Loaded, scope: str) -> None:
    for path in ("/", "/planner", "/coverage", "/data", "/data?tab=households"):
        sign = "&" if "?" in path else "?"
        answer = client_of(app, scope).get(f"{path}{sign}county={sansui.code}")
        assert answer.status_code == 200, path


def test_whoever_sees_a_part_reads_of_which_part_the_figures_tell(app: Any, sansui: Loaded) -> None:
    name = sansui.value("SELECT name FROM division WHERE code = :code", code=TOWN)
    said = f"范围：{name}（服务站为全县）"
    for path in ("/", "/planner", "/coverage", "/data"):
        address = f"{path}?county={sansui.code}"
        assert said in client_of(app, TOWN).get(address).get_data(as_text=True), path
        assert "范围：" not in client_of(app, sansui.code).get(address).get_data(as_text=True)


@pytest.mark.parametrize("address", ANSWERS)
def test_a_foreign_county_is_not_there(app: Any, sansui: Loaded, address: str) -> None:
    foreign = client_of(app, FOREIGN).get(address.format(sansui.code))
    nowhere = client_of(app, FOREIGN).get(address.format("999999"))
    assert (foreign.status_code, nowhere.status_code) == (404, 404)
    # The same sentence as for a county that nobody ever loaded: no oracle.
    said = foreign.get_data(as_text=True).replace(sansui.code, "*")
    assert said == nowhere.get_data(as_text=True).replace("999999", "*")
    assert client_of(app, TOWN).get(address.format(sansui.code)).status_code == 200


def test_numbers_of_others_are_not_found_whatever_is_asked(app: Any, sansui: Loaded) -> None:
    """Every address with a number or a code, read by whoever has no part in it."""
    client = client_of(app, FOREIGN)

    def value(rule: Rule, name: str, is_number: bool) -> Any:
        return 1 if is_number else sansui.code

    shown = []
    for one in every_address(app, value):
        if one.method != "GET" or "/1" not in one.path or not one.path.startswith("/api"):
            continue
        answer = client.get(one.path)
        if answer.status_code not in (400, 403, 404):
            shown.append((one.path, answer.status_code, answer.get_data(as_text=True)[:80]))
    assert shown == []


def test_browsers_keep_nothing_of_a_persons_scope(app: Any, sansui: Loaded) -> None:
    client = client_of(app, TOWN)
    revision = sansui.value("SELECT revision FROM county WHERE code = :code")
    for path in (
        f"/layers/grids?county={sansui.code}&v={revision}",
        f"/tiles/{sansui.code}/{revision}/13/6568/3458.mvt",
    ):
        answer = client.get(path)
        assert "immutable" not in answer.headers["Cache-Control"]
        assert "private" in answer.headers["Cache-Control"]
        assert "Cookie" in answer.headers["Vary"]


def test_other_counties_are_not_listed(app: Any, sansui: Loaded) -> None:
    name = sansui.value("SELECT name FROM division WHERE code = :code")
    assert name in client_of(app, TOWN).get("/").get_data(as_text=True)
    assert name not in client_of(app, FOREIGN).get("/").get_data(as_text=True)
    assert name not in client_of(app, FOREIGN).get("/ogc").get_data(as_text=True)
