"""Panels in a real JupyterLab, in headless Chromium, printed with the load of the machine: medians.

Needs Chromium and a built lab extension; see `tests/browser/conftest.py`, whose server and notebook are used.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.browser import clicks, curves, run_table
from tests.browser.conftest import CHROMIUM, FLAGS, Server


@dataclass(frozen=True)
class Part:
    """Something to measure: what it says of itself, how, and what fills the project's folder before."""

    about: str
    measure: Callable[[Any, Server, Path], None]
    seed: Callable[[Path], None] | None = None


PARTS = {
    "table": Part(
        "a table of 100,000 runs: first paint, turning pages, jumps, sorting, grouping",
        run_table.measure,
        run_table.seed,
    ),
    "curves": Part(
        "10 runs of 100,000 points: first paint, zoom; frames of 8 live runs; ten live panels", curves.measure
    ),
    "clicks": Part("a click in a panel beside a cell that computes", clicks.measure),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parts = _options(arguments).parts or list(PARTS)
    if CHROMIUM is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    for part in parts:
        _run(PARTS[part])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    listed = "\n".join(f"  {name:8} {part.about}" for name, part in PARTS.items())
    parser = argparse.ArgumentParser(
        "python -m benchmarks.browser",
        description=__doc__,
        epilog=f"parts:\n{listed}\n\npython -m benchmarks.browser.mlflow_page measures MLflow's own page.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all where left out")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown parts: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return options


def _run(part: Part) -> None:
    folder, home = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    (folder / ".jupyter_tracker").mkdir()
    if part.seed is not None:
        part.seed(folder)
    print(f"{part.about}; load {', '.join(f'{load:.1f}' for load in os.getloadavg())}", flush=True)
    server = Server(folder, home)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
            page.set_default_timeout(120_000)
            part.measure(page, server, folder)
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
