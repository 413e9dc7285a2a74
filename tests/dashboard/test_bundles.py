"""A page asks only for its own scripts and styles; scripts leave one name on the window."""

from __future__ import annotations

import re

from dashboard.setup import bundle

OURS = re.compile(r"window\.(\w+)\s*=(?!=)")
ALLOWED = {"getu", "dash_clientside"}


def test_a_page_has_its_own_script_and_all_share_one_chunk() -> None:
    built = bundle.ensure()
    assert set(built.pages) == set(bundle.page_names(bundle.PROJECT))
    assert len({page.script for page in built.pages.values()}) == len(built.pages)
    assert len({page.preloads for page in built.pages.values()}) == 1


def test_scripts_write_no_global_but_two() -> None:
    written = {
        name
        for file in bundle.sources(bundle.PROJECT)
        if file.suffix == ".js"
        for name in OURS.findall(file.read_text(encoding="utf-8"))
    }
    assert written == ALLOWED


def test_a_changed_source_is_stale() -> None:
    bundle.ensure()
    assert bundle.is_current(bundle.PROJECT)
    assert bundle.digest(bundle.PROJECT) == bundle.digest(bundle.PROJECT)
