"""`jupyter tracker models …` as a user calls it."""

import contextlib
import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
from sklearn.tree import DecisionTreeRegressor

import jupyter_tracker as tracker
from jupyter_tracker import settings
from jupyter_tracker.exceptions import UntrustedModelError


@pytest.fixture
def uri(project):
    with tracker.start_run():
        return tracker.pyfunc.log_model(python_model=lambda model_input: model_input, input_example=["x"]).model_uri


@pytest.fixture
def safe(project):
    with tracker.start_run() as run:
        tracker.sklearn.log_model(DecisionTreeRegressor().fit([[0.0], [1.0], [2.0], [3.0]], [0, 2, 4, 6]), "model")
    return f"runs:/{run.info.run_id}/model"


def test_show(call, uri):
    status, output, _ = call("models", "show", uri)
    assert status == 0
    lines = output.splitlines()
    assert "python_function" in lines[3]
    assert [line.split() for line in lines[4:]] == [["takes", "-:", "string"], ["gives", "-:", "string"]]
    table = pd.DataFrame({"age": [1, 2], "name": ["x", None]})
    tracker.pyfunc.save_model("table", python_model=lambda model_input: [0], input_example=table)
    lines = call("models", "show", "table")[1].splitlines()
    assert [line.split() for line in lines[4:6]] == [["takes", "age:", "long"], ["name:", "string", "(optional)"]]
    assert json.loads(call("models", "show", uri, "--json")[1])["model_uri"] == uri


def test_what_a_model_says_of_itself_is_json(call, project):
    said = {"trained": dt.date(2026, 11, 1), "score": float("nan")}
    tracker.pyfunc.save_model("dated", python_model=lambda model_input: model_input, metadata=said)
    status, output, _ = call("models", "show", "dated", "--json")
    assert status == 0
    assert json.loads(output, parse_constant=pytest.fail)["metadata"] == {"trained": "2026-11-01", "score": "NaN"}


def test_trust(call, uri, project):
    shutil.rmtree(settings.user_data_folder() / "trust")
    status, _, error = call("models", "trust", uri)
    assert status == 1
    assert "cloudpickle" in error
    (project / "in.json").write_text('{"inputs": ["x"]}')
    status, _, error = call("models", "predict", uri, "--input", "in.json")
    assert (status, "--trust loads it this once" in error) == (1, True)
    assert call("models", "predict", uri, "--input", "in.json", "--trust")[0] == 0
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


class TestPredict:
    def test_a_file_of_csv(self, call, safe, project):
        (project / "rows.csv").write_text("x\n2\n3\n")
        assert json.loads(call("models", "predict", safe, "--input", "rows.csv")[1]) == {"predictions": [4.0, 6.0]}

    def test_json_from_standard_input_into_a_file(self, call, safe, project, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO('{"inputs": [[1.0]]}'))
        assert call("models", "predict", safe, "--output", "out.json")[0] == 0
        assert json.loads((project / "out.json").read_text()) == {"predictions": [2.0]}

    def test_json_says_where_the_predictions_are(self, call, safe, project):
        (project / "rows.csv").write_text("x\n2\n")
        status, output, _ = call("models", "predict", safe, "--input", "rows.csv", "--output", "out.json", "--json")
        assert (status, json.loads(output)) == (0, {"output": "out.json"})
        assert json.loads((project / "out.json").read_text()) == {"predictions": [4.0]}
        assert json.loads(call("models", "predict", safe, "--input", "rows.csv", "--json")[1]) == {"predictions": [4.0]}

    def test_what_cannot_be_understood(self, call, safe, project):
        (project / "rows.json").write_text("{}")
        status, _, error = call("models", "predict", safe, "--input", "rows.json")
        assert status == 1
        assert "dataframe_split" in error
        assert call("models", "predict", safe, "--input", "nowhere.csv")[0] == 1

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("rows.jsonl", '{"x": 2}\n\n{"x": 3}\n'),
            ("rows.json", '[{"x": 2}, {"x": 3}]'),
            ("rows.csv", "\ufeffx\n2\n3\n"),
            ("without-ending", "x\n2\n3\n"),
            ("lines", '{"x": 2}\n{"x": 3}\n'),
        ],
    )
    def test_rows_in_every_form(self, call, safe, project, name, text):
        (project / name).write_text(text, encoding="utf-8")
        assert json.loads(call("models", "predict", safe, "--input", name)[1]) == {"predictions": [4.0, 6.0]}

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("rows.jsonl", b'{"x": 2}\n{"x": \n', "Line 2 of rows.jsonl is no JSON"),
            ("rows.jsonl", b"[2]\n", "Line 1 of rows.jsonl is no row"),
            ("rows.json", b"{", "rows.json is no JSON"),
            ("rows.json", b'{"x": 1}', "it has 'x'. For example: "),
            ("rows.json", b"\xff\x00", "rows.json is no text in UTF-8"),
            ("rows.csv", b"\n", "rows.csv is empty"),
            ("rows.csv", b"a,b,c\n1,2,3\n", "The model failed on this input"),
        ],
    )
    def test_what_is_wrong_with_a_file(self, call, safe, project, name, content, said):
        (project / name).write_bytes(content)
        status, output, error = call("models", "predict", safe, "--input", name)
        assert (status, output) == (1, "")
        assert said in error

    def test_where_nothing_can_be_written(self, call, safe, project):
        (project / "rows.csv").write_text("x\n2\n")
        status, _, error = call("models", "predict", safe, "--input", "rows.csv", "--output", "nowhere/out.json")
        assert status == 1
        assert "'nowhere/out.json' cannot be written" in error
        assert "is a folder" in call("models", "predict", safe, "--input", ".")[2]


