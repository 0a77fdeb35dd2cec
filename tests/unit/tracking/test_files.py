"""Files of runs: logged in every form, and read back."""

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import pytest
from matplotlib.figure import Figure
from PIL import Image

import jupyter_tracker as tracker
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    ResourceDoesNotExistError,
    TrackerError,
)

mpl.use("agg")


@pytest.fixture
def run():
    """The active run."""
    with tracker.start_run() as run:
        yield run


def load(run, path):
    return Path(tracker.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=path)).read_bytes()


def listed(run, path=None):
    return [file.path for file in tracker.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path=path)]


def test_a_file(run, project):
    (project / "features.json").write_text("{}")
    tracker.log_artifact("features.json")
    tracker.log_artifact(project / "features.json", "data/raw")
    assert load(run, "features.json") == load(run, "data/raw/features.json") == b"{}"
    assert tracker.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="data/raw") == [
        FileInfo("data/raw/features.json", is_dir=False, file_size=2)
    ]
    assert set(listed(run)) >= {"data", "features.json"}


def test_a_folder(run, project):
    (project / "plots" / "deep").mkdir(parents=True)
    (project / "plots" / "a.txt").write_text("a")
    (project / "plots" / "deep" / "b.txt").write_text("b")
    tracker.log_artifacts("plots")
    tracker.log_artifacts("plots", "again")
    tracker.log_artifact("plots", "whole")
    for below in ("", "again/", "whole/plots/"):
        assert load(run, f"{below}a.txt") == b"a"
        assert load(run, f"{below}deep/b.txt") == b"b"


def test_what_is_not_there_says_so(run, project):
    (project / "a.txt").write_text("a")
    with pytest.raises(ResourceDoesNotExistError, match="does not exist"):
        tracker.log_artifact("nothing.json")
    with pytest.raises(ResourceDoesNotExistError, match="is a file; use log_artifact"):
        tracker.log_artifacts("a.txt")
    with pytest.raises(ResourceDoesNotExistError):
        tracker.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="nothing.txt")
    assert listed(run, "nothing") == []


@pytest.mark.parametrize(
    "path", ["../up.txt", "/abs.txt", "a/../../up.txt", "C:\\x.txt", "..\\up.txt", "", "a/", "a\0b"]
)
def test_a_path_that_leads_outside_is_refused(run, path):
    with pytest.raises(InvalidParameterError, match="artifact"):
        tracker.log_text("x", path)


def test_text_and_dictionaries(run):
    tracker.log_text("größe\r\n\ud800", "notes/a.txt")
    assert load(run, "notes/a.txt") == "größe\r\n".encode() + b"\xed\xa0\x80"
    content = {"a": [1, 2], "b": {"c": None, "d": np.float64(0.5)}, "e": np.arange(2), "f": "ü"}
    plain = {"a": [1, 2], "b": {"c": None, "d": 0.5}, "e": [0, 1], "f": "ü"}
    for name in ("d.json", "d.yaml", "d.yml", "d"):
        tracker.log_dict(content, name)
        assert tracker.artifacts.load_dict(f"runs:/{run.info.run_id}/{name}") == plain
    assert load(run, "d.json").startswith(b'{\n  "a": [')
    assert b"a:\n- 1\n" in load(run, "d.yaml")
    with pytest.raises(InvalidParameterError, match="log_dict"):
        tracker.log_text({"a": 1}, "a.txt")
    circular = []
    circular.append(circular)
    with pytest.raises(InvalidParameterError, match="JSON"):
        tracker.log_dict(circular, "a.json")


def test_writing_again_replaces(run):
    tracker.log_text("first", "a.txt")
    tracker.log_text("second", "a.txt")
    assert load(run, "a.txt") == b"second"
    assert [name for name in listed(run) if name != "environment"] == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("plots/a.jpg", b"\xff\xd8")]
)
def test_figures_of_matplotlib(run, name, begins):
    figure = Figure()
    figure.add_subplot().plot([0, 1], [0, 1])
    tracker.log_figure(figure, name, save_kwargs={"dpi": 30})
    assert load(run, name).startswith(begins)


def test_figures_of_plotly(run):
    figure = go.Figure(go.Scatter(y=[1, 2, 3]))
    tracker.log_figure(figure, "a.html")
    tracker.log_figure(figure, "a.json")
    assert b"plotly" in load(run, "a.html")
    assert len(load(run, "a.html")) < 100_000
    assert json.loads(load(run, "a.json"))["data"][0]["type"] == "scatter"


