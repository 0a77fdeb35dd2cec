import math

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.column_ranges import column_ranges_view


def ranges(store, *columns, **options):
    return {found.column: (found.low, found.high) for found in column_ranges_view(store, columns, **options).ranges}


def test_from_the_smallest_to_the_largest_finite_value(seeded, store):
    store.log_batch(seeded.failed, metrics=[Metric("f1", 0.1, 1, 0), Metric("loss", -math.inf, 1, 0)])
    running = store.get_run(seeded.running).data.metrics["f1"]
    found = ranges(store, "metrics.f1", "metrics.loss", "metrics.gone")
    assert found == {"metrics.f1": (running, 0.95), "metrics.loss": (None, None), "metrics.gone": (None, None)}


def test_over_the_runs_that_the_table_shows(seeded, store):
    store.log_batch(seeded.failed, metrics=[Metric("f1", 0.1, 1, 0)])
    assert ranges(store, "metrics.f1", filter="metrics.f1 > 0 OR params.model = 'x'") == {"metrics.f1": (0.1, 0.95)}
    store.delete_run(seeded.failed)
    assert ranges(store, "metrics.f1", filter="metrics.f1 > 0") == {"metrics.f1": (0.95, 0.95)}
    assert ranges(store, "metrics.f1", experiment_ids=[seeded.empty]) == {"metrics.f1": (None, None)}


def test_a_bad_filter_has_none(store):
    assert ranges(store, "metrics.f1", filter="metrics.f1 >") == {}


def test_only_metrics_have_a_range(store):
    with pytest.raises(InvalidParameterError, match="is no metric"):
        ranges(store, "params.lr")
    with pytest.raises(InvalidParameterError, match="at most 100"):
        ranges(store, *["metrics.f1"] * 101)
