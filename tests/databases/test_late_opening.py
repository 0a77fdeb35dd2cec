"""A tracking server on a PostgreSQL database: what it looks at before it answers, and what it opens afterwards."""

import asyncio
import logging
import subprocess
import sys
import threading

import pytest

from jupyter_tracker import settings
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import PermissionDeniedError, StoreError
from jupyter_tracker.server.asgi import Application
from jupyter_tracker.server.gate import Gate
from jupyter_tracker.server.hosted import Backend, HostedStore
from jupyter_tracker.server.telemetry import Telemetry
from jupyter_tracker.store.permissions import Permissions
from jupyter_tracker.store.sql import server_engine
from jupyter_tracker.store.sql.server_look import look
from tests import hosts, servers
from tests.rest.test_starting import NOT_AT_START, OWN_NOT_AT_START
from tests.unit.server.test_asgi import Asked

SEARCH = "/api/2.0/mlflow/experiments/search"
PATIENCE_S = 60


@pytest.fixture
def kind():
    return "postgresql"


@pytest.fixture
def made(url, open_store):
    """The URL of a database with a store in it."""
    open_store(url)
    return url


@pytest.fixture
def host(made, monkeypatch):
    """Make the store of a server; what it changes in this process is as it was afterwards."""
    hosted = []
    monkeypatch.setattr("jupyter_tracker.artifact_store._confined_to", None)
    monkeypatch.setattr(server_engine, "PATIENCE_S", 0.0)

    def again(**options):
        # Set and taken away, so that what a server says of itself does not outlast the test.
        monkeypatch.setenv("JUPYTER_TRACKER_ARTIFACT_ROOT", "")
        hosted.append(HostedStore(Backend(made, **options)))
        return hosted[-1]

    yield again
    for one in hosted:
        one.close()


def asked(hosted, *requests):
    """Return what an application answers to requests, sent at once."""

    async def ask():
        app = Application(hosted, Gate(), Telemetry())
        headers = [("content-type", "application/json")]
        sent = [Asked(app, method, path, headers, body) for method, path, body in requests]
        await asyncio.wait_for(asyncio.gather(*[one.answered for one in sent]), PATIENCE_S)
        return sent

    return asyncio.run(ask())


MODULES = """
import sys
from jupyter_tracker.server.hosted import Backend
from jupyter_tracker.server.standalone import Options, _Factory
_Factory(Options(Backend(sys.argv[1])))()
print(*sys.modules)
"""


def loaded_at_start(url):
    done = subprocess.run(
        [sys.executable, "-c", MODULES, url], cwd=hosts.ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.split())


def test_the_first_answer_waits_for_no_sqlalchemy_where_the_store_is_as_it_should_be(made):
    loaded = loaded_at_start(made)
    assert {"psycopg", "jupyter_tracker.server.asgi"} <= loaded
    assert not {name.partition(".")[0] for name in loaded} & (NOT_AT_START - {"psycopg"})
    own = {name.removeprefix("jupyter_tracker.") for name in loaded if name.startswith("jupyter_tracker.")}
    assert not {name for name in own if any(f"{name}.".startswith(f"{room}.") for room in OWN_NOT_AT_START)}


def test_the_tables_of_a_new_store_are_made_before_a_server_answers(url):
    assert "sqlalchemy" in loaded_at_start(url)
    assert look(url) is not None


class TestLook:
    def test_it_finds_what_opening_finds(self, made, open_store, monkeypatch):
        store = open_store(made)
        seen = look(made)
        assert (seen.store_id, seen.artifact_root) == (store.store_id, store.artifact_root)
        # The first root that is set is kept by opening the store: there is something to do.
        monkeypatch.setenv("JUPYTER_TRACKER_ARTIFACT_ROOT", "s3://first/runs/")
        assert look(made) is None
        open_store(made)
        assert look(made).artifact_root == "s3://first/runs"
        monkeypatch.setenv("JUPYTER_TRACKER_ARTIFACT_ROOT", "s3://second")
        assert look(made).artifact_root == "s3://second" == store.artifact_root
        monkeypatch.delenv("JUPYTER_TRACKER_ARTIFACT_ROOT")
        assert look(made).artifact_root == "s3://first/runs" == store.artifact_root

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE alembic_version SET version_num = '9999'",
            "DELETE FROM alembic_version",
            "DROP TABLE alembic_version",
            "DELETE FROM store_info WHERE key = 'store_id'",
            "UPDATE experiments SET artifact_location = 'artifacts/0' WHERE experiment_id = 0",
        ],
    )
    def test_it_finds_nothing_where_opening_has_something_to_do_or_say(self, server, made, statement):
        assert look(made) is not None
        server.execute(statement, database=made.rpartition("/")[2])
        assert look(made) is None

    def test_it_finds_nothing_where_it_may_not_look_or_nobody_answers(self, made, url, monkeypatch):
        assert look(made) is not None
        assert look(url.replace(servers.USER, "nobody")) is None
        assert look(url.rpartition("/")[0] + "/nowhere") is None
        assert look(f"{made}?no_such_option=1") is None
        assert look(f"{made}?sslmode=require") is None  # the tests' servers have none
        assert look("postgresql://127.0.0.1:1/tracker") is None
        assert look("mysql://127.0.0.1:1/tracker") is None
        data = settings.user_data_folder()
        monkeypatch.setattr(settings, "user_data_folder", lambda: data / "no" / "such")
        assert look(made) is None


