"""MLflow's stores come across whole: a database and a folder that a real MLflow wrote, and ones made by hand."""

import math
import tracemalloc
from pathlib import Path

import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidParameterError, StoreError
from jupyter_tracker.tracking.moving import import_mlflow_into
from jupyter_tracker.transfer import receiving
from tests.unit.transfer.mlflow_tables import START, MlflowTables

A, B = "a" * 32, "b" * 32


@pytest.fixture(params=["sql/mlflow.db", "files/mlruns"])
def real(golden, request):
    return golden / request.param


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "made").mkdir()
    made = MlflowTables(tmp_path / "made" / "mlflow.db")
    yield made
    made.connection.close()


@pytest.fixture
def made(tables, tmp_path):
    return tmp_path / "made" / "mlflow.db"


def run_named(store, name):
    homes = [each.experiment_id for each in store.search_experiments(ViewType.ALL)]
    (run,) = store.search_runs(homes, f"attributes.run_name = '{name}'", ViewType.ALL)
    return run


def content(uri, path):
    with artifact_store(uri).open(path) as file:
        return file.read()


def test_counts_and_times(here, real):
    report = import_mlflow_into(here, real)
    assert (report.experiments, report.runs, report.files) == (2, 5, 3)
    assert (report.logged_models, report.registered_models) == (1, 1)
    assert (report.conflicts, report.notes) == ([], [])
    run = run_named(here, "golden")
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("FINISHED", START, START + 5000)
    assert run.info.lifecycle_stage == "active"
    churn = here.get_experiment(run.info.experiment_id)
    assert (churn.name, churn.tags) == ("churn", {"team": "blue"})
    assert churn.creation_time > START


def test_ids_are_kept(here, real):
    import_mlflow_into(here, real)
    run = run_named(here, "golden")
    folder = next(real.parent.glob(f"mlruns/*/{run.info.run_id}"))
    assert folder.parent.name == run.info.experiment_id
    assert run_named(here, "child").data.tags["mlflow.parentRunId"] == run.info.run_id


def test_params_tags_and_metrics(here, real):
    import_mlflow_into(here, real)
    run = run_named(here, "golden")
    assert run.data.params == {"empty": "", "sub/note": "Größe 東京"}
    assert {key: run.data.tags[key] for key in ("author", "mlflow.user")} == {"author": "bob", "mlflow.user": "alice"}
    assert set(run.data.metrics) == {"loss", "inf", "minus/inf", "nan", "x", "acc"}
    assert math.isnan(run.data.metrics["nan"])
    assert (run.data.metrics["inf"], run.data.metrics["minus/inf"]) == (math.inf, -math.inf)
    loss = here.metric_series(run.info.run_id, "loss")
    assert loss.value.tolist() == [1 / (step + 1) for step in range(50)]
    assert loss.timestamp.tolist() == list(range(START, START + 50))
    x = here.metric_series(run.info.run_id, "x")
    assert (x.step.tolist(), x.timestamp.tolist(), x.value.tolist()) == ([-3, -3], [7, 8], [1.5, 2.5])


def test_data_sets_and_files(here, real):
    import_mlflow_into(here, real)
    run = run_named(here, "golden")
    (entry,) = run.inputs.dataset_inputs
    assert (entry.dataset.name, entry.dataset.digest, entry.dataset.source_type) == ("iris", "abc123", "local")
    assert entry.dataset.source == '{"uri": "iris.csv"}'
    assert entry.dataset.profile == '{"num_rows": 150}'
    assert [(tag.key, tag.value) for tag in entry.tags] == [("mlflow.data.context", "train")]
    assert run.info.artifact_uri.startswith(here.root.as_uri())
    assert content(run.info.artifact_uri, "hello.txt") == b"hello\n"
    assert content(run.info.artifact_uri, "sub/dir/deep.txt") == b"deep\n"


