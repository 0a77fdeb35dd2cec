"""What every flavor does: save, log and load; quietly, in a folder that is complete, and never a stranger's pickle."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

import jupyter_tracker as tracker
from jupyter_tracker import settings
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.exceptions import UntrustedModelError
from jupyter_tracker.flavors import registry

pytestmark = pytest.mark.usefixtures("project")


def same(found, expected):
    return np.allclose(np.asarray(found, dtype="float64"), np.asarray(expected, dtype="float64"), atol=1e-6)


class TestFlavor:
    def test_saved_and_loaded_it_predicts_the_same(self, example, model):
        example.face.save_model(model, "m")
        loaded = example.face.load_model("m")
        assert type(loaded).__name__ == type(model).__name__
        assert same(example.predict(loaded, example.data), example.predict(model, example.data))
        assert Path("m", example.file).is_file()

    def test_logged_it_predicts_without_its_framework_being_known(self, example, model):
        with tracker.start_run() as run:
            info = example.face.log_model(model, "model", input_example=example.data[:3])
        assert info.flavors["python_function"]["loader_module"] == f"mlflow.{example.flavor}"
        loaded = tracker.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
        assert same(loaded.predict(example.data), example.predict(model, example.data))
        assert same(tracker.models.validate(info.model_uri), example.predict(model, example.data[:3]))
        assert type(loaded.get_raw_model()).__name__ == type(model).__name__

    def test_what_comes_in_must_fit(self, example, model):
        example.face.save_model(model, "m", input_example=example.data[:3])
        loaded = tracker.pyfunc.load_model("m")
        wrong = example.data.drop(columns="b") if hasattr(example.data, "columns") else example.data[:, :2]
        with pytest.raises(InvalidParameterError, match=r"'b'|shape"):
            loaded.predict(wrong)

    def test_quietly(self, example, model, capfd):
        with warnings.catch_warnings(), tracker.start_run():
            warnings.simplefilter("error", tracker.TrackerWarning)
            info = example.face.log_model(model, "model")
            example.face.load_model(info.model_uri)
        assert capfd.readouterr() == ("", "")

    def test_a_stranger_may_load_what_is_safe_and_nothing_else(self, example, model):
        example.face.save_model(model, "m")
        shutil.rmtree(settings.user_data_folder() / "trust")
        if example.is_safe:
            assert same(
                example.predict(example.face.load_model("m"), example.data), example.predict(model, example.data)
            )
            return
        for load in (example.face.load_model, tracker.pyfunc.load_model):
            with pytest.raises(UntrustedModelError) as caught:
                load("m")
            assert caught.value.types
        loaded = example.face.load_model("m", trust=True)
        assert same(example.predict(loaded, example.data), example.predict(model, example.data))

    def test_it_says_what_it_needs(self, example, model):
        example.face.save_model(model, "m")
        packages = {line.partition("=")[0] for line in Path("m/requirements.txt").read_text().split()}
        assert {"mlflow", example.package} <= packages

    def test_something_else_is_refused(self, example, model):
        with pytest.raises(InvalidParameterError, match="Model must be"):
            example.face.save_model(object(), "m")

    def test_a_damaged_file_is_our_error(self, example, model):
        example.face.save_model(model, "m")
        Path("m", example.file).unlink()
        with pytest.raises(TrackerError, match=r"damaged|has no"):
            example.face.load_model("m", trust=True)

    def test_the_model_is_known_by_its_object(self, example, model):
        assert example.flavor == registry.flavor_of(model).NAME

    def test_another_flavor_s_model_is_named(self, example, model):
        tracker.pyfunc.save_model("m", python_model=lambda model_input: model_input)
        with pytest.raises(TrackerError, match="flavor"):
            example.face.load_model("m", trust=True)
