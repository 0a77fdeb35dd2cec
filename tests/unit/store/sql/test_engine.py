import os
import sqlite3 as stdlib
import stat
import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa

from jupyter_tracker.errors import PermissionDeniedError, StoreError, StoreUnavailableError
from jupyter_tracker.store.sql import connection as driver
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.store.sql.engine import Database
from jupyter_tracker.store.sql.faults import explain


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tracker.db"
    open_sqlite(path).close()
    return path


@pytest.fixture
def database(path):
    database = Database(path)
    yield database
    database.close()


COUNT = sa.text("SELECT count(*) FROM store_info")
INSERT = sa.text("INSERT INTO store_info VALUES (:key, 'x')")


def count(database):
    with database.read() as connection:
        return connection.execute(COUNT).scalar_one()


def insert_then(database, *keys):
    with database.write() as connection:
        for key in keys:
            connection.execute(INSERT, {"key": key})


class TestTransactions:
    def test_a_write_is_committed_as_a_whole_or_not_at_all(self, database):
        before = count(database)
        with database.write() as connection:
            connection.execute(INSERT, {"key": "a"})
        for key in ("b", "a"):
            with pytest.raises(StoreError, match="UNIQUE"):
                insert_then(database, key, "a")
        assert count(database) == before + 1

    def test_a_read_is_of_one_moment(self, database, path):
        if driver.mode_of(path).journal != "wal":
            pytest.skip("with a rollback journal a writer waits for readers instead")
        with database.read() as connection:
            before = connection.execute(COUNT).scalar_one()
            with database.write() as writer:
                writer.execute(INSERT, {"key": "a"})
            assert connection.execute(COUNT).scalar_one() == before
        assert count(database) == before + 1

    def test_a_write_holds_the_lock_from_its_beginning(self, database, monkeypatch):
        monkeypatch.setattr(driver, "BUSY_TIMEOUT_S", 0.05)
        with database.write(), pytest.raises(StoreUnavailableError, match=r"tracker\.db is busy"), database.write():
            pass

    def test_the_pragmas_are_those_of_the_hot_path(self, database):
        with database.read() as connection:
            pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("foreign_keys", "page_size")]
        assert pragmas == [1, 8192]

    def test_threads_have_connections_of_their_own(self, database):
        before = count(database)
        errors = []

        def insert(worker):
            try:
                for number in range(10):
                    with database.write() as connection:
                        connection.execute(INSERT, {"key": f"{worker}-{number}"})
                    count(database)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=insert, args=[worker]) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert count(database) == before + 80

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    def test_a_forked_child_gets_connections_of_its_own(self, database):
        before = count(database)
        parents = database.engine
        pid = os.fork()
        if pid == 0:
            try:
                with database.write() as connection:
                    connection.execute(INSERT, {"key": "child"})
                database.close()
                os._exit(0 if database.engine is not parents else 2)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert count(database) == before + 1
        assert database.engine is parents


class TestFaults:
    def test_a_missing_folder(self, tmp_path):
        database = Database(tmp_path / "nowhere" / "tracker.db")
        with pytest.raises(StoreError, match=r"nowhere/tracker\.db cannot be opened.*folder exists"):
            count(database)

    def test_no_database(self, tmp_path):
        path = tmp_path / "text.db"
        path.write_text("hello\n" * 2000)
        with pytest.raises(StoreError, match=r"text\.db is not an SQLite database"):
            count(Database(path))

    def test_a_damaged_database(self, path):
        connection = driver.connect(path)
        connection.execute("PRAGMA journal_mode = delete")
        connection.close()
        data = bytearray(path.read_bytes())
        data[8192 + 100 :] = b"\xff" * (len(data) - 8192 - 100)
        path.write_bytes(data)
        with pytest.raises(StoreError, match="damaged"):
            count(Database(path))

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
    def test_a_read_only_file(self, path):
        path.chmod(stat.S_IRUSR)
        with pytest.raises(PermissionDeniedError, match="cannot be written"), Database(path).write():
            pass

    @pytest.mark.parametrize(
        ("code", "kind", "status"),
        [
            (stdlib.SQLITE_BUSY, StoreUnavailableError, 503),
            (stdlib.SQLITE_READONLY | 1 << 8, PermissionDeniedError, 403),
            (stdlib.SQLITE_FULL, StoreError, 500),
            (stdlib.SQLITE_IOERR | 3 << 8, StoreError, 500),
            (stdlib.SQLITE_MISUSE, StoreError, 500),
        ],
    )
    def test_every_error_names_the_file_and_keeps_sqlites_words(self, code, kind, status):
        error = stdlib.OperationalError("sqlite's own words")
        error.sqlite_errorcode = code
        wrapped = sa.exc.OperationalError("SELECT", {}, error)
        for given in (error, wrapped):
            told = explain(given, "/data/tracker.db")
            assert type(told) is kind
            assert told.get_http_status_code() == status
            assert "/data/tracker.db" in told.message
            assert "sqlite's own words" in told.message


class TestStore:
    def test_logging_imports_no_sqlalchemy_and_searching_does(self, tmp_path):
        code = f"""
import sys
from jupyter_tracker.store.sql import open_sqlite
store = open_sqlite({str(tmp_path / "t.db")!r})
run_id = store.create_run(store.create_experiment("a")).info.run_id
writer = store.writer(run_id)
writer.log_metric("f1", 0.5)
writer.end("FINISHED")
heavy = ("sqlalchemy", "alembic", "numpy", "pandas")
assert not set(heavy) & set(sys.modules), set(heavy) & set(sys.modules)
assert store.get_run(run_id).data.metrics == {{"f1": 0.5}}
assert "sqlalchemy" not in sys.modules
assert store.count_runs(["1"], "metrics.f1 = 0.5") == 1
assert "sqlalchemy" in sys.modules and "alembic" not in sys.modules
"""
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    def test_a_closed_store_says_so(self, path):
        store = open_sqlite(path)
        store.search_runs(["0"])
        store.close()
        store.close()
        for attempt in (
            lambda: store.search_runs(["0"]),
            lambda: store.get_experiment("0"),
            lambda: store.rename_experiment("0", "x"),
        ):
            with pytest.raises(StoreError, match="closed"):
                attempt()

    def test_the_contract_is_documented_on_every_method(self, path):
        import inspect

        store = open_sqlite(path)
        for name, method in inspect.getmembers(store, inspect.ismethod):
            if not name.startswith("_"):
                assert inspect.getdoc(method), name
        store.close()
