"""What does not need a kernel: the help names every option, and the module loads quickly and lightly."""

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_tracker.magics.arguments import RUNS_SPEC, TRACK_SPEC
from jupyter_tracker.magics.magics import TrackerMagics

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("option", TRACK_SPEC)
def test_help_names_every_option_of_track(option):
    assert option in TrackerMagics.track.__doc__


@pytest.mark.parametrize("option", RUNS_SPEC)
def test_help_names_every_option_of_runs(option):
    assert option in TrackerMagics.runs.__doc__


def test_loading_brings_no_heavy_library():
    code = (
        "import sys, IPython; before = set(sys.modules); import jupyter_tracker.magics; "
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    assert not {"ipywidgets", "anywidget", "pandas", "numpy", "sqlalchemy", "matplotlib"} & set(done.stdout.split())
