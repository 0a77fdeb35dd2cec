"""Every operation of MLflow's client, done with the real one against the server that MLFLOW_TRACKING_URI names.

It runs in a process of its own, and says what failed; what each operation must bring is checked where it is done.
"""

import json
import math
import os
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

warnings.simplefilter("ignore")
client = MlflowClient()
IS_3 = int(mlflow.__version__.partition(".")[0]) >= 3
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def refused(code, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except MlflowException as error:
        found = error
    else:
        raise AssertionError(f"{function} was not refused")
    assert found.error_code == code, (found.error_code, code, str(found))
    return str(found)


def new_run(name="exp", **kwargs):
    found = client.get_experiment_by_name(name)
    return client.create_run(found.experiment_id if found else client.create_experiment(name), **kwargs).info.run_id


@check
def experiments():
    first = client.create_experiment("churn", tags={"team": "blue"})
    assert refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, "churn")
    found = client.get_experiment(first)
    assert (found.name, found.lifecycle_stage, found.tags) == ("churn", "active", {"team": "blue"})
    assert found.creation_time
    assert found.last_update_time
    assert found.artifact_location
    assert client.get_experiment_by_name("churn").experiment_id == first
    assert client.get_experiment_by_name("nothing") is None
    client.set_experiment_tag(first, "stage", "early")
    if IS_3:  # the client of MLflow 2 has no word for it
        client.delete_experiment_tag(first, "team")
        assert client.get_experiment(first).tags == {"stage": "early"}
    client.rename_experiment(first, "churn-2")
    assert client.get_experiment(first).name == "churn-2"
    second = client.create_experiment("other")
    names = [each.name for each in client.search_experiments(filter_string="name LIKE 'ch%'")]
    assert names == ["churn-2"]
    page = client.search_experiments(max_results=1, order_by=["name DESC"])
    assert (len(page), page[0].name, bool(page.token)) == (1, "other", True)
    assert client.search_experiments(max_results=1, order_by=["name DESC"], page_token=page.token)[0].name == "churn-2"
    client.delete_experiment(second)
    assert [each.name for each in client.search_experiments(view_type=ViewType.DELETED_ONLY)] == ["other"]
    client.restore_experiment(second)
    assert client.get_experiment(second).lifecycle_stage == "active"
    refused("RESOURCE_DOES_NOT_EXIST", client.restore_experiment, second)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_experiment, "987654")
    assert mlflow.set_experiment("by-name").name == "by-name"


