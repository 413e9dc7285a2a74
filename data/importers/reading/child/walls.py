"""The walls around a child that reads somebody's file: processor, memory, files, network.

Everything here is asked of Linux itself by ``ctypes``. Where a kernel lacks one of them, the
others still stand; ``missing`` says which.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

# Every driver that a reader of ours uses, and no other.
DRIVERS: Final = frozenset(
    [
        "GPKG",
        "GeoJSON",
        "GeoJSONSeq",
        "TopoJSON",
        "FlatGeobuf",
        "GML",
        "KML",
        "LIBKML",
        "DXF",
        "OpenFileGDB",
        "GTiff",
        "COG",
        "MBTiles",
        "PNG",
        "JPEG",
        "MEM",
        "Memory",
    ]
) | {"ESRI Shapefile"}
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_NO_NEW_PRIVS = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL = (1 << 13) - 1  # the first version's rights: everything that makes, removes, writes or reads
_closed = False
_OWN: Final = 64_000_000
"""Bytes that Python and the libraries need to say what went wrong."""


def keep_drivers() -> None:
    """Take every driver out of the GDALs of this process that is not in ``DRIVERS``."""
    for library in _gdals():
        gdal = ctypes.CDLL(library)
        gdal.GDALGetDriver.restype = ctypes.c_void_p
        gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
        gdal.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
        gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
        gdal.GDALAllRegister()
        found = [gdal.GDALGetDriver(i) for i in range(gdal.GDALGetDriverCount())]
        for driver in found:
            if gdal.GDALGetDriverShortName(driver).decode() not in DRIVERS:
                gdal.GDALDeregisterDriver(driver)


def drop_connections(but: int) -> None:
    """Close what this process inherited towards others: databases, listeners. ``but``: one."""
    for place in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):
            if int(place.name) != but and str(place.readlink()).startswith("socket:"):
                os.close(int(place.name))


def drivers() -> set[str]:
    """Return the names of the drivers that the GDALs of this process have."""
    names = set()
    for library in _gdals():
        gdal = ctypes.CDLL(library)
        gdal.GDALGetDriver.restype = ctypes.c_void_p
        gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
        gdal.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
        for i in range(gdal.GDALGetDriverCount()):
            names.add(gdal.GDALGetDriverShortName(gdal.GDALGetDriver(i)).decode())
    return names


def _gdals() -> list[str]:
    """Return the GDAL libraries that this process has loaded (pyogrio's and rasterio's own)."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    return sorted(set(re.findall(r"(/\S*libgdal\S*\.so\S*)", maps)))


def close_in(seconds: float, memory: int, folder: str) -> None:
    """Bound this process for good. ``folder``: the only place of others that it may read."""
    global _closed
    _closed = True
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    held = _data_bytes()
    resource.setrlimit(resource.RLIMIT_DATA, (held + memory, resource.RLIM_INFINITY))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    hard = int(seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    _leave_network()
    _shut_files(folder)


def tighten(megabytes: float) -> None:
    """Leave a child less memory from here on than its file may take: this kind needs no more."""
    if _closed:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        held = _data_bytes() - _OWN
        resource.setrlimit(resource.RLIMIT_DATA, (held + int(megabytes * 1e6), hard))


def let_speak() -> None:
    """Leave what is needed to send the answer: it was within its bounds when it was made."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def missing() -> list[str]:
    """Return which walls this kernel cannot build: ``network``, ``files``."""
    left = []
    if _LIBC.syscall(_CREATE_RULESET, None, 0, 1) < 1:
        left.append("files")
    child = os.fork()
    if child == 0:
        os._exit(0 if _leave_network() else 1)
    if os.waitpid(child, 0)[1]:
        left.append("network")
    return left


def _data_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmData:\s+(\d+) kB", status)
    return int(found[1]) * 1024 + _OWN if found else 2 * 2**30


def _leave_network() -> bool:
    return _LIBC.unshare(_NEWNET) == 0 or _LIBC.unshare(_NEWUSER | _NEWNET) == 0


def _shut_files(folder: str) -> bool:
    """Let this process read only the program, the system's libraries and ``folder``."""
    rules = _LIBC.syscall(_CREATE_RULESET, struct.pack("Q", _ALL), 8, 0)
    if rules < 0:
        return False
    for path in {*_program(), folder}:
        _allow(rules, path, _READ)
    for path in ("/dev/null", "/dev/urandom", "/dev/zero"):
        _allow(rules, path, _READ_FILE | _WRITE)
    _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    shut = _LIBC.syscall(_RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return shut


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not Path(path).is_dir():
        rights &= _EXECUTE | _WRITE | _READ_FILE
    _LIBC.syscall(_ADD_RULE, rules, 1, struct.pack("<Qi", rights, place), 0)
    os.close(place)


def _program() -> Iterator[str]:
    project = Path(__file__).resolve().parents[3]
    yield from (str(project / name) for name in ("data", "layers", "dashboard"))
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(sys.executable).parent))
    yield from (str(Path(p).resolve()) for p in sys.path if "site-packages" in p)
    yield from ("/usr/lib", "/usr/local/lib", "/usr/share", "/lib", "/lib64", "/proc/self")
    yield from ("/etc/ld.so.cache", "/etc/localtime", "/sys/devices/system/cpu")
