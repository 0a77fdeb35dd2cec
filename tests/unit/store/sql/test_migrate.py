import shutil
import threading
from pathlib import Path

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import StoreError, StoreVersionError, TrackerWarning
from jupyter_tracker.promotion.history import at, verify
from jupyter_tracker.store.sql import migrate, open_sqlite
from jupyter_tracker.store.sql.connection import connect
from jupyter_tracker.store.sql.schema import REVISION

# Said once for each file, where a test has not asked for it.
pytestmark = pytest.mark.filterwarnings("ignore:The store .* was upgraded")

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9998"
down_revision = "{present}"

def upgrade():
    with op.batch_alter_table("runs", recreate="always") as runs:
        runs.add_column(sa.Column("note", sa.Text))
""".replace("{present}", REVISION)
FAILING = NEXT + "    raise RuntimeError('halfway')\n"
BREAKING = NEXT + "    op.execute('DELETE FROM runs')\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tracker.db"
    store = open_sqlite(path)
    run_id = store.create_run("0", run_name="kept").info.run_id
    store.log_batch(run_id, [Metric("f1", 0.5, 1, 0)])
    store.close()
    return path


@pytest.fixture
def next_revision(tmp_path, monkeypatch):
    """Put a revision 9998 of the given text after the real ones."""

    def install(text):
        folder = tmp_path / "migrations"
        shutil.copytree(migrate._MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "r9998_next.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(migrate, "_MIGRATIONS", folder)
        monkeypatch.setattr(migrate, "REVISION", "9998")

    return install


def rows(path, query):
    connection = connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def copies(path):
    return sorted(file.name for file in path.parent.glob("*.bak"))


def test_an_up_to_date_store_is_left_alone(path):
    before = path.read_bytes()
    migrate.upgrade_file(path)
    assert path.read_bytes() == before
    assert copies(path) == []


def test_an_upgrade_keeps_every_row_and_makes_a_copy_first(path, next_revision):
    next_revision(NEXT)
    with pytest.warns(TrackerWarning, match=r"upgraded.*copy of it.*before-9998\.bak"):
        migrate.upgrade_file(path)
    assert rows(path, "SELECT version_num FROM alembic_version") == [("9998",)]
    # Replacing a table must not cascade to what refers to it.
    assert rows(path, "SELECT run_name, note, key, value FROM runs JOIN latest_metrics USING (run)") == [
        ("kept", None, "f1", 0.5)
    ]
    assert copies(path) == ["tracker.db.before-9998.bak"]
    copy = path.with_name("tracker.db.before-9998.bak")
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(REVISION,)]
    assert rows(copy, "SELECT count(*) FROM latest_metrics") == [(1,)]


def test_foreign_keys_are_on_again_afterwards(path, next_revision):
    next_revision(NEXT)
    engine = migrate.engine_of(path)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


@pytest.mark.parametrize(("text", "error"), [(FAILING, RuntimeError), (BREAKING, StoreError)])
def test_an_upgrade_that_fails_changes_nothing(path, next_revision, text, error):
    next_revision(text)
    with pytest.raises(error):
        migrate.upgrade_file(path)
    assert rows(path, "SELECT version_num FROM alembic_version") == [(REVISION,)]
    assert rows(path, "SELECT count(*) FROM runs") == [(1,)]
    assert "note" not in rows(path, "SELECT sql FROM sqlite_master WHERE name = 'runs'")[0][0]


def test_of_several_at_once_one_upgrades_and_the_others_find_it_done(path, next_revision):
    next_revision(NEXT)
    errors = []

    def upgrade():
        try:
            migrate.upgrade_file(path)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert rows(path, "SELECT version_num FROM alembic_version") == [("9998",)]


def test_an_upgrade_does_not_disturb_who_has_the_store_open(path, next_revision):
    old = open_sqlite(path)
    run_id = old.create_run("0", run_name="going on").info.run_id
    writer = old.writer(run_id)
    writer.log_metric("loss", 1.0, 0)
    old.flush()
    reader = connect(path)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM latest_metrics").fetchall() == [(2,)]
    next_revision(NEXT)
    migrate.upgrade_file(path)
    assert rows(path, "SELECT version_num FROM alembic_version") == [("9998",)]
    # A read that had begun goes on in the moment that it began in.
    assert reader.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]
    reader.execute("COMMIT")
    assert reader.execute("SELECT note FROM runs").fetchall() == [(None,), (None,)]
    reader.close()
    writer.log_metric("loss", 0.5, 1)
    (found,) = old.search_runs(["0"], "metrics.loss < 0.6")
    assert found.info.run_name == "going on"
    writer.end("FINISHED")
    assert old.metric_series(run_id, "loss").value.tolist() == [1.0, 0.5]
    old.create_run("0", run_name="later")
    old.close()
    assert rows(path, "SELECT run_name, status FROM runs") == [
        ("kept", "RUNNING"),
        ("going on", "FINISHED"),
        ("later", "RUNNING"),
    ]


def test_a_newer_store_is_refused_and_left_as_it_is(path):
    connection = connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for attempt in (migrate.upgrade_file, open_sqlite):
        with pytest.raises(StoreVersionError, match=r"newer jupyter_tracker.*9999.*pip install -U"):
            attempt(path)
    assert rows(path, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert copies(path) == []


def test_another_programs_database_is_refused(tmp_path):
    path = tmp_path / "other.db"
    connection = connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    for attempt in (migrate.upgrade_file, open_sqlite):
        with pytest.raises(StoreError, match="another program"):
            attempt(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("recipes",)]


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "text.db"
    path.write_text("no database\n" * 1000, encoding="utf-8")
    with pytest.raises(StoreError, match=r"text\.db is not an SQLite database"):
        migrate.upgrade_file(path)
    assert path.read_text(encoding="utf-8").startswith("no database")


def test_a_folder_with_a_percent_sign(tmp_path, monkeypatch):
    folder = tmp_path / "100%(x)s"
    shutil.copytree(migrate._MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "_MIGRATIONS", folder)
    migrate.upgrade_file(tmp_path / "new.db")
    assert rows(tmp_path / "new.db", "SELECT name FROM experiments") == [("Default",)]


GOLDEN = sorted((Path(__file__).parents[3] / "golden").glob("*.db"))


@pytest.mark.parametrize("golden", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_every_saved_database_upgrades_and_reads(golden, tmp_path):
    path = tmp_path / "tracker.db"
    shutil.copy(golden, path)
    store = open_sqlite(path)
    (run,) = store.search_runs(["1"], "params.lr = '0.1' AND metrics.loss < 1")
    assert (run.info.run_name, run.info.status) == ("golden", "FINISHED")
    assert run.data.metrics["loss"] == 1 / 3000
    assert run.data.params == {"lr": "0.1", "note": "Größe 東京"}
    assert run.data.metrics["inf"] == float("inf")
    assert run.data.metrics["nan"] != run.data.metrics["nan"]
    series = store.metric_series(run.info.run_id, "loss")
    assert series.value.tolist() == [1 / (step + 1) for step in range(3000)]
    assert run.inputs.dataset_inputs[0].dataset.name == "iris"
    assert store.get_registered_model("churn").aliases == {"champion": "1"}
    assert store.get_model_version("churn", "1").current_stage == "Production"
    (model,) = store.search_logged_models(["1"])
    assert (model.status, model.params) == ("READY", {"depth": "8"})
    assert store.get_experiment("2").lifecycle_stage == "deleted"
    store.close()
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("golden", [path for path in GOLDEN if path.stem < "0003"], ids=lambda path: path.stem)
def test_the_registrys_history_begins_with_the_present(golden, tmp_path):
    path = tmp_path / "tracker.db"
    shutil.copy(golden, path)
    store = open_sqlite(path)
    (event,) = store.registry_events()
    assert (event.action, event.name, event.source_name) == ("begin_history", "churn", "upgrade of the database")
    state = at(store, "churn", 2**52)
    assert (state.stages, state.aliases) == ({"1": "Production"}, {"champion": "1"})
    store.transition_model_version_stage("churn", "1", "Archived")
    assert verify(store).problems == ()
    assert verify(store).count == 2
    store.close()


@pytest.mark.parametrize("golden", [path for path in GOLDEN if path.stem >= "0002"], ids=lambda path: path.stem)
def test_what_is_known_of_a_models_metrics_is_a_series(golden, tmp_path):
    path = tmp_path / "tracker.db"
    shutil.copy(golden, path)
    store = open_sqlite(path)
    (model,) = store.search_logged_models([store.get_experiment_by_name("golden").experiment_id])
    (latest,) = model.metrics
    assert store.measured_series(latest.run_id, "f1", model.model_id) == [latest]
    store.close()


def test_there_is_a_saved_database_of_every_revision():
    revisions = {file.stem.partition("_")[0].removeprefix("r") for file in migrate._MIGRATIONS.glob("versions/r*.py")}
    assert {path.stem for path in GOLDEN} == revisions