@check
def runs():
    experiment = client.create_experiment("runs")
    run = client.create_run(experiment, start_time=1_700_000_000_000, tags={"a": "1"}, run_name="first")
    assert (run.info.status, run.info.run_name, run.info.lifecycle_stage) == ("RUNNING", "first", "active")
    assert run.data.tags == {"a": "1", "mlflow.runName": "first"}
    run_id = run.info.run_id
    assert client.create_run(experiment).info.run_name
    client.log_param(run_id, "lr", 0.1)
    client.log_param(run_id, "lr", 0.1)
    assert "Changing param values" in refused("INVALID_PARAMETER_VALUE", client.log_param, run_id, "lr", 0.2)
    client.log_param(run_id, "empty", "")
    client.log_param(run_id, "long", "x" * 7000)
    client.log_metric(run_id, "loss", 0.5, step=1, timestamp=1000)
    client.log_metric(run_id, "loss", math.nan, step=2, timestamp=2000)
    client.log_metric(run_id, "loss", math.inf, step=3, timestamp=3000)
    client.log_metric(run_id, "loss", 0.5, step=1, timestamp=1000)
    client.log_batch(
        run_id,
        metrics=[Metric("acc", i / 10, i, i) for i in range(10)],
        params=[Param("depth", "3")],
        tags=[RunTag("t", "v")],
    )
    refused("INVALID_PARAMETER_VALUE", client.log_batch, run_id, params=[Param("p", "1"), Param("p", "1")])
    refused("INVALID_PARAMETER_VALUE", client.log_metric, run_id, "a/../b", 1)
    client.set_tag(run_id, "mlflow.note.content", "fine")
    client.set_tag(run_id, "gone", "1")
    client.delete_tag(run_id, "gone")
    refused("RESOURCE_DOES_NOT_EXIST", client.delete_tag, run_id, "gone")
    client.set_tag(run_id, "mlflow.runName", "renamed")
    found = client.get_run(run_id)
    assert found.info.run_name == "renamed"
    assert found.data.params == {"lr": "0.1", "empty": "", "long": "x" * 6000, "depth": "3"}
    assert found.data.metrics == {"loss": math.inf, "acc": 0.9}
    assert found.data.tags["mlflow.note.content"] == "fine"
    assert "gone" not in found.data.tags
    history = client.get_metric_history(run_id, "loss")
    assert [(point.step, point.timestamp) for point in history] == [(1, 1000), (2, 2000), (3, 3000)]
    assert history[0].value == 0.5
    assert math.isnan(history[1].value)
    assert history[2].value == math.inf
    assert client.get_metric_history(run_id, "nothing") == []
    client.update_run(run_id, status="FINISHED", name="updated")
    assert (client.get_run(run_id).info.status, client.get_run(run_id).info.run_name) == ("FINISHED", "updated")
    client.set_terminated(run_id, "FAILED", 1_700_000_009_000)
    assert (client.get_run(run_id).info.status, client.get_run(run_id).info.end_time) == ("FAILED", 1_700_000_009_000)
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", client.log_metric, run_id, "loss", 1)
    client.restore_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "active"
    refused("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)


@check
def searching():
    experiment = client.create_experiment("search")
    for index in range(25):
        run_id = client.create_run(experiment, start_time=1000 + index, run_name=f"run-{index}").info.run_id
        client.log_batch(run_id, [Metric("f1", index / 25, 1, 0)], [Param("model", "rf" if index % 2 else "lr")])
    found = client.search_runs([experiment], "metrics.f1 > 0.5 and params.model = 'rf'", order_by=["metrics.f1 DESC"])
    assert [run.info.run_name for run in found] == [f"run-{i}" for i in range(23, 12, -2)]
    page = client.search_runs([experiment], max_results=10)
    seen = [run.info.run_name for run in page]
    while page.token:
        page = client.search_runs([experiment], max_results=10, page_token=page.token)
        seen += [run.info.run_name for run in page]
    assert seen == [f"run-{i}" for i in range(24, -1, -1)]
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment], "metrics.f1 >")
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment], page_token="???")
    frame = mlflow.search_runs(experiment_names=["search"], filter_string="params.model = 'lr'", max_results=3)
    assert list(frame["metrics.f1"]) == [0.96, 0.88, 0.8]
    client.delete_run(found[0].info.run_id)
    deleted = client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_name for run in deleted] == ["run-23"]


@check
def fluent():
    mlflow.set_experiment("fluent")
    with mlflow.start_run(run_name="outer", description="what it is for") as outer:
        mlflow.log_params({"a": 1, "b": "x"})
        mlflow.log_metrics({"m": 1.0, "n": 2.0}, step=3)
        mlflow.set_tags({"author": "alice", "version": "2.3"})
        mlflow.log_metric("later", 1.5, synchronous=False)
        with mlflow.start_run(nested=True) as inner:
            mlflow.log_param("inner", True)
    mlflow.flush_async_logging()
    found = client.get_run(outer.info.run_id)
    assert (found.info.status, found.data.metrics) == ("FINISHED", {"m": 1.0, "n": 2.0, "later": 1.5})
    assert found.data.tags["mlflow.note.content"] == "what it is for"
    assert client.get_run(inner.info.run_id).data.tags["mlflow.parentRunId"] == outer.info.run_id
    with mlflow.start_run(run_id=outer.info.run_id):
        assert client.get_run(outer.info.run_id).info.status == "RUNNING"
    for name in ("FAILED", "KILLED", "SCHEDULED", "RUNNING"):
        client.set_terminated(outer.info.run_id, name)
        assert client.get_run(outer.info.run_id).info.status == name


@check
def many_at_once():
    with mlflow.start_run() as run:
        mlflow.log_params({f"p{i}": i for i in range(250)})
        mlflow.log_metrics({f"m{i}": i for i in range(2500)})
    found = client.get_run(run.info.run_id)
    assert len(found.data.params) == 250
    assert len(found.data.metrics) == 2500
    points = [Metric("long", i, i, i) for i in range(30_000)]
    for start in range(0, len(points), 1000):
        client.log_batch(run.info.run_id, points[start : start + 1000])
    history = client.get_metric_history(run.info.run_id, "long")
    assert [point.step for point in history] == list(range(30_000))


