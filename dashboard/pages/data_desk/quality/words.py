"""What a row of the quality page says of itself, on the screen and in the file."""

from __future__ import annotations

from datetime import date

from dashboard.text import Language, catalogue, text
from layers.quality.rules import months_old
from layers.quality.store import Row

USES = {
    "dwelling": "data_quality.use_dwelling",
    "shop": "data_quality.use_shop",
    "public": "data_quality.use_public",
    "dormitory": "data_quality.use_dormitory",
    "mixed": "data_quality.use_mixed",
    "industry": "data_quality.use_industry",
    "other": "data_quality.use_other",
}


def row_name(row: Row, lang: Language) -> str:
    """Return what a row's thing is called; a street or building without a name is said so."""
    unnamed = "data_quality.no_street_name" if row.check == "crossing" else "data_quality.no_name"
    return row.name or text(unnamed, lang)


def row_note(row: Row, lang: Language, day: date) -> str:
    """Return what is wrong with a row, in one sentence."""
    facts = row.facts
    other = facts.get("other") or text("data_quality.no_name", lang)
    match row.check:
        case "stale" | "estimated":
            on = date.fromisoformat(facts["on"])
            key = "data_quality.row_stale" if row.check == "stale" else "data_quality.row_estimated"
            values = {"on": facts["on"], "months": months_old(on, day), "source": facts["source"]}
            return text(key, lang, values)
        case "unplaced":
            return text("data_quality.row_unplaced", lang, facts)
        case "overlapping":
            key = "data_quality.row_twin" if facts["kind"] == "twin" else "data_quality.row_cut"
            return text(key, lang, {"other": other, "area_m2": facts["area_m2"]})
        case "crossing":
            crossing = facts["kind"] == "street_crossing"
            key = "data_quality.row_crossing" if crossing else "data_quality.row_end_near"
            other = facts.get("other") or text("data_quality.no_street_name", lang)
            return text(key, lang, {"other": other})
        case "levels":
            if facts["levels"] is None:
                return text("data_quality.row_no_levels", lang)
            return text("data_quality.row_levels", lang, {"levels": facts["levels"]})
        case "off_network":
            key = f"station_state.{facts['state']}"
            return text(key, lang) if key in catalogue() else str(facts["state"])
        case _:
            return text(USES[facts["use"]], lang)
