"""What Binder does with binder/, in a clean environment without Node: requirements, postBuild, every notebook."""

import os
import re
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_runtime_is_a_supported_python(project):
    version = re.fullmatch(r"python-(3\.\d+)\n", (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8"))[1]
    assert version in SpecifierSet(project["project"]["requires-python"])
    assert f"Programming Language :: Python :: {version}" in project["project"]["classifiers"]


def test_post_build_can_be_run():
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)


@pytest.fixture(scope="module")
def binder(checkout, make_venv):
    """Return an environment made as repo2docker makes it, and what postBuild printed."""
    venv = make_venv("binder")
    venv.install("-r", checkout / "binder" / "requirements.txt")
    printed = venv.run(checkout / "binder" / "postBuild", cwd=checkout, timeout=540)
    return venv, printed


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_post_build_seeds_a_store(binder, checkout):
    venv, printed = binder
    assert "FINISHED" in printed
    assert (checkout / ".jupyter_tracker" / "tracker.db").exists()
    assert "FINISHED" in venv.run("jupyter", "tracker", "runs", cwd=checkout / "notebooks")


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook_runs(binder, checkout, notebook, tmp_path):
    venv, _ = binder
    options = [
        "--to",
        "notebook",
        "--execute",
        "--ExecutePreprocessor.store_widget_state=False",
        "--output-dir",
        tmp_path,
    ]
    venv.run("jupyter", "nbconvert", *options, checkout / "notebooks" / notebook)
    assert (tmp_path / notebook).exists()
