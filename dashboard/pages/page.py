"""What a page is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.services import Services
from dashboard.view import View


@dataclass(frozen=True, slots=True)
class Page:
    """``title`` is a text key. ``layout`` makes the page for a view; ``register`` adds its
    callbacks to an application. ``scripts`` is its folder under ``assets/pages``, found from the
    parameters of its address.
    """

    path: str
    title: str
    layout: Callable[[View], Any]
    register: Callable[[Any, Services], None]
    scripts: Callable[[Mapping[str, str]], str]
