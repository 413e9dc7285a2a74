"""Words of the coverage page that its screens and its files share."""

from __future__ import annotations

from typing import Any

from dashboard.text import Language, text
from layers.coverage_gaps.mending import Reason


def building_name(facts: Any, lang: Language) -> str:
    """Return what people call a building: name, else address, else its number."""
    return str(facts["name"] or facts["address"] or text("coverage.building_nameless", lang))


def reason_words(reason: Reason, lang: Language) -> str:
    """Return the sentence of a reason."""
    values = dict(reason.values)
    if "state" in values:
        values["state"] = text(f"station_state.{values['state']}", lang)
    return text(f"coverage_reason.{reason.code}", lang, values)
