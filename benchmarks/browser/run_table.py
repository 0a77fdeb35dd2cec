"""A table of 100,000 runs: first paint, turning pages, jumping far, sorting, grouping. Medians."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser.page import first_paint, open_notebook, tell
from benchmarks.seeding import fill_ours
from jupyter_tracker.store.sql import open_sqlite
from tests.browser.conftest import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

RUNS = 100_000
_ROUNDS = 7
_TURNS = 25
_SORTED = ("attributes.duration", "metrics.f1", "params.lr")
_LOAD = "%load_ext jupyter_tracker\nimport jupyter_tracker as tracker\nfrom jupyter_tracker.widgets import RunTable"
_PAINTED = """index => document.querySelectorAll('.jp-CodeCell')[index]
  ?.querySelector('.jt-grid-row:not([hidden]) .jt-row-name')?.textContent"""
# Does something to the grid of a cell, and returns the ms until every row on screen is there and the grid rests.
_TOOK = """async ({index, what, argument}) => {
  const table = document.querySelectorAll('.jp-CodeCell')[index].querySelector('.jt-table');
  const grid = table.querySelector('.jt-grid');
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const rows = () => [...table.querySelectorAll('.jt-grid-row:not([hidden])')].filter(row => {
    const [at, box] = [row.getBoundingClientRect(), grid.getBoundingClientRect()];
    return at.bottom > box.top + 32 && at.top < box.bottom;
  });
  const named = () => rows().map(row => row.getAttribute('aria-rowindex') + row.textContent).join();
  const before = named();
  const started = performance.now();
  if (what === 'scroll') grid.scrollTop = argument * (grid.scrollHeight - grid.clientHeight);
  if (what === 'key') grid.dispatchEvent(new KeyboardEvent('keydown', {key: argument, bubbles: true}));
  if (what === 'sort') table.querySelector(`[role=columnheader][title="${argument}"]`).click();
  const waits = () => rows().length === 0 || named() === before
    || rows().some(row => row.getAttribute('aria-busy') === 'true')
    || (what === 'sort' && grid.getAttribute('aria-busy') === 'true');
  do { await frame(); } while (waits() && performance.now() < started + 20000);
  return performance.now() - started;
}"""


def seed(folder: Path) -> None:
    """Put the runs into the project's store."""
    path = folder / ".jupyter_tracker" / "tracker.db"
    open_sqlite(path).close()
    fill_ours(path, RUNS)


def measure(page: Page, server: Server, folder: Path) -> None:
    """Print the figures; the store has been seeded."""
    arranged = f"RunTable(columns={list(_SORTED)})"  # each on the screen, where its head can be clicked
    cells = [_LOAD, *["RunTable()"] * (_ROUNDS + 1), arranged, *["RunTable(group_by='params.model')"] * 3]
    notebook = open_notebook(page, server, folder, cells, "table")
    notebook.run(0)
    paints = [first_paint(page, notebook, index, _PAINTED) for index in range(1, _ROUNDS + 2)]
    tell(f"table of {RUNS:,} runs, the first in a session", paints[:1], 0)
    tell("first paint", paints[1:], 300)
    at = _ROUNDS + 2
    notebook.run(at)
    page.locator(".jp-CodeCell").nth(at).scroll_into_view_if_needed()
    # From the first row the first key moves on the screen only.
    page.locator(".jp-CodeCell").nth(at).locator(".jt-grid").press("PageDown")
    tell("page turn, Page Down", [took(page, at, "key", "PageDown") for _ in range(_TURNS)], 50)
    where = random.Random(1)
    jumps = [took(page, at, "scroll", where.random()) for _ in range(_TURNS + 1)]
    tell("the first jump, which reads the whole order", jumps[:1], 0)
    tell("page turn, a jump to anywhere", jumps[1:], 50)
    for column in _SORTED:
        took(page, at, "scroll", 0.0005)
        tell(f"sort by {column}", [took(page, at, "sort", column) for _ in range(5)], 200)
    tell("grouped by a param, first paint", [first_paint(page, notebook, at + 1 + i, _PAINTED) for i in range(3)], 500)


def took(page: Page, index: int, what: str, argument: float | str) -> float:
    """Return the ms that a grid takes to ``scroll`` to a part of it, for a ``key``, or to ``sort`` by a column."""
    ms: float = page.evaluate(_TOOK, {"index": index, "what": what, "argument": argument})
    page.wait_for_timeout(250)  # nobody turns pages faster, and sparklines come in between
    return ms
