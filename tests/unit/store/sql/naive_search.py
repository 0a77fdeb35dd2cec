"""The search language once more, as slow and plain as can be: what `store/sql` is compared with."""

import math
import re
from functools import cmp_to_key

from jupyter_tracker.search.tree import And, Not, Or, Presence

_NUMBER = re.compile(r"[ \t\n\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\r]*")


def values_of(run, name):
    """Return all that a run has under a field: nothing, one value, or those of several data sets."""
    if name.entity == "dataset":
        contexts = [
            {tag.key: tag.value for tag in item.tags}.get("mlflow.data.context") for item in run.inputs.dataset_inputs
        ]
        if name.key == "context":
            return [context for context in contexts if context is not None]
        return [getattr(item.dataset, name.key) for item in run.inputs.dataset_inputs]
    if name.entity == "attribute":
        value = getattr(run.info, name.key) if name.key != "duration" else duration(run)
        return [] if value is None else [value]
    logged = {"metric": run.data.metrics, "param": run.data.params, "tag": run.data.tags}[name.entity]
    return [logged[name.key]] if name.key in logged else []


def duration(run):
    return None if run.info.end_time is None else run.info.end_time - run.info.start_time


def matches(run, node):
    if isinstance(node, And):
        return all(matches(run, part) for part in node.parts)
    if isinstance(node, Or):
        return any(matches(run, part) for part in node.parts)
    if isinstance(node, Not):
        return not matches(run, node.part)
    values = values_of(run, node.name)
    if isinstance(node, Presence):
        return bool(values) is node.present
    return any(compares(value, node) for value in values)


def compares(value, node):
    wanted = node.value if isinstance(node.value, tuple) else (node.value,)
    if isinstance(value, str) and not isinstance(wanted[0], str):
        if not _NUMBER.fullmatch(value):
            return False
        value = int(value) if re.fullmatch(r"\s*[+-]?[0-9]+\s*", value) else float(value)
    if isinstance(value, float) and math.isnan(value):
        return False
    positive = node.operator.removeprefix("NOT ")
    if positive != node.operator:
        return not holds(value, positive, wanted)
    return not holds(value, "=", wanted) if node.operator == "!=" else holds(value, node.operator, wanted)


def holds(value, operator, wanted):
    first = wanted[0]
    if operator in {"=", "IN"}:
        return value in wanted
    if operator == "BETWEEN":
        return first <= value <= wanted[1]
    if operator in {"LIKE", "ILIKE"}:
        pattern = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in first)
        flags = re.DOTALL | (re.IGNORECASE | re.ASCII if operator == "ILIKE" else 0)
        return re.fullmatch(pattern, value, flags) is not None
    return {">": value > first, ">=": value >= first, "<": value < first, "<=": value <= first}[operator]


def ordered(runs, orderings):
    def compare(left, right):
        for ordering in orderings:
            (rank_left, value_left), (rank_right, value_right) = key(left, ordering), key(right, ordering)
            if rank_left != rank_right:
                return rank_left - rank_right
            if rank_left == 0 and value_left != value_right:
                return -1 if (value_left < value_right) is ordering.ascending else 1
        if left.info.start_time != right.info.start_time:
            return right.info.start_time - left.info.start_time
        return -1 if left.info.run_id < right.info.run_id else 1

    def key(run, ordering):
        values = values_of(run, ordering.name)
        if not values:
            return 2, None
        nan = isinstance(values[0], float) and math.isnan(values[0])
        return (1, None) if nan else (0, values[0])

    return sorted(runs, key=cmp_to_key(compare))
