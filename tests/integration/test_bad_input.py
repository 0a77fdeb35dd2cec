"""What goes wrong around a store: each a clear error of its own type, and nothing lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from jupyter_tracker.entities import Metric, Param
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError, StoreVersionError
from jupyter_tracker.store.sql import open_sqlite
from tests.integration.conftest import ROOT


def in_namespace(setup, code, *arguments):
    """Run Python code where `setup`, a shell command, may mount things; return the finished process."""
    command = f'{setup} && exec {sys.executable} -c "$CODE" {" ".join(map(str, arguments))}'
    probe = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True)
    wrap = ["unshare", "-rm"] if os.getuid() else ["unshare", "-m"]
    if os.getuid() and probe.returncode:
        pytest.skip("this system gives users no mount namespaces")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CODE": textwrap.dedent(code)}
    return subprocess.run(
        [*wrap, "sh", "-ec", command], check=False, capture_output=True, text=True, env=environment, timeout=120
    )


needs_unshare = pytest.mark.skipif(shutil.which("unshare") is None, reason="this system has no unshare(1)")


def test_a_file_that_is_no_database(path):
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(StoreError, match="is not an SQLite database"):
        open_sqlite(path)
    assert path.read_bytes() == b"not a database " * 1000


def test_a_database_of_another_program(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE shopping (item TEXT)")
    other.close()
    with pytest.raises(StoreError, match=r"another program.*shopping"):
        open_sqlite(path)


def test_a_database_of_mlflow(path):
    with sqlite3.connect(path) as other:
        for table in ("experiments", "runs", "latest_metrics", "alembic_version", "tags"):
            other.execute(f"CREATE TABLE {table} (a TEXT)")
        other.execute("ALTER TABLE alembic_version ADD COLUMN version_num TEXT")
    other.close()
    with pytest.raises(StoreError, match=r"database of MLflow.*import mlflow"):
        open_sqlite(path)


def test_a_database_of_a_newer_version(path):
    open_sqlite(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(StoreVersionError, match=r"newer jupyter_tracker.*9999"):
        open_sqlite(path)
    assert path.read_bytes() == before


def test_a_damaged_database(path):
    store = open_sqlite(path)
    for _ in range(50):
        store.create_run("0", tags={"note": "x" * 2000})
    store.close()
    with path.open("r+b") as file:
        file.seek(8192 * 3)
        file.write(os.urandom(path.stat().st_size - 8192 * 4))
    with pytest.raises(StoreError, match=r"damaged|could not be used"):
        open_sqlite(path).search_runs(["0"])


@needs_unshare
def test_a_read_only_folder_can_be_read_and_says_that_it_cannot_be_written(path):
    store = open_sqlite(path)
    run = store.create_run("0", run_name="kept")
    store.writer(run.info.run_id).log_metric("loss", 0.5)
    store.close()
    done = in_namespace(
        f"mount --bind {path.parent} {path.parent} && mount -o remount,ro,bind {path.parent}",
        """
        import sys
        from jupyter_tracker.errors import PermissionDeniedError
        from jupyter_tracker.store.sql import open_sqlite
        store = open_sqlite(sys.argv[1])
        print([run.data.metrics for run in store.search_runs(["0"])])
        try:
            store.create_run("0")
        except PermissionDeniedError as error:
            print(error)
        try:
            open_sqlite(sys.argv[1] + ".new")
        except Exception as error:
            print(type(error).__name__, error)
        """,
        path,
    )
    assert done.returncode == 0, done.stderr
    read, write, new = done.stdout.splitlines()
    assert read == "[{'loss': 0.5}]"
    assert "read-only" in write
    assert new.startswith(("StoreError", "PermissionDeniedError"))


@needs_unshare
def test_a_full_disk_loses_nothing(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = in_namespace(
        f"mount -t tmpfs -o size=3m tmpfs {disk}",
        """
        import os, sys, time, warnings
        from pathlib import Path
        from jupyter_tracker.store.sql import open_sqlite
        warnings.simplefilter("always")
        disk = Path(sys.argv[1])
        store = open_sqlite(disk / "tracker.db")
        run = store.create_run("0")
        writer = store.writer(run.info.run_id, owner=True)
        writer.log_metric("loss", 0.0, 0)
        store.flush()
        filler = open(disk / "filler", "wb", buffering=0)
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
        for step in range(1, 20_000):
            writer.log_metric("loss", step / 2, step)
        writer.log_params({"lr": 0.1})
        time.sleep(0.5)
        filler.truncate(0)
        os.unlink(disk / "filler")
        writer.settle()
        writer.log_metric("loss", -1.0, 20_000)
        time.sleep(2)
        writer.end("FINISHED")
        seen = store.get_run(run.info.run_id)
        series = store.metric_series(run.info.run_id, "loss")
        assert series.step.tolist() == list(range(20_001)), len(series)
        print(seen.info.status, seen.data.params)
        """,
        disk,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "FINISHED {'lr': '0.1'}"
    assert "kept in memory" in done.stderr
    assert done.stderr.count("TrackerWarning") <= 3


@pytest.fixture
def writer(store):
    return store.writer(store.create_run("0").info.run_id, owner=True)


ABSURD = ["", None, 7, "a" * 251, "../up", "/root", "a//b", "x/./y", "quote'", "new\nline", "tab\t"]


@pytest.mark.parametrize("key", ABSURD)
def test_absurd_keys_are_refused_and_nothing_is_logged(store, writer, key):
    for log in (
        lambda: writer.log_metric(key, 1.0),
        lambda: writer.log_metrics({"good": 1.0, key: 1.0}),
        lambda: writer.log_points([Metric("good", 1.0, 1, 1), Metric(key, 1.0, 1, 1)]),
        lambda: writer.log_params({"good": 1, key: 1}),
        lambda: writer.set_tags({"good": 1, key: 1}),
        lambda: writer.log_series(key, [1.0]),
    ):
        with pytest.raises(InvalidParameterError, match="key"):
            log()
    run = store.get_run(writer.run_id)
    assert (run.data.metrics, run.data.params) == ({}, {})
    assert "good" not in run.data.tags


@pytest.mark.parametrize("value", ["half", None, [1.0], {}, object(), np.array([1.0, 2.0]), b"1", 1 + 2j, 10**400])
def test_values_that_are_no_numbers_are_refused(store, writer, value):
    for log in (
        lambda: writer.log_metric("loss", value),
        lambda: writer.log_metrics({"good": 1.0, "loss": value}),
        lambda: writer.log_points([Metric("good", 1.0, 1, 1), Metric("loss", value, 1, 1)]),
    ):
        with pytest.raises(InvalidParameterError, match="loss"):
            log()
    assert store.get_run(writer.run_id).data.metrics == {}


def test_numbers_of_every_kind_are_taken(store, writer):
    numbers = {"int": 3, "bool": True, "f32": np.float32(0.5), "i64": np.int64(-7), "zero-d": np.array(2.5)}
    for key, number in numbers.items():
        writer.log_metric(key, number)
    writer.log_points([Metric("point", np.float32(0.25), np.int64(5), np.int32(2))])
    assert store.get_run(writer.run_id).data.metrics == {
        "int": 3.0, "bool": 1.0, "f32": 0.5, "i64": -7.0, "zero-d": 2.5, "point": 0.25
    }  # fmt: skip


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1, "x", object()])
def test_steps_that_do_not_fit_are_refused(store, writer, step):
    with pytest.raises(InvalidParameterError, match="step"):
        writer.log_metric("loss", 1.0, step)
    with pytest.raises(InvalidParameterError, match="step"):
        writer.log_points([Metric("loss", 1.0, 1, step)])
    assert store.get_run(writer.run_id).data.metrics == {}


def test_huge_values(store, writer, monkeypatch):
    with pytest.raises(InvalidParameterError, match="6001 characters"):
        writer.log_params({"p": "x" * 6001})
    with pytest.raises(InvalidParameterError, match="8001 characters"):
        writer.set_tags({"t": "x" * 8001})
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "true")
    writer.log_params({"p": "x" * 6001})
    writer.set_tags({"t": "x" * 8001, "half": "a\ud800b", "nul": "a\0b"})
    data = store.get_run(writer.run_id).data
    assert (data.params["p"], data.tags["t"]) == ("x" * 6000, "x" * 8000)
    assert data.tags["half"] == "a?b"


def test_a_changed_param_logs_none_of_its_batch(store, writer):
    writer.log_params({"lr": 0.1})
    with pytest.raises(InvalidParameterError, match="Changing param values is not allowed"):
        store.log_batch(writer.run_id, [Metric("m", 1.0, 1, 1)], [Param("new", "1"), Param("lr", "0.2")], [])
    writer.log_params({"lr": "0.1"})
    data = store.get_run(writer.run_id).data
    assert (data.params, data.metrics) == ({"lr": "0.1"}, {})


@pytest.mark.parametrize(
    ("steps", "timestamps", "values", "wrong"),
    [
        ([1, 2], None, [1.0], "differ in length"),
        (np.array([2**63], dtype="uint64"), None, [1.0], "over 64 bits"),
        (None, None, [[1.0]], "values"),
        (None, None, ["a"], "values"),
        ([0.5], None, [1.0], "steps"),
        (None, [-1], [1.0], "negative"),
        (None, None, "abc", "values"),
    ],
)
def test_series_that_do_not_fit_are_refused(store, writer, steps, timestamps, values, wrong):
    with pytest.raises(InvalidParameterError, match=wrong):
        writer.log_series("loss", values, steps=steps, timestamps=timestamps)
    assert store.get_run(writer.run_id).data.metrics == {}


def test_logging_to_a_deleted_or_unknown_run(store, writer):
    run_id = writer.run_id
    writer.end("FINISHED")
    store.delete_run(run_id)
    with pytest.raises(InvalidParameterError, match="'active' state"):
        store.writer(run_id).log_metric("loss", 1.0)
    with pytest.raises(InvalidParameterError, match="'active' state"):
        writer.log_metric("loss", 1.0)
    with pytest.raises(ResourceDoesNotExistError, match="not found"):
        store.writer("f" * 32)


def test_logging_after_the_end_still_arrives(store, writer):
    writer.log_metric("loss", 1.0, 1)
    writer.end("FINISHED")
    writer.log_metric("loss", 2.0, 2)
    run = store.get_run(writer.run_id)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 2.0})
