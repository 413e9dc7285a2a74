"""What the program refuses, in the reader's language.

An error carries an English sentence with named gaps (``layers/kit/errors.py``); the TOML files
here hold the Chinese of every sentence that a page can show, by the English one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from logging import getLogger
from pathlib import Path
from typing import Any

from dashboard.text import Language, language
from layers.kit.errors import GetuError, Message, ServerError, message_of

logger = getLogger(__name__)
JOINS = {"zh": "；", "en": "; "}


@cache
def refusals() -> Mapping[str, str]:
    """Return the Chinese of every sentence. Raises ValueError when one is there twice."""
    found: dict[str, str] = {}
    for file in sorted(Path(__file__).resolve().parent.glob("*.toml")):
        for sentence, chinese in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if sentence in found:
                raise ValueError(f"refusal {sentence!r} is there twice, again in {file.name}")
            found[sentence] = chinese
    return found


def reader() -> Language:
    """Return the language of the request: what it asks for, else what its browser prefers.

    A program that says neither gets English, as in the log.
    """
    from flask import request  # a command refuses too, and has no need of Flask

    asked = request.args.get("lang")
    if asked:
        return language(asked)
    return language(request.accept_languages.best_match(("zh", "en")) or "en")


def refusal(why: GetuError | Message, lang: Language) -> str:
    """Return the sentence of an error; a sentence without a translation stays English.

    What a page must not say of the server (``ServerError.details``) goes to the log.
    """
    if isinstance(why, ServerError) and why.details:
        logger.error("%s", why.details)
    said = why.said if isinstance(why, GetuError) else why
    if lang == "en":
        return str(said)
    sentence = refusals().get(said.sentence, said.sentence)
    if not said.values:
        return sentence
    return sentence.format(**{name: _value(value, lang) for name, value in said.values.items()})


def full(error: GetuError, lang: Language) -> str:
    """Return the sentence of an error with its details: for the terminal."""
    has_more = isinstance(error, ServerError) and error.details
    return refusal(has_more or error, lang)


def _value(value: Any, lang: Language) -> Any:
    if isinstance(value, Message | GetuError):
        return refusal(value, lang)
    if isinstance(value, tuple):
        return JOINS[lang].join(str(_value(part, lang)) for part in value)
    return value


def told(line: str | None, lang: Language) -> str | None:
    """Return the sentence of a line that ``Message.line`` wrote."""
    return None if line is None else refusal(message_of(line), lang)