@check
def inputs():
    run_id = new_run("inputs")
    dataset = Dataset("iris", "abc123", "local", json.dumps({"uri": "x"}), json.dumps({"s": 1}), json.dumps({"n": 150}))
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])
    (entry,) = client.get_run(run_id).inputs.dataset_inputs
    assert (entry.dataset.name, entry.dataset.digest, entry.dataset.profile) == ("iris", "abc123", '{"n": 150}')
    assert [(tag.key, tag.value) for tag in entry.tags] == [("mlflow.data.context", "train")]
    import pandas as pd

    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"a": [1, 2]}), name="frame"), context="eval")
    assert client.get_run(run.info.run_id).inputs.dataset_inputs[0].dataset.name == "frame"
    assert client.search_runs([run.info.experiment_id], "dataset.name = 'frame'")[0].info.run_id == run.info.run_id


@check
def artifacts():
    run_id = new_run("files")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "a b.txt").write_text("one")
        (folder / "deep" / "er" / "ä.bin").write_bytes(bytes(range(256)) * 5000)
        (folder / "empty").touch()
        client.log_artifact(run_id, folder / "a b.txt", "in")
        client.log_artifacts(run_id, folder, "all")
        client.log_text(run_id, "two", "text/two.txt")
        client.log_dict(run_id, {"a": 1}, "dict.json")
        assert [(file.path, file.is_dir) for file in client.list_artifacts(run_id)] == [
            ("all", True),
            ("dict.json", False),
            ("in", True),
            ("text", True),
        ]
        assert [(file.path, file.file_size) for file in client.list_artifacts(run_id, "in")] == [("in/a b.txt", 3)]
        assert client.list_artifacts(run_id, "nothing") == []
        local = Path(client.download_artifacts(run_id, "all", str(folder)))
        assert (local / "deep" / "er" / "ä.bin").read_bytes() == bytes(range(256)) * 5000
        assert (local / "empty").read_bytes() == b""
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/text/two.txt") == "two"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/dict.json") == {"a": 1}
    import pandas as pd

    client.log_table(run_id, {"a": [1, 2]}, "table.json")
    client.log_table(run_id, pd.DataFrame({"a": [3]}), "table.json")
    experiment = client.get_run(run_id).info.experiment_id
    assert list(client.load_table(experiment, "table.json")["a"]) == [1, 2, 3]
    if IS_3:  # Pillow is not in the environment of MLflow 2
        import numpy as np

        client.log_image(run_id, np.zeros((4, 4, 3), dtype=np.uint8), key="dot", step=1)
        assert len(client.list_artifacts(run_id, "images")) == 2
        assert "mlflow.loggedImages" in client.get_run(run_id).data.tags


def models_as_files(fitted, data):
    """As MLflow 2 keeps models: files of a run, without entries of their own."""
    expected = fitted.predict(data).tolist()
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(fitted, "model", registered_model_name="churn", pip_requirements=[])
    for uri in (f"runs:/{run.info.run_id}/model", "models:/churn/1", "models:/churn/latest"):
        assert mlflow.sklearn.load_model(uri).predict(data).tolist() == expected, uri
    assert "mlflow.log-model.history" in client.get_run(run.info.run_id).data.tags
    assert str(mlflow.register_model(f"runs:/{run.info.run_id}/model", "churn").version) == "2"


@check
def models():
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("models")
    data = [[0.0], [1.0], [2.0], [3.0]]
    fitted = LogisticRegression().fit(data, [0, 0, 1, 1])
    if not IS_3:
        models_as_files(fitted, data)
        return
    with mlflow.start_run() as run:
        mlflow.log_metric("before", 1.0)
        logged = mlflow.sklearn.log_model(
            fitted, name="model", registered_model_name="churn", serialization_format="cloudpickle", pip_requirements=[]
        )
    expected = fitted.predict(data).tolist()
    assert logged.model_id.startswith("m-")
    for uri in (logged.model_uri, f"models:/{logged.model_id}", f"runs:/{run.info.run_id}/model", "models:/churn/1"):
        assert mlflow.sklearn.load_model(uri).predict(data).tolist() == expected, uri
    assert mlflow.pyfunc.load_model("models:/churn/latest").predict(data).tolist() == expected
    model = client.get_logged_model(logged.model_id)
    assert (str(model.status), model.source_run_id, model.name) == ("READY", run.info.run_id, "model")
    assert {metric.key for metric in model.metrics} == {"before"}
    assert client.get_run(run.info.run_id).outputs.model_outputs[0].model_id == logged.model_id
    client.set_logged_model_tags(logged.model_id, {"k/x": "v", "two": "2"})
    client.delete_logged_model_tag(logged.model_id, "two")
    assert client.get_logged_model(logged.model_id).tags["k/x"] == "v"
    found = client.search_logged_models([run.info.experiment_id], "name = 'model'")
    assert [each.model_id for each in found] == [logged.model_id]
    order = [{"field_name": "metrics.before", "ascending": False}]
    assert client.search_logged_models([run.info.experiment_id], order_by=order)[0].model_id == logged.model_id
    version = mlflow.register_model(f"runs:/{run.info.run_id}/model", "churn")
    assert (version.version, version.run_id) in {("2", run.info.run_id), (2, run.info.run_id)}
    external = mlflow.set_active_model(name="agent")
    assert external.model_id.startswith("m-")
    made = client.create_logged_model(run.info.experiment_id, name="bare", params={"a": "1"}, tags={"t": "1"})
    client.log_model_params(made.model_id, {"b": "2"})
    assert client.get_logged_model(made.model_id).params == {"a": "1", "b": "2"}
    client.finalize_logged_model(made.model_id, "FAILED")
    client.delete_logged_model(made.model_id)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_logged_model, made.model_id)


