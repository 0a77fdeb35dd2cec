"""Opening stores: when, where, and how private."""

import json
import os
import stat
import sys

import pytest

from jupyter_tracker.errors import PermissionDeniedError, StoreError
from jupyter_tracker.tracking import active, kernel_record


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_made_at_the_first_write_private_and_ignored(project):
    active.store().create_experiment("churn")
    folder = project / ".jupyter_tracker"
    assert mode(folder) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "tracker.db").is_file()


def test_reading_an_empty_project_leaves_nothing_behind(project):
    store = active.store(create=False)
    assert [experiment.name for experiment in store.search_experiments()] == ["Default"]
    assert store.get_experiment_by_name("churn") is None
    assert list(project.iterdir()) == []
    active.store().create_experiment("churn")
    assert active.store(create=False).get_experiment_by_name("churn").name == "churn"


def test_one_store_per_path(project):
    assert active.store() is active.store()
    assert active.store_at("other.db") is active.store_at(f"sqlite:///{project}/other.db")
    assert active.store_at("other.db") is not active.store()
    assert active.store_at(None) is active.store()


def test_a_deleted_store_is_made_anew(project):
    first = active.store()
    first.create_experiment("churn")
    for file in sorted((project / ".jupyter_tracker").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    again = active.store()
    assert again is not first
    assert again.get_experiment_by_name("churn") is None
    assert (project / ".jupyter_tracker" / "tracker.db").is_file()


def test_an_own_path_gets_its_folders_but_no_gitignore(project):
    active.store_at("deep/er/runs.db")
    assert (project / "deep" / "er" / "runs.db").is_file()
    assert not (project / "deep" / "er" / ".gitignore").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_made_says_so(project):
    project.chmod(0o500)
    try:
        with pytest.raises(PermissionDeniedError, match="set_tracking_uri"):
            active.store()
    finally:
        project.chmod(0o700)


def test_a_file_in_the_way_says_so(project):
    (project / "taken").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        active.store_at("taken/inner/runs.db")


def test_a_foreign_file_is_refused(project):
    (project / "notes.db").write_text("these are notes, and no database at all\n" * 100)
    with pytest.raises(StoreError):
        active.store_at("notes.db")
    assert (project / "notes.db").read_text().startswith("these are notes")


class FakeKernelApp:
    """Stands in for ipykernel's application, which only a kernel has."""

    connection_file = "/run/user/1000/jupyter/kernel-1b2c.json"

    @classmethod
    def initialized(cls):
        return True

    @classmethod
    def instance(cls):
        return cls()


@pytest.fixture
def in_kernel(monkeypatch, tmp_path):
    module = type(sys)("ipykernel.kernelapp")
    module.IPKernelApp = FakeKernelApp
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", module)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    return tmp_path / "runtime" / "jupyter_tracker"


def test_a_kernel_records_its_store(project, in_kernel):
    store = active.store()
    record = json.loads((in_kernel / f"{store.store_id}.json").read_text())
    assert record["store_id"] == store.store_id
    assert record["uri"] == store.uri == f"sqlite:///{project}/.jupyter_tracker/tracker.db"
    assert record["kernel_id"] == "1b2c"
    assert record["pid"] == os.getpid()
    assert isinstance(record["time"], int)
    assert mode(in_kernel / f"{store.store_id}.json") == 0o600
    assert mode(in_kernel) == 0o700
    assert [file.name for file in in_kernel.iterdir()] == [f"{store.store_id}.json"]


def test_looking_at_an_empty_project_records_nothing(in_kernel):
    active.store(create=False)
    assert not in_kernel.exists()


def test_a_runtime_folder_that_cannot_be_made_is_no_error(in_kernel):
    in_kernel.parent.write_text("a file in the way")
    active.store().create_experiment("churn")


def test_outside_of_a_kernel_nothing_is_recorded(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delitem(sys.modules, "ipykernel.kernelapp", raising=False)
    assert kernel_record.kernel_id() is None
    active.store()
    assert not (tmp_path / "runtime").exists()
