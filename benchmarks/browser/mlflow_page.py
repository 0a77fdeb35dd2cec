"""MLflow's own page on the same data as our panels: `python -m benchmarks.browser.mlflow_page [--runs N]`.

`mlflow server` on SQLite with its default workers, in the peers' environment. From navigation to the first row of
100,000 runs, to a sort, and to the first line of 10 runs of 100,000 points; medians. The browser's cache is warm: one
visit before is not counted.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.seeding import fill_mlflow
from tests.browser.conftest import CHROMIUM, FLAGS

_ROOT = Path(__file__).parents[2]
_PYTHON = _ROOT / ".venv-bench" / "bin" / "python"
_CURVES, _POINTS, _ROUNDS = 10, 100_000, 3
_START_S = 600
"""Its workers import for a minute each on a machine that is busy."""
_START_MS = 1_700_000_000_000
_COLUMNS = (
    "run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id"
)
_LINE = ".js-plotly-plot .scatterlayer path.js-line, .js-plotly-plot canvas"


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.browser.mlflow_page", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000, help="runs of the table (%(default)s)")
    parser.add_argument("--peer-python", type=Path, default=_PYTHON, help="interpreter that has mlflow (%(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the store here, and take the one that is here already")
    parser.add_argument("--only-fill", action="store_true", help="fill the store in --folder, and measure nothing")
    options = parser.parse_args()
    if CHROMIUM is None or not options.peer_python.exists():
        raise SystemExit("This needs Chromium and the peers: see benchmarks/README.md.")
    with tempfile.TemporaryDirectory() as own:
        folder = options.folder or Path(own)
        _fill(folder / "mlflow.db", options.peer_python, options.runs)
        if not options.only_fill:
            _in_browser(folder, options.peer_python, options.runs)


def _in_browser(folder: Path, python: Path, runs: int) -> None:
    with _server(folder, python) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        page.set_default_timeout(120_000)
        _measure(page, url, runs)
        browser.close()


def _measure(page: Page, url: str, runs: int) -> None:
    first, last = "text=run-0000001", f"text=run-{runs:07}"
    table = f"{url}/#/experiments/0/runs?orderByKey=attributes.start_time&orderByAsc="
    took = _rounds(lambda: _shown(page, f"{table}false", last))
    _tell(f"MLflow's page, table of {runs:,} runs, first paint", took)
    _tell("MLflow's page, sorted the other way", _rounds(lambda: _shown(page, f"{table}true", first)))
    curves = f"{url}/#/experiments/1/runs?compareRunsMode=CHART"
    _tell(f"MLflow's page, {_CURVES} runs of {_POINTS:,} points", _rounds(lambda: _shown(page, curves, _LINE)))


def _rounds(once: Callable[[], float]) -> list[float]:
    once()
    return [once() for _ in range(_ROUNDS)]


def _shown(page: Page, url: str, what: str) -> float:
    """Return the ms from opening an address to something on it."""
    page.goto("about:blank")
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(what, state="attached")
    return (time.perf_counter() - started) * 1000


def _fill(database: Path, python: Path, runs: int) -> None:
    """Fill a store of MLflow through the driver, unless it is there: its client would take hours."""
    if database.exists():
        return
    database.parent.mkdir(exist_ok=True)
    made = f"import mlflow; mlflow.set_tracking_uri('sqlite:///{database}'); mlflow.create_experiment('curves')"
    subprocess.run([python, "-c", made], check=True, cwd=database.parent, capture_output=True)
    fill_mlflow(database, runs)
    _fill_curves(database)


@contextlib.contextmanager
def _server(folder: Path, python: Path) -> Iterator[str]:
    database = folder / "mlflow.db"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(python), "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{database}"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        # A session of its own: the server starts helpers that its end alone does not end.
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/health")
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _fill_curves(database: Path) -> None:
    """Put the runs of the curves into experiment 1, through the driver: its client would take minutes."""
    dice = random.Random(0)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        for number in range(_CURVES):
            run = f"{number + 1:032x}".replace("0", "c", 1)
            head = (
                run,
                f"curve-{number}",
                "LOCAL",
                "alice",
                "FINISHED",
                _START_MS,
                _START_MS + 1,
                "active",
                "mlruns",
                1,
            )
            columns = (
                "run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri"
            )
            connection.execute(f"INSERT INTO runs ({columns}, experiment_id) VALUES (?,?,?,?,?,?,?,?,?,?)", head)
            points = [
                (run, "loss", math.sin(step / 999) + dice.random(), _START_MS + step, step, 0)
                for step in range(_POINTS)
            ]
            into = "(run_uuid, key, value, timestamp, step, is_nan) VALUES (?,?,?,?,?,?)"
            connection.executemany(f"INSERT INTO metrics {into}", points)
            connection.execute(f"INSERT INTO latest_metrics {into}", points[-1])


def _wait(url: str) -> None:
    stop = time.monotonic() + _START_S
    while time.monotonic() < stop:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    raise SystemExit(f"mlflow server did not start within {_START_S} s")


def _tell(what: str, took: list[float]) -> None:
    print(f"{what}: {statistics.median(took):.0f} ms of {len(took)}; load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
