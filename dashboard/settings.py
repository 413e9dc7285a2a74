"""The one place where the environment is read."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from data.backups.keeping import BackupSettings, Keeping
from data.server import DatabaseSettings, database_settings
from layers.kit.errors import SettingsError
from layers.kit.principal import ROLES, is_scope

PROJECT = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """A certificate (with its chain) and its key, in PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class OpenId:
    """A provider of sign-ins. ``roles``: group there and role here, the first that fits counts.

    ``scope``: of accounts that groups make; empty for all that is loaded. ``secret_file``: None
    for a client without a secret.
    """

    issuer: str
    client: str
    secret_file: Path | None = None
    login_claim: str = "preferred_username"
    groups_claim: str = "groups"
    roles: tuple[tuple[str, str], ...] = ()
    scope: str = ""
    asks_for: str = "openid profile"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the program runs. ``threads`` and ``workers`` are gunicorn's.

    ``hosts``: names by which browsers may ask for it, beside those of this machine.
    ``needs_sign_in``: people have accounts; otherwise it is a demonstration on this machine.
    ``free_mb``: files are taken while so much of the disk is free, and anything else is written
    while a quarter of it is. ``uploads_mb``: what one person's files that wait may weigh; a
    county's may weigh four times as much.
    ``administrators_apart``: accounts, the program and the audit are three people's (三员).
    ``openid``: who signs people in instead of passwords.
    """

    project: Path
    database: DatabaseSettings
    host: str = "127.0.0.1"
    port: int = 8050
    workers: int = 1
    threads: int = 8
    log_level: str = "INFO"
    demo_key: str = "chishui"
    hosts: tuple[str, ...] = ()
    needs_sign_in: bool = False
    free_mb: int = 1000
    uploads_mb: int = 1000
    administrators_apart: bool = False
    openid: OpenId | None = None
    backup: BackupSettings | None = None
    metrics_token: str | None = None
    tls: TlsFiles | None = None

    @property
    def backups(self) -> BackupSettings:
        """Return where backups go; beside the database, unless a folder is set."""
        return self.backup or BackupSettings(self.database.paths.root / "backups")

    @property
    def log(self) -> Path:
        """Return the file that takes tracebacks."""
        return self.database.paths.log

    @property
    def embedded_root(self) -> Path | None:
        """Return the state folder of the embedded database; None for a server elsewhere."""
        return None if self.database.database_url else self.database.paths.root

    @property
    def events(self) -> Path:
        """Return the file of one line per request, job and command."""
        return self.database.paths.root / "events.log"

    @property
    def address(self) -> str:
        """Return where a browser of this machine finds the pages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    @property
    def vendor_folder(self) -> Path:
        """Return where ``dashboard/setup/vendor.py`` puts front-end libraries and fonts."""
        return self.project / "assets" / "vendor"


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or not low <= int(value) <= high:
        raise SettingsError(
            "{name}={value} is not a whole number from {low} to {high}",
            name=name,
            value=value,
            low=low,
            high=high,
        )
    return int(value)


def _hosts(listed: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower().rstrip(".") for name in listed.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"[0-9a-z._:-]{1,253}", name) or name.count(":") == 1:
            raise SettingsError(
                "GETU_HOSTS={name} is not a host's name: write names without port, for example "
                "getu.county.cn",
                name=name,
            )
    return names


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_reach(settings: Settings) -> Settings:
    """Return settings under which nobody changes anything unknown. Raises SettingsError.

    Without sign-in whoever reaches the port may do everything: this machine alone may.
    """
    if settings.needs_sign_in:
        return settings
    for host in (settings.host, *settings.hosts):
        if not is_loopback(host):
            raise SettingsError(
                "{host} is refused: without sign-in the program answers on this machine only "
                "(127.0.0.1): set GETU_SIGN_IN=on, or use ssh -L 8050:127.0.0.1:8050",
                host=host,
            )
    return settings


def _backup(environ: Mapping[str, str]) -> BackupSettings | None:
    folder = environ.get("GETU_BACKUP_DIR", "")
    if not folder:
        return None
    at, keep = environ.get("GETU_BACKUP_AT", "02:30"), environ.get("GETU_BACKUP_KEEP", "7,4,12")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at):
        raise SettingsError("GETU_BACKUP_AT={at} is no time of day like 02:30", at=at)
    if not re.fullmatch(r"\d{1,3},\d{1,3},\d{1,3}", keep):
        raise SettingsError(
            "GETU_BACKUP_KEEP={keep} is not how many days, weeks and months stay: 7,4,12", keep=keep
        )
    return BackupSettings(
        Path(folder).expanduser().absolute(),
        is_scheduled=True,
        at=time.fromisoformat(at),
        keeping=Keeping(*map(int, keep.split(","))),
    )


