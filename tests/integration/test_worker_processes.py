"""One run, many processes: joblib's workers and ranks as torchrun starts them log to it, and none of them ends it."""

import sys

import pytest

from jupyter_tracker.store.sql import open_sqlite
from tests.integration.conftest import finish, python

STEPS = 200

# How a worker gets to the run of the process that has started it.
ASKS = {
    "start_run": "with tracker.start_run(run_id=run_id):",
    "the setting": "os.environ['JUPYTER_TRACKER_RUN_ID'] = run_id\n    with tracker.start_run():",
}
WORKER = """
import os
import jupyter_tracker as tracker
from joblib import Parallel, delayed

def train(fold, run_id):
    ASK
        for step in range(STEPS):
            tracker.log_metric(f"loss/{fold}", step / (fold + 1), step=step)
        tracker.log_param(f"pid/{fold}", os.getpid())
    return tracker.get_run(run_id).info.status
"""
FOLDS = """
if __name__ == "__main__":
    with tracker.start_run(run_name="folds") as run:
        said = Parallel(n_jobs=2, backend="loky")(delayed(train)(fold, run.info.run_id) for fold in range(4))
        tracker.log_metric("after", 1.0)
        assert set(said) == {"RUNNING"} == {tracker.get_run(run.info.run_id).info.status}, said
"""
CELL = """
run = tracker.active_run()
said = Parallel(n_jobs=2, backend="loky")(delayed(train)(fold, run.info.run_id) for fold in range(4))
tracker.log_metric("after", 1.0)
assert set(said) == {"RUNNING"} == {tracker.get_run(run.info.run_id).info.status}, said
"""
RANKS = """
import os, subprocess, sys
import jupyter_tracker as tracker

with tracker.start_run(run_name="ranks") as run:
    def rank(number):  # what torchrun gives each of its processes
        given = {"RANK": number, "LOCAL_RANK": number, "WORLD_SIZE": 3, "JUPYTER_TRACKER_RUN_ID": run.info.run_id}
        environment = {**os.environ, **{key: str(value) for key, value in given.items()}}
        return subprocess.Popen([sys.executable, "train.py"], env=environment)
    ended = [process.wait() for process in [rank(number) for number in range(3)]]
    assert ended == [0, 1, -9], ended
    assert tracker.get_run(run.info.run_id).info.status == "RUNNING"
    tracker.log_metric("after", 1.0)
"""
# What a user starts by hand: torchrun, a loop that is logged by itself, and a file that every rank writes metrics of.
TORCHRUN = """
import os, subprocess, sys
import jupyter_tracker as tracker

if __name__ == "__main__":
    with tracker.start_run(run_name="ddp") as run:
        # The ranks are told where the first is; the name of a machine may lead nowhere, in a container for example.
        where = ["--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
        command = [sys.executable, "-m", "torch.distributed.run", *where, "loop.py"]
        given = {"JUPYTER_TRACKER_RUN_ID": run.info.run_id, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": LOOPBACK}
        subprocess.run(command, env={**os.environ, **given}, check=True)
"""
LOOP = """
import torch
import jupyter_tracker as tracker

tracker.autolog()
torch.distributed.init_process_group("gloo")
rank = torch.distributed.get_rank()
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(5):
    optimizer.zero_grad()
    loss = (model(torch.ones(8, 3)) - rank).pow(2).mean()
    loss.backward()
    optimizer.step()
    tracker.log_metric(f"loss/{rank}", loss.item(), step=step)
torch.distributed.destroy_process_group()
"""
# The second ends by an exception, the third is killed: neither is the end of the run.
TRAIN = """
import os, signal
import jupyter_tracker as tracker

rank = int(os.environ["RANK"])
tracker.start_run()
for step in range(STEPS):
    tracker.log_metric(f"loss/{rank}", step / (rank + 1), step=step)
tracker.log_param(f"pid/{rank}", os.getpid())
if rank == 1:
    raise SystemExit("diverged")
if rank == 2:
    os.kill(os.getpid(), signal.SIGKILL)
tracker.end_run()
"""


def worker(ask):
    return WORKER.replace("ASK", ASKS[ask]).replace("STEPS", str(STEPS))


def check(run, store_path, workers):
    """All points of each worker are there, each once; it was a process of its own, and has not ended the run."""
    assert (run.info.status, run.data.metrics["after"]) == ("FINISHED", 1.0)
    store = open_sqlite(store_path)
    for number in range(workers):
        series = store.metric_series(run.info.run_id, f"loss/{number}")
        assert list(zip(series.step, series.value, strict=True)) == [
            (step, step / (number + 1)) for step in range(STEPS)
        ]
    store.close()
    return {value for key, value in run.data.params.items() if key.startswith("pid/")}


@pytest.fixture
def store_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".jupyter_tracker").mkdir()
    return tmp_path / ".jupyter_tracker" / "tracker.db"


@pytest.mark.parametrize("ask", ASKS)
def test_workers_of_joblib_join_the_run(runs, store_path, ask):
    finish(python(worker(ask) + FOLDS))
    (run,) = runs()
    assert len(check(run, store_path, 4)) <= 2


def test_ranks_of_a_training_join_the_run(runs, store_path, tmp_path):
    (tmp_path / "train.py").write_text(TRAIN.replace("STEPS", str(STEPS)))
    finish(python(RANKS))
    (run,) = runs()
    assert len(check(run, store_path, 3)) == 3


@pytest.mark.timeout(360)  # four processes that import PyTorch
def test_torchrun_logs_to_the_run_that_has_started_it_and_a_loop_once(runs, store_path, tmp_path):
    (tmp_path / "loop.py").write_text(LOOP)
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    finish(python(TORCHRUN.replace("LOOPBACK", repr(loopback))), timeout=300)
    (run,) = runs()
    assert (run.info.run_name, run.info.status) == ("ddp", "FINISHED")
    store = open_sqlite(store_path)
    found = {key: store.metric_series(run.info.run_id, key) for key in ("loss", "lr", "loss/0", "loss/1")}
    store.close()
    assert {key: list(series.step) for key, series in found.items()} == {key: list(range(5)) for key in found}
    assert list(found["loss"].value) == list(found["loss/0"].value) != list(found["loss/1"].value)
    assert run.data.params["optimizer_name"] == "SGD"


def test_workers_join_the_run_of_a_tracked_cell(kernel, runs, store_path):
    reply = kernel.run("%%track run_name=folds\n" + worker("start_run") + CELL)
    assert reply.status == "ok", reply.traceback
    (run,) = runs()
    check(run, store_path, 4)
