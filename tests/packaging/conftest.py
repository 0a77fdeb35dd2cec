"""Clean copies of the tree, clean virtual environments, and a PATH without Node."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a build or a Jupyter command may call; Node is missing on purpose.
PROGRAMS = [
    *("sh", "bash", "env", "git", "id", "uname"),
    *("basename", "cat", "cp", "cut", "dirname", "grep", "head", "ls", "mkdir", "mktemp", "mv", "rm", "sed", "tr"),
]


@pytest.fixture(scope="session")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def nodeless_path(tmp_path_factory) -> Path:
    """Return a folder to use as PATH, with the usual programs and no node, npm or npx."""
    folder = tmp_path_factory.mktemp("bin")
    for name in PROGRAMS:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


@dataclass(frozen=True)
class Venv:
    """A clean virtual environment, whose commands see its own programs and `path`, and no user configuration."""

    folder: Path
    path: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, *command: str | Path, cwd: Path | None = None, timeout: float = 300, **env: str) -> str:
        """Run a command and return its output, both streams; a failing one fails the test with its output."""
        # Left out: what would let the surrounding Jupyter, Python and pytest leak in.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON", "PYTEST", "MLFLOW"))}
        inherited |= {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{self.path}",
            "VIRTUAL_ENV": str(self.folder),
            "JUPYTER_CONFIG_DIR": str(self.folder / "home" / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "home" / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "home" / "runtime"),
        }
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd or self.folder,
            env=inherited | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def install(self, *arguments: str | Path, timeout: float = 300) -> None:
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", self.python]
        self.run(*uv, *arguments, timeout=timeout, UV_LINK_MODE="copy")


@pytest.fixture(scope="session")
def make_venv(tmp_path_factory, nodeless_path):
    """Return a function that makes a clean virtual environment, with pip inside."""

    def make(name: str) -> Venv:
        folder = tmp_path_factory.mktemp(name) / "venv"
        subprocess.run(
            [sys.executable, "-m", "uv", "venv", "--quiet", "--seed", "--python", sys.executable, folder],
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        return Venv(folder, nodeless_path)

    return make


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """Return a copy of the tree as a fresh clone would have it: nothing git-ignored, nothing built."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is git-ignored cannot be told")
    target = tmp_path_factory.mktemp("checkout") / "jupyter_tracker"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file():  # a file deleted but not yet committed is still listed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target
