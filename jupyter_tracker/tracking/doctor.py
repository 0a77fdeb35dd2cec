"""What a report of a problem needs: versions, the store, settings."""

from __future__ import annotations

import os
import platform
import sys

from jupyter_tracker import settings
from jupyter_tracker._version import __version__
from jupyter_tracker.tracking.location import current_location
from jupyter_tracker.tracking.masking import mask

_PACKAGES = ("numpy", "pandas", "sklearn", "torch", "pytorch_lightning", "lightning", "keras", "tensorflow", "xgboost",
             "lightgbm", "optuna", "skops", "IPython", "ipykernel", "jupyterlab", "mlflow")  # fmt: skip


def doctor(mask_envs: bool = False) -> None:
    """Print versions, the store in use and the settings that are made: what a report of a problem needs.

    Parameters
    ----------
    mask_envs : bool
        Name the settings without their values. Passwords and tokens are never printed.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.doctor()  # doctest: +ELLIPSIS
    jupyter_tracker...
    """
    location = current_location()
    lines = [
        f"jupyter_tracker {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"Store: {location.uri} ({location.reason})",
        f"Interpreter: {sys.executable}",
        "Packages: " + (", ".join(_versions()) or "none of those that are logged by themselves"),
        *(f"Setting: {name}={value}" for name, value in _settings(masked=mask_envs).items()),
    ]
    print("\n".join(lines))  # noqa: T201 - that is what it is for


def _versions() -> list[str]:
    """Return the versions of what is installed, without importing it."""
    from importlib.metadata import packages_distributions, version

    owners = packages_distributions()
    return [f"{package} {version(owners[package][0])}" for package in _PACKAGES if owners.get(package)]


def _settings(*, masked: bool) -> dict[str, str]:
    found = {setting.env: os.environ.get(setting.env, "") for setting in settings.SETTINGS}
    secret = ("PASSWORD", "TOKEN")
    return {name: "***" if masked or name.endswith(secret) else mask(value) for name, value in found.items() if value}
