"""Read what stands behind a field: an operator and its values, or a test for presence.

comparison := operator value | [NOT] (LIKE | ILIKE) pattern | [NOT] IN ( value, … )
| [NOT] BETWEEN value AND value | IS [NOT] NULL
value      := number | text | date | now [(+ | -) span] | span
"""

from __future__ import annotations

import re

from jupyter_tracker.search import fields, tokens
from jupyter_tracker.search.naming import title
from jupyter_tracker.search.reader import Reader, found
from jupyter_tracker.search.tokens import Token
from jupyter_tracker.search.tree import Comparison, Name, Now, Presence, Value
from jupyter_tracker.search.values import date_ms, number_of, span_ms
from jupyter_tracker.search.writing import write_name

# Bounds that every database can bear; nobody writes so much by hand.
MAX_VALUES = 10_000
MAX_PATTERN = 10_000

_EQUAL = ("=", "!=")
_PATTERNS = ("LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE")
_LISTS = ("IN", "NOT IN")
_RANGES = ("BETWEEN", "NOT BETWEEN")
_SIZES = (">", ">=", "<", "<=")
_OPERATORS = {
    fields.TEXT: (*_EQUAL, *_PATTERNS, *_LISTS),
    fields.NUMBER: (*_EQUAL, *_SIZES, *_LISTS, *_RANGES),
    fields.TIME: (*_EQUAL, *_SIZES, *_LISTS, *_RANGES),
    fields.DURATION: (*_EQUAL, *_SIZES, *_LISTS, *_RANGES),
    fields.LABEL: (*_EQUAL, *_PATTERNS, *_LISTS, *_SIZES, *_RANGES),
}
# A text whose quotes were forgotten.
_UNQUOTED = re.compile(r"[^\s()'\",]+")
_WORDS = ("LIKE", "ILIKE", "IN", "BETWEEN")
_STRINGS = (tokens.STRING, tokens.QUOTED)


def operators_of(kind: str) -> tuple[str, ...]:
    """Return the operators that a kind of field takes, without `IS [NOT] NULL`, which all do."""
    return _OPERATORS[kind]


def read_comparison(reader: Reader, name: Name) -> Comparison | Presence:
    """Return what is said about a field."""
    if reader.took_word("IS"):
        return _presence(reader, name)
    at = reader.token
    operator = _operator(reader, name)
    if operator in _LISTS:
        return Comparison(name, operator, _list(reader, name))
    if operator in _RANGES:
        low = _value(reader, name, operator, at)
        if not reader.took_word("AND"):
            raise reader.unreadable(reader.token, f"AND and a second value are expected{found(reader.token)}.")
        return Comparison(name, operator, (low, _value(reader, name, operator, at)))
    value = _value(reader, name, operator, at)
    if operator in _PATTERNS and len(str(value)) > MAX_PATTERN:
        raise reader.error(at, f"A pattern can have at most {MAX_PATTERN} characters.")
    return Comparison(name, operator, value)


def _presence(reader: Reader, name: Name) -> Presence:
    negated = reader.took_word("NOT")
    if not reader.took_word("NULL"):
        raise reader.unreadable(reader.token, "IS NULL or IS NOT NULL is expected.")
    return Presence(name, negated)


def _operator(reader: Reader, name: Name) -> str:
    token = reader.take()
    operator = token.text.upper()
    if operator == "NOT" and reader.token.is_word(*_WORDS):
        operator = f"NOT {reader.take().text.upper()}"
    valid = _OPERATORS[reader.scope.kind(name.entity, name.key)]
    if token.kind == tokens.END:
        raise reader.unreadable(token, f"{name.key!r} is followed by no comparator.")
    if token.kind in {tokens.WORD, tokens.OPERATOR}:
        if operator in valid:
            return operator
        hint = {
            "==": " Write '='.",
            "<>": " Write '!='.",
            "CONTAINS": " Write LIKE '%…%'.",
            "STARTSWITH": " Write LIKE '…%'.",
        }.get(operator, "")
        message = f"Invalid comparator {token.text!r} not one of {list(valid)} for {title(name)}.{hint}"
        raise reader.error(token, message)
    hint = " Put a key that has a minus in back-quotes: metrics.`val-acc`." if token.is_sign("-") else ""
    raise reader.unreadable(token, f"a comparator is expected after {name.key!r}{found(token)}.{hint}")


