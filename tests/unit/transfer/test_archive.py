"""A store into one file and out of it again, whole, once, and in bounded memory."""

import io
import json
import math
import os
import time
import zipfile
from pathlib import Path

import pytest
from pyarrow import parquet

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.local import local_path
from jupyter_tracker.entities import Metric, RunTag, ViewType
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError
from jupyter_tracker.tracking.moving import import_archive
from jupyter_tracker.transfer import archive_writing, receiving
from jupyter_tracker.transfer import parquet as parquet_room
from jupyter_tracker.transfer.archive_writing import Selection, write_archive
from tests.unit.same_runs import same_runs

GOLDEN = Path(__file__).parents[2] / "golden"
START = 1_700_000_000_000


@pytest.fixture
def everything(there, full, tmp_path):
    path = tmp_path / "all.zip"
    write_archive(there, Selection(everything=True), path)
    return path


def files_of(store, run_id):
    uri = store.get_run(run_id).info.artifact_uri
    place = artifact_store(uri)
    return {path: place.open(path).read() for path in archive_writing._paths(place, "")}


def test_everything_comes_back(there, here, full, everything):
    report = import_archive(here, everything)
    assert (report.experiments, report.runs, report.logged_models, report.registered_models) == (1, 3, 1, 1)
    assert (report.files, report.conflicts, report.notes) == (7, [], [])
    same_runs(there, here, full.values())
    for run_id in full.values():
        assert files_of(here, run_id) == files_of(there, run_id)
        assert here.get_run(run_id).info.artifact_uri.startswith(here.root.as_uri())
    assert here.get_run(full["thrown"]).info.lifecycle_stage == "deleted"
    assert here.get_experiment_by_name("churn").tags == {"team": "blue"}
    ids = [there.get_experiment_by_name("churn").experiment_id]
    (model,), (original,) = here.search_logged_models(ids), there.search_logged_models(ids)
    assert (model.params, model.tags, model.status) == (original.params, original.tags, "READY")
    assert math.isnan(model.metrics[0].value)
    assert artifact_store(model.artifact_location).open("MLmodel").read() == b"flavors: {}\n"


def test_the_series_of_a_model_and_of_a_data_set_come_back_once(there, here, full, tmp_path):
    run_id = full["first"]
    (model,) = there.search_logged_models([there.get_run(run_id).info.experiment_id])
    for step, value in ((1, 0.5), (2, math.inf), (3, 0.75)):
        there.log_metric(run_id, Metric("acc", value, START, step, model.model_id, "iris", "abc"))
    there.log_metric(run_id, Metric("loss", 0.25, START, 7, None, "wine", "def"))
    path = tmp_path / "one.zip"
    write_archive(there, Selection(run_ids=[run_id]), path)
    for _ in range(2):
        import_archive(here, path)
        points = here.measured_points(run_id)
        assert [(point.key, point.step, str(point.value), point.dataset_name) for point in points] == [
            ("acc", 0, "nan", "iris"),
            ("acc", 1, "0.5", "iris"),
            ("acc", 2, "inf", "iris"),
            ("acc", 3, "0.75", "iris"),
            ("loss", 7, "0.25", "wine"),
        ]
        assert repr(points) == repr(there.measured_points(run_id))
        assert len(here.measured_series(run_id, "acc", model.model_id)) == 4
        (latest,) = here.get_logged_model(model.model_id).metrics
        assert (latest.step, latest.value) == (3, 0.75)


@pytest.mark.parametrize(
    "point",
    [["acc", 0, -1, 0.5, None, None, None], ["acc", 0, 1, 0.5, 7, None, None], ["acc", 2**80, 1, 1, "m", None, None]],
)
def test_points_of_a_model_are_checked(everything, here, tmp_path, point):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(everything) as good, zipfile.ZipFile(path, "w") as bad:
        for entry in good.infolist():
            content = good.read(entry)
            if entry.filename.startswith("runs/"):
                content = json.dumps({**json.loads(content), "measured": [point]}).encode()
            bad.writestr(entry.filename, content)
    with pytest.raises(InvalidParameterError, match="not what an export has"):
        import_archive(here, path)


