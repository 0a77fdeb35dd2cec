"""Clicks in a panel beside a cell that computes in plain Python, so that its kernel has no moment to spare. Medians."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser.page import open_notebook, tell
from benchmarks.browser.run_table import took
from tests.browser.conftest import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CLICKS = 15
_LOAD = "%load_ext jupyter_tracker\nimport jupyter_tracker as tracker, time"
_MAKE = """
tracker.set_experiment("clicks")
for i in range(200):
    with tracker.start_run(run_name=f"run-{i}"):
        tracker.log_params({"lr": i * 7 % 199 / 1000, "depth": i % 9})
        tracker.log_metrics({"f1": i * 13 % 197 / 200, "loss": i / 200})
"""
_SHOW = "tracker.RunTable('clicks', columns=['params.lr', 'metrics.f1'])"
# It logs, too: the server has something to read in between.
_BUSY = """
stop, step = time.monotonic() + 14, 0
with tracker.start_run(run_name="busy"):
    while time.monotonic() < stop:
        tracker.log_metric("f1", step / 1e6, step=step)
        step += 1
        sum(range(20_000))
"""


def measure(page: Page, server: Server, folder: Path) -> None:
    """Print the figures."""
    notebook = open_notebook(page, server, folder, [_LOAD, _MAKE, _SHOW, _BUSY], "clicks")
    for index in range(3):
        notebook.run(index)
    page.wait_for_timeout(1000)
    idle = _clicks(page)
    notebook.run(3, wait=False)
    page.wait_for_timeout(1500)
    busy = _clicks(page)
    if notebook.prompt(3) != "[*]:":
        raise SystemExit("The cell ended before the clicks did.")
    tell("a click that sorts a table, the kernel idle", idle, 0)
    tell("a click that sorts a table, beside a busy cell", busy, 200)
    notebook.wait_for_end(3)


def _clicks(page: Page) -> list[float]:
    return [took(page, 2, "sort", ("params.lr", "metrics.f1")[i % 2]) for i in range(_CLICKS)]
