"""A server that is away, slow or broken, and work without one: exact counts at the end."""

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import (
    InvalidParameterError,
    PermissionDeniedError,
    StoreError,
    StoreUnavailableError,
    TrackerError,
)
from jupyter_tracker.store.rest.transport import HttpTransport
from jupyter_tracker.tracking import active, location
from jupyter_tracker.wire.reading import AnswerFields
from tests import hosts
from tests.rest.faulty_proxy import FAULTS, FaultyProxy

pytestmark = pytest.mark.usefixtures("own_project")
WAITS = pytest.mark.filterwarnings("ignore:Logged values wait:jupyter_tracker.errors.TrackerWarning")


def command(*words, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_tracker", *words],
        env={**os.environ, "PYTHONPATH": str(hosts.ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def history(host, run_id, key="loss"):
    found = host.json(f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key={key}").get("metrics", [])
    return [(point["step"], point["value"]) for point in found]


def sync_through(proxy, run_id, seconds):
    """Bring in all that waits through a faulty proxy, in that time, and go on asking until each fault has been seen."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            active.store().sync_journals()
            break
        except TrackerError:
            assert time.monotonic() < deadline
    while not set(proxy.seen) >= set(FAULTS):
        with contextlib.suppress(TrackerError):
            tracker.get_run(run_id)


@WAITS
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_faults_lose_and_double_nothing(standalone, monkeypatch, seed):
    """Of all requests two in five fail; what was logged is there, each point once, and the run has ended."""
    monkeypatch.setattr("jupyter_tracker.store.journal.drain._LONGEST_PAUSE_S", 0.2)
    proxy = FaultyProxy(standalone.port, seed)
    tracker.set_tracking_uri(proxy.url)
    runs = []
    for number in range(3):
        run = tracker.start_run(run_name=f"through {number}")
        tracker.log_params({"seed": seed, "number": number})
        for step in range(1500):
            tracker.log_metric("loss", float(step), step=step)
            if step % 500 == 0:
                tracker.set_tag(f"at.{step}", step)
        tracker.log_metric_series("whole", [float(step) for step in range(2500)])
        tracker.end_run()
        runs.append(run.info.run_id)
    sync_through(proxy, runs[0], 120)
    for number, run_id in enumerate(runs):
        assert history(standalone, run_id) == [(step, float(step)) for step in range(1500)]
        assert history(standalone, run_id, "whole") == [(step, float(step)) for step in range(2500)]
        run = standalone.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]
        assert run["info"]["status"] == "FINISHED"
        assert {each["key"]: each["value"] for each in run["data"]["params"]}["number"] == str(number)
        assert {"at.0", "at.500", "at.1000"} <= {each["key"] for each in run["data"]["tags"]}
    active.close_all()
    proxy.stop()


@pytest.mark.timeout(300)
def test_files_come_whole_through_random_faults(standalone, tmp_path, monkeypatch):
    """A folder of files is sent and fetched, several at a time, each again or from where it stopped."""
    monkeypatch.setattr("jupyter_tracker.artifact_store.served._MOST_TRIES", 30)
    monkeypatch.setattr("jupyter_tracker.artifact_store.served._PAUSE_S", 0.0)
    proxy = FaultyProxy(standalone.port, 3)
    tracker.set_tracking_uri(proxy.url)
    folder = tmp_path / "files"
    sizes = {f"{number % 3}/{number}.bin": number * 100_000 for number in range(12)}
    for path, size in sizes.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(os.urandom(size))
    active.store()  # from now on this server is asked for files
    place = artifact_store(f"{proxy.url}/api/2.0/mlflow-artifacts/artifacts/0/files-through-faults")
    place.log_dir(folder)
    fetched = place.download("")
    for path in sizes:
        assert (fetched / path).read_bytes() == (folder / path).read_bytes()
    assert not [path for path in fetched.rglob("*") if path.name.startswith(".")]
    assert set(proxy.seen) >= set(FAULTS)
    proxy.stop()


def test_a_server_that_does_not_listen_is_said_at_once_with_the_ways_out(monkeypatch):
    asked = []
    monkeypatch.setattr("jupyter_tracker.store.rest.transport.time.sleep", asked.append)
    url = f"http://127.0.0.1:{hosts.free_port()}"
    tracker.set_tracking_uri(url)
    monkeypatch.setattr("jupyter_tracker.store.rest.transport.FIRST_PATIENCE_S", 0.05)
    with pytest.raises(StoreUnavailableError) as error:
        tracker.start_run()
    for said in (f"{url} cannot be reached: connection refused", f"set_tracking_uri('{url}', offline=True)", "sync"):
        assert said in error.value.message


@pytest.mark.parametrize(
    ("status", "content", "kind", "said"),
    [
        (404, b"<html>", "RESOURCE_DOES_NOT_EXIST", "ends with /jupyter-tracker"),
        (200, b"<html>", "StoreError", "no MLflow tracking server"),
        (302, b"", "StoreError", "sends us elsewhere"),
        (401, b"<html>", "PermissionDeniedError", "MLFLOW_TRACKING_TOKEN"),
        (418, b"", "StoreError", "status 418"),
    ],
)
def test_answers_that_are_none_say_what_to_do(status, content, kind, said):
    with pytest.raises(TrackerError, match=said) as error:
        HttpTransport("http://somewhere.example")._read(status, content)
    assert kind in {type(error.value).__name__, "RESOURCE_DOES_NOT_EXIST"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "No token and no password were sent"),
        ({"MLFLOW_TRACKING_TOKEN": "jt_wrong"}, "The token in MLFLOW_TRACKING_TOKEN is not known there"),
        ({"MLFLOW_TRACKING_USERNAME": "al"}, "User or password are wrong"),
    ],
)
def test_who_is_not_let_in_is_told_what_was_sent(monkeypatch, given, said):
    for name in ("TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PermissionDeniedError, match=said) as error:
        HttpTransport("http://guarded.example")._read(401, b'{"error_code":"UNAUTHENTICATED","message":"No."}')
    assert "jt_wrong" not in error.value.message


def test_an_answer_that_is_not_understood_is_the_servers_matter():
    fields = AnswerFields({"run": {"info": {"run_id": 7}}})
    with pytest.raises(StoreError, match=r"has 7 as run.info.run_id: .* newer version"):
        fields.nested("run").nested("info").text("run_id")
    with pytest.raises(StoreError, match=r"lacks run.data. .*newer version"):
        fields.nested("run").nested("data")


# without the server ------------------------------------------------------------------------------


OFFLINE = """
import sys
import jupyter_tracker as tracker
from jupyter_tracker.artifact_store import artifact_store
tracker.set_tracking_uri(sys.argv[1], offline=True)
tracker.set_experiment("on the train")
with tracker.start_run(run_name="first") as run:
    tracker.log_params({"lr": 0.1})
    tracker.log_metric_series("loss", [1.0, float("nan"), 0.25])
    tracker.log_text("hello", "notes/a.txt")
print(run.info.run_id)
"""


def offline(url):
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, url],
        env={**os.environ, "PYTHONPATH": str(hosts.ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()[-1]


def test_what_was_logged_without_the_server_is_sent_later_under_the_same_id(standalone):
    run_id = offline(standalone.url)
    assert standalone.ask(f"/api/2.0/mlflow/runs/get?run_id={run_id}")[0] == 404
    assert command("sync", "--store", standalone.url).startswith("Sent 1 experiment, 1 run and ")
    for _ in range(2):
        run = standalone.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]
        assert (run["info"]["run_name"], run["info"]["status"]) == ("first", "FINISHED")
        assert history(standalone, run_id) == [(0, 1.0), (1, "NaN"), (2, 0.25)]
        (file,) = standalone.folder.rglob(f"{run_id}/artifacts/notes/a.txt")
        assert file.read_text() == "hello"
        assert "has everything" in command("sync", "--store", standalone.url)


def test_a_run_that_went_on_after_it_was_sent_is_sent_again(standalone):
    run_id = offline(standalone.url)
    command("sync", "--store", standalone.url)
    tracker.set_tracking_uri(standalone.url, offline=True)
    assert tracker.get_tracking_uri().startswith("sqlite:///")
    with tracker.start_run(run_id=run_id):
        tracker.log_metric("loss", 0.125, step=3)
        assert "1 runs are still going on" in command("sync", "--store", standalone.url)
    command("sync")  # the store in use stands for the server
    assert [step for step, _ in history(standalone, run_id)] == [0, 1, 2, 3]


def test_offline_by_the_environment(standalone, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_OFFLINE", "on")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", standalone.url)
    assert "offline" in tracker.get_tracking_uri()
    assert standalone.url in location.current_location().reason
    tracker.set_tracking_uri("plain.db")
    assert tracker.get_tracking_uri().endswith("/plain.db")
    with pytest.raises(InvalidParameterError, match="offline=True is for a tracking server"):
        tracker.set_tracking_uri("plain.db", offline=True)


# one run, many processes -------------------------------------------------------------------------


RANK = """
import sys
import jupyter_tracker as tracker
from jupyter_tracker.artifact_store import artifact_store
rank = int(sys.argv[1])
with tracker.start_run() as run:
    for step in range(200):
        tracker.log_metric(f"loss/{rank}", float(step), step=step)
print(run.info.run_id)
"""


@pytest.mark.parametrize("name", ["JUPYTER_TRACKER_RUN_ID", "MLFLOW_RUN_ID"])
def test_ranks_join_one_run_each_with_its_journal(host, monkeypatch, name):
    if host.token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", host.token)
    tracker.set_tracking_uri(host.url)
    with tracker.start_run(run_name="distributed") as run:
        variables = {**os.environ, "PYTHONPATH": str(hosts.ROOT), name: run.info.run_id}
        ranks = [
            subprocess.Popen([sys.executable, "-c", RANK, str(rank)], env=variables, stdout=subprocess.PIPE, text=True)
            for rank in range(2)
        ]
        for rank in ranks:
            assert rank.communicate(timeout=120)[0].split()[-1] == run.info.run_id
            assert rank.returncode == 0
        if name == "JUPYTER_TRACKER_RUN_ID":
            assert tracker.get_run(run.info.run_id).info.status == "RUNNING"
        tracker.log_metric("after", 1.0)
    for rank in range(2):
        assert [step for step, _ in history(host, run.info.run_id, f"loss%2F{rank}")] == list(range(200))
    assert tracker.get_run(run.info.run_id).info.status == "FINISHED"
    assert json.dumps(tracker.get_run(run.info.run_id).data.metrics["after"]) == "1.0"
