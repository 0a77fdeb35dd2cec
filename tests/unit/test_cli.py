"""`jupyter tracker …` as a user calls it: words in, text and an exit status out."""

import io
import itertools
import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from jupyter_tracker import cli
from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.store.sql.connection import connect
from jupyter_tracker.store.sql.schema import REVISION
from jupyter_tracker.tracking import active, location

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    """An empty project, and a process that has not chosen a store."""
    for name in ("JUPYTER_TRACKER_URI", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    location.forget()
    yield
    active.close_all()
    location.forget()


@pytest.fixture
def run_ids(tmp_path):
    """Three runs of two experiments, by name."""
    folder = tmp_path / ".jupyter_tracker"
    folder.mkdir()
    store = open_sqlite(folder / "tracker.db")
    churn = store.create_experiment("churn")
    ids = {}
    for number, (name, experiment_id) in enumerate((("rf", "0"), ("svm", churn), ("rf", churn))):
        run = store.create_run(experiment_id, start_time=1_700_000_000_000 + number * 60_000, run_name=name)
        store.log_batch(
            run.info.run_id,
            [Metric("f1", 0.5 + number / 10, 1_700_000_000_000, 0)],
            [Param("model", name)],
            [RunTag("author", "alice")],
        )
        store.update_run(run.info.run_id, "FINISHED", 1_700_000_001_500 + number * 60_000)
        ids[f"{name}-{number}"] = run.info.run_id
    store.close()
    return ids


def call(capsys, *words):
    status = cli.main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_runs_lists_the_newest_first(capsys, run_ids):
    status, out, err = call(capsys, "runs")
    assert (status, err) == (0, "")
    head, rule, *rows = out.splitlines()
    assert head.split() == ["ID", "Run", "Status", "Started", "Duration", "f1", "model"]
    assert set(rule) == {"─", " "}
    assert [row.split()[0] for row in rows] == [run_ids[name][:8] for name in ("rf-2", "svm-1", "rf-0")]
    assert "1.5s" in rows[0]
    assert "0.7" in rows[0]


def test_an_output_of_few_characters_gets_what_it_can_take(monkeypatch, run_ids):
    # Windows gives a pipe the characters of its old code pages.
    run = active.store().create_run("0", run_name="naïve 名").info.run_id
    for words, encoding in itertools.product((["runs"], ["show", run, "--json"]), ("ascii", "cp1252")):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        assert cli.main(words) == 0
        text = out.buffer.getvalue().decode(encoding)
        if "--json" in words:
            assert json.loads(text)["run_name"] == "naïve 名"
        else:
            assert ("na?ve ?" if encoding == "ascii" else "naïve ?") in text


def test_a_closed_output_and_input_are_none_and_no_traceback(capsys, monkeypatch, run_ids):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(["runs"]) == 0
    assert cli.main(["delete", "svm"]) == 1
    assert "Nobody is here to answer" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_an_output_without_room_is_an_error_in_words(run_ids):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_tracker", "runs"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "python -m jupyter_tracker: the output could not be written: No space left on device"
    ]


def test_bytes_that_are_no_text_name_no_experiment(capsys, run_ids):
    status, _, err = call(capsys, "runs", "--experiment", "\udcff")
    assert status == 1
    assert "No experiment is named '?'" in err


def test_runs_filters_orders_and_limits(capsys, run_ids):
    _, out, _ = call(capsys, "runs", "metrics.f1 > 0.55", "--order-by", "metrics.f1 asc", "--max", "1")
    assert out.splitlines()[2].split()[1] == "svm"
    assert "runs 1 to 1 of 2" in out
    _, out, _ = call(capsys, "runs", "--experiment", "churn")
    assert len(out.splitlines()) == 4
    _, out, _ = call(capsys, "runs", "metrics.f1 > 9")
    assert out == "No runs in churn, Default match this filter.\n"


def test_runs_takes_its_filter_as_delete_does(capsys, run_ids):
    by_position = call(capsys, "runs", "metrics.f1 > 0.55", "--max", "1")
    assert call(capsys, "runs", "--filter", "metrics.f1 > 0.55", "--max", "1") == by_position
    status, _, err = call(capsys, "runs", "metrics.f1 > 0.5", "--filter", "metrics.f1 > 0.6")
    assert status == 1
    assert "given twice" in err


def test_runs_as_json(capsys, run_ids):
    status, out, _ = call(capsys, "runs", "--json", "--experiment", "churn", "--order-by", "metrics.f1 desc")
    assert status == 0
    found = json.loads(out)
    assert [run["run_id"] for run in found] == [run_ids["rf-2"], run_ids["svm-1"]]
    assert found[0]["metrics"] == {"f1": 0.7}
    assert found[0]["params"] == {"model": "rf"}
    assert found[0]["tags"]["author"] == "alice"
    assert found[0]["status"] == "FINISHED"


