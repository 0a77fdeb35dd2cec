"""`jupyter tracker delete | restore | gc | export | import` as a user calls them."""

import io
import json
import sys

import pytest

from jupyter_tracker import cli
from jupyter_tracker.entities import Metric, ViewType
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.tracking import active

START = 1_700_000_000_000


@pytest.fixture
def runs(project):
    """Two good runs and a failed one, by name."""
    (project / ".jupyter_tracker").mkdir()
    store = open_sqlite(project / ".jupyter_tracker" / "tracker.db")
    churn = store.create_experiment("churn")
    ids = {}
    for number, (name, status) in enumerate((("rf", "FINISHED"), ("svm", "FINISHED"), ("broken", "FAILED"))):
        run_id = store.create_run(churn, start_time=START + number, run_name=name).info.run_id
        store.log_batch(run_id, [Metric("f1", number / 10, START, 0)])
        store.update_run(run_id, status, START + 1000)
        ids[name] = run_id
    store.close()
    return ids


@pytest.fixture
def answer(monkeypatch):
    """Sit at the terminal and type this."""

    def type_in(text):
        terminal = io.StringIO(text)
        terminal.isatty = lambda: True
        monkeypatch.setattr(sys, "stdin", terminal)

    return type_in


def stages():
    store = active.store(create=False)
    found = store.search_runs([each.experiment_id for each in store.search_experiments(ViewType.ALL)], "", ViewType.ALL)
    return {run.info.run_name: run.info.lifecycle_stage for run in found}


def test_delete_by_filter_and_restore(call, runs):
    words = ("delete", "--filter", "status = 'FAILED' and metrics.f1 > 0.1")
    status, out, err = call(*words, "--dry-run")
    assert (status, err) == (0, "")
    assert out == f"Would delete 1 run: broken ({runs['broken'][:8]})."
    assert stages()["broken"] == "active"
    status, out, err = call(*words)
    assert status == 1
    assert "Nobody is here to answer: give --yes" in err
    assert call(*words, "--yes")[1] == f"Deleted 1 run: broken ({runs['broken'][:8]})."
    assert stages() == {"rf": "active", "svm": "active", "broken": "deleted"}
    assert call("restore", "--filter", "run_name = 'broken'", "--yes")[1].startswith("Restored 1 run")
    assert stages()["broken"] == "active"


@pytest.mark.parametrize("command", ["delete", "restore"])
def test_a_name_that_several_runs_have_is_not_guessed_at(call, runs, project, command):
    store = open_sqlite(project / ".jupyter_tracker" / "tracker.db")
    other = store.create_run("0", start_time=START, run_name="rf").info.run_id
    store.close()
    if command == "restore":
        call("delete", "--filter", "run_name = 'rf'", "--yes")
    before = stages()
    status, _, err = call(command, "rf", "--yes")
    assert (status, stages()) == (1, before)
    assert runs["rf"][:8] in err
    assert other[:8] in err
    assert "--filter \"run_name = 'rf'\"" in err
    assert call(command, other, "--yes")[0] == 0


@pytest.mark.parametrize("digits", [0, 12])
def test_restore_finds_what_is_in_the_trash_by_name_or_start_of_an_id(call, runs, digits):
    call("delete", "rf", "svm", "--yes")
    name = runs["rf"][:digits] or "rf"
    assert call("restore", name, "--yes")[1] == f"Restored 1 run: rf ({runs['rf'][:8]})."
    assert stages() == {"rf": "active", "svm": "deleted", "broken": "active"}
    status, _, err = call("restore", name, "--yes")
    assert (status, "No run in the trash" in err) == (1, True), err


def test_delete_asks(call, runs, answer):
    answer("n\n")
    status, out, err = call("delete", "rf", "svm")
    assert (status, out) == (0, "Nothing was changed.")
    assert err.startswith("Delete 2 runs: rf (")
    answer("y\n")
    assert call("delete", "rf", runs["svm"])[1].startswith("Deleted 2 runs")
    assert list(stages().values()).count("deleted") == 2


def test_an_experiment_goes_and_comes_back(call, runs):
    assert call("delete", "--experiment", "churn", "--yes")[1] == "Deleted experiment 'churn' with its 3 runs."
    assert set(stages().values()) == {"deleted"}
    status, _, err = call("delete", "--experiment", "churn", "--yes")
    assert (status, "is deleted" in err) == (1, True)
    assert call("restore", "--experiment", "churn", "--yes")[1] == "Restored experiment 'churn'."
    assert set(stages().values()) == {"active"}


