"""`gc`: what goes for good, what stays and why, and files that belong to nothing."""

import os
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.durations import milliseconds
from jupyter_tracker.tracking.housekeeping import collect
from jupyter_tracker.tracking.orphans import orphans

TWO_DAYS_S = 2 * 86_400


@pytest.fixture
def root():
    return active.store().root


def logged_run(name="trained", content=b"x" * 1000):
    with tracker.start_run(run_name=name) as run:
        tracker.log_metric("f1", 0.5)
        tracker.log_text("words", "notes.txt")
        artifact_store(run.info.artifact_uri).write("model/weights.bin", content)
    return run.info.run_id


def age(path: Path, seconds: float = TWO_DAYS_S) -> None:
    then = time.time() - seconds
    for each in [*path.rglob("*"), path]:
        os.utime(each, (then, then))


def run_folder(run_id):
    return Path(tracker.get_run(run_id).info.artifact_uri.removeprefix("file://")).parent


def test_gc_removes_runs_with_their_files(root):
    kept, gone = logged_run("kept"), logged_run("gone")
    folder = run_folder(gone)
    tracker.delete_run(gone)
    planned = tracker.gc(dry_run=True)
    assert (planned.runs, planned.dry_run) == (1, True)
    assert str(planned).startswith("Would remove 1 run: ")
    assert folder.exists()
    report = tracker.gc()
    assert (report.runs, report.kept) == (1, [])
    assert 1005 <= report.freed_bytes < 3000
    assert report.freed_bytes == planned.freed_bytes
    assert not folder.exists()
    assert (run_folder(kept) / "artifacts" / "notes.txt").read_bytes() == b"words"
    with pytest.raises(ResourceDoesNotExistError):
        tracker.get_run(gone)
    assert tracker.gc().runs == 0


def test_gc_takes_only_what_was_deleted_long_enough_ago():
    run_id = logged_run()
    tracker.delete_run(run_id)
    for older_than in ("30d", timedelta(days=1)):
        assert tracker.gc(older_than=older_than).runs == 0
    assert tracker.gc(older_than="0s").runs == 1


def test_gc_removes_an_experiment_with_its_folder(root):
    experiment = tracker.set_experiment("mistake")
    logged_run()
    folder = root / "artifacts" / experiment.experiment_id
    assert folder.is_dir()
    tracker.delete_experiment(experiment.experiment_id)
    report = tracker.gc()
    assert (report.runs, report.experiments) == (1, 1)
    assert not folder.exists()
    assert tracker.get_experiment_by_name("mistake") is None


def test_gc_leaves_what_somebody_else_put_into_an_experiments_folder(root):
    experiment = tracker.set_experiment("mistake")
    logged_run()
    notes = root / "artifacts" / experiment.experiment_id / "my notes.txt"
    notes.write_text("mine")
    tracker.delete_experiment(experiment.experiment_id)
    tracker.gc()
    assert notes.read_text() == "mine"


def test_gc_refuses_what_a_registered_version_needs():
    run_id = logged_run()
    client = tracker.TrackerClient()
    client.create_registered_model("churn")
    client.create_model_version("churn", f"runs:/{run_id}/model", run_id)
    tracker.delete_run(run_id)
    report = tracker.gc()
    assert report.runs == 0
    assert report.kept == [f"run trained ({run_id}): needed by version 1 of model churn"]
    assert (run_folder(run_id) / "artifacts" / "model" / "weights.bin").exists()
    client.delete_model_version("churn", "1")
    assert tracker.gc().runs == 1


def test_linked_files_are_left_alone(tmp_path):
    from jupyter_tracker.entities import Run, RunInfo
    from jupyter_tracker.store.upkeep import RunRecord

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "model.pkl").write_bytes(b"theirs")
    run = Run(RunInfo("a" * 32, "0", "alice", "FINISHED", 1, 2, "active", None, "linked"))
    active.store().import_runs([RunRecord(run, artifact_uri=elsewhere.as_uri())])
    assert run_folder("a" * 32) == tmp_path
    tracker.delete_run("a" * 32)
    assert tracker.gc().runs == 1
    assert (elsewhere / "model.pkl").read_bytes() == b"theirs"


