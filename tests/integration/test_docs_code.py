"""Every block of Python and every command of the README and the user guide runs as it stands there."""

import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest

from jupyter_tracker import cli
from jupyter_tracker.tracking import active, location

ROOT = Path(__file__).parents[2]
# What is about servers speaks of addresses that do not exist; `tests/rest` and `tests/databases` are about them.
_OF_SERVERS = {"deploying", "server"}
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.stem not in _OF_SERVERS)]

# What the pages take for granted: data, a trained model, and runs of the names that they use.
BEFORE = """
import pathlib, joblib
import jupyter_tracker as tracker
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X[:300], y[:300], random_state=0)
n_trees, figure, train_one_epoch = 50, Figure(), lambda: 0.5
forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(X_train, y_train)
for name in ("first-try", "rf-baseline", "rf-deeper", "baseline", "deeper"):
    with tracker.start_run(run_name=name) as run:
        tracker.log_params({"model": "rf", "n_estimators": 200, "max_depth": 8, "depth": 8})
        tracker.log_metrics({"f1": 0.95, "loss": 0.1, "calibration": 0.02})
        tracker.sklearn.log_model(forest, "model")
run_id = run.info.run_id
pathlib.Path("models").mkdir()
joblib.dump(forest, "models/rf.joblib")
with tracker.start_run(run_id=run_id):
    tracker.sklearn.log_model(forest, "model", registered_model_name="churn-classifier")
    tracker.sklearn.log_model(forest, "model", registered_model_name="churn")
client = tracker.TrackerClient()
client.create_model_version("churn-classifier", f"runs:/{run_id}/model", run_id)
client.transition_model_version_stage("churn-classifier", "1", "Production")
client.set_registered_model_alias("churn", "champion", "1")
test_data = X_test.assign(churned=y_test)
import optuna
pathlib.Path("promotion.yaml").write_text("model: churn-classifier\\nmetric: f1\\nthreshold: 0.02\\n")
optuna.logging.set_verbosity(optuna.logging.ERROR)
study, objective = optuna.create_study(), lambda trial: trial.suggest_float("x", 0, 1)
"""
# What is promoted is the run of a moment ago.
BEFORE_PROMOTING = """
with tracker.start_run() as run:
    tracker.log_metric("f1", 0.99)
    tracker.sklearn.log_model(forest, "model")
"""


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands():
    """Each `jupyter tracker` command that needs nothing but the store, with its page."""
    for page in PAGES:
        for line in "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            # Models are served until somebody stops it, and their addresses are made up.
            if words[:2] == ["jupyter", "tracker"] and words[2] != "models":
                yield page.name, words[2:]


@pytest.fixture
def project(own_kernel, tmp_path, monkeypatch):
    """A project with the runs that the pages speak of, a kernel in it, and MLflow's store in the home folder."""
    for name in ("JUPYTER_TRACKER_URI", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    with zipfile.ZipFile(ROOT / "tests" / "golden" / "mlflow-3.17.2.zip") as archive:
        archive.extractall(home)
    (home / "sql").rename(home / "project")
    shutil.copytree(home / "files" / "mlruns", home / "project" / "mlruns", dirs_exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    own_kernel.run(f"import os; os.environ['HOME'] = {str(home)!r}")
    reply = own_kernel.run(BEFORE, timeout=240)
    assert reply.status == "ok", reply.traceback
    monkeypatch.chdir(tmp_path)
    location.forget()
    yield
    active.close_all()
    location.forget()


@pytest.mark.usefixtures("project")
def test_the_guide_runs(own_kernel, capsys):
    own_kernel.run("%load_ext jupyter_tracker")
    for page in PAGES:
        for block in blocks(page, "python"):
            if "promote" in block:
                own_kernel.run(BEFORE_PROMOTING)
            reply = own_kernel.run(block, timeout=120)
            shown = reply.text + "".join(reply.bundles("text/plain"))
            assert reply.status == "ok", f"{page.name}\n{block}\n{reply.traceback}"
            assert "Traceback" not in shown, f"{page.name}\n{block}\n{shown}"
            assert "TrackerWarning" not in shown, f"{page.name}\n{block}\n{shown}"
            own_kernel.run("tracker.end_run()")
    for page, words in commands():
        answer = ["--yes"] if words[0] in {"delete", "restore", "gc", "export"} and "--dry-run" not in words else []
        status = cli.main([*words, *answer])
        assert status == 0, f"{page}: {' '.join(words)}\n{capsys.readouterr().err}"
