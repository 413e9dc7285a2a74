"""No callback has more arguments than a reader can hold: a question is one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from dashboard.shell import Shell
from tests.demonstration import Loaded

MOST = 10


@pytest.fixture(scope="module")
def app(liping: Loaded) -> Iterator[Shell]:
    made = create_app(read_settings({}), liping.server)
    yield made
    close_app(made)


def arguments(function: Callable[..., Any], given: int) -> int:
    """How many arguments the browser fills: a ``*rest`` takes whatever is left of ``given``."""
    named = list(inspect.signature(inspect.unwrap(function)).parameters.values())
    rest = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in named)
    return max(len(named) - 1, given) if rest else len(named)


def test_a_rest_counts_as_what_it_takes() -> None:
    assert arguments(lambda a, b: (a, b), 14) == 2  # 14 components in two values
    assert arguments(lambda a, *rest: (a, rest), 14) == 14


@pytest.mark.database
def test_a_callback_takes_at_most_ten_arguments(app: Shell) -> None:
    app._setup_server()
    many = {
        output: taken
        for output, entry in app.callback_map.items()
        if "callback" in entry
        and (taken := arguments(entry["callback"], len(entry["inputs"]) + len(entry["state"])))
        > MOST
    }
    assert many == {}
    of_python = [output for output, entry in app.callback_map.items() if "callback" in entry]
    assert len(of_python) >= 15, "the map must hold the pages' callbacks"
    scripts = {
        entry["output"]: taken
        for entry in app._callback_list
        if entry["clientside_function"]
        and (taken := len(entry["inputs"]) + len(entry["state"])) > MOST
    }
    assert scripts == {}
