"""Errors under the names that MLflow users import: `MlflowException` is `TrackerError`."""

from __future__ import annotations

from jupyter_tracker.errors import (
    InvalidFilterError,
    InvalidParameterError,
    InvalidStateError,
    PermissionDeniedError,
    ResourceAlreadyExistsError,
    ResourceConflictError,
    ResourceDoesNotExistError,
    StoreError,
    StoreUnavailableError,
    StoreVersionError,
    TrackerError,
    TrackerWarning,
    UntrustedModelError,
)

MlflowException = TrackerError
RestException = TrackerError

__all__ = [
    "InvalidFilterError",
    "InvalidParameterError",
    "InvalidStateError",
    "MlflowException",
    "PermissionDeniedError",
    "ResourceAlreadyExistsError",
    "ResourceConflictError",
    "ResourceDoesNotExistError",
    "RestException",
    "StoreError",
    "StoreUnavailableError",
    "StoreVersionError",
    "TrackerError",
    "TrackerWarning",
    "UntrustedModelError",
]
