"""A server's start: what it imports before it answers, and what is said where something hinders it."""

import re
import subprocess
import sys

from tests import hosts
from tests.architecture.test_budgets import HEAVY

# What a first answer needs none of: databases' libraries of other kinds, clouds, web sockets, and our own rooms for
# drawing, models and widgets.
NOT_AT_START = HEAVY | {"httpx", "obstore", "requests", "tornado", "websockets", "wsproto", "h11", "zmq"}
OWN_NOT_AT_START = {
    "autologging", "flavors", "magics", "plots", "promotion", "scoring", "store.rest", "transfer", "widgets",
    "api.openapi", "api.rest.model_versions", "api.tables", "api.views", "views.run_table", "server.extension",
}  # fmt: skip


def test_the_first_answer_waits_for_no_heavy_import(tmp_path):
    """Start to first answer takes under half a second (`python -m benchmarks.server`): most of it is imports."""
    command = ["-X", "importtime", "-m", "jupyter_tracker", "server", "--backend-store-uri", "sqlite:///tracker.db"]
    host = hosts.Host(command, tmp_path).wait()
    log = host.log.read_text()
    assert host.stop() == 0
    imported = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", log, re.MULTILINE))
    assert {"uvicorn", "jupyter_tracker.server.asgi", "jupyter_tracker.store.sql.hot"} <= imported
    assert not {name.partition(".")[0] for name in imported} & NOT_AT_START
    own = {name.removeprefix("jupyter_tracker.") for name in imported if name.startswith("jupyter_tracker.")}
    assert not {name for name in own if any(f"{name}.".startswith(f"{room}.") for room in OWN_NOT_AT_START)}


def test_a_process_that_only_watches_over_others_loads_no_handlers():
    code = "import sys, jupyter_tracker.server.standalone; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=hosts.ROOT, capture_output=True, text=True, check=True)
    assert not {"jupyter_tracker.api.routes", "jupyter_tracker.server.asgi"} & set(loaded.stdout.split())
