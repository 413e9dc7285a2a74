"""What one checkout's tests leave for those of the next, in the user's cache folder.

All of it can be made anew and would be in a fresh clone: compiled loops (numba keeps them beside
their source; half a minute for each worker), made towns, what the compiler of the scripts knows
of them, and how long tests took. Loops and towns are kept under the content of what they are made
from, so that a change of it is never met with something old; numba and the compiler also look for
themselves.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from tests import durations

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "getu-tests"
KEPT_S = 14 * 24 * 3600
SCRIPTS = ".tsbuildinfo"
LOOPS = "*.nb[ci]"
NEWEST = (durations.FILE, SCRIPTS)


def bring(root: Path) -> None:
    """Lay what is kept into a checkout, where nothing lies yet."""
    for folder, kept in _loops(root):
        compiled = folder / "__pycache__"
        if _made_of(compiled) != kept.name:
            # numba looks at a loop's own file only: what it compiled in from another may be old.
            with suppress(OSError):  # a checkout that cannot be written to holds nothing compiled
                for old in compiled.glob(LOOPS):
                    old.unlink(missing_ok=True)
                compiled.mkdir(exist_ok=True)
                (compiled / "loops.txt").write_text(kept.name)
        _copy(kept.glob(LOOPS), compiled)
    _copy((CACHE / name for name in NEWEST), root)


def keep(root: Path) -> None:
    """Keep what a checkout has; drop what no run has used for two weeks."""
    for folder, kept in _loops(root):
        if _made_of(folder / "__pycache__") == kept.name:
            _copy((folder / "__pycache__").glob(LOOPS), kept)
            _used(kept, f"{folder.name}-*")
    _copy((root / name for name in NEWEST), CACHE, anew=True)


def _made_of(compiled: Path) -> str:
    """Return the content that the loops of a folder were compiled from, as last noted."""
    note = compiled / "loops.txt"
    return note.read_text() if note.exists() else ""


def towns(root: Path) -> Path:
    """Return the folder of towns that were made by just this code."""
    sources = [f for part in ("data", "layers") for f in sorted((root / part).rglob("*.py"))]
    made_by = _content(root, [*sources, root / "requirements.txt"])
    folder = CACHE / "towns" / f"{made_by}-{sys.version_info.major}{sys.version_info.minor}"
    folder.mkdir(parents=True, exist_ok=True)
    _used(folder, "*", most=8)
    return folder


def _loops(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield every folder with compiled loops, and where those of just this content are kept."""
    sources = (root / "layers").rglob("*.py")
    for folder in sorted({p.parent for p in sources if b"@njit" in p.read_bytes()}):
        name = f"{folder.name}-{_content(root, sorted(folder.glob('*.py')))}"
        yield folder, CACHE / "loops" / name


def _content(root: Path, files: Iterable[Path]) -> str:
    content = hashlib.blake2b(digest_size=8)
    for file in files:
        content.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()


def _copy(files: Iterable[Path], target: Path, *, anew: bool = False) -> None:
    try:
        for path in files:
            if path.exists() and (anew or not (target / path.name).exists()):
                target.mkdir(parents=True, exist_ok=True)
                new = target / f"{path.name}.{os.getpid()}.half"
                shutil.copyfile(path, new)
                new.replace(target / path.name)
    except OSError:
        return  # a home that cannot be written to: this run makes everything for itself


def _used(folder: Path, others: str, *, most: int = 100) -> None:
    """Note that a folder was of use; remove those beside it that have not been, or are too many."""
    if not folder.exists():
        return
    os.utime(folder)
    beside = sorted(folder.parent.glob(others), key=lambda f: -f.stat().st_mtime)
    for place, other in enumerate(beside):
        if place >= most or time.time() - other.stat().st_mtime > KEPT_S:
            shutil.rmtree(other, ignore_errors=True)
