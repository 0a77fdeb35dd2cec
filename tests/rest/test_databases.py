"""Servers over PostgreSQL and MySQL, in one process and in several: what was answered is there, whatever is killed."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests import hosts, servers

API = "/api/2.0/mlflow"


def over(kind, folder, *options, **more):
    """Start a server over an empty database."""
    return hosts.standalone(folder, "--backend-store-uri", servers.new_database(kind), *options, **more)


def new_run(host):
    return host.json(f"{API}/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]


def steps_of(host, run_id):
    answer = host.json(f"{API}/metrics/get-history?run_id={run_id}&metric_key=loss")
    return [point["step"] for point in answer.get("metrics", [])]


def log_until(over, host, run_id, answered):
    """Log points, one or three at a time, and note the steps of those that were answered."""
    step = 0
    while not over.is_set():
        step += 1
        point = {"key": "loss", "value": step, "timestamp": 1, "step": step}
        more = [{**point, "key": "other"}, {**point, "key": "third"}]
        path, body = ("log-batch", {"metrics": [point, *more]}) if step % 2 else ("log-metric", point)
        try:
            if host.ask(f"{API}/runs/{path}", {"run_id": run_id, **body})[0] == 200:
                answered.add(step)
        except (OSError, http.client.HTTPException):
            over.wait(0.05)


@pytest.mark.crash
@pytest.mark.parametrize(("kind", "workers"), [("postgresql", 2), ("mysql", 1)])
def test_what_was_answered_survives_a_kill_of_all_processes(tmp_path, kind, workers):
    host = over(kind, tmp_path / "server", f"--workers={workers}")
    answered = {new_run(host): set() for _ in range(4)}
    done = threading.Event()
    threads = [threading.Thread(target=log_until, args=(done, host, run_id, answered[run_id])) for run_id in answered]
    for thread in threads:
        thread.start()
    while sum(map(len, answered.values())) < 60:
        done.wait(0.01)
    os.killpg(host.process.pid, signal.SIGKILL)
    host.process.wait(60)
    host.start()
    host.wait()
    done.set()
    for thread in threads:
        thread.join()
    for run_id, steps in answered.items():
        found = steps_of(host, run_id)
        assert len(found) == len(set(found))
        assert set(found) >= steps
        assert host.json(f"{API}/runs/get?run_id={run_id}")["run"]["info"]["status"] == "RUNNING"
    assert host.stop() == 0


def test_a_worker_that_dies_is_replaced_and_all_end_with_their_parent(tmp_path):
    host = over("postgresql", tmp_path / "server", "--workers=2")
    hosts.wait_until(lambda: " serves " in host.log.read_text())
    run_id = new_run(host)
    workers = children(host.process.pid)
    assert len(workers) == 2  # it says that it serves when all of them do
    os.kill(workers[0], signal.SIGKILL)
    hosts.wait_until(lambda: len(set(children(host.process.pid)) - set(workers)) == 1)
    hosts.wait_until(lambda: host.ask("/health")[0] == 200)
    for step in range(20):
        point = {"run_id": run_id, "key": "loss", "value": step, "timestamp": 1, "step": step}
        host.json(f"{API}/runs/log-metric", point)
        assert steps_of(host, run_id) == list(range(step + 1))
    left = children(host.process.pid)
    host.kill()
    hosts.wait_until(lambda: not any(map(runs, left)))


def children(pid):
    """Return the server processes that another has started."""
    found = []
    for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes():
                found.append(int(number))
    return found


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("kind", "workers", "right", "wrong", "told"),
    [
        ("postgresql", 1, r"/t\w+$", "/nowhere", "has no such database: make it first"),
        ("mysql", 2, ":s3cret", ":wr0ng", "refuses this user or password: check the URI"),
    ],
    ids=["no database", "wrong password"],
)
def test_a_start_that_a_database_refuses_says_why_and_no_password(tmp_path, kind, workers, right, wrong, told):
    url = re.sub(right, wrong, servers.new_database(kind))
    command = [sys.executable, "-m", "jupyter_tracker", "server", "--backend-store-uri", url, "--port=0"]
    ended = subprocess.run(
        [*command, f"--workers={workers}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(hosts.ROOT), "XDG_DATA_HOME": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ended.returncode == 1
    assert told in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert "pass-word" not in ended.stdout + ended.stderr


def test_the_second_command_of_mlflows_page_runs(tmp_path, monkeypatch):
    """PostgreSQL and a bucket, on every address: a client writes to the bucket itself, the server lists it."""
    import boto3

    objects = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    objects.start()
    endpoint = "http://{}:{}".format(*objects.get_host_and_port())
    access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    for name, value in {**access, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.client("s3", endpoint_url=endpoint)
    bucket.create_bucket(Bucket="my-bucket")
    # As on the page: a URL without a driver's name, which `mlflow server` takes, too.
    url = servers.new_database("postgresql").replace("postgresql+psycopg", "postgresql")
    host = hosts.standalone(
        tmp_path / "server", "--backend-store-uri", url, "--default-artifact-root", "s3://my-bucket/mlflow-artifacts",
        "--host", "0.0.0.0",
    )  # fmt: skip
    log = host.log.read_text()
    assert servers.PASSWORD not in log
    assert "warning" not in log
    host.token = log.partition("MLFLOW_TRACKING_TOKEN=")[2].split()[0]
    script = """
import jupyter_tracker as mlflow
mlflow.set_experiment("churn-prediction")
with mlflow.start_run(run_name="rf-baseline") as run:
    mlflow.log_params({"n_estimators": 100})
    mlflow.log_metric("f1", 0.9)
    mlflow.log_text("hello", "notes/hello.txt")
print(run.info.run_id, run.info.artifact_uri)
"""
    environment = {**os.environ, **host.environment(), "PYTHONPATH": str(hosts.ROOT), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    run_id, location = done.stdout.split()
    assert location == f"s3://my-bucket/mlflow-artifacts/1/{run_id}/artifacts"
    kept = bucket.list_objects_v2(Bucket="my-bucket")["Contents"]
    assert f"mlflow-artifacts/1/{run_id}/artifacts/notes/hello.txt" in [entry["Key"] for entry in kept]
    listed = host.json(f"{API}/artifacts/list?run_id={run_id}&path=notes")
    assert listed["files"] == [{"path": "notes/hello.txt", "is_dir": False, "file_size": 5}]
    assert host.ask(f"/get-artifact?run_id={run_id}&path=notes/hello.txt")[::2] == (200, b"hello")
    found = host.json(f"{API}/runs/get?run_id={run_id}")["run"]
    assert found["info"]["status"] == "FINISHED"
    assert found["data"]["metrics"][0]["value"] == 0.9
    assert host.stop() == 0
    objects.stop()
