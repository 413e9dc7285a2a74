"""Entries of the audit in words: what each is kept by is a key, which a program reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from dashboard.text import Language, catalogue, text
from data.access.actions import ACTIONS

# What the action and the address of an entry say already, in the words of a program.
_TECHNICAL: Final = frozenset(("endpoint", "status"))
_READING: Final = ("GET", "HEAD")


def action_words(action: str, lang: Language) -> str:
    """Return what was done; an action of an older program by its key."""
    return text(f"audit_action.{action}", lang) if action in ACTIONS else action


def role_words(role: str | None, lang: Language) -> str:
    """Return the name of a role, '' for none."""
    return _worded(f"people.role.{role}", role, lang) if role else ""


def origin_words(origin: str | None, lang: Language) -> str:
    """Return from where it was done: an address, or in words that no browser did it."""
    return _worded(f"audit_origin.{origin}", origin, lang) if origin else ""


def subject_words(subject: str | None, lang: Language) -> str:
    """Return what it was done to: ``plan:12`` is plan 12; an address is itself."""
    kind, _, own = (subject or "").partition(":")
    if not subject or kind == "address":
        return own
    return f"{_worded(f'audit_subject.{kind}', kind, lang)} {own}".strip()


def subject_key(written: str) -> str:
    """Return what an entry's subject is kept under, from its words or its key."""
    for key, words in catalogue().items():
        if not key.startswith("audit_subject."):
            continue
        for word in words.values():
            found = re.fullmatch(rf"{re.escape(word)}\s*(\d*)", written, re.IGNORECASE)
            if found:
                kind = key.partition(".")[2]
                return f"{kind}:{found[1]}" if found[1] else kind
    return f"address:{written}" if written.startswith("/") else written


def detail_words(detail: Mapping[str, object], lang: Language) -> str:
    """Return the details of an entry in one line, without those that say nothing more."""
    between = "；" if lang == "zh" else "; "
    return between.join(_details(detail, lang))


def _details(detail: Mapping[str, object], lang: Language) -> list[str]:
    return [
        _detail(name, value, lang)
        for name, value in detail.items()
        if name not in _TECHNICAL and value not in (None, "", {}, [])
    ]


def _detail(name: str, value: object, lang: Language) -> str:
    # The number in an address (plan_id) is called as what it is the number of.
    called = _worded(f"audit_subject.{name.removesuffix('_id')}", name, lang)
    called = _worded(f"audit_detail.{name}", called, lang)
    if isinstance(value, Mapping):
        told = _details(value, lang)
        return f"{called}（{'，'.join(told)}）" if lang == "zh" else f"{called} ({', '.join(told)})"
    return f"{called}{'：' if lang == 'zh' else ': '}{_value(name, value, lang)}"


def _value(name: str, value: object, lang: Language) -> str:
    if isinstance(value, bool):
        return text("audit_value.yes" if value else "audit_value.no", lang)
    if isinstance(value, list):
        return "、".join(map(str, value)) if lang == "zh" else ", ".join(map(str, value))
    if name == "method":
        return text(f"audit_value.method.{'read' if value in _READING else 'change'}", lang)
    if name == "role":
        return role_words(str(value), lang)
    if name == "action":
        return action_words(str(value), lang)
    if name == "subject":
        return subject_words(subject_key(str(value)), lang)
    if name == "kind":
        return _kind_words(str(value), lang)
    return _worded(f"audit_value.{name}.{str(value).replace(' ', '_')}", str(value), lang)


def _kind_words(kind: str, lang: Language) -> str:
    """Return what a kind is called where it is done: a file's, a stroke's, a building edit's."""
    called = kind
    for key in ("buildings.kind_{}", "planner.tool_{}", "import_kind.{}", "audit_value.kind.{}"):
        called = _worded(key.format(kind), called, lang)
    return called


def _worded(key: str, otherwise: str, lang: Language) -> str:
    words = catalogue().get(key)
    return words[lang] if words else otherwise
