"""Scripts and styles of the pages: one bundle a page and a chunk that all share.

esbuild (a pinned npm package) reads ``assets/shared`` and ``assets/pages`` and writes
``assets/built``, which is not committed; names hold a hash of what is in them, so browsers keep
them for good. Runs before the environment is complete, so it uses the standard library only.

    .venv/bin/python -m dashboard.setup.bundle     builds what is stale, by hand
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from dashboard.setup import vendor

PROJECT = Path(__file__).resolve().parents[2]
# What an entry is called in its page's folder.
SCRIPT, STYLE = "main.js", "styles.css"
THEME = "theme.js"
FIRST = "shared/map/first.js"
BUILT = "assets/built"
PARTS = ("shared", "frame", "pages")
MANIFEST = "manifest.json"
# Browsers of the last years (docs/running.md); nothing is rewritten for older ones.
TARGET = "es2022"
# Packages that a package of ours asks for and no page uses: an empty file stands in for them.
UNUSED = tuple(
    f"--alias:{name}=./assets/shared/map/unused.js"
    for name in ("pmtiles", "@protomaps/basemaps", "color2k")
)


class BundleError(Exception):
    """The scripts could not be built; the message is one line, or esbuild's own lines."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Addresses of one page's files. ``preloads``: the chunks that ``script`` imports."""

    script: str
    style: str
    preloads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """Addresses of a script and of the chunks that it imports."""

    script: str
    preloads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundles:
    """What ``assets/built`` holds: a bundle by its page's folder, and what goes first.

    ``first`` paints the first view of any page.
    """

    theme: str
    first: Module
    pages: dict[str, Bundle]


def sources(project: Path) -> list[Path]:
    """Return every file that decides what is built, in order."""
    assets = project / "assets"
    found = [*assets.iterdir(), *(f for part in PARTS for f in (assets / part).rglob("*"))]
    ours = [file for file in found if file.suffix in (".js", ".css")]
    pins = [project / name for name in ("package.json", "package-lock.json")]
    return [*sorted(ours), *pins, Path(__file__)]


def digest(project: Path) -> str:
    """Return the hash of all sources and of their names."""
    made = hashlib.sha256()
    for file in sources(project):
        name = file.relative_to(project) if file.is_relative_to(project) else file.name
        made.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return made.hexdigest()


def is_current(project: Path) -> bool:
    """Tell whether ``assets/built`` is what the sources say."""
    manifest = project / BUILT / MANIFEST
    try:
        return bool(json.loads(manifest.read_text())["digest"] == digest(project))
    except (OSError, ValueError, KeyError):
        return False


def ensure(project: Path = PROJECT) -> Bundles:
    """Build what is stale, one process at a time, and return what there is. Raises BundleError."""
    if not is_current(project):
        with (project / "package.json").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_current(project):
                build(project)
    return read(project)


def read(project: Path) -> Bundles:
    """Return what ``assets/built`` holds; raise BundleError where nothing was built."""
    try:
        known = json.loads((project / BUILT / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{BUILT} holds no scripts: run ./run, which builds them") from error
    pages = {
        name: Bundle(page["script"], page["style"], tuple(page["preloads"]))
        for name, page in known["pages"].items()
    }
    first = Module(known["first"]["script"], tuple(known["first"]["preloads"]))
    return Bundles(known["theme"], first, pages)


def build(project: Path) -> None:
    """Write ``assets/built`` anew: prepared beside, renamed at the end. Raises BundleError."""
    programs = vendor.npm_programs()
    try:
        packages = vendor.packages(project, programs, development=False)
    except vendor.VendorError as error:
        raise BundleError(str(error)) from error
    names, made = page_names(project), digest(project)
    new = project / "assets" / "built.new"
    shutil.rmtree(new, ignore_errors=True)
    entries = [f"assets/pages/{name}/{kind}" for name in names for kind in (SCRIPT, STYLE)]
    entries.append(f"assets/{FIRST}")
    meta = project / "assets" / "built.json"
    shared = ["--bundle", "--minify", "--sourcemap", f"--target={TARGET}", "--log-level=warning"]
    shared += UNUSED
    hashed = [f"--outdir={new}", "--outbase=assets", "--entry-names=[dir]/[name]-[hash]"]
    run = _runner(project, packages, programs)
    try:
        run([f"assets/{THEME}", *shared, *hashed, "--format=iife"])
        theme = next(new.glob("theme-*.js")).name
        run(
            [
                *entries,
                *shared,
                *hashed,
                "--format=esm",
                "--splitting",
                "--chunk-names=shared-[hash]",
                "--external:/assets/*",
                f"--metafile={meta}",
            ]
        )
        bundles = _bundles(f"/{BUILT}/{theme}", _read_meta(meta), names)
        known = {"digest": made, **asdict(bundles)}
        (new / MANIFEST).write_text(json.dumps(known, indent=1), encoding="utf-8")
        final = project / BUILT
        shutil.rmtree(final, ignore_errors=True)
        new.rename(final)
    except OSError as error:
        raise BundleError(f"scripts: {error.strerror} ({error.filename})") from error
    finally:
        meta.unlink(missing_ok=True)
        shutil.rmtree(new, ignore_errors=True)


def page_names(project: Path) -> list[str]:
    """Return the pages by their folders under ``assets/pages``: planner, data_desk/cases, …"""
    pages = project / "assets" / "pages"
    return sorted(str(file.parent.relative_to(pages)) for file in pages.rglob(STYLE))


def _runner(
    project: Path, packages: Path, programs: Sequence[Path]
) -> Callable[[Sequence[str]], None]:
    node = next((p.with_name("node") for p in programs if p.with_name("node").exists()), None)
    if node is None:
        raise BundleError("scripts could not be built: there is no node")

    def run(arguments: Sequence[str]) -> None:
        answer = subprocess.run(
            [node, packages / "esbuild" / "bin" / "esbuild", *arguments],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if answer.returncode != 0:
            said = answer.stdout.split("node:child_process")[0].strip()
            raise BundleError(f"scripts could not be built:\n{said}")

    return run


class Import(TypedDict):
    """What a written file imports."""

    path: str
    kind: str


class Output(TypedDict):
    """A file that esbuild wrote; ``entryPoint``: the source that it was made of, if it is one."""

    entryPoint: NotRequired[str]
    imports: list[Import]


class Meta(TypedDict):
    """What esbuild says it wrote: ``--metafile``, as far as it is read here."""

    outputs: dict[str, Output]


def _read_meta(path: Path) -> Meta:
    """Raises BundleError for a file that another esbuild wrote otherwise."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        outputs: dict[str, Output] = {}
        for name, output in found["outputs"].items():
            imports = [Import(path=i["path"], kind=i["kind"]) for i in output["imports"]]
            outputs[name] = Output(imports=imports)
            if "entryPoint" in output:
                outputs[name]["entryPoint"] = output["entryPoint"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{path.name} is not what esbuild writes: {error!r}") from error
    return Meta(outputs=outputs)


def _bundles(theme: str, meta: Meta, names: Sequence[str]) -> Bundles:
    """Return all addresses, from what esbuild says it wrote."""

    def address(output: str) -> str:
        return output.replace("assets/built.new/", f"/{BUILT}/")

    def module(source: str) -> Module:
        script, about = outputs[f"assets/{source}"]
        chunks = [i["path"] for i in about["imports"] if i["kind"] == "import-statement"]
        return Module(address(script), tuple(sorted(address(chunk) for chunk in chunks)))

    outputs = {o.get("entryPoint"): (name, o) for name, o in meta["outputs"].items()}
    pages = {}
    for name in names:
        style, _ = outputs[f"assets/pages/{name}/{STYLE}"]
        own = module(f"pages/{name}/{SCRIPT}")
        pages[name] = Bundle(own.script, address(style), own.preloads)
    return Bundles(theme, module(FIRST), pages)


if __name__ == "__main__":
    try:
        ensure()
    except BundleError as error:
        sys.exit(str(error))