def test_the_registry_comes_back_and_finds_its_files_here(here, full, everything):
    import_archive(here, everything)
    model = here.get_registered_model("churn-model")
    assert (model.description, model.tags, model.aliases) == ("text", {"team": "blue"}, {"champ": "1"})
    first, second = (here.get_model_version_download_uri("churn-model", number) for number in "12")
    version = here.get_model_version("churn-model", "1")
    assert (version.current_stage, version.tags, version.aliases) == ("Production", {"a": "b"}, ["champ"])
    assert first == here.get_logged_model(version.model_id).artifact_location
    assert second == here.get_run(full["second"]).info.artifact_uri + "/own.txt"


def test_the_trash_comes_back_as_it_was(there, here, full, tmp_path):
    churn = there.get_experiment_by_name("churn").experiment_id
    model = there.create_logged_model(churn, "bad", full["first"], {"a": "b"})
    artifact_store(model.artifact_location).write("MLmodel", b"flavors: {}\n")
    there.delete_logged_model(model.model_id)
    gone = there.create_experiment("gone")
    before, with_it = (there.create_run(gone, "alice", START, None, name).info.run_id for name in "ab")
    there.delete_run(before)
    time.sleep(0.002)  # deletion times are in ms
    there.delete_experiment(gone)
    write_archive(there, Selection(everything=True), tmp_path / "all.zip")
    report = import_archive(here, tmp_path / "all.zip")
    assert report.logged_models == 2
    thrown = [
        {(entry.kind, entry.id, entry.name, entry.deleted_time) for entry in store.trash()} for store in (here, there)
    ]
    assert thrown[0] == thrown[1]
    assert len(thrown[0]) == 5
    assert None not in [deleted_time for *_, deleted_time in thrown[0]]
    with pytest.raises(ResourceDoesNotExistError):
        here.get_logged_model(model.model_id)
    (found,) = here.search_logged_models([churn], "lifecycle_stage = 'deleted'")
    assert (found.model_id, found.tags) == (model.model_id, {"a": "b"})
    assert artifact_store(found.artifact_location).open("MLmodel").read() == b"flavors: {}\n"
    again = import_archive(here, tmp_path / "all.zip")
    assert (again.runs, again.logged_models, again.files) == (0, 0, 0)
    here.restore_experiment(here.get_experiment_by_name("gone").experiment_id)
    assert here.get_run(with_it).info.lifecycle_stage == "active"
    assert here.get_run(before).info.lifecycle_stage == "deleted"


def test_importing_twice_changes_nothing(here, full, everything):
    import_archive(here, everything)
    here.set_tag(full["first"], RunTag("mine", "yes"))
    report = import_archive(here, everything)
    assert (report.runs, report.runs_present, report.files, report.conflicts) == (0, 3, 0, [])
    assert str(report).endswith("3 runs there already.")
    assert here.get_run(full["first"]).data.tags["mine"] == "yes"
    homes = [each.experiment_id for each in here.search_experiments(ViewType.ALL)]
    assert here.count_runs(homes, "", ViewType.ALL) == 3


def test_a_conflict_is_said_and_what_is_here_stays(here, full, everything):
    import_archive(here, everything)
    here.update_param(full["first"], "lr", "0.2")
    report = import_archive(here, everything)
    assert report.conflicts == [f"run {full['first']}: other params here than there"]
    assert here.get_run(full["first"]).data.params["lr"] == "0.2"


def test_an_import_goes_on_after_an_interruption(here, full, everything, monkeypatch):
    monkeypatch.setattr(receiving, "_RUNS_AT_ONCE", 1)
    calls = []

    def interrupted(records):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(records)
        return type(here).import_runs(here, records)

    monkeypatch.setattr(here, "import_runs", interrupted, raising=False)
    with pytest.raises(KeyboardInterrupt):
        import_archive(here, everything)
    assert len(here.known_runs(full.values())) == 2
    monkeypatch.undo()
    report = import_archive(here, everything)
    assert (report.runs, report.runs_present, report.registered_models) == (1, 2, 1)
    assert here.known_runs(full.values()) == set(full.values())


def test_one_run(there, here, full, tmp_path):
    report = write_archive(there, Selection(run_ids=[full["first"], full["first"]]), tmp_path / "one.zip")
    assert (report.experiments, report.runs, report.logged_models, report.registered_models) == (1, 1, 1, 0)
    import_archive(here, tmp_path / "one.zip")
    same_runs(there, here, [full["first"]])
    assert here.known_runs(full.values()) == {full["first"]}


