"""Keras's `Model.fit`: what each epoch tells, early stopping, and the model with what goes into it."""

import json

import keras
import numpy as np
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidParameterError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 3)).astype("float32"), RNG.normal(size=(64, 1)).astype("float32")


@pytest.fixture(autouse=True)
def _on():
    tracker.keras.autolog()


def build(optimizer="adam", metrics=("mae",)):
    model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse", metrics=list(metrics))
    return model


def history(run, key):
    return [(point.step, point.value) for point in tracker.TrackerClient().get_metric_history(run.info.run_id, key)]


def test_a_fit(runs, files):
    keras.optimizers.SGD()  # the next one is called "sgd_1", or more
    with tracker.start_run():
        found = build(keras.optimizers.SGD(0.01, momentum=0.5)).fit(
            X, Y, epochs=4, batch_size=16, validation_split=0.25, verbose=0
        )
    (run,) = runs()
    for key in ("loss", "mae", "val_loss", "val_mae"):
        assert history(run, key) == list(enumerate(pytest.approx(value) for value in found.history[key]))
    assert history(run, "learning_rate") == [(epoch, pytest.approx(0.01)) for epoch in range(4)]
    params = run.data.params
    assert {key: params[key] for key in ("epochs", "batch_size", "validation_split", "shuffle", "loss")} == {
        "epochs": "4", "batch_size": "16", "validation_split": "0.25", "shuffle": "True", "loss": "mse",
    }  # fmt: skip
    assert (params["opt_name"], params["opt_momentum"]) == ("sgd", "0.5")
    assert {"verbose", "callbacks", "x"}.isdisjoint(params)
    summary = tracker.artifacts.load_text(f"{run.info.artifact_uri}/model_summary.txt")
    assert "dense" in summary
    assert "Trainable params" in summary
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, used.tags[0].value) == ("X", "train")
    assert json.loads(used.dataset.profile)["features_shape"] == [64, 3]


def test_the_model_is_kept_with_signature_and_example(runs):
    with tracker.start_run() as run:
        model = build()
        model.fit(X, Y, epochs=1, verbose=0)
    loaded = tracker.keras.load_model(f"runs:/{run.info.run_id}/model")
    np.testing.assert_allclose(loaded.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6)
    info = tracker.models.get_model_info(f"runs:/{run.info.run_id}/model")
    assert info.signature.inputs.to_dict() == [
        {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}
    ]
    assert info.signature.outputs.inputs[0].shape == (-1, 1)
    assert info.saved_input_example_info["type"] == "ndarray"
    predicted = tracker.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(X[:2])
    assert predicted.shape == (2, 1)


def test_a_loader_is_asked_for_no_rows_and_the_model_says_what_it_takes(runs):
    class Batches(keras.utils.PyDataset):
        asked = 0

        def __len__(self):
            return 4

        def __getitem__(self, index):
            Batches.asked += 1
            return X[index * 16 : index * 16 + 16], Y[index * 16 : index * 16 + 16]

    tracker.keras.autolog(disable=True)
    build().fit(Batches(), epochs=2, verbose=0)
    plain, Batches.asked = Batches.asked, 0
    tracker.keras.autolog()
    with tracker.start_run() as run:
        build().fit(Batches(), epochs=2, verbose=0)
    assert Batches.asked == plain
    info = tracker.models.get_model_info(f"runs:/{run.info.run_id}/model")
    assert info.signature.inputs.inputs[0].shape == (-1, 3)
    assert info.saved_input_example_info is None
    (used,) = tracker.get_run(run.info.run_id).inputs.dataset_inputs
    profile = json.loads(used.dataset.profile)
    assert (used.dataset.name, profile["num_batches"], profile["digest_of"]) == ("Batches", 4, "description")
    assert used.tags[0].value == "train"


