"""Words of the coverage page that its screens and its files share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard.text import Language, text
from data.stations.read_coverage import DoorFacts
from layers.coverage_gaps.answers.gaps import PARTY, Gaps, Question
from layers.coverage_gaps.answers.mending import Reason
from layers.coverage_gaps.store import Board
from layers.kit import clock
from layers.service_circles.travel.profiles import Profiles, is_own
from layers.service_circles.travel.response import CRUISER
from layers.service_circles.travel.way import Way
from layers.service_circles.walking.network import ADULT, ELDERLY


def building_name(facts: DoorFacts, lang: Language) -> str:
    """Return what people call a building: name, else address, else its number in the data."""
    own = facts.name or facts.address
    return str(own or text("coverage.building_nameless", lang, {"id": str(facts.id)}))


def reason_words(reason: Reason, way: Way, lang: Language) -> str:
    """Return the sentence of a reason."""
    values = dict(reason.values)
    if "state" in values:
        values["state"] = text(f"station_state.{values['state']}", lang)
    of = "coverage_late" if way == "response" else "coverage_reason"
    return text(f"{of}.{reason.code}", lang, values)


def services_words(services: Sequence[str], lang: Language) -> str:
    """Return the names of services; the party's own three categories are one."""
    return text("visits.list_and", lang).join(
        text("desk.party_stations" if s == PARTY else f"category.{s}", lang) for s in services
    )


def profile_title(profiles: Profiles, key: str, lang: Language) -> str:
    """Return what a profile is called: the county's own word, else the program's."""
    own = profiles.titles.get(key, key if is_own(key) else "")
    return own or text(f"coverage_profile.{key}", lang)


def source_name(key: str, source: str, lang: Language) -> str:
    """Return whose figures a profile has; those of the program itself are called so."""
    if source in (ADULT.source, ELDERLY.source, CRUISER.source):
        return text(f"coverage_default.{key}", lang)
    return source


def travel_words(board: Board, question: Question, lang: Language) -> str:
    """Return who goes how fast, with slopes or without, and whose figures these are."""
    profiles = board.town.profiles
    if question.way == "response":
        vehicle = profiles.vehicle
        speeds = {name: f"{speed:g}" for name, speed in vehicle.speeds_km_h.items()}
        driven = {
            **speeds,
            "start": f"{vehicle.start_s:g}",
            "foot": f"{vehicle.off_street_speed_m_s:g}",
            "source": source_name(CRUISER.key, vehicle.source, lang),
            "title": profile_title(profiles, CRUISER.key, lang),
        }
        return text("coverage.by_vehicle", lang, driven)
    walker = profiles.walker(question.profile)
    slopes = "coverage.with_slopes" if walker.has_slopes else "coverage.without_slopes"
    if not board.town.network.has_elevation:
        slopes = "coverage.no_heights"
    values = {
        "title": profile_title(profiles, question.profile, lang),
        "speed": f"{walker.flat_speed_m_s:g}",
        "off": f"{walker.off_street_speed_m_s:g}",
        "steps": f"{walker.steps_factor:g}",
        "slopes": text(slopes, lang),
        "source": source_name(question.profile, walker.source, lang),
    }
    return text("coverage.on_foot", lang, values)


def question_words(board: Board, gaps: Gaps, lang: Language) -> str:
    """Return the question in words."""
    question = gaps.question
    tier = f"stations.tier_{question.tier}" if question.tier else "coverage.any_tier"
    when = text("coverage.any_time", lang)
    if question.weekday is not None:
        when = f"{text(f'weekday.{question.weekday}', lang)} {question.clock}"
    key = CRUISER.key if question.way == "response" else question.profile
    values = {
        "minutes": question.minutes,
        "services": services_words(question.services, lang),
        "way": text(f"coverage_travel.{question.way}", lang),
        "profile": profile_title(board.town.profiles, key, lang),
        "tier": text(tier, lang),
        "time": when,
    }
    return text("coverage_export.asked", lang, values)


def source_words(board: Board, gaps: Gaps, lang: Language) -> str:
    """Return measure, way of travel, date and version of the data; and how many are estimated."""
    counted = "coverage.source_estimated" if board.estimated else "coverage.source"
    values = {
        "estimated": f"{board.estimated:,}",
        "date": board.data_as_of.isoformat(),
        "measure": text(f"measure.{board.measure}", lang),
        "travel": travel_words(board, gaps.question, lang),
        "version": board.version,
        "changed": clock_words(board.versions.changed_at),
    }
    return text(counted, lang, values)


def unplaced_words(households: int, lang: Language) -> str:
    """Return how many households are in no figure, since no building is known for them."""
    return text("coverage_export.unplaced", lang, {"households": households})


def clock_words(at: datetime) -> str:
    """Return a moment as the county's clock shows it."""
    return clock.minute(at)
