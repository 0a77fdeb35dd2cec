"""Searches: every candidate becomes a child run, all of them in one transaction, with the scores of its folds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_tracker.autologging._children import Child, Series, add_children
from jupyter_tracker.autologging.sklearn.fit import Fit

_SPLIT = re.compile(r"split(\d+)_(.+)$")


def is_search(estimator: Any) -> bool:
    """Tell whether an estimator tries out others: GridSearchCV and its siblings."""
    return hasattr(estimator, "estimator") and hasattr(estimator, "_run_search")


def log(fit: Fit, seconds: float) -> None:
    """Log the best of a search, and all that it has tried, as children that began `seconds` ago."""
    found = fit.estimator
    results: Mapping[str, Any] = found.cv_results_
    best = getattr(found, "best_params_", None)
    if best is not None:
        fit.ref.log_params({f"best_{key}": value for key, value in best.items()})
    if getattr(found, "best_score_", None) is not None:
        fit.ref.log_metrics({"best_cv_score": float(found.best_score_)})
    fit.ref.write("cv_results.csv", _csv(results))
    kind = type(found.estimator)
    tags = {"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__qualname__}"}
    children = [
        Child(
            f"{kind.__name__}-{i + 1}", results["params"][i], dict(_numbers(results, i)), list(_folds(results, i)), tags
        )
        for i in range(len(results["params"]))
    ]
    add_children(fit.ref, children, "sklearn", seconds)


def _numbers(results: Mapping[str, Any], i: int) -> Iterator[tuple[str, float]]:
    for key, column in results.items():
        if key.startswith(("mean_", "std_", "rank_")):
            yield key, float(column[i])


def _folds(results: Mapping[str, Any], i: int) -> Iterator[Series]:
    """Yield the scores of the folds, the fold as step: ``test_score``, and ``train_score`` where it was asked for."""
    scores: dict[str, dict[int, float]] = {}
    for key, column in results.items():
        match = _SPLIT.match(key)
        if match is not None:
            scores.setdefault(match[2], {})[int(match[1])] = float(column[i])
    for key, values in scores.items():
        yield Series(key, [values[fold] for fold in sorted(values)], sorted(values))


def _csv(results: Mapping[str, Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(results)
    writer.writerows(zip(*results.values(), strict=True))
    return text.getvalue()
