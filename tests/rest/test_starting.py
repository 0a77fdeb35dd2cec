"""A server's start: what it imports before it answers, what is said where something hinders it; a worker's end."""

import gc
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jupyter_tracker.cli import main
from jupyter_tracker.commands import serving
from jupyter_tracker.server import standalone as standalone_host
from jupyter_tracker.store.sql import open_server, open_sqlite
from tests import hosts, servers
from tests.architecture.test_budgets import HEAVY

API = "/api/2.0/mlflow"

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


USED = """
import sys
from jupyter_tracker.entities import Metric, RunTag
from jupyter_tracker.store.sql import open_server, open_sqlite
store = (open_server if "://" in sys.argv[1] else open_sqlite)(sys.argv[1])
run_id = store.create_run("0").info.run_id
store.log_batch(run_id, [Metric("f1", 0.5, 1, 0)], tags=[RunTag("a", "b")])
store.set_experiment_tag("0", "a", "b")
assert store.search_runs(["0"], "metrics.f1 > 0.1 AND tags.a LIKE 'b%'")[0].info.run_id == run_id
store.close()
print(*sys.modules)
"""


@pytest.mark.parametrize("kind", ["sqlite", *servers.KINDS])
def test_a_store_loads_no_other_database(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    place = tmp_path / "tracker.db" if kind == "sqlite" else servers.new_database(kind)
    # Its tables are there: Alembic, which makes them, knows all databases.
    (open_sqlite if kind == "sqlite" else open_server)(place).close()
    done = subprocess.run(
        [sys.executable, "-c", USED, place], cwd=hosts.ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    dialects = {name for name in ("sqlite", *servers.KINDS) if f"sqlalchemy.dialects.{name}" in loaded}
    assert dialects == {kind}
    assert loaded & {"psycopg", "pymysql"} == {"sqlite": set(), "postgresql": {"psycopg"}, "mysql": {"pymysql"}}[kind]


def test_garbage_is_collected_again_once_a_server_has_started_or_failed(refusal):
    refusal("--backend-store-uri=http://127.0.0.1:1", "--port=0", "--workers=2")
    assert gc.isenabled()


@pytest.fixture
def refusal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def start(*options):
        assert main(["server", "--backend-store-uri", "sqlite:///x.db", *options]) == 1
        return capsys.readouterr().err

    return start


def test_what_hinders_a_start_is_said_with_what_to_do(standalone, refusal):
    in_use = refusal(f"--port={standalone.port}")
    assert f"Cannot listen on 127.0.0.1:{standalone.port}: Address already in use." in in_use
    assert "choose another by --port" in in_use
    assert "0.0.0.0 for others too" in refusal("--host=no-such-host.invalid", "--auth=none", "--port=0")
    assert "That is no name of a host. --host takes" in refusal("--host=a..b", "--auth=none", "--port=0")
    assert "no port 99999" in refusal("--port=99999")
    assert "no database" in refusal("--backend-store-uri=http://127.0.0.1:1", "--port=0", "--workers=2")
    assert "a folder is expected, or `s3://`" in refusal(
        "--artifacts-destination=s4://files", "--port=0", "--workers=2"
    )
    assert "--tls-key needs --tls-cert" in refusal("--tls-key=key.pem")
    assert "no such file" in refusal("--tls-cert=cert.pem")
    Path("cert.pem").write_text("nonsense")
    assert "cannot be used" in refusal("--tls-cert=cert.pem", "--port=0")


def test_who_looks_on_is_told_what_a_start_waits_for(refusal, monkeypatch):
    said = threading.Event()
    told = []
    monkeypatch.setattr(serving, "_SILENT_S", 0)
    monkeypatch.setattr(serving, "say", lambda text: (told.append(text), said.set()))
    # As long as a database does not answer.
    monkeypatch.setattr(standalone_host, "serve", lambda *_, **__: said.wait(60))
    main(["server", "--backend-store-uri=postgresql://alice:secret@db.example.org/tracker", "--port=0"])
    assert told == ["jupyter_tracker waits for postgresql://db.example.org/tracker ..."]


def test_runs_of_mlflow_beside_a_new_store_are_not_passed_over(refusal, tmp_path):
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("name: Default")
    told = refusal("--backend-store-uri=./mlruns", "--port=99999")
    assert f"jupyter tracker import mlflow {tmp_path}/mlruns --store sqlite:///{tmp_path}/mlruns/tracker.db" in told
    (tmp_path / "mlruns" / "tracker.db").touch()
    assert "import mlflow" not in refusal("--backend-store-uri=./mlruns", "--port=99999")


def test_a_start_that_fails_shows_no_token(standalone, refusal, tmp_path):
    assert "TOKEN" not in refusal("--auth=users", f"--port={standalone.port}")
    assert not list(tmp_path.glob("*.users.json"))


@pytest.mark.parametrize("names", ["", "a,,b", "tracker.example.org:5000", "https://tracker.example.org", "[::1]:5000"])
def test_names_of_hosts_are_names(capsys, names):
    with pytest.raises(SystemExit) as ended:
        main(["server", f"--allowed-hosts={names}"])
    assert ended.value.code == 2
    assert "is no name of a host" in capsys.readouterr().err


def workers_of(host):
    """Return the pids of a server's workers, by what they were started with."""
    children = Path(f"/proc/{host.process.pid}/task/{host.process.pid}/children").read_text().split()
    return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


@pytest.mark.crash
def test_a_worker_that_is_killed_is_replaced_and_took_nothing_along(tmp_path):
    host = hosts.standalone(tmp_path / "server", "--workers", "2")
    run_id = host.json(f"{API}/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
    hosts.wait_until(lambda: len(workers_of(host)) == 2)
    before, answered = workers_of(host), []

    def log(step):
        body = {"run_id": run_id, "key": "loss", "value": step, "timestamp": 1, "step": step}
        if host.ask(f"{API}/runs/log-metric", body)[0] == 200:
            answered.append(step)
        return step in answered

    for step in range(20):
        hosts.wait_until(lambda step=step: log(step))
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    for step in range(20, 40):
        hosts.wait_until(lambda step=step: log(step))
    hosts.wait_until(lambda: len(workers_of(host) - {killed}) == 2)
    history = host.json(f"{API}/metrics/get-history?run_id={run_id}&metric_key=loss")["metrics"]
    assert {point["step"] for point in history} >= set(answered) == set(range(40))
    assert host.stop() == 0