def test_delete_within_an_experiment_as_json(call, runs):
    _, out, _ = call("delete", "--filter", "metrics.f1 >= 0", "--experiment", "churn", "--dry-run", "--json")
    assert json.loads(out) == {"ids": [runs[name] for name in ("broken", "svm", "rf")], "dry_run": True}
    assert call("delete", "--filter", "metrics.f1 > 9", "--yes")[1] == "Deleted 0 runs."


def test_what_delete_refuses(call, runs):
    for words, said in (
        (("delete",), "Name runs"),
        (("delete", "rf", "--experiment", "churn"), "not both"),
        (("delete", "--filter", "status is FAILED", "--yes"), "status"),
        (("delete", "--experiment", "chrun", "--yes"), "did you mean 'churn'?"),
        (("delete", "nobody", "--yes"), "No run"),
    ):
        status, _, err = call(*words)
        assert (status, said in err) == (1, True), err
    assert set(stages().values()) == {"active"}


def test_gc(call, runs, answer):
    call("delete", "broken", "--yes")
    assert call("gc", "--dry-run")[1].startswith("Would remove 1 run: ")
    assert call("gc", "--older-than", "30d")[1] == "Removed 0 runs: 0 bytes."
    answer("\n")
    _, out, err = call("gc")
    assert out == "Nothing was removed."
    assert err.startswith("Remove 1 run: ")
    assert json.loads(call("gc", "--yes", "--json")[1])["runs"] == 1
    assert stages() == {"rf": "active", "svm": "active"}
    assert "no length of time" in call("gc", "--older-than", "soon")[2]


def test_export_and_import(call, runs, tmp_path):
    file, other = str(tmp_path / "churn.zip"), str(tmp_path / "other" / "tracker.db")
    assert call("export", "churn", file)[1].startswith("Exported 1 experiment, 3 runs and 0 files to ")
    assert call("import", file, "--store", other)[1].startswith("Imported 1 experiment, 3 runs and 0 files from ")
    assert "3 runs there already" in call("import", file, "--store", other)[1]
    _, out, _ = call("runs", "--store", other, "--json")
    assert {run["run_id"] for run in json.loads(out)} == set(runs.values())
    status, _, err = call("export", "rf", file)
    assert (status, "Replace" in err, "--dry-run" in err) == (1, True, False)
    assert json.loads(call("export", "rf", file, "--yes", "--json")[1])["runs"] == 1
    assert call("export", "--all", file, "--yes")[1].startswith("Exported 2 experiments, 3 runs")


def test_what_export_and_import_refuse(call, runs, tmp_path):
    file = str(tmp_path / "a.zip")
    for words, said in (
        (("export", file), "give --all"),
        (("export", "rf", file, "--all"), "give --all"),
        (("export", "nothing", file), "No run"),
        (("import", file), "There is no file"),
        (("import", "wandb", file), "is not understood"),
        (("import", str(tmp_path)), "that is a folder"),
        (("import", "mlflow", str(tmp_path)), "There is no MLflow store"),
        (("import", "mlflow", str(tmp_path / "no")), "and nothing else"),
        (("import", "mlflow"), "Give the path of MLflow's store"),
        (("import", __file__, "--store", str(tmp_path / "new.db")), "is no export file"),
        (("import", file, "--store", str(tmp_path / "new.db")), "There is no file"),
        (("import", file, "--link"), "--link is for imports from MLflow"),
    ):
        status, _, err = call(*words)
        assert (status, said in err) == (1, True), (words, err)
    assert not list(tmp_path.glob("*.zip"))
    assert not (tmp_path / "new.db").exists()


def test_an_interrupted_command_says_that_it_can_go_on(call, runs, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("jupyter_tracker.tracking.housekeeping.collect", interrupted)
    status, out, err = call("gc", "--yes")
    assert (status, out) == (130, "")
    assert "the same command goes on" in err


@pytest.mark.parametrize("command", ["delete", "restore", "gc", "export", "import"])
def test_help_has_examples(capsys, command):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    out = capsys.readouterr().out
    assert f"jupyter tracker {command} " in out.split("examples:")[1]
