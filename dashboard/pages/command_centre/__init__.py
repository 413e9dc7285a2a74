"""指挥中心: the map of a county, its layers, and one inspector at the side."""

from dashboard.pages.command_centre.callbacks import register
from dashboard.pages.command_centre.layout import layout
from dashboard.pages.page import Page

PAGE = Page("/", "page.command_centre", layout, register, lambda _: "command_centre")
