"""What the browser benchmarks share: a notebook in a real JupyterLab, and how a figure is told."""

from __future__ import annotations

import os
import statistics
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


def tell(what: str, took: Sequence[float], wanted: int) -> None:
    """Print the median of some spans in ms, and the load of the machine."""
    aim = f" (wanted <= {wanted} ms)" if wanted else ""
    print(f"{what}: {statistics.median(took):.0f} ms of {len(took)}{aim}; load {os.getloadavg()[0]:.1f}", flush=True)