def test_orphans_are_found_by_their_names_and_age(root):
    kept = logged_run()
    artifacts = root / "artifacts"
    lost = artifacts / "0" / ("b" * 32) / "artifacts"
    lost.mkdir(parents=True)
    (lost / "model.bin").write_bytes(b"x" * 100)
    model = artifacts / "0" / "models" / ("m-" + "c" * 32) / "artifacts"
    model.mkdir(parents=True)
    partial = run_folder(kept) / "artifacts" / ".jupyter-tracker-partial-1234"
    partial.write_bytes(b"x" * 10)
    unused = root / "environments" / "old.txt"
    unused.write_bytes(b"x" * 5)
    strange = artifacts / "0" / "not ours"
    strange.mkdir()
    assert orphans(active.store()) == []
    for path in (lost.parent, model.parent, partial, unused, strange):
        age(path)
    found = {orphan.path.relative_to(root).as_posix(): orphan.size_bytes for orphan in orphans(active.store())}
    assert found == {
        f"artifacts/0/{'b' * 32}": 100,
        f"artifacts/0/models/m-{'c' * 32}": 0,
        partial.relative_to(root).as_posix(): 10,
        "environments/old.txt": 5,
    }
    assert tracker.gc(dry_run=True).orphans == 4
    assert lost.exists()
    report = tracker.gc()
    assert (report.orphans, report.freed_bytes) == (4, 115)
    assert not any(path.exists() for path in (lost.parent, model.parent, partial, unused))
    assert strange.exists()
    assert (run_folder(kept) / "artifacts" / "environment" / "requirements.txt").exists()


def test_files_of_known_runs_are_no_orphans_however_old(root):
    kept, thrown = logged_run("kept"), logged_run("thrown")
    model = active.store().create_logged_model("0", "net")
    artifact_store(model.artifact_location).write("MLmodel", b"{}")
    tracker.delete_run(thrown)
    active.store().delete_logged_model(model.model_id)
    age(root / "artifacts")
    assert orphans(active.store()) == []
    assert run_folder(kept).exists()


def test_a_folder_shared_with_another_store_is_not_searched(root):
    lost = root / "artifacts" / "0" / ("b" * 32)
    lost.mkdir(parents=True)
    age(lost)
    assert len(orphans(active.store())) == 1
    tracker.set_tracking_uri(root / "other.db")
    active.store()
    tracker.set_tracking_uri(None)
    assert orphans(active.store()) == []
    assert re.fullmatch(r"orphaned files: .*other\.db is another store.*", tracker.gc().kept[0])
    assert lost.exists()


def test_an_empty_project_has_nothing_to_remove(project):
    assert str(tracker.gc()) == "Removed 0 runs: 0 bytes."
    assert not (project / ".jupyter_tracker").exists()


def test_many_runs_go_in_pieces(monkeypatch):
    monkeypatch.setattr("jupyter_tracker.tracking.housekeeping._AT_ONCE", 2)
    experiment = tracker.set_experiment("many")
    store = active.store()
    for _ in range(5):
        store.create_run(experiment.experiment_id)
    tracker.delete_experiment(experiment.experiment_id)
    report = collect(store)
    assert (report.runs, report.experiments) == (5, 1)
    assert store.trash() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30d", 2_592_000_000), ("12h", 43_200_000), ("90min", 5_400_000), ("1.5 H", 5_400_000), ("2w", 1_209_600_000)],
)
def test_lengths_of_time(text, expected):
    assert milliseconds(text) == expected
    assert milliseconds(None) == 0


@pytest.mark.parametrize("text", ["", "30", "d", "30 days ago", "-1d", "1e3d", timedelta(days=-1)])
def test_what_is_no_length_of_time(text):
    with pytest.raises(InvalidParameterError, match="length of time"):
        milliseconds(text)