def test_logged_models_and_the_registry(here, real):
    import_mlflow_into(here, real)
    run = run_named(here, "golden")
    (output,) = run.outputs.model_outputs
    model = here.get_logged_model(output.model_id)
    assert (model.name, model.status, model.model_type) == ("net", "READY", "sklearn")
    assert (model.source_run_id, model.tags["a"], model.params) == (run.info.run_id, "b", {"depth": "8"})
    (metric,) = [metric for metric in model.metrics if metric.key == "acc"]
    assert (metric.value, metric.step, metric.dataset_name, metric.run_id) == (0.9, 3, "iris", run.info.run_id)
    assert metric in here.measured_series(run.info.run_id, "acc", model.model_id)
    assert content(model.artifact_location, "MLmodel") == b"flavors: {}\n"
    registered = here.get_registered_model("churn-model")
    assert (registered.description, registered.tags, registered.aliases) == ("about it", {"k": "v"}, {"champ": "1"})
    first = here.get_model_version("churn-model", "1")
    assert (first.current_stage, first.description, first.tags) == ("Production", "words", {"a": "b"})
    assert (first.run_id, first.model_id) == (run.info.run_id, model.model_id)
    assert here.get_model_version_download_uri("churn-model", "1") == model.artifact_location
    assert here.get_model_version_download_uri("churn-model", "2") == f"{run.info.artifact_uri}/sub"


def test_what_was_deleted_stays_deleted(here, real):
    import_mlflow_into(here, real)
    thrown, gone = run_named(here, "thrown"), run_named(here, "in gone")
    assert (thrown.info.lifecycle_stage, gone.info.lifecycle_stage) == ("deleted", "deleted")
    assert here.get_experiment_by_name("gone").lifecycle_stage == "deleted"
    assert run_named(here, "running").info.status == "RUNNING"
    here.restore_experiment(gone.info.experiment_id)
    assert here.get_run(gone.info.run_id).info.lifecycle_stage == "active"
    assert here.get_run(thrown.info.run_id).info.lifecycle_stage == "deleted"


def test_twice_is_once(here, real):
    import_mlflow_into(here, real)
    report = import_mlflow_into(here, real)
    assert (report.experiments, report.runs, report.runs_present, report.files) == (0, 0, 5, 0)
    assert (report.logged_models, report.registered_models, report.conflicts) == (0, 0, [])


def test_files_may_stay_where_they_are(here, real):
    report = import_mlflow_into(here, real, link=True)
    run = run_named(here, "golden")
    assert report.files == 0
    assert run.info.artifact_uri.startswith(real.parent.as_uri())
    assert content(run.info.artifact_uri, "hello.txt") == b"hello\n"
    assert here.get_model_version_download_uri("churn-model", "2") == f"{run.info.artifact_uri}/sub"
    assert not (here.root / "artifacts").exists()


def test_the_source_is_only_read(here, golden):
    before = {path: path.read_bytes() for path in golden.rglob("*") if path.is_file()}
    for name in ("sql", "files"):
        import_mlflow_into(here, golden / name)
    assert {path: path.read_bytes() for path in golden.rglob("*") if path.is_file()} == before


def test_two_stores_whose_ids_collide(here, golden, tables, made):
    """Both have an experiment 1; runs have ids of their own."""
    tables.experiment(1, "pricing")
    tables.run(A, 1)
    import_mlflow_into(here, golden / "sql")
    report = import_mlflow_into(here, made)
    pricing = here.get_experiment_by_name("pricing")
    assert pricing.experiment_id != "1"
    assert report.notes == [f"experiment 'pricing' has the id {pricing.experiment_id} here (1 there)"]
    assert here.get_run(A).info.experiment_id == pricing.experiment_id
    assert import_mlflow_into(here, made).runs_present == 1


def test_an_old_database_without_models_and_data_sets(here, tables, made):
    tables.run(A, name=None, user_id=None, status=None, start_time=None, end_time=None)
    tables.key_values("tags", A, **{"mlflow.runName": "by tag", "mlflow.user": "bob", "none": None})
    tables.key_values("params", A, long="x" * 8000)
    tables.metrics(A, "m", [1.7976931348623157e308, -1.7976931348623157e308, 1.0])
    report = import_mlflow_into(here, made)
    assert (report.runs, report.logged_models, report.registered_models) == (1, 0, 0)
    run = here.get_run(A)
    assert (run.info.run_name, run.info.user_id, run.info.status) == ("by tag", "bob", "FINISHED")
    assert (len(run.data.params["long"]), run.data.tags["none"]) == (6000, "")
    assert here.metric_series(A, "m").value.tolist() == [math.inf, -math.inf, 1.0]


def test_files_of_a_server_are_found_beside_its_database(here, tables, made):
    tables.run(A, uri=f"mlflow-artifacts:/0/{A}/artifacts")
    tables.run(B, uri=f"mlflow-artifacts:/0/{B}/artifacts")
    folder = made.parent / "mlartifacts" / "0" / A / "artifacts"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    report = import_mlflow_into(here, made)
    assert content(here.get_run(A).info.artifact_uri, "model.bin") == b"weights"
    assert report.files == 1
    assert len(report.notes) == 1
    assert f"run {B}: no files were found for mlflow-artifacts:/0/{B}" in report.notes[0]


