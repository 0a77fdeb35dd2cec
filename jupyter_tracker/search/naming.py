"""Read `[entity .] key`, and check that it may be searched.

name := [ entity . ] key
"""

from __future__ import annotations

import difflib

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import fields, tokens
from jupyter_tracker.search.reader import Reader, found
from jupyter_tracker.search.tokens import Token, error_at, nearest
from jupyter_tracker.search.tree import Name

_TITLE = {"metric": "metric", "param": "parameter", "tag": "tag", "dataset": "dataset"}
_FIELDS = (tokens.WORD, tokens.BACKQUOTED, tokens.QUOTED)
# MLflow takes these behind a dot, too: tags.'team'.
_KEYS = (*_FIELDS, tokens.STRING)
_KEYWORDS = ("AND", "OR", "IN", "IS", "LIKE", "ILIKE", "BETWEEN")


def title(name: Name) -> str:
    """Return a field for a message: ``parameter 'lr'``."""
    return f"{_TITLE.get(name.entity, 'attribute')} {name.key!r}"


def read_name(reader: Reader) -> Name:
    """Return the field in front."""
    token = reader.take()
    if token.kind not in _FIELDS or token.is_word(*_KEYWORDS):
        raise reader.unreadable(token, f"a field is expected{found(token)}.")
    prefix, dot, rest = token.text.partition(".")
    quoted = token.kind != tokens.WORD
    if quoted and not (dot and prefix in reader.scope.entities and not reader.token.is_sign(".")):
        prefix, dot, rest = token.text, "", ""
    position = token.position + len(prefix) + (2 if quoted else 1)
    if reader.took_sign("."):
        key = reader.take()
        if key.kind not in _KEYS:
            raise reader.unreadable(key, f"a key is expected after {prefix + '.'!r}.")
        rest, position = (f"{rest}.{key.text}" if dot else key.text), key.position
    elif not dot:
        return _attribute(reader, token.text, token, token.position)
    return _resolved(reader, prefix, rest, token, position)


def _resolved(reader: Reader, prefix: str, key: str, token: Token, position: int) -> Name:
    entity = reader.scope.entities.get(prefix)
    if entity is None:
        valid = sorted(reader.scope.entities)
        hint = nearest(prefix, [spelling for spelling in valid if spelling.endswith("s")])
        raise reader.error(token, f"Invalid entity type {prefix!r}. Valid values are {valid}.{hint}")
    if entity == "attribute":
        return _attribute(reader, key, token, position)
    if entity == "dataset" and key not in fields.DATASET_KEYS:
        valid = list(fields.DATASET_KEYS)
        hint = nearest(key, valid)
        message = f"Invalid dataset key {key!r} specified. Valid keys are {valid}.{hint}"
        raise error_at(reader.text, position, message)
    if not key:
        raise error_at(reader.text, position, f"Invalid {_TITLE[entity]} key: it is empty.")
    return Name(entity, key)


def _attribute(reader: Reader, key: str, token: Token, position: int) -> Name:
    attribute = reader.scope.attribute(key)
    if attribute is None:
        raise _no_attribute(reader, key, token, position)
    return Name("attribute", attribute.name)


def _no_attribute(reader: Reader, key: str, token: Token, position: int) -> InvalidFilterError:
    hint = nearest(key, reader.scope.attributes)
    if position == token.position:
        hint = _logged(reader, key) or hint
        if not hint and token.kind == tokens.WORD and "metric" in reader.scope.entities:
            hint = f" Metrics, params and tags need their prefix: metrics.{key}."
    message = f"Invalid attribute key {key!r} specified. Valid keys are {reader.scope.names()}.{hint}"
    return error_at(reader.text, position, message)


def _logged(reader: Reader, word: str) -> str:
    """Return a hint at the metric, param or tag that a word without a prefix may mean."""
    groups = reader.known() if reader.known is not None else {}
    # Of a param and a metric of one name the metric is meant.
    names = {key: f"{group}.{key}" for group in ("tags", "params", "metrics") for key in groups.get(group, ())}
    close = [word] if word in names else difflib.get_close_matches(word, names, n=1, cutoff=0.75)
    return f" Did you mean {names[close[0]]!r}?" if close else ""
