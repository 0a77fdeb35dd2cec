"""A store on a server, without a network: what is kept while the server is away, and what the protocol lacks."""

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError, StoreUnavailableError, TrackerError
from jupyter_tracker.store.rest.transport import HttpTransport
from jupyter_tracker.store.upkeep import Trashed

LACKING = {
    "truncate_metric": ("a" * 32, "loss", 0),
    "update_param": ("a" * 32, "lr", "1"),
    "free_experiment_name": ("x",),
    "trash": (),
    "purge": ([Trashed("run", "a" * 32, "gone")],),
    "import_experiments": ([],),
    "import_runs": ([],),
    "import_logged_models": ([],),
    "import_registered_models": ([],),
    "measured_series": ("a" * 32, "loss"),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_a_plain_mlflow_server_lacks_says_what_to_do(store, way, name):
    way.is_mlflow = True
    with pytest.raises(TrackerError, match="Do it where the server's database is") as error:
        getattr(store, name)(*LACKING[name])
    assert error.value.error_code == "NOT_IMPLEMENTED"


def test_runs_are_known_to_a_plain_mlflow_server_one_by_one(store, way):
    way.is_mlflow = True
    run_id = store.create_run("0").info.run_id
    assert store.known_runs([run_id, "f" * 32]) == {run_id}


@pytest.mark.filterwarnings("ignore:Logged values wait:jupyter_tracker.errors.TrackerWarning")
def test_what_is_logged_while_the_server_is_away_is_sent_once_it_is_back(store, way):
    run, writer = store.start_run("0")
    way.is_away = True
    for step in range(2500):
        writer.log_metric("loss", float(step), step)
    writer.log_params({"lr": 1})
    with pytest.raises(StoreUnavailableError):
        store.get_run(run.info.run_id)
    way.is_away = False
    assert store.get_run(run.info.run_id).data.params == {"lr": "1"}
    assert store.metric_series(run.info.run_id, "loss").step.tolist() == list(range(2500))


def test_a_piece_that_is_sent_twice_changes_nothing(store, way):
    run, writer = store.start_run("0")
    writer.log_series("loss", [1.0, 2.0, 3.0])
    writer.log_params({"lr": 1})
    writer.set_tags({"t": "v"})
    store.flush()
    batch_calls = len(way.calls)
    for journal_id in store.journal_positions():
        store._positions.forget(journal_id)
    writer._journal.position = 0
    store.flush()
    assert len(way.calls) > batch_calls
    found = store.get_run(run.info.run_id)
    assert (found.data.params, found.data.tags["t"]) == ({"lr": "1"}, "v")
    assert store.metric_series(run.info.run_id, "loss").value.tolist() == [1.0, 2.0, 3.0]


def test_thousands_of_points_are_few_requests(store, way):
    run, writer = store.start_run("0")
    writer.log_series("loss", range(10_000))
    way.calls.clear()
    store.flush()
    assert 10 <= way.calls.count("/api/2.0/mlflow/runs/log-batch") <= 11
    assert len(store.metric_series(run.info.run_id, "loss")) == 10_000


def test_points_that_name_a_model_reach_it(store):
    model = store.create_logged_model("0", "m")
    run = store.create_run("0")
    store.log_batch(run.info.run_id, [Metric("acc", 0.5, 1, 2, model_id=model.model_id)])
    assert [metric.value for metric in store.get_logged_model(model.model_id).metrics] == [0.5]
    assert store.get_run(run.info.run_id).data.metrics == {"acc": 0.5}


@pytest.mark.parametrize("url", ["http://", "http:///x", "http://host:port", "https://[::1"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(InvalidParameterError, match="no address"):
        HttpTransport(url)
