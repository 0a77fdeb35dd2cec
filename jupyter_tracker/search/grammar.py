"""Read a filter into a tree, by recursive descent.

    filter      := [ disjunction ]
    disjunction := conjunction ( OR conjunction )*
    conjunction := negation ( AND negation )*
    negation    := NOT negation | ( disjunction ) | name comparison

Each level is one function. `naming` reads a name, `operands` a comparison; `writing` is the way back.
"""

from __future__ import annotations

from collections.abc import Callable

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import tokens
from jupyter_tracker.search.fields import Scope
from jupyter_tracker.search.naming import read_name
from jupyter_tracker.search.operands import read_comparison
from jupyter_tracker.search.reader import Known, Reader
from jupyter_tracker.search.tree import And, Node, Not, Or

# Bounds that every database can bear; nobody writes so much by hand.
MAX_CLAUSES = 200
MAX_DEPTH = 50


def parse_filter(text: str | None, scope: Scope, known: Known | None = None) -> Node:
    """Return the tree of a filter; an empty one matches everything.

    Parameters
    ----------
    text : str or None
        The filter.
    scope : Scope
        What it may name.
    known : callable, optional
        Returns the keys in use, under ``metrics``, ``params`` and ``tags``: a message then names the nearest.

    Raises
    ------
    InvalidFilterError
        The filter cannot be read; `position` is the column, and the message shows it.
    """
    if not text:
        return And()
    if not isinstance(text, str):
        raise InvalidFilterError(f"Invalid filter: a text is expected, not {text!r:.100}.")
    parser = Parser(Reader(text, scope, known))
    node = parser.disjunction()
    parser.expect_end()
    return node


class Parser:
    """Each method reads one rule of the grammar and leaves the next token in front."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._clauses = 0
        self._depth = 0

    def disjunction(self) -> Node:
        """Read `conjunction (OR conjunction)*`."""
        parts = self._joined("OR", self.conjunction)
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Node:
        """Read `negation (AND negation)*`."""
        parts = self._joined("AND", self.negation)
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Node:
        """Read `NOT negation`, a filter in parentheses, or one clause."""
        reader = self._reader
        start = reader.token
        if start.is_word("NOT"):
            reader.take()
            return Not(self._deeper(self.negation))
        if start.is_sign("("):
            reader.take()
            node = self._deeper(self.disjunction)
            if not reader.took_sign(")"):
                what = "the text ends" if reader.token.kind == tokens.END else f"{reader.token.text!r} was found"
                raise reader.unreadable(
                    reader.token, f"AND, OR or the ')' of column {start.position + 1} is expected, but {what}."
                )
            return node
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise reader.error(start, f"A filter can have at most {MAX_CLAUSES} clauses.")
        return read_comparison(reader, read_name(reader))

    def expect_end(self) -> None:
        """Refuse anything that follows."""
        token = self._reader.token
        if token.kind != tokens.END:
            raise self._reader.unreadable(token, f"AND, OR or the end is expected at {token.text!r}.")

    def _joined(self, word: str, read: Callable[[], Node]) -> list[Node]:
        parts = [read()]
        while self._reader.took_word(word):
            parts.append(read())
        return parts

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._reader.error(self._reader.token, f"Parentheses and NOT can be at most {MAX_DEPTH} deep.")
        node = read()
        self._depth -= 1
        return node
