"""What every integration promises: it logs once, never breaks the user's call, and leaves no trace.

To add a framework: its row in `FRAMEWORKS`.
"""

import gc
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.autologging import integrations
from jupyter_tracker.autologging._recording import RunRef
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.autologging.switch import switch
from jupyter_tracker.errors import TrackerWarning


@dataclass
class Framework:
    """`train(n)` trains something tiny with a setting n and returns what can be compared; `fails()` raises."""

    name: str
    train: Callable[[int], Any]
    fails: Callable[[], Any]
    param: str
    metric: str
    watched: Callable[[], list[Any]]
    text: Callable[[int], str] = str  # of the param
    face: str = ""  # that switches it along with another one, where it has none of its own

    def autolog(self, **options):
        if self.face:
            switch(self.name, Options(**options))
        else:
            getattr(tracker, self.name).autolog(**options)


def _train_sklearn(n):
    from sklearn.tree import DecisionTreeClassifier

    x = [[i % 7, i % 3] for i in range(60)]
    y = [int(i % 7 > 3) for i in range(60)]
    model = DecisionTreeClassifier(max_depth=n, random_state=0).fit(x, y)
    return model.predict_proba(x).tolist()


def _fail_sklearn():
    from sklearn.tree import DecisionTreeClassifier

    DecisionTreeClassifier().fit([[1.0], [float("inf")]], [0, 1])


def _watched_sklearn():
    import sklearn.metrics
    import sklearn.model_selection
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.tree import DecisionTreeClassifier

    owners = (BaseEstimator, ClassifierMixin, DecisionTreeClassifier, DecisionTreeClassifier.__base__)
    return [
        *(dict(vars(owner)) for owner in owners),
        sklearn.metrics.accuracy_score,
        sklearn.model_selection.cross_val_score,
    ]


ROWS = np.column_stack([np.arange(60.0) % 7, np.arange(60.0) % 3])
LABELS = (ROWS[:, 0] > 3).astype(int)


def _train_xgboost(n):
    import xgboost

    data = xgboost.DMatrix(ROWS, LABELS)
    params = {"max_depth": n, "objective": "binary:logistic", "nthread": 1}
    booster = xgboost.train(params, data, num_boost_round=4, evals=[(data, "train")], verbose_eval=False)
    return booster.predict(data).tolist()


def _fail_xgboost():
    import xgboost

    xgboost.train({"objective": "no such thing"}, xgboost.DMatrix(ROWS, LABELS))


def _watched_xgboost():
    import xgboost

    return [xgboost.train, xgboost.training.train, dict(vars(xgboost.XGBModel)), dict(vars(xgboost.XGBClassifier))]


def _train_lightgbm(n):
    import lightgbm

    data = lightgbm.Dataset(ROWS, LABELS)
    params = {"max_depth": n, "objective": "binary", "num_threads": 1, "verbose": -1, "min_data_in_leaf": 1}
    booster = lightgbm.train(params, data, num_boost_round=4, valid_sets=[data], valid_names=["train"])
    return booster.predict(ROWS).tolist()


def _fail_lightgbm():
    import lightgbm

    lightgbm.train({"objective": "no such thing", "verbose": -1}, lightgbm.Dataset(ROWS, LABELS))


def _watched_lightgbm():
    import lightgbm

    return [lightgbm.train, lightgbm.engine.train, dict(vars(lightgbm.LGBMModel)), dict(vars(lightgbm.LGBMClassifier))]


def _train_pytorch(n):
    import torch

    from jupyter_tracker.autologging import pytorch

    generator = torch.Generator().manual_seed(0)
    model = torch.nn.Linear(2, 1)
    torch.nn.init.normal_(model.weight, generator=generator)
    torch.nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=n / 10)
    x, y = torch.tensor(ROWS, dtype=torch.float32), torch.tensor(LABELS, dtype=torch.float32)[:, None]
    for _ in range(15):
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    weights = model.weight.tolist()
    del model, optimizer, loss
    gc.collect()
    deadline = time.monotonic() + 10  # what is over is ended by a thread
    while threading.get_ident() in pytorch._TRAININGS and time.monotonic() < deadline:
        time.sleep(0.01)
    return weights


