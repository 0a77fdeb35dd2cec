"""Tells who searches of a word that finds nothing by mistake."""

from __future__ import annotations

from typing import Literal

from jupyter_tracker.errors import InvalidFilterError, warn_here

_Noun = Literal["RUNS", "EXPERIMENTS", "MODEL_VERSIONS", "LOGGED_MODELS"]


def check_words(noun: _Noun, filter_string: str | None, page_token: str | None = None) -> None:
    """Warn where a filter names a status or stage that does not exist; the first page only, and never an error."""
    if not filter_string or page_token:
        return
    # A script that only logs need not wait for the language.
    from jupyter_tracker.search import fields
    from jupyter_tracker.search.grammar import parse_filter
    from jupyter_tracker.search.unknown_words import unknown_word_hint

    scope = getattr(fields, noun)
    try:
        hint = unknown_word_hint(parse_filter(filter_string, scope), scope)
    except InvalidFilterError:
        return  # the search says so, and knows the keys that exist
    if hint:
        warn_here(f"{filter_string[:200]}: {hint}")
