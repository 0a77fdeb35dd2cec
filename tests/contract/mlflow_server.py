"""MLflow's own server, for the contract suite: `JUPYTER_TRACKER_TEST_MLFLOW` names its `mlflow` command.

It is no part of the usual tests, since MLflow needs an environment of its own: `.ci/beyond-contract` runs these.
"""

import atexit
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from tests.hosts import free_port

COMMAND = os.environ.get("JUPYTER_TRACKER_TEST_MLFLOW", "")
_START_S = 120


def emptied():
    """Return the address of the server, whose store has nothing in it but the default experiment."""
    url, path = _server()
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in set(tables) - {"alembic_version", "experiments", "workspaces", "sqlite_sequence"}:
            database.execute(f"DELETE FROM {name}")
        database.execute("DELETE FROM experiments WHERE experiment_id != 0")
        database.execute("UPDATE experiments SET lifecycle_stage = 'active', name = 'Default'")
    return url


@cache
def _server():
    folder = Path(tempfile.mkdtemp(prefix="jt-mlflow-"))
    port = free_port()
    with (folder / "log").open("w") as log:
        command = [COMMAND, "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
        command += ["--artifacts-destination", str(folder / "files"), "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(process.terminate)
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "log").read_text()
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return f"http://127.0.0.1:{port}", folder / "mlflow.db"
        time.sleep(0.1)
    raise TimeoutError((folder / "log").read_text())