@check
def registry():
    client.create_registered_model("reg", {"team": "blue"}, "first")
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, "reg")
    run_id = new_run("registry")
    uri = client.get_run(run_id).info.artifact_uri
    first = client.create_model_version("reg", f"{uri}/model", run_id, tags={"q": "1"}, description="d1")
    assert (str(first.version), first.current_stage, first.status, first.run_id) == ("1", "None", "READY", run_id)
    client.create_model_version("reg", f"{uri}/model", run_id)
    client.transition_model_version_stage("reg", "1", "production")
    moved = client.transition_model_version_stage("reg", "2", "Production", archive_existing_versions=True)
    assert moved.current_stage == "Production"
    assert client.get_model_version("reg", "1").current_stage == "Archived"
    assert [str(v.version) for v in client.get_latest_versions("reg", ["Production"])] == ["2"]
    assert client.get_model_version_download_uri("reg", "2").startswith(uri)
    client.set_registered_model_alias("reg", "champ", "2")
    assert str(client.get_model_version_by_alias("reg", "champ").version) == "2"
    client.delete_registered_model_alias("reg", "champ")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "reg", "champ")
    client.set_registered_model_tag("reg", "k", "v")
    client.delete_registered_model_tag("reg", "team")
    client.set_model_version_tag("reg", "1", "k", "v")
    client.delete_model_version_tag("reg", "1", "q")
    assert client.get_registered_model("reg").tags == {"k": "v"}
    assert client.get_model_version("reg", "1").tags == {"k": "v"}
    client.update_registered_model("reg", "changed")
    client.update_model_version("reg", "1", "d2")
    assert client.get_registered_model("reg").description == "changed"
    assert client.get_model_version("reg", "1").description == "d2"
    assert [m.name for m in client.search_registered_models("name = 'reg'")] == ["reg"]
    assert len(client.search_model_versions("name = 'reg'")) == 2
    copied = client.copy_model_version("models:/reg/1", "copy")
    assert (copied.name, str(copied.version)) == ("copy", "1")
    client.rename_registered_model("reg", "reg2")
    assert client.get_registered_model("reg2").name == "reg2"
    client.delete_model_version("reg2", "1")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, "reg2", "1")
    client.delete_registered_model("reg2")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "reg2")


@check
def autolog():
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier

    mlflow.sklearn.autolog(log_models=False)  # which tries what the model needs, for most of a minute
    mlflow.set_experiment("auto")
    with mlflow.start_run() as run:
        DecisionTreeClassifier(max_depth=2).fit(np.arange(4.0).reshape(4, 1), np.array([0, 0, 1, 1]))
    mlflow.sklearn.autolog(disable=True)
    found = client.get_run(run.info.run_id)
    assert found.data.params["max_depth"] == "2"
    assert found.data.metrics["training_accuracy_score"] == 1.0
    assert found.inputs.dataset_inputs


def main():
    failed = {}
    for function in CHECKS:
        started = time.perf_counter()
        try:
            function()
        except BaseException:
            failed[function.__name__] = traceback.format_exc()
        print(f"{function.__name__}: {time.perf_counter() - started:.1f} s", file=sys.stderr)
    print(json.dumps(failed))


if __name__ == "__main__":
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    main()
