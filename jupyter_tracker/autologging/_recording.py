"""Where the calls of a library are logged: which run, and how a run takes what we find.

Without an active run, or one that a setting names, one is made for the call and ended with it. With one, the first fit
logs to it, and each later one to a child run that is named after what is fitted; from the 21st child on metrics only.
What is fitted once more, and goes on from where it was or begins again with the same settings, stays in its run: each
fit is a step there.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.autologging._patching import say
from jupyter_tracker.autologging.options import Options
from jupyter_tracker.entities import DatasetInput, InputTag
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking.datasets import CONTEXT_TAG, TrackedDataset, entity_of
from jupyter_tracker.tracking.ending import end_open_run
from jupyter_tracker.tracking.runs import active_or_named, create
from jupyter_tracker.tracking.stack import STACK, OpenRun

AUTOLOG_TAG: Final = "mlflow.autologging"
MAX_CHILDREN: Final = 20
# The setting of an estimator that goes on from its last fit; whatever else has changed.
WARM: Final = "warm_start"
_MAX_PARAM = 1000
_MAX_CLAIMS = 1000


@dataclass(frozen=True)
class RunRef:
    """A run that is logged to: open or ended, also after the call that it was made for."""

    store: Store
    run_id: str
    artifact_uri: str | None
    takes_params: bool = True

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log params; one that the run has already, with another value, stays as it is: the user logged it."""
        if not self.takes_params:
            return
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

    def update_params(self, before: Mapping[str, Any], params: Mapping[str, Any]) -> None:
        """Give params the values that they have now, where the run has those that we have logged `before`."""
        changed = {key: value for key, value in params.items() if param_text(value) != param_text(before.get(key))}
        if not changed or not self.takes_params:
            return
        self.store.flush()
        known = self.store.get_run(self.run_id).data.params
        for key, value in changed.items():
            if key in before and known.get(key) == param_text(before[key]):
                self.store.update_param(self.run_id, key, param_text(value))

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
    fits : int
        How often the same was fitted in this run before: the step of what a fit as a whole has.
    seen : dict
        How many rounds or epochs these fits had: theirs go on from there.
    before : dict
        The params of the fit before.
    """

    ref: RunRef
    is_full: bool
    parent: OpenRun | None
    _own: OpenRun | None
    fits: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)

    def end(self, status: str = "FINISHED") -> None:
        """End the run where it was made for this fit."""
        if self._own is not None:
            end_open_run(self._own, status)


@dataclass
class _Fitted:
    """What was fitted in a run."""

    what: Any  # weak
    ref: RunRef
    is_full: bool
    settings: Mapping[str, Any]
    fits: int = 1
    seen: dict[str, int] = field(default_factory=dict)


@dataclass
class _Claim:
    """What has been fitted in a run: how many children it has, and the runs of what was cross-validated."""

    children: int = 0
    fitted: list[_Fitted] = field(default_factory=list)
    validated: list[tuple[Any, RunRef, bool]] = field(default_factory=list)

    def take(self, fitted: Any) -> tuple[RunRef, bool] | None:
        """Return, once, the run of a cross-validation of `fitted`, and whether it takes files."""
        for entry in self.validated:
            if fitted is not None and entry[0]() is fitted:
                self.validated.remove(entry)
                return entry[1], entry[2]
        return None

    def again(self, fitted: Any, settings: Mapping[str, Any] | None) -> _Fitted | None:
        """Return what is known of an earlier fit that this one repeats or goes on from."""
        self.fitted = [entry for entry in self.fitted if entry.what() is not None]
        entry = next((entry for entry in self.fitted if entry.what() is fitted), None)
        if entry is None or settings is None:
            return None
        if settings.get(WARM) or {**settings} == {**entry.settings}:
            return entry
        self.fitted.remove(entry)
        return None


_LOCK = threading.Lock()
_CLAIMS: dict[str, _Claim] = {}


def begin(
    framework: str,
    name: str,
    options: Options,
    fitted: Any = None,
    *,
    validates: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> FitRun:
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
    settings : mapping, optional
        How `fitted` is set. With the same settings as last time, or with ``warm_start`` among them, this fit stays in
        the run of the last one; without settings never.
    """
    tags = {AUTOLOG_TAG: framework, **{key: str(value) for key, value in (options.extra_tags or {}).items()}}
    parent = active_or_named()
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
        again = None if fitted is None else claim.again(fitted, settings)
        if again is not None:
            found = FitRun(again.ref, again.is_full, None, None, again.fits, again.seen, again.settings)
            again.fits, again.settings = again.fits + 1, settings or {}
            return found
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
    if settings is not None:
        with _LOCK:
            kept = _Fitted(weakref.ref(fitted), found.ref, found.is_full, settings, seen=found.seen)
            claim.fitted.append(kept)
    if validates:
        with _LOCK:
            claim.validated.append((weakref.ref(fitted), found.ref, found.is_full))
    return found


def settings_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return params as they can be compared: as text, since arrays cannot; what is true or false as it is."""
    return {key: value if isinstance(value, bool) else param_text(value) for key, value in params.items()}


def ref_of(entry: OpenRun) -> RunRef:
    """Return where an open run is logged to."""
    return RunRef(entry.store, entry.run_id, entry.run.info.artifact_uri)


def _made(run_id: str, parent: OpenRun | None, *, is_full: bool) -> FitRun:
    entry = STACK.find(run_id)
    assert entry is not None  # noqa: S101 - it was pushed a line ago
    return FitRun(replace(ref_of(entry), takes_params=is_full), is_full, parent, entry)


def param_text(value: Any) -> str:
    """Return a value as a param: on one line, and short."""
    if isinstance(value, list | tuple | dict | set | frozenset) and len(value) > 1000:
        import reprlib

        text = reprlib.repr(value)
    else:
        text = value if isinstance(value, str) else " ".join(str(value).split()) if value is not None else "None"
    return text if len(text) <= _MAX_PARAM else text[: _MAX_PARAM - 1] + "…"
