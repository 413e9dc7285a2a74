from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.demonstration import liping, spare_liping

__all__ = ["liping", "spare_liping"]


@pytest.fixture(autouse=True, scope="session")
def every_change_leaves_an_entry() -> Iterator[None]:
    """Let no test pass in which an address changed something and left nothing in the audit."""
    from dashboard.gate import audit

    def complain(endpoint: str) -> None:
        raise AssertionError(f"{endpoint} left nothing in the audit: record(...) what it did")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "complain", complain)
        yield
