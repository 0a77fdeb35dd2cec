import os
import shutil

import pytest

from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError
from jupyter_tracker.server.stores import ServerStores
from jupyter_tracker.store.sql import open_sqlite

from .conftest import record


@pytest.fixture
def stores(jp_root_dir, jp_runtime_dir):
    jp_runtime_dir.mkdir(exist_ok=True)
    stores = ServerStores(jp_root_dir, jp_runtime_dir / "jupyter_tracker")
    yield stores
    stores.close()


def ids(stores):
    return [entry.store_id for entry in stores.entries()]


def test_recorded_stores_are_shown_the_roots_first(stores, at_root, elsewhere):
    assert ids(stores) == [at_root.store.store_id, elsewhere.store.store_id]
    assert [entry.is_default for entry in stores.entries()] == [True, False]
    assert stores.get(None).store_id == at_root.store.store_id
    assert stores.get(elsewhere.store.store_id).get_run(elsewhere.forest).info.run_name == "rf-baseline"


def test_without_a_store_at_the_root_the_one_used_last_is_the_default(stores, elsewhere, tmp_path, jp_runtime_dir):
    other = open_sqlite(tmp_path / "other.db")
    file = record(jp_runtime_dir, other.store_id, other.uri)
    os.utime(file, (1, 1))
    assert stores.get(None).store_id == elsewhere.store.store_id
    os.utime(file, (2e9, 2e9))
    assert stores.get(None).store_id == other.store_id
    other.close()


def test_what_clients_log_to_is_never_another_projects_store(stores, elsewhere, jp_root_dir, jp_runtime_dir):
    assert stores.get(None).store_id == elsewhere.store.store_id  # to look at
    below = jp_root_dir / "notebooks" / ".jupyter_tracker" / "tracker.db"
    below.parent.mkdir(parents=True)
    store = open_sqlite(below)
    record(jp_runtime_dir, store.store_id, store.uri)
    assert stores.own().store_id == store.store_id
    # A run that began there goes on there, whatever a notebook opens meanwhile.
    later = jp_root_dir / "other" / ".jupyter_tracker" / "tracker.db"
    later.parent.mkdir(parents=True)
    other = open_sqlite(later)
    os.utime(record(jp_runtime_dir, other.store_id, other.uri), (2e9, 2e9))
    assert stores.own().store_id == stores.project().store_id == store.store_id
    for opened, path in ((store, below), (other, later)):
        opened.close()
        path.unlink()
    made = stores.own()
    assert made.store_id not in {store.store_id, elsewhere.store.store_id}
    assert (jp_root_dir / ".jupyter_tracker" / "tracker.db").is_file()
    assert stores.get(None).store_id == made.store_id


def test_a_store_that_is_recorded_and_at_the_root_is_one(stores, at_root, jp_runtime_dir):
    record(jp_runtime_dir, at_root.store.store_id, at_root.store.uri)
    assert ids(stores) == [at_root.store.store_id]


def test_only_stores_with_journals_are_busy(stores, elsewhere, tmp_path, jp_runtime_dir):
    quiet = open_sqlite(tmp_path / "quiet.db")
    record(jp_runtime_dir, quiet.store_id, quiet.uri)
    try:
        # Elsewhere a run goes on.
        assert [store.store_id for store in stores.busy()] == [elsewhere.store.store_id]
        folder = tmp_path / "quiet.db.runs"
        folder.mkdir(exist_ok=True)
        (folder / f"{'a' * 32}.{'b' * 32}.damaged").touch()  # one that is only kept
        assert [store.store_id for store in stores.busy()] == [elsewhere.store.store_id]
        writer = quiet.writer(quiet.create_run(quiet.create_experiment("now")).info.run_id, owner=True)
        writer.log_metric("loss", 1.0, 0)
        assert {store.store_id for store in stores.busy()} == {elsewhere.store.store_id, quiet.store_id}
    finally:
        quiet.close()


def test_the_same_store_is_opened_once(stores, at_root):
    assert stores.get(None) is stores.get(at_root.store.store_id)