def _fail_pytorch():
    import torch

    torch.ones(3, requires_grad=True).backward()


def _watched_pytorch():
    import torch
    from torch.optim import optimizer

    return [vars(torch.Tensor)["backward"], dict(optimizer._global_optimizer_post_hooks)]


def _train_keras(n):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer=keras.initializers.Ones())])
    model.compile(keras.optimizers.SGD(0.001, momentum=n / 10), loss="mse")
    model.fit(ROWS, LABELS, batch_size=20, epochs=3, shuffle=False, verbose=0)
    return [weights.tolist() for weights in model.get_weights()]


def _fail_keras():
    import keras

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(np.ones((4, 2)), np.ones((5, 1)), verbose=0)


def _watched_keras():
    import keras

    return [vars(next(each for each in keras.Model.__mro__ if "fit" in vars(each)))["fit"]]


def _lightning_module(n, error=None):
    import pytorch_lightning as pl
    import torch

    class Line(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(2, 1)
            torch.nn.init.ones_(self.line.weight)
            torch.nn.init.zeros_(self.line.bias)

        def training_step(self, batch, _index):
            if error is not None:
                raise error
            loss = ((self.line(batch[0]) - batch[1]) ** 2).mean()
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.001, momentum=n / 10)

    return Line()


def _train_lightning(n, error=None):
    import pytorch_lightning as pl
    import torch

    rows = torch.tensor(ROWS, dtype=torch.float32), torch.tensor(LABELS, dtype=torch.float32)[:, None]
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*rows), batch_size=20)
    module = _lightning_module(n, error)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    pl.Trainer(
        max_epochs=2, log_every_n_steps=1, accelerator="cpu", devices=1, enable_checkpointing=False, **quiet
    ).fit(module, loader)
    return module.line.weight.tolist()


def _fail_lightning():
    _train_lightning(1, ValueError("no such batch"))


def _watched_lightning():
    import pytorch_lightning as pl

    return [vars(pl.Trainer)[name] for name in ("fit", "test", "validate")]


FRAMEWORKS = [
    Framework(
        "lightning",
        _train_lightning,
        _fail_lightning,
        "momentum",
        "train_loss",
        _watched_lightning,
        lambda n: str(n / 10),
        "pytorch",
    ),
    Framework("keras", _train_keras, _fail_keras, "opt_momentum", "loss", _watched_keras, lambda n: str(n / 10)),
    Framework("pytorch", _train_pytorch, _fail_pytorch, "momentum", "loss", _watched_pytorch, lambda n: str(n / 10)),
    Framework("xgboost", _train_xgboost, _fail_xgboost, "max_depth", "train-logloss", _watched_xgboost),
    Framework("lightgbm", _train_lightgbm, _fail_lightgbm, "max_depth", "train-binary_logloss", _watched_lightgbm),
    Framework("sklearn", _train_sklearn, _fail_sklearn, "max_depth", "training_score", _watched_sklearn),
]


@pytest.fixture(params=FRAMEWORKS, ids=lambda each: each.name)
def framework(request):
    return request.param


@pytest.fixture
def on(framework):
    framework.autolog()


def test_every_integration_is_under_test():
    assert {each.name for each in FRAMEWORKS} == set(integrations.INTEGRATIONS)


def test_it_logs_once_to_the_active_run(framework, on, runs):
    with tracker.start_run(run_name="mine"):
        framework.train(2)
        tracker.log_metric("after", 1)
    (run,) = runs()
    assert run.info.run_name == "mine"
    assert run.data.params[framework.param] == framework.text(2)
    assert framework.metric in run.data.metrics
    assert run.data.metrics["after"] == 1
    assert "mlflow.autologging" not in run.data.tags


