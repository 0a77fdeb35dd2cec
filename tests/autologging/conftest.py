"""Each test has a project of its own, libraries as they were before, and fails where autologging warned of itself."""

import os

import pytest

# Before anything imports Keras: the tests have no TensorFlow but for `make test-all`.
os.environ.setdefault("KERAS_BACKEND", "torch")

import jupyter_tracker as tracker
from jupyter_tracker.autologging import _patching, _recording, integrations
from jupyter_tracker.autologging.options import SWITCHES
from tests.unit.conftest import project

__all__ = ["project"]


@pytest.fixture
def failures():
    """What went wrong inside autologging; a test that means it to clears the list."""
    return []


@pytest.fixture(autouse=True)
def _clean(project, monkeypatch, failures):
    say_failed = _patching.say_failed

    def keep(name, error):
        failures.append(error)
        say_failed(name, error)

    monkeypatch.setattr(_patching, "say_failed", keep)
    _recording._CLAIMS.clear()
    SWITCHES.forget()
    yield
    integrations.uninstall()
    SWITCHES.forget()
    assert not failures, failures


@pytest.fixture
def runs():
    """Every run of the store, the oldest first."""

    def read():
        found = tracker.search_runs(search_all_experiments=True, output_format="list")
        return sorted((tracker.get_run(run.info.run_id) for run in found), key=lambda run: run.info.start_time)

    return read


@pytest.fixture
def files():
    """The paths of a run's files, those of the environment left out."""

    def read(run):
        found = tracker.TrackerClient().list_artifacts(run.info.run_id)
        return {file.path for file in found if not file.is_dir}

    return read
