"""Models of one's own, and what `predict` makes of its input."""

import http.server
import sys
import threading
import types
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.flavors import folder as model_folder
from jupyter_tracker.flavors import pickles
from jupyter_tracker.flavors.enforcement import enforced, enforced_params
from jupyter_tracker.mlmodel.inference import infer_signature, params_of
from jupyter_tracker.mlmodel.types import Schema

LOADER = """
class Model:
    def predict(self, model_input, params=None):
        return model_input

def _load_pyfunc(path):
    return Model()
"""


class Threshold(tracker.pyfunc.PythonModel):
    def __init__(self, threshold):
        self.threshold = threshold

    def load_context(self, context):
        self.model = joblib.load(context.artifacts["model"])

    def predict(self, context, model_input, params=None):
        least = (params or {}).get("threshold", self.threshold)
        return (self.model.predict_proba(model_input)[:, 1] >= least).astype(int)


@pytest.fixture
def artifacts(classifier):
    joblib.dump(classifier, "classifier.joblib")
    return {"model": "classifier.joblib"}


class TestPythonModel:
    def test_with_artifacts(self, artifacts, frame):
        with tracker.start_run() as run:
            tracker.pyfunc.log_model(artifact_path="model", python_model=Threshold(0.0), artifacts=artifacts)
        Path("classifier.joblib").unlink()
        loaded = tracker.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
        assert loaded.predict(frame).tolist() == [1, 1, 1, 1]
        assert loaded.predict(frame, {"threshold": 1.1}).tolist() == [0, 0, 0, 0]
        assert loaded.unwrap_python_model().threshold == 0.0

    def test_artifacts_of_a_run(self, artifacts, frame):
        with tracker.start_run() as run:
            tracker.log_artifact("classifier.joblib", "files")
        uri = f"runs:/{run.info.run_id}/files/classifier.joblib"
        tracker.pyfunc.save_model("m", python_model=Threshold(0.5), artifacts={"model": uri})
        assert tracker.pyfunc.load_model("m").predict(frame).tolist() == [0, 0, 1, 1]

    def test_artifacts_of_a_server(self, artifacts, frame, tmp_path):
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=Path.cwd())
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            uri = f"http://127.0.0.1:{server.server_port}/classifier.joblib"
            tracker.pyfunc.save_model("m", python_model=Threshold(0.5), artifacts={"model": uri})
            server.shutdown()
        assert tracker.pyfunc.load_model("m").predict(frame).tolist() == [0, 0, 1, 1]

    def test_two_artifacts_of_one_name(self):
        for folder in ("x", "y"):
            Path(folder).mkdir()
            Path(folder, "a.txt").write_text(folder)

        class Reads(tracker.pyfunc.PythonModel):
            def predict(self, context, model_input):
                return [Path(context.artifacts[name]).read_text() for name in model_input]

        tracker.pyfunc.save_model("m", python_model=Reads(), artifacts={"one": "x/a.txt", "two": "y/a.txt"})
        assert tracker.pyfunc.load_model("m").predict(["one", "two"]) == ["x", "y"]

    def test_without_a_context(self):
        class Adds(tracker.pyfunc.PythonModel):
            def predict(self, model_input, params=None):
                return [n + (params or {"by": 1})["by"] for n in model_input]

        tracker.pyfunc.save_model("m", python_model=Adds(), input_example=([1], {"by": 5}))
        loaded = tracker.pyfunc.load_model("m")
        assert (loaded.predict([1]), loaded.predict([1], {"by": 2})) == ([6], [3])
        with pytest.raises(InvalidParameterError, match="times"):
            loaded.predict([1], {"times": 2})

    def test_a_function(self):
        tracker.pyfunc.save_model("m", python_model=lambda model_input: [n * 2 for n in model_input])
        assert tracker.pyfunc.load_model("m").predict([1, 2]) == [2, 4]

    def test_settings(self):
        class Says(tracker.pyfunc.PythonModel):
            def predict(self, context, model_input):
                return context.model_config

        tracker.pyfunc.save_model("m", python_model=Says(), model_config={"a": 1, "b": 2})
        assert tracker.pyfunc.load_model("m").predict(None) == {"a": 1, "b": 2}
        assert tracker.pyfunc.load_model("m", model_config={"b": 3}).predict(None) == {"a": 1, "b": 3}

    def test_a_script(self):
        Path("script.py").write_text(
            "from jupyter_tracker import models, pyfunc\n"
            "class Up(pyfunc.PythonModel):\n"
            "    def predict(self, context, model_input):\n"
            "        return model_input.upper()\n"
            "models.set_model(Up())\n"
        )
        tracker.pyfunc.save_model("m", python_model="script.py")
        assert tracker.pyfunc.load_model("m").predict("x") == "X"

    def test_a_script_with_a_data_class(self):
        Path("script.py").write_text(
            "from __future__ import annotations\n"
            "from dataclasses import dataclass\n"
            "from jupyter_tracker import models, pyfunc\n"
            "@dataclass\n"
            "class Settings:\n"
            "    scale: int = 3\n"
            "class Times(pyfunc.PythonModel):\n"
            "    def predict(self, context, model_input):\n"
            "        return Settings().scale * model_input\n"
            "models.set_model(Times())\n"
        )
        tracker.pyfunc.save_model("m", python_model="script.py")
        assert tracker.pyfunc.load_model("m").predict(2) == 6

    def test_a_script_that_fails_later_leaves_the_loaded_model_as_it_is(self):
        Path("script.py").write_text(
            "import os, sys\n"
            "from jupyter_tracker import models, pyfunc\n"
            "if os.path.exists('gone'):\n"
            "    raise OSError('gone')\n"
            "VALUE = 1\n"
            "class Value(pyfunc.PythonModel):\n"
            "    def predict(self, context, model_input):\n"
            "        return sys.modules[__name__].VALUE\n"
            "models.set_model(Value())\n"
        )
        tracker.pyfunc.save_model("m", python_model="script.py")
        model = tracker.pyfunc.load_model("m")
        Path("gone").touch()
        with pytest.raises(OSError, match="gone"):
            tracker.pyfunc.load_model("m")
        assert model.predict(0) == 1

    def test_modules_of_one_name_do_not_mix(self):
        for number in (1, 2):
            folder = Path(f"version{number}")
            folder.mkdir()
            Path(folder, "own_features_3.py").write_text(f"VALUE = {number}\n")
            Path(folder, "own_loader_3.py").write_text(
                "import own_features_3\nclass M:\n    def predict(self, model_input, params=None):\n"
                "        return own_features_3.VALUE\ndef _load_pyfunc(path):\n    return M()\n"
            )
            code = [str(path) for path in sorted(folder.iterdir())]
            tracker.pyfunc.save_model(f"m{number}", loader_module="own_loader_3", code_paths=code)
        first, second = (tracker.pyfunc.load_model(f"m{number}") for number in (1, 2))
        assert (first.predict(0), second.predict(0)) == (1, 2)
        loader = sys.modules["own_loader_3"]
        assert tracker.pyfunc.load_model("m2").predict(0) == 2
        assert sys.modules["own_loader_3"] is loader  # the same code is not imported twice
        assert tracker.pyfunc.load_model("m1", trust=True).predict(0) == 1

    def test_modules_that_cannot_be_asked_are_left_alone(self, monkeypatch):
        class Lazy(types.ModuleType):
            def __getattr__(self, name):
                raise ImportError(f"{name} needs a library")

        monkeypatch.setitem(sys.modules, "lazy", Lazy("lazy"))
        monkeypatch.setitem(sys.modules, "own_loader_4.lazy", Lazy("own_loader_4.lazy"))
        monkeypatch.setitem(sys.modules, "own_loader_4.gone", None)
        Path("own_loader_4.py").write_text(LOADER)
        tracker.pyfunc.save_model("m", loader_module="own_loader_4", code_paths=["own_loader_4.py"])
        tracker.pyfunc.load_model("m")
        assert "lazy" in sys.modules
        assert "own_loader_4.lazy" in sys.modules

    def test_folders_are_compared_once(self, monkeypatch):
        compared, compare = [], model_folder._has_changed
        monkeypatch.setattr(model_folder, "_has_changed", lambda *both: compared.append(both) or compare(*both))
        for number in (1, 2):
            code = [f"own_{part}_5.py" for part in ("loader", "first", "second")]
            for name in code:
                Path(name).write_text(f"VALUE = {number}\n{LOADER}")
            with Path("own_loader_5.py").open("a") as file:
                file.write("import own_first_5, own_second_5\n")
            tracker.pyfunc.save_model(f"five{number}", loader_module="own_loader_5", code_paths=code)
            tracker.pyfunc.load_model(f"five{number}")
        assert sys.modules["own_second_5"].VALUE == 2
        assert 0 < len(compared) == len(set(compared))

    def test_a_loader_of_its_own(self, monkeypatch):
        Path("own_loader_1.py").write_text(
            "class M:\n    def __init__(self, path):\n        self.text = open(path).read()\n"
            "    def predict(self, model_input, params=None):\n        return self.text + model_input\n"
            "def _load_pyfunc(path):\n    return M(path)\n"
        )
        Path("data.txt").write_text("hello ")
        tracker.pyfunc.save_model(
            "m", loader_module="own_loader_1", data_path="data.txt", code_paths=["own_loader_1.py"]
        )
        assert tracker.pyfunc.load_model("m").predict("world") == "hello world"

    @pytest.mark.parametrize("model", [3, Threshold, tracker.pyfunc.PythonModel()])
    def test_what_cannot_be_one(self, model):
        with pytest.raises(InvalidParameterError):
            tracker.pyfunc.save_model("m", python_model=model)
        assert not Path("m").exists()

    def test_neither_or_both(self):
        for given in ({}, {"python_model": len, "loader_module": "x"}):
            with pytest.raises(InvalidParameterError, match="python_model"):
                tracker.pyfunc.save_model("m", **given)

    def test_what_cannot_be_pickled(self):
        model = Threshold(0.5)
        model.file = Path("open").open("w")  # noqa: SIM115
        with pytest.raises(InvalidParameterError, match="load_context"):
            tracker.pyfunc.save_model("m", python_model=model)
        model.file.close()

    def test_the_base_class_is_inside(self):
        # Where jupyter_tracker is not installed it loads all the same.
        tracker.pyfunc.save_model("m", python_model=lambda model_input: model_input)
        names = pickles.names_in(Path("m/python_model.pkl").read_bytes())
        assert names
        assert not [name for name in names if name.startswith("jupyter_tracker")]

    def test_a_model_that_fails_on_its_example_is_saved_without_outputs(self):
        def fails(model_input):
            raise ValueError("no")

        with pytest.warns(tracker.TrackerWarning, match="no"):
            tracker.pyfunc.save_model("m", python_model=fails, input_example=["x"])
        assert tracker.models.get_model_info("m").signature.outputs is None


