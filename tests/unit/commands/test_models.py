"""`jupyter tracker models …` as a user calls it."""

import json
import shutil

import pytest
from sklearn.linear_model import LinearRegression

import jupyter_tracker as tracker
from jupyter_tracker import cli, settings
from jupyter_tracker.exceptions import UntrustedModelError


@pytest.fixture
def call(capsys):
    def call(*words):
        status = cli.main(words)
        captured = capsys.readouterr()
        return status, captured.out.rstrip("\n"), captured.err

    return call


@pytest.fixture
def uri(project):
    with tracker.start_run():
        return tracker.pyfunc.log_model(python_model=lambda model_input: model_input, input_example=["x"]).model_uri


@pytest.fixture
def safe(project):
    with tracker.start_run() as run:
        tracker.sklearn.log_model(LinearRegression().fit([[0.0], [1.0]], [0, 2]), "model")
    return f"runs:/{run.info.run_id}/model"


def test_show(call, uri):
    status, output, _ = call("models", "show", uri)
    assert status == 0
    assert "python_function" in output
    assert "string" in output
    assert json.loads(call("models", "show", uri, "--json")[1])["model_uri"] == uri


def test_trust(call, uri):
    shutil.rmtree(settings.user_data_folder() / "trust")
    status, _, error = call("models", "trust", uri)
    assert status == 1
    assert "cloudpickle" in error
    with pytest.raises(UntrustedModelError):
        tracker.pyfunc.load_model(uri)
    assert call("models", "trust", uri, "--yes")[0] == 0
    assert tracker.pyfunc.load_model(uri).predict(["x"]) == ["x"]


def test_what_needs_no_trust(call, safe):
    shutil.rmtree(settings.user_data_folder() / "trust")
    assert "needs no trust" in call("models", "trust", safe)[1]


def test_what_is_not_there(call, project):
    status, output, error = call("models", "show", "models:/m-unknown")
    assert (status, output) == (1, "")
    assert "m-unknown" in error
    assert call("models", "show", "runs:/x/model", "--store", "nowhere.db")[0] == 1


def test_without_a_command_it_says_which_there_are(call, project):
    assert "trust" in call("models")[1]
