"""A logged model is an entity of its own, and a folder among its run's files."""

import re
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
)
from jupyter_tracker.flavors.sklearn import write as write_sklearn
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec


@pytest.fixture
def logged(classifier, frame):
    with tracker.start_run() as run:
        tracker.log_text("notes", "notes.txt")
        info = tracker.sklearn.log_model(classifier, "model", input_example=frame, tags={"t": 1}, params={"p": 2})
    return run.info.run_id, info


def names(run_id, path=None):
    return [file.path for file in tracker.artifacts.list_artifacts(run_id=run_id, artifact_path=path)]


class TestEntity:
    def test_it_is_ready_and_an_output_of_its_run(self, logged):
        run_id, info = logged
        client = tracker.TrackerClient()
        model = client.get_logged_model(info.model_id)
        assert (model.status, model.name, model.source_run_id) == ("READY", "model", run_id)
        assert (model.tags, model.params) == ({"t": "1"}, {"p": "2"})
        assert model.artifact_location.endswith(f"/models/{info.model_id}/artifacts")
        assert [each.model_id for each in tracker.get_run(run_id).outputs.model_outputs] == [info.model_id]
        assert info.model_uri == f"models:/{info.model_id}"

    def test_it_looks_like_what_it_is(self, logged):
        run_id, info = logged
        size = re.search(r", ([\d.]+ k?B),", repr(info))[1]
        assert repr(info) == (
            f"<ModelInfo {info.model_uri}: sklearn, {size}, run {run_id[:8]}, a: double, b: long → int64>"
        )
        html = info._repr_html_()
        assert info.model_uri in html
        assert "<td style='text-align:left'>takes</td><td style='text-align:left'>a</td>" in html
        known = tracker.models.get_model_info(info.model_uri)
        assert known.model_size_bytes == info.model_size_bytes > 0

    def test_names_in_it_are_text_and_few(self, classifier):
        columns = [ColSpec("double", f"<b>{number}") for number in range(30)]
        params = ParamSchema([ParamSpec("alpha", "double", 0.5)])
        signature = ModelSignature(Schema(columns), Schema([TensorSpec("float32", (-1, 2))]), params)
        with tracker.start_run():
            info = tracker.sklearn.log_model(classifier, signature=signature)
        html = info._repr_html_()
        assert "<b>" not in html
        assert "&lt;b&gt;19" in html
        assert "&lt;b&gt;20" not in html
        assert "and 10 more" in html
        assert "float32 (-1, 2)" in html
        assert "double, 0.5 where left out" in html
        assert len(repr(info)) < 300

    def test_a_failure_is_kept_as_failed(self, classifier):
        with tracker.start_run() as run, pytest.raises(InvalidParameterError):
            tracker.sklearn.log_model(classifier, code_paths=["missing.py"])
        (model,) = tracker.TrackerClient().search_logged_models([run.info.experiment_id])
        assert model.status == "FAILED"
        assert "missing.py" in model.status_message

    def test_without_a_run_one_is_started(self, classifier, capsys):
        info = tracker.sklearn.log_model(classifier)
        assert tracker.active_run().info.run_id == info.run_id
        tracker.end_run()
        assert capsys.readouterr().out.count("\n") == 1

    def test_nothing_is_printed(self, classifier, capfd):
        with tracker.start_run():
            tracker.sklearn.log_model(classifier)
        assert capfd.readouterr() == ("", "")

    def test_by_the_id_of_a_run_that_has_ended(self, classifier, logged):
        run_id, _ = logged
        tracker.sklearn.log_model(classifier, "second", run_id=run_id)
        assert "second" in names(run_id)

    def test_registered_at_once(self, classifier):
        with tracker.start_run() as run:
            info = tracker.sklearn.log_model(classifier, registered_model_name="churn")
        version = tracker.TrackerClient().get_model_version("churn", 1)
        assert (info.registered_model_version, version.run_id, version.model_id) == (1, run.info.run_id, info.model_id)
        assert tracker.sklearn.load_model("models:/churn/1").coef_.shape == (1, 2)