def test_files_elsewhere_are_referred_to(here, tables, made):
    tables.run(A, uri="s3://bucket/churn/artifacts")
    report = import_mlflow_into(here, made)
    assert here.get_run(A).info.artifact_uri == "s3://bucket/churn/artifacts"
    assert report.notes == [f"run {A}: its files stay at s3://bucket/churn/artifacts: only local folders are copied"]


def test_links_that_lead_out_are_not_followed(here, tables, made, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_bytes(b"private")
    folder = made.parent / "mlruns" / "0" / A / "artifacts"
    folder.mkdir(parents=True)
    (folder / "own").write_bytes(b"own")
    (folder / "file").symlink_to(secret / "key")
    (folder / "folder").symlink_to(secret)
    (folder / "inside").symlink_to(folder / "own")
    tables.run(A, uri=f"/gone/mlruns/0/{A}/artifacts")
    assert import_mlflow_into(here, made).files == 2
    assert content(here.get_run(A).info.artifact_uri, "inside") == b"own"
    assert b"private" not in [file.read_bytes() for file in here.root.rglob("*") if file.is_file()]


@pytest.mark.parametrize("run_id", ["../evil", "a/b", "", "x" * 300, "a\n"])
def test_ids_that_are_none_are_refused_before_anything_is_written(here, tables, made, run_id):
    tables.run(A)
    tables.run(run_id)
    with pytest.raises(InvalidParameterError, match="Invalid run id"):
        import_mlflow_into(here, made)
    assert here.known_runs([A]) == set()


def test_a_long_history_in_bounded_memory(here, tables, made):
    tables.run(A)
    tables.metrics(A, "loss", (1 / (step + 1) for step in range(400_000)))
    tracemalloc.start()
    import_mlflow_into(here, made)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 400,000 rows as Python objects take over 100 MB.
    assert peak < 60e6
    series = here.metric_series(A, "loss")
    assert len(series) == 400_000
    assert series.value[-1] == 1 / 400_000


def test_what_is_no_mlflow_store(here, tmp_path, there):
    (tmp_path / "text.db").write_text("no database")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "nowhere", tmp_path / "text.db", tmp_path / "empty"):
        with pytest.raises(InvalidParameterError, match="There is no MLflow store at"):
            import_mlflow_into(here, path)
    with pytest.raises(InvalidParameterError, match="is not an MLflow database: it has no table"):
        import_mlflow_into(here, Path(there.path))


def test_a_damaged_database(here, golden):
    path = golden / "sql" / "mlflow.db"
    with path.open("r+b") as file:
        file.truncate(40_000)
    with pytest.raises(StoreError, match=r"mlflow\.db"):
        import_mlflow_into(here, path)


def test_a_damaged_folder_says_where(here, golden):
    metas = sorted((golden / "files" / "mlruns").glob("*/*/metrics/x"))
    metas[0].write_text("1700000000000 1.5 0\nnot a point\n")
    with pytest.raises(InvalidParameterError, match=r"metrics/x, line 2: 'not a point' is no point"):
        import_mlflow_into(here, golden / "files")
    run = metas[0].parents[1]
    (run / "meta.yaml").write_text("a: [")
    with pytest.raises(InvalidParameterError, match=r"meta\.yaml cannot be read"):
        import_mlflow_into(here, golden / "files")


def test_yaml_makes_no_objects(here, golden):
    (meta,) = (golden / "files" / "mlruns" / "0").glob("*/meta.yaml")
    meta.write_text(meta.read_text() + "evil: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(InvalidParameterError, match="cannot be read"):
        import_mlflow_into(here, golden / "files")


def test_an_import_goes_on_where_it_stopped(here, golden, monkeypatch):
    monkeypatch.setattr(receiving, "_RUNS_AT_ONCE", 2)
    original = type(here).import_logged_models
    monkeypatch.setattr(here, "import_logged_models", lambda records: 1 / 0, raising=False)
    with pytest.raises(ZeroDivisionError):
        import_mlflow_into(here, golden / "sql")
    monkeypatch.setattr(here, "import_logged_models", lambda records: original(here, records), raising=False)
    report = import_mlflow_into(here, golden / "sql")
    assert (report.runs, report.runs_present, report.logged_models) == (0, 5, 1)
