"""Optuna: one child run per trial."""

import optuna
import pytest

import jupyter_tracker as tracker

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    x = trial.suggest_float("x", -1, 1)
    trial.set_user_attr("note", "mine")
    for step in range(3):
        trial.report(x + step, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError("no")
    return x**2


@pytest.mark.parametrize("jobs", [1, 3])
def test_trials_are_children(runs, jobs):
    study = optuna.create_study(study_name="tune", sampler=optuna.samplers.RandomSampler(0))
    with tracker.start_run(run_name="study"):
        callbacks = [tracker.optuna.callback("loss")]
        study.optimize(objective, n_trials=6, callbacks=callbacks, catch=(ValueError,), n_jobs=jobs)
    by_name = {run.info.run_name: run for run in runs()}
    assert set(by_name) == {"study", *(f"trial-{i}" for i in range(6))}
    parent = by_name.pop("study")
    assert {run.data.tags["mlflow.parentRunId"] for run in by_name.values()} == {parent.info.run_id}
    for trial in study.trials:
        run = by_name[f"trial-{trial.number}"]
        assert run.data.params == {"x": str(trial.params["x"])}
        assert run.data.metrics.get("loss") == trial.value  # a pruned one has its last
        history = tracker.TrackerClient().get_metric_history(run.info.run_id, "intermediate_value")
        assert [(point.step, point.value) for point in history] == list(trial.intermediate_values.items())
        assert run.data.tags["note"] == "mine"
        assert run.info.end_time - run.info.start_time == pytest.approx(trial.duration.total_seconds() * 1000, abs=2)
    assert [by_name[f"trial-{i}"].info.status for i in range(4)] == ["FINISHED", "KILLED", "FAILED", "FINISHED"]
    assert parent.data.metrics["best_loss"] == study.best_value
    assert parent.data.tags["optuna.best_trial"] == str(study.best_trial.number)


def test_several_values_and_no_run(runs, capsys):
    study = optuna.create_study(directions=["minimize", "maximize"])
    study.optimize(
        lambda trial: (trial.suggest_int("n", 1, 3), 2.0), 2, callbacks=[tracker.optuna.callback(["a", "b"])]
    )
    assert "no run was active" in capsys.readouterr().out
    tracker.end_run()
    trials = [run for run in runs() if run.info.run_name.startswith("trial-")]
    assert [set(run.data.metrics) for run in trials] == [{"a", "b"}] * 2
