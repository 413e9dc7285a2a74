"""What the reader's role may not do: hidden, or there with the reason.

A control says which right it needs (``data-needs``); the page says which rights its reader has
(``data-rights`` of the document), and assets/frame/rights.css hides what lacks its own. Where a
control's absence would puzzle it stays (``says``): it answers no click, and says why. Scripts do
the same with what they make (assets/shared/rights.js).
"""

from __future__ import annotations

from dashboard.access.principal import EVERYTHING, lacking, present
from dashboard.access.rights import Right
from dashboard.text import Language
from dashboard.text.refusals import refusal


def page_rights() -> str:
    """Return the reader's rights as the document's attribute has them.

    ``counts`` is no control's: what is sent differs by it, not what may be pressed.
    """
    return " ".join(sorted(present().rights - {"counts"}))


def reasons(lang: Language) -> dict[Right, str]:
    """Return why each right that the reader lacks is not theirs."""
    who = present()
    return {
        right: refusal(lacking(who, right, lang), lang)
        for right in sorted(EVERYTHING)
        if not who.may(right)
    }


def needs(right: Right) -> dict[str, str]:
    """Return the attributes of what is hidden where the reader lacks a right."""
    return {"data-needs": right}


def says(right: Right, lang: Language) -> dict[str, str]:
    """Return the attributes of what says why, where the reader lacks a right."""
    reason = reasons(lang).get(right)
    if reason is None:
        return needs(right)
    said = {"aria-disabled": "true", "aria-description": reason, "title": reason}
    return {**needs(right), "data-lacks": "", **said}


def unnamed() -> dict[str, str]:
    """Return the style of a field that asks who somebody is: none where they signed in."""
    return {} if present().name is None else {"display": "none"}
