import getpass

import pytest

from jupyter_tracker.store import acting
from jupyter_tracker.tracking import context, provenance


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
    for variable, _ in provenance._JOBS:
        monkeypatch.delenv(variable, raising=False)


def test_a_script_is_the_api(monkeypatch, tmp_path):
    script = tmp_path / "churn" / "train.py"
    script.parent.mkdir()
    monkeypatch.setattr(context, "source", lambda: (str(script), "LOCAL"))
    found = provenance.current()
    assert (found.source_type, found.user, found.verified, found.cell) == ("API", getpass.getuser(), False, None)
    assert found.source_name == "churn/train.py"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b",
             "GITHUB_RUN_ID": "7", "GITHUB_JOB": "train", "CI": "true"},
            "https://github.com/a/b/actions/runs/7 (train)",
        ),
        ({"GITLAB_CI": "true", "CI_JOB_URL": "https://gitlab.com/a/b/-/jobs/1", "CI_JOB_NAME": "promote"},
         "https://gitlab.com/a/b/-/jobs/1 (promote)"),
        ({"JENKINS_URL": "https://ci", "BUILD_URL": "https://ci/job/1"}, "https://ci/job/1"),
        ({"CI": "true"}, "CI"),
        ({"TRAVIS": "true"}, "?"),
    ],
)  # fmt: skip
def test_a_job_of_continuous_integration(monkeypatch, variables, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = provenance.current()
    assert (found.source_type, found.source_name) == ("JOB", expected)
    # The job says more than the command that it runs.
    with provenance.command("jupyter tracker promote"):
        assert acting.provenance().source_type == acting._Told.by().source_type


def test_no_job(monkeypatch):
    monkeypatch.setenv("CI", "false")
    assert provenance.ci_job() is None


def test_a_notebook_and_its_cell(monkeypatch):
    class Shell:
        kernel = object()

        def get_parent(self):
            return {"metadata": {"cellId": "c-17"}}

    monkeypatch.setattr(context, "shell", Shell)
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/alice/churn.ipynb")
    found = provenance.current()
    assert (found.source_type, found.source_name, found.cell) == ("NOTEBOOK", "alice/churn.ipynb", "c-17")
    monkeypatch.setattr(Shell, "get_parent", lambda _: {})
    assert provenance.current().cell is None


def test_a_notebook_is_named_from_its_project_on(monkeypatch, tmp_path):
    (tmp_path / "churn" / ".git").mkdir(parents=True)
    (tmp_path / "churn" / "notebooks").mkdir()
    for where, expected in (("churn/notebooks", "churn/notebooks/a.ipynb"), ("gone/far", "far/a.ipynb")):
        monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / where / "a.ipynb"))
        assert provenance.current().source_name == expected


def test_parts_of_a_program_know_more():
    with acting.acting(user="alice", verified=True, comment=None), acting.acting(comment="why"):
        found = acting.provenance()
        assert (found.user, found.verified, found.comment) == ("alice", True, "why")
    assert acting.provenance().comment is None
