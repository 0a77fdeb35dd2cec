"""What a run is tagged with, and its list of packages."""

import getpass
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.tracking import context, environment, git

LIST = "environment/requirements.txt"


def run_git(folder, *arguments):
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    process = subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return process.stdout.strip()


@pytest.fixture
def repository(project):
    run_git(project, "init")
    (project / "train.py").write_text("lr = 0.1\n")
    run_git(project, "add", ".")
    run_git(project, "commit", "-m", "first")
    return project


# tags --------------------------------------------------------------------------------------------


def test_every_run_has_the_tags(repository):
    run_git(repository, "remote", "add", "origin", "https://alice:hunter2@example.org/churn.git")
    with tracker.start_run() as run:
        pass
    tags = tracker.get_run(run.info.run_id).data.tags
    assert tags["mlflow.user"] == getpass.getuser() == run.info.user_id
    assert tags["mlflow.source.type"] == "LOCAL"
    # A test worker is started with -c.
    assert tags["mlflow.source.name"] == (sys.argv[0] if sys.argv[0] == "-c" else sys.modules["__main__"].__file__)
    assert tags["python_version"] == platform.python_version().split("+")[0]
    assert len(tags["python_version"].split(".")) == 3
    assert tags["platform"].startswith(platform.system())
    assert tags["mlflow.source.git.commit"] == run_git(repository, "rev-parse", "HEAD")
    assert tags["mlflow.source.git.branch"] == "main"
    assert tags["mlflow.source.git.repoURL"] == "https://***@example.org/churn.git"


def test_a_script_is_named_by_where_it_lies_wherever_it_goes(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "src" / "train.py").write_text(
        "import os\nos.chdir('data')\nfrom jupyter_tracker.tracking import context\nprint(context.source()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "src/train.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert Path(done.stdout.strip()) == tmp_path / "src" / "train.py"
    # Whatever is said to be running now, and not what was first.
    monkeypatch.setattr(sys, "argv", ["/srv/other.py"])
    assert context.source() == ("/srv/other.py", "LOCAL")


def test_own_tags_win():
    with tracker.start_run(tags={"mlflow.user": "robot", "mlflow.source.name": "pipeline"}) as run:
        pass
    tags = tracker.get_run(run.info.run_id).data.tags
    assert (tags["mlflow.user"], tags["mlflow.source.name"]) == ("robot", "pipeline")


def test_outside_of_a_repository_there_are_no_git_tags(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not [key for key in context.default_tags() if "git" in key]


def test_the_notebook_is_found_by_the_session_name(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/alice/churn/train.ipynb")
    assert context.notebook_path() == "/home/alice/churn/train.ipynb"
    assert context.source() == ("/home/alice/churn/train.ipynb", "NOTEBOOK")


def test_a_console_session_is_no_notebook(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "console-1-2b3c")
    assert context.notebook_path() is None


def test_the_notebook_is_found_by_the_variable_of_vs_code(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    shell = type("Shell", (), {"kernel": object(), "user_ns": {"__vsc_ipynb_file__": "/srv/a.ipynb"}})()
    module = type(sys)("IPython")
    module.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert context.notebook_path() == "/srv/a.ipynb"
    shell.user_ns = {}
    assert context.source() == ("notebook", "NOTEBOOK")
    shell.kernel = None
    assert context.source()[1] == "LOCAL"


# git ---------------------------------------------------------------------------------------------


def test_head_follows_commits_branches_and_packing(repository):
    first = git.head(str(repository))
    assert first == git.Head(run_git(repository, "rev-parse", "HEAD"), "main", None)
    run_git(repository, "checkout", "-b", "feature/new-loss")
    (repository / "train.py").write_text("lr = 0.2\n")
    run_git(repository, "commit", "-am", "second")
    second = git.head(str(repository))
    assert second.commit == run_git(repository, "rev-parse", "HEAD") != first.commit
    assert second.branch == "feature/new-loss"
    run_git(repository, "pack-refs", "--all")
    assert not (repository / ".git" / "refs" / "heads" / "main").exists()
    assert git.head(str(repository)) == second
    run_git(repository, "checkout", "--detach", first.commit)
    assert git.head(str(repository)) == git.Head(first.commit, None, None)


def test_head_is_found_from_below_and_in_a_worktree(repository, tmp_path):
    (repository / "a" / "b").mkdir(parents=True)
    assert git.head(str(repository / "a" / "b")) == git.head(str(repository))
    run_git(repository, "worktree", "add", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side" / "train.py").write_text("lr = 0.3\n")
    run_git(tmp_path / "side", "commit", "-am", "on the side")
    head = git.head(str(tmp_path / "side"))
    assert (head.commit, head.branch) == (run_git(tmp_path / "side", "rev-parse", "HEAD"), "side")
    assert head.commit != git.head(str(repository)).commit


def test_a_repository_without_commits_has_no_head(project):
    run_git(project, "init")
    assert git.head(str(project)) is None
    assert git.diff(str(project), 1000) is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"gitdir: /nowhere/at/all", b"gitdir:"])
def test_a_broken_repository_is_none(project, content):
    (project / ".git").write_bytes(content)
    assert git.head(str(project)) is None


def test_the_remote_is_read_again_when_it_changes(repository):
    run_git(repository, "remote", "add", "upstream", "https://example.org/up.git")
    assert git.head(str(repository)).repo_url == "https://example.org/up.git"
    run_git(repository, "remote", "add", "origin", "git@example.org:team/churn.git")
    assert git.head(str(repository)).repo_url == "git@example.org:team/churn.git"


def test_the_diff_is_of_tracked_files_masked_and_without_secret_files(repository):
    for name, content in {".env": "A=1\n", "conf/prod.env": "B=1\n", "server.pem": "x\n", "cache.txt": "old\n"}.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(content)
    run_git(repository, "add", "-f", ".")
    run_git(repository, "commit", "-m", "with secrets")
    assert git.diff(str(repository), 10_000) is None
    (repository / ".gitignore").write_text("cache.txt\n")
    (repository / "train.py").write_text("lr = 0.5\npassword = 'hunter2'\n")
    for name in (".env", "conf/prod.env", "server.pem", "cache.txt"):
        (repository / name).write_text("now changed\n")
    (repository / "untracked.txt").write_text("new\n")
    (repository / "conf").mkdir(exist_ok=True)
    for folder in (repository, repository / "conf"):
        diff = git.diff(str(folder), 10_000)
        assert "+lr = 0.5" in diff
        assert "-lr = 0.1" in diff
        assert "hunter2" not in diff
        for word in (".env", "server.pem", "cache.txt", "untracked", "now changed"):
            assert word not in diff


def test_a_long_diff_is_cut_and_says_so(repository):
    (repository / "train.py").write_text("".join(f"line_{number} = {number}\n" for number in range(5000)))
    diff = git.diff(str(repository), 500)
    assert len(diff) < 700
    assert "cut off" in diff.splitlines()[-1]


def test_a_diff_without_git_is_none(repository, monkeypatch):
    (repository / "train.py").write_text("lr = 0.5\n")
    monkeypatch.setenv("PATH", "")
    assert git.diff(str(repository), 500) is None


# packages ----------------------------------------------------------------------------------------


def test_every_run_has_its_packages():
    with tracker.start_run() as run:
        pass
    text = tracker.artifacts.load_text(f"runs:/{run.info.run_id}/{LIST}")
    first, *lines = text.splitlines()
    assert first == f"# Python {platform.python_version()}"
    names = [re.split(r"==| @ ", line)[0] for line in lines]
    assert names == sorted(set(names))
    assert f"numpy=={importlib.metadata.version('numpy')}" in lines
    assert all(re.match(r"^[a-z0-9][a-z0-9-]*(==| @ )", line) for line in lines)


def test_the_list_agrees_with_importlib():
    ours = dict(line.split("==") for line in environment.requirements().splitlines()[1:] if "==" in line)
    theirs = {
        re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(): found.version
        for found in importlib.metadata.distributions()
        if ".egg-info" not in str(found._path) and "/_vendor/" not in str(found._path)
    }
    assert {name: version for name, version in theirs.items() if ours.get(name) != version} == {}


def test_packages_from_repositories_and_folders(tmp_path, monkeypatch):
    def installed(name, origin):
        folder = tmp_path / "site" / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        if origin:
            (folder / "direct_url.json").write_text(origin)

    vcs = '"vcs_info": {"vcs": "git", "commit_id": "9fceb02"}'
    installed("from_repository", f'{{"url": "https://alice:hunter2@example.org/x.git", {vcs}}}')
    installed("From.Folder", '{"url": "file:///home/alice/x", "dir_info": {"editable": true}}')
    installed("broken", "{")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), str(tmp_path / "gone"), "archive.zip"])
    assert environment.requirements().splitlines()[1:] == [
        "broken==1.0",
        "from-folder==1.0",
        "from-repository @ git+https://***@example.org/x.git@9fceb02",
    ]


