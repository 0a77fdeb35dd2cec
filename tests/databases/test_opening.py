"""Making, upgrading and refusing databases on servers; where artifacts go; what is shown of a URL."""

import json
import math
import random
import shutil
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

import jupyter_tracker as tracker
from jupyter_tracker import cli
from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.errors import PermissionDeniedError, StoreError, StoreUnavailableError, StoreVersionError
from jupyter_tracker.store.sql import maintenance, migrate, open_server, schema, server_engine, server_opening
from jupyter_tracker.store.sql.column_types import table_options
from jupyter_tracker.store.sql.server_engine import ServerDatabase
from jupyter_tracker.tracking import active, location
from tests import servers
from tests.hosts import wait_until
from tests.integration.conftest import finish, python

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9998"
down_revision = "{present}"

def upgrade():
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("note", sa.Text))
""".replace("{present}", schema.REVISION)


@pytest.fixture
def database(url):
    opened = ServerDatabase(url)
    yield opened
    opened.close()


def shape(database):
    """Return all that a database says of its tables."""
    with database.read() as connection:
        if database.dialect == "mysql":
            names = connection.execute(sa.text("SHOW TABLES")).scalars().all()
            texts = {name: connection.execute(sa.text(f"SHOW CREATE TABLE {name}")).one()[1] for name in names}
            # Indexes may have been made in another order.
            made = {name: sorted(line.rstrip(",") for line in text.splitlines()) for name, text in texts.items()}
        else:
            queries = {
                "columns": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
                    collation_name, column_default FROM information_schema.columns WHERE table_schema = 'public'""",
                "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
                "constraints": """SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
                    WHERE connamespace = 'public'::regnamespace""",
            }
            made = {}
            for kind, query in queries.items():
                for name, *rest in connection.execute(sa.text(query)):
                    made.setdefault(name, set()).add((kind, *rest))
    made.pop("alembic_version", None)
    return made