def test_an_unknown_id_says_what_to_do(stores, at_root):
    with pytest.raises(ResourceDoesNotExistError, match="does not know the store ffff"):
        stores.get("f" * 32)


@pytest.mark.parametrize(
    "store_id", ["../../etc/passwd", "/tmp/x.db", "sqlite:////tmp/x.db", "F" * 32, "f" * 31, "f" * 32 + "\n"]
)
def test_what_is_no_id_is_refused(stores, store_id):
    with pytest.raises(InvalidParameterError, match="no store id"):
        stores.get(store_id)


def test_a_store_that_was_moved_away_says_where_it_was(stores, elsewhere, tmp_path):
    elsewhere.store.close()
    shutil.move(tmp_path / "elsewhere", tmp_path / "moved")
    assert ids(stores) == []
    with pytest.raises(ResourceDoesNotExistError, match="elsewhere"):
        stores.get(elsewhere.store.store_id)
    assert not (tmp_path / "elsewhere").exists()


def test_a_record_that_names_another_store_is_not_believed(stores, elsewhere, jp_runtime_dir):
    record(jp_runtime_dir, "f" * 32, elsewhere.store.uri)
    with pytest.raises(ResourceDoesNotExistError):
        stores.get("f" * 32)


def test_a_record_that_others_may_write_is_ignored(stores, elsewhere, jp_runtime_dir):
    (jp_runtime_dir / "jupyter_tracker" / f"{elsewhere.store.store_id}.json").chmod(0o666)
    assert ids(stores) == []
    with pytest.raises(ResourceDoesNotExistError):
        stores.get(elsewhere.store.store_id)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_record_of_another_user_is_ignored(stores, elsewhere, jp_runtime_dir):
    os.chown(jp_runtime_dir / "jupyter_tracker" / f"{elsewhere.store.store_id}.json", 12345, 12345)
    assert ids(stores) == []


def test_a_linked_record_is_ignored(stores, elsewhere, jp_runtime_dir):
    file = jp_runtime_dir / "jupyter_tracker" / f"{elsewhere.store.store_id}.json"
    file.rename(file.with_name("real"))
    file.symlink_to("real")
    assert ids(stores) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"uri": 5}',
        '{"uri": "sqlite:///relative.db"}',
        '{"uri": "https://host"}',
        "x" * 20_000,
        "\x00",
    ],
)
def test_a_broken_record_is_ignored(stores, at_root, jp_runtime_dir, text):
    record(jp_runtime_dir, "e" * 32, "sqlite:////x").write_text(text)
    assert ids(stores) == [at_root.store.store_id]
    with pytest.raises(ResourceDoesNotExistError):
        stores.get("e" * 32)


def test_a_file_that_cannot_be_looked_for_hides_nothing_else(stores, at_root, elsewhere, jp_runtime_dir):
    # As below a network folder that has gone away, `stat` fails here with more than "no such file".
    record(jp_runtime_dir, "e" * 32, f"sqlite:////{'x' * 300}/tracker.db")
    assert ids(stores) == [at_root.store.store_id, elsewhere.store.store_id]
    assert {store.store_id for store in stores.busy()} == set(ids(stores))
    with pytest.raises(ResourceDoesNotExistError, match="moved or deleted"):
        stores.get("e" * 32)


def test_a_store_that_was_made_anew_is_opened_anew(stores, at_root, jp_root_dir):
    first = stores.get(None).store_id
    at_root.store.close()
    folder = jp_root_dir / ".jupyter_tracker"
    shutil.move(folder, jp_root_dir / "old")
    folder.mkdir()
    again = open_sqlite(folder / "tracker.db")
    try:
        assert stores.get(None).store_id == again.store_id != first
    finally:
        again.close()


def test_a_corrupt_file_at_the_root_is_said_and_hides_nothing_else(stores, elsewhere, jp_root_dir):
    (jp_root_dir / ".jupyter_tracker").mkdir()
    (jp_root_dir / ".jupyter_tracker" / "tracker.db").write_bytes(b"not a database" * 1000)
    assert ids(stores) == [elsewhere.store.store_id]
    with pytest.raises(StoreError):
        stores.get(None)
