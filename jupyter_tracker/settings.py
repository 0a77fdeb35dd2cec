"""Every setting, in one table: its environment variable, default and meaning.

Read from the environment at each use, so that a notebook may set one at any time. No other module
reads `os.environ` for a setting of ours.

To add a setting: one row in `SETTINGS`, one line in `docs/settings.md` (a test compares them).
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import NamedTuple

from jupyter_tracker.errors import InvalidParameterError

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class Setting(NamedTuple):
    """One setting. `kind` is ``text``, ``flag``, ``int`` or one of the choices ``a|b``."""

    env: str
    default: str
    kind: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("JUPYTER_TRACKER_URI", "", "text", "Store to use: a path, `sqlite:///…`, `postgresql://…` or `mysql://…`."),
    Setting("MLFLOW_TRACKING_URI", "", "text", "The same, read when JUPYTER_TRACKER_URI is not set."),
    Setting("MLFLOW_TRACKING_TOKEN", "", "text", "Token for a tracking server."),
    Setting("MLFLOW_TRACKING_USERNAME", "", "text", "User of a tracking server; wins over a token."),
    Setting("MLFLOW_TRACKING_PASSWORD", "", "text", "Its password."),
    Setting("MLFLOW_TRACKING_INSECURE_TLS", "false", "flag", "Do not check a tracking server's certificate."),
    Setting("MLFLOW_TRACKING_SERVER_CERT_PATH", "", "text", "Certificates (PEM) to check a tracking server's by."),
    Setting("JUPYTER_TRACKER_OFFLINE", "off", "flag", "Log on this machine instead of to the tracking server that is "
            "named; `jupyter tracker sync` sends it."),
    Setting("MLFLOW_EXPERIMENT_NAME", "", "text", "Experiment of runs that name none."),
    Setting("MLFLOW_EXPERIMENT_ID", "", "text", "The same, by id."),
    Setting("MLFLOW_RUN_ID", "", "text", "Run that start_run() resumes."),
    Setting("JUPYTER_TRACKER_RUN_ID", "", "text", "Run that start_run() joins, as one of many processes, and "
            "that `promote` judges where none is named."),
    Setting("MLFLOW_TRUNCATE_LONG_VALUES", "false", "flag", "Cut over-long params and tags instead of raising."),
    Setting("JUPYTER_TRACKER_ARTIFACT_ROOT", "", "text", "Where new experiments of a store on a database server keep "
            "artifacts: a shared folder or a URI. The first one set is recorded in the store."),
    Setting("JUPYTER_TRACKER_DIRECT_TRANSFERS", "off", "flag", "A server tells MLflow's clients to send and fetch "
            "large files straight to and from its object store, by signed addresses: they must be able to reach it."),
    Setting("JUPYTER_TRACKER_DURABILITY", "process", "process|power", "What a returned log call survives: a killed "
            "process, or with `power` a power cut too (a sync per call)."),
    Setting("JUPYTER_TRACKER_CAPTURE", "on", "flag", "Keep a tracked cell's source, output, figures and git diff."),
    Setting("JUPYTER_TRACKER_SYSTEM_METRICS", "off", "flag", "Log CPU, memory, disk, network and GPUs of each run."),
    Setting("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "false", "flag", "The same."),
    Setting("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "10", "text", "Seconds between samples of them."),
    Setting("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", "1", "int", "Samples whose mean is logged."),
    Setting("MLFLOW_SYSTEM_METRICS_NODE_ID", "", "text", "This machine's name in them: `system/<name>/…`."),
    Setting("JUPYTER_TRACKER_AUTOLOG", "on", "flag", "Log by itself what a tracked cell trains."),
    Setting("JUPYTER_TRACKER_QUIET", "off", "flag", "Print nothing under a cell but the card, and no progress."),
    Setting("JUPYTER_TRACKER_OUTPUT_LIMIT", "1000000", "int", "Characters of stdout and stderr kept of a cell."),
    Setting("JUPYTER_TRACKER_DIFF_LIMIT", "200000", "int", "Characters of the uncommitted git diff kept."),
    Setting("JUPYTER_TRACKER_FIGURE_LIMIT", "20", "int", "Displayed figures kept of a cell."),
    Setting("JUPYTER_TRACKER_SQLITE_MODE", "auto", "auto|wal|rollback", "Journal mode of SQLite; auto takes a rollback "
            "journal on network file systems and on SQLite builds with the WAL-reset bug."),
    Setting("JUPYTER_TRACKER_TRUST_MODELS", "off", "flag", "Load every model, also those that could run any code."),
)  # fmt: skip

_BY_ENV = {setting.env: setting for setting in SETTINGS}


def text(env: str) -> str:
    """Return a text setting or a choice; InvalidParameterError where it is not one of the choices."""
    setting = _BY_ENV[env]
    value = os.environ.get(env, setting.default)
    if "|" in setting.kind:
        value = value.strip().lower() or setting.default
        if value not in setting.kind.split("|"):
            raise InvalidParameterError(f"{env}={value!r} is not one of {setting.kind.replace('|', ', ')}.")
    return value


def is_set(env: str) -> bool:
    """Tell whether the environment says anything of a setting."""
    return bool(os.environ.get(_BY_ENV[env].env, "").strip())


def flag(env: str) -> bool:
    """Return an on/off setting; InvalidParameterError for a word that is neither."""
    setting = _BY_ENV[env]
    value = os.environ.get(env, setting.default).strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise InvalidParameterError(f"{env}={value!r} is not a yes or no: use `true` or `false`.")


def integer(env: str) -> int:
    """Return a whole-number setting; InvalidParameterError for anything else."""
    setting = _BY_ENV[env]
    value = os.environ.get(env, "").strip() or setting.default
    try:
        return int(value)
    except ValueError:
        raise InvalidParameterError(f"{env}={value!r} is not a whole number.") from None


def user_data_folder() -> Path:
    """Return this user's folder for what belongs to no store and no project: the system's usual place, made at need.

    OSError where there can be none, or the one in the system's temporary folder is somebody else's.
    """
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is none
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")  # noqa: PTH118
    elif sys.platform == "darwin":
        base = f"{home}/Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or f"{home}/.local/share"
    folder = Path(base) / "jupyter_tracker"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        # A container may run as a user without a home.
        import tempfile

        folder = Path(tempfile.gettempdir()) / f"jupyter_tracker-{os.getuid() if hasattr(os, 'getuid') else 0}"
        folder.mkdir(mode=0o700, exist_ok=True)
        _check_own(folder)
    return folder


def _check_own(folder: Path) -> None:
    """Raise PermissionError where a folder that anybody could have made before us is not this user's alone."""
    about = folder.lstat()
    # Windows has no such users, and a mode that says nothing.
    is_ours = not hasattr(os, "getuid") or (
        about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
    if not stat.S_ISDIR(about.st_mode) or not is_ours:
        variable = {"win32": "LOCALAPPDATA", "darwin": "HOME"}.get(sys.platform, "XDG_DATA_HOME")
        why = f"It is not this user's alone; name a folder of your own by {variable}"
        raise PermissionError(errno.EPERM, why, str(folder))
