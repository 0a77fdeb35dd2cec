"""Real PostgreSQL and MariaDB servers for the tests, started here, on the loopback interface, in a temporary folder.

A test asks for an address of an empty database with `new_database("postgresql")`. The first that asks starts the
server, as an unprivileged user where the tests run as root (both refuse root); all xdist workers of a test session
share it. A keeper process stops it and removes its folder when the last of them has gone, however it went: each
holds a lock that only its end releases.

Where a server cannot be found the tests are skipped, under CI=true they fail: `.ci/databases` installs both.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

# A password, so that tests can tell that it is shown nowhere.
USER, PASSWORD = "tracker", "s3cret-pass-word"
KINDS = ("postgresql", "mysql")
_START_S = 90
_SESSION = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
_held = {}


@dataclass(frozen=True)
class Server:
    """A server that runs: its kind, port, folder and the pid of its keeper."""

    kind: str
    port: int
    folder: Path

    def url(self, database: str) -> str:
        scheme = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[self.kind]
        return f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str | None = None) -> list:
        """Run statements, each in its own transaction; return the rows of the last."""
        if self.kind == "postgresql":
            import psycopg

            name = database or "postgres"
            with psycopg.connect(self.url(name).replace("+psycopg", ""), autocommit=True) as connection:
                for statement in statements:
                    cursor = connection.execute(statement)
                return cursor.fetchall() if cursor.description else []
        import pymysql

        connection = pymysql.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, database=database, autocommit=True
        )
        with contextlib.closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def stop(self) -> None:
        """Stop the server itself, as an operator or a crash would; the keeper stays."""
        pid = int((self.folder / "server.pid").read_text())
        os.kill(pid, signal.SIGINT if self.kind == "postgresql" else signal.SIGTERM)
        _wait_for(lambda: not _listens(self.port), f"{self.kind} to stop")
        _wait_for(lambda: not _runs(pid), f"{self.kind} to end")

    def start(self) -> None:
        """Start it again, on the same port and data."""
        process = subprocess.Popen(**_command(self.kind, self.folder, self.port))
        (self.folder / "server.pid").write_text(str(process.pid))
        _children.append(process)
        _wait_for(lambda: _answers(self), f"{self.kind} to start")


_children: list[subprocess.Popen] = []


def server(kind: str, *, own: bool = False) -> Server:
    """Return the running server of this test session; `own`: one that the caller may stop and start."""
    key = (kind, uuid.uuid4().hex[:8] if own else "")
    if key not in _held:
        reason = missing(kind)
        if reason:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
        folder = _temporary() / f"jt-{kind}-{_SESSION}{key[1]}"
        folder.mkdir(mode=0o711, exist_ok=True)
        # Never closed, so that it is held until this process ends; the keeper waits for that.
        fcntl.flock(os.open(folder / "life", os.O_RDWR | os.O_CREAT, 0o644), fcntl.LOCK_SH)
        _held[key] = _started(kind, folder)
    return _held[key]


def new_database(kind: str, *, own: Server | None = None) -> str:
    """Make an empty database; return its URL, password included."""
    running = own or server(kind)
    name = f"t{uuid.uuid4().hex[:12]}"
    running.execute(f"CREATE DATABASE {name}")
    return running.url(name)


@contextlib.contextmanager
def empty_store(kind: str):
    """Give the URL of a database that holds an empty store of the present revision.

    Emptying one takes a tenth of the time that making one does, so the next test of this process gets the same.
    """
    from jupyter_tracker.store.sql import migrate
    from jupyter_tracker.store.sql.server_engine import ServerDatabase

    running = server(kind)
    if not _empty[kind]:
        database = ServerDatabase(new_database(kind))
        migrate.upgrade_server(database)
        database.close()
        _empty[kind].append(database.engine.url.render_as_string(hide_password=False))
    url = _empty[kind].pop()
    yield url
    _empty_tables(running, url.rpartition("/")[2])
    _empty[kind].append(url)


_empty: dict[str, list[str]] = {kind: [] for kind in KINDS}


def _empty_tables(running: Server, name: str) -> None:
    from jupyter_tracker.store.sql.schema import metadata

    now = time.time_ns() // 1_000_000
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    statements = [f"DELETE FROM {table}" for table in tables]
    # Of all numbers that a database gives only these are seen from outside.
    if running.kind == "postgresql":
        statements.append("SELECT setval(pg_get_serial_sequence('experiments', 'experiment_id'), 1, false)")
    else:
        statements.append("ALTER TABLE experiments AUTO_INCREMENT = 1")
    statements += [
        f"INSERT INTO store_info VALUES ('store_id', '{uuid.uuid4().hex}')",
        *(["SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"] if running.kind == "mysql" else []),
        f"INSERT INTO experiments VALUES (0, 'Default', 'artifacts/0', 'active', {now}, {now})",
    ]
    running.execute(*statements, database=name)


def missing(kind: str) -> str | None:
    """Return why there can be no server of this kind here, None where there can."""
    try:
        __import__({"postgresql": "psycopg", "mysql": "pymysql"}[kind])
    except ImportError as error:
        return f"{kind}: {error}; install the extra: pip install -e .[{kind}]"
    if _programs(kind) is None:
        return f"{kind}: no server is installed; .ci/databases installs one where apt-get may be used"
    return None


def _temporary() -> Path:
    """Return where the servers' folders go: to memory where there is enough of it."""
    memory = Path("/dev/shm")
    enough = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    return memory if enough else Path(tempfile.gettempdir())


