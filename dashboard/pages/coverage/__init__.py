"""服务圈: who is outside the reach of a service, what would change it, where the next one goes."""

from dashboard.pages.coverage.callbacks import register
from dashboard.pages.coverage.layout import layout
from dashboard.pages.page import Page

PAGE = Page("/coverage", "page.coverage", layout, register, lambda _: "coverage")
