"""The pages. A page is a path, a layout of the view, and its callbacks."""

from __future__ import annotations

from dashboard.pages import command_centre, coverage, data_desk, planner
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (command_centre.PAGE, planner.PAGE, coverage.PAGE, data_desk.PAGE)

NAV = tuple((page.path, page.title) for page in PAGES)


def page_for(pathname: str) -> Page:
    """Return the page of a path; an unknown path shows the first page."""
    return next((page for page in PAGES if page.path == pathname), PAGES[0])
