"""Fill a folder with the runs of the pictures: real, small trainings on the data sets that ship with scikit-learn.

python -m tests.browser.sample_project FOLDER

About a minute. The folder then has a store of 60 runs in four experiments, a registered model, and nothing else.
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import jupyter_tracker as tracker

NOTE = """\
## Wider helps, deeper does not

Two layers of 128 reach the accuracy of three with half the time per epoch. Most of what is left are
**8s read as 1s** (see `plots/confusion.png`).

| layers | val accuracy | s / epoch |
| --- | --- | --- |
| 128, 128 | 0.98 | 0.05 |
| 64 | 0.97 | 0.02 |

- [x] early stopping makes no difference
- [ ] try augmentation by one pixel
"""


def digits(epochs=30):
    """Networks and linear models on handwritten digits, epoch by epoch."""
    x, y = load_digits(return_X_y=True)
    x_train, x_val, y_train, y_val = train_test_split(x / 16, y, test_size=0.3, stratify=y, random_state=0)
    table = pd.DataFrame(x_train, columns=[f"pixel_{i}" for i in range(64)])
    data = tracker.data.from_pandas(table, name="digits-train")
    tracker.set_experiment("digits")
    grid = list(product(((64,), (128, 128), (32, 32, 32)), (0.01, 0.003, 0.001), (1e-4, 1e-2), ("adam", "sgd")))
    for number, (layers, rate, alpha, solver) in enumerate(grid):
        model = MLPClassifier(
            hidden_layer_sizes=layers, learning_rate_init=rate, alpha=alpha, solver=solver, random_state=number
        )
        name = f"mlp-{'x'.join(map(str, layers))}-{solver}-{rate}"
        with tracker.start_run(run_name=name, description=NOTE if number == 12 else None):
            tracker.set_tags({"model": "mlp", "team": "vision", "stage": "sweep" if number % 3 else "baseline"})
            tracker.log_params(
                {"model": "mlp", "layers": "-".join(map(str, layers)), "lr": rate, "alpha": alpha, "solver": solver}
            )
            tracker.log_input(data, context="training")
            _epochs(model, (x_train, y_train), (x_val, y_val), epochs)
            _confusion(model, x_val, y_val, ("8 read as 1", 8, 1))
            if number == 12:
                _files(model, x_val, y_val)
    for number, (loss, alpha) in enumerate(product(("log_loss", "modified_huber"), (1e-4, 1e-3, 1e-2))):
        with tracker.start_run(run_name=f"sgd-{loss.replace('_', '-')}-{alpha}"):
            tracker.set_tags({"model": "linear", "team": "vision", "stage": "baseline"})
            tracker.log_params({"model": "linear", "loss": loss, "alpha": alpha})
            tracker.log_input(data, context="training")
            model = SGDClassifier(loss=loss, alpha=alpha, random_state=number)
            _epochs(model, (x_train, y_train), (x_val, y_val), epochs)


def _epochs(model, training, validation, epochs):
    labels = np.unique(training[1])
    shuffled = np.random.default_rng(0)
    for epoch in range(epochs):
        order = shuffled.permutation(len(training[1]))
        for part in np.array_split(order, 6):
            model.partial_fit(training[0][part], training[1][part], classes=labels)
        scores = {}
        for name, (x, y) in {"train": training, "val": validation}.items():
            guess = model.predict_proba(x)
            scores[f"{name}/loss"] = log_loss(y, np.clip(guess, 1e-9, 1), labels=labels)
            scores[f"{name}/accuracy"] = accuracy_score(y, guess.argmax(axis=1))
        tracker.log_metrics(scores, step=epoch)
    tracker.log_metric("test_f1", f1_score(validation[1], model.predict(validation[0]), average="macro"))


def _confusion(model, x, y, worst):
    figure = Figure(figsize=(4.6, 4), layout="constrained")
    axes = figure.subplots()
    found = confusion_matrix(y, model.predict(x))
    axes.imshow(found, cmap="Blues")
    for (row, column), count in np.ndenumerate(found):
        if count:
            axes.text(column, row, count, ha="center", va="center", color="white" if row == column else "black")
    axes.set(xlabel="read as", ylabel="is a", xticks=range(10), yticks=range(10))
    axes.set_title(f"{worst[0]}: {found[worst[1], worst[2]]}", fontsize=10)
    tracker.log_figure(figure, "plots/confusion.png")


def _files(model, x, y):
    import plotly.express as px

    guess = model.predict_proba(x)
    rows = pd.DataFrame({"is": y, "read_as": guess.argmax(axis=1), "sure": guess.max(axis=1).round(4)})
    tracker.log_table(rows, "tables/predictions.json")
    figure = px.histogram(
        rows, x="sure", color=rows["is"] == rows["read_as"], nbins=40, title="How sure, and how right"
    )
    tracker.log_figure(figure, "plots/sure.json")
    tracker.log_figure(figure, "plots/sure.html")
    tracker.log_dict({"early_stopping": False, "batch": 210, "augment": {"shift": 1, "rotate": 0}}, "config.json")
    tracker.log_text(NOTE, "report.md")
    tracker.log_text(
        "import numpy as np\n\n\ndef shift(images, by):\n    return np.roll(images, by, axis=2)\n", "augment.py"
    )
    tracker.log_text(rows.head(50).to_csv(index=False), "tables/first.csv")
    circles = "".join(f'<circle cx="{20 + 24 * i}" cy="40" r="{4 + 2 * i}" fill="#405cde"/>' for i in range(5))
    tracker.log_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="80">{circles}</svg>', "plots/dots.svg"
    )


def churn():
    """Versions of a model that is registered: one in production, one that is tried."""
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, stratify=y, random_state=0)
    data = tracker.data.from_pandas(x_train, name="tumours-2026-10")
    tracker.set_experiment("tumours")
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=0.1)),
        "forest-50": RandomForestClassifier(50, max_depth=4, random_state=0),
        "forest-200": RandomForestClassifier(200, max_depth=8, random_state=0),
        "boosting": GradientBoostingClassifier(n_estimators=80, max_depth=2, random_state=0),
    }
    for name, model in models.items():
        with tracker.start_run(run_name=name) as run:
            tracker.set_tags({"team": "clinic", "model": type(model).__name__})
            tracker.log_params({"model": name.split("-")[0], "n_features": x.shape[1]})
            tracker.log_input(data, context="training")
            model.fit(x_train, y_train)
            guess = model.predict_proba(x_test)[:, 1]
            tracker.log_metrics({"f1": f1_score(y_test, guess > 0.5), "log_loss": log_loss(y_test, guess)})
            tracker.sklearn.log_model(model, "model", input_example=x_train.head(3))
        tracker.register_model(f"runs:/{run.info.run_id}/model", "tumour-classifier")
    client = tracker.TrackerClient()
    client.transition_model_version_stage("tumour-classifier", 1, "Archived", comment="replaced by forests")
    client.transition_model_version_stage("tumour-classifier", 2, "Production", comment="reviewed with the clinic")
    client.transition_model_version_stage("tumour-classifier", 3, "Staging", comment="shadow traffic until Friday")
    client.set_registered_model_alias("tumour-classifier", "champion", 2)
    client.set_registered_model_alias("tumour-classifier", "challenger", 3)
    client.update_registered_model("tumour-classifier", description="Benign or malignant, from 30 measurements")


def others():
    """A regression, and an experiment of few runs of which one fails."""
    x, y = load_diabetes(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
    tracker.set_experiment("diabetes-regression")
    for depth, rate in product((1, 2, 4), (0.3, 0.1, 0.03)):
        with tracker.start_run(run_name=f"boosting-{depth}"):
            tracker.log_params({"max_depth": depth, "learning_rate": rate, "n_estimators": 150})
            model = GradientBoostingRegressor(n_estimators=150, max_depth=depth, learning_rate=rate, random_state=0)
            model.fit(x_train, y_train)
            for step, guess in enumerate(model.staged_predict(x_test)):
                tracker.log_metric("val/rmse", mean_squared_error(y_test, guess) ** 0.5, step=step)
            tracker.log_metrics({"r2": r2_score(y_test, guess), "rmse": mean_squared_error(y_test, guess) ** 0.5})
    x, y = load_wine(return_X_y=True)
    tracker.set_experiment("wine")
    for neighbours in (5, 15):
        with tracker.start_run(run_name=f"forest-{neighbours}"):
            tracker.log_param("n_estimators", neighbours)
            tracker.log_metric("accuracy", RandomForestClassifier(neighbours, random_state=0).fit(x, y).score(x, y))
    try:
        with tracker.start_run(run_name="forest-0"):
            tracker.log_param("n_estimators", 0)
            RandomForestClassifier(0).fit(x, y)
    except ValueError as error:
        print("as meant:", error)


def main(folder):
    """Fill the folder."""
    store = Path(folder).resolve() / ".jupyter_tracker" / "tracker.db"
    store.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    tracker.set_tracking_uri(f"sqlite:///{store}")
    churn()
    others()
    digits()


if __name__ == "__main__":
    main(sys.argv[1])