class TestEnforcement:
    SCHEMA = infer_signature(pd.DataFrame({"a": [1.0], "n": [1], "s": ["x"]})).inputs

    @pytest.mark.parametrize(
        "names",
        [
            [0.5, 1.5],
            pd.MultiIndex.from_tuples([("a", "mean"), ("a", "std")]),
            pd.to_datetime(["2026-01-01", "2026-02-01"]).tolist(),
            [0, 1],
        ],
    )
    def test_names_that_are_no_text(self, names):
        frame = pd.DataFrame([[1, 2]], columns=names)
        schema = Schema.from_json(infer_signature(frame).inputs.to_json())
        pd.testing.assert_frame_equal(enforced(frame, schema), frame, check_column_type=False)

    def test_names_from_json_are_text(self):
        frame = pd.DataFrame([[1, 2]], columns=[0, 1])
        found = enforced(pd.DataFrame([[2, 1]], columns=["1", "0"]), infer_signature(frame).inputs)
        pd.testing.assert_frame_equal(found, frame, check_column_type=False)

    @pytest.mark.parametrize("data", [{"a": [1, 2], "n": [1], "s": ["x", "y"]}, [{"a": 1, "n": 1, "s": "x"}, 5]])
    def test_what_is_no_table(self, data):
        with pytest.raises(InvalidParameterError, match="takes a table"):
            enforced(data, self.SCHEMA)

    def test_a_missing_column_is_named_and_what_came_is_shown(self):
        with pytest.raises(InvalidParameterError, match=r"misses the column 'n'.*What came: 'a', 's', 'z'"):
            enforced(pd.DataFrame({"a": [1.0], "s": ["x"], "z": [0]}), self.SCHEMA)

    @pytest.mark.parametrize("data", ["x", 1.5])
    def test_what_is_no_table_is_shown(self, data):
        with pytest.raises(
            InvalidParameterError, match=rf"takes a table .*not a {type(data).__name__} such as '{data}'"
        ):
            enforced(data, self.SCHEMA)

    def test_numbers_become_the_names_that_a_model_was_trained_with(self):
        schema = infer_signature(pd.DataFrame([[1, 2]], columns=["0", "1"])).inputs
        assert list(enforced(pd.DataFrame([[2, 1]], columns=[1, 0]), schema).columns) == ["0", "1"]

    def test_extra_columns_go_and_order_is_the_model_s(self):
        found = enforced(pd.DataFrame({"z": [0], "s": ["x"], "n": [1], "a": [1.0]}), self.SCHEMA)
        assert list(found.columns) == ["a", "n", "s"]

    @pytest.mark.parametrize(
        "data",
        [
            {"a": 1, "n": 2, "s": "x"},
            {"a": [1], "n": [2], "s": ["x"]},
            [{"a": 1, "n": 2.0, "s": "x"}],
            [[1, 2, "x"]],
            pd.Series({"a": 1, "n": 2, "s": "x"}),
        ],
    )
    def test_whatever_form_it_comes_in(self, data):
        found = enforced(data, self.SCHEMA)
        assert found.to_dict("list") == {"a": [1.0], "n": [2], "s": ["x"]}
        assert [str(dtype) for dtype in found.dtypes][:2] == ["float64", "int64"]

    def test_polars(self):
        import polars as pl

        assert enforced(pl.DataFrame({"a": [1], "n": [2], "s": ["x"]}), self.SCHEMA)["a"].dtype == "float64"

    @pytest.mark.parametrize("value", [1.5, "x", None])
    def test_what_would_be_lost_is_refused(self, value):
        with pytest.raises(InvalidParameterError, match="'n'"):
            enforced(pd.DataFrame({"a": [1.0], "n": [value], "s": ["x"]}), self.SCHEMA)

    def test_dates_from_text(self):
        schema = infer_signature(pd.DataFrame({"t": pd.to_datetime(["2024-01-01"])})).inputs
        assert str(enforced([{"t": "2024-01-02"}], schema)["t"].dtype).startswith("datetime")
        with pytest.raises(InvalidParameterError, match="'t'"):
            enforced([{"t": "tomorrow-ish"}], schema)

    def test_an_optional_column_may_be_missing(self):
        schema = infer_signature(pd.DataFrame({"a": [1.0, 2.0], "s": ["x", None]})).inputs
        assert list(enforced(pd.DataFrame({"a": [1.0]}), schema).columns) == ["a"]

    def test_arrays(self):
        schema = infer_signature(np.zeros((2, 3), dtype="float32")).inputs
        assert enforced([[1, 2, 3]], schema).dtype == np.float32
        with pytest.raises(InvalidParameterError, match="shape"):
            enforced(np.zeros((2, 4)), schema)
        with pytest.raises(InvalidParameterError, match="dtype"):
            enforced(np.array([["a", "b", "c"]]), schema)

    def test_named_arrays(self):
        schema = infer_signature({"x": np.zeros((2, 3)), "y": np.zeros(2)}).inputs
        assert enforced({"x": [[1, 2, 3]], "y": [1], "z": 0}, schema)["x"].shape == (1, 3)
        with pytest.raises(InvalidParameterError, match="misses 'y'"):
            enforced({"x": [[1, 2, 3]]}, schema)

    def test_params(self):
        schema = params_of({"k": 1, "rate": 0.5, "stop": ["a"]})
        assert enforced_params({"rate": 1}, schema) == {"k": 1, "rate": 1.0, "stop": ["a"]}
        for bad in ({"k": "x"}, {"k": 1.5}, {"stop": "a"}, {"rate": [1.0]}):
            with pytest.raises(InvalidParameterError, match=next(iter(bad))):
                enforced_params(bad, schema)


class TestTrying:
    def test_validate(self, classifier, frame):
        tracker.sklearn.save_model(classifier, "m", input_example=frame)
        assert tracker.models.validate("m").tolist() == [0, 0, 1, 1]
        tracker.sklearn.save_model(classifier, "without")
        with pytest.raises(InvalidStateError, match="input example"):
            tracker.models.validate("without")

    def test_predict_from_files(self, classifier, frame):
        tracker.sklearn.save_model(classifier, "m", input_example=frame)
        frame.to_csv("in.csv", index=False)
        found = tracker.models.predict("m", input_path="in.csv", content_type="csv", output_path="out.json")
        assert found.tolist() == [0, 0, 1, 1]
        assert Path("out.json").read_text() == '{"predictions": [0, 0, 1, 1]}'