@pytest.mark.parametrize("words", [("runs", "metrics.f1 >"), ("runs", "metrcs.f1 > 1"), ("runs", "--order-by", "nope")])
def test_a_filter_that_cannot_be_read_is_an_error(capsys, run_ids, words):
    status, out, err = call(capsys, *words)
    assert (status, out) == (1, "")
    assert err.startswith("jupyter tracker: ")
    assert err.count("^") == 1  # the column, once
    assert "Traceback" not in err


def test_the_place_in_a_filter_is_shown_once(capsys, run_ids):
    _, _, err = call(capsys, "runs", "metrcs.f1 > 1")
    assert err.count("metrcs.f1 > 1\n") == err.count("^") == 1


@pytest.mark.parametrize(
    ("words", "says", "usage"),
    [
        (("runz",), "Did you mean runs?", "jupyter tracker [-h]"),
        (("runs", "--ordr-by", "x"), "Did you mean --order-by?", "jupyter tracker runs [-h]"),
        (("runs", "--ordr-by=x"), "Did you mean --order-by?", "jupyter tracker runs [-h]"),
        (("db", "chck"), "Did you mean check?", "jupyter tracker db [-h]"),
        (("gc", "--dryrun"), "Did you mean --dry-run?", "jupyter tracker gc [-h]"),
        (("--versoin",), "Did you mean --version?", "jupyter tracker [-h]"),
        (("runs", "a", "b"), "unrecognized arguments: b\n", "jupyter tracker runs [-h]"),
    ],
)
def test_an_unknown_word_is_an_error_that_names_the_nearest(capsys, words, says, usage):
    with pytest.raises(SystemExit) as exited:
        cli.main(words)
    assert exited.value.code == 2
    err = capsys.readouterr().err
    assert says in err
    assert f"usage: {usage}" in err


@pytest.mark.parametrize("how", ["id", "start of the id", "name"])
def test_show_finds_a_run(capsys, run_ids, how):
    wanted = {"id": run_ids["svm-1"], "start of the id": run_ids["svm-1"][:10], "name": "svm"}[how]
    status, out, _ = call(capsys, "show", wanted)
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["id", run_ids["svm-1"]] in lines
    assert ["experiment", "churn", "(1)"] in lines
    assert ["f1", "0.6", "step", "0", "1", "point"] in lines
    assert ["model", "svm"] in lines
    assert ["author", "alice"] in lines


def test_show_by_a_name_that_several_runs_bear_is_the_newest(capsys, run_ids):
    _, out, _ = call(capsys, "show", "rf", "--json")
    assert json.loads(out)["run_id"] == run_ids["rf-2"]


def test_show_says_what_it_does_not_find(capsys, run_ids):
    status, out, err = call(capsys, "show", "svn")
    assert (status, out) == (1, "")
    assert "No run of" in err
    assert "Did you mean 'svm'?" in err


def test_looking_at_an_empty_project_makes_nothing(capsys, tmp_path):
    assert call(capsys, "runs") == (0, "No runs in Default yet.\n", "")
    status, out, _ = call(capsys, "where")
    assert status == 0
    assert "not there yet" in out
    assert [path.name for path in tmp_path.iterdir()] == [".git"]


def test_where_says_which_store_and_why(capsys, run_ids, tmp_path, monkeypatch):
    _, out, _ = call(capsys, "where")
    assert str(tmp_path / ".jupyter_tracker" / "tracker.db") in out
    assert f"{tmp_path} is the nearest folder with a .jupyter_tracker" in out
    assert "SQLite 3." in out
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////elsewhere/tracker.db")
    _, out, _ = call(capsys, "where", "--json")
    facts = json.loads(out)
    assert facts["store"] == "/elsewhere/tracker.db"
    assert "MLFLOW_TRACKING_URI" in facts["reason"]
    assert facts["journal_mode"] in {"wal", "rollback"}
    assert facts["exists"] is False


def test_another_store(capsys, run_ids, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    path = tmp_path / ".jupyter_tracker" / "tracker.db"
    status, out, _ = call(capsys, "runs", "--store", str(path), "--json")
    assert (status, len(json.loads(out))) == (0, 3)
    status, _, err = call(capsys, "runs", "--store", "/no/such/store.db")
    assert status == 1
    assert "There is no store at /no/such/store.db" in err


def test_a_foreign_file_is_an_error_without_a_traceback(capsys, tmp_path):
    (tmp_path / "notes.db").write_text("these are my notes, not a database" * 100)
    status, out, err = call(capsys, "runs", "--store", "notes.db")
    assert (status, out) == (1, "")
    assert "notes.db" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [("runs", "--max", "0"), ("runs", "--max", "x"), ("show",), ("shw", "x"), ("runs", "--bogus")]
)
def test_a_command_that_is_not_understood_exits_with_2(capsys, words):
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_table_is_not_endless(capsys, run_ids):
    status, _, err = call(capsys, "runs", "--max", "5000")
    assert status == 1
    assert "--json" in err


@pytest.mark.parametrize("command", ["runs", "show", "where"])
def test_each_command_has_help_with_examples(capsys, command):
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "examples:" in out
    assert f"jupyter tracker {command}" in out


