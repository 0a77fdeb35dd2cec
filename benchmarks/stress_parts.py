"""What the processes of the stress do: write, read, search, and in the end check. See `stress`."""

from __future__ import annotations

import contextlib
import json
import mmap
import random
import struct
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

LEDGER = struct.Struct("<qqq")  # points begun, points returned, 1 where end_run has returned
_LONGEST_RUN_S = 3.0
_KINDS = ("rf", "nn", "svm")


def value_of(step: int) -> float:
    """Return the value that every point of this step must have."""
    return (step * 2654435761 % 1_000_003) / 7


def opened(folder: Path) -> Any:
    """Return the tracker, with the store that the stress is about."""
    import jupyter_tracker as tracker

    tracker.set_tracking_uri((folder / "uri").read_text(encoding="utf-8"))
    return tracker


def write(folder: Path, seed: int) -> None:
    """Start, log and end runs until killed."""
    import numpy as np

    from jupyter_tracker.entities import Metric

    dice = random.Random(seed)
    tracker = opened(folder)
    client = tracker.TrackerClient()
    for _ in count():
        run_id = tracker.start_run(run_name=f"stress-{seed}").info.run_id
        ledger = _new_ledger(folder, run_id)
        tracker.log_params({"kind": dice.choice(_KINDS)} | {f"param{at}": at for at in range(dice.randrange(20))})
        step, ends = 0, time.monotonic() + dice.uniform(0, _LONGEST_RUN_S)
        while time.monotonic() < ends:
            size = dice.choice((1, 1, 1, 1, 200, 5000))
            LEDGER.pack_into(ledger, 0, step + size, step, 0)
            if size == 1:
                tracker.log_metric("loss", value_of(step), step=step)
            elif size == 200:
                points = [Metric("loss", value_of(at), 1, at) for at in range(step, step + size)]
                client.log_batch(run_id, metrics=points)
            else:
                steps = np.arange(step, step + size)
                tracker.log_metric_series("loss", [value_of(at) for at in steps.tolist()], steps=steps)
            step += size
            LEDGER.pack_into(ledger, 0, step, step, 0)
            if dice.random() < 0.02:
                tracker.set_tag("at", step)
                time.sleep(dice.uniform(0, 0.05))
        tracker.end_run()
        LEDGER.pack_into(ledger, 0, step, step, 1)


def _new_ledger(folder: Path, run_id: str) -> mmap.mmap:
    path = folder / "ledgers" / run_id
    path.write_bytes(bytes(LEDGER.size))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), LEDGER.size)


def read(folder: Path, seed: int) -> None:
    """Read the newest runs until killed: what is there must be a whole beginning, and never less than before."""
    dice = random.Random(seed)
    tracker = opened(folder)
    seen: dict[str, int] = {}
    for _ in count():
        runs = tracker.search_runs(search_all_experiments=True, max_results=20, output_format="list")
        for run in dice.sample(runs, min(5, len(runs))):
            _compare(tracker, folder, run.info.run_id, seen)
        _checkpoint(folder, dice.choice(("PASSIVE", "RESTART", "TRUNCATE")))
        time.sleep(dice.uniform(0, 0.1))


def _compare(tracker: Any, folder: Path, run_id: str, seen: dict[str, int]) -> None:
    steps, faults = series_faults(tracker, run_id)
    if steps < seen.get(run_id, 0):
        faults.append(f"it had {seen[run_id]} points before, and has {steps} now")
    seen[run_id] = steps
    for fault in faults:
        _say(folder, f"reader saw {run_id}: {fault}")


def _say(folder: Path, fault: str) -> None:
    (folder / "faults" / f"{time.monotonic_ns()}").write_text(fault, encoding="utf-8")


def _checkpoint(folder: Path, kind: str) -> None:
    from jupyter_tracker.store.sql.connection import connect, sqlite3

    path = folder / "tracker.db"
    if not path.exists():  # the store is on a server
        return
    with contextlib.closing(connect(path)) as connection, contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA busy_timeout = 200")
        connection.execute(f"PRAGMA wal_checkpoint({kind})").fetchone()


def search(folder: Path, seed: int) -> None:
    """Search until killed: every run found must match, be in order and be found once; then look at some points."""
    dice = random.Random(seed)
    tracker = opened(folder)
    client = tracker.TrackerClient()
    seen: dict[str, int] = {}
    for number in count():
        filter_, matches = _question(dice)
        found = _all_pages(client, filter_, dice)
        wrong = [run.info.run_id for run in found if not matches(run)]
        if wrong:
            _say(folder, f"{filter_}: {len(wrong)} of {len(found)} runs do not match, such as {wrong[0]}")
        # What a filter matches may change between two pages; all runs there were at the first do not.
        ids = {run.info.run_id for run in found}
        if not filter_ and len(ids) < len(found):
            _say(folder, f"{len(found) - len(ids)} of {len(found)} runs were found twice")
        for run in dice.sample(found, min(2, len(found))):
            _compare(tracker, folder, run.info.run_id, seen)
        _searched(folder, seed, number + 1)
        time.sleep(dice.uniform(0, 0.2))


def _all_pages(client: Any, filter_: str, dice: random.Random) -> list[Any]:
    order_by = ["metrics.loss DESC"] if filter_ else None
    found, token = [], None
    while len(found) < 2000:
        page = client.search_runs(["0"], filter_, max_results=dice.choice((7, 50, 400)), order_by=order_by,
                                  page_token=token)  # fmt: skip
        found += page
        token = page.token
        if not token:
            break
    return found


