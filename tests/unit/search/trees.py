"""Random trees: everything that a filter on runs can say."""

from hypothesis import strategies as st

from jupyter_tracker.search import fields
from jupyter_tracker.search.operands import operators_of
from jupyter_tracker.search.tree import And, Comparison, Name, Not, Now, Or, Ordering, Presence

any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
any_key = any_text.filter(bool)
any_number = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False)
any_time = any_number | st.builds(Now, st.integers(-(10**12), 10**12))


def names(keys=any_key):
    """Return any field that a filter on runs can name; `keys` are those of metrics, params and tags."""
    attributes = st.sampled_from(fields.RUNS.names()).map(lambda key: Name("attribute", key))
    logged = st.builds(Name, st.sampled_from(["metric", "param", "tag"]), keys)
    return attributes | logged | st.sampled_from(fields.DATASET_KEYS).map(lambda key: Name("dataset", key))


def clauses(keys=any_key, texts=any_text, numbers=any_number, times=any_time):
    """Return any clause; texts, numbers and times are what fields of these kinds are compared with."""
    return names(keys).flatmap(lambda name: _about(name, texts, numbers, times))


@st.composite
def _about(draw, name, texts, numbers, times):
    kind = fields.RUNS.kind(name.entity, name.key)
    operator = draw(st.sampled_from([*operators_of(kind), "IS NULL", "IS NOT NULL"]))
    if operator.startswith("IS"):
        return Presence(name, present=operator == "IS NOT NULL")
    one = {fields.TEXT: texts, fields.LABEL: draw(st.sampled_from([texts, numbers])), fields.TIME: times}.get(
        kind, numbers
    )
    if kind == fields.LABEL:
        either = [texts] if operator.endswith("LIKE") else [texts, numbers]
        one = numbers if operator[0] in "<>" or "BETWEEN" in operator else draw(st.sampled_from(either))
    if operator.endswith("BETWEEN"):
        return Comparison(name, operator, (draw(one), draw(one)))
    if operator.endswith("IN"):
        return Comparison(name, operator, tuple(draw(st.lists(one, min_size=1, max_size=3))))
    return Comparison(name, operator, draw(one))


def trees(clause):
    """Return any tree of such clauses."""
    parts = lambda inner: st.lists(inner, min_size=2, max_size=3).map(tuple)  # noqa: E731
    return st.recursive(
        clause,
        lambda inner: st.builds(And, parts(inner)) | st.builds(Or, parts(inner)) | st.builds(Not, inner),
        max_leaves=6,
    )


def orders(keys=any_key):
    """Return any sort keys."""
    sortable = names(keys).filter(lambda name: name.entity != "dataset")
    return st.lists(st.builds(Ordering, sortable, st.booleans()), max_size=3).map(tuple)