def test_without_a_command_it_shows_its_help(capsys):
    status, out, _ = call(capsys)
    assert status == 0
    assert all(command in out for command in ("runs", "show", "where"))


def module(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "jupyter_tracker", *words], capture_output=True, text=True, timeout=60, **options
    )


def test_as_a_module(monkeypatch, run_ids):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = module("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("jupyter_tracker ")
    assert "python -m jupyter_tracker runs" in module("runs", "--help").stdout
    assert run_ids["rf-0"][:8] in module("runs").stdout
    failed = module("show", "nothing")
    assert failed.returncode == 1
    assert failed.stderr.startswith("python -m jupyter_tracker: No run of")


def test_a_reader_that_has_seen_enough_is_no_error(monkeypatch, run_ids):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = subprocess.run(
        f"{sys.executable} -m jupyter_tracker runs --json | true",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""


def test_help_and_version_load_nothing_heavy(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code = (
        "import sys; from jupyter_tracker import cli; cli._parser('x'); "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"sqlalchemy", "numpy", "pandas", "IPython", "sqlite3", "pysqlite3"} & set(done.stdout.split())


class TestDatabase:
    def test_stats(self, capsys, run_ids):
        status, out, _ = call(capsys, "db", "stats", "--json")
        stats = json.loads(out)
        assert (status, stats["runs"], stats["points"], stats["rows"]["params"]) == (0, {"FINISHED": 3}, 3, 3)
        assert "3 FINISHED" in call(capsys, "db", "stats")[1]

    def test_check_finds_what_is_missing(self, capsys, run_ids, tmp_path):
        assert call(capsys, "db", "check")[:2] == (0, f"{open_uri(tmp_path)} is in order.\n")
        connection = connect(tmp_path / ".jupyter_tracker" / "tracker.db")
        connection.execute("DELETE FROM metric_chunks WHERE run = 1")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM runs WHERE run = 2")
        connection.close()
        status, out, err = call(capsys, "db", "check")
        assert (status, out) == (1, "")
        assert "1 metrics have a latest value but no points" in err
        assert "refer to nothing" in err
        assert len(json.loads(call(capsys, "db", "check", "--json")[1])["problems"]) == 2

    def test_vacuum_gives_room_back(self, capsys, run_ids, tmp_path):
        store = open_sqlite(tmp_path / ".jupyter_tracker" / "tracker.db")
        writer = store.writer(run_ids["rf-0"])
        for number in range(5):
            writer.log_series(f"loss{number}", [step / 7 for step in range(20_000)])
        writer.close()
        store.close()
        connection = connect(tmp_path / ".jupyter_tracker" / "tracker.db")
        connection.execute("DELETE FROM metric_chunks WHERE key LIKE 'loss%'")
        connection.close()
        before, after = map(json.loads(call(capsys, "db", "vacuum", "--json")[1]).get, ("before_bytes", "after_bytes"))
        assert after < before

    def test_upgrade(self, capsys, tmp_path, monkeypatch):
        shutil.copy(Path(__file__).parents[1] / "golden" / "0001.db", tmp_path / "old.db")
        monkeypatch.setattr("jupyter_tracker.errors._told", set())
        with warnings.catch_warnings():
            warnings.simplefilter("default")  # in the tests they are errors
            status, out, err = call(capsys, "db", "upgrade", "--store", "old.db")
        assert status == 0
        assert out.endswith(f"from schema 0001 to {REVISION}.\n")
        # As an error is said, without a line of source.
        assert err.startswith("jupyter tracker: The store ")
        assert len(err.splitlines()) == 1
        assert "already" in call(capsys, "db", "upgrade", "--store", "old.db")[1]
        assert (tmp_path / f"old.db.before-{REVISION}.bak").exists()

    def test_without_a_store_nothing_is_made(self, capsys, tmp_path):
        for command in ("upgrade", "check", "vacuum", "stats"):
            status, _, err = call(capsys, "db", command)
            assert status == 1
            assert "There is no store at" in err
        assert not (tmp_path / ".jupyter_tracker").exists()
        assert "upgrade" in call(capsys, "db")[1]

    @pytest.mark.parametrize("command", ["upgrade", "check", "vacuum", "stats"])
    def test_what_is_no_store_is_said_to_be_none(self, capsys, tmp_path, command):
        (tmp_path / "notes.txt").write_text("no database")
        status, out, err = call(capsys, "db", command, "--store", str(tmp_path / "notes.txt"))
        assert (status, out) == (1, "")
        assert "is not an SQLite database" in err
        assert (tmp_path / "notes.txt").read_text() == "no database"


def open_uri(folder):
    return f"sqlite:///{folder / '.jupyter_tracker' / 'tracker.db'}"


def test_where_shows_a_server_without_its_password(capsys, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_URI", "mysql+pymysql://alice:pa55word@db.example.org:3307/team?ssl_ca=/x")
    status, out, _ = call(capsys, "where")
    assert status == 0
    assert "mysql://db.example.org:3307/team" in out
    assert "pa55word" not in out + call(capsys, "where", "--json")[1]
