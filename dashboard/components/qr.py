"""QR codes, drawn here: as SVG within the page, from nothing but the text."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup


def drawn_code(text: str) -> Markup:
    """Return a text as a QR code that a telephone reads from paper or from a screen."""
    made = io.BytesIO()
    segno.make(text, error="m").save(
        made, kind="svg", scale=4, border=2, xmldecl=False, svgns=False, light="#fff"
    )
    return Markup(made.getvalue().decode())  # noqa: S704  # segno draws it, of numbers alone
