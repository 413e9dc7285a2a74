"""After a month's publication every desk says so: live loads, the county's day, who is unplaced."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from dashboard.application import close_app, create_app
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.services import make_services
from dashboard.settings import read_settings
from data.demands.read import demand_day, demand_span, demand_totals
from data.divisions.read_counties import query
from data.engine import transaction
from data.files.read_imports import import_runs
from data.grids.read import plan_totals
from data.grids.read_live_loads import LiveMeasure
from data.households.write import prune_rows
from layers.grids.layer import inspect
from tests.dashboard.pages.data_desk.households.test_http import known, opened, post
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
MORE = 400
LOADED, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)


@pytest.fixture
def client(spare_liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), spare_liping.server)
    yield app.server.test_client()
    close_app(app)


def month(loaded: Loaded, building: int) -> bytes:
    """A month in which one building gets ``MORE`` households, and 7 belong to nothing known."""
    book = Workbook()
    sheet = book.active
    sheet.append(["小区名称", "楼栋", "常住户数"])
    for row in known(loaded):
        more = MORE if row["id"] == building else 0
        sheet.append([row["estate"], row["number"], row["value"] + more])
    sheet.append(["老粮站", "门面房1", 7])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def grid_of(loaded: Loaded) -> Any:
    """A grid in force with two buildings or more, one of its buildings, its judged households."""
    return loaded.rows(
        "SELECT pg.grid_id, pg.households, min(pb.building_id) AS building, p.id AS plan,"
        " pg.community_id FROM plan_grid pg JOIN plan p ON p.id = pg.plan_id"
        " JOIN plan_community pc ON pc.plan_id = p.id AND pc.in_force_to IS NULL"
        " JOIN plan_assignment pa ON pa.plan_id = p.id AND pa.grid_id = pg.grid_id"
        " JOIN plot_building pb ON pb.plot_id = pa.plot_id"
        " JOIN building_count n ON n.building_id = pb.building_id AND n.measure = 'resident'"
        " WHERE pg.plots > 1"
        " GROUP BY 1, 2, 4, 5 HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    )[0]


def live_by_sql(loaded: Loaded) -> dict[int, int]:
    """What every grid in force holds by the newest counts, summed building by building."""
    rows = loaded.rows(
        "SELECT pa.grid_id, sum((SELECT n.value FROM building_count n"
        "  JOIN count_snapshot s ON s.id = n.snapshot_id AND s.rolled_back_at IS NULL"
        "  WHERE n.building_id = pb.building_id AND n.measure = 'resident'"
        "  ORDER BY s.effective_on DESC, s.id DESC LIMIT 1)) AS households"
        " FROM plan_assignment pa JOIN plot_building pb ON pb.plot_id = pa.plot_id"
        " JOIN plan_community pc ON pc.plan_id = pa.plan_id AND pc.in_force_to IS NULL"
        "  AND pc.in_force_from IS NOT NULL"
        " GROUP BY 1"
    )
    return {r["grid_id"]: int(r["households"] or 0) for r in rows}


def drawn(client: Any, county: str, **values: str) -> dict[int, dict[str, Any]]:
    body = client.get("/layers/grids", query_string={"county": county, **values}).get_json()
    found = (f["properties"] for f in body["features"] if "outline" not in f["properties"])
    return {p["id"]: p for p in found}


def published(client: Any, loaded: Loaded, building: int) -> int:
    upload = opened(client, loaded, content=month(loaded, building))
    path = f"/uploads/{upload['id']}"
    seen = client.get(f"/api/households{path}/preview").get_json()
    done = post(client, f"{path}/publish", version=upload["version"], seen=seen["seen"],
                by="张敏", unplaced=True)  # fmt: skip
    assert done.status_code == 200, done.data
    return int(done.get_json()["snapshot"])


def test_every_desk_shows_the_newest_counts_and_what_the_plan_was_judged_on(
    client: Any, spare_liping: Loaded
) -> None:
    county = spare_liping.code
    grid = grid_of(spare_liping)
    judged = {g: p["households"] for g, p in drawn(client, county).items()}
    assert judged == {g: n for g, n in live_by_sql(spare_liping).items() if g in judged}
    covered = client.get(f"/api/planner/{county}").get_json()
    snapshot = published(client, spare_liping, grid["building"])

    # The first page's map: one grid is MORE households fuller, and over the limit.
    shown = drawn(client, county)
    assert {g: p["households"] for g, p in shown.items()} == judged | {
        grid["grid_id"]: judged[grid["grid_id"]] + MORE
    }
    assert {g: p["households"] for g, p in shown.items()} == live_by_sql(spare_liping)
    assert shown[grid["grid_id"]]["load"] == "load-over"
    one = client.get("/grids/one", query_string={"county": county, "id": grid["grid_id"]})
    assert one.get_json()["features"][0]["properties"]["households"] == grid["households"] + MORE

    # The planner: live on the ground, judged in the plan, and the day of each.
    services = client.get(f"/api/planner/{county}").get_json()
    assert services["as_of"] == NOVEMBER.isoformat()
    here = next(c for c in services["communities"] if c["id"] == grid["community_id"])
    before = next(c for c in covered["communities"] if c["id"] == grid["community_id"])
    assert here["households"] == before["households"] + MORE
    assert sum(c["unplaced"] for c in services["communities"]) + services["unplaced"] == 7
    state = client.get(
        f"/api/planner/drafts/{grid['plan']}/communities/{grid['community_id']}"
    ).get_json()
    row = next(g for g in state["grids"] if g["id"] == grid["grid_id"])
    assert (row["households"], row["judged_on"]) == (grid["households"], LOADED.isoformat())
    assert any(
        f["code"] == "grid_over_limit" and f["grid"] == grid["grid_id"] for f in state["findings"]
    )

    # Other programs get both, and the day.
    found = client.get(f"/ogc/{county}/collections/grids/items?limit=100").get_json()
    theirs = {f["id"]: f["properties"] for f in found["features"]}[grid["grid_id"]]
    assert (theirs["households"], theirs["households_now"], theirs["counts_as_of"]) == (
        grid["households"], grid["households"] + MORE, NOVEMBER.isoformat()
    )  # fmt: skip
    assert "plan_id" not in theirs

    post(client, f"/snapshots/{snapshot}/roll-back", by="张敏", reason="上错了月份")
    assert {g: p["households"] for g, p in drawn(client, county).items()} == judged
    assert client.get(f"/api/planner/{county}").get_json()["as_of"] == LOADED.isoformat()
    assert client.get(f"/api/planner/{county}").get_json()["unplaced"] == 0


def test_the_tile_and_the_inspector_say_both_counts(client: Any, spare_liping: Loaded) -> None:
    services = make_services(spare_liping.engine)
    grid = grid_of(spare_liping)

    def tile() -> Any:
        children = summary_panel(services, spare_liping.code, {}, "zh")
        return children[3].children[0].children[1].children[0].children

    assert [n for n in live_by_sql(spare_liping).values() if n > 300] == []
    assert tile() == "0"
    published(client, spare_liping, grid["building"])
    assert [n for n in live_by_sql(spare_liping).values() if n > 300] == [grid["households"] + MORE]
    assert tile() == "1"
    with transaction(spare_liping.engine) as c:
        asked = query(c, spare_liping.code)
        found = inspect(c, asked, str(grid["grid_id"]))
        past = plan_totals(c, spare_liping.code, LOADED, 300, LiveMeasure("resident", NOVEMBER))
    facts = {f.label: f for f in dict(found.sections)["grids.section_figures"]}
    assert facts["grids.households"].value == grid["households"] + MORE
    assert facts["grids.households"].note == "grids.over_by"
    assert facts["grids.judged"].value == grid["households"]
    assert facts["grids.judged"].note_values == {"judged": LOADED, "now": NOVEMBER}
    assert found.as_of == NOVEMBER
    # A page that still asks for October's day shows the same plan, so the same load.
    assert past.over_limit == 1


def test_the_county_s_day_moves_on_with_a_month_and_back_with_it(
    client: Any, spare_liping: Loaded
) -> None:
    def overdue() -> int:
        with transaction(spare_liping.engine) as c:
            span = demand_span(c, spare_liping.code)
            assert span is not None
            day = demand_day(c, spare_liping.code)
            return int(demand_totals(c, spare_liping.code, *span, day)["overdue"])

    assert spare_liping.as_of == LOADED
    late = overdue()
    snapshot = published(client, spare_liping, grid_of(spare_liping)["building"])
    assert spare_liping.as_of == NOVEMBER
    # Deadlines in November are past by the county's day, but nobody told what became of them.
    assert overdue() == late
    post(client, f"/snapshots/{snapshot}/roll-back", by="张敏", reason="上错了月份")
    assert spare_liping.as_of == LOADED
    post(client, f"/snapshots/{snapshot}/take-back", by="张敏")
    assert spare_liping.as_of == NOVEMBER


def test_the_list_of_imports_names_a_published_table_and_old_rows_go(
    client: Any, spare_liping: Loaded
) -> None:
    published(client, spare_liping, grid_of(spare_liping)["building"])
    with transaction(spare_liping.engine) as c:
        run = import_runs(c, spare_liping.code)[0]
        assert (run.kind, run.file_name, run.as_of) == (
            "households",
            "11月.xlsx",
            NOVEMBER,
        )
        assert (run.rows_read, run.rows_written, run.made_by) == (60, 59, "张敏")
        assert prune_rows(c, spare_liping.code) == 0
        c.execute(text("UPDATE count_upload SET changed_at = now() - interval '14 months'"))
        assert prune_rows(c, spare_liping.code) == 60
    assert spare_liping.value("SELECT count(*) FROM unplaced_count") == 1