def _tls(environ: Mapping[str, str]) -> TlsFiles | None:
    named = {name: environ.get(name, "") for name in ("GETU_TLS_CERT", "GETU_TLS_KEY")}
    if not any(named.values()):
        return None
    for name, path in named.items():
        if not path or not os.access(path, os.R_OK):
            raise SettingsError("{name}={path} is no file that can be read", name=name, path=path)
    return TlsFiles(Path(named["GETU_TLS_CERT"]), Path(named["GETU_TLS_KEY"]))


def _openid(environ: Mapping[str, str]) -> OpenId | None:
    issuer, client = environ.get("GETU_OIDC_ISSUER", ""), environ.get("GETU_OIDC_CLIENT", "")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    ):
        raise SettingsError("GETU_OIDC_ISSUER={issuer} is no address with https", issuer=issuer)
    if not client:
        raise SettingsError("GETU_OIDC_ISSUER is set: set GETU_OIDC_CLIENT too")
    file = environ.get("GETU_OIDC_SECRET_FILE", "")
    if file and not Path(file).is_file():
        raise SettingsError("GETU_OIDC_SECRET_FILE={file} is no file", file=file)
    roles = []
    for pair in filter(None, environ.get("GETU_OIDC_ROLES", "").split(",")):
        group, sign, role = pair.rpartition("=")
        if not sign or role.strip() not in ROLES:
            raise SettingsError(
                "GETU_OIDC_ROLES: {pair} is not group=role, with one of {listed}",
                pair=pair,
                listed=", ".join(ROLES),
            )
        roles.append((group.strip(), role.strip()))
    scope = environ.get("GETU_OIDC_SCOPE", "")
    if scope and not is_scope(scope):
        raise SettingsError("GETU_OIDC_SCOPE={scope} is no division code", scope=scope)
    return OpenId(
        issuer,
        client,
        Path(file) if file else None,
        environ.get("GETU_OIDC_LOGIN_CLAIM") or "preferred_username",
        environ.get("GETU_OIDC_GROUPS_CLAIM") or "groups",
        tuple(roles),
        scope,
        environ.get("GETU_OIDC_ASKS_FOR") or "openid profile",
    )


def _on(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").lower()
    if value not in ("", "on", "off"):
        raise SettingsError("{name}={value} is neither on nor off", name=name, value=value)
    return value == "on"


def read_settings(environ: Mapping[str, str] | None = None, project: Path = PROJECT) -> Settings:
    """Read ``GETU_*`` and ``DATABASE_URL``. Raises SettingsError with one line.

    ``GETU_HOST`` (loopback only without sign-in), ``GETU_SIGN_IN`` (off), ``GETU_PORT`` (8050),
    ``GETU_WORKERS`` (1), ``GETU_THREADS`` (8), ``GETU_LOG`` (INFO), ``GETU_DEMO`` (chishui),
    ``GETU_HOME``, ``GETU_OWNER_URL``, ``GETU_HOSTS`` (further names that browsers may use, with
    commas between), ``GETU_BACKUP_DIR`` (a backup goes there each day), ``GETU_BACKUP_AT``
    (02:30), ``GETU_BACKUP_KEEP`` (days, weeks, months: 7,4,12), ``GETU_FREE_MB`` (1000),
    ``GETU_UPLOADS_MB`` (1000), ``GETU_THREE_ADMINISTRATORS`` (off), ``GETU_METRICS_TOKEN``,
    ``GETU_TLS_CERT`` and ``GETU_TLS_KEY`` (PEM files).
    """
    environ = os.environ if environ is None else environ
    level = environ.get("GETU_LOG", "INFO").upper()
    if level not in LOG_LEVELS:
        raise SettingsError(
            "GETU_LOG={level} is none of {log_levels}",
            level=level,
            log_levels=", ".join(LOG_LEVELS),
        )
    settings = Settings(
        project=project,
        database=database_settings(project, environ),
        host=environ.get("GETU_HOST", "127.0.0.1"),
        port=_number(environ, "GETU_PORT", 8050, 1, 65535),
        workers=_number(environ, "GETU_WORKERS", 1, 1, 16),
        threads=_number(environ, "GETU_THREADS", 8, 1, 64),
        log_level=level,
        demo_key=environ.get("GETU_DEMO", "chishui"),
        hosts=_hosts(environ.get("GETU_HOSTS", "")),
        needs_sign_in=_on(environ, "GETU_SIGN_IN"),
        openid=_openid(environ),
        backup=_backup(environ),
        free_mb=_number(environ, "GETU_FREE_MB", 1000, 0, 1_000_000),
        uploads_mb=_number(environ, "GETU_UPLOADS_MB", 1000, 1, 1_000_000),
        administrators_apart=_on(environ, "GETU_THREE_ADMINISTRATORS"),
        metrics_token=environ.get("GETU_METRICS_TOKEN") or None,
        tls=_tls(environ),
    )
    return check_reach(settings)
