"""Where the user's own data go, when even the home folder is missing."""

import os
import stat
import sys
import tempfile

import pytest

from jupyter_tracker.settings import user_data_folder


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """The system's folder for temporary files, which anybody may write to; a home there is none."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file" / "data"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"jupyter_tracker-{os.getuid()}"


def test_without_a_home_it_is_a_folder_for_this_user_alone(shared):
    assert user_data_folder() == user_data_folder() == shared
    assert stat.S_IMODE(shared.stat().st_mode) == 0o700


def test_a_folder_that_others_may_write_to_is_not_taken(shared):
    # Whoever plants one may read journals, and replace them.
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(PermissionError, match="XDG_DATA_HOME"):
        user_data_folder()


def test_a_link_that_somebody_has_laid_is_not_followed(shared, tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o700)
    shared.symlink_to(tmp_path / "theirs")
    with pytest.raises(PermissionError, match="XDG_DATA_HOME"):
        user_data_folder()


def test_a_folder_of_another_user_is_not_taken(shared, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    shared.with_name("jupyter_tracker-12345").mkdir(mode=0o700)
    with pytest.raises(PermissionError, match="XDG_DATA_HOME"):
        user_data_folder()


@pytest.mark.parametrize(("platform", "variable"), [("win32", "LOCALAPPDATA"), ("darwin", "HOME")])
def test_elsewhere_another_variable_names_it(shared, tmp_path, monkeypatch, platform, variable):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "file"))
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(PermissionError, match=f"by {variable}:"):
        user_data_folder()


def test_a_folder_of_windows_whose_mode_says_nothing_is_taken(shared, monkeypatch):
    monkeypatch.delattr(os, "getuid")
    folder = shared.with_name("jupyter_tracker-0")
    folder.mkdir()
    folder.chmod(0o777)
    assert user_data_folder() == folder