def test_later_fits_become_children(framework, on, runs):
    with tracker.start_run(run_name="mine") as mine:
        for n in (2, 3, 4):
            framework.train(n)
    found = runs()
    assert len(found) == 3
    children = [run for run in found if run.info.run_id != mine.info.run_id]
    assert {run.data.params[framework.param] for run in children} == {framework.text(3), framework.text(4)}
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {mine.info.run_id}
    assert all(framework.metric in run.data.metrics and run.info.status == "FINISHED" for run in found)


def test_without_a_run_one_is_made_and_ended(framework, on, runs):
    framework.train(3)
    assert tracker.active_run() is None
    (run,) = runs()
    assert (run.info.status, run.data.tags["mlflow.autologging"]) == ("FINISHED", framework.name)
    assert run.data.params[framework.param] == framework.text(3)
    assert framework.metric in run.data.metrics


def test_the_call_returns_what_it_returns_without_us(framework, on):
    logged = framework.train(2)
    tracker.autolog(disable=True)
    assert framework.train(2) == logged


def test_an_error_of_the_call_is_the_same_and_fails_the_run(framework, runs):
    with pytest.raises(Exception) as plain:  # noqa: PT011 - each library has its own
        framework.fails()
    framework.autolog()
    with pytest.raises(type(plain.value)) as logged:
        framework.fails()
    assert str(logged.value) == str(plain.value)
    assert tracker.active_run() is None
    assert {run.info.status for run in runs()} <= {"FAILED"}


def test_a_failure_of_ours_warns_once_and_training_goes_on(framework, on, monkeypatch, failures):
    expected = framework.train(2)
    monkeypatch.setattr("jupyter_tracker.errors._told", set())

    def broken(*_, **__):
        raise OSError("the disk is full")

    for name in ("log_params", "log_metrics", "log_series", "set_tags", "write", "log_dataset"):
        monkeypatch.setattr(RunRef, name, broken)
    with pytest.warns(TrackerWarning, match="the disk is full") as warned:
        assert [framework.train(2) for _ in range(2)] == [expected] * 2
    assert len([each for each in warned if each.category is TrackerWarning]) == 1
    assert failures
    failures.clear()


def test_uninstalling_restores_the_library(framework):
    framework.train(2)
    before = framework.watched()
    framework.autolog()
    during = framework.watched()
    framework.autolog(disable=True)
    assert before != during
    assert framework.watched() == before


def test_threads_log_to_their_own_runs(framework, on, runs):
    def work(n):
        with tracker.start_run(run_name=f"thread-{framework.text(n)}"):
            barrier.wait(30)
            for _ in range(2):
                framework.train(n)

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    found = runs()
    assert len(found) == 8
    parents = {run.info.run_id: run for run in found if "mlflow.parentRunId" not in run.data.tags}
    for run in found:
        parent = parents[run.data.tags.get("mlflow.parentRunId", run.info.run_id)]
        assert parent.info.run_name == f"thread-{run.data.params[framework.param]}"


@pytest.mark.parametrize(("version", "text", "logs"), [("0.0.1", "too old", 0), ("99.1", "newer than", 1)])
def test_unsupported_versions_say_so(framework, monkeypatch, runs, version, text, logs):
    framework.train(2)
    package = sys.modules[integrations.INTEGRATIONS[framework.name].package]
    monkeypatch.setattr("jupyter_tracker.errors._told", set())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "__version__", version)
        with pytest.warns(TrackerWarning, match=text):
            framework.autolog()
    framework.train(2)
    assert len(runs()) == logs


def test_a_cell_switches_it_on_and_off(framework, runs):
    framework.train(2)
    integrations.install()
    SWITCHES.enter_cell(on=True)
    with tracker.start_run():
        framework.train(2)
    SWITCHES.leave_cell()
    framework.train(2)
    framework.autolog()
    SWITCHES.enter_cell(on=False)
    framework.train(2)
    SWITCHES.leave_cell()
    assert len(runs()) == 1