def _question(dice: random.Random) -> tuple[str, Callable[[Any], bool]]:
    kind, bound = dice.choice(_KINDS), dice.uniform(0, 1_000_003 / 7)
    return dice.choice(
        [
            ("", lambda _: True),
            (f"params.kind = '{kind}'", lambda run: run.data.params.get("kind") == kind),
            (f"metrics.loss > {bound}", lambda run: run.data.metrics.get("loss", -1) > bound),
            (
                f"params.kind = '{kind}' AND NOT metrics.loss > {bound}",
                lambda run: run.data.params.get("kind") == kind and not run.data.metrics.get("loss", -1) > bound,
            ),
            (
                f"status = 'KILLED' OR metrics.loss < {bound}",
                lambda run: run.info.status == "KILLED" or run.data.metrics.get("loss", bound) < bound,
            ),
            (
                "params.param3 = '3' AND status IN ('FINISHED')",
                lambda run: run.data.params.get("param3") == "3" and run.info.status == "FINISHED",
            ),
            ("params.param19 IS NULL", lambda run: "param19" not in run.data.params),
            ("run_name LIKE 'stress-%' AND tags.at > 100", lambda run: float(run.data.tags.get("at", -1)) > 100),
        ]
    )


def _searched(folder: Path, seed: int, number: int) -> None:
    (folder / "searches" / str(seed)).write_text(str(number), encoding="utf-8")


def series_faults(tracker: Any, run_id: str) -> tuple[int, list[str]]:
    """Return how many points a run has, and what is wrong with them."""
    import numpy as np

    history = tracker.metric_history(run_id, "loss", output_format="numpy")
    steps, values = history["step"], history["value"]
    faults = []
    if not np.array_equal(steps, np.arange(len(steps))):
        gap = int(np.flatnonzero(steps != np.arange(len(steps)))[0])
        faults.append(f"of {len(steps)} points the one at {gap} has step {int(steps[gap])}")
    elif not np.array_equal(values, np.array([value_of(at) for at in range(len(steps))])):
        faults.append("some values are not those that were logged")
    return len(steps), faults


def check(folder: Path, _: int) -> None:
    """Compare the store with the ledgers; print what is wrong, and totals, as JSON."""
    from jupyter_tracker.tracking import active

    tracker = opened(folder)
    faults = [path.read_text(encoding="utf-8") for path in sorted((folder / "faults").iterdir())]
    points, statuses = 0, {"FINISHED": 0, "KILLED": 0}
    tracker.search_runs(search_all_experiments=True, max_results=1, output_format="list")  # replays the dead
    ledgers = sorted((folder / "ledgers").iterdir())
    store: Any = active.store()
    for path in ledgers:
        begun, returned, ended = LEDGER.unpack(path.read_bytes())
        found, wrong = series_faults(tracker, path.name)
        status = tracker.get_run(path.name).info.status
        statuses[status] = statuses.get(status, 0) + 1
        points += found
        if not returned <= found <= begun:
            wrong.append(f"{returned} to {begun} points were logged, {found} are there")
        kept = _rows_kept(store, path.name)
        if kept != [found, found]:
            wrong.append(f"{found} points are read, but the chunks hold {kept[0]} and latest_metrics counts {kept[1]}")
        if status not in {"FINISHED", "KILLED"} or (ended and status != "FINISHED"):
            wrong.append(f"its status is {status}")
        faults += [f"{path.name}: {fault}" for fault in wrong]
    left = [path.name for path in store.journal_dir.iterdir() if not path.name.startswith(".")]
    if left:
        faults.append(f"{len(left)} journals are left: {left[:5]}")
    faults += _store_faults(store)
    searches = sum(int(path.read_text(encoding="utf-8") or 0) for path in (folder / "searches").iterdir())
    total = {"runs": len(ledgers), "points": points, "statuses": statuses, "searches": searches}
    print(json.dumps({"faults": faults, **total, "bytes": _size_bytes(store)}))


def _rows_kept(store: Any, run_id: str) -> list[int]:
    """Return the points in a run's chunks, and of its latest values: what is applied twice is read only once."""
    import sqlalchemy as sa

    from jupyter_tracker.store.sql.schema import latest_metrics, metric_chunks, runs

    with store.read() as connection:
        return [
            int(
                connection.execute(
                    sa.select(sa.func.coalesce(sa.func.sum(table.c.count), 0))
                    .join(runs, runs.c.run == table.c.run)
                    .where(runs.c.run_id == run_id)
                ).scalar_one()
            )
            for table in (metric_chunks, latest_metrics)
        ]


def _store_faults(store: Any) -> Iterator[str]:
    import sqlalchemy as sa

    from jupyter_tracker.store.sql import maintenance
    from jupyter_tracker.store.sql.schema import runs

    yield from maintenance.check(store)
    with store.read() as connection:
        running = connection.execute(
            sa.select(sa.func.count()).select_from(runs).where(runs.c.status == "RUNNING")
        ).scalar_one()
    # A writer may have died between making its run and its ledger.
    if running:
        yield f"{running} runs are RUNNING for ever"


def _size_bytes(store: Any) -> int:
    from jupyter_tracker.store.sql import maintenance

    return maintenance.stats(store).size_bytes


PARTS = {"write": write, "read": read, "search": search, "check": check}
