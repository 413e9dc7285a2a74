from __future__ import annotations

from tests.demonstration import liping

__all__ = ["liping"]
