"""The wheel, built from a fresh clone's files and installed where there is no Node."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(600)]

LABEXTENSION = "share/jupyter/labextensions/jupyter-tracker"
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.d/jupyter_tracker.json"
WIDGETS = ("run_card", "run_table")


def build(source: Path, out: Path, kind: str, path: Path) -> Path:
    """Build in an isolated environment, as pip would, without Node on PATH; return the file."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--installer", "uv", f"--{kind}", "--outdir", out, source],
        env=os.environ | {"PATH": str(path), "UV_LINK_MODE": "copy"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout
    (built,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(checkout, nodeless_path, tmp_path_factory):
    return build(checkout, tmp_path_factory.mktemp("wheel"), "wheel", nodeless_path)


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, make_venv):
    venv = make_venv("installed")
    venv.install(f"jupyter-experiment-tracker[lab] @ {wheel.as_uri()}")
    return venv


def shared(names: set[str], path: str) -> bool:
    return any(name.endswith(f".data/data/{path}") for name in names)


def test_wheel_holds_the_built_parts(names):
    assert shared(names, f"{LABEXTENSION}/package.json")
    assert shared(names, f"{LABEXTENSION}/install.json")
    assert any(re.search(rf"{LABEXTENSION}/static/remoteEntry\.\w+\.js$", name) for name in names)
    assert shared(names, SERVER_CONFIG)
    for widget in WIDGETS:
        assert f"jupyter_tracker/widgets/static/{widget}.js" in names
    page = {name.removeprefix("jupyter_tracker/server/static/") for name in names if "/server/static/" in name}
    assert {"index.html", "frame.html", "favicon.svg"} <= page
    assert any(re.fullmatch(r"main-\w+\.js", name) for name in page)
    assert any(re.fullmatch(r"style-\w+\.css", name) for name in page)
    assert "jupyter_tracker/py.typed" in names


def test_wheel_holds_every_module_and_nothing_else(names, checkout):
    package = {name for name in names if name.startswith("jupyter_tracker/")}
    modules = {path.relative_to(checkout).as_posix() for path in (checkout / "jupyter_tracker").rglob("*.py")}
    assert modules <= package
    strangers = {n for n in names if re.match(r"(tests|notebooks|labextension|benchmarks|binder|docs)/", n)}
    assert not strangers
    assert not {n for n in package if "/labextension/" in n or "__pycache__" in n or n.endswith((".ts", ".map", ".db"))}


def test_wheel_metadata(wheel, project, names):
    assert wheel.name.endswith("-py3-none-any.whl")
    (metadata_name,) = (n for n in names if n.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read(metadata_name).decode())
    assert metadata["Name"] == project["project"]["name"] == "jupyter-experiment-tracker"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert wheel.stat().st_size < 3_000_000


def test_wheel_from_sdist_is_the_same(checkout, names, wheel, nodeless_path, tmp_path):
    """The sdist carries what npm built, so that a wheel can be made from it without npm, and is the same."""
    sdist = build(checkout, tmp_path / "sdist", "sdist", nodeless_path)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (source,) = (tmp_path / "source").iterdir()
    assert not (source / "labextension" / "node_modules").exists()
    assert (source / "labextension" / "package-lock.json").exists()
    again = build(source, tmp_path / "wheel", "wheel", nodeless_path)
    assert not (source / "labextension" / "node_modules").exists(), "npm ran although the bundles were there"
    assert set(zipfile.ZipFile(again).namelist()) == names


def test_import_and_version(installed):
    code = (
        "import jupyter_tracker, importlib.metadata\n"
        "print(jupyter_tracker.__version__, importlib.metadata.version('jupyter-experiment-tracker'))"
    )
    version, from_metadata = installed.run(installed.python, "-c", code).split()
    assert version == from_metadata


def test_widget_bundles_are_resources(installed):
    code = (
        "from importlib.resources import files\n"
        f"for name in {WIDGETS!r}:\n"
        "    text = files('jupyter_tracker.widgets').joinpath(f'static/{name}.js').read_text(encoding='utf-8')\n"
        "    assert 'export' in text and len(text) < 150_000, name\n"
    )
    installed.run(installed.python, "-c", code)


def test_lab_extension_is_enabled(installed):
    listed = installed.run("jupyter", "labextension", "list")
    line = next(line for line in listed.splitlines() if "jupyter-tracker" in line)
    assert "enabled" in line
    assert "OK" in line
    assert re.search(r"\(python, jupyter[-_]experiment[-_]tracker\)", line), line
    manifest = json.loads((installed.folder / LABEXTENSION / "package.json").read_text(encoding="utf-8"))
    assert (installed.folder / LABEXTENSION / manifest["jupyterlab"]["_build"]["load"]).exists()


def test_server_extension_is_enabled(installed):
    listed = installed.run("jupyter", "server", "extension", "list")
    assert re.search(r"jupyter_tracker\.server\b.*enabled", listed), listed
    assert re.search(r"jupyter_tracker\.server\b.*OK", listed), listed


@pytest.mark.parametrize("command", [("jupyter", "tracker"), ("jupyter-tracker",), ("python", "-m", "jupyter_tracker")])
def test_command_line(installed, command):
    assert "runs" in installed.run(*command, "--help")


def test_requirements_agree(installed):
    installed.run(installed.python, "-m", "pip", "check")