def test_figures_that_cannot_be_drawn(run):
    with pytest.raises(InvalidParameterError, match=r"not '\.xyz'"):
        tracker.log_figure(go.Figure(), "a.xyz")
    with pytest.raises(InvalidParameterError, match="xyz"):
        tracker.log_figure(Figure(), "a.xyz")
    with pytest.raises(InvalidParameterError, match=r"matplotlib or Plotly, not builtins\.str"):
        tracker.log_figure("figure", "a.png")


@pytest.mark.parametrize(
    "image",
    [
        np.linspace(0, 1, 24).reshape(4, 6),
        np.zeros((4, 6, 1)),
        np.full((4, 6, 3), 200),
        np.zeros((4, 6, 4), dtype=np.uint8),
        np.eye(4, 6, dtype=bool),
        Image.new("RGB", (6, 4), "red"),
        Image.new("RGBA", (6, 4), "red"),
    ],
)
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_images(run, image, name):
    tracker.log_image(image, name)
    assert tracker.artifacts.load_image(f"runs:/{run.info.run_id}/{name}").size == (6, 4)


def test_pixels_keep_their_values(run):
    pixels = np.array([[0, 128], [200, 255]], dtype=np.uint8)
    tracker.log_image(pixels, "a.png")
    tracker.log_image(pixels / 255, "b.png")
    for name in ("a.png", "b.png"):
        image = tracker.artifacts.load_image(f"runs:/{run.info.run_id}/{name}")
        assert np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize(
    "image", [np.full((2, 2), 300), np.full((2, 2), -1), np.full((2, 2), np.nan), np.zeros(4),
              np.zeros((2, 2, 5)), np.zeros((0, 2)), np.array([["a"]]), "image"]
)  # fmt: skip
def test_what_is_no_image(run, image):
    with pytest.raises(InvalidParameterError):
        tracker.log_image(image, "a.png")


def test_a_series_of_images(run):
    for step in range(2):
        tracker.log_image(np.zeros((4, 6)), key="val/sample", step=step, timestamp=1_700_000_000_000)
    files = listed(run, "images")
    assert len(files) == 4
    assert files[0].startswith("images/val#sample+step+0+timestamp+1700000000000+")
    assert sorted({Path(file).suffix for file in files}) == [".png", ".webp"]
    assert tracker.get_run(run.info.run_id).data.tags["mlflow.loggedImages"] == "true"
    for arguments in ({}, {"artifact_file": "a.png", "key": "b"}):
        with pytest.raises(InvalidParameterError):
            tracker.log_image(np.zeros((4, 6)), **arguments)


def test_tables(run):
    tracker.log_table({"text": ["good", "bad"], "score": [0.9, float("nan")]}, "t.json")
    tracker.log_table(pd.DataFrame({"text": ["new"], "when": [pd.Timestamp("2026-01-02")]}), "t.json")
    tracker.log_table({"text": "one value"}, "t.json")
    assert json.loads(load(run, "t.json")) == {
        "columns": ["text", "score", "when"],
        "data": [
            ["good", 0.9, None],
            ["bad", None, None],
            ["new", None, "2026-01-02T00:00:00"],
            ["one value", None, None],
        ],
    }
    frame = tracker.load_table("t.json")
    assert list(frame.columns) == ["text", "score", "when"]
    assert frame["text"].tolist() == ["good", "bad", "new", "one value"]
    tags = tracker.get_run(run.info.run_id).data.tags
    assert json.loads(tags["mlflow.loggedArtifacts"]) == [{"path": "t.json", "type": "table"}]


def test_tables_of_other_libraries(run):
    tracker.log_table(pl.DataFrame({"a": [1, 2]}), "p.json")
    tracker.log_table({"a": np.arange(2), "b": pd.Series([1.5, 2.5])}, "n.json")
    assert json.loads(load(run, "p.json")) == {"columns": ["a"], "data": [[1], [2]]}
    assert json.loads(load(run, "n.json")) == {"columns": ["a", "b"], "data": [[0, 1.5], [1, 2.5]]}


def test_tables_of_several_runs():
    ids = []
    for number in range(2):
        with tracker.start_run(run_name=f"run-{number}") as run:
            tracker.log_table({"n": [number]}, "t.json")
        ids.append(run.info.run_id)
    with tracker.start_run():
        pass
    assert sorted(tracker.load_table("t.json")["n"]) == [0, 1]
    frame = tracker.load_table("t.json", run_ids=ids, extra_columns=["run_id", "run_name"])
    assert frame.to_dict("list") == {"n": [0, 1], "run_id": ids, "run_name": ["run-0", "run-1"]}
    with pytest.raises(ResourceDoesNotExistError):
        tracker.load_table("other.json")


