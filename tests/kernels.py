"""Compiled loops, kept from one checkout to the next: compiling them takes half a minute a worker.

numba keeps what it compiled beside the source, so that a fresh clone has nothing. A run takes what
an earlier one compiled of the same source (by its content) from the user's cache folder, and puts
there what it compiled itself. numba looks at its own version, Python's and the processor's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

KEPT_S = 14 * 24 * 3600
PATTERN = "*.nb[ci]"


def bring(root: Path) -> None:
    """Lay what is kept beside the sources of a checkout, where nothing lies yet."""
    for folder, kept in _places(root):
        _copy(kept, folder / "__pycache__")


def keep(root: Path) -> None:
    """Keep what lies beside the sources of a checkout; drop what no run has used for two weeks."""
    for folder, kept in _places(root):
        _copy(folder / "__pycache__", kept)
        if kept.exists():
            os.utime(kept)
        for other in kept.parent.glob(f"{folder.name}-*"):
            if time.time() - other.stat().st_mtime > KEPT_S:
                shutil.rmtree(other, ignore_errors=True)


def _places(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield every folder with compiled loops, and where those of just this content are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    sources = (root / "layers").rglob("*.py")
    for folder in sorted({p.parent for p in sources if b"@njit" in p.read_bytes()}):
        content = hashlib.blake2b(digest_size=8)
        for path in sorted(folder.glob("*.py")):
            content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        name = f"{folder.name}-{content.hexdigest()}"
        yield folder, cache / "getu-tests" / "kernels" / name


def _copy(source: Path, target: Path) -> None:
    try:
        for path in source.glob(PATTERN):
            if not (target / path.name).exists():
                target.mkdir(parents=True, exist_ok=True)
                new = target / f".{path.name}.{os.getpid()}"
                shutil.copyfile(path, new)
                new.replace(target / path.name)
    except OSError:
        return  # a home that cannot be written to: this run compiles for itself
