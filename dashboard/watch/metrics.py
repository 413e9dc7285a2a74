"""Figures for Prometheus: requests, callbacks, the pool, jobs, backups, the database.

Counters of all processes of one program are summed: with ``PROMETHEUS_MULTIPROC_DIR`` set (by
``dashboard/setup/serve.py``) each process keeps its own in a file there. What is asked for at the
moment (jobs, backups, memory) is asked by whichever process answers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from dashboard.access.principal import system
from dashboard.services import Services
from data.backups.keeping import BackupSettings, read_status
from data.engine import session
from data.jobs.read import JobsOfState, jobs_by_state
from layers.kit.errors import GetuError

FILES: Final = "PROMETHEUS_MULTIPROC_DIR"
SECONDS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0)
PAGE: Final = 4096


class Metrics:
    """The counters of one application. ``endpoint``: as the table of rights calls it."""

    def __init__(self, services: Services, backups: BackupSettings) -> None:
        self._services = services
        self._registry = CollectorRegistry()
        self._now = CollectorRegistry()
        self._now.register(_Present(services, backups))
        self._requests = Counter(
            "getu_requests", "Requests answered.", ["endpoint", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "getu_request_seconds", "Seconds until an answer began.", ["endpoint"],
            buckets=SECONDS, registry=self._registry,
        )  # fmt: skip
        self._callbacks = Counter(
            "getu_callbacks", "Callbacks of pages answered.", ["function", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._pool = Gauge(
            "getu_pool_connections", "Connections to the database.", ["state"],
            registry=self._registry, multiprocess_mode="livesum",
        )  # fmt: skip

    def count(self, endpoint: str, status: int, seconds: float, callback: str | None) -> None:
        """Count a request that was answered."""
        self._requests.labels(endpoint, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)
        if callback is not None:
            self._callbacks.labels(callback, str(status)).inc()
        pool = self._services.engine.pool
        if isinstance(pool, QueuePool):
            self._pool.labels("used").set(pool.checkedout())
            self._pool.labels("idle").set(pool.checkedin())

    def written(self) -> bytes:
        """Return everything as Prometheus reads it."""
        registry = self._registry
        if os.environ.get(FILES):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return generate_latest(registry) + generate_latest(self._now)


class _Present(Collector):
    """What is asked for when the figures are."""

    def __init__(self, services: Services, backups: BackupSettings) -> None:
        self._services, self._backups = services, backups

    def collect(self) -> Iterator[GaugeMetricFamily]:
        jobs = self._jobs()
        up = GaugeMetricFamily("getu_database_up", "1: the database answers.")
        up.add_metric([], 0.0 if jobs is None else 1.0)
        yield up
        count = GaugeMetricFamily("getu_jobs", "Jobs of the queue.", labels=["kind", "state"])
        age = GaugeMetricFamily(
            "getu_jobs_oldest_seconds", "Since the oldest was asked for.", labels=["kind", "state"]
        )
        for row in jobs or ():
            count.add_metric([row.kind, row.state], row.jobs)
            if row.state in ("waiting", "running"):
                age.add_metric([row.kind, row.state], row.oldest_s)
        yield count
        yield age
        yield from self._of_backups()
        cache = self._services.cache
        tried = GaugeMetricFamily("getu_cache_lookups", "Of layers and tiles.", labels=["found"])
        tried.add_metric(["yes"], cache.hits)
        tried.add_metric(["no"], cache.misses)
        yield tried
        memory = GaugeMetricFamily(
            "getu_resident_bytes", "Memory of each process.", labels=["process"]
        )
        for number, (pid, size) in enumerate(sorted(_resident().items())):
            memory.add_metric([f"{number}:{pid}"], size)
        yield memory

    def _jobs(self) -> list[JobsOfState] | None:
        try:
            with session(self._services.engine, system()) as c:
                return jobs_by_state(c)
        except GetuError:
            return None

    def _of_backups(self) -> Iterator[GaugeMetricFamily]:
        status = read_status(self._backups.folder)
        for name, what, at in (
            ("backup", "the last backup", status.backed_up_at),
            ("backup_drill", "the last drill that held", status.drilled_at),
        ):
            found = GaugeMetricFamily(f"getu_{name}_age_seconds", f"Seconds since {what}.")
            if at is not None:
                ago = datetime.now(UTC) - datetime.fromisoformat(at)
                found.add_metric([], ago.total_seconds())
            yield found
        failed = GaugeMetricFamily("getu_backup_failed", "1: the last backup or drill failed.")
        failed.add_metric([], float(bool(status.failed or status.drill_failed)))
        yield failed


def _resident() -> dict[int, int]:
    """Return the resident bytes of this process, and of those that serve beside it."""
    pids = [os.getpid()]
    if os.environ.get(FILES):
        parent = os.getppid()
        try:
            listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            pids = sorted({*pids, *map(int, listed)})
        except OSError:
            pass
    found = {}
    for pid in pids:
        try:
            found[pid] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError, ValueError):
            continue
    return found
