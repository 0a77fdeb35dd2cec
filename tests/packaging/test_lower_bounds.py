"""The oldest versions that pyproject.toml allows really work."""

import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "tests" / "packaging" / "constraints-min.txt"
TOOLS = ("hypothesis", "psutil", "pytest")
EXTRAS = ("images", "polars", "promotion", "sklearn", "transfer")


def pinned() -> dict[str, Version]:
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {name: Version(version) for name, version in pairs}


def wanted(project) -> list[str]:
    """What is installed: the dependencies, and the extras that the unit and contract tests use."""
    extras = project["project"]["optional-dependencies"]
    return [*project["project"]["dependencies"], *(text for name in EXTRAS for text in extras[name])]


def test_constraints_say_what_pyproject_says(project):
    requirements = [Requirement(text) for text in wanted(project)]
    pins = pinned()
    assert {requirement.name for requirement in requirements} == set(pins)
    for requirement in requirements:
        (lower,) = (Version(spec.version) for spec in requirement.specifier if spec.operator == ">=")
        release = (*lower.release, 0, 0)[:3]
        assert release == (*pins[requirement.name].release, 0, 0)[:3], requirement.name


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.flaky(reruns=0)  # it tries each of its own tests that fails once more
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the oldest NumPy and pandas have no wheels for this Python")
def test_unit_and_contract_tests_pass_with_the_oldest_versions(make_venv, project, tmp_path):
    extras = project["project"]["optional-dependencies"]
    tools = [text for text in extras["test"] if Requirement(text).name.startswith(TOOLS)]
    venv = make_venv("oldest")
    (tmp_path / "wanted.txt").write_text("\n".join([*wanted(project), *tools]), encoding="utf-8")
    venv.install("-r", tmp_path / "wanted.txt", "-c", CONSTRAINTS)
    options = ["-q", "-n", "2", "--dist", "loadfile", "--reruns", "1", "-p", "no:cacheprovider"]
    # Old releases warn about Pythons and NumPys they have never seen: that is not what is tested here.
    options += ["-o", "filterwarnings="]
    # Drivers and a server are no requirements of ours; with what is newest they are tested elsewhere.
    options += [
        "-k",
        "not postgresql and not mysql and not standalone and not orjson and not s3 and not gcs and not azure",
    ]
    folders = [str(ROOT / "tests" / name) for name in ("unit", "contract")]
    # The package is not installed here, and tests start processes of their own.
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    print(venv.run(venv.python, "-m", "pytest", *options, *folders, cwd=ROOT, timeout=1100, **environment))
