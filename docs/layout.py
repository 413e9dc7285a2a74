"""How the house is built: folders by files and lines, arrows between packages, circles.

    python docs/layout.py [--largest 12]

A folder's own files are counted, not those of the folders below it. An arrow is an import of one
package of the second level by another (``layers.grids → data.grids``), with how many imports it
has. A circle is a set of modules, or of packages beside each other at any depth, that import each
other. Migrations are one file a number for good: their folder is not held to a dozen.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grimp
import networkx as nx

PROJECT = Path(__file__).resolve().parents[1]
ROOTS = ("dashboard", "layers", "data")
COUNTED = (*ROOTS, "assets", "tests", "benchmarks")
ENDINGS = {".py", ".js", ".css", ".toml", ".sql"}
BROUGHT = {"vendor", "built", "__pycache__"}
FILES_MAX, LINES_MAX = 12, 400
NUMBERED = Path("data/migrations/versions")


def files() -> Iterator[tuple[Path, int]]:
    """Yield what people wrote, with its lines; nothing that an installation brought."""
    for root in COUNTED:
        for path in sorted((PROJECT / root).rglob("*")):
            inside = path.relative_to(PROJECT)
            if path.suffix in ENDINGS and not BROUGHT & set(inside.parts):
                yield inside, len(path.read_text(encoding="utf-8").splitlines())


def package(module: str) -> str:
    """Return the package of the second level that a module is in."""
    return ".".join(module.split(".")[:2])


def is_full(folder: Path, files_in_it: int) -> bool:
    """Tell whether a folder asks for rooms."""
    return files_in_it > FILES_MAX and folder != NUMBERED


def beside(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the imports as arrows between what stands beside each other in one package."""
    found = set()
    for a, b in edges:
        own, other = a.split("."), b.split(".")
        depth = next(
            (i for i, pair in enumerate(zip(own, other, strict=False)) if pair[0] != pair[1]), None
        )
        if depth:
            found.add((".".join(own[: depth + 1]), ".".join(other[: depth + 1])))
    return found


def circles(edges: set[tuple[str, str]]) -> list[list[str]]:
    """Return the sets of names that reach each other."""
    graph = nx.DiGraph(sorted(edges))
    found = nx.strongly_connected_components(graph)
    return sorted(sorted(each) for each in found if len(each) > 1)


def main() -> None:
    """Print the layout."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=int, default=12)
    largest = parser.parse_args().largest
    counted = list(files())
    folders: dict[Path, list[int]] = {}
    for path, lines in counted:
        folders.setdefault(path.parent, []).append(lines)
    print("== folders: files, lines")
    for folder, each in sorted(folders.items()):
        print(
            f"{len(each):4} {sum(each):6}  {folder}/{'  ←' if is_full(folder, len(each)) else ''}"
        )
    print(f"{len(counted):4} {sum(n for _, n in counted):6}  in all")

    sys.path.insert(0, str(PROJECT))
    graph = grimp.build_graph(*ROOTS)
    edges = {(a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a)}
    arrows = Counter((package(a), package(b)) for a, b in edges if package(a) != package(b))
    print("\n== arrows between packages: imports")
    for (a, b), number in sorted(arrows.items()):
        print(f"{number:4}  {a} → {b}")
    for name, found in (("modules", circles(edges)), ("packages", circles(beside(edges)))):
        print(f"\n== circles of {name}: {len(found)}")
        for each in found:
            print("     " + ", ".join(each))

    print(f"\n== largest files ({sum(n > LINES_MAX for _, n in counted)} past {LINES_MAX} lines)")
    for path, lines in sorted(counted, key=lambda item: -item[1])[:largest]:
        print(f"{lines:6}  {path}")
    print(
        f"\n== largest folders ({sum(is_full(f, len(e)) for f, e in folders.items())} past a dozen)"
    )
    for folder, each in sorted(folders.items(), key=lambda item: -len(item[1]))[:largest]:
        print(f"{len(each):6}  {folder}/")


if __name__ == "__main__":
    main()
