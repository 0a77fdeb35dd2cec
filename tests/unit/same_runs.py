"""Whether two stores have the same runs, but for where their files are."""

from dataclasses import replace


def same_runs(one, other, run_ids):
    """Assert that both stores have these runs with the same content."""
    for run_id in run_ids:
        here, there = one.get_run(run_id), other.get_run(run_id)
        assert replace(here.info, artifact_uri=None) == replace(there.info, artifact_uri=None)
        assert (here.data.params, here.data.tags) == (there.data.params, there.data.tags)
        assert repr(here.data.latest_metrics) == repr(there.data.latest_metrics)
        assert (here.inputs, here.outputs) == (there.inputs, there.outputs)
        for key in here.data.metrics:
            assert columns(one, run_id, key) == columns(other, run_id, key), key


def columns(store, run_id, key):
    """Return a metric's columns as bytes, which NaN does not keep from being equal."""
    series = store.metric_series(run_id, key)
    return series.step.tobytes(), series.timestamp.tobytes(), series.value.tobytes()
