"""Error codes under MLflow's names, each the text that `TrackerError.error_code` has.

>>> from jupyter_tracker.exceptions import MlflowException
>>> from jupyter_tracker.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
>>> MlflowException("no", error_code=RESOURCE_DOES_NOT_EXIST).error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)
True
"""

from __future__ import annotations

ALREADY_EXISTS = "ALREADY_EXISTS"
BAD_REQUEST = "BAD_REQUEST"
ENDPOINT_NOT_FOUND = "ENDPOINT_NOT_FOUND"
INTERNAL_ERROR = "INTERNAL_ERROR"
INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"
INVALID_STATE = "INVALID_STATE"
NOT_FOUND = "NOT_FOUND"
NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
PERMISSION_DENIED = "PERMISSION_DENIED"
RESOURCE_ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
RESOURCE_CONFLICT = "RESOURCE_CONFLICT"
RESOURCE_DOES_NOT_EXIST = "RESOURCE_DOES_NOT_EXIST"
RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
TEMPORARILY_UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"
UNAUTHENTICATED = "UNAUTHENTICATED"


class ErrorCode:
    """Names of codes and codes of names, which are the same here."""

    @staticmethod
    def Name(code: str) -> str:  # noqa: N802 - MLflow's
        """Return the name of a code."""
        return code

    @staticmethod
    def Value(name: str) -> str:  # noqa: N802 - MLflow's
        """Return the code of a name."""
        return name