class TestUris:
    def test_every_way_to_name_it(self, logged, classifier):
        run_id, info = logged
        tracker.register_model(f"runs:/{run_id}/model", "churn")
        client = tracker.TrackerClient()
        client.transition_model_version_stage("churn", 1, "Production")
        client.set_registered_model_alias("churn", "champion", 1)
        folder = tracker.artifacts.download_artifacts(info.model_uri)
        for uri in (
            f"runs:/{run_id}/model", info.model_uri, "models:/churn/1", "models:/churn/Production",
            "models:/churn/latest", "models:/churn@champion", folder, Path(folder).as_uri(),
        ):  # fmt: skip
            assert (tracker.sklearn.load_model(uri).coef_ == classifier.coef_).all(), uri

    def test_a_copy_is_left_where_that_was_asked_for(self, logged):
        Path("copies").mkdir()
        tracker.sklearn.load_model(logged[1].model_uri, dst_path="copies")
        assert Path("copies/MLmodel").is_file()

    @pytest.mark.parametrize("uri", ["models:/m-unknown", "runs:/unknown/model", "nowhere", "models:/unknown/1"])
    def test_what_is_not_there(self, project, uri):
        with pytest.raises(ResourceDoesNotExistError):
            tracker.pyfunc.load_model(uri)

    def test_a_run_without_this_model(self, logged):
        with pytest.raises(ResourceDoesNotExistError, match="model"):
            tracker.register_model(f"runs:/{logged[0]}/other", "churn")

    def test_a_folder_that_is_no_model(self):
        Path("empty").mkdir()
        with pytest.raises(InvalidStateError, match="MLmodel"):
            tracker.pyfunc.load_model("empty")

    def test_a_flavor_that_it_has_not(self, logged):
        with pytest.raises(InvalidStateError, match="damaged"):
            tracker.sklearn.load_model(damaged(logged))

    def test_register_by_the_client(self, logged):
        run_id, info = logged
        client = tracker.TrackerClient()
        client.create_registered_model("churn")
        client.create_model_version("churn", f"runs:/{run_id}/model", run_id)
        assert client.get_model_version("churn", 1).model_id == info.model_id
        assert tracker.sklearn.load_model("models:/churn/1").coef_.shape == (1, 2)


def damaged(logged):
    folder = Path(tracker.artifacts.download_artifacts(logged[1].model_uri))
    (folder / "model.skops").unlink()
    return str(folder)


class TestFiles:
    def test_it_is_a_folder_among_the_files(self, logged):
        run_id, _ = logged
        assert "model" in names(run_id)
        assert "notes.txt" in names(run_id)
        assert {"model/MLmodel", "model/model.skops", "model/input_example.json"} <= set(names(run_id, "model"))

    def test_all_files_of_a_run_are_downloaded_with_it(self, logged):
        tracker.artifacts.download_artifacts(run_id=logged[0], dst_path="all")
        assert Path("all/model/MLmodel").is_file()
        assert Path("all/notes.txt").is_file()

    def test_a_folder_of_the_run_itself_comes_first(self, logged):
        run_id, _ = logged
        tracker.log_text("own", "model/own.txt", run_id=run_id)
        assert names(run_id, "model") == ["model/own.txt"]

    def test_of_two_of_one_name_the_newer_one(self, classifier, logged):
        run_id, _ = logged
        second = tracker.sklearn.log_model(classifier, "model", run_id=run_id)
        assert tracker.models.get_model_info(f"runs:/{run_id}/model").model_id == second.model_id

    def test_a_deleted_one_is_gone(self, logged):
        run_id, info = logged
        tracker.TrackerClient().delete_logged_model(info.model_id)
        assert "model" not in names(run_id)

    def test_a_path_as_mlflow_2_had_it(self, classifier):
        with tracker.start_run() as run:
            tracker.sklearn.log_model(classifier, "models/best")
        assert "models" in names(run.info.run_id)
        assert names(run.info.run_id, "models") == ["models/best"]
        assert tracker.sklearn.load_model(f"runs:/{run.info.run_id}/models/best").coef_.shape == (1, 2)

    def test_the_run_s_own_place_has_it_not(self, logged):
        # The raw wire must answer 404 there, or MLflow's client never asks for the logged model.
        root = tracker.get_run(logged[0]).info.artifact_uri
        with pytest.raises(ResourceDoesNotExistError):
            tracker.artifacts.download_artifacts(f"{root}/model")


