"""What the browser benchmarks share: a notebook in a real JupyterLab, and how a figure is told."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from tests.browser.conftest import TOKEN, Notebook, Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def open_notebook(page: Page, server: Server, folder: Path, cells: Sequence[str], name: str = "bench") -> Notebook:
    """Return a new notebook with these cells, open in JupyterLab, its kernel idle."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(made, folder / f"{name}.ipynb")
    page.goto(f"{server.url}lab/tree/{name}.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function(
        "() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    return Notebook(page)


def first_paint(page: Page, notebook: Notebook, index: int, painted: str) -> float:
    """Return the ms from the key that runs a cell until `painted`, a function of its index, holds.

    The cell was chosen before: until then Lab scrolls to it and colours its text, which is not what is measured.
    """
    notebook.choose(index)
    page.wait_for_timeout(500)
    started = time.perf_counter()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(painted, arg=index, polling="raf")
    took = (time.perf_counter() - started) * 1000
    notebook.wait_for_end(index)
    return took


def tell(what: str, took: Sequence[float], wanted: int) -> None:
    """Print the median of some spans in ms, and the load of the machine."""
    aim = f" (wanted <= {wanted} ms)" if wanted else ""
    print(f"{what}: {statistics.median(took):.0f} ms of {len(took)}{aim}; load {os.getloadavg()[0]:.1f}", flush=True)
