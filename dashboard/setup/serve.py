"""Serve the application by gunicorn, in this process, with threads."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from logging import LogRecord, getLogger
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError

from dashboard.settings import Settings
from dashboard.setup.nightly import Nightly
from dashboard.setup.slow_clients import PatientWorker
from layers.kit import clock
from layers.kit.errors import SettingsError

WsgiApplication = Callable[..., Any]


def _is_news(record: LogRecord) -> bool:
    """Tell whether a line of gunicorn's adds to the one that said why the pages did not load."""
    text = record.getMessage()
    return not text.startswith(("Shutting down", "Reason:")) and "exited with code 4" not in text


def check_port(host: str, port: int) -> None:
    """Raise SettingsError with one line when nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                "port {port} on {host} cannot be used ({error}): end the program that has it, or "
                "take another one with --port {other}",
                port=port,
                host=host,
                error=error.strerror,
                other=port + 1 if port < 65535 else 8050,
            ) from error


def _modern(_config: Any, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Return the context of a certificate, without what is older than TLS 1.2."""
    context = make()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _forget_figures(_arbiter: Any, worker: Any) -> None:
    """Count the connections of a worker that ended no longer."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


class _Arbiter(Arbiter):
    """gunicorn's master, which a closed terminal ends instead of making it load itself anew.

    It looks after backups too (``dashboard/setup/nightly.py``).
    """

    nightly: Nightly | None = None

    def murder_workers(self) -> None:
        """End workers that hang; this is called every second."""
        super().murder_workers()
        if self.nightly is not None:
            self.nightly.tick()

    def init_signals(self) -> None:
        """Install the handlers, but let ``nohup`` have its way."""
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().init_signals()
        if ignored:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_hup(self) -> None:
        """End, as on SIGTERM."""
        self.handle_term()


class _Gunicorn(BaseApplication):
    """gunicorn without its command line and configuration files."""

    def __init__(
        self,
        settings: Settings,
        make: Callable[[], WsgiApplication],
        said: Callable[..., str],
    ) -> None:
        self._settings, self._make, self._said = settings, make, said
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": PatientWorker,
            "threads": settings.threads,
            "timeout": 120,
            "graceful_timeout": 5,
            "keepalive": 20,
            # gunicorn writes heartbeats to a file there: memory, so that a full disk kills nobody.
            "worker_tmp_dir": "/dev/shm",  # noqa: S108
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "getu",
            "post_worker_init": self._announce,
            "child_exit": _forget_figures,
        }
        if settings.tls:
            options["certfile"] = str(settings.tls.certificate)
            options["keyfile"] = str(settings.tls.key)
            options["ssl_context"] = _modern
        for key, value in options.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)

    def _announce(self, worker: Any) -> None:
        if worker.age == 1:
            print(f"格图 Getu: {self._settings.address}  (Ctrl-C ends it)", flush=True)

    def run(self) -> None:
        """Run until a signal ends it; leaves by SystemExit."""
        arbiter = _Arbiter(self)
        arbiter.nightly = Nightly(self._settings.backups, self._settings.project)
        arbiter.run()

    def load(self) -> WsgiApplication:
        try:
            return self._make()
        except Exception as error:
            raise AppImportError(f"getu: {self._said(error)}") from error


def serve(
    settings: Settings,
    make: Callable[[], WsgiApplication],
    said: Callable[[BaseException], str],
) -> int:
    """Serve what ``make`` returns (called in each worker) until SIGINT or SIGTERM.

    ``said`` turns an exception into one line. Returns gunicorn's exit code, in
    the process that called: a worker, forked from here, must not unwind its parent's stack,
    which holds the database server.
    """
    getLogger("gunicorn.error").addFilter(_is_news)
    # gunicorn writes its log by the clock of the process.
    os.environ["TZ"] = clock.POSIX
    time.tzset()
    master = os.getpid()
    code = 0
    # Figures of each worker, in memory: a full disk must not end the program.
    figures = tempfile.mkdtemp(prefix="getu-figures-", dir="/dev/shm")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
    try:
        _Gunicorn(settings, make, said).run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        if os.getpid() != master:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        shutil.rmtree(figures, ignore_errors=True)
    return code
