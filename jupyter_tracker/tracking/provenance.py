"""Who changes the registry in this process, and from where: a notebook's cell, a CI job, a command, a script.

To add a CI system: a line in `_JOBS`.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from jupyter_tracker.entities.registry_event import API, COMMAND, JOB, NOTEBOOK, Provenance
from jupyter_tracker.store import acting
from jupyter_tracker.tracking import context
from jupyter_tracker.tracking.location import project_folder

# What tells that a CI system runs this, and the address of the job, made of its other variables.
_JOBS = (
    ("GITHUB_ACTIONS", "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID} ({GITHUB_JOB})"),
    ("GITLAB_CI", "{CI_JOB_URL} ({CI_JOB_NAME})"),
    ("JENKINS_URL", "{BUILD_URL}"),
    ("CIRCLECI", "{CIRCLE_BUILD_URL} ({CIRCLE_JOB})"),
    ("BUILDKITE", "{BUILDKITE_BUILD_URL} ({BUILDKITE_LABEL})"),
    ("TF_BUILD", "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"),
    ("TRAVIS", "{TRAVIS_JOB_WEB_URL}"),
    ("BITBUCKET_BUILD_NUMBER", "{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"),
    ("CI", "CI"),
)


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def current() -> Provenance:
    """Return who acts in this process now: the user of the operating system, unverified."""
    user = context.user()
    job = ci_job()
    if job is not None:
        return Provenance(user, source_type=JOB, source_name=job)
    name, kind = context.source()
    name = _from_project(name)
    if kind == NOTEBOOK:
        return Provenance(user, source_type=NOTEBOOK, source_name=name, cell=context.cell_id())
    return Provenance(user, source_type=API, source_name=name)


def _from_project(name: str) -> str:
    """Return a file's path from its project's folder on: where that lies is nobody's business who reads the history."""
    path = Path(name)
    if not path.is_absolute():
        return name
    return path.relative_to(project_folder(path.parent).parent).as_posix()


def ci_job() -> str | None:
    """Return the address of the CI job that runs this process, by the variables that CI systems set; None for none."""
    for variable, form in _JOBS:
        if os.environ.get(variable, "").lower() not in {"", "false", "0"}:
            return form.format_map(_Known(os.environ))
    return None


def command(name: str) -> AbstractContextManager[None]:
    """Have what is changed inside recorded as done by a command; in CI the job says more."""
    return nullcontext() if ci_job() else acting.acting(source_type=COMMAND, source_name=name)


def install() -> None:
    """Have stores of this process ask here."""
    acting.told_by(current)
