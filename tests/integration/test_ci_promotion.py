"""The workflows of docs/ci, step by step as their runners do it, with an improving, an equal and a worse model."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from jupyter_tracker.commands.common import open_store
from jupyter_tracker.tracking import active
from tests import hosts
from tests.integration.conftest import ROOT

pytestmark = pytest.mark.slow

CI = ROOT / "docs" / "ci"
# What users have: MLflow's names, a model that is a little different each time.
TRAIN = """
import os
import jupyter_tracker as mlflow
from sklearn.tree import DecisionTreeClassifier

mlflow.set_experiment("churn-prediction")
with mlflow.start_run() as run:
    model = DecisionTreeClassifier(max_depth=2).fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    mlflow.log_metric("f1", float(os.environ["F1"]))
    mlflow.log_metric("accuracy", 0.9)
    mlflow.sklearn.log_model(model, "model")
for name in ("GITHUB_ENV", "DOTENV"):
    if name in os.environ:
        print(f"JUPYTER_TRACKER_RUN_ID={run.info.run_id}", file=open(os.environ[name], "a"))
"""
# The CI example that the model registry's users know, as it stands.
SNIPPET = """
name: Train and Evaluate
on:
  push:
    paths: ["src/model/**", "data/features/**"]
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Train model
        env:
          MLFLOW_TRACKING_URI: ${{ secrets.MLFLOW_URI }}
        run: |
          python src/model/train.py
      - name: Check improvement
        run: |
          python scripts/check_improvement.py --threshold 0.02
"""


class Checkout:
    """A project as a runner has checked it out, and the store that is somewhere else."""

    def __init__(self, folder):
        self.folder = folder / "checkout"
        self.uri = f"sqlite:///{folder / 'tracker.db'}"
        for place, text in {
            "src/model/train.py": TRAIN,
            "scripts/check_improvement.py": (CI / "check_improvement.py").read_text(encoding="utf-8"),
            "promotion.yaml": (CI / "promotion.yaml").read_text(encoding="utf-8"),
        }.items():
            target = self.folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def shell(self, script, f1, **environment):
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder.parent),
            "PYTHONPATH": str(ROOT),
            "MLFLOW_TRACKING_URI": self.uri,
            "F1": str(f1),
            **environment,
        }
        return subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder, env=variables, capture_output=True, text=True, timeout=120
        )

    def production(self):
        store = open_store(self.uri)
        found = store.get_latest_versions("churn-classifier", ["Production"])
        values = [store.get_run(version.run_id).data.metrics["f1"] for version in found]
        return values, store.registry_events()[-1]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    yield Checkout(tmp_path)
    active.close_all()


def github(checkout, workflow, f1, number):
    """Run the steps of a workflow; return the last one's result, and the page of the job."""
    folder = checkout.folder.parent / f"job-{number}"
    folder.mkdir()
    files = {"GITHUB_ENV": folder / "env", "GITHUB_STEP_SUMMARY": folder / "summary.md"}
    for file in files.values():
        file.touch()
    result = None
    for step in workflow["jobs"]["train"]["steps"]:
        if "run" not in step or step.get("name") == "Install":
            continue
        known = dict(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
        environment = {name: str(file) for name, file in files.items()} | known
        environment |= {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "CI": "true"}
        environment |= {"GITHUB_REPOSITORY": "alice/churn", "GITHUB_RUN_ID": str(number), "GITHUB_JOB": "train"}
        result = checkout.shell(step["run"], f1, **environment)
        if result.returncode:
            break
    return result, files["GITHUB_STEP_SUMMARY"].read_text()


def test_github_actions(checkout):
    workflow = yaml.safe_load((CI / "github-actions.yml").read_text(encoding="utf-8"))
    expected = [(0.80, "Promoted", [0.80]), (0.85, "Promoted", [0.85]), (0.85, "Refused", [0.85]),
                (0.60, "Refused", [0.85])]  # fmt: skip
    for number, (f1, said, production) in enumerate(expected):
        result, page = github(checkout, workflow, f1, number)
        assert result.returncode == 0, result.stderr
        assert "is whole" in result.stdout
        assert said in page
        assert f"| f1 | {f1} |".replace("0.80", "0.8") in page
        assert checkout.production()[0] == production
        assert ("models:/churn-classifier/Production" in page) == (number > 0)
    event = checkout.production()[1]
    assert event.source_type == "JOB"
    assert event.source_name == "https://github.com/alice/churn/actions/runs/1 (train)"


def test_a_job_whose_run_has_no_metric_fails(checkout):
    workflow = yaml.safe_load((CI / "github-actions.yml").read_text(encoding="utf-8"))
    policy = checkout.folder / "promotion.yaml"
    policy.write_text(policy.read_text().replace("metric: f1", "metric: auc"), encoding="utf-8")
    result, page = github(checkout, workflow, 0.8, 0)
    assert result.returncode == 1
    assert "has no metric" in page


def test_gitlab(checkout):
    workflow = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))
    dotenv = checkout.folder / "run.env"
    statuses = []
    for f1 in (0.80, 0.85, 0.85, 0.6):
        dotenv.unlink(missing_ok=True)
        ci = {"GITLAB_CI": "true", "CI_JOB_URL": "https://gitlab.com/a/b/-/jobs/1", "DOTENV": str(dotenv)}
        trained = checkout.shell("\n".join(workflow["train"]["script"]), f1, **ci)
        assert trained.returncode == 0, trained.stderr
        assert "| f1 |" in (checkout.folder / "report.md").read_text()
        # Between jobs, GitLab hands the variables of the dotenv report on.
        ci |= dict(line.split("=", 1) for line in dotenv.read_text().splitlines())
        statuses.append(checkout.shell("\n".join(workflow["promote"]["script"]), f1, **ci).returncode)
    assert statuses == [0, 0, 1, 1]
    assert workflow["promote"]["allow_failure"] == {"exit_codes": [1]}
    assert checkout.production()[0] == [0.85]


@pytest.fixture(params=["database", "server"])
def somewhere(request, checkout, tmp_path):
    """The checkout, with a store that is a database, or a tracking server."""
    if request.param == "database":
        yield checkout
        return
    host = hosts.standalone(tmp_path / "server")
    checkout.uri = host.url
    yield checkout
    active.close_all()
    assert host.stop() == 0


def test_the_ci_example_as_it_stands(somewhere):
    checkout, statuses = somewhere, []
    for number, f1 in enumerate((0.80, 0.83, 0.83, 0.6)):
        result, _ = github(checkout, yaml.safe_load(SNIPPET), f1, number)
        statuses.append(result.returncode)
        assert not result.stderr, result.stderr
    assert statuses == [0, 0, 1, 1]
    values, event = checkout.production()
    assert values == [0.83]
    assert (event.source_type, event.source_name.rpartition("/")[2]) == ("JOB", "1 (train)")
    assert "better by more than 0.02" in event.comment


def test_the_script_alone_says_what_is_missing(checkout):
    (checkout.folder / "promotion.yaml").unlink()
    result = checkout.shell("python scripts/check_improvement.py --threshold 0.02", 0.8)
    assert result.returncode == 2
    assert "There is no" in result.stdout
