"""A fitted random forest logged as a model: with neither signature nor example, and with both."""

from __future__ import annotations

import time
import warnings
from typing import Any

from benchmarks.child import Request
from benchmarks.peers.base import Peer
from benchmarks.spans import median
from benchmarks.workloads.base import Figure, Workload

WORKLOAD = Workload(
    name="log_model",
    title="log_model of a random forest (100 trees of depth 10)",
    variants=("plain", "with_example"),
    columns=("first_s", "log_model_s", "load_s"),
    main="log_model_s",
    full={"times": 5, "trees": 100, "rows": 2000},
    quick={"times": 2, "trees": 100, "rows": 2000},
    tiny={"times": 1, "trees": 5, "rows": 100},
    figures=(Figure("plain", "log_model_s", "log_model of a random forest, s", 0.4),),
)


def measure(peer: Peer, request: Request) -> dict[str, float]:
    warnings.simplefilter("ignore")
    model, data = fitted(request.options["trees"], request.options["rows"])
    example = data[:5] if request.variant == "with_example" else None
    spans, loads = [], []
    peer.start_run("models")
    for number in range(request.options["times"] + 1):
        began = time.perf_counter()
        uri = peer.log_model(model, f"model{number}", example)
        spans.append(time.perf_counter() - began)
        began = time.perf_counter()
        loaded = peer.load_model(uri)
        loads.append(time.perf_counter() - began)
        if (loaded.predict(data) != model.predict(data)).any():
            raise RuntimeError("the model that was loaded predicts otherwise")
    peer.end_run()
    return {"first_s": spans[0], "log_model_s": median(spans[1:]), "load_s": median(loads[1:])}


def fitted(trees: int, rows: int) -> tuple[Any, Any]:
    """Return a random forest and what it was fitted to."""
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier

    data, target = make_classification(rows, 20, random_state=0)
    return RandomForestClassifier(n_estimators=trees, max_depth=10, random_state=42).fit(data, target), data
