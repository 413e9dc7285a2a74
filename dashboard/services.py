"""What every page and route of one application shares: engine, workers, layers, caches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from logging import getLogger

from sqlalchemy import Engine

from dashboard.access.principal import acting, present, system
from dashboard.jobs.lanes import Jobs
from dashboard.jobs.papers import Papers
from data.divisions import read_counties as counties
from data.engine import session
from layers.coverage_gaps.store import Boards
from layers.demands.layer import Ledgers
from layers.hot_spots.store import SpotBoards
from layers.kit import few
from layers.kit.errors import GetuError, NotFoundError
from layers.kit.figure import Figure, Row
from layers.kit.kept import BoundedStore
from layers.kit.layer import FiguresOf, Inspection, Layer, Payload, RowsOf
from layers.quality.store import Surveys
from layers.registry import make_figures, make_layers, make_tables
from layers.service_circles.store import Coverage, Towns, coverage

logger = getLogger(__name__)
CACHE_BYTES = 192 * 2**20
UPLOAD_BYTES = 1_000_000_000
"""What one person's files that wait may weigh together."""


@dataclass(frozen=True, slots=True)
class Services:
    """One application's parts. Made by ``make_services``; nothing of it is shared between two."""

    engine: Engine
    jobs: Jobs
    papers: Papers
    towns: Towns
    boards: Boards
    surveys: Surveys
    ledgers: Ledgers
    layers: Mapping[str, Layer]
    cache: BoundedStore[Hashable, Payload]
    county_figures: Mapping[str, FiguresOf]
    tables: Mapping[str, RowsOf]
    upload_bytes: int = UPLOAD_BYTES

    def layer(self, key: str) -> Layer:
        """Return a layer. Raises NotFoundError."""
        if key not in self.layers:
            raise NotFoundError("there is no layer {key}", key=key)
        return self.layers[key]

    def revision(self, county: str) -> int:
        """Return a county's revision. Raises NotFoundError."""
        with session(self.engine, present()) as c:
            return counties.revision(c, county)

    def revision_seen(self, county: str) -> tuple[int, str]:
        """Return a county's revision, and the part that is seen of it. Raises NotFoundError."""
        with session(self.engine, present()) as c:
            return counties.revision_seen(c, county)

    def payload(self, key: str, county: str, values: Mapping[str, str]) -> Payload:
        """Return what a layer sends for a county and parameters, from the cache when it can."""
        layer = self.layer(key)
        used = {name: values[name] for name in layer.parameters if values.get(name)}
        with session(self.engine, present()) as c:
            query = counties.query(c, county, used)

            def make() -> Payload:
                return layer.prepare(layer.load(c, query), query)

            shown = tuple(sorted(used.items()))
            cache_key = (key, layer.version, *query.place, query.revision, shown)
            return self.kept(cache_key, make)

    def kept(self, key: Hashable, make: Callable[[], Payload]) -> Payload:
        """Return what is kept under a key, with small counts hidden where the reader's right
        asks for it: both are kept.
        """
        if not few.hides():
            return self.cache.get(key, make)
        return self.cache.get(("few", key), lambda: self.cache.get(key, make).veiled())

    def inspection(
        self, key: str, county: str, feature: str, values: Mapping[str, str]
    ) -> Inspection:
        """Return what the inspector says of one feature. Raises NotFoundError."""
        layer = self.layer(key)
        if layer.inspect is None or not feature.isdecimal():
            raise NotFoundError("{key} {feature} cannot be inspected", key=key, feature=feature)
        with session(self.engine, present()) as c:
            used = {name: values[name] for name in layer.parameters if values.get(name)}
            return layer.inspect(c, counties.query(c, county, used), feature)

    def figures(self, county: str, values: Mapping[str, str]) -> dict[str, tuple[Figure, ...]]:
        """Return what is said of a county as a whole, by section. Raises NotFoundError."""
        with session(self.engine, present()) as c:
            query = counties.query(c, county, dict(values))
            return {title: made(c, query) for title, made in self.county_figures.items()}

    def rows(self, table: str, county: str, values: Mapping[str, str]) -> Sequence[Row]:
        """Return the rows that figures of a table count. Raises NotFoundError, InputError."""
        if table not in self.tables:
            raise NotFoundError("there is no table {table}", table=table)
        with session(self.engine, present()) as c:
            return self.tables[table](c, counties.query(c, county, dict(values)))

    def coverage(self, county: str, category: str | None = None) -> Coverage | None:
        """Count households by minutes on foot to the nearest open station; None without streets."""
        with session(self.engine, present()) as c:
            query = counties.query(c, county)
            try:
                town = self.towns.get(c, query)
            except NotFoundError:
                return None
            return coverage(c, query, town, category=category)

    def warm(self) -> None:
        """Make what the first pages of the first county need, so that nobody waits for it.

        A failure here is only a slower first answer; the request itself will say what is wrong.
        """
        with acting(system()):
            self._warm()

    def _warm(self) -> None:
        try:
            with session(self.engine, present()) as c:
                loaded = counties.list_counties(c)
            for row in loaded[:1]:
                self.coverage(row.code)
                for key in self.layers:
                    self.payload(key, row.code, {})
                with session(self.engine, present()) as c:
                    self.surveys.get(c, counties.query(c, row.code))
        except GetuError as error:
            logger.info("the first page could not be made ready: %s", error)


def weigh(payload: Payload) -> int:
    """Return the bytes of a payload."""
    return len(payload.body)


def make_services(engine: Engine, upload_bytes: int = UPLOAD_BYTES) -> Services:
    """Return the services over a program engine."""
    towns, ledgers, spots = Towns(), Ledgers(), SpotBoards()
    boards = Boards(towns)
    jobs = Jobs(engine)
    return Services(
        engine,
        jobs,
        Papers(engine, jobs),
        towns,
        boards,
        Surveys(towns),
        ledgers,
        {layer.key: layer for layer in make_layers(towns, ledgers, spots)},
        BoundedStore(CACHE_BYTES, weigh),
        make_figures(towns),
        make_tables(towns, boards),
        upload_bytes,
    )
