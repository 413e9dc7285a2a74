"""What the docs name is there: commands, options, addresses, settings, files, tests, modules."""

from __future__ import annotations

import argparse
import importlib
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from dashboard.application import close_app, create_app
from dashboard.commands import commands
from dashboard.pages import PAGES
from dashboard.pages.page import Page
from dashboard.settings import read_settings
from data.server import Server
from tests.conftest import ROOT

DOCS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "benchmarks").glob("*.md"),
    ]
)
DOCS = [path for path in DOCS if path.name != "CHANGELOG.md"]  # it tells what was
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
TOPS = "app.py|assets|benchmarks|dashboard|data|docs|layers|tests|pyproject.toml|package.json"
# What a reader makes while following the page, or what ./run makes.
MADE = re.compile(
    r"layers/barriers\b|data/ground/read_barriers\.py|assets/(vendor|built)|.*<[a-z]+>"
)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


@cache
def code_of(path: Path) -> tuple[str, ...]:
    """Return what a page says in code: spans and blocks."""
    return tuple(m.group(0).strip("`") for m in CODE.finditer(path.read_text(encoding="utf-8")))


def paths_of(path: Path) -> set[str]:
    named = re.compile(rf"(?<![\w/.…-])(?:{TOPS})(?:/[\w./<>*-]*)?")
    found = {m.group(0).rstrip("./") for part in code_of(path) for m in named.finditer(part)}
    inside = [p for p in found if "/" in p or "." in p]
    return {p for p in inside if not MADE.match(p)}


@pytest.mark.parametrize("page", [*DOCS, *DECISIONS], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_and_test_that_a_page_names_is_there(page: Path) -> None:
    missing = [p for p in sorted(paths_of(page)) if not list(ROOT.glob(p))]
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing += [link for link in links if not (page.parent / link).exists()]
    assert missing == []


# `layers/kit/load.py` (`is_over_limit`, `load_class`): what a page sends its reader to look for.
LOOKED_FOR = re.compile(rf"`((?:{TOPS})/[\w./-]+\.\w+)`\s+\((`[\w.-]+`(?:,\s+`[\w.-]+`)*)(?=[):])")


@pytest.mark.parametrize("page", [*DOCS, *DECISIONS], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_name_that_a_page_sends_to_a_file_for_is_in_it(page: Path) -> None:
    missing = []
    for found in LOOKED_FOR.finditer(page.read_text(encoding="utf-8")):
        file, names = found[1], re.findall(r"`([^`]+)`", found[2])
        text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else ""
        missing += [f"{file}: {name}" for name in names if name not in text]
    assert missing == []


def test_a_page_is_made_of_what_contributing_says() -> None:
    said = re.search(r"`PAGE = Page\(([^)]+)\)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert said
    assert said[1].split(", ") == [field.name for field in fields(Page)]


def test_decisions_link_to_what_is_there() -> None:
    missing = []
    for page in DECISIONS:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / link).exists():
                missing.append((page.name, link))
    assert missing == []


@cache
def options(name: str) -> frozenset[str]:
    parser = argparse.ArgumentParser()
    importlib.import_module(commands()[name].module).add_arguments(parser)
    return frozenset(o for action in parser._actions for o in action.option_strings)


@pytest.mark.parametrize("page", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_and_option_that_a_page_names_is_there(page: Path) -> None:
    unknown = []
    for part in code_of(page):
        for line in part.splitlines():
            for name, rest in re.findall(r"(?:^|[\s/])getu ([a-z][a-z-]*)([^|#`]*)", line):
                if name not in commands():
                    unknown.append(f"getu {name}")
                else:
                    given = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest))
                    unknown += [f"getu {name} {o}" for o in sorted(given - options(name))]
    assert unknown == []


def test_every_setting_that_a_page_names_is_read_somewhere() -> None:
    sources = [ROOT / "run", ROOT / "test"]
    for top in ("dashboard", "data", "layers", "tests", "benchmarks"):
        sources += [p for p in (ROOT / top).rglob("*.py") if p != Path(__file__)]
    read = "\n".join(p.read_text(encoding="utf-8") for p in sources)
    known = set(re.findall(r"\b(?:GETU_[A-Z_]*[A-Z]|DATABASE_URL)\b", read))
    named = {
        (page.name, name)
        for page in DOCS
        for name in re.findall(r"\bGETU_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8"))
    }
    assert sorted(n for n in named if n[1] not in known) == []


@pytest.mark.parametrize("page", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_that_a_page_runs_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    run = re.findall(r"python -m ((?:benchmarks|dashboard|docs|tests)[\w.]*\w)", text)
    assert [m for m in run if not (ROOT / f"{m.replace('.', '/')}.py").exists()] == []


ADDRESS = re.compile(r"((?:GET|POST|PATCH|PUT|DELETE) )?(/[\w/<>{}.?=&,…|\[\]-]+)")
SYSTEM = ("/var/", "/usr/", "/run/", "/proc", "/tmp/", "/etc/")


def plain(address: str) -> str:
    """Return an address with its variables alike and without what is asked."""
    return re.sub(r"<[^>]*>|\b\d{6}\b", "<>", re.split(r"[?\[]", address)[0]).rstrip("/") or "/"


@pytest.mark.database
def test_every_address_that_a_page_names_is_answered(database: Server) -> None:
    app = create_app(read_settings({}), database)
    rules = {plain(str(rule)) for rule in app.server.url_map.iter_rules()}
    close_app(app)
    rules |= {plain(page.path) for page in PAGES}
    unknown = []
    for page in DOCS:
        for part in code_of(page):
            match = re.fullmatch(
                r"((?:GET|POST|PATCH|PUT|DELETE) )?(/[\w/<>{}.?=&,…|\[\]-]+)", part
            )
            if not match or match[2].startswith(SYSTEM) or MADE.match(match[2].strip("/")):
                continue
            address = plain(match[2])
            # A page on one interface may leave its beginning out where it names the method.
            fits = any(r.endswith(address) if match[1] else r.startswith(address) for r in rules)
            if not fits and address.split("/")[1] != "layers":
                unknown.append(f"{page.name}: {part}")
    assert unknown == []


def test_every_identifier_of_the_glossary_is_used() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| [^|]+ \| `([a-z_]+)` \|", glossary, re.MULTILINE)
    assert len(names) > 50
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for top in ("dashboard", "layers", "data", "assets")
        for path in (ROOT / top).rglob("*")
        if path.suffix in {".py", ".sql", ".js", ".toml"} and "vendor" not in path.parts
    )
    words = set(re.findall(r"[a-z]+(?:_[a-z]+)*", sources))
    parts = {"_".join(p) for w in words for p in _runs(w.split("_"))}
    assert [n for n in names if not {n, f"{n}s"} & parts] == []


def _runs(words: list[str]) -> list[list[str]]:
    """Return every run of neighbouring words: ``grid_chief`` is in ``of_grid_chief``."""
    return [words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
