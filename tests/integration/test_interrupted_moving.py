"""An import that is killed leaves whole runs only, and the next one brings the rest."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.tracking.moving import import_mlflow_into
from jupyter_tracker.tracking.orphans import orphans
from tests.unit.transfer.mlflow_tables import MlflowTables

ROOT = Path(__file__).parents[2]
RUNS = 400
IMPORT = """
import sys
from pathlib import Path
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.tracking.moving import import_mlflow_into
from jupyter_tracker.transfer import receiving
receiving._RUNS_AT_ONCE = 20
import_mlflow_into(open_sqlite(Path(sys.argv[2])), Path(sys.argv[1]))
"""


@pytest.fixture
def source(tmp_path):
    """An MLflow store with runs that have params, a history and a file each."""
    folder = tmp_path / "mlflow"
    folder.mkdir()
    tables = MlflowTables(folder / "mlflow.db")
    for number in range(RUNS):
        run_id = f"{number:032x}"
        files = folder / "mlruns" / "0" / run_id / "artifacts"
        files.mkdir(parents=True)
        (files / "model.bin").write_bytes(run_id.encode() * 100)
        tables.run(run_id, uri=str(files))
        tables.key_values("params", run_id, number=str(number))
        tables.metrics(run_id, "loss", [float(step) for step in range(10)])
    tables.connection.close()
    return folder / "mlflow.db"


@pytest.mark.crash
def test_a_killed_import_goes_on(source, tmp_path):
    path = tmp_path / "here" / "tracker.db"
    path.parent.mkdir()
    store = open_sqlite(path)
    worker = subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(source), str(path)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    deadline = time.monotonic() + 60
    while store.count_runs(["0"]) < 40 and time.monotonic() < deadline and worker.poll() is None:
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    arrived = store.count_runs(["0"])
    assert arrived >= 40
    assert_whole(store)
    report = import_mlflow_into(store, source)
    assert (report.runs, report.runs_present, report.conflicts) == (RUNS - arrived, arrived, [])
    assert store.count_runs(["0"]) == RUNS
    assert_whole(store)
    assert orphans(store) == []
    store.close()


def assert_whole(store):
    for run in store.search_runs(["0"], max_results=1000):
        run_id = run.info.run_id
        assert run.data.params == {"number": str(int(run_id, 16))}
        assert store.metric_series(run_id, "loss").value.tolist() == [float(step) for step in range(10)]
        file = Path(run.info.artifact_uri.removeprefix("file://")) / "model.bin"
        assert file.read_bytes() == run_id.encode() * 100
