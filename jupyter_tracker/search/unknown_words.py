"""Words in a filter that its field can never hold: ``status = 'FINISHD'``.

Such a filter is answered as MLflow answers it, with nothing; whoever wrote it is told beside the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_tracker.search.fields import Scope
from jupyter_tracker.search.tokens import nearest
from jupyter_tracker.search.tree import Comparison, Node, leaves

_EXACT = ("=", "!=", "IN", "NOT IN")


def unknown_word_hint(tree: Node, scope: Scope) -> str:
    """Return what to say about the first word that is none of its field's values; nothing where all are."""
    for leaf in leaves(tree):
        attribute = scope.attribute(leaf.name.key) if leaf.name.entity == "attribute" else None
        if attribute is None or not attribute.values or not isinstance(leaf, Comparison):
            continue
        for word in _words(leaf):
            if word not in attribute.values:
                return f"No {scope.noun} has the {attribute.name} {word!r}.{_meant(word, attribute.values)}"
    return ""


def _words(leaf: Comparison) -> Iterator[str]:
    if leaf.operator in _EXACT:
        yield from (str(value) for value in (leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)))


def _meant(word: str, values: tuple[str, ...]) -> str:
    # Someone who writes `finished` or `production` has only the case wrong.
    spelled = {value.lower(): value for value in values}
    close = nearest(word.lower(), spelled)
    for lower, value in spelled.items():
        close = close.replace(repr(lower), repr(value))
    return close or f" There are {', '.join(values)}."