class TestOpening:
    def test_the_first_request_that_needs_the_store_opens_it(self, host):
        hosted = host()
        (health,) = asked(hosted, ("GET", "/health", b""))
        assert health.status == 200
        assert not hosted._opening.is_done
        assert hosted.takes_at_once("0" * 32, tags=False) is False
        searches = asked(hosted, *[("POST", SEARCH, b'{"max_results": 1}')] * 6)
        assert [search.body["experiments"][0]["name"] for search in searches] == ["Default"] * 6
        assert hosted._opening.is_done

    def test_a_database_that_vanishes_before_it_is_told_and_asked_again(self, host, made, server, caplog, monkeypatch):
        # Whoever has configured logging as a server does: here the log is read.
        monkeypatch.setattr(logging.getLogger("jupyter_tracker"), "propagate", True)
        hosted = host()
        name = made.rpartition("/")[2]
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        hosted.open()
        assert "the store could not be opened yet: The store postgresql://" in caplog.text
        search, health = asked(hosted, ("POST", SEARCH, b'{"max_results": 1}'), ("GET", "/health", b""))
        assert (search.status, search.headers[b"retry-after"], health.status) == (503, b"1", 200)
        assert search.body["error_code"] == "TEMPORARILY_UNAVAILABLE"
        assert "could not be reached" in search.body["message"]
        assert servers.PASSWORD not in caplog.text + search.body["message"]
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        (search,) = asked(hosted, ("POST", SEARCH, b'{"max_results": 1}'))
        assert search.status == 200

    def test_a_store_that_is_another_by_then_is_not_taken_for_it(self, host, made, server):
        hosted = host()
        server.execute("UPDATE store_info SET value = 'other' WHERE key = 'store_id'", database=made.rpartition("/")[2])
        with pytest.raises(StoreError, match=r"is another than when this server was started: start it again"):
            hosted.own()

    def test_files_are_where_they_should_be_before_it_is_open(self, host, tmp_path):
        hosted = host(artifacts_destination=str(tmp_path / "files"))
        assert hosted.own().artifact_root == (tmp_path / "files").as_uri()  # opened at once: the root is new
        hosted = host(artifacts_destination=str(tmp_path / "files"))
        assert not hosted._opening.is_done
        assert (hosted.places.root, hosted.places.is_hidden) == ((tmp_path / "files").as_uri(), True)
        with pytest.raises(PermissionDeniedError, match="outside of what this server may use"):
            artifact_store((tmp_path / "elsewhere").as_uri())
        artifact_store((tmp_path / "files" / "1").as_uri())
        assert not hosted._opening.is_done
        assert hosted.own().artifact_root == (tmp_path / "files").as_uri()

    def test_who_may_see_parts_of_it_waits_for_it_on_a_thread(self, host):
        hosted = host()
        seen = hosted.seen_by(Permissions("alice", "viewer"))
        assert hosted.seen_by(Permissions("alice", "viewer")) is seen
        assert not hosted._opening.is_done
        assert seen.own().search_experiments()[0].name == "Default"
        assert seen.places.root == hosted.places.root
        assert hosted._opening.is_done

    def test_a_server_may_end_while_it_is_opened(self, host):
        hosted = host()
        opening = threading.Thread(target=hosted.open)
        opening.start()
        hosted.close()
        opening.join(PATIENCE_S)
        assert not opening.is_alive()
        with pytest.raises(StoreError):
            hosted.own().search_experiments()
