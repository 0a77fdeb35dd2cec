"""Ten live panels of a page: what they cost the Jupyter server and the kernel, and how many requests they make."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Notebook, Server

_SECONDS = 10
# Ten runs that go on, each logging two values twice a second; six cards, two curves and two tables show them.
SHOW = """
import threading
tracker.set_experiment("ten panels")
runs = [tracker.start_run(run_name=f"panel-{i}", nested=i > 0) for i in range(10)]
for run in runs[:6]:
    display(tracker.RunCard(run))
for key in ("loss", "f1"):
    display(tracker.MetricCurves(experiment="ten panels", metrics=[key]))
    display(tracker.RunTable("ten panels"))
going = True
def log():
    step = 0
    while going:
        for run in runs:
            tracker.log_metrics({"loss": 1 / (step + 1), "f1": step / 1000}, step=step, run_id=run.info.run_id)
        step += 1
        time.sleep(0.5)
threading.Thread(target=log, daemon=True).start()
"""
END = "going = False\nfor _ in runs:\n    tracker.end_run()"
_HIDE = """state => {
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def measure(page: Page, server: Server, notebook: Notebook, index: int) -> None:
    """Print what the panels of the cell at `index` cost; the cell behind it ends their runs."""
    notebook.run(index)
    panels = notebook.cell(index).locator(".jt-card, .jt-curves, .jt-table")
    for _ in range(100):
        if panels.count() == 10:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(3000)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/jupyter-tracker/" in sent.url else None)
    shown = _cost(page, server)
    requests = len(asked)
    page.evaluate(_HIDE, "hidden")
    page.wait_for_timeout(2000)
    asked.clear()
    hidden = _cost(page, server)
    print(
        f"{panels.count()} live panels: {requests / _SECONDS:.1f} requests a second, "
        f"{len(asked) / _SECONDS:.1f} while hidden; load {os.getloadavg()[0]:.1f}"
    )
    for who, seen, unseen, wanted in zip(("server", "kernel"), shown, hidden, (5, 0), strict=True):
        print(
            f"  {who}: {seen:.1f} % of a core, hidden {unseen:.1f} % (wanted: {wanted} % for being watched)", flush=True
        )
    page.evaluate(_HIDE, "visible")
    notebook.run(index + 1)


def _cost(page: Page, server: Server) -> tuple[float, float]:
    """Return the percent of one core that the server and its kernel take over the next seconds."""
    process = psutil.Process(server.process.pid)
    kernel = next(
        child for child in process.children(recursive=True) if "ipykernel_launcher" in " ".join(child.cmdline())
    )
    before, started = [_cpu_s(process), _cpu_s(kernel)], time.monotonic()
    page.wait_for_timeout(_SECONDS * 1000)
    passed = time.monotonic() - started
    after = [_cpu_s(process), _cpu_s(kernel)]
    return tuple((now - then) / passed * 100 for now, then in zip(after, before, strict=True))  # type: ignore[return-value]


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
