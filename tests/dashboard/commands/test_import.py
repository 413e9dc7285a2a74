"""``getu import`` from its arguments to its exit code, and every sentence that it can say."""

from __future__ import annotations

import csv
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dashboard.commands import CANNOT, DONE, FINDINGS, commands, import_, main
from dashboard.text import catalogue, text
from data.importers.run import READERS
from data.server import Server
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from tests.data.importers.files import (
    COUNTY,
    SOUTH,
    WEST,
    communities,
    geojson,
    number,
    rows,
    square,
    table,
    write,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def server_of_test(database: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Let the command find this test's database instead of starting its own server."""

    @contextmanager
    def running(_: object) -> Iterator[Server]:
        yield database

    monkeypatch.setattr("data.server.running_server", running)
    monkeypatch.setattr("data.migrations.migrate", lambda _: None)
    # Its handler would keep the first test's standard error, which pytest closes.
    monkeypatch.setattr("dashboard.commands._configure_logging", lambda: None)
    return database


def run(*arguments: object) -> int:
    return main(["import", *(str(a) for a in arguments)])


@pytest.mark.database
def test_divisions_then_buildings_make_plots_and_a_draft(
    server_of_test: Server, program: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    borders = write(communities(), tmp_path / "c.gpkg")
    assert run(borders, "--as", "divisions", "--county", COUNTY, "--lang", "zh") == DONE
    assert "已导入 c.gpkg" in capsys.readouterr().out
    assert number(program, "plot") == 0  # no buildings yet
    houses = geojson(
        tmp_path / "h.geojson",
        [
            ({"id": n, "households": 10}, square(WEST + 0.001 + 0.002 * n, SOUTH + 0.005))
            for n in range(8)
        ],
    )
    assert run(houses, "--as", "buildings", "--county", COUNTY, "--lang", "en") == DONE
    said = capsys.readouterr()
    assert "8 buildings" in said.out
    assert "plots made" in said.out
    assert rows(program, "SELECT count(DISTINCT building_id) FROM plot") == [(8,)]
    # 4 buildings × 10 households in each community: one grid each is enough under 300
    assert number(program, "plan_grid") == 2
    assert rows(program, "SELECT sum(households) FROM plan_grid") == [(80,)]


@pytest.mark.database
def test_faults_are_listed_and_written_and_nothing_changes(
    server_of_test: Server, program: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    borders = write(communities(), tmp_path / "c.gpkg")
    assert run(borders, "--as", "divisions", "--county", COUNTY) == DONE
    ledger = table(
        tmp_path / "d.csv",
        "=n,type,when,end,lon,lat",
        "1,noise,2024-03-05,2024-03-04,108.665,26.945",
        "2,noise,soon,,108.665,26.945",
        "3,noise,2024-03-05,,109.9,26.945",
    )
    listed = tmp_path / "faults.csv"
    arguments = [
        ledger, "--as", "demands", "--county", COUNTY, "--crs", "EPSG:4490", "--lang", "en",
        "--columns", "external_id==n,category=type", "--columns", "received_at=when,closed_at=end",
    ]  # fmt: skip
    capsys.readouterr()
    assert run(*arguments, "--faults", listed) == FINDINGS
    said = capsys.readouterr().err
    assert "nothing was changed; errors: 3" in said
    assert "row 1 (line 2 of the sheet), closed_at: closed (2024-03-04" in said
    assert "Traceback" not in said
    assert number(program, "demand") == 0
    with listed.open(encoding="utf-8-sig") as file:
        assert [(r["row"], r["rule"]) for r in csv.DictReader(file)] == [
            ("1", "closed_before_received"),
            ("2", "not_a_date"),
            ("3", "outside_county"),
        ]
    assert run(*arguments, "--dry-run", "--skip-faulty-rows") == DONE
    assert "leave" not in capsys.readouterr().err
    ledger.write_text(ledger.read_text().replace("2024-03-04", "2024-03-06"))
    assert run(*arguments, "--skip-faulty-rows") == DONE
    assert number(program, "demand") == 1


@pytest.mark.database
def test_what_cannot_be_imported_at_all_says_so_in_one_list(
    server_of_test: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    borders = write(communities(), tmp_path / "c.gpkg")
    assert run(tmp_path / "no.gpkg", "--as", "divisions", "--county", COUNTY) == CANNOT
    assert run(borders, "--as", "stations", "--county", COUNTY) == CANNOT
    assert run(borders, "--as", "divisions", "--county", "52") == DONE
    assert run(borders, "--as", "buildings", "--county", "5226") == CANNOT
    assert run(borders, "--as", "weather", "--county", COUNTY) == CANNOT
    assert run(borders, "--as", "divisions", "--county", COUNTY, "--columns", "code") == CANNOT
    said = capsys.readouterr().err
    assert "--columns 'code' is not of the form ours=theirs" in said
    assert "Traceback" not in said


@pytest.mark.database
@pytest.mark.real_data
def test_a_real_town_goes_from_file_to_grids(
    server_of_test: Server, program: Engine, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract = shared_data / "osm_bayreuth" / "north-bayreuth.osm.pbf"
    assert run(extract, "--as", "osm", "--county", "094720", "--name", "Bayreuth") == DONE
    assert "4,267 buildings" in capsys.readouterr().out
    assert rows(program, "SELECT title FROM county") == [("Bayreuth",)]
    of_plots = "SELECT count(DISTINCT building_id) FROM plot"
    assert rows(program, of_plots)[0][0] > 4200  # touching footprints may share a plot
    over = "SELECT count(*) FROM plan_grid WHERE households > 300 AND buildings > 1"
    assert rows(program, over) == [(0,)]
    assert rows(program, "SELECT sum(households) FROM plan_grid") == [(6862,)]


def test_the_command_offers_what_can_be_read() -> None:
    # Household tables are tied to buildings by a slice, which importers do not know.
    assert set(import_.KINDS) == {*READERS, "households"}
    assert "import" in commands()


def test_columns_are_read_from_one_or_several_options() -> None:
    parser = import_.argparse.ArgumentParser()
    import_.add_arguments(parser)
    given = [
        "f",
        "--as",
        "demands",
        "--county",
        COUNTY,
        "--columns",
        "a=x, b = y",
        "--columns",
        "c==z",
    ]
    assert import_.read_options(parser.parse_args(given)).columns == {"a": "x", "b": "y", "c": "=z"}
    with pytest.raises(InputError):
        import_.read_options(parser.parse_args([*given, "--columns", "d="]))


def test_of_each_rule_a_few_rows_are_listed_and_the_rest_counted() -> None:
    many = [Finding("coordinates_zero", row=n, field="geometry") for n in range(1, 101)]
    other = Finding("crs_missing", values={"file": "f.shp"})
    lines = import_.fault_lines([*many, other], "en")
    assert len(lines) == import_.LISTED_OF_A_RULE + 2
    assert "reference system" in lines[-2]
    assert "94 more" in lines[-1]  # 101 - 6 - 1


def test_cells_that_a_spreadsheet_would_run_are_escaped() -> None:
    assert import_._cell("=1+1") == "'=1+1"
    assert import_._cell("plain") == "plain"


# -- every code that the importers use is in the catalogue, and its sentence can be filled

_CODE = re.compile(
    r"(?:faults\.add|faults\.rows|self\.say|self\.hint|_Bad|Finding)\(\s*\"([a-z0-9_]+)\""
)
_NOTE = re.compile(r"Note\(\s*\"([a-z0-9_.]+)\"")


def sources() -> Iterator[str]:
    for path in sorted((ROOT / "data" / "importers").rglob("*.py")):
        if not path.stem.endswith("_files") or path.stem == "source_files":
            yield path.read_text("utf-8")


def test_every_finding_and_note_has_its_sentence_in_both_languages() -> None:
    found = {f"finding.{c}" for s in sources() for c in _CODE.findall(s)}
    found |= {c for s in sources() for c in _NOTE.findall(s)}
    found |= {"finding.coordinate_in_minutes", "finding.crs_unknown", "finding.crs_no_measuring"}
    assert len(found) > 100
    fuller = {key: key.rpartition(".")[0] for key in catalogue() if key.count(".") == 2}
    assert found - set(catalogue()) - set(fuller.values()) == set()
    for key in {*found, *(key for key, of in fuller.items() if of in found)} & set(catalogue()):
        names = [
            {n for _, n, _, _ in string.Formatter().parse(catalogue()[key][lang]) if n}
            for lang in ("zh", "en")
        ]
        assert names[0] == names[1], f"{key} says different things in the two languages"


def test_no_sentence_of_imports_is_left_without_use() -> None:
    code = "".join(sources())
    folder = ROOT / "dashboard" / "text"
    paths = (folder / "imports" / "summary.toml", folder / "findings" / "files.toml")
    written = "\n".join(path.read_text("utf-8") for path in paths)
    for key in re.findall(r'^\["((?:finding|note|fallback)\.[^"]+)"\]', written, re.M):
        name = key.removeprefix("finding.").split(".")[0] if "finding." in key else key
        kit = (ROOT / "layers" / "kit" / "crs.py").read_text("utf-8")
        assert f'"{name}"' in code + kit, key


def test_sentences_say_what_and_where() -> None:
    finding = Finding("not_a_number", row=12, field="lon", values={"file": "f", "found": "x"})
    assert import_.sentence(finding, "en") == "error, row 12, lon: x is not a number"
    assert import_.sentence(finding, "zh") == "错误 第 12 行 lon：x 不是数字"
    assert text("import.row", "en", {"row": 1200}) == "row 1,200"
