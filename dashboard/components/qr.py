"""QR codes, drawn here: as SVG within the page, from nothing but the text."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup


def drawn_code(text: str) -> Markup:
    """Return a text as a QR code that a telephone reads from paper or from a screen."""
    made = io.BytesIO()
    segno.make(text, error="m").save(
        # Without a size of its own it is drawn whole at the size that the page gives it.
        made,
        kind="svg",
        border=2,
        xmldecl=False,
        svgns=False,
        light="#fff",
        omitsize=True,
    )
    return Markup(made.getvalue().decode())  # noqa: S704  # segno draws it, of numbers alone
