"""A process that trains with and without autologging in turns: `python -m benchmarks.turns CASE WHO PAIRS`.

The turns are without, with, with, without, and so on: what the machine does more slowly for a while meets both alike.
Each neighbouring two are a pair, and what is said is the median over the pairs, with quartiles. Wall time is what the
user's call takes; processor time is that of the whole process until a moment after it, so that what goes on in the
background counts too.

Prints one line of JSON last. Needs nothing of this package but the autologging that is asked for: it runs under the
peer's interpreter as well.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable

Fit = Callable[[], object]
Span = tuple[float, float]  # seconds: wall, processor
Switch = Callable[[bool], None]
_SETTLE_S = 0.05


def forest() -> Fit:
    """20 trees on 569 rows."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import RandomForestClassifier

    features, targets = load_breast_cancer(return_X_y=True, as_frame=True)
    return lambda: RandomForestClassifier(n_estimators=20, random_state=0).fit(features, targets)


def xgboost() -> Fit:
    """1,000 rounds of 4 metrics, one thread."""
    import xgboost as library

    features, targets = _table()
    train, test = library.DMatrix(features[:4000], targets[:4000]), library.DMatrix(features[4000:], targets[4000:])
    params = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 4, "nthread": 1}
    sets = [(train, "train"), (test, "test")]
    return lambda: library.train(params, train, 1000, evals=sets, verbose_eval=False)


def lightgbm() -> Fit:
    """1,000 rounds of 4 metrics, one thread."""
    import lightgbm as library

    features, targets = _table()
    params = {"objective": "binary", "metric": ["binary_logloss", "auc"], "num_leaves": 15, "num_threads": 1}

    def fit() -> object:
        train = library.Dataset(features[:4000], targets[:4000])
        test = library.Dataset(features[4000:], targets[4000:], reference=train)
        settings = {**params, "verbosity": -1}
        return library.train(settings, train, 1000, valid_sets=[train, test], valid_names=["train", "test"])

    return fit


def keras() -> Fit:
    """60 epochs of 32 batches with validation: 4 metrics."""
    import keras as library

    features, targets = _table()
    model = library.Sequential(
        [library.Input((20,)), library.layers.Dense(16, "relu"), library.layers.Dense(1, "sigmoid")]
    )
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    test = (features[4000:], targets[4000:])
    return lambda: model.fit(features[:4000], targets[:4000], 128, 60, verbose=0, validation_data=test)


CASES: dict[str, Callable[[], Fit]] = {"forest": forest, "xgboost": xgboost, "lightgbm": lightgbm, "keras": keras}


def main(case: str, who: str, pairs: int, *, models: bool) -> None:
    """Train in turns, and print the figures."""
    warnings.simplefilter("ignore")
    fit = CASES[case]()
    switch = _switch(who, models=models)
    timed(fit)
    plain = timed(fit)[0]
    switch(True)
    first = timed(fit)[0]
    spans = [in_turns(fit, switch, index) for index in range(pairs)]
    print(json.dumps({"first_ms": (first - plain) * 1e3, **figures(spans)}))


def in_turns(fit: Fit, switch: Switch, index: int) -> tuple[Span, Span]:
    """Return the spans of a fit without and one with autologging; every other pair begins with the latter."""
    found = {}
    for wanted in (bool(index % 2), not index % 2):
        switch(wanted)
        found[wanted] = timed(fit)
    return found[False], found[True]


def timed(fit: Fit) -> Span:
    """Return what a fit took, in seconds: of the user, and of the processor until a moment later."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    fit()
    wall = time.perf_counter() - wall
    time.sleep(_SETTLE_S)
    return wall, time.process_time() - processor


def figures(spans: list[tuple[Span, Span]]) -> dict[str, float]:
    """Return medians and quartiles of what pairs of (without, with) differ by, in ms and as a share in %."""
    found: dict[str, float] = {
        "pairs": len(spans),
        "without_ms": statistics.median(plain[0] for plain, _ in spans) * 1e3,
    }
    for place, name in enumerate(("wall", "cpu")):
        added = [(logged[place] - plain[place]) * 1e3 for plain, logged in spans]
        shares = [(logged[place] / plain[place] - 1) * 100 for plain, logged in spans]
        for unit, values in (("ms", added), ("percent", shares)):
            low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
            found |= {f"{name}_{unit}": middle, f"{name}_{unit}_low": low, f"{name}_{unit}_high": high}
    return found


def _table() -> tuple[object, object]:
    import numpy as np

    draw = np.random.default_rng(0)
    features = draw.normal(size=(5000, 20))
    return features, (features[:, 0] + draw.normal(size=5000) > 0).astype(int)


def _switch(who: str, *, models: bool) -> Switch:
    if who == "ours":
        import jupyter_tracker as library
    else:
        import logging

        import mlflow as library

        logging.getLogger("mlflow").setLevel(logging.CRITICAL)
        library.set_tracking_uri("sqlite:///mlflow.db")

    def switch(wanted: bool) -> None:
        library.autolog(log_models=models, disable=not wanted, silent=True)

    return switch


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "torch")
    main(*sys.argv[1:3], int(sys.argv[3]), models="models" in sys.argv[4:])
