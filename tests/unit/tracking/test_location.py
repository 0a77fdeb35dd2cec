"""Which store, and why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking import location


def test_the_project_is_the_nearest_folder_with_a_mark(project, monkeypatch):
    (project / ".git").mkdir()
    (project / "inner" / "deep").mkdir(parents=True)
    monkeypatch.chdir(project / "inner" / "deep")
    found = location.current_location()
    assert found.path == project / ".jupyter_tracker" / "tracker.db"
    assert found.reason == f"{project} is the nearest folder with a .git"
    location.forget()
    (project / "inner" / ".jupyter_tracker").mkdir()
    assert location.current_location().path == project / "inner" / ".jupyter_tracker" / "tracker.db"


def test_a_worktree_counts_as_a_project(project, monkeypatch):
    (project / ".git").write_text("gitdir: elsewhere")
    (project / "inner").mkdir()
    monkeypatch.chdir(project / "inner")
    assert location.project_folder(Path.cwd()) == project


def test_without_a_project_it_is_the_working_directory(project):
    found = location.current_location()
    assert found.path == project / ".jupyter_tracker" / "tracker.db"
    assert "working directory" in found.reason


def test_asking_makes_nothing(project):
    location.current_location()
    assert list(project.iterdir()) == []


def test_changing_the_directory_later_keeps_the_store(project, monkeypatch):
    before = location.current_location()
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    assert location.current_location() == before


def test_order_of_what_names_a_store(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///second.db")
    assert location.current_location().path == project / "second.db"
    assert "MLFLOW_TRACKING_URI" in location.current_location().reason
    monkeypatch.setenv("JUPYTER_TRACKER_URI", "sqlite:///first.db")
    assert location.current_location().path == project / "first.db"
    location.choose("chosen.db")
    assert location.current_location().path == project / "chosen.db"
    assert "set_tracking_uri" in location.current_location().reason
    location.choose(None)
    assert location.current_location().path == project / "first.db"


def test_a_relative_setting_is_settled_at_first_use(project, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_URI", "store.db")
    location.current_location()
    (project / "inner").mkdir()
    monkeypatch.chdir(project / "inner")
    assert location.current_location().path == project / "store.db"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("runs.db", "runs.db"),
        ("a/b/runs.sqlite3", "a/b/runs.sqlite3"),
        ("folder", "folder/tracker.db"),
        ("./mlruns", "mlruns/tracker.db"),
        ("sqlite:///runs.db", "runs.db"),
        ("sqlite:///runs.db?timeout=5", "runs.db"),
        ("file:folder", "folder/tracker.db"),
        ("file:./runs.db", "runs.db"),
        ("file:with%20space/runs.db", "with space/runs.db"),
        (Path("x") / "runs.db", "x/runs.db"),
    ],
)
def test_relative_forms(project, uri, expected):
    assert location.location_of(uri).path == project / expected


def test_absolute_forms(tmp_path):
    path = tmp_path / "runs.db"
    for uri in (str(path), f"sqlite:///{path}", path.as_uri(), f"file://localhost{path}", f"file:{path}"):
        assert location.location_of(uri).path == path
    assert location.location_of(location.location_of(path).uri).path == path


def test_a_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert location.location_of("~/runs.db").path == tmp_path / "runs.db"


def test_a_folder_may_be_called_like_a_file(project):
    (project / "runs.db").mkdir()
    assert location.location_of("runs.db").path == project / "runs.db" / "tracker.db"


def test_a_project_folder_means_its_own_store(project):
    (project / ".jupyter_tracker").mkdir()
    (project / ".jupyter_tracker" / "tracker.db").touch()
    assert location.location_of(project).path == project / ".jupyter_tracker" / "tracker.db"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("https://", "no address of a tracking server"),
        ("oracle://alice:hunter2@db/mlflow", "'oracle:' is not supported"),
        ("databricks://profile", "'databricks:' is not supported"),
        ("databricks", "write './databricks'"),
        ("databricks-uc", "write './databricks-uc'"),
        ("sqlite://", "does not name a file"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:runs.db", "does not name a file"),
        ("file://server/share", "another machine"),
        ("file:", "does not name a folder"),
    ],
)
def test_other_forms_say_what_to_do(uri, said):
    with pytest.raises(InvalidParameterError, match=said) as caught:
        location.location_of(uri)
    assert "hunter2" not in str(caught.value)
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_tracking_server_is_named_by_its_address():
    found = location.location_of("https://alice:hunter2@tracking.example.org/prefix/")
    assert (found.path, found.uri) == (None, "https://tracking.example.org/prefix")
    assert "hunter2" not in repr(found)


def test_a_chosen_store_reaches_child_processes_and_is_taken_back(project, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_URI", "before.db")
    location.choose("chosen.db")
    code = "from jupyter_tracker.tracking.location import current_location; print(current_location().path)"
    root = Path(location.__file__).parents[2]
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/",
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert output.stdout.strip() == str(project / "chosen.db")
    location.choose("again.db")
    location.choose(None)
    assert os.environ["JUPYTER_TRACKER_URI"] == "before.db"
