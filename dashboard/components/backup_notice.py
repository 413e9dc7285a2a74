"""What an administrator is told on every page while backups fail, are late or do not hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html
from flask import current_app, has_app_context

from dashboard.access.principal import present
from dashboard.text.refusals import told
from dashboard.view import View
from data.backups.keeping import BackupSettings, read_status, trouble
from layers.kit import clock


def backup_notice(view: View) -> list[Any]:
    """Return the notice; nothing where all is well, or the reader does not administer."""
    settings = current_app.extensions.get("getu_backups") if has_app_context() else None
    who = present()
    is_theirs = who.may("administer") or who.may("system")
    if not isinstance(settings, BackupSettings) or not is_theirs:
        return []
    status = read_status(settings.folder)
    found = trouble(settings, status, clock.now())
    if found is None:
        return []
    why = status.failed if found == "failed" else status.drill_failed
    values = {
        "at": _local(status.backed_up_at) or view.say("backup.never"),
        "why": told(why, view.lang) or "",
    }
    return [html.Div(view.say(f"backup.trouble.{found}", values), className="backup-trouble",
                     role="alert")]  # fmt: skip


def _local(at: str | None) -> str:
    return clock.minute(datetime.fromisoformat(at)) if at else ""