class TestSchema:
    def test_the_migrations_make_the_tables_of_the_metadata(self, kind, database):
        migrate.upgrade_server(database)
        other = ServerDatabase(servers.new_database(kind))
        with other.write() as connection:
            options = table_options(connection.dialect)
            if options:
                connection.exec_driver_sql(f"ALTER DATABASE COLLATE {options['mysql_collate']}")
            schema.metadata.create_all(connection)
        assert shape(database) == shape(other)
        assert set(shape(database)) == set(schema.metadata.tables)
        other.close()

    def test_processes_that_come_at_the_same_moment_make_it_once(self, url, open_store):
        code = """
        import sys
        from jupyter_tracker.store.sql import open_server
        input()
        store = open_server(sys.argv[1])
        print(store.store_id, store.create_run("0").info.run_id, flush=True)
        store.close()
        """
        processes = [python(code, url) for _ in range(4)]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        found = [finish(process).split() for process in processes]
        store = open_store(url)
        assert {store_id for store_id, _ in found} == {store.store_id}
        assert store.count_runs(["0"]) == 4
        assert [known.name for known in store.search_experiments()] == ["Default"]

    def test_the_making_of_one_that_was_cut_short_begins_anew(self, kind, url, database, open_store):
        if kind == "postgresql":
            pytest.skip("PostgreSQL makes all tables or none")
        migrate.upgrade_server(database)
        with database.session() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")
            connection.exec_driver_sql("DROP TABLE model_aliases")
        assert open_store(url).get_experiment("0").name == "Default"

    def test_one_that_another_is_just_making_is_waited_for(self, kind, url, database, open_store):
        if kind == "postgresql":
            pytest.skip("PostgreSQL shows all of it or nothing")
        store_id = open_store(url).store_id
        with ThreadPoolExecutor() as pool:
            with migrate._alone_on_mysql(database) as maker:
                maker.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
                other = pool.submit(open_store, url)
                waiting = "SELECT count(*) FROM information_schema.processlist WHERE state = 'User lock'"
                wait_until(lambda: maker.exec_driver_sql(waiting).scalar() or other.done())
                maker.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.REVISION}'")
            assert other.result(60).store_id == store_id

    def test_other_programs_databases_are_refused(self, database, url, open_store):
        with database.session() as connection:
            connection.exec_driver_sql("CREATE TABLE recipes (name VARCHAR(10))")
        with pytest.raises(StoreError, match=r"another program.*recipes"):
            open_store(url)
        with database.session() as connection:
            for name in ("alembic_version", "experiments", "runs", "latest_metrics"):
                connection.exec_driver_sql(f"CREATE TABLE {name} (version_num VARCHAR(10))")
        with pytest.raises(StoreError, match="a database of MLflow"):
            open_store(url)

    def test_a_newer_one_is_refused_and_left_as_it_is(self, database, url, open_store):
        open_store(url)
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        for attempt in (open_store, lambda url: maintenance.upgrade(None, url)):
            with pytest.raises(StoreVersionError, match=r"newer jupyter_tracker.*9999.*pip install -U"):
                attempt(url)

    def test_an_upgrade_is_asked_for_and_does_not_disturb_a_reader(self, url, open_store, tmp_path, monkeypatch):
        reader = open_store(url)
        run_id = reader.create_run("0", run_name="kept").info.run_id
        reader.log_batch(run_id, [Metric("f1", 0.5, 1, 0)])
        folder = tmp_path / "migrations"
        shutil.copytree(migrate._MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "r9998_next.py").write_text(NEXT, encoding="utf-8")
        monkeypatch.setattr(migrate, "_MIGRATIONS", folder)
        for module in (migrate, server_opening, maintenance):
            monkeypatch.setattr(module, "REVISION", "9998")
        with pytest.raises(StoreVersionError, match=r"older jupyter_tracker.*jupyter tracker db upgrade"):
            open_store(url)
        assert maintenance.upgrade(None, url) == (schema.REVISION, "9998")
        assert maintenance.upgrade(None, url) == ("9998", "9998")
        assert open_store(url).get_run(run_id).data.metrics == {"f1": 0.5}
        # Who had it open before goes on.
        reader.log_batch(run_id, [Metric("f1", 0.75, 2, 1)])
        assert reader.search_runs(["0"], "metrics.f1 > 0.6")[0].info.run_name == "kept"

    def test_the_history_of_the_registry_begins_with_what_was_there(self, database, url, open_store):
        from jupyter_tracker.entities.registry_event import GENESIS, RegistryEvent, digest_of
        from jupyter_tracker.promotion.history import replayed
        from jupyter_tracker.store.sql.migrations.versions import r0003_registry_events

        store = open_store(url)
        for name in ("churn", "Größe 東京"):
            store.create_registered_model(name)
            for number in (1, 2):
                store.create_model_version(name, f"s3://{number}")
            store.transition_model_version_stage(name, "2", "Production")
            store.set_registered_model_alias(name, "champion", "1")
        with database.write() as connection:
            rows = r0003_registry_events._present(connection)
        previous = GENESIS
        for number, row in enumerate(rows, start=1):
            event = RegistryEvent(**row)
            assert (event.number, event.digest) == (number, digest_of(event, previous))
            previous = event.digest
            state = replayed([event], 0)
            assert (state.stages, state.aliases) == ({"1": "None", "2": "Production"}, {"champion": "1"})
        assert [row["name"] for row in rows] == ["Größe 東京", "churn"]  # by code point


