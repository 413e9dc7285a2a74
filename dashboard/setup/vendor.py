"""Front-end libraries and fonts: pinned npm packages, copied to ``assets/vendor``.

Runs before the environment is complete, so it uses the standard library only.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

LIBRARY = "protomaps-leaflet/dist/protomaps-leaflet.js"
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
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in PINS:
        digest.update((project / name).read_bytes())
    return digest.hexdigest()


def is_complete(project: Path) -> bool:
    """Tell whether ``assets/vendor`` holds what the pins say."""
    mark = project / "assets" / "vendor" / "pinned.txt"
    return mark.exists() and mark.read_text() == pinned(project)


def install(project: Path, npm_programs: Sequence[Path]) -> None:
    """Fetch the pinned packages with the first npm that works and copy what is needed.

    Everything is prepared beside and renamed at the end. Raises VendorError.
    """
    work = project / "node_modules"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        packages = _fetch(project, work / "fetch", npm_programs)
        new = work / "vendor"
        (new / "fonts").mkdir(parents=True)
        _copy_library(packages, new)
        _copy_fonts(packages / FONT, new / "fonts")
        (new / "pinned.txt").write_text(pinned(project))
        final = project / "assets" / "vendor"
        shutil.rmtree(final, ignore_errors=True)
        final.parent.mkdir(exist_ok=True)
        new.rename(final)
    except OSError as error:
        raise VendorError(f"front-end packages: {error.strerror} ({error.filename})") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fetch(project: Path, folder: Path, npm_programs: Sequence[Path]) -> Path:
    said = "there is no npm"
    for npm in npm_programs:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in PINS:
            shutil.copyfile(project / name, folder / name)
        answer = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if answer.returncode == 0:
            return folder / "node_modules"
        lines = [s for s in answer.stdout.splitlines() if "error" in s.lower()]
        said = lines[0] if lines else f"npm ended with {answer.returncode}"
    raise VendorError(
        f"front-end packages could not be fetched ({said}): check the network and run it again"
    )


def _copy_library(packages: Path, new: Path) -> None:
    source = packages / LIBRARY
    text = source.read_text(encoding="utf-8")
    # The map of its sources is not served, so nobody should be sent to look for it.
    text = re.sub(r"\n//# sourceMappingURL=.*\s*$", "\n", text)
    (new / source.name).write_text(text, encoding="utf-8")
    package = packages / LIBRARY.split("/", maxsplit=1)[0]
    shutil.copyfile(package / "LICENSE", new / f"{package.name}.LICENSE.txt")


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
