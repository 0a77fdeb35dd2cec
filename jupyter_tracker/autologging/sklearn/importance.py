"""Which features a model relies on: its own `feature_importances_` or `coef_`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_tracker.autologging._importance import log_importance
from jupyter_tracker.autologging.sklearn.fit import Fit


def log(fit: Fit) -> None:
    """Log the importances of a model, a pipeline's last step or a search's best; nothing where it has none."""
    found = _importances(fit.estimator)
    if found is not None:
        kind, names, values = found
        log_importance(fit.ref, names, values, f"Feature importance ({kind})")
    if fit.options.log_permutation_importance:
        _log_permutation(fit)


def _importances(estimator: Any) -> tuple[str, Sequence[str], Any] | None:
    import numpy as np

    model, before = _last(estimator)
    for kind in ("feature_importances_", "coef_"):
        values = getattr(model, kind, None)
        if values is None:
            continue
        values = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
        if values.ndim == 2 and len(values) == 1:
            values = values[0]
        if values.ndim == 2:  # a row for each class
            values = np.abs(values).mean(axis=0)
        if values.ndim == 1 and len(values):
            return kind, _names(model, before, len(values)), values
    return None


def _last(estimator: Any) -> tuple[Any, Any]:
    """Return the model inside pipelines and searches, and what transforms its input, None for nothing."""
    before = None
    for _ in range(10):
        best = getattr(estimator, "best_estimator_", None)
        if best is not None:
            estimator = best
        elif hasattr(estimator, "steps") and hasattr(estimator, "named_steps"):
            before = estimator[:-1] if len(estimator.steps) > 1 else None
            estimator = estimator.steps[-1][1]
        else:
            break
    return estimator, before


def _names(model: Any, before: Any, count: int) -> Sequence[str]:
    names: Any = getattr(model, "feature_names_in_", None)
    if names is None and before is not None:
        try:
            names = before.get_feature_names_out()
        except (AttributeError, ValueError, TypeError):  # a transformer that does not say
            names = None
    if names is None or len(names) != count:
        return [f"feature_{i}" for i in range(count)]
    return [str(name) for name in names]


def _log_permutation(fit: Fit) -> None:
    from sklearn.inspection import permutation_importance

    if fit.targets is None or not hasattr(fit.estimator, "score"):
        return
    found = permutation_importance(fit.estimator, fit.features, fit.targets, n_repeats=5, random_state=0)
    names = _names(fit.estimator, None, len(found.importances_mean))
    log_importance(
        fit.ref, names, found.importances_mean, "Permutation importance, training data", "permutation_importance"
    )
