"""Read a filter into a tree, by recursive descent.

    filter     := [ conjunction ]
    conjunction:= clause ( AND clause )*
    clause     := name operator value | name [NOT] IN ( value, … ) | name IS [NOT] NULL
    name       := [ entity . ] key

Each level is one function, so that another level (OR, NOT, parentheses) is one more between two of them.
"""

from __future__ import annotations

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import fields, tokens
from jupyter_tracker.search.tokens import Token, error_at, nearest, tokens_of
from jupyter_tracker.search.tree import And, Comparison, Name, Node, Presence

# Bounds that every database can bear; nobody writes so much by hand.
MAX_CLAUSES = 200
MAX_VALUES = 10_000

_TEXT_OPERATORS = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")
_NUMBER_OPERATORS = ("=", "!=", ">", ">=", "<", "<=")
_WORD_OPERATORS = ("LIKE", "ILIKE")
_ENTITY_TITLE = {"metric": "metric", "param": "parameter", "tag": "tag", "dataset": "dataset"}


def parse_filter(text: str | None, scope: fields.Scope) -> Node:
    """Return the tree of a filter; an empty one matches everything.

    Raises
    ------
    InvalidFilterError
        The filter cannot be read; `position` is the column, and the message shows it.
    """
    if not text:
        return And()
    parser = Parser(text, scope)
    node = parser.conjunction()
    parser.expect_end()
    return node