def test_what_is_no_table(run):
    with pytest.raises(InvalidParameterError, match=r"\.json"):
        tracker.log_table({"a": [1]}, "t.csv")
    with pytest.raises(InvalidParameterError, match="equally long"):
        tracker.log_table({"a": [1, 2], "b": [1]}, "t.json")
    with pytest.raises(InvalidParameterError, match="not int"):
        tracker.log_table(7, "t.json")
    tracker.log_text("[]", "u.json")
    with pytest.raises(InvalidStateError, match="is not a table"):
        tracker.log_table({"a": [1]}, "u.json")
    assert load(run, "u.json") == b"[]"


def test_another_run_by_its_id(run):
    with tracker.start_run(nested=True) as other:
        pass
    tracker.log_text("x", "a.txt", run_id=other.info.run_id)
    tracker.log_dict({}, "a.json", run_id=other.info.run_id)
    assert {"a.txt", "a.json"} <= set(listed(other))
    assert "a.txt" not in listed(run)


def test_where_files_are(run, project):
    root = tracker.get_artifact_uri()
    assert root == run.info.artifact_uri
    assert root == (project / ".jupyter_tracker" / "artifacts" / "0" / run.info.run_id / "artifacts").as_uri()
    assert tracker.get_artifact_uri("plots/a.png") == f"{root}/plots/a.png"


def test_reading_by_uri(run, project, tmp_path):
    tracker.log_text("hello", "notes/a.txt")
    file = f"{run.info.artifact_uri}/notes/a.txt"
    for uri in (f"runs:/{run.info.run_id}/notes/a.txt", file, file.removeprefix("file://")):
        assert tracker.artifacts.load_text(uri) == "hello"
    copy = tracker.artifacts.download_artifacts(f"runs:/{run.info.run_id}/notes", dst_path=tmp_path / "copy")
    assert Path(copy, "a.txt").read_text() == "hello"
    assert Path(copy) == tmp_path / "copy" / "notes"
    whole = tracker.artifacts.download_artifacts(run_id=run.info.run_id, dst_path=tmp_path / "whole")
    assert Path(whole, "notes", "a.txt").read_text() == "hello"
    with pytest.raises(InvalidParameterError):
        tracker.artifacts.download_artifacts()
    with pytest.raises(InvalidParameterError):
        tracker.artifacts.download_artifacts("runs:/x/y", artifact_path="z")
    with pytest.raises(InvalidParameterError):
        tracker.artifacts.load_text(f"runs:/{run.info.run_id}/../{run.info.run_id}/artifacts/notes/a.txt")


@pytest.mark.parametrize("root", ["/", "file:/", "file:///", "file://localhost/"])
def test_what_lies_at_the_root_of_the_machine_is_read_from_there(project, root):
    # As `/data` in many a container.
    assert "usr/bin" in [file.path for file in tracker.artifacts.list_artifacts(f"{root}usr")]
    assert tracker.artifacts.download_artifacts(f"{root}usr/") == "/usr"
    (project / "usr").mkdir()
    assert tracker.artifacts.list_artifacts("usr") == []
    assert "usr" in [file.path for file in tracker.artifacts.list_artifacts("/")]


def test_reading_models_by_uri(run):
    client = tracker.TrackerClient()
    model = client.create_logged_model("0", "rf")
    folder = Path(model.artifact_location.removeprefix("file://"))
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    client.create_registered_model("churn")
    client.create_model_version("churn", model.model_uri, model_id=model.model_id)
    client.transition_model_version_stage("churn", 1, "Production")
    client.set_registered_model_alias("churn", "champion", 1)
    for uri in (model.model_uri, "models:/churn/1", "models:/churn/Production", "models:/churn/latest",
                "models:/churn@champion"):  # fmt: skip
        assert tracker.artifacts.load_text(f"{uri}/MLmodel") == "flavors: {}"
    with pytest.raises(InvalidParameterError, match="no version in stage Staging"):
        tracker.artifacts.load_text("models:/churn/Staging/MLmodel")


def test_what_is_no_dictionary_or_place(run):
    tracker.log_text("a: [", "a.yaml")
    with pytest.raises(InvalidStateError, match="neither JSON nor YAML"):
        tracker.artifacts.load_dict(f"runs:/{run.info.run_id}/a.yaml")
    with pytest.raises(InvalidParameterError, match="'dbfs:'"):
        tracker.artifacts.load_text("dbfs:/bucket/a.txt")


def test_without_a_run_one_is_started():
    tracker.log_text("x", "a.txt")
    assert "a.txt" in listed(tracker.active_run())


def test_an_image_of_plotly_without_kaleido_says_what_to_do(run, monkeypatch):
    def missing(*_, **__):
        raise ValueError("kaleido is not there")

    monkeypatch.setattr(go.Figure, "to_image", missing)
    with pytest.raises(TrackerError, match="Install kaleido"):
        tracker.log_figure(go.Figure(), "a.png")
