"""Words of a choice of several, which the component says in English by itself."""

from __future__ import annotations

from dashboard.text import Language, catalogue


def dropdown_labels(lang: Language) -> dict[str, str]:
    """Return the labels of a dropdown that takes several values.

    They keep ``{num_selected}``, which the component fills.
    """
    texts = catalogue()
    return {
        "select_all": texts["coverage.select_all"][lang],
        "deselect_all": texts["coverage.select_none"][lang],
        "selected_count": texts["coverage.selected"][lang],
    }