class Parser:
    """Walk the tokens of one text. Each method reads one rule of the grammar and leaves the next token in front."""

    def __init__(self, text: str, scope: fields.Scope) -> None:
        self.text = text
        self.scope = scope
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

    def error(self, token: Token, message: str) -> InvalidFilterError:
        """Return an error that points at a token."""
        return error_at(self.text, token.position, message)

    def expect_end(self) -> None:
        """Refuse anything that follows."""
        token = self.token
        if token.is_word("OR", "NOT"):
            raise self.error(token, f"Invalid clause(s) in filter string: {token.text!r}. Clauses are joined by AND.")
        if token.kind != tokens.END:
            raise self.error(
                token, f"Invalid clause(s) in filter string: AND or the end is expected at {token.text!r}."
            )

    def conjunction(self) -> Node:
        """Read `clause (AND clause)*`."""
        parts = [self.clause()]
        while self.token.is_word("AND"):
            self.take()
            if len(parts) == MAX_CLAUSES:
                raise self.error(self.token, f"A filter can have at most {MAX_CLAUSES} clauses.")
            parts.append(self.clause())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def clause(self) -> Node:
        """Read one comparison or test for presence."""
        start = self.token
        name = self.name()
        if self.token.is_word("IS"):
            return self._presence(name, start)
        operator = self._operator(name)
        value = self._list(name) if operator in {"IN", "NOT IN"} else self._value(name)
        return Comparison(name, operator, value)

    def name(self) -> Name:
        """Read `[entity .] key` and check that it may be searched."""
        token = self.take()
        if token.kind in {tokens.BACKQUOTED, tokens.QUOTED} and not self.token.is_sign("."):
            prefix, dot, rest = token.text.partition(".")
            if dot and prefix in self.scope.entities:
                return self._resolved(prefix, rest, token, token.position + len(prefix) + 2)
            return self._attribute(token.text, token, token.position)
        if token.kind not in {tokens.WORD, tokens.BACKQUOTED, tokens.QUOTED}:
            raise self.error(token, f"Invalid clause(s) in filter string: a field is expected{_found(token)}.")
        prefix, dot, rest = token.text.partition(".") if token.kind == tokens.WORD else (token.text, "", "")
        position = token.position + len(prefix) + 1
        if self.token.is_sign("."):
            self.take()
            key = self.take()
            if key.kind not in {tokens.BACKQUOTED, tokens.QUOTED, tokens.WORD}:
                raise self.error(key, f"Invalid clause(s) in filter string: a key is expected after {prefix + '.'!r}.")
            rest, position = (f"{rest}.{key.text}" if dot else key.text), key.position
        elif not dot:
            return self._attribute(token.text, token, token.position)
        return self._resolved(prefix, rest, token, position)

    def _resolved(self, prefix: str, key: str, token: Token, position: int) -> Name:
        entity = self.scope.entities.get(prefix)
        if entity is None:
            valid = sorted(self.scope.entities)
            hint = nearest(prefix, [spelling for spelling in valid if spelling.endswith("s")])
            raise self.error(token, f"Invalid entity type {prefix!r}. Valid values are {valid}.{hint}")
        if entity == "attribute":
            return self._attribute(key, token, position)
        if entity == "dataset" and key not in fields.DATASET_KEYS:
            valid = list(fields.DATASET_KEYS)
            raise error_at(
                self.text,
                position,
                f"Invalid dataset key {key!r} specified. Valid keys are {valid}.{nearest(key, valid)}",
            )
        if not key:
            raise error_at(self.text, position, f"Invalid {_ENTITY_TITLE[entity]} key: it is empty.")
        return Name(entity, key)

    def _attribute(self, key: str, token: Token, position: int) -> Name:
        attribute = self.scope.attribute(key)
        if attribute is None:
            hint = nearest(key, self.scope.attributes)
            if not hint and token.kind == tokens.WORD and "." not in token.text and "metric" in self.scope.entities:
                hint = f" Metrics, params and tags need their prefix: metrics.{key}."
            raise error_at(
                self.text,
                position,
                f"Invalid attribute key {key!r} specified. Valid keys are {self.scope.names()}.{hint}",
            )
        return Name("attribute", attribute.name)

    def _presence(self, name: Name, start: Token) -> Presence:
        self.take()
        negated = self.token.is_word("NOT")
        if negated:
            self.take()
        if not self.token.is_word("NULL"):
            raise self.error(self.token, "Invalid clause(s) in filter string: IS NULL or IS NOT NULL is expected.")
        self.take()
        if name.entity not in {"tag", "param"}:
            raise self.error(start, "IS NULL and IS NOT NULL are for tags and params only.")
        return Presence(name, negated)

    def _operator(self, name: Name) -> str:
        token = self.take()
        operator = token.text.upper()
        if operator == "NOT" and self.token.is_word("IN"):
            self.take()
            operator = "NOT IN"
        numeric = self.scope.kind(name.entity, name.key) == fields.NUMBER
        valid = _NUMBER_OPERATORS if numeric else _TEXT_OPERATORS
        if token.kind == tokens.END:
            raise self.error(token, f"Invalid clause(s) in filter string: {name.key!r} is followed by no comparator.")
        if token.kind in {tokens.WORD, tokens.OPERATOR} and operator in valid:
            return operator
        hint = {"==": " Write '='.", "<>": " Write '!='."}.get(operator, "")
        if token.kind in {tokens.WORD, tokens.OPERATOR}:
            title = _ENTITY_TITLE.get(name.entity, "attribute")
            raise self.error(
                token, f"Invalid comparator {token.text!r} not one of {list(valid)} for {title} {name.key!r}.{hint}"
            )
        raise self.error(
            token, f"Invalid clause(s) in filter string: a comparator is expected after {name.key!r}{_found(token)}."
        )

    def _value(self, name: Name) -> str | float:
        token = self.take()
        title = _ENTITY_TITLE.get(name.entity, "attribute")
        if self.scope.kind(name.entity, name.key) == fields.NUMBER:
            if token.kind != tokens.NUMBER:
                raise self.error(token, f"Expected numeric value type for {title} {name.key!r}{_found(token)}.")
            return _number(token.text)
        return self._text(token, f"{title} {name.key!r}")

    def _text(self, token: Token, what: str) -> str:
        if token.kind not in {tokens.STRING, tokens.QUOTED}:
            hint = f" Write '{token.text}'." if token.kind in {tokens.WORD, tokens.NUMBER} else ""
            raise self.error(token, f"Expected a quoted string value for {what}{_found(token)}.{hint}")
        return token.text

    def _list(self, name: Name) -> tuple[str, ...]:
        opening = self.take()
        if not opening.is_sign("("):
            raise self.error(opening, "A list in parentheses is expected after IN, such as ('a', 'b').")
        what = f"the list of {name.key!r}"
        values = [self._text(self.take(), what)]
        while self.token.is_sign(","):
            self.take()
            if len(values) == MAX_VALUES:
                raise self.error(self.token, f"A list can have at most {MAX_VALUES} values.")
            values.append(self._text(self.take(), what))
        closing = self.take()
        if not closing.is_sign(")"):
            raise self.error(closing, f"',' or ')' is expected in {what}{_found(closing)}.")
        return tuple(values)


def _number(text: str) -> float:
    if any(sign in text for sign in ".eE"):
        return float(text)
    number = int(text[:400])  # more digits are infinite to a float anyhow
    # Whole numbers stay exact, as times in ms are compared with them, unless no database could hold them.
    return number if abs(number) < 2**63 else float(text)


def _found(token: Token) -> str:
    return ", but the text ends here" if token.kind == tokens.END else f", but {token.text!r} was found"
