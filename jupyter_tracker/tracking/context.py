"""What a run is tagged with by itself: who, from which source, at which commit, on which Python.

Everything that cannot change is read once per process. The commit is read off git's own files, a few µs a
run, so that a notebook that commits between two cells gets it right.
"""

from __future__ import annotations

import functools
import getpass
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_tracker.entities.run import KERNEL_TAG
from jupyter_tracker.tracking import git, kernel_record

PARENT_TAG = "mlflow.parentRunId"
NOTE_TAG = "mlflow.note.content"
NAME_TAG = "mlflow.runName"
CELL_ID_TAG = "jupyter_tracker.cell.id"

NOTEBOOK = "NOTEBOOK"
LOCAL = "LOCAL"


def default_tags() -> dict[str, str]:
    """Return the tags that every run gets.

    ``mlflow.user``, ``mlflow.source.name``, ``mlflow.source.type``, ``python_version`` (three parts), ``platform``;
    inside a git repository with a commit ``mlflow.source.git.commit``, ``.branch`` and ``.repoURL`` (credentials
    masked); in a Jupyter kernel `KERNEL_TAG`, and `CELL_ID_TAG` where the front end has told which cell is running.
    """
    python, machine = _python_and_platform()
    name, kind = source()
    tags = {
        "mlflow.user": user(),
        "mlflow.source.name": name,
        "mlflow.source.type": kind,
        "python_version": python,
        "platform": machine,
    }
    kernel = kernel_record.kernel_id()
    if kernel is not None:
        tags[KERNEL_TAG] = kernel
    cell = cell_id()
    if cell is not None:
        tags[CELL_ID_TAG] = cell
    head = git.head(_source_folder(name))
    if head is not None:
        tags["mlflow.source.git.commit"] = head.commit
        if head.branch:
            tags["mlflow.source.git.branch"] = head.branch
        if head.repo_url:
            tags["mlflow.source.git.repoURL"] = head.repo_url
    return tags


@functools.cache
def user() -> str:
    """Return the name of the user who runs this process; ``unknown`` where the system has none."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container with a bare user number
        return "unknown"


def source() -> tuple[str, str]:
    """Return the name and the type (``NOTEBOOK`` or ``LOCAL``) of what is running."""
    path = notebook_path()
    if path is not None:
        return path, NOTEBOOK
    if in_notebook():
        return "notebook", NOTEBOOK
    return _script(), LOCAL


def in_notebook() -> bool:
    """Tell whether a Jupyter kernel runs this code. IPython is not imported for it."""
    return getattr(shell(), "kernel", None) is not None


def notebook_path() -> str | None:
    """Return the path of the notebook that this kernel belongs to, as far as it is known, or None.

    JupyterLab gives it at the kernel's start (a renamed notebook keeps its old one here), VS Code in a variable.
    """
    session = os.environ.get("JPY_SESSION_NAME", "")
    if session.endswith(".ipynb"):
        return session
    given = getattr(shell(), "user_ns", {}).get("__vsc_ipynb_file__")
    return str(given) if given else None


def cell_id() -> str | None:
    """Return the id of the notebook's cell that is running, where the front end has told it."""
    get_parent: Any = getattr(shell(), "get_parent", None)
    if get_parent is None:
        return None
    metadata = (get_parent() or {}).get("metadata") or {}
    cell = metadata.get("cellId")
    return str(cell) if cell else None


def shell() -> Any:
    """Return IPython's shell where IPython is running, else None."""
    ipython = sys.modules.get("IPython")
    get_ipython = getattr(ipython, "get_ipython", None)
    return None if get_ipython is None else get_ipython()


def _script() -> str:
    name = sys.argv[0] if sys.argv else ""
    if not name or name == "-c":
        return name or "<stdin>"
    # As Python found it when it started: a script may have gone to another folder since, and its name may be relative.
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file and os.path.isabs(file) and file.endswith(os.path.normpath(name)):  # noqa: PTH117
        return str(file)
    return os.path.abspath(name)  # noqa: PTH100 - links stay as they were written


def _source_folder(name: str) -> str:
    """Return the folder whose repository the source belongs to: its own, or the working directory."""
    folder = os.path.dirname(name)  # noqa: PTH120 - called once a run
    if folder and os.path.isabs(folder) and _is_project_file(folder):  # noqa: PTH117
        return folder
    return os.getcwd()  # noqa: PTH109


@functools.cache
def _is_project_file(folder: str) -> bool:
    """Tell a script of the user's from a launcher among the installed programs."""
    path = Path(folder)
    return path.is_dir() and not path.is_relative_to(sys.prefix) and not path.is_relative_to(sys.base_prefix)


@functools.cache
def _python_and_platform() -> tuple[str, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.platform == "win32":
        import platform

        return version, f"{platform.system()}-{platform.release()}-{platform.machine()}"
    # As platform.system() and so on say it, without that module's import.
    system = os.uname()
    return version, f"{system.sysname}-{system.release}-{system.machine}"
