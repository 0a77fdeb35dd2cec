"""What a notebook keeps of our panels when no browser was there, and what others make of it."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

LIMIT_BYTES = 100_000
CELL = """
import jupyter_tracker as tracker
from jupyter_tracker.widgets import RunCard, RunTable
tracker.set_experiment("churn")
for i in range(30):
    with tracker.start_run(run_name=f"run-{i}") as run:
        tracker.log_params({f"param_{j}": "x" * 500 + str(i) for j in range(60)})
        tracker.log_metrics({f"metric_{j}": i * j for j in range(30)})
        for step in range(100):
            tracker.log_metric("loss", 1 / (step + 1), step=step)
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook with a card and a table of big runs, run by nbclient."""
    folder = tmp_path_factory.mktemp("saved")
    cells = [new_code_cell(CELL), new_code_cell("RunCard(run)"), new_code_cell('RunTable("churn")')]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("JUPYTER_TRACKER_URI", str(folder / "tracker.db"))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        client = NotebookClient(new_notebook(cells=cells), timeout=120, kernel_name="python3", store_widget_state=False)
        return client.execute(cwd=str(folder))


def outputs(notebook):
    return [cell.outputs[0] for cell in notebook.cells[1:]]


def test_each_panel_is_small_and_has_every_form(notebook):
    for output, panel in zip(outputs(notebook), ("run_card", "run_table"), strict=True):
        assert len(json.dumps(output).encode()) < LIMIT_BYTES
        assert output.data["application/vnd.jupyter-tracker.v1+json"]["panel"] == panel
        assert "run-29" in output.data["text/html"]
        assert "<img " in output.data["text/html"]
        assert "run-29" in output.data["text/plain"]


def test_the_notebook_is_valid_and_keeps_no_widget_state(notebook):
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata


def test_nbconvert_shows_the_table(notebook):
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert body.count('src="data:image/png;base64,') >= 2
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", body)
    assert "run-29" in cells
    assert "loss" in cells


def test_nothing_of_us_is_in_the_saved_page_but_plain_elements(notebook):
    for output in outputs(notebook):
        assert not re.search(r"<(script|style|svg|iframe)|\s(id|class|style|on\w+)=", output.data["text/html"])
