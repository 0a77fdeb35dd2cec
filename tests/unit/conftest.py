"""A project of its own for every test that uses the fluent API."""

import pytest

from jupyter_tracker import settings
from jupyter_tracker.tracking import active, location
from jupyter_tracker.tracking.experiments import forget_experiment
from jupyter_tracker.tracking.runs import end_open_run
from jupyter_tracker.tracking.stack import STACK


def forget_everything():
    """Bring the process-wide state back to that of a fresh process."""
    for entry in reversed(STACK.all()):
        end_open_run(entry, "FINISHED")
    STACK.last = None
    active.close_all()
    forget_experiment()
    location.forget()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The working directory: an empty folder with no project around it and no setting made."""
    for setting in settings.SETTINGS:
        monkeypatch.delenv(setting.env, raising=False)
    # The user's list of trusted models is theirs.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    forget_everything()
    yield folder
    forget_everything()
