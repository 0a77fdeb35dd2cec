"""Where the calls of a library are logged: which run, and how a run takes what we find.

Without an active run, one is made for the call and ended with it. With one, the first fit logs to it, and each later
one to a child run that is named after what is fitted; from the 21st child on without files and data sets.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.autologging._patching import say
from jupyter_tracker.autologging.options import Options
from jupyter_tracker.entities import DatasetInput, InputTag
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking.datasets import CONTEXT_TAG, TrackedDataset, entity_of
from jupyter_tracker.tracking.ending import end_open_run
from jupyter_tracker.tracking.runs import create
from jupyter_tracker.tracking.stack import STACK, OpenRun

AUTOLOG_TAG: Final = "mlflow.autologging"
MAX_CHILDREN: Final = 20
_MAX_PARAM = 1000
_MAX_CLAIMS = 1000


@dataclass(frozen=True)
class RunRef:
    """A run that is logged to: open or ended, also after the call that it was made for."""

    store: Store
    run_id: str
    artifact_uri: str | None

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log params; one that the run has already, with another value, stays as it is: the user logged it."""
        texts = {key: param_text(value) for key, value in params.items()}
        writer = self._writer()
        try:
            writer.log_params(texts)
        except InvalidParameterError:
            for key, value in texts.items():
                try:
                    writer.log_params({key: value})
                except InvalidParameterError as error:
                    if "is not allowed" not in str(error):  # the key is one that no run takes
                        say(f"jupyter_tracker could not log the param {key!r}: {error}")

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log one point of each metric."""
        if metrics:
            self._writer().log_metrics(metrics, step)

    def log_point(self, key: str, value: float, step: int, at_ms: int) -> None:
        """Log one point of one metric, of a moment that is past."""
        self._writer().log_metric(key, value, step, at_ms)

    def log_series(self, key: str, values: Any, steps: Any = None) -> None:
        """Log an array of one metric."""
        self._writer().log_series(key, values, steps)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self._writer().set_tags(tags)

    def write(self, path: str, content: bytes | str) -> None:
        """Keep a file."""
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        artifact_store(self.artifact_uri or "").write(path, data)

    def write_json(self, path: str, value: Any) -> None:
        """Keep plain data as a JSON file."""
        self.write(path, json.dumps(value, indent=1, default=str))

    def log_dataset(self, dataset: TrackedDataset, context: str) -> None:
        """Record that the run read a data set."""
        self.store.log_inputs(self.run_id, [DatasetInput(entity_of(dataset), [InputTag(CONTEXT_TAG, context)])])

    def _writer(self) -> Any:
        entry = STACK.find(self.run_id)
        return self.store.writer(self.run_id) if entry is None else entry.writer


@dataclass
class FitRun:
    """The run of one fit.

    Attributes
    ----------
    ref : RunRef
        Where to log.
    is_full : bool
        Files and data sets too.
    parent : OpenRun or None
        The user's run that this one is a child of.
    """

    ref: RunRef
    is_full: bool
    parent: OpenRun | None
    _own: OpenRun | None

    def end(self, status: str = "FINISHED") -> None:
        """End the run where it was made for this fit."""
        if self._own is not None:
            end_open_run(self._own, status)


@dataclass
class _Claim:
    """What has been fitted in a run: how many children it has, and the runs of what was cross-validated."""

    children: int = 0
    validated: list[tuple[Any, RunRef, bool]] = field(default_factory=list)

    def take(self, fitted: Any) -> tuple[RunRef, bool] | None:
        """Return, once, the run of a cross-validation of `fitted`, and whether it takes files."""
        for entry in self.validated:
            if fitted is not None and entry[0]() is fitted:
                self.validated.remove(entry)
                return entry[1], entry[2]
        return None


_LOCK = threading.Lock()
_CLAIMS: dict[str, _Claim] = {}


def begin(framework: str, name: str, options: Options, fitted: Any = None, *, validates: bool = False) -> FitRun:
    """Return the run of a fit that begins now.

    Parameters
    ----------
    framework : str
        Kept as the tag ``mlflow.autologging`` of a run that is made here.
    name : str
        The name of a child run.
    options : Options
        With the tags of such runs.
    fitted : optional
        What is fitted. The run of a cross-validation of it takes the fit too.
    validates : bool
        This is such a cross-validation.
    """
    tags = {AUTOLOG_TAG: framework, **{key: str(value) for key, value in (options.extra_tags or {}).items()}}
    parent = STACK.current()
    if parent is None:
        own = create(None, None, tags)
        return _made(own.info.run_id, None, is_full=True)
    with _LOCK:
        claim = _CLAIMS.get(parent.run_id)
        is_first = claim is None
        if claim is None:
            claim = _CLAIMS[parent.run_id] = _Claim()
            while len(_CLAIMS) > _MAX_CLAIMS:
                del _CLAIMS[next(iter(_CLAIMS))]
        before = claim.take(fitted)
        claim.children += not is_first and before is None
        is_full = claim.children <= MAX_CHILDREN
    if is_first:
        found = FitRun(ref_of(parent), True, None, None)
    elif before is not None:
        found = FitRun(before[0], before[1], parent, None)
    else:
        child = create(None, name, tags, parent=parent)
        found = _made(child.info.run_id, parent, is_full=is_full)
    if validates:
        with _LOCK:
            claim.validated.append((weakref.ref(fitted), found.ref, found.is_full))
    return found


def ref_of(entry: OpenRun) -> RunRef:
    """Return where an open run is logged to."""
    return RunRef(entry.store, entry.run_id, entry.run.info.artifact_uri)


def _made(run_id: str, parent: OpenRun | None, *, is_full: bool) -> FitRun:
    entry = STACK.find(run_id)
    assert entry is not None  # noqa: S101 - it was pushed a line ago
    return FitRun(ref_of(entry), is_full, parent, entry)


def param_text(value: Any) -> str:
    """Return a value as a param: on one line, and short."""
    if isinstance(value, list | tuple | dict | set | frozenset) and len(value) > 1000:
        import reprlib

        text = reprlib.repr(value)
    else:
        text = value if isinstance(value, str) else " ".join(str(value).split()) if value is not None else "None"
    return text if len(text) <= _MAX_PARAM else text[: _MAX_PARAM - 1] + "…"
