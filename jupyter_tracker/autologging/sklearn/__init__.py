"""scikit-learn: what every fit is worth keeping of, and what is computed from its predictions later.

`estimators`         which classes and methods are watched
`fits`               one fit: its run, params, metrics, files
`training_metrics`   how well it does on what it was fitted on
`ranking`            ROC, precision and recall of two classes
`importance`         which features it relies on
`search`             the candidates of a search, as child runs
`cross_val`          `cross_val_score` and its siblings
`predictions`        what was predicted, by which model, from which data
`post_fit`           metric functions that the user calls with a prediction
`evaluations`        what such a number is called in the run
"""

from __future__ import annotations

from types import ModuleType

from jupyter_tracker.autologging._patching import Patches
from jupyter_tracker.autologging.sklearn import cross_val, estimators, post_fit


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch what one module of scikit-learn has, now that it is imported."""
    does = {
        "sklearn.base": estimators.patch,
        "sklearn.metrics": post_fit.patch,
        "sklearn.model_selection": cross_val.patch,
    }
    does[module.__name__](module, patches)
