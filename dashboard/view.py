"""What a page shows: the county, the language and the state that the address bar holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.text import Language, language, text
from data.divisions import read_counties as counties
from data.divisions.read_counties import CountyRow
from data.engine import session
from layers.kit.layer import Query
from layers.kit.words import Words


@dataclass(frozen=True, slots=True)
class View:
    """A request's view. ``county`` and ``query`` are None when nothing is loaded.

    ``asked`` is a county of the address bar that is not loaded. ``nav``: path and title key of
    every page. ``missing``: a path that no page has.
    """

    services: Services
    lang: Language
    params: Mapping[str, str]
    counties: tuple[CountyRow, ...] = ()
    county: CountyRow | None = None
    query: Query | None = None
    asked: str | None = None
    path: str = "/"
    missing: str | None = None
    nav: tuple[tuple[str, str], ...] = ()

    def say(self, key: str, values: Words | None = None) -> str:
        """Return a text in the view's language."""
        return text(key, self.lang, values)

    def url(self, layer: str, **values: str) -> str:
        """Return the address of what a layer sends; it names the county's revision."""
        if self.county is None:
            return ""
        shown = {k: v for k, v in values.items() if v}
        base = {"county": self.county.code, "v": str(self.county.revision)}
        return f"/layers/{layer}?{urlencode({**base, **shown})}"

    def name(self, county: CountyRow) -> str:
        """Return a county's name in the view's language."""
        return county.name_en if self.lang == "en" else county.name


def make_view(
    services: Services,
    search: str,
    path: str = "/",
    nav: tuple[tuple[str, str], ...] = (),
    missing: str | None = None,
) -> View:
    """Read the address bar and the county that it names; the first loaded county otherwise."""
    params = dict(parse_qsl(search.lstrip("?")))
    lang = language(params.get("lang"))
    with session(services.engine, present()) as c:
        loaded = counties.list_counties(c)
        wanted = params.get("county")
        county = next((row for row in loaded if row.code == wanted), None)
        asked = wanted if wanted and county is None else None
        county = county or (loaded[0] if loaded else None)
        if county is None:
            return View(services, lang, params, asked=asked, path=path, nav=nav)
        return View(
            services,
            lang,
            params,
            tuple(loaded),
            county,
            counties.query(c, county.code),
            asked,
            path,
            missing,
            nav,
        )


def placeholder_view(services: Services) -> View:
    """Return the view of a county without anything: it names every component that callbacks use.

    Dash compares callbacks with a layout once, at the start, when no county may be loaded yet.
    """
    day = date(2000, 1, 1)
    bounds = (105.0, 26.0, 106.0, 27.0)
    county = CountyRow("000000", "–", "–", "–", "–", None, day, 0, bounds, ())
    query = Query("000000", 4545, day, 300, "resident", 1.1, 200.0, (5, 10, 15), 0)
    return View(services, "zh", {}, (county,), county, query)
