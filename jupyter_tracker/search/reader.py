"""Walks the tokens of one text, and words what is wrong with it. What every rule of the grammar is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import tokens
from jupyter_tracker.search.fields import Scope
from jupyter_tracker.search.tokens import Token, error_at, tokens_of

# Keys in use, under ``metrics``, ``params`` and ``tags``; asked for only where a message can name the nearest.
Known: TypeAlias = Callable[[], Mapping[str, Sequence[str]]]


class Reader:
    """The tokens of one text, one of which is in front."""

    def __init__(self, text: str, scope: Scope, known: Known | None = None) -> None:
        self.text = text
        self.scope = scope
        self.known = known
        self.values = 0  # read so far
        self._tokens = tokens_of(text)
        self._next = 0

    @property
    def token(self) -> Token:
        """The token in front."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """Return the token in front and go on to the next."""
        token = self.token
        if token.kind != tokens.END:
            self._next += 1
        return token

    def took_word(self, *words: str) -> bool:
        """Go past the token in front if it is one of these keywords; tell whether it was."""
        found = self.token.is_word(*words)
        if found:
            self.take()
        return found

    def took_sign(self, sign: str) -> bool:
        """Go past the token in front if it is this punctuation mark; tell whether it was."""
        found = self.token.is_sign(sign)
        if found:
            self.take()
        return found

    def error(self, token: Token, message: str) -> InvalidFilterError:
        """Return an error that points at a token."""
        return error_at(self.text, token.position, message)

    def unreadable(self, token: Token, message: str) -> InvalidFilterError:
        """Return an error about the shape of the text, in the words that MLflow's begins with."""
        return self.error(token, f"Invalid clause(s) in filter string: {message}")


def found(token: Token) -> str:
    """Return what a message says about a token that should be another."""
    return ", but the text ends here" if token.kind == tokens.END else f", but {token.text!r} was found"
