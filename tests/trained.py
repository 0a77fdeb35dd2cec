"""A run that has trained something: what tests of promotion begin with."""

from jupyter_tracker.entities import LoggedModelOutput, Metric


def trained(store, f1, experiment="0"):
    """Return a run with a logged model and a value of f1."""
    run_id = store.create_run(experiment).info.run_id
    store.log_batch(run_id, [Metric("f1", f1, 1, 0)])
    store.log_outputs(run_id, [LoggedModelOutput(store.create_logged_model(experiment, "model", run_id).model_id, 0)])
    return store.get_run(run_id)
