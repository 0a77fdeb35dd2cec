"""Plain PyTorch loops: what a step tells, and which training it belongs to."""

import gc
import time
import weakref

import pytest
import torch

import jupyter_tracker as tracker
from jupyter_tracker.autologging import pytorch


@pytest.fixture(autouse=True)
def _on():
    tracker.pytorch.autolog()
    yield
    settle()


def settle():
    """Wait until the trainings whose optimizers are gone have ended."""
    gc.collect()
    deadline = time.monotonic() + 60
    while (not pytorch._GONE.empty() or pytorch._TRAININGS) and time.monotonic() < deadline:
        time.sleep(0.01)


def history(run, key):
    return [(point.step, point.value) for point in tracker.TrackerClient().get_metric_history(run.info.run_id, key)]


def loop(model, optimizer, steps, scheduler=None):
    x = torch.linspace(-1, 1, 12)[:, None]
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(x) - 2 * x) ** 2).mean()
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        losses.append(loss.item())
    return losses


def test_what_a_function_deletes_is_not_kept_alive():
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loop(model, optimizer, 2)
    kept = [weakref.ref(model), weakref.ref(optimizer)]
    del model, optimizer
    gc.collect()
    assert [each() for each in kept] == [None, None]


def test_a_loop(runs):
    model = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(
        [{"params": model[0].parameters()}, {"params": model[1].parameters(), "lr": 0.02}], lr=0.1, momentum=0.5
    )
    with tracker.start_run():
        losses = loop(model, optimizer, 6, torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.1))
    (run,) = runs()
    assert history(run, "loss") == list(enumerate(losses))
    assert [value for _, value in history(run, "lr")] == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])
    assert history(run, "lr_group_1")[0] == (0, 0.02)
    params = run.data.params
    assert (params["optimizer_name"], params["momentum"], params["device"]) == ("SGD", "0.5", "cpu")
    assert params["trained_parameters"] == "10"
    summary = tracker.artifacts.load_text(f"{run.info.artifact_uri}/model_summary.txt")
    assert "Linear(in_features=1, out_features=3" in summary
    assert "parameters: 10, of which trainable: 10" in summary


def test_every_third_step_and_the_gradient(runs):
    tracker.pytorch.autolog(log_every_n_step=3, log_grad_norm=True)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.Adam(model.parameters())
    with tracker.start_run():
        loop(model, optimizer, 7)
        norm = torch.cat([each.grad.flatten() for each in model.parameters()]).norm().item()
    (run,) = runs()
    assert [step for step, _ in history(run, "loss")] == [0, 3, 6]
    assert history(run, "grad_norm")[-1] == (6, pytest.approx(norm))


def test_two_optimizers_that_step_together_are_one_training(runs):
    one, two = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    first, second = torch.optim.SGD(one.parameters(), lr=0.1), torch.optim.Adam(two.parameters(), lr=0.2)
    with tracker.start_run():
        for _ in range(4):
            loop(one, first, 1)
            loop(two, second, 1)
    (run,) = runs()
    assert [step for step, _ in history(run, "loss")] == [step for step, _ in history(run, "loss_2")] == [0, 1, 2, 3]
    assert (run.data.params["optimizer_name"], run.data.params["optimizer_2_name"]) == ("SGD", "Adam")
    assert run.data.metrics["lr_2"] == 0.2


def test_a_training_that_goes_on_in_another_run_logs_there(runs):
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for name in ("one", "two"):
        with tracker.start_run(run_name=name):
            loop(model, optimizer, 3)
    assert {run.info.run_name: len(history(run, "loss")) for run in runs()} == {"one": 3, "two": 3}


def test_without_a_run_the_training_has_one_until_its_optimizer_is_gone(runs):
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loop(model, optimizer, 2)
    assert tracker.active_run() is not None
    tracker.log_metric("mine", 1)
    del optimizer
    settle()
    assert tracker.active_run() is None
    (run,) = runs()
    assert (run.info.status, run.data.metrics["mine"], run.data.metrics["lr"]) == ("FINISHED", 1, 0.1)


def test_of_several_processes_the_first_logs_and_each_that_has_a_run_of_its_own(runs, monkeypatch):
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    model = torch.nn.Linear(1, 1)
    loop(model, torch.optim.SGD(model.parameters(), lr=0.1), 2)
    assert not runs()
    with tracker.start_run(run_name="own"):
        loop(model, torch.optim.SGD(model.parameters(), lr=0.1), 3)
    (own,) = runs()
    assert len(history(own, "loss")) == 3
    monkeypatch.setenv("JUPYTER_TRACKER_RUN_ID", own.info.run_id)
    with tracker.start_run():
        loop(model, torch.optim.SGD(model.parameters(), lr=0.1), 2)
    assert len(history(own, "loss")) == 3


def test_values_that_come_late_are_logged_when_they_are_here(runs, monkeypatch):
    class Event:
        here = False

        def query(self):
            return self.here

    event = Event()
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with tracker.start_run():
        loop(model, optimizer, 1)
        (training,) = pytorch._TRAININGS.values()
        training.waiting.append(pytorch._Waiting("late", 7, 1, torch.tensor(0.5), event))
        loop(model, optimizer, 1)
        assert len(training.waiting) == 1
        event.here = True
        loop(model, optimizer, 1)
        assert not training.waiting
    assert history(runs()[0], "late") == [(7, 0.5)]
