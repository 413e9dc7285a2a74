"""网格调整: grids redrawn plot by plot, judged while the hand moves, approved and published."""

from dashboard.pages.page import Page
from dashboard.pages.planner.callbacks import register
from dashboard.pages.planner.layout import layout

PAGE = Page("/planner", "page.planner", layout, register, lambda _: "planner")
