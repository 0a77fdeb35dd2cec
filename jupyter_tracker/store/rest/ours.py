"""What servers of ours are asked beyond MLflow's protocol, and how they are told who acts; any other lacks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from jupyter_tracker.errors import StoreUnavailableError, TrackerError
from jupyter_tracker.store import acting
from jupyter_tracker.store.rest.path import RestPath
from jupyter_tracker.wire.reading import AnswerFields, Fields
from jupyter_tracker.wire.registry_events import PROVENANCE, provenance_to_json

OURS: Final = "/api/2.0/jupyter-tracker"
"""Below this path is what a server of ours understands beyond MLflow's protocol."""
HISTORY: Final = "Reading the history of the registry"
NOT_IMPLEMENTED: Final = "NOT_IMPLEMENTED"


class RestOurs(RestPath):
    """How servers of ours are asked for what they know and others do not."""

    # Unknown until it was asked once.
    _knows_ours: bool | None = None

    @property
    def knows_ours(self) -> bool:
        """Whether the server keeps a history and moves versions only if they are as they were seen."""
        if self._knows_ours is None:
            try:
                self._ask_ours(HISTORY, "GET", "registry/head", {})
            except StoreUnavailableError:
                raise
            except TrackerError as error:
                if error.error_code == NOT_IMPLEMENTED:
                    self._knows_ours = False
                return False  # what it does not let us do, it will say itself
        return bool(self._knows_ours)

    def _knows_more(self) -> bool:
        return self.knows_ours

    def _ask_ours(self, what: str, method: str, operation: str, fields: Mapping[str, Any], **how: Any) -> Fields:
        """Return what a server of ours answers; `what` says what it is asked for, where it is none."""
        with self._asking_ours(what):
            if method != "GET":
                self._fresh.clear()
            return AnswerFields(self.transport.call(method, f"{OURS}/{operation}", fields, **how))

    @contextmanager
    def _asking_ours(self, what: str) -> Iterator[None]:
        """Ask for something inside; ``NOT_IMPLEMENTED``, with what that would do, where the server does not know it."""
        if self._knows_ours is False:
            raise self._lacking(what)
        self._check_open()
        self.flush()
        try:
            yield
        except TrackerError as error:
            if error.error_code != "ENDPOINT_NOT_FOUND":
                raise
            raise self._lacking(what) from error
        self._knows_ours = True

    def _lacking(self, what: str) -> TrackerError:
        return TrackerError(
            f"{what} is not possible through the tracking server at {self.uri}: it is not jupyter_tracker's, or is an "
            "older one, and MLflow's protocol has no such operation. Do it where the server's database is, with "
            "set_tracking_uri or --store.",
            NOT_IMPLEMENTED,
        )

    def _change(self, method: str, operation: str, fields: Mapping[str, Any], **how: Any) -> Fields:
        """Change the registry by an operation of MLflow's; only a server of ours is told from where and why."""
        return self._ask(method, operation, {**fields, PROVENANCE: self._provenance()}, **how)

    def _provenance(self) -> dict[str, Any] | None:
        return provenance_to_json(acting.provenance()) if self.knows_ours else None
