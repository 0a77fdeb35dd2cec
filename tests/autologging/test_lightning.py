"""Lightning's Trainer: metrics as the module logs them, optimizers, early stopping, checkpoints, the model."""

import json
import pickle
import warnings

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

import jupyter_tracker as tracker

X = torch.linspace(-1, 1, 32)[:, None]
DATA = TensorDataset(X, 2 * X)
QUIET = {
    "accelerator": "cpu", "devices": 1, "logger": False, "enable_progress_bar": False, "enable_model_summary": False,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _on():
    tracker.pytorch.autolog()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        yield


class Net(pl.LightningModule):
    """A line."""

    def __init__(self, hidden=3, lr=0.1, given=None):
        super().__init__()
        self.save_hyperparameters(ignore=["given"])
        self.layers = torch.nn.Sequential(torch.nn.Linear(1, hidden), torch.nn.Linear(hidden, 1))
        self.given = given
        self.losses = []

    def forward(self, x):
        return self.layers(x)

    def training_step(self, batch, _index):
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.losses.append(loss.item())
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("step_only", loss)
        return loss

    def on_train_epoch_end(self):
        self.log("late", float(self.current_epoch))

    def validation_step(self, batch, _index):
        found = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log("val_loss", found if self.given is None else self.given[self.current_epoch])

    def test_step(self, batch):
        self.log("test_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr, momentum=0.5)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.1)]


def history(run, key):
    return [(point.step, point.value) for point in tracker.TrackerClient().get_metric_history(run.info.run_id, key)]


def fit(model, epochs=3, **options):
    options = {"log_every_n_steps": 1, "enable_checkpointing": False, **QUIET, **options}
    trainer = pl.Trainer(max_epochs=epochs, **options)
    trainer.fit(model, DataLoader(DATA, batch_size=8), DataLoader(DATA, batch_size=32))
    return trainer


def test_a_fit(runs):
    model = Net()
    with tracker.start_run():
        fit(model)
    (run,) = runs()
    steps = [(step, pytest.approx(loss)) for step, loss in enumerate(model.losses)]
    assert history(run, "train_loss_step") == history(run, "step_only") == steps
    means = [np.mean(model.losses[i : i + 4]) for i in (0, 4, 8)]
    assert history(run, "train_loss_epoch") == [(epoch, pytest.approx(value)) for epoch, value in enumerate(means)]
    assert "train_loss" not in run.data.metrics  # it would be the one and the other by turns
    assert [step for step, _ in history(run, "val_loss")] == [0, 1, 2]
    assert history(run, "late") == [(0, 0), (1, 1), (2, 2)]
    assert [value for _, value in history(run, "lr")] == pytest.approx([0.1] * 4 + [0.01] * 4 + [0.001] * 4)
    assert "loss" not in run.data.metrics  # the hooks of plain loops are silent
    params = run.data.params
    assert {key: params[key] for key in ("hidden", "epochs", "optimizer_name", "momentum", "trained_parameters")} == {
        "hidden": "3", "epochs": "3", "optimizer_name": "SGD", "momentum": "0.5", "trained_parameters": "10",
    }  # fmt: skip
    summary = tracker.artifacts.load_text(f"{run.info.artifact_uri}/model_summary.txt")
    assert "layers.1" in summary
    assert "Trainable params" in summary


def test_as_often_as_the_trainer_tells_its_loggers(runs):
    fit(Net(), epochs=2, log_every_n_steps=3)
    tracker.pytorch.autolog(log_every_n_step=4)
    fit(Net(), epochs=2)
    first, second = runs()
    assert [step for step, _ in history(first, "step_only")] == [2, 5]
    assert [step for step, _ in history(second, "step_only")] == [3, 7]


def test_gradients_that_are_accumulated_are_one_step(runs):
    fit(Net(), epochs=1, accumulate_grad_batches=2)
    assert [step for step, _ in history(runs()[0], "lr")] == [0, 1]


def test_the_model_with_what_goes_into_it(runs):
    model = Net()
    with tracker.start_run() as run:
        fit(model, epochs=1)
    loaded = tracker.pytorch.load_model(f"runs:/{run.info.run_id}/model")
    torch.testing.assert_close(loaded(X), model(X))
    info = tracker.models.get_model_info(f"runs:/{run.info.run_id}/model")
    assert info.signature.inputs.inputs[0].shape == info.signature.outputs.inputs[0].shape == (-1, 1)


def test_early_stopping_and_checkpoints(runs, tmp_path):
    given = [3.0, 1.0, 2.0, 2.5, 2.6, 2.7]
    stop = pl.callbacks.EarlyStopping("val_loss", patience=2, min_delta=0.01)
    keep = pl.callbacks.ModelCheckpoint(tmp_path, "{epoch}", monitor="val_loss", save_top_k=2)
    with tracker.start_run():
        fit(Net(given=given), epochs=6, callbacks=[stop, keep], enable_checkpointing=True)
    (run,) = runs()
    assert {key: run.data.params[key] for key in ("monitor", "mode", "patience", "min_delta")} == {
        "monitor": "val_loss", "mode": "min", "patience": "2", "min_delta": "0.01",
    }  # fmt: skip
    metrics = run.data.metrics
    assert {key: metrics[key] for key in ("stopped_epoch", "restored_epoch", "best_score", "wait_count")} == {
        "stopped_epoch": 3, "restored_epoch": 1, "best_score": 1, "wait_count": 2,
    }  # fmt: skip
    assert metrics["best_model_score"] == 1
    (found,) = json.loads(tracker.artifacts.load_text(f"{run.info.artifact_uri}/checkpoints.json"))
    assert (found["monitor"], found["best_model_path"]) == ("val_loss", str(tmp_path / "epoch=1.ckpt"))
    assert len(found["best_k_models"]) == 2


def test_a_test_goes_to_the_run_of_its_model(runs):
    model = Net()
    with tracker.start_run():
        trainer = fit(model)
    (result,) = trainer.test(model, DataLoader(DATA, batch_size=32), verbose=False)
    (run,) = runs()
    assert run.data.metrics["test_loss"] == pytest.approx(result["test_loss"])


def test_a_training_that_ran_in_other_processes_leaves_its_last_metrics(runs):
    from types import SimpleNamespace

    from jupyter_tracker.autologging._recording import begin
    from jupyter_tracker.autologging.lightning_metrics import Progress
    from jupyter_tracker.autologging.options import DEFAULTS

    trainer = SimpleNamespace(callback_metrics={"val_loss": torch.tensor(0.5)}, current_epoch=4)
    run = begin("lightning", "Net", DEFAULTS)
    Progress(pl, trainer, None, run, DEFAULTS, print).end()
    run.end()
    assert history(runs()[0], "val_loss") == [(4, 0.5)]


def test_a_model_that_is_trained_on_goes_on_in_its_run(runs):
    model = Net()
    with tracker.start_run():
        fit(model, epochs=2)
        fit(model, epochs=1)
    (run,) = runs()
    assert [step for step, _ in history(run, "step_only")] == list(range(12))
    assert [step for step, _ in history(run, "val_loss")] == [0, 1, 2]


def test_the_trainer_is_as_it_was(runs):
    trainer = pl.Trainer(max_epochs=1, enable_checkpointing=False, **QUIET)
    before = list(trainer.callbacks)
    trainer.fit(Net(), DataLoader(DATA, batch_size=8))
    assert trainer.callbacks == before


def test_a_callback_that_is_sent_to_another_process_does_nothing_there(runs):
    from jupyter_tracker.autologging._recording import begin
    from jupyter_tracker.autologging.lightning_metrics import Progress, callback
    from jupyter_tracker.autologging.options import DEFAULTS

    ours = callback(Progress(pl, None, None, begin("lightning", "Net", DEFAULTS), DEFAULTS, print))
    assert type(pickle.loads(pickle.dumps(ours))) is pl.Callback


def test_the_other_ranks_of_a_training_log_nothing(runs, monkeypatch):
    monkeypatch.setattr(pl.Trainer, "is_global_zero", False)
    fit(Net(), epochs=1)
    assert not runs()


class Squares(torch.utils.data.Dataset):
    """Says how long it is; what it gives is counted."""

    asked = 0

    def __len__(self):
        return 16

    def __getitem__(self, index):
        Squares.asked += 1
        return torch.tensor([float(index)]), torch.tensor([float(index) ** 2])


def used_of(run):
    found = tracker.get_run(run.info.run_id).inputs.dataset_inputs
    return {each.tags[0].value: (each.dataset.name, json.loads(each.dataset.profile)) for each in found}


def test_loaders_are_logged_and_asked_for_nothing(runs):
    trainer = pl.Trainer(max_epochs=1, num_sanity_val_steps=0, enable_checkpointing=False, **QUIET)
    squares = DataLoader(Squares(), batch_size=4)
    with tracker.start_run() as run:
        trainer.fit(Net(), squares, DataLoader(DATA, batch_size=32))
    assert Squares.asked == 16
    used = used_of(run)
    assert used["train"] == (
        "squares",
        {
            "type": "torch.utils.data.dataloader.DataLoader",
            "dataset": f"{__name__}.Squares",
            "num_rows": 16,
            "num_batches": 4,
            "batch_size": 4,
            "digest_of": "description",
        },
    )
    # Tensors in memory have a digest of what they hold.
    name, profile = used["eval"]
    assert (name, profile["features_shape"], profile["num_batches"]) == ("TensorDataset", [32, 1], 1)
    assert "digest_of" not in profile


def test_the_loader_of_a_test_is_logged_to_the_run_of_the_model():
    model = Net()
    with tracker.start_run() as run:
        trainer = fit(model, epochs=1)
    squares = DataLoader(Squares(), batch_size=8)
    trainer.test(model, squares, verbose=False)
    found = tracker.get_run(run.info.run_id).inputs.dataset_inputs
    assert ("squares", "eval") in [(each.dataset.name, each.tags[0].value) for each in found]


def test_data_sets_can_be_left_out():
    tracker.pytorch.autolog(log_datasets=False)
    with tracker.start_run() as run:
        fit(Net(), epochs=1)
    assert tracker.get_run(run.info.run_id).inputs.dataset_inputs == []