def test_runs_share_one_copy(project):
    with tracker.start_run() as first:
        pass
    with tracker.start_run() as second:
        pass
    root = project / ".jupyter_tracker"
    files = [
        Path(tracker.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=LIST))
        for run in (first, second)
    ]
    assert len(list((root / "environments").iterdir())) == 1
    assert len({file.stat().st_ino for file in files}) == 1


def test_where_there_are_no_links_it_is_copied(monkeypatch, project):
    def no_links(*_):
        raise OSError

    monkeypatch.setattr(os, "link", no_links)
    with tracker.start_run() as run:
        pass
    assert "numpy==" in tracker.artifacts.load_text(f"runs:/{run.info.run_id}/{LIST}")


def test_an_experiment_elsewhere_gets_it_too(tmp_path):
    experiment_id = tracker.create_experiment("elsewhere", artifact_location=str(tmp_path / "elsewhere"))
    with tracker.start_run(experiment_id=experiment_id) as run:
        pass
    assert (tmp_path / "elsewhere" / run.info.run_id / "artifacts" / LIST).is_file()


def test_a_package_installed_meanwhile_is_in_the_next_run(tmp_path, monkeypatch):
    site = tmp_path / "x" / "site-packages"
    site.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    with tracker.start_run():
        pass
    (site / "brand_new-2.0.dist-info").mkdir()
    with tracker.start_run() as run:
        pass
    assert "brand-new==2.0" in tracker.artifacts.load_text(f"runs:/{run.info.run_id}/{LIST}")


def test_a_run_without_its_list_is_warned_of_once(project, monkeypatch):
    monkeypatch.setattr("jupyter_tracker.errors._told", set())
    experiment_id = tracker.create_experiment("odd", artifact_location="s3://bucket/odd")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            with tracker.start_run(experiment_id=experiment_id) as run:
                tracker.log_metric("f1", 1)
    assert ["requirements.txt could not be written" in str(warning.message) for warning in caught] == [True]
    assert tracker.get_run(run.info.run_id).data.metrics == {"f1": 1.0}