def _list(reader: Reader, name: Name) -> tuple[Value, ...]:
    opening = reader.take()
    if not opening.is_sign("("):
        raise reader.error(opening, "A list in parentheses is expected after IN, such as ('a', 'b').")
    values = [_value(reader, name, "IN", opening)]
    while reader.took_sign(",") and not reader.token.is_sign(")"):
        at = reader.token
        values.append(_value(reader, name, "IN", opening))
        if isinstance(values[-1], str) is not isinstance(values[0], str):
            raise reader.error(at, f"The list of {name.key!r} mixes texts and numbers. Use one of them.")
    closing = reader.take()
    if not closing.is_sign(")"):
        raise reader.error(closing, f"',' or ')' is expected in the list of {name.key!r}{found(closing)}.")
    return tuple(values)


def _value(reader: Reader, name: Name, operator: str, at: Token) -> Value:
    token = reader.take()
    reader.values += 1
    if reader.values > MAX_VALUES:
        raise reader.error(token, f"A filter can have at most {MAX_VALUES} values.")
    kind = reader.scope.kind(name.entity, name.key)
    if kind == fields.TIME:
        return _time(reader, name, token)
    if kind == fields.DURATION:
        return _duration(reader, name, token)
    if kind == fields.NUMBER:
        if name.entity == "attribute" and token.kind in _STRINGS and re.fullmatch(r"\d{1,18}", token.text, re.ASCII):
            return int(token.text)  # as MLflow has it: version_number = '1'
        if token.kind != tokens.NUMBER:
            hint = _null_hint(token, name) or _twisted_hint(token, at)
            raise reader.error(token, f"Expected numeric value type for {title(name)}{found(token)}.{hint}")
        return number_of(token.text)
    if kind == fields.LABEL and token.kind == tokens.NUMBER and operator not in _PATTERNS:
        return number_of(token.text)
    if token.kind not in _STRINGS:
        written = _UNQUOTED.match(reader.text, token.position)
        text = written.group() if written else token.text
        hint = f" Write '{text}', with the quotes." if token.kind in {tokens.WORD, tokens.NUMBER, tokens.SPAN} else ""
        hint = _null_hint(token, name) or hint
        raise reader.error(token, f"Expected a quoted string value for {title(name)}{found(token)}.{hint}")
    if operator in _SIZES or operator in _RANGES:
        message = f"Invalid comparator {operator!r} not one of {list(operators_of(fields.TEXT))} for a quoted value"
        raise reader.error(at, f"{message} of {title(name)}. Without quotes it is compared as a number.")
    return token.text


def _twisted_hint(token: Token, at: Token) -> str:
    """Return what to say of `=>` and `=<`, which are cut as a comparator and another one."""
    signs = f"{token.text}="
    return f" Write {signs}." if at.text == "=" and signs in _SIZES else ""


def _null_hint(token: Token, name: Name) -> str:
    written = write_name(name)
    return f" Write {written} IS NULL, or {written} IS NOT NULL." if token.is_word("NULL", "NONE") else ""


def _time(reader: Reader, name: Name, token: Token) -> Value:
    if token.kind == tokens.NUMBER:
        if reader.token.kind == tokens.NUMBER and reader.token.text.startswith("-"):
            raise reader.error(token, "A date stands in quotes: '2026-11-01'.")
        return number_of(token.text)
    if token.is_word("NOW"):
        return _now(reader)
    if token.kind in _STRINGS:
        moment = date_ms(token.text)
        if moment is not None:
            return moment
    raise reader.error(
        token,
        f"Expected numeric value type for {title(name)}, in ms UTC, or a date such as '2026-11-01' or "
        f"'2026-11-01 12:30', or now - 7d{found(token)}.",
    )


def _now(reader: Reader) -> Now:
    for sign, factor in (("-", -1), ("+", 1)):
        if reader.took_sign(sign):
            token = reader.take()
            span = span_ms(token.text) if token.kind == tokens.SPAN else None
            if span is None:
                raise reader.error(token, f"A span of time is expected, such as 7d, 12h or 30m{found(token)}.")
            return Now(factor * span)
    return Now()


def _duration(reader: Reader, name: Name, token: Token) -> Value:
    if token.kind == tokens.NUMBER:
        return number_of(token.text)
    span = span_ms(token.text) if token.kind == tokens.SPAN else None
    if span is None:
        raise reader.error(
            token, f"Expected numeric value type for {title(name)}, in ms, or a span such as 2h or 30s{found(token)}."
        )
    return span