def _programs(kind: str) -> tuple[str, str] | None:
    """Return the programs that make a data folder and that serve it."""
    if kind == "postgresql":
        # Debian keeps each version in a folder of its own, and none of them on the path.
        folders = sorted(map(os.fspath, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
        names = ("initdb", "postgres")
    else:
        folders = ["/usr/sbin", "/usr/local/sbin"]
        names = ("mariadb-install-db", "mariadbd")
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    found = tuple(shutil.which(name, path=path) for name in names)
    return found if all(found) else None


def _started(kind: str, folder: Path) -> Server:
    with (folder / "start").open("a+") as turn:
        # One worker starts the server, the others wait for it.
        fcntl.flock(turn, fcntl.LOCK_EX)
        port_file = folder / "port"
        if not port_file.exists():
            port = _free_port()
            with (folder / "keeper.log").open("w") as log:
                subprocess.Popen(
                    [sys.executable, __file__, kind, os.fspath(folder), str(port)],
                    start_new_session=True,
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                )
            found = Server(kind, port, folder)
            try:
                _wait_for(lambda: _answers(found), f"{kind} to start")
            except TimeoutError as error:
                logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.log"))
                raise TimeoutError(f"{error}:\n{logs}") from error
            port_file.write_text(str(port))
        return Server(kind, int(port_file.read_text()), folder)


def _keep(kind: str, folder: Path, port: int) -> None:
    """Serve until no test process is left: the keeper's whole life."""
    try:
        _make(kind, folder)
        process = subprocess.Popen(**_command(kind, folder, port))
        (folder / "server.pid").write_text(str(process.pid))
        with (folder / "life").open("a+") as life:
            while True:
                process.poll()
                try:
                    fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    time.sleep(0.5)
    finally:
        with contextlib.suppress(OSError, ValueError):
            pid = int((folder / "server.pid").read_text())
            os.kill(pid, signal.SIGQUIT if kind == "postgresql" else signal.SIGKILL)
            _wait_for(lambda: process.poll() is not None or not _runs(pid), "the server to end")
        shutil.rmtree(folder, ignore_errors=True)


def _make(kind: str, folder: Path) -> None:
    make, _ = _programs(kind)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    if kind == "postgresql":
        command = [make, "-D", os.fspath(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    else:
        command = [make, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
                   "--skip-test-db"]  # fmt: skip
        (folder / "init.sql").write_text(
            f"CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        (folder / "init.sql").chmod(0o644)
    subprocess.run(command, check=True, cwd=data, **_unprivileged())


def _command(kind: str, folder: Path, port: int) -> dict:
    """Return what to pass to Popen. Durability is switched off: the machine may lose power, the data is no loss."""
    _, serve = _programs(kind)
    data = folder / "data"
    if kind == "postgresql":
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off",
                    "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 200,
                    "shared_buffers": "64MB", "autovacuum": "off"}  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        args = [serve, "-D", os.fspath(data), *options]
    else:
        args = [serve, "--no-defaults", f"--datadir={data}", "--bind-address=127.0.0.1", f"--port={port}",
                f"--socket={data}/socket", f"--pid-file={data}/pid", f"--init-file={folder}/init.sql",
                "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
                "--innodb-doublewrite=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
                "--sync-frm=0", "--max-connections=200", "--performance-schema=0"]  # fmt: skip
    log = (folder / "server.log").open("a")
    return {"args": args, "cwd": data, "stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, **_unprivileged()}


def _unprivileged() -> dict:
    if os.geteuid() != 0:
        return {}
    import grp

    group = next(name for name in ("nogroup", "nobody") if name in {entry.gr_name for entry in grp.getgrall()})
    return {"user": "nobody", "group": group, "extra_groups": [], "env": {**os.environ, "HOME": "/nonexistent"}}


def _answers(running: Server) -> bool:
    if not _listens(running.port):
        return False
    try:
        running.execute("SELECT 1")
    except Exception:
        return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _runs(pid: int) -> bool:
    for child in _children:
        child.poll()
    try:
        # A zombie of the keeper's has ended, too.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_for(done, what: str) -> None:
    deadline = time.monotonic() + _START_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {_START_S} s for {what}")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    _keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
