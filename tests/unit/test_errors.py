"""Warnings point at the user's line."""

import subprocess
import sys

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import TrackerWarning, warn_once


def test_a_warning_names_the_line_of_the_user():
    with pytest.warns(TrackerWarning, match="no experiment 'nope'") as seen:
        tracker.search_runs(experiment_names=["nope"])
    assert [warning.filename for warning in seen] == [__file__]


def test_a_warning_of_a_thread_of_ours_names_no_line():
    # A thread's own function would be a line of the test.
    code = """
import threading
from jupyter_tracker.errors import warn_once
thread = threading.Thread(target=warn_once, args=("from a thread",))
thread.start()
thread.join()
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    assert shown.splitlines() == ["sys:1: TrackerWarning: from a thread"]


def test_once_for_each_topic():
    with pytest.warns(TrackerWarning, match="number 0"):
        warn_once("number 0", topic="test_once_for_each_topic")
    warn_once("number 1", topic="test_once_for_each_topic")  # which would be an error here
