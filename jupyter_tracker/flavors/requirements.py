"""The packages that a model needs, found by looking at what it imports: nothing is run or loaded again."""

from __future__ import annotations

import dis
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking.environment import requirements as installed_requirements

# Where the module's name is not the package's.
_PACKAGE_OF = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
}
# Of several packages that bring one module, the one that is installed.
_OR_ELSE = {"xgboost": ("xgboost-cpu",), "opencv-python": ("opencv-python-headless",)}
_OURS = frozenset({"__main__", "jupyter_tracker", "mlflow", "pip", "setuptools", "_pickle"})
_MAX_DEPTH = 3


def requirements_of(modules: Iterable[str]) -> list[str]:
    """Return pinned requirements of modules by name, sorted; Python's own and the user's files are left out."""
    installed = _installed()
    found = set()
    for module in modules:
        top = module.partition(".")[0]
        if not top or top in sys.stdlib_module_names or top in _OURS:
            continue
        package = _normal(_PACKAGE_OF.get(top, top))
        for name in (package, *_OR_ELSE.get(package, ())):
            if name in installed:
                found.add(f"{name}=={installed[name]}")
                break
        else:
            other = _by_files(top)
            if other is not None and other in installed:
                found.add(f"{other}=={installed[other]}")
    return sorted(found)


def modules_of_code(value: Any) -> set[str]:
    """Return the modules that a function's, class's or object's code imports when it runs, as far as it shows."""
    found: set[str] = set()
    cls = value if isinstance(value, type) else type(value)
    functions = [value] if isinstance(value, FunctionType) else [*vars(cls).values()]
    for function in functions:
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if isinstance(code, CodeType):
            found |= _imports(code, _MAX_DEPTH)
    return found


def combined(
    inferred: Sequence[str], given: Sequence[str] | str | None, extra: Sequence[str] | str | None
) -> tuple[list[str], list[str]]:
    """Return the lines of ``requirements.txt`` and of ``constraints.txt``: the given ones, or else the inferred.

    Raises
    ------
    InvalidParameterError
        Both are given, or a file of requirements does not exist.
    """
    if given is not None and extra is not None:
        raise InvalidParameterError("Give either pip_requirements or extra_pip_requirements, not both.")
    lines, constraints = ([*inferred], []) if given is None else _lines(given)
    more, constrained = ([], []) if extra is None else _lines(extra)
    constraints = [*constraints, *constrained]
    named = {_name(line) for line in more}
    merged = [line for line in lines if _name(line) not in named or not named] + more
    # Tools that build the environment serve the model with it.
    if not any(_name(line) == "mlflow" for line in merged):
        merged = ["mlflow", *merged]
    if constraints:
        merged = [*merged, "-c constraints.txt"]
    return merged, constraints


def environment_files(lines: Sequence[str], constraints: Sequence[str], conda_env: Any = None) -> dict[str, str]:
    """Return the files that describe the environment, by name."""
    from jupyter_tracker.mlmodel import text

    version = ".".join(map(str, sys.version_info[:3]))
    pip = _installed().get("pip")
    conda = conda_env if conda_env is not None else {
        "name": "mlflow-env",
        "channels": ["conda-forge"],
        "dependencies": [f"python={version}", "pip", {"pip": list(lines)}],
    }  # fmt: skip
    if isinstance(conda, str | os.PathLike):
        conda = text.parse(Path(conda).read_text(encoding="utf-8"), str(conda))
    python = {
        "python": version,
        "build_dependencies": [f"pip=={pip}" if pip else "pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }
    files = {
        "requirements.txt": "\n".join([*lines, ""]),
        "conda.yaml": text.dump(conda),
        "python_env.yaml": text.dump(python),
    }
    if constraints:
        files["constraints.txt"] = "\n".join([*constraints, ""])
    return files


def _installed() -> dict[str, str]:
    """Return the versions of what is installed, by normalised name."""
    pairs = (line.partition("==") for line in installed_requirements().splitlines() if "==" in line)
    return {name: version for name, _, version in pairs}


def _by_files(top: str) -> str | None:
    """Return the package whose list of files has this module: slow, so only for modules with another name."""
    for folder in sys.path:
        for listed in Path(folder or ".").glob("*.dist-info/top_level.txt"):
            if top in listed.read_text(encoding="utf-8", errors="replace").split():
                return _normal(listed.parent.name.partition("-")[0])
    return None


def _imports(code: CodeType, depth: int) -> set[str]:
    found = {str(step.argval) for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME"}
    if depth:
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                found |= _imports(constant, depth - 1)
    return found


def _lines(given: Sequence[str] | str) -> tuple[list[str], list[str]]:
    """Return requirements and constraints from a list, or from a file of pip's; ``-r`` and ``-c`` are followed."""
    if isinstance(given, str):
        return _from_file(Path(given))
    lines: list[str] = []
    constraints: list[str] = []
    for entry in given:
        option, _, path = entry.strip().partition(" ")
        if option in {"-r", "--requirement"}:
            more, constrained = _from_file(Path(path.strip()))
            lines, constraints = [*lines, *more], [*constraints, *constrained]
        elif option in {"-c", "--constraint"}:
            constraints += _from_file(Path(path.strip()))[0]
        else:
            lines.append(entry.strip())
    return lines, constraints


def _from_file(path: Path) -> tuple[list[str], list[str]]:
    if not path.is_file():
        raise InvalidParameterError(f"The file of requirements {str(path)!r} does not exist.")
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    entries = [line for line in lines if line and not line.startswith("#")]
    beside = [re.sub(r"^(-[rc]|--requirement|--constraint)\s+", rf"\1 {path.parent}/", entry) for entry in entries]
    return _lines(beside)


def _name(line: str) -> str:
    return _normal(re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
