"""A store on a server that a kernel recorded: shown, opened with what the Jupyter server knows of passwords, or not."""

import json
import time
from dataclasses import asdict

import pytest

from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.server import database_stores
from jupyter_tracker.server.records import Record
from jupyter_tracker.server.stores import ServerStores
from jupyter_tracker.store.server_urls import full_url, public_uri, user_of
from jupyter_tracker.store.sql import open_server
from jupyter_tracker.tracking import kernel_record
from tests import servers

from .conftest import record

PASSWORD_VARIABLES = ("JUPYTER_TRACKER_URI", "MLFLOW_TRACKING_URI", "PGPASSWORD", "PGPASSFILE")


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch, tmp_path):
    """No password is in the environment, and the journals of databases go to a folder of the test."""
    for name in PASSWORD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(params=servers.KINDS)
def url(request):
    return servers.new_database(request.param)


@pytest.fixture
def store(url):
    store = open_server(url)
    yield store
    store.close()


@pytest.fixture
def stores(jp_root_dir, jp_runtime_dir):
    jp_runtime_dir.mkdir(exist_ok=True)
    stores = ServerStores(jp_root_dir, jp_runtime_dir / "jupyter_tracker")
    yield stores
    stores.close()


@pytest.fixture
def recorded(store, url, jp_runtime_dir):
    """Record a store as a kernel does; return its id."""
    (jp_runtime_dir).mkdir(exist_ok=True)
    kernel_record._write(jp_runtime_dir / "jupyter_tracker", store.store_id, store.uri, user_of(url), "kernel")
    return store.store_id


def test_what_a_kernel_records_has_no_password_and_is_its_users_alone(recorded, jp_runtime_dir, url):
    file = jp_runtime_dir / "jupyter_tracker" / f"{recorded}.json"
    kept = json.loads(file.read_text())
    assert (kept["uri"], kept["user"]) == (public_uri(url), servers.USER)
    assert servers.PASSWORD not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_is_listed_without_being_opened_and_without_credentials(recorded, stores, url, monkeypatch):
    monkeypatch.setattr(database_stores, "open_server", lambda *_args, **_kwargs: pytest.fail("it was opened"))
    (entry,) = stores.entries()
    assert (entry.store_id, entry.location, entry.is_default) == (recorded, public_uri(url), True)
    assert servers.USER not in str(asdict(entry))


def test_files_come_first_and_are_the_default(recorded, at_root, stores):
    entries = list(stores.entries())
    assert [entry.store_id for entry in entries] == [at_root.store.store_id, recorded]
    assert stores.get(None).store_id == at_root.store.store_id


def test_without_its_driver_it_is_not_shown(recorded, stores, monkeypatch):
    monkeypatch.setattr(database_stores, "find_spec", lambda _name: None)
    assert list(stores.entries()) == []
    with pytest.raises(ResourceDoesNotExistError, match="does not know the store"):
        stores.get(recorded)


def test_the_servers_own_environment_opens_it(recorded, stores, store, url, monkeypatch):
    run = store.create_run("0", run_name="from the kernel")
    monkeypatch.setenv("JUPYTER_TRACKER_URI", url)
    assert stores.get(recorded).get_run(run.info.run_id).info.run_name == "from the kernel"
    assert stores.get(recorded) is stores.get(recorded)
    assert servers.PASSWORD not in stores.get(recorded).uri


def test_a_password_for_another_database_is_not_tried(url, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_URI", url + "_other")
    assert servers.PASSWORD not in database_stores._url(Record("a" * 32, public_uri(url), servers.USER))


def test_refused_it_says_what_to_do_and_does_not_knock_again_at_once(
    recorded, stores, store, jp_runtime_dir, monkeypatch
):
    # The PostgreSQL of the tests asks its own user for no password.
    kernel_record._write(jp_runtime_dir / "jupyter_tracker", recorded, store.uri, "stranger", "kernel")
    opened = []
    real = database_stores.open_server
    monkeypatch.setattr(database_stores, "open_server", lambda *a, **k: opened.append(a) or real(*a, **k))
    for _ in range(3):
        with pytest.raises(ResourceDoesNotExistError, match=r"JUPYTER_TRACKER_URI in its environment, or ~/\.pgpass"):
            stores.get(recorded)
    assert len(opened) == 1
    later = time.monotonic() + 60
    monkeypatch.setattr(database_stores.time, "monotonic", lambda: later)
    with pytest.raises(ResourceDoesNotExistError):
        stores.get(recorded)
    assert len(opened) == 2


def test_a_run_that_goes_on_there_is_seen_as_running(recorded, stores, store, url, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_URI", url)
    assert list(stores.busy()) == []
    writer = store.writer(store.create_run("0").info.run_id, owner=True)
    writer.log_metric("loss", 1.0, 0)
    assert [one.store_id for one in stores.busy()] == [recorded]


def test_the_driver_is_told_the_user_and_looks_for_the_password_itself():
    record = Record("a" * 32, "postgresql://db.example.org:5432/runs", "us er@x")
    assert database_stores._url(record) == "postgresql://us%20er%40x@db.example.org:5432/runs"


def test_nothing_is_made_in_a_database_that_has_no_store(url, stores, jp_runtime_dir, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_URI", url)
    jp_runtime_dir.mkdir(exist_ok=True)
    record(jp_runtime_dir, "a" * 32, public_uri(url))
    with pytest.raises(ResourceDoesNotExistError, match="There is no store at"):
        stores.get("a" * 32)
    name = full_url(url).rpartition("/")[2]
    kind = "mysql" if url.startswith("mysql") else "postgresql"
    schema = name if kind == "mysql" else "public"
    query = f"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{schema}'"
    assert list(servers.server(kind).execute(query, database=name)[0]) == [0]
