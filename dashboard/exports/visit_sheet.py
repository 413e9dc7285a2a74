"""The visit sheet of a grid: one HTML file that needs nothing else, and the same as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from dashboard.exports.cells import few_words
from dashboard.exports.coverage_tables import why_words
from dashboard.exports.coverage_words import (
    building_name,
    question_words,
    services_words,
    source_words,
)
from dashboard.exports.visit_map import MARGIN_M, WIDE, VisitSheet, draw_map
from dashboard.text import Language, number, text
from data.exporters.pages import Step, pdf_of, unheard
from data.stations.read_coverage import footprints, named_streets
from layers.coverage_gaps.answers.gaps import Gaps
from layers.coverage_gaps.answers.mending import minutes_up
from layers.coverage_gaps.answers.visits import Visit, walking_order
from layers.coverage_gaps.answers.way import find_way
from layers.coverage_gaps.report import doors_outside, nearest_names
from layers.coverage_gaps.store import Board
from layers.kit import few
from layers.kit.crs import to_measuring
from layers.kit.errors import NotFoundError

COLUMNS = (
    "order", "building", "address", "households", "elderly", "children", "nearest", "walk", "why",
    "note",
)  # fmt: skip
DETOUR = 1.3  # straight lines are this much shorter than ways, where there is no way to ask
CSS = """
@page { size: A4; margin: 12mm 11mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; color: #55657a; } }
body { font-family: "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #14202f; margin: 0 auto; max-width: 60rem; padding: 0.6rem; font-size: 10.5pt; line-height: 1.4; font-variant-numeric: tabular-nums; background: #fff; }
h1 { font-size: 17pt; margin: 0 0 0.2rem; } .demo { display: inline-block; border: 1px solid #8a6200; color: #8a6200; border-radius: 0.3rem; padding: 0 0.5rem; margin: 0 0 0.4rem; } .lead { font-size: 11.5pt; margin: 0 0 0.6rem; } .muted { color: #55657a; font-size: 9pt; margin: 0.3rem 0; }
svg { width: 100%; max-height: 11.5cm; font-family: inherit; border: 1px solid #d8e0ea; background: #f6f8fb; }
table { width: 100%; border-collapse: collapse; margin-top: 0.6rem; } th, td { border-bottom: 1px solid #d8e0ea; padding: 0.25rem 0.35rem; text-align: left; vertical-align: top; }
th { color: #55657a; font-weight: 400; font-size: 9pt; } th.n, td.n { text-align: right; } tr { break-inside: avoid; } .why { font-size: 9pt; } .note { min-width: 3cm; } b { font-weight: 700; }
.scroll { overflow-x: auto; }
@media (max-width: 700px) { table, tbody, tr, td { display: block; } thead { display: none; } tr { border: 1px solid #d8e0ea; border-radius: 6px; margin: 0.5rem 0; padding: 0.3rem 0.5rem; } td { border: 0; padding: 0.1rem 0; text-align: left !important; } td.n { display: inline-block; margin-right: 1rem; } td.head { display: inline; font-size: 13pt; margin-right: 0.5rem; } td.head::before { content: none !important; } svg { max-height: none; } td[data-of]::before { content: attr(data-of) " "; color: #55657a; } .note { border-top: 1px dashed #d8e0ea; min-height: 2rem; } }
""".strip()  # noqa: E501 (a style sheet, one rule a line)


def lay_visits(c: Connection, board: Board, gaps: Gaps, grid: str, lang: Language) -> VisitSheet:
    """Return the visit sheet of a grid (its id). Raises NotFoundError."""
    row = next((r for r in board.grid_rows if str(r.grid_id) == grid), None)
    if row is None:
        raise NotFoundError("grid {grid} is not here", grid=grid)
    place = [key for key, _ in board.grids.names].index(grid)
    outside = doors_outside(board, gaps, np.flatnonzero(board.grids.of == place))
    order = _order(board, gaps, outside)
    doors = [outside[i] for i in order]
    walk, metres = _walk(board, gaps, doors)
    border = _measured(np.array([shapely.from_wkb(bytes(row.geometry))], object), board.srid)[0]
    ids, outlines = footprints(c, board.county)
    around = border.buffer(MARGIN_M)
    west, south, east, north = around.bounds
    more = max(0.0, WIDE * (north - south) - (east - west)) / 2
    around = shapely.union(around, shapely.box(west - more, south, east + more, north))
    return VisitSheet(
        row.name, border,
        tuple(_visit(board, gaps, door, n, lang) for n, door in enumerate(doors, start=1)),
        tuple(walk), metres, _near(board, ids, outlines, around),
        named_streets(c, board.county, board.srid, around), tuple(doors),
    )  # fmt: skip


def _measured(shapes: NDArray[np.object_], srid: int) -> NDArray[np.object_]:
    measured: NDArray[np.object_] = to_measuring(shapes, srid)
    return measured


def _near(
    board: Board, ids: NDArray[np.int64], outlines: NDArray[np.object_], around: BaseGeometry
) -> NDArray[np.object_]:
    """Return the outline per door within the bounds of ``around``, None elsewhere."""
    west, south, east, north = around.bounds
    inside = (
        (board.door_x > west) & (board.door_x < east)
        & (board.door_y > south) & (board.door_y < north)
    )  # fmt: skip
    place = {int(i): n for n, i in enumerate(ids)}
    found = np.full(len(inside), None, object)
    doors = np.flatnonzero(inside)
    if len(doors):
        own = outlines[[place[int(board.town.building_ids[d])] for d in doors]]
        found[doors] = _measured(own, board.srid)
    return found


def _order(board: Board, gaps: Gaps, doors: Sequence[int]) -> list[int]:
    """Return positions in walking order, from the building nearest to a station on."""
    if not doors:
        return []
    walkers = board.on_foot(gaps.question)
    xy = np.column_stack([board.door_x[doors], board.door_y[doors]])
    straight = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    seconds = straight * DETOUR / walkers.travel.network.profile.flat_speed_m_s
    places = walkers.doors.places.take(list(doors))
    found = walkers.travel.reaches(walkers.doors, places, 3600.0)
    column = np.full(len(board.facts), -1)
    column[list(doors)] = np.arange(len(doors))
    for to, reached in enumerate(found):
        at = column[reached.doors]
        seconds[at[at >= 0], to] = reached.walk_s[at >= 0]
    away = np.nan_to_num(gaps.walk_s[list(doors)], nan=np.inf)
    return walking_order(seconds, int(np.argmin(away)))


def _walk(board: Board, gaps: Gaps, doors: Sequence[int]) -> tuple[list[BaseGeometry], float]:
    """Return the ways from each building to the next, straight where no way leads."""
    walkers = board.on_foot(gaps.question)
    places, ties = walkers.doors.places, board.town.ties
    lines, metres = [], 0.0
    for a, b in pairwise(doors):
        way = find_way(
            walkers.travel.network, ties.take([a]), places.one(a), ties.take([b]), places.one(b)
        )
        if way is None:
            ends = [(board.door_x[a], board.door_y[a]), (board.door_x[b], board.door_y[b])]
            lines.append(shapely.LineString(ends))
            metres += lines[-1].length * DETOUR
        else:
            lines.append(way.line)
            metres += way.length_m
    return lines, metres


def _visit(board: Board, gaps: Gaps, door: int, order: int, lang: Language) -> Visit:
    facts = board.facts[door]
    _, site, walk_s = max(
        nearest_names(gaps, door), key=lambda n: np.inf if np.isnan(n[2]) else n[2]
    )
    return Visit(
        order, facts.id, building_name(facts, lang), str(facts.address or ""),
        int(board.people.households[door]), facts.elderly, facts.children,
        site.name if site else "—", None if np.isnan(walk_s) else minutes_up(walk_s),
        why_words(board, gaps, door, lang),
    )  # fmt: skip


def as_html(board: Board, gaps: Gaps, sheet: VisitSheet, lang: Language, at: datetime) -> str:
    """Return the sheet as one HTML file: no script, no picture, no address outside of it."""
    title = text("visits.title", lang, {"grid": sheet.grid})
    lead = {
        "minutes": gaps.question.minutes,
        "services": services_words(gaps.question.services, lang),
        "households": sum(v.households for v in sheet.visits),
        "buildings": len(sheet.visits),
        "metres": round(sheet.metres),
    }
    printed = {"at": f"{at:%Y-%m-%d %H:%M}"}
    body = [f"<h1>{escape(title)}</h1>"]
    if board.is_demonstration:
        body.append(f'<p class="demo">{escape(text("desk.demo", lang))}</p>')
    if sheet.visits:
        body += [
            f'<p class="lead">{escape(text(f"visits_lead.{gaps.question.way}", lang, lead))}</p>',
            draw_map(board, sheet, lang),
            _table(sheet, lang),
        ]
    else:
        body.append(f"<p>{escape(text('visits.nobody', lang))}</p>")
    body += [
        f'<p class="muted">{escape(question_words(board, gaps, lang))} · '
        f"{escape(source_words(board, gaps, lang))}</p>",
        f'<p class="muted">{escape(text("visits.printed", lang, printed))}</p>',
    ]
    language = "en" if lang == "en" else "zh-CN"
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body>"
        + "\n".join(body)
        + "</body></html>"
    )


def _table(sheet: VisitSheet, lang: Language) -> str:
    names = {key: escape(text(f"visits.{key}", lang)) for key in COLUMNS}
    right = ("order", "households", "elderly", "children", "walk")
    head = "".join(
        f'<th class="{"n" if key in right else ""}">{names[key]}</th>' for key in COLUMNS
    )
    rows = []
    for v in sheet.visits:
        people = few.row(
            {"households": v.households, "elderly": v.elderly, "children": v.children},
            few_words(lang),
        )
        told = {name: n if isinstance(n, str) else number(n) for name, n in people.items()}
        cells: list[tuple[str, Any, str]] = [
            ("order", f"<b>{v.order}</b>", "n head"),
            ("building", f"<b>{escape(v.name)}</b>", "head"),
            ("address", escape(v.address), ""),
            *((name, told[name], "n") for name in ("households", "elderly", "children")),
            ("nearest", escape(v.station), ""),
            ("walk", number(v.minutes, 1), "n"),
            ("why", escape(v.why), "why"),
            ("note", "", "note"),
        ]
        rows.append(
            "<tr>"
            + "".join(f'<td class="{css}" data-of="{names[k]}">{t}</td>' for k, t, css in cells)
            + "</tr>"
        )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def as_pdf(page: str, step: Step = unheard) -> bytes:
    """Return a sheet's HTML as PDF; nothing is fetched. Raises ServerError without pango."""
    return pdf_of(page, step)
