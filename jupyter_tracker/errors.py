"""Every error that jupyter_tracker raises on purpose.

One class per MLflow error code, so that `except` clauses, HTTP statuses and the wire's `error_code`
agree. No I/O here, and nothing of the package is imported.

To add an error: subclass `TrackerError`, give it MLflow's `error_code` and the HTTP status that belongs
to it, and it is on the wire too.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import warnings
from typing import ClassVar

# What stands between a user's line and a warning about it; a line of ours would say nothing to them.
_NOT_THEIRS = (os.path.dirname(__file__) + os.sep, threading.__file__, contextlib.__file__)  # noqa: PTH120


class TrackerError(Exception):
    """Say what was wrong, where, and what to do about it.

    Also reachable as `jupyter_tracker.exceptions.MlflowException`.

    Parameters
    ----------
    message : str
        For the user: what was wrong, where, and the way out.
    error_code : str, optional
        One of MLflow's names; the class's own where left out.
    """

    error_code: str = "INTERNAL_ERROR"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, error_code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if error_code is not None:
            self.error_code = error_code

    def get_http_status_code(self) -> int:
        """Return the HTTP status that MLflow's protocol gives this error."""
        return _STATUS_OF_CODE.get(self.error_code, self.http_status)

    def serialize_as_json(self) -> str:
        """Return the error body of MLflow's REST protocol."""
        return json.dumps({"error_code": self.error_code, "message": self.message})


class InvalidParameterError(TrackerError):
    """A value that was passed in cannot be used."""

    error_code = "INVALID_PARAMETER_VALUE"
    http_status = 400


class BodyTooLargeError(InvalidParameterError):
    """A request whose body has more than its `limit_bytes`."""

    def __init__(self, limit_bytes: int, more: str = "") -> None:
        limit = f"{limit_bytes >> 20} MiB" if limit_bytes >= 1 << 20 else f"{limit_bytes >> 10} KiB"
        super().__init__(f"The body has more than {limit}{more}. Send it in several requests.")

    def get_http_status_code(self) -> int:
        """Return 413, which no client tries again."""
        return 413


class InvalidFilterError(InvalidParameterError):
    """A filter or order_by that cannot be read; `position` is the 0-based column, or None."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class ResourceDoesNotExistError(TrackerError):
    """The named experiment, run, model or file is not in this store."""

    error_code = "RESOURCE_DOES_NOT_EXIST"
    http_status = 404


class ResourceAlreadyExistsError(TrackerError):
    """The name is taken. MLflow answers 400 here, not 409."""

    error_code = "RESOURCE_ALREADY_EXISTS"
    http_status = 400


class ResourceConflictError(TrackerError):
    """What is there by now forbids it, mostly because somebody else has changed it in the meantime: look again."""

    error_code = "RESOURCE_CONFLICT"
    http_status = 409


class InvalidStateError(TrackerError):
    """The request is fine but the object is in a state that forbids it."""

    error_code = "INVALID_STATE"
    http_status = 500


class PermissionDeniedError(TrackerError):
    """The store, or a path in it, may not be read or written by this user."""

    error_code = "PERMISSION_DENIED"
    http_status = 403


class UntrustedModelError(PermissionDeniedError):
    """A model that could run any code when it is loaded, and that this user has not made or trusted.

    `types` names what it needs: classes and functions in its pickle, or modules in its folder.
    """

    def __init__(self, message: str, types: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.types = types


class StoreError(TrackerError):
    """The store cannot be opened or used: corrupt, foreign, read-only, or full."""

    error_code = "INTERNAL_ERROR"
    http_status = 500


class StoreUnavailableError(StoreError):
    """The store did not answer in time; what was logged is kept and sent later."""

    error_code = "TEMPORARILY_UNAVAILABLE"
    http_status = 503


class DamagedArtifactError(StoreError):
    """A file is not what was written: `expected` and `found` are the SHA-256 of both, in hexadecimal digits."""

    error_code = "DATA_LOSS"

    def __init__(self, message: str, expected: str = "", found: str = "") -> None:
        super().__init__(message)
        self.expected = expected
        self.found = found


class StoreVersionError(StoreError):
    """The database was written by a newer jupyter_tracker."""

    error_code = "INVALID_STATE"


class TrackerWarning(UserWarning):
    """Something inside tracking failed; the user's code goes on."""


_told: set[str] = set()


def warn_once(message: str, topic: str | None = None, *, stacklevel: int | None = None) -> None:
    """Warn the user, once per process for each `topic` (the message itself where left out), at their own line."""
    topic = topic or message
    if topic not in _told:
        _told.add(topic)
        warnings.warn(message, TrackerWarning, stacklevel=_level_of_user() if stacklevel is None else stacklevel)


def warn_here(message: str) -> None:
    """Warn the user at their own line, each time that a cell is run."""
    warnings.warn(message, TrackerWarning, stacklevel=_level_of_user())


def _level_of_user() -> int:
    frame, level = sys._getframe(1), 1  # noqa: SLF001 - a public function but for its name
    while frame.f_code.co_filename.startswith(_NOT_THEIRS):
        level += 1
        if frame.f_back is None:  # a thread of ours
            break
        frame = frame.f_back
    return level


_STATUS_OF_CODE = {
    "BAD_REQUEST": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "NOT_FOUND": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "RESOURCE_CONFLICT": 409,
    "RESOURCE_EXHAUSTED": 429,
    "DATA_LOSS": 500,
    "INTERNAL_ERROR": 500,
    "INVALID_STATE": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
