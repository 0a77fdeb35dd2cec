"""Our own API through a real server, ours and MLflow's protocol alike: logging, files, models, outages."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import PermissionDeniedError, ResourceDoesNotExistError
from jupyter_tracker.tracking import location
from tests import hosts

pytestmark = pytest.mark.usefixtures("own_project")


@pytest.fixture
def used(host, monkeypatch):
    """The host as the store of this process."""
    if host.token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", host.token)
    tracker.set_tracking_uri(host.url)
    return host


def script(host, code, tmp_path, **environment):
    """Run code in a process of its own that uses a host."""
    variables = {**os.environ, **host.environment(), "PYTHONPATH": str(hosts.ROOT), **environment}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_whole_run(used, tmp_path):
    assert tracker.get_tracking_uri() == used.url
    tracker.set_experiment("through")
    (tmp_path / "data.txt").write_text("raw")
    with tracker.start_run(run_name="first") as run:
        tracker.log_params({"lr": 0.1, "depth": 3})
        for step in range(2500):
            tracker.log_metric("loss", 1 / (step + 1), step=step)
        tracker.set_tag("author", "alice")
        tracker.log_artifact("data.txt", "in")
        tracker.log_dict({"a": 1}, "deep/er/dict.json")
    found = tracker.get_run(run.info.run_id)
    assert (found.info.status, found.info.run_name) == ("FINISHED", "first")
    assert (found.data.params["lr"], found.data.tags["author"]) == ("0.1", "alice")
    client = tracker.TrackerClient()
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == list(range(2500))
    names = [file.path for file in client.list_artifacts(run.info.run_id)]
    assert {"deep", "in"} <= set(names)
    local = client.download_artifacts(run.info.run_id, "deep")
    assert json.loads((Path(local) / "er" / "dict.json").read_text()) == {"a": 1}
    frame = tracker.search_runs(experiment_names=["through"], filter_string="params.lr = '0.1'")
    assert list(frame["run_id"]) == [run.info.run_id]


def test_a_model_goes_there_and_comes_back(used):
    from sklearn.linear_model import LogisticRegression

    data = [[0.0], [1.0], [2.0], [3.0]]
    fitted = LogisticRegression().fit(data, [0, 0, 1, 1])
    tracker.set_experiment("models-of-ours")
    with tracker.start_run() as run:
        logged = tracker.sklearn.log_model(fitted, name="model", registered_model_name="ours")
    for uri in (logged.model_uri, f"runs:/{run.info.run_id}/model", "models:/ours/1"):
        loaded = tracker.sklearn.load_model(uri, trust=True)
        assert loaded.predict(data).tolist() == fitted.predict(data).tolist()


def test_corrections_and_the_trash_through_a_server(used):
    with tracker.start_run() as run:
        tracker.log_params({"lr": 0.1})
        for step in range(3):
            tracker.log_metric("loss", 1.0, step=step)
        tracker.log_text("x", "note.txt")
    client, run_id = tracker.TrackerClient(), run.info.run_id
    assert client.truncate_metric(run_id, "loss", 1) == 2
    with tracker.start_run(run_id=run_id):
        tracker.log_param("lr", 0.2, overwrite=True)
    assert tracker.get_run(run_id).data.params == {"lr": "0.2"}
    tracker.delete_run(run_id)
    assert (tracker.gc(dry_run=True).runs, tracker.get_run(run_id).info.lifecycle_stage) == (1, "deleted")
    (kept,) = used.folder.rglob(f"{run_id}/artifacts/note.txt")
    assert (tracker.gc().runs, kept.parent.parent.exists()) == (1, False)
    with pytest.raises(ResourceDoesNotExistError):
        tracker.get_run(run_id)


def test_nobody_else_is_told_the_token(monkeypatch):
    from jupyter_tracker.artifact_store import artifact_store
    from jupyter_tracker.wire.credentials import authorization

    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret")
    assert authorization("http://evil.example/api") is None
    with pytest.raises(PermissionDeniedError):
        artifact_store("http://evil.example/api/2.0/mlflow-artifacts/artifacts/1/x/artifacts")


def test_a_password_in_the_address_is_shown_nowhere():
    tracker.set_tracking_uri("http://alice:s3cret@127.0.0.1:9")
    assert tracker.get_tracking_uri() == "http://127.0.0.1:9"
    assert "s3cret" not in repr(location.current_location())


@pytest.mark.timeout(120)
def test_a_server_that_is_away_loses_nothing(tmp_path):
    """The server goes in the middle of a run; logging goes on at once, and all is there when it is back."""
    host = hosts.standalone(tmp_path / "server")
    tracker.set_tracking_uri(host.url)
    run = tracker.start_run(run_name="survivor")
    tracker.log_metric("loss", 0.0, step=0)
    host.kill()
    started = time.perf_counter()
    for step in range(1, 5000):
        tracker.log_metric("loss", float(step), step=step)
    assert time.perf_counter() - started < 30  # each call that waited for the server would add its own timeout
    host.start()
    host.wait()
    tracker.end_run()
    history = tracker.TrackerClient().get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == list(range(5000))
    assert tracker.get_run(run.info.run_id).info.status == "FINISHED"
    host.stop()


@pytest.mark.timeout(120)
def test_what_a_process_could_not_send_is_synced_later(tmp_path):
    """Process and server die; the next start of both, and `jupyter tracker sync`, bring all of it in, once."""
    host = hosts.standalone(tmp_path / "server")
    process = script(
        host,
        """
        import sys
        import jupyter_tracker as tracker
        run = tracker.start_run()
        tracker.log_metric("loss", 0.0, step=0)
        print(run.info.run_id, flush=True)
        sys.stdin.readline()
        for step in range(1, 3000):
            tracker.log_metric("loss", float(step), step=step)
        print("logged", flush=True)
        sys.stdin.readline()
        """,
        tmp_path,
    )
    run_id = process.stdout.readline().strip()
    host.kill()
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline().strip() == "logged", process.stderr.read()
    process.kill()
    process.communicate()
    host.start()
    host.wait()
    for expected in ("1 run was brought", "has everything"):
        command = [sys.executable, "-m", "jupyter_tracker", "sync", "--store", host.url]
        environment = {**os.environ, "PYTHONPATH": str(hosts.ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=True)
        assert expected in done.stdout
    history = host.json(f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss")["metrics"]
    assert [point["step"] for point in history] == list(range(3000))
    assert host.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]["info"]["status"] == "KILLED"
    host.stop()
