"""Files of others are read in a child that can be killed and reaches nothing else."""

from __future__ import annotations

import ctypes
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.importers.reading.child import walls
from data.importers.reading.child.confined import Bounds, confined
from data.importers.reading.child.trust import own_files
from data.importers.reading.faults import Faults
from data.importers.reading.scans import read_scan
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions
from data.importers.reading.tables.books import read_book
from layers.kit.errors import ConflictError, InputError

HOSTILE = Path(__file__).parent / "hostile"
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="passwd"><SrcDataSource>{}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


def codes(error: InputError) -> set[str]:
    return {f.code for f in error.findings}


def refused(reader: Callable[..., Any], path: Path, *more: Any) -> set[str]:
    with pytest.raises(InputError) as refusal:
        reader(path, *more)
    assert refusal.value.findings
    return codes(refusal.value)


# What a reader could do if it were taken over. Each is a reader of its own, as a child finds it. --


def open_passwd(path: Path) -> str:
    return Path("/etc/passwd").read_text()


def list_root(path: Path) -> list[str]:
    return [str(p) for p in Path("/").iterdir()]


def write_beside(path: Path) -> None:
    path.with_name("new").write_text("x")


def connect(path: Path, port: int) -> None:
    socket.create_connection(("127.0.0.1", port), 5)


def spin(path: Path) -> None:
    while True:
        pass


def fill_memory(path: Path) -> int:
    return len(bytearray(2 * 10**9))


def crash(path: Path) -> None:
    ctypes.string_at(0)


def drivers(path: Path) -> set[str]:
    return walls.drivers()


def refuse(path: Path) -> None:
    raise ConflictError("the plan {name} changed", name="a")


def add_faults(path: Path, faults: Faults, notes: list[str], say: Callable[[str], None]) -> str:
    faults.add("file_empty", row=3)
    notes.append("noted")
    say("half")
    return path.read_text()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "given.txt"
    path.write_text("what was given")
    return path


@pytest.mark.parametrize("reader", [open_passwd, list_root, write_beside])
def test_a_child_reads_its_own_folder_and_writes_nowhere(
    reader: Callable[[Path], Any], small: Path
) -> None:
    if "files" in walls.missing():
        pytest.skip("this kernel has no Landlock: a child may read what its user may")
    with own_files():
        confined()(reader)(small)  # the same reader in this process may
    small.with_name("new").unlink(missing_ok=True)
    assert refused(confined()(reader), small) == {"file_unreadable"}
    assert sorted(p.name for p in small.parent.iterdir()) == ["given.txt"]


def test_a_child_has_no_network(small: Path) -> None:
    if "network" in walls.missing():
        pytest.skip("this kernel gives no network namespace to this user")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect(small, port)
        assert refused(confined()(connect), small, port) == {"file_unreadable"}


def test_a_child_has_the_drivers_of_the_list_and_no_others(small: Path) -> None:
    found = confined()(drivers)(small)
    assert found <= walls.DRIVERS
    assert {"GPKG", "GeoJSON", "ESRI Shapefile", "GTiff"} <= found
    assert not found & {"VRT", "GDALG", "CSV", "WMS", "WFS", "OAPIF", "HTTP", "PostgreSQL", "PDF"}


def test_what_never_ends_fills_memory_or_crashes_is_a_fault_of_the_file(small: Path) -> None:
    assert refused(confined(Bounds(seconds=0.2))(spin), small) == {"file_slow"}
    assert refused(confined()(fill_memory), small) == {"file_memory"}
    assert refused(confined()(crash), small) == {"file_crashes"}


def test_what_a_child_finds_comes_back_as_if_it_were_read_here(small: Path) -> None:
    told: list[str] = []
    faults, notes = Faults("given.txt"), ["before"]
    assert confined()(add_faults)(small, faults, notes, told.append) == "what was given"
    assert (notes, told) == (["before", "noted"], ["half"])
    assert [(f.code, f.row) for f in faults.findings] == [("file_empty", 3)]
    with pytest.raises(ConflictError, match="the plan a changed"):
        confined()(refuse)(small)


# Files that did harm ------------------------------------------------------------------------------


def test_a_table_whose_xml_lies_about_its_size_ends_nobody() -> None:
    assert refused(read_book, HOSTILE / "corner_ns.xlsx", Faults("a")) == {"file_crashes"}


def test_a_view_without_an_end_is_stopped() -> None:
    options = ReadOptions(crs="EPSG:4326")
    assert refused(read_vector, HOSTILE / "viewslow.gpkg", options, Faults("a")) == {"file_slow"}


def test_a_number_of_five_thousand_digits_is_a_fault_of_the_json() -> None:
    options = ReadOptions(crs="EPSG:4326")
    found = refused(read_vector, HOSTILE / "hugeint.geojson", options, Faults("a"))
    assert found == {"json_broken"}


@pytest.mark.parametrize("inner", ["a.gml", "a.kml", "a.gpkg", "a.fgb", "a.shp", "a.geojson"])
def test_a_zip_that_points_to_the_server_s_files_is_refused(tmp_path: Path, inner: str) -> None:
    pointers = (
        VRT.format("CSV:/etc/passwd"),
        VRT.format("/etc/passwd"),
        '{"type": "gdal_streamed_alg", "command_line": "vector read CSV:/etc/passwd"}',
    )
    for pointer in pointers:
        with zipfile.ZipFile(tmp_path / "given.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(inner, pointer)
        with pytest.raises(InputError) as refusal:
            read_vector(tmp_path / "given.zip", ReadOptions(crs="EPSG:4326"), Faults("given.zip"))
        assert "root:" not in str([f.values for f in refusal.value.findings])


def test_a_raster_that_points_elsewhere_is_no_scan(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>')
    assert refused(read_scan, tmp_path / "a.tif") == {"scan_kind"}
