"""The Dash application: a shell, its pages, its routes."""

from __future__ import annotations

from threading import Thread

from dash import Dash, Input, Output, dcc, html
from flask import Response

from dashboard import ids
from dashboard.buildings_api import add_building_routes
from dashboard.components import frame
from dashboard.desk import make_desk
from dashboard.division_api import add_division_routes
from dashboard.http import POLICY, add_headers, add_routes
from dashboard.ogc.routes import add_ogc
from dashboard.pages import NAV, PAGES, data_desk, page_for
from dashboard.pages.data_desk.files.jobs import add_jobs as add_file_jobs
from dashboard.planner_api import add_planner_routes
from dashboard.settings import Settings
from dashboard.view import make_view, placeholder_view
from data.engine import program_engine
from data.server import Server

# The language and theme are set before anything is drawn, so that no page flashes.
INDEX = """<!DOCTYPE html>
<html lang="zh-CN" data-theme="dark">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
<script src="/assets/theme.js"></script>
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


def create_app(settings: Settings, server: Server) -> Dash:
    """Return an application over a migrated database; its ``server`` is the WSGI application."""
    desk = make_desk(program_engine(server, pool_size=settings.threads))
    app = Dash(
        __name__,
        title="格图 Getu",
        update_title=None,
        assets_folder=str(settings.project / "assets"),
        assets_path_ignore=["desks"],  # loaded by the desk that needs them (assets/desk.js)
        assets_ignore=r"theme\.js|.*\.LICENSE\.txt|pinned\.txt",
        index_string=INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        serve_locally=True,
    )
    app.layout = html.Div(
        [dcc.Location(id=ids.URL, refresh="callback-nav"), html.Main(id=ids.PAGE)], id="shell"
    )
    app.validation_layout = html.Div(
        [app.layout, *(page.layout(placeholder_view(desk)) for page in PAGES)]
    )
    add_routes(app.server, desk)
    add_planner_routes(app.server, desk)
    add_building_routes(app.server, desk)
    add_ogc(app.server, desk)
    data_desk.add_routes(app.server, desk)
    jobs = add_division_routes(app.server, desk)
    add_file_jobs(jobs, desk)
    add_headers(app.server)

    @app.callback(
        Output(ids.PAGE, "children"), Input(ids.URL, "pathname"), Input(ids.URL, "search")
    )
    def show(pathname: str, search: str) -> html.Div:
        page = page_for(pathname)
        missing = pathname if pathname not in ("", page.path) else None
        return page.layout(make_view(desk, search or "", page.path, NAV, missing))

    frame.register(app)
    for page in PAGES:
        page.register(app, desk)
    _set_policy(app)
    app.server.extensions["getu"] = (desk, jobs)
    jobs.start()
    Thread(target=desk.warm, name="warm", daemon=True).start()
    return app


def close_app(app: Dash) -> None:
    """End an application's worker and its connections; the process may make another one."""
    desk, jobs = app.server.extensions["getu"]
    jobs.stop()
    desk.engine.dispose()


def _set_policy(app: Dash) -> None:
    """Allow the inline scripts that Dash itself writes, by their hashes, and no others."""
    hashes = " ".join(app.csp_hashes())
    policy = POLICY.format(scripts=hashes)

    @app.server.after_request
    def header(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", policy)
        return answer
