from pathlib import Path

import numpy as np
import pytest
import sklearn

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import requirements


def lines(folder="m"):
    return Path(folder, "requirements.txt").read_text().split()


def test_what_the_model_imports(classifier):
    tracker.sklearn.save_model(classifier, "m")
    assert lines()[0] == "mlflow"
    assert {f"scikit-learn=={sklearn.__version__}", f"numpy=={np.__version__}"} <= set(lines())


def test_what_a_method_imports_when_it_runs():
    class Plot(tracker.pyfunc.PythonModel):
        def load_context(self, context):
            import joblib

            self.joblib = joblib

        def predict(self, context, model_input):
            return model_input

    tracker.pyfunc.save_model("m", python_model=Plot())
    assert [line.partition("=")[0] for line in lines()] == ["mlflow", "cloudpickle", "joblib"]


def test_given_ones_stand_instead(classifier):
    tracker.sklearn.save_model(classifier, "m", pip_requirements=["mine==1"])
    assert lines() == ["mlflow", "mine==1"]


def test_extra_ones_stand_beside_and_win(classifier):
    tracker.sklearn.save_model(classifier, "m", extra_pip_requirements=["scikit_learn>=1", "mine"])
    assert "scikit_learn>=1" in lines()
    assert f"scikit-learn=={sklearn.__version__}" not in lines()


def test_files_of_pip(classifier):
    Path("more").mkdir()
    Path("more/base.txt").write_text("a==1  # why\n\n# none\n-r other.txt\n-c limits.txt\n")
    Path("more/other.txt").write_text("b==2\n")
    Path("more/limits.txt").write_text("c<3\n")
    tracker.sklearn.save_model(classifier, "m", pip_requirements="more/base.txt")
    assert Path("m/requirements.txt").read_text().splitlines() == ["mlflow", "a==1", "b==2", "-c constraints.txt"]
    assert Path("m/constraints.txt").read_text() == "c<3\n"


def test_both_or_a_missing_file(classifier):
    with pytest.raises(InvalidParameterError, match="not both"):
        requirements.combined([], ["a"], ["b"])
    with pytest.raises(InvalidParameterError, match="does not exist"):
        requirements.combined([], "nowhere.txt", None)


def test_python_s_own_modules_are_left_out():
    assert requirements.requirements_of({"os", "json.decoder", "__main__", "jupyter_tracker.flavors", "mine"}) == []