class TestText:
    def test_case_and_spaces_tell_keys_apart(self, url, open_store):
        store = open_store(url)
        run_id = store.create_run("0").info.run_id
        values = {"A": "1", "a": "2", "a b": "3", "ä": "4", "Ä": "5"}
        store.log_batch(run_id, params=[Param(key, value) for key, value in values.items()])
        store.log_batch(run_id, [Metric(key, float(value), 1, 0) for key, value in values.items()])
        run = store.get_run(run_id)
        assert run.data.params == values
        assert run.data.metrics == {key: float(value) for key, value in values.items()}
        assert store.count_runs(["0"], "params.A = '1' AND params.a = '2'") == 1
        assert store.count_runs(["0"], "params.A = '2'") == 0
        for name in ("Churn", "churn", "churn "):
            store.create_experiment(name)
        assert store.get_experiment_by_name("CHURN") is None

    def test_values_at_their_limits(self, url, open_store):
        store = open_store(url)
        run_id = store.create_run("0").info.run_id
        key, long = "ключ/" * 49 + "ключ", "東京" * 3000
        store.log_batch(run_id, params=[Param(key, long)], tags=[RunTag(key, "😀" * 8000), RunTag("zero", "a\0b")])
        run = store.get_run(run_id)
        assert run.data.params == {key: long}
        assert run.data.tags[key] == "😀" * 8000
        assert run.data.tags["zero"] in {"a\0b", "a\ufffdb"}
        assert store.count_runs(["0"], f"params.`{key}` = '{long}'") == 1
        store.set_experiment_tag("0", "note", "東" * 20_000)
        assert store.get_experiment("0").tags["note"] == "東" * 20_000

    def test_every_float_comes_back_exactly(self, url, open_store):
        store = open_store(url)
        run_id = store.create_run("0").info.run_id
        random.seed(5)
        values = [random.random() * 10 ** random.randint(-300, 300) for _ in range(300)]
        values += [math.inf, -math.inf, 5e-324, sys.float_info.max, -sys.float_info.max, 0.1, 1e16, 123456789.123456789]
        store.log_batch(run_id, [Metric(f"m{index}", value, 1, 0) for index, value in enumerate(values)])
        store.log_batch(run_id, [Metric("nan", math.nan, 1, 0)])
        for run in (store.get_run(run_id), *store.search_runs(["0"])):
            found = dict(run.data.metrics)
            assert math.isnan(found.pop("nan"))
            assert [found[f"m{index}"] for index in range(len(values))] == values
        assert store.count_runs(["0"], "metrics.m300 > 1e300 AND metrics.m301 < -1e300") == 1
        model = store.create_logged_model("0", "net").model_id
        metrics = [Metric(f"m{index}", value, 1, 0, model) for index, value in enumerate(values)]
        store.log_batch(run_id, [*metrics, Metric("nan", math.nan, 1, 0, model)])
        found = {metric.key: metric.value for metric in store.get_logged_model(model).metrics}
        assert math.isnan(found["nan"])
        assert [found[f"m{index}"] for index in range(len(values))] == values

    def test_a_long_series_and_many_keys(self, url, open_store):
        store = open_store(url)
        run, writer = store.start_run("0")
        values = [math.sin(step) for step in range(200_000)]
        writer.log_series("loss", values)
        writer.log_metrics({f"layer{number}/norm": number for number in range(3000)})
        writer.end("FINISHED")
        assert store.metric_series(run.info.run_id, "loss").value.tolist() == values
        metrics = store.get_run(run.info.run_id).data.metrics
        assert metrics["loss"] == values[-1]
        assert metrics["layer2999/norm"] == 2999

    def test_small_chunks_are_merged(self, url, open_store):
        store = open_store(url)
        run, writer = store.start_run("0")
        for step in range(200):
            writer.log_metric("loss", step, step)
            writer.flush()
        writer.end("FINISHED")
        assert store.metric_series(run.info.run_id, "loss").step.tolist() == list(range(200))
        with store.read() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM metric_chunks")).scalar() < 20


class TestCredentials:
    def test_they_are_shown_nowhere(self, kind, url, open_store, monkeypatch, capsys):
        monkeypatch.setenv("JUPYTER_TRACKER_URI", url)
        location.forget()
        store = open_store(url)
        shown = [store.uri, tracker.get_tracking_uri(), repr(location.current_location())]
        shown += [store.get_experiment("0").artifact_location, repr(vars(store))]
        for words in (["where"], ["where", "--json"], ["db", "stats"], ["db", "check"], ["runs"]):
            assert cli.main(words) == 0
        missing = url.rpartition("/")[0] + "/nowhere"
        assert cli.main(["db", "stats", "--store", missing]) == 1
        shown += capsys.readouterr()
        assert f"{kind}://127.0.0.1" in shown[0]
        for text in shown:
            assert servers.PASSWORD not in text
            assert f"//{servers.USER}" not in text
        active.close_all()
        location.forget()

    def test_a_wrong_password_or_database_is_said_clearly(self, kind, url, open_store):
        with pytest.raises(StoreError, match="no such database"):
            open_store(url.rpartition("/")[0] + "/nowhere")
        wrong = url.replace(servers.PASSWORD, "wr0ng") if kind == "mysql" else url.replace(servers.USER, "nobody")
        with pytest.raises(PermissionDeniedError, match="refuses this user") as caught:
            open_store(wrong)
        assert "wr0ng" not in str(caught.value)

    def test_where_nobody_listens_it_is_said_what_to_look_at(self, kind, monkeypatch):
        monkeypatch.setattr(server_engine, "PATIENCE_S", 0.0)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))  # and nobody else can listen there
            place = f"{kind}://127.0.0.1:{silent.getsockname()[1]}/tracker"
            with pytest.raises(StoreUnavailableError) as caught:
                open_server(place.replace("//", "//alice:wr0ng@"))
        told = f"The store {place} could not be reached: check that it runs, and the host and port in the URI."
        assert caught.value.message.startswith(told)
        assert "wr0ng" not in caught.value.message

    def test_a_name_that_means_nothing_is_said_at_once(self, kind, url, open_store, monkeypatch):
        def unknown(*_arguments, **_options):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        def tried_again(_pause_s):
            raise AssertionError("tried again")

        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", unknown)
            patched.setattr(server_engine.time, "sleep", tried_again)
            with pytest.raises(StoreUnavailableError, match="the name of its host is not known here") as caught:
                open_server(f"{kind}://alice:wr0ng@db-hots:5432/tracker")
        assert "wr0ng" not in caught.value.message
        # One that has answered may be back under its name: containers lose theirs while they restart.
        database = server_engine.ServerDatabase(url)
        with database.read():
            pass
        outcomes = iter([server_engine.TransientError("gone", misnamed=True), None])

        def operation():
            if (error := next(outcomes)) is not None:
                raise error
            return "back"

        assert database.attempt(operation) == "back"
        database.close()

    def test_a_name_that_cannot_be_looked_up_just_now_is_asked_for_again(self, kind, monkeypatch):
        """Where a pod or a laptop starts, the name service comes a moment later."""
        asked, again = [], socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        answers = [again, again, socket.gaierror(socket.EAI_NONAME, "Name or service not known")]

        def resolve(host, *_arguments, **_options):
            asked.append(host)
            raise answers[min(len(asked), len(answers)) - 1]

        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", resolve)
            with pytest.raises(StoreUnavailableError, match="the name of its host is not known here"):
                open_server(f"{kind}://alice:wr0ng@db-hots:5432/tracker")
            assert asked == ["db-hots"] * 3
            answers[:] = [again]
            patched.setattr(server_engine, "PATIENCE_S", 0.0)
            with pytest.raises(StoreUnavailableError, match="check that it runs, and the host"):
                open_server(f"{kind}://alice:wr0ng@db-hots:5432/tracker")

    def test_the_uri_without_them_names_the_same_store_here(self, url, monkeypatch):
        monkeypatch.delenv("JUPYTER_TRACKER_URI", raising=False)
        tracker.set_tracking_uri(url)
        client = tracker.TrackerClient(tracker.get_tracking_uri())
        experiment_id = client.create_experiment("through the bare URI")
        assert tracker.get_experiment(experiment_id).name == "through the bare URI"
        # A process that this one starts has the same store, too.
        out = finish(
            python("import jupyter_tracker as t; print(t.get_experiment_by_name('through the bare URI').name)")
        )
        assert out == "through the bare URI\n"
        active.close_all()
        tracker.set_tracking_uri(None)