class TestNaming:
    def test_a_run_by_the_start_of_its_id(self, call, safe):
        run_id = safe.split("/")[1]
        assert call("models", "show", f"runs:/{run_id[:8]}/model")[0] == 0

    @pytest.mark.parametrize(
        ("uri", "said"),
        [
            ("runs:/{run}/modell", "The run has: runs:/{start}/model."),
            ("runs:/{run}", "The run has: runs:/{start}/model."),
            ("runs:/nowhere/model", "has the id or the name 'nowhere'"),
            ("models:/churn/9", "churn has: models:/churn/1."),
            ("models:/chrn/1", "Registered models are: churn."),
            ("churn", "Name a model by runs:/<run>/<name>"),
        ],
    )
    def test_what_there_is_instead(self, call, safe, uri, said):
        run_id = safe.split("/")[1]
        tracker.register_model(safe, "churn")
        status, output, error = call("models", "show", uri.format(run=run_id))
        assert (status, output) == (1, "")
        assert said.format(start=run_id[:8]) in error

    def test_a_package_that_is_missing(self, call, project, monkeypatch):
        xgboost = pytest.importorskip(
            "xgboost", reason="an extra, which the test with the oldest versions does not install"
        )
        tracker.xgboost.save_model(xgboost.XGBRegressor(n_estimators=1).fit([[0.0], [1.0]], [0.0, 1.0]), "boosted")
        for name in [name for name in sys.modules if name.partition(".")[0] == "xgboost"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "xgboost", None)
        monkeypatch.setattr(sys, "stdin", io.StringIO("x\n1\n"))
        status, _, error = call("models", "predict", "boosted")
        assert status == 1
        assert "boosted needs the package 'xgboost'" in error
        assert "pip install xgboost" in error


@contextlib.contextmanager
def serving(uri, *options):
    """Serve a model as a user does, on a free port; gives the first line that is said."""
    command = [sys.executable, "-m", "jupyter_tracker", "models", "serve", uri, "--port", "0", *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(tracker.__file__).parents[1])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline()
        process.terminate()


@pytest.fixture
def served(safe, project):
    with serving(safe) as said:
        yield re.search(r"http://[\d.:]+", said)[0]


@pytest.fixture
def served_as_json(safe, project):
    with serving(safe, "--json") as said:
        yield json.loads(said)


def ask(url, body=None, kind="application/json"):
    request = urllib.request.Request(url, None if body is None else body.encode(), {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_json_says_where_it_is_served(safe, served_as_json):
    assert ask(f"{served_as_json['url']}/ping")[0] == 200
    assert served_as_json["model_uri"] == safe


@pytest.mark.parametrize("port", ["-1", "65536", "99999"])
def test_a_port_that_is_none(call, safe, port):
    status, _, error = call("models", "serve", safe, "--port", port)
    assert status == 1
    assert f"from 0 (a free one) to 65535, not {port}" in error


def test_a_host_that_is_none(call, safe):
    status, _, error = call("models", "serve", safe, "--host", "a..b", "--port", "0")
    assert status == 1
    assert "Cannot listen on a..b:0: that is no name of a host." in error


def test_serve(served):
    assert ask(f"{served}/ping")[0] == 200
    url = f"{served}/invocations"
    for body in (
        {"dataframe_split": {"columns": ["x"], "data": [[1.0], [2.0]]}},
        {"dataframe_records": [{"x": 1.0}, {"x": 2.0}]},
        {"instances": [[1.0], [2.0]]},
        {"inputs": [[1.0], [2.0]]},
    ):
        status, text = ask(url, json.dumps(body))
        assert (status, json.loads(text)) == (200, {"predictions": [2.0, 4.0]}), body
    assert ask(url, "x\n1\n", "text/csv") == (200, '{"predictions": [2.0]}')
    for path, status in (("/nothing", 404), ("/invocations", 405)):
        found = ask(f"{served}{path}")
        assert found[0] == status
        assert "POST /invocations" in json.loads(found[1])["message"]
    for body, kind, said in (
        ("{", "application/json", "no JSON"),
        ("{}", "application/json", "dataframe_split"),
        ('{"inputs": [[1, 2, 3]]}', "application/json", "failed on this input"),
        ('{"dataframe_split": {"columns": "x", "data": [[1]]}}', "application/json", "dataframe_split must be"),
        ("<a/>", "text/xml", "text/xml"),
    ):
        status, text = ask(url, body, kind)
        assert status == 400, body
        assert said in json.loads(text)["message"]
