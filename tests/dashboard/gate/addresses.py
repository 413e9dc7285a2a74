"""Every address of the URL map with values for its gaps, so that a new one is tried by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Rule

UNTRIED = ("OPTIONS", "HEAD")


@dataclass(frozen=True)
class Tried:
    """An address with a method; ``endpoint`` is its name in the table of rights."""

    endpoint: str
    method: str
    path: str


def one(rule: Rule, name: str, is_number: bool) -> Any:
    """Return a number for every gap."""
    return 1


def every_address(app: Any, value_of: Callable[[Rule, str, bool], Any] = one) -> Iterator[Tried]:
    """Return all addresses. ``value_of``: rule, gap, whether a number fills it → the value."""
    with app.server.test_request_context():
        for rule in app.server.url_map.iter_rules():
            values = {
                name: value_of(rule, name, type(rule._converters[name]).__name__.startswith("Int"))
                for name in rule.arguments
            }
            _, path = rule.build(values) or ("", "")
            for method in sorted((rule.methods or set()) - set(UNTRIED)):
                yield Tried(rule.endpoint, method, path)
