"""The Dash application: a shell, its pages, its routes."""

from __future__ import annotations

from threading import Thread

from dash import Dash, Input, Output, html
from flask import Response

from dashboard import ids
from dashboard.access.principal import ROLES, acting, demonstrator
from dashboard.components import frame
from dashboard.gate.requests import add_gate
from dashboard.gate.small_counts import add_small_counts
from dashboard.ogc.routes import add_ogc
from dashboard.pages import NAV, PAGES, data_desk, page_for
from dashboard.pages.audit.routes import add_audit_page
from dashboard.pages.data_desk.buildings.edits import add_building_routes
from dashboard.pages.data_desk.files.jobs import add_jobs as add_file_jobs
from dashboard.pages.demands.steps import add_demand_routes
from dashboard.pages.people.own import add_own
from dashboard.pages.people.routes import add_people
from dashboard.pages.planner.division.routes import add_division_routes
from dashboard.pages.planner.routes import add_planner_routes
from dashboard.people.accounts import APART
from dashboard.services import make_services
from dashboard.settings import Settings
from dashboard.setup.bundle import ensure
from dashboard.shell import Shell, shell
from dashboard.view import make_view, placeholder_view
from dashboard.watch.routes import add_watch
from dashboard.web.dash_scripts import add_dash_scripts
from dashboard.web.figures import add_figure_routes
from dashboard.web.kept_pages import KeptPages
from dashboard.web.papers import add_paper_routes
from dashboard.web.routes import POLICY, add_headers, add_routes
from data.engine import program_engine
from data.importers.reading.child import confined
from data.server import Server

# The language and theme are set before anything is drawn, so that no page flashes; the page's own
# scripts are there before Dash starts, since its callbacks and maps look for them.
INDEX = """<!DOCTYPE html>
<html lang="zh-CN" data-theme="dark">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
<style>
#first-view { position: fixed; inset: 0; z-index: 3000; overflow: hidden;
  background: var(--ground); }
#first-view .first-dropdown { border: 1px solid var(--line); border-radius: 4px; min-height: 2rem;
  padding: 0.3rem 0.75rem; line-height: 1.3; }
#first-view .first-slider { height: 3.6rem; }
#first-view .switch, #first-view .radio { padding: 0.2rem 0; }
</style>
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


def create_app(settings: Settings, server: Server) -> Dash:
    """Return an application over a migrated database; its ``server`` is the WSGI application.

    Raises BundleError where the scripts are not built and cannot be.
    """
    # Nobody asks yet: layouts are made of which Dash learns every component that there may be.
    with acting(demonstrator()):
        return _create(settings, server)


def _create(settings: Settings, server: Server) -> Dash:
    engine = program_engine(server, pool_size=settings.threads)
    services = make_services(engine, settings.uploads_mb * 1_000_000)
    app = Shell(
        __name__,
        title="格图 Getu",
        update_title=None,
        assets_folder=str(settings.project / "assets"),
        include_assets_files=False,  # each page names its own
        index_string=INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        serve_locally=True,
    )
    app.built = ensure(settings.project)
    app.scripts_of = lambda path, params: page_for(path).scripts(params)
    app.layout = shell()
    app.validation_layout = html.Div(
        [app.layout, *(page.layout(placeholder_view(services)) for page in PAGES)]
    )
    paths = {page.path for page in PAGES}
    add_watch(app.server, settings, services)
    app.server.extensions["getu_backups"] = settings.backups
    add_gate(app, settings, paths, services.engine, app.built.theme)
    add_dash_scripts(app.server)
    add_routes(app.server, services)
    add_figure_routes(app.server, services)
    add_planner_routes(app.server, services)
    add_paper_routes(app.server, services)
    add_building_routes(app.server, services)
    add_demand_routes(app.server, services)
    roles = APART if settings.administrators_apart else ROLES
    add_people(app.server, services.engine, theme=app.built.theme, roles=roles)
    add_own(app.server, services.engine, theme=app.built.theme)
    add_audit_page(app.server, services.engine, theme=app.built.theme)
    names = (*settings.hosts, settings.host.lower())
    add_ogc(app.server, services, theme=app.built.theme, hosts=names)
    data_desk.add_routes(app.server, services)
    add_division_routes(app.server, services)
    add_file_jobs(services)
    add_headers(app.server)
    add_small_counts(app.server, services.engine)

    @app.callback(
        Output(ids.PAGE, "children"),
        Input(ids.URL, "pathname"),
        Input(ids.URL, "search"),
        prevent_initial_call=True,  # the page came with its HTML (dashboard/shell.py)
    )
    def show(pathname: str, search: str) -> html.Div:
        page = page_for(pathname)
        missing = pathname if pathname not in ("", page.path) else None
        return page.layout(make_view(services, search or "", page.path, NAV, missing))

    app.page_of = show
    app.kept = KeptPages(services.engine)
    frame.register(app)
    for page in PAGES:
        page.register(app, services)
    _set_policy(app)
    app.server.extensions["getu"] = services
    services.jobs.start()
    Thread(target=services.warm, name="warm", daemon=True).start()
    Thread(target=confined.warm, name="readers", daemon=True).start()
    return app


def close_app(app: Dash) -> None:
    """End an application's workers and its connections; the process may make another one."""
    services = app.server.extensions["getu"]
    services.jobs.stop()
    services.engine.dispose()


def _set_policy(app: Dash) -> None:
    """Allow the inline scripts that Dash itself writes, by their hashes, and no others."""
    hashes = " ".join(app.csp_hashes())
    policy = POLICY.format(scripts=hashes)

    @app.server.after_request
    def header(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", policy)
        return answer