class TestArtifacts:
    def test_a_root_that_is_set_is_recorded_for_all(self, url, open_store, tmp_path, monkeypatch):
        monkeypatch.setenv("JUPYTER_TRACKER_ARTIFACT_ROOT", str(tmp_path / "shared"))
        open_store(url)
        monkeypatch.delenv("JUPYTER_TRACKER_ARTIFACT_ROOT")
        store = open_store(url)
        experiment_id = store.create_experiment("churn")
        expected = (tmp_path / "shared").as_uri()
        assert store.get_experiment("0").artifact_location == f"{expected}/0"
        assert store.get_experiment(experiment_id).artifact_location == f"{expected}/{experiment_id}"
        run = store.create_run(experiment_id)
        assert run.info.artifact_uri == f"{expected}/{experiment_id}/{run.info.run_id}/artifacts"
        assert store.get_run(run.info.run_id).info.artifact_uri == run.info.artifact_uri

    def test_without_one_they_go_to_the_users_own_folder(self, url, open_store, tmp_path):
        store = open_store(url)
        place = store.get_experiment("0").artifact_location
        assert place == (tmp_path / "data" / "jupyter_tracker" / store.store_id / "artifacts").as_uri() + "/0"
        other = store.create_experiment("elsewhere", artifact_location="s3://bucket/runs")
        assert store.get_experiment(other).artifact_location == "s3://bucket/runs"


class TestMaintenance:
    def test_the_commands(self, url, open_store, capsys):
        store = open_store(url)
        run_id = store.create_run("0").info.run_id
        store.log_batch(run_id, [Metric("f1", 0.5, 1, 0)])
        store.delete_run(store.create_run("0").info.run_id)
        assert cli.main(["db", "stats", "--store", url, "--json"]) == 0
        stats = json.loads(capsys.readouterr().out)
        assert (stats["runs"], stats["points"], stats["revision"]) == ({"RUNNING": 1, "deleted": 1}, 1, schema.REVISION)
        assert stats["size_bytes"] > 10_000
        for words in (["db", "check"], ["db", "vacuum"], ["db", "upgrade"]):
            assert cli.main([*words, "--store", url]) == 0
        out = capsys.readouterr().out
        assert "is in order" in out
        assert "bytes before" in out
        assert "already" in out
        with store.write() as connection:
            connection.execute(sa.text("DELETE FROM metric_chunks"))
        assert cli.main(["db", "check", "--store", url]) == 1
        assert "1 metrics have a latest value but no points" in capsys.readouterr().err
        active.close_all()
        location.forget()
