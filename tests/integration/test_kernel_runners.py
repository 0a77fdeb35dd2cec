"""The same cells without a browser: nbclient, papermill, a terminal, and a shell that is configured to load us."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import papermill
import pytest
from nbclient.exceptions import CellExecutionError

from jupyter_tracker.store.sql import open_sqlite

ROOT = Path(__file__).parents[2]
LOAD = "%load_ext jupyter_tracker\nimport jupyter_tracker as tracker"
TRAIN = "%%track run_name=rf params.lr=0.1\nfor i in range(50):\n    tracker.log_metric('f1', i / 50, step=i)\n"


@pytest.fixture(autouse=True)
def _our_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JUPYTER_TRACKER_URI", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def notebook(*cells):
    """A notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source) for source in cells]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def execute(book, folder):
    """Run All, as nbclient does it."""
    return nbclient.NotebookClient(
        book, timeout=120, resources={"metadata": {"path": str(folder)}}, store_widget_state=False
    ).execute()


def stored_runs(folder):
    store = open_sqlite(folder / ".jupyter_tracker" / "tracker.db")
    found = store.search_runs(["0"])
    store.close()
    return found


def test_a_saved_notebook_keeps_the_last_state_and_little_else(tmp_path):
    book = execute(notebook(LOAD, TRAIN, "%runs"), tmp_path)
    assert [run.info.status for run in stored_runs(tmp_path)] == ["FINISHED"]
    (card,) = book.cells[1].outputs
    assert "Finished" in card["data"]["text/html"]
    assert "Running" not in card["data"]["text/html"]
    assert "FINISHED" in card["data"]["text/plain"]
    assert card["data"]["application/vnd.jupyter-tracker.v1+json"]["version"] == 1
    (table,) = book.cells[2].outputs
    assert "rf" in table["data"]["text/html"]
    for output in (card, table):
        assert len(json.dumps(output)) < 100_000
    assert "widgets" not in book.metadata


def test_run_all_stops_at_a_failing_cell(tmp_path):
    book = notebook(LOAD, "%%track run_name=fails\n1 / 0", "open('never', 'w').close()")
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(book, tmp_path)
    assert not (tmp_path / "never").exists()
    assert stored_runs(tmp_path)[0].info.status == "FAILED"


def test_run_all_stops_at_a_bad_option(tmp_path):
    book = notebook(LOAD, "%%track run_nme=x\nopen('body', 'w').close()", "open('never', 'w').close()")
    with pytest.raises(CellExecutionError, match="did you mean 'run_name'"):
        execute(book, tmp_path)
    assert not (tmp_path / "body").exists()
    assert not (tmp_path / "never").exists()


def test_papermill(tmp_path):
    book = notebook("alpha = 1", LOAD, "%%track run_name=pm --vars alpha\ntracker.log_metric('m', alpha)")
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, tmp_path / "in.ipynb")
    papermill.execute_notebook(
        str(tmp_path / "in.ipynb"),
        str(tmp_path / "out.ipynb"),
        parameters={"alpha": 5},
        cwd=str(tmp_path),
        progress_bar=False,
        kernel_name="python3",
    )
    (run,) = stored_runs(tmp_path)
    assert (run.info.status, run.data.params, run.data.metrics) == ("FINISHED", {"alpha": "5"}, {"m": 5.0})


def terminal(folder, typed):
    """Type lines into a plain IPython, and return what it writes."""
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor", "--no-confirm-exit"],
        input=typed,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_terminal(tmp_path):
    # Blank lines end a cell, as with every cell magic: with this prompt it takes two.
    shown = terminal(
        tmp_path,
        "%load_ext jupyter_tracker\n"
        "import jupyter_tracker as tracker\n"
        "%%track run_name=rf-baseline\n"
        "x = 1\n"
        "tracker.log_metric('f1', 0.951)\n"
        "\n\n"
        "%%track run_name=quiet --quiet\n"
        "x = 2\n"
        "\n\n"
        "%runs\n",
    )
    line = next(line for line in shown.splitlines() if "run rf-baseline (" in line)
    assert ") FINISHED in " in line
    assert line.endswith(": f1 0.951")
    assert "run quiet (" not in shown
    table = shown[shown.index("ID ") :].splitlines()
    assert table[0].split() == ["ID", "Run", "Status", "Started", "Duration", "f1"]
    assert [row.split()[1] for row in table[2:4]] == ["quiet", "rf-baseline"]
    assert [run.info.run_name for run in stored_runs(tmp_path)] == ["quiet", "rf-baseline"]


def test_a_shell_that_is_configured_to_load_us(tmp_path):
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text("c.InteractiveShellApp.extensions = ['jupyter_tracker']\n")
    shown = terminal(tmp_path, "%%track run_name=configured\nx = 1\n\n\n%load_ext jupyter_tracker\n")
    assert "run configured (" in shown
    assert "already loaded" in shown
    assert len(stored_runs(tmp_path)) == 1
