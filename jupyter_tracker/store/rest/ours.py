"""What a server of ours is asked beyond MLflow's protocol for the registry, and how it is told who acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jupyter_tracker.errors import StoreUnavailableError, TrackerError
from jupyter_tracker.store import acting
from jupyter_tracker.store.rest.lacking import lacking
from jupyter_tracker.store.rest.path import RestPath
from jupyter_tracker.wire.reading import AnswerFields, Fields
from jupyter_tracker.wire.registry_events import PROVENANCE, provenance_to_json

_OURS: Final = "/api/2.0/jupyter-tracker/registry"
_UNKNOWN: Final = "ENDPOINT_NOT_FOUND"


class RestOurs(RestPath):
    """Operations of the registry that servers of ours know; any other has MLflow's."""

    # Unknown until it was asked once.
    _knows_ours: bool | None = None

    @property
    def knows_ours(self) -> bool:
        """Whether the server keeps a history and moves versions only if they are as they were seen."""
        if self._knows_ours is None:
            try:
                self._ask_ours("Reading the history of the registry", "GET", "head", {})
            except StoreUnavailableError:
                raise
            except TrackerError:
                return False  # what it does not let us do, it will say itself
        return bool(self._knows_ours)

    def _ask_ours(self, what: str, method: str, operation: str, fields: Mapping[str, Any], **how: Any) -> Fields:
        """Return what a server of ours answers; ``NOT_IMPLEMENTED``, with what it is about, from any other."""
        if self._knows_ours is False:
            lacking(what)(self)
        self._check_open()
        self.flush()
        try:
            answer = self.transport.call(method, f"{_OURS}/{operation}", fields, **how)
        except TrackerError as error:
            if error.error_code != _UNKNOWN:
                raise
            self._knows_ours = False
            lacking(what)(self)
        self._knows_ours = True
        return AnswerFields(answer)

    def _change(self, method: str, operation: str, fields: Mapping[str, Any], **how: Any) -> Fields:
        """Change the registry by an operation of MLflow's; only a server of ours is told from where and why."""
        return self._ask(method, operation, {**fields, PROVENANCE: self._provenance()}, **how)

    def _provenance(self) -> dict[str, Any] | None:
        return provenance_to_json(acting.provenance()) if self.knows_ours else None
