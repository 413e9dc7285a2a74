"""What a tab of the data desk is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from dashboard.services import Services
from dashboard.view import View


def _no_callbacks(_app: Any, _desk: Services) -> None:
    return None


def _no_routes(_server: Flask, _desk: Services) -> None:
    return None


def _no_config(_view: View) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Tab:
    """One job of the desk: ``/data?tab=<key>``. ``title`` is a text key.

    ``layout`` makes what stands under the row of tabs, for a view that has a county. Its scripts
    are ``assets/pages/data_desk/<key>/main.js``; what that gives to ``whenOpened`` is called with
    the page's configuration, to which ``config`` is added. ``words``: prefixes of the texts that
    the scripts may say (``config.words``).
    """

    key: str
    title: str
    layout: Callable[[View], Any]
    register: Callable[[Any, Services], None] = _no_callbacks
    routes: Callable[[Flask, Services], None] = _no_routes
    words: tuple[str, ...] = ()
    config: Callable[[View], Mapping[str, object]] = _no_config