def test_several_inputs_by_name(runs):
    first, second = keras.Input((2,), name="first"), keras.Input((1,), name="second")
    model = keras.Model([first, second], keras.layers.Dense(1)(keras.layers.Concatenate()([first, second])))
    model.compile(loss="mse")
    with tracker.start_run() as run:
        model.fit({"first": X[:, :2], "second": X[:, 2:]}, Y, epochs=1, verbose=0)
    info = tracker.models.get_model_info(f"runs:/{run.info.run_id}/model")
    assert info.signature.inputs.input_names() == ["first", "second"]
    assert info.signature.outputs.inputs[0].shape == (-1, 1)


def test_early_stopping_with_restored_weights(runs):
    class Given(keras.callbacks.Callback):
        """Makes the watched metric go as this test wants it."""

        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = [3.0, 1.0, 2.0, 2.5, 2.6][epoch]

    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=0.01, mode="min", restore_best_weights=True)
    model, held_out = build(), X[:20]
    with tracker.start_run():
        model.fit(X, Y, epochs=5, validation_data=(held_out, Y[:20]), callbacks=[Given(), stop], verbose=0)
    (run,) = runs()
    assert {key: run.data.params[key] for key in ("monitor", "patience", "min_delta", "restore_best_weights")} == {
        "monitor": "val_loss", "patience": "2", "min_delta": "0.01", "restore_best_weights": "True",
    }  # fmt: skip
    metrics = run.data.metrics
    assert {key: metrics[key] for key in ("stopped_epoch", "restored_epoch", "best_epoch", "best_score")} == {
        "stopped_epoch": 3, "restored_epoch": 1, "best_epoch": 1, "best_score": 1,
    }  # fmt: skip
    loss = history(run, "loss")
    assert loss[-1] == (4, loss[1][1])
    assert {(each.dataset.name, each.tags[0].value) for each in run.inputs.dataset_inputs} == {
        ("X", "train"), ("held_out", "eval"),
    }  # fmt: skip


def test_batches_when_they_are_asked_for(runs):
    tracker.tensorflow.autolog(log_every_n_steps=2, log_every_epoch=False, log_models=False)
    with tracker.start_run():
        build().fit(X, Y, epochs=2, batch_size=16, verbose=0)
    (run,) = runs()
    assert [step for step, _ in history(run, "batch_loss")] == [0, 2, 4, 6]
    assert "loss" not in run.data.metrics
    assert not run.outputs.model_outputs
    with pytest.raises(InvalidParameterError, match="log_every_n_steps must be a whole number of at least 1, not 0"):
        tracker.keras.autolog(log_every_n_steps=0)


def test_the_loops_of_its_backend_are_not_logged_a_second_time(runs):
    tracker.autolog()
    with tracker.start_run():
        build().fit(X, Y, epochs=2, verbose=0)
    (run,) = runs()
    assert len(history(run, "loss")) == 2
    assert "lr" not in run.data.metrics


def test_the_callbacks_of_the_user_stay_as_they_were(runs):
    mine = [keras.callbacks.TerminateOnNaN()]
    model = build()
    model.fit(X, Y, epochs=1, callbacks=mine, verbose=0)
    assert len(mine) == 1
    made = keras.callbacks.CallbackList(mine, model=model)
    before = list(made.callbacks)
    model.fit(X, Y, epochs=1, callbacks=made, verbose=0)
    assert made.callbacks == before
    assert [len(history(run, "loss")) for run in runs()] == [1, 1]


def test_a_schedule_of_the_learning_rate_is_a_curve(runs):
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=4, decay_rate=0.5)
    build(keras.optimizers.SGD(rate)).fit(X, Y, epochs=3, batch_size=16, verbose=0)
    (run,) = runs()
    assert [value for _, value in history(run, "learning_rate")] == pytest.approx([0.05, 0.025, 0.0125])


def test_a_model_that_is_fitted_on_goes_on_in_its_run(runs):
    model = build()
    with tracker.start_run():
        model.fit(X, Y, epochs=2, verbose=0)
        model.fit(X, Y, epochs=1, verbose=0)
        model.fit(X, Y, initial_epoch=3, epochs=4, verbose=0)
    (run,) = runs()
    assert [step for step, _ in history(run, "loss")] == [0, 1, 2, 3]
    assert sorted(output.step for output in run.outputs.model_outputs) == [0, 1, 2]