def test_one_experiment_without_its_trash(there, here, full, tmp_path):
    churn = there.get_experiment_by_name("churn").experiment_id
    report = write_archive(there, Selection(experiment_ids=[churn]), tmp_path / "churn.zip")
    assert (report.experiments, report.runs) == (1, 2)
    import_archive(here, tmp_path / "churn.zip")
    assert here.known_runs(full.values()) == {full["first"], full["second"]}


def test_the_same_content_is_in_the_file_once(everything):
    with zipfile.ZipFile(everything) as archive:
        blobs = [name for name in archive.namelist() if name.startswith("blobs/")]
        run = json.loads(archive.read(next(name for name in archive.namelist() if name.startswith("runs/"))))
    assert len(blobs) == 5
    assert {file["path"] for file in run["files"]} == {"environment/requirements.txt", "own.txt"}
    assert "artifact_uri" not in {key for key, value in run["info"].items() if value is not None}


def test_paths_of_the_machine_stay_there(there, everything):
    with zipfile.ZipFile(everything) as archive:
        for name in archive.namelist():
            # The version that was registered by its path has that as its source.
            content = archive.read(name)
            assert (str(there.root).encode() in content) == name.startswith("registry/"), name


def test_metrics_are_plain_parquet(full, everything):
    with zipfile.ZipFile(everything) as archive:
        table = parquet.read_table(io.BytesIO(archive.read("metrics/0.parquet")))
        first, second = (json.loads(archive.read(f"runs/{full[name]}.json")) for name in ("first", "second"))
    assert table.column_names == ["run_id", "key", "step", "timestamp", "value"]
    assert (first["place"], first["points"]) == ([0, 0], 200_001)
    assert set(table.column("run_id").to_pylist()[:200_001]) == {full["first"]}
    assert second["place"] == ([0, 200_001] if second["points"] else second["place"])
    table = table.slice(0, 200_001)
    assert table.num_rows == 200_001
    assert table.column("key").to_pylist()[:2] == ["acc", "loss"]
    assert table.column("value").to_pylist()[1:4] == [1.0, 1 / 2, 1 / 3]


def test_the_points_of_many_runs_come_back_from_few_files(there, here, tmp_path, monkeypatch):
    """Groups of rows and files end in the middle of a run's metrics, and long runs are read another way."""
    monkeypatch.setattr(parquet_room, "_ROWS_AT_ONCE", 7)
    monkeypatch.setattr(archive_writing, "_POINTS_PER_FILE", 40)
    monkeypatch.setattr(archive_writing, "_SHORT_POINTS", 12)
    monkeypatch.setattr(archive_writing, "_RUNS_AT_ONCE", 4)
    ids = []
    for number in range(11):
        ids.append(there.create_run("0", start_time=START + number).info.run_id)
        for key in range(number % 4):
            there.writer(ids[-1]).log_series(f"m{key}", [number + step / 8 for step in range(number + key)])
    path = tmp_path / "many.zip"
    write_archive(there, Selection(run_ids=ids[::2], experiment_ids=["0"]), path)
    with zipfile.ZipFile(path) as archive:
        assert 2 <= len([name for name in archive.namelist() if name.startswith("metrics/")]) < 6
    assert import_archive(here, path).runs == 11
    same_runs(there, here, ids)
    for run_id in ids:
        assert here.get_run(run_id).data.metrics == there.get_run(run_id).data.metrics
        for key in there.get_run(run_id).data.metrics:
            assert repr(here.metric_series(run_id, key)) == repr(there.metric_series(run_id, key))


def test_a_file_of_format_1_is_read(here):
    for runs in (1, 0):
        assert import_archive(here, GOLDEN / "export-1.zip").runs == runs
        experiment_id = here.get_experiment_by_name("old").experiment_id
        (run,) = here.search_runs([experiment_id])
        assert (run.data.params, run.data.metrics) == ({"lr": "0.1"}, {"loss": 0.25, "f1": 0.75})
        assert here.metric_series(run.info.run_id, "loss").value.tolist() == [1.0, 0.5, 0.25]
        assert [point.value for point in here.measured_series(run.info.run_id, "f1", dataset_name="iris")] == [
            0.5,
            0.75,
        ]
        assert files_of(here, run.info.run_id) == {"note.txt": b"hello\n"}


