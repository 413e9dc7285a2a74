from __future__ import annotations

from tests.demonstration import liping, spare_liping

__all__ = ["liping", "spare_liping"]