class TestSaving:
    def test_a_folder_that_is_taken(self, classifier):
        tracker.sklearn.save_model(classifier, "m")
        with pytest.raises(ResourceAlreadyExistsError, match="not empty"):
            tracker.sklearn.save_model(classifier, "m")

    def test_every_file_of_the_format(self, classifier, frame):
        tracker.sklearn.save_model(classifier, "m", input_example=frame, metadata={"k": [1]})
        assert {path.name for path in Path("m").iterdir()} == {
            "MLmodel", "model.skops", "requirements.txt", "conda.yaml", "python_env.yaml", "input_example.json",
            "serving_input_example.json",
        }  # fmt: skip
        info = tracker.models.get_model_info("m")
        assert info.metadata == {"k": [1]}
        assert info.signature.inputs.input_names() == ["a", "b"]
        assert info.signature.outputs.is_tensor_spec()

    def test_own_modules_come_along(self, frame, monkeypatch):
        Path("lib").mkdir()
        Path("lib/mysteps.py").write_text("def double(x):\n    return 2 * x\n")
        monkeypatch.syspath_prepend("lib")
        from importlib import import_module

        from sklearn.preprocessing import FunctionTransformer

        double = import_module("mysteps").double
        tracker.sklearn.save_model(FunctionTransformer(double).fit(frame), "m", code_paths=["lib/mysteps.py"])
        assert Path("m/code/mysteps.py").is_file()
        assert tracker.sklearn.load_model("m").transform(frame)["b"].tolist() == [2, 0, 2, 0]

    def test_an_argument_that_nobody_knows(self, classifier):
        with pytest.raises(TypeError, match="signatur"):
            tracker.sklearn.save_model(classifier, "m", signatur=None)
        with pytest.raises(InvalidParameterError, match="ModelSignature"):
            tracker.sklearn.save_model(classifier, "m", signature="a")

    def test_something_else_than_an_estimator(self):
        with pytest.raises(InvalidParameterError, match="estimator"):
            tracker.sklearn.save_model(object(), "m")

    def test_a_transformer_has_no_python_function(self, frame):
        from sklearn.preprocessing import StandardScaler

        tracker.sklearn.save_model(StandardScaler().fit(frame), "m")
        assert tracker.sklearn.load_model("m").mean_.tolist() == [1.5, 0.5]
        with pytest.raises(InvalidParameterError, match="python_function"):
            tracker.pyfunc.load_model("m")

    def test_another_method_to_predict_with(self, classifier, frame):
        tracker.sklearn.save_model(classifier, "m", pyfunc_predict_fn="predict_proba")
        assert tracker.pyfunc.load_model("m").predict(frame).shape == (4, 2)

    def test_skops_writes_what_it_can_and_cloudpickle_the_rest(self, classifier, tmp_path):
        class Odd(type(classifier)):
            pass

        for model, kind in ((classifier, "skops"), (Odd().fit([[0], [1]], [0, 1]), "cloudpickle")):
            folder = tmp_path / kind
            folder.mkdir()
            assert write_sklearn(model, folder).blocks["sklearn"]["serialization_format"] == kind

    def test_help_shows_every_argument(self):
        import inspect

        shown = inspect.signature(tracker.sklearn.log_model).parameters
        assert {"signature", "input_example", "registered_model_name", "name", "run_id", "metadata"} <= set(shown)
        assert "registered_model_name :" in tracker.sklearn.log_model.__doc__
