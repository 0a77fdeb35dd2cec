"""Facts that live in one place, and things that must not be in the tree at all."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tracked() -> dict[str, str]:
    """Return the text of every file that git has or would take, by name."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is git-ignored cannot be told")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    texts = {}
    for name in filter(None, listed.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # pictures and old databases
    return texts


def test_one_version(project):
    (version,) = re.findall(r'__version__ = "(.+)"', (ROOT / "jupyter_tracker" / "_version.py").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert json.loads((ROOT / "labextension" / "package.json").read_text(encoding="utf-8"))["version"] == version
    assert version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_one_address(project, tracked):
    """Links to the repository agree with pyproject.toml, and the README's badge starts its Binder."""
    address = project["project"]["urls"]["Repository"]
    owner_and_name = address.removeprefix("https://github.com/")
    name = owner_and_name.split("/")[1]
    for file, text in tracked.items():
        others = {found for found in re.findall(rf"github\.com/([\w.-]+/{name})\b", text) if found != owner_and_name}
        assert not others, f"{file} names another address: {others}"
    readme = tracked["README.md"]
    assert f"https://mybinder.org/v2/gh/{owner_and_name}/" in readme


def test_no_registry_hosts(tracked):
    """Lock files and settings name no download addresses: whoever builds decides where packages come from."""
    host = re.compile(r"https?://[^\s\"']*(registry\.|pythonhosted|pypi\.org/simple|/tarball/)", re.IGNORECASE)
    found = {name for name, text in tracked.items() if host.search(text) and not name.startswith("tests/packaging/")}
    assert not found
    assert '"resolved"' not in tracked["labextension/package-lock.json"]


def test_no_paths_of_a_machine(tracked):
    here = (f"{ROOT}/", f"{Path.home()}/")
    found = {name for name, text in tracked.items() if any(path in text for path in here if path != "//")}
    assert not found


def test_nothing_built_is_tracked(tracked):
    pattern = re.compile(r"(^|/)(node_modules|static|dist|lib)/.*\.js$|\.whl$|\.ipynb_checkpoints|tracker\.db")
    assert not [name for name in tracked if pattern.search(name)]


@pytest.mark.parametrize("script", [".ci/run", ".ci/venv", ".ci/install", ".ci/chromium", "binder/postBuild"])
def test_scripts_can_be_run(script):
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True, timeout=30)


def test_make_help_names_the_readmes_commands(tracked):
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    for command in ("make demo", "make test"):
        assert command in listed
        assert command in tracked["README.md"]


def test_notebooks_carry_no_widget_state(tracked):
    for name, text in tracked.items():
        if name.endswith(".ipynb"):
            assert "widgets" not in json.loads(text)["metadata"], name
