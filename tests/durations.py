"""How long tests take: kept in a file from run to run, shown by folder, longest files first.

``.pytest-durations`` holds seconds by test (setup, call and teardown together), of its last run.
It orders the files of the next run, so that no worker begins a long file when the other is done.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

FILE = ".pytest-durations"
SHOWN = 20


class Durations:
    """A plugin of pytest; ``path``: where durations are kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
        self.seen: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the files that took longest first; of unknown ones those that drive a browser."""
        of_file: dict[str, float] = defaultdict(float)
        for test, seconds in self.known.items():
            of_file[test.partition("::")[0]] += seconds

        def order(item: pytest.Item) -> float:
            file = item.nodeid.partition("::")[0]
            return -of_file.get(file, 30.0 if file.startswith("tests/browser/") else 0.0)

        items.sort(key=order)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seen[report.nodeid] += report.duration

    def pytest_terminal_summary(self, terminalreporter: Any, config: Any) -> None:
        if not self.seen or hasattr(config, "workerinput"):
            return
        folders: dict[str, list[float]] = defaultdict(list)
        for test, seconds in self.seen.items():
            folders["/".join(test.partition("::")[0].split("/")[:-1][:3])].append(seconds)
        write = terminalreporter.write_line
        terminalreporter.write_sep("=", f"durations: {sum(self.seen.values()):.0f} s in all")
        for folder, each in sorted(folders.items(), key=lambda item: -sum(item[1])):
            write(f"{sum(each):7.1f} s {len(each):5} tests  {folder}")
        slowest = sorted(self.seen.items(), key=lambda item: -item[1])
        for test, seconds in slowest[: SHOWN if len(self.seen) > SHOWN * 5 else 5]:
            write(f"{seconds:7.1f} s  {test}")
        kept = {**self.known, **{test: round(s, 3) for test, s in self.seen.items()}}
        self.path.write_text(json.dumps(dict(sorted(kept.items())), indent=0, ensure_ascii=False))