def test_series_that_an_older_export_lacked_come_with_a_newer_one(here, tmp_path):
    """And nothing else: what is here stays as it is."""
    old = tmp_path / "old.zip"
    with zipfile.ZipFile(GOLDEN / "export-1.zip") as golden, zipfile.ZipFile(old, "w") as archive:
        for name in golden.namelist():
            content = golden.read(name)
            if name.startswith("runs/"):
                run_id = name[5:-5]
                content = json.dumps({**json.loads(content), "measured": []}).encode()
            archive.writestr(name, content)
    import_archive(here, old)
    assert here.measured_points(run_id) == []
    for _ in range(2):
        report = import_archive(here, GOLDEN / "export-1.zip")
        assert (report.runs, report.runs_present, report.conflicts) == (0, 1, [])
        assert [point.value for point in here.measured_points(run_id)] == [0.5, 0.75]
    here.truncate_metric(run_id, "f1", 1)
    import_archive(here, GOLDEN / "export-1.zip")
    assert [point.value for point in here.measured_points(run_id)] == [0.5]
    here.truncate_metric(run_id, "f1", 0)
    import_archive(here, GOLDEN / "export-1.zip")
    assert here.measured_points(run_id) == []


def test_large_files_pass_in_pieces(there, here, tmp_path, monkeypatch):
    monkeypatch.setattr(archive_writing, "_IN_MEMORY_BYTES", 1000)
    run = there.create_run("0")
    content = bytes(range(256)) * 40_000
    artifact_store(run.info.artifact_uri).write("big.bin", content)
    write_archive(there, Selection(run_ids=[run.info.run_id]), tmp_path / "big.zip")
    import_archive(here, tmp_path / "big.zip")
    assert files_of(here, run.info.run_id) == {"big.bin": content}


def test_what_packs_very_well_can_still_be_imported(there, here, tmp_path):
    """Our own exports must never be taken for zip bombs."""
    run = there.create_run("0")
    artifact_store(run.info.artifact_uri).write("zeros.bin", bytes(40 << 20))
    there.writer(run.info.run_id).log_series("flat", [1.0] * 3_000_000)
    write_archive(there, Selection(run_ids=[run.info.run_id]), tmp_path / "flat.zip")
    import_archive(here, tmp_path / "flat.zip")
    assert len(here.metric_series(run.info.run_id, "flat")) == 3_000_000


def test_an_export_that_fails_leaves_nothing_behind(there, full, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "all.zip").write_bytes(b"the one before")
    monkeypatch.setattr(archive_writing._Writing, "_manifest", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_archive(there, Selection(everything=True), folder / "all.zip")
    assert [path.name for path in folder.iterdir()] == ["all.zip"]
    assert (folder / "all.zip").read_bytes() == b"the one before"


def test_what_an_export_refuses(there, tmp_path):
    with pytest.raises(InvalidParameterError, match="Nothing to export"):
        write_archive(there, Selection(), tmp_path / "a.zip")
    with pytest.raises(ResourceDoesNotExistError):
        write_archive(there, Selection(run_ids=["f" * 32]), tmp_path / "a.zip")
    with pytest.raises(StoreError, match="cannot be written"):
        write_archive(there, Selection(everything=True), tmp_path / "nowhere" / "a.zip")
    assert not list(tmp_path.glob("*.zip"))


def test_files_that_cannot_be_reached_are_noted(there, tmp_path):
    experiment = there.create_experiment("remote", "dbfs:/bucket/churn")
    run_id = there.create_run(experiment).info.run_id
    report = write_archive(there, Selection(run_ids=[run_id]), tmp_path / "a.zip")
    assert len(report.notes) == 1
    assert report.notes[0].startswith(f"run {run_id}: Artifacts at 'dbfs:'")
    assert report.runs == 1


def test_a_file_that_cannot_be_taken_along_keeps_none_of_the_others(there, here, full, tmp_path):
    files = local_path(there.get_run(full["second"]).info.artifact_uri)
    for name in (b"bad\xff.txt", b"back\\slash.txt"):
        Path(files, os.fsdecode(name)).write_text("odd")
    path = tmp_path / "some.zip"
    report = write_archive(there, Selection(run_ids=[full["second"]]), path)
    assert len(report.notes) == 2
    assert "no UTF-8" in "".join(report.notes)
    import_archive(here, path)
    assert Path(local_path(here.get_run(full["second"]).info.artifact_uri), "own.txt").read_text() == "second"
