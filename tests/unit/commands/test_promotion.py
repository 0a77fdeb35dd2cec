"""`jupyter tracker promote` and `report` as a job of continuous integration calls them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.tracking import active

WORDS = ("--model", "churn", "--metric", "f1", "--threshold", "0.02")


@pytest.fixture
def trained(project):
    from jupyter_tracker.entities import LoggedModelOutput

    def make(f1, name=None, **params):
        with tracker.start_run(run_name=name) as run:
            tracker.log_params({"lr": 0.1, **params})
            if f1 is not None:
                tracker.log_metric("f1", f1)
        store = active.store()
        model = store.create_logged_model("0", "model", run.info.run_id)
        store.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, 0)])
        return run.info.run_id

    return make


def production():
    return [version.version for version in tracker.TrackerClient().get_latest_versions("churn", ["Production"])]


def test_the_statuses(call, trained):
    status, text, error = call("promote", *WORDS, "--run-id", trained(0.8))
    assert (status, error) == (0, "")
    assert text.startswith("Promoted version 1 of churn to Production.")
    head = text.splitlines()[-1].removeprefix("history head ")
    assert call("registry", "verify", "--expect", head)[0] == 0
    status, text, _ = call("promote", *WORDS, "--run-id", trained(0.82))
    assert status == 1
    assert "✗ f1: 0.82, and 0.8 of version 1: +0.02 (larger is better), not better by more than 0.02." in text
    better = trained(0.9, "better")
    status, text, _ = call("promote", *WORDS, "--run-id", "better", "--dry-run")
    assert status == 0
    assert text.startswith("Would promote")
    assert production() == ["1"]
    found = json.loads(call("promote", *WORDS, "--run-id", better[:10], "--json")[1])
    assert (found["outcome"], found["version"], found["incumbent"]) == ("promoted", "2", "1")
    assert found["rules"][0]["numbers"]["gain"] == pytest.approx(0.1)
    assert call("promote", *WORDS, "--run-id", better)[1].startswith("Version 2 of churn is in Production already.")
    event = tracker.registry.history("churn", output_format="list")[-1]
    assert event.source_name in {"jupyter tracker promote", "CI"} or event.source_type == "JOB"


def test_json_has_no_number_that_json_does_not_know(call, trained, project):
    run_id = trained(0.8)
    tracker.TrackerClient().log_metric(run_id, "loss", float("nan"))
    tracker.TrackerClient().log_metric(run_id, "recall", float("inf"))
    (project / "policy.yaml").write_text(
        "model: churn\nmetric: f1\nrequired_metrics: [loss, recall]\n", encoding="utf-8"
    )
    status, text, _ = call("promote", "--policy", "policy.yaml", "--run-id", run_id, "--json")
    assert status == 1
    rules = {rule["rule"]: rule["numbers"] for rule in json.loads(text, parse_constant=pytest.fail)["rules"]}
    assert rules["required_metrics"] == {"loss": "NaN", "recall": "Infinity"}


def test_a_run_that_has_failed(call, trained, project):
    failed = trained(0.8)
    tracker.TrackerClient().set_terminated(failed, "FAILED")
    policy = project / "promotion.yaml"
    policy.write_text("model: churn\nmetric: f1\nfinished: true\n", encoding="utf-8")
    status, text, _ = call("promote", "--run-id", failed)
    assert status == 1
    assert "has failed: its metrics and its model may be those of a training that was not done." in text
    status, text, _ = call("promote", *WORDS, "--run-id", failed)
    assert status == 0
    assert "  ! Run " in text, "a warning, where no policy asks for more"
    assert "has failed" in tracker.registry.history("churn", output_format="list")[-1].comment


def test_other_rules_by_arguments(call, trained):
    call("promote", *WORDS, "--run-id", trained(0.8))
    lower = trained(0.7)
    assert call("promote", *WORDS, "--run-id", lower)[0] == 1
    assert call("promote", *WORDS, "--run-id", lower, "--lower-is-better", "--relative", "--comment", "smaller")[0] == 0
    assert tracker.registry.history("churn", output_format="list")[-1].comment == "smaller"
    assert call("promote", *WORDS, "--run-id", trained(0.1), "--to", "staging")[0] == 0
    assert production() == ["2"]


@pytest.mark.parametrize("words", [
    (*WORDS, "--run-id", "f" * 32),
    ("--metric", "f1", "--run-id", "nobody"),
    WORDS,
    ("--model", "churn"),
    (*WORDS, "--policy", "missing.yaml"),
    (*WORDS, "--to", "Archived"),
    (*WORDS, "--run-id", ""),  # of a variable that is not set
])  # fmt: skip
def test_what_cannot_be_told(call, trained, words):
    trained(0.8)
    status, text, _ = call("promote", *words)
    assert status == 2
    assert text.startswith("Cannot tell: ")
    status, text, _ = call("promote", *words, "--json")
    assert status == 2
    assert json.loads(text)["outcome"] == "cannot tell"
    assert tracker.TrackerClient().search_registered_models() == []


def test_a_missing_metric(call, trained):
    status, text, _ = call("promote", *WORDS, "--run-id", trained(None))
    assert status == 2
    assert "has no metric 'f1'" in text


def test_a_policy_file_and_the_run_of_the_environment(call, trained, monkeypatch):
    Path("promotion.yaml").write_text(
        "model: churn\nmetric: f1\nthreshold: 0.02\nrequired_metrics: {f1: {min: 0.5}}\n", encoding="utf-8"
    )
    monkeypatch.setenv("JUPYTER_TRACKER_RUN_ID", trained(0.4))
    status, text, _ = call("promote")
    assert status == 1
    assert "f1 is 0.4, below 0.5" in text
    monkeypatch.setenv("JUPYTER_TRACKER_RUN_ID", trained(0.8))
    assert call("promote", "--threshold", "0.01")[0] == 0
    # Without a run: the newest finished one of the policy's experiment.
    monkeypatch.delenv("JUPYTER_TRACKER_RUN_ID")
    assert call("promote")[0] == 2
    with Path("promotion.yaml").open("a", encoding="utf-8") as file:
        file.write("experiment: Default\n")
    newest = trained(0.9)
    assert "The run's id is empty" in call("promote", "--run-id", " ")[1]
    assert call("promote")[0] == 0
    assert tracker.TrackerClient().get_model_version("churn", 2).run_id == newest
    Path("promotion.yaml").write_text("metric: [", encoding="utf-8")
    assert "is no YAML" in call("promote")[1]


def test_python_m_and_another_store(trained, tmp_path):
    run_id = trained(0.8)
    found = subprocess.run(
        [sys.executable, "-m", "jupyter_tracker", "promote", *WORDS, "--run-id", run_id],
        capture_output=True, text=True, cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(Path(tracker.__file__).parents[1]), "CI": "true",
             "MLFLOW_TRACKING_URI": tracker.get_tracking_uri()},
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")
    event = tracker.registry.history("churn", output_format="list")[-1]
    assert (event.source_type, event.source_name) == ("JOB", "CI")


class TestReport:
    def test_alone_and_beside_production(self, call, trained, monkeypatch):
        first = trained(0.8, "first", depth=3)
        status, text, _ = call("report", first, "--against", "models:/churn/Production")
        assert status == 0
        assert "Nothing to compare with" in text
        assert "| f1 | 0.8 |" in text
        call("promote", *WORDS, "--run-id", first)
        monkeypatch.setenv("JUPYTER_TRACKER_RUN_ID", trained(0.9, "second | *bold*", depth=4))
        status, text, _ = call("report", "--against", "models:/churn/Production", "--format", "markdown")
        assert status == 0
        assert "## Run second \\| \\*bold\\*" in text
        assert "| Metric | this run | models:/churn/Production | change |" in text
        assert "| f1 | 0.9 | 0.8 | +0.1 (+12.5%) ✓ |" in text
        assert "| depth | 4 | 3 |" in text
        assert "| lr |" not in text
        rows = json.loads(call("report", "--against", first, "--json")[1])["metrics"]
        assert rows == [{"key": "f1", "new": "0.9", "old": "0.8", "change": "+0.1 (+12.5%)", "is_better": True}]

    def test_what_it_needs(self, call, project):
        status, _, error = call("report")
        assert status == 1
        assert "Which run?" in error
        status, _, error = call("report", "")
        assert status == 1
        assert "The run's id is empty" in error
