"""What was predicted, by which model, from which data: so that a metric computed from it finds its run.

A prediction is known again as the same object, as a view of it (a slice, a column, what pandas makes of it), or by
its content (a copy, a list, one column copied).
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tracker.autologging._data import UNKNOWN, argument, dataset_of, variable_name
from jupyter_tracker.autologging._nesting import is_inner, outermost
from jupyter_tracker.autologging._patching import Call, attempt
from jupyter_tracker.autologging._recording import RunRef
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.autologging.sklearn.evaluations import log_metric

_NAME: Final = "sklearn"
_KEPT: Final = 500
_MAX_COLUMNS: Final = 20
_MAX_CELLS: Final = 1 << 20
_MIN_CELLS: Final = 3  # two labels may be equal by chance


@dataclass(frozen=True)
class Prediction:
    """A prediction: the run of its model, and what the caller calls the data it was made from."""

    ref: RunRef
    data_name: str


class Predictions:
    """The models that were fitted under our eyes, and their latest predictions. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[int, tuple[Any, RunRef, set[tuple[str, str]]]] = {}
        self._training: dict[int, Any] = {}
        self._arrays: OrderedDict[int, tuple[Any, Prediction]] = OrderedDict()
        self._contents: OrderedDict[bytes, Prediction] = OrderedDict()

    def add_model(self, estimator: Any, ref: RunRef, features: Any) -> None:
        """Remember the run of a model, and what it was fitted on."""
        key = id(estimator)
        try:
            reference = weakref.ref(estimator, lambda _: self._models.pop(key, None))
        except TypeError:
            return
        with self._lock:
            self._models[key] = (reference, ref, set())
            try:
                self._training[key] = weakref.ref(features, lambda _: self._training.pop(key, None))
            except TypeError:
                self._training.pop(key, None)

    def run_of(self, estimator: Any) -> RunRef | None:
        """Return the run of a model; None for one that was fitted elsewhere."""
        found = self._models.get(id(estimator))
        return found[1] if found is not None and found[0]() is estimator else None

    def is_new_data(self, estimator: Any, features: Any, name: str, digest: str) -> bool:
        """Tell, once, whether a model is asked about other data than it was fitted on."""
        training = self._training.get(id(estimator))
        if training is not None and training() is features:
            return False
        with self._lock:
            found = self._models.get(id(estimator))
            if found is None or (name, digest) in found[2]:
                return False
            found[2].add((name, digest))
            return True

    def add(self, result: Any, ref: RunRef, name: str | None) -> None:
        """Remember a prediction."""
        prediction = Prediction(ref, name or UNKNOWN)
        with self._lock:
            with contextlib.suppress(TypeError):  # a list has no weak references
                self._arrays[id(result)] = (weakref.ref(result), prediction)
            for digest in _digests(result, columns=True):
                self._contents[digest] = prediction
                self._contents.move_to_end(digest)
            for kept in (self._arrays, self._contents):
                while len(kept) > _KEPT:
                    kept.popitem(last=False)

    def find(self, value: Any) -> Prediction | None:
        """Return the prediction that a value is, is a part of, or is a copy of."""
        if not self._contents and not self._arrays:
            return None
        if isinstance(value, str | bytes | int | float | bool) or value is None:
            return None
        with self._lock:
            found = self._arrays.get(id(value))
            if found is not None and found[0]() is value:
                return found[1]
            if hasattr(value, "__len__"):
                return self._sharing(value) or self._equal(value)
        return None

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            for kept in (self._models, self._training, self._arrays, self._contents):
                kept.clear()

    def _sharing(self, value: Any) -> Prediction | None:
        import numpy as np

        array = _array(value)
        if array is None or not array.size:
            return None
        for reference, prediction in reversed(self._arrays.values()):
            held = reference()
            if isinstance(held, np.ndarray) and np.may_share_memory(array, held):
                return prediction
        return None

    def _equal(self, value: Any) -> Prediction | None:
        found = (self._contents.get(digest) for digest in _digests(value))
        return next((prediction for prediction in found if prediction is not None), None)


PREDICTIONS = Predictions()


def around_predict(call: Call) -> Generator[None, Any, None]:
    """Remember what a model predicts, and log the data it was asked about."""
    ref = None if is_inner(call) else PREDICTIONS.run_of(call.args[0])
    if ref is None:
        yield
        return
    features = argument(call.args, call.kwargs, 1, "X")
    name = variable_name(features, call.frame)
    with outermost():
        result = yield
    if not SWITCHES.options(_NAME).log_post_training_metrics:
        return
    PREDICTIONS.add(result, ref, name)
    attempt(_NAME, log_evaluated, call.args[0], ref, features, None, name)


def around_score(call: Call) -> Generator[None, Any, None]:
    """Log a score as ``<class>_score_<name of the data>``."""
    ref = None if is_inner(call) else PREDICTIONS.run_of(call.args[0])
    if ref is None:
        yield
        return
    estimator = call.args[0]
    features = argument(call.args, call.kwargs, 1, "X")
    targets = argument(call.args, call.kwargs, 2, "y", "Y")
    name = variable_name(features, call.frame)
    with outermost():
        result = yield
    if not SWITCHES.options(_NAME).log_post_training_metrics:
        return
    kind = type(estimator).__name__
    texts = [name or "…", variable_name(targets, call.frame) or "…"]
    log_metric(ref, f"{kind}_score", name or UNKNOWN, result, f"{kind}.score({', '.join(texts)})")
    attempt(_NAME, log_evaluated, estimator, ref, features, targets, name)


def log_evaluated(estimator: Any, ref: RunRef, features: Any, targets: Any, name: str | None) -> None:
    """Log the data that a model was asked about, once, if it is not what it was fitted on."""
    if not SWITCHES.options(_NAME).log_datasets or features is None:
        return
    dataset = dataset_of(features, targets, name)
    if dataset is not None and PREDICTIONS.is_new_data(estimator, features, dataset.name, dataset.digest):
        ref.log_dataset(dataset, "eval")


def _array(value: Any) -> Any:
    """Return a value as an array, without a copy where that can be; None for what is none."""
    import numpy as np

    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.ndim in {1, 2} and array.size <= 64 * _MAX_CELLS else None


def _digests(value: Any, *, columns: bool = False) -> list[bytes]:
    """Return what the content of a value is known by, its columns too where asked; nothing for tiny ones."""
    array = _array(value)
    if array is None or len(array) < _MIN_CELLS:
        return []
    found = [_digest(array)]
    if columns and array.ndim == 2 and array.shape[1] <= _MAX_COLUMNS:
        found += [_digest(array[:, i]) for i in range(array.shape[1])]
    return found


def _digest(array: Any) -> bytes:
    """Return a digest that equal numbers share, whatever their type."""
    import numpy as np

    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    hasher = hashlib.blake2b(repr(array.shape).encode(), digest_size=16)
    flat = array.reshape(-1)
    flat = flat[:: max(1, flat.size // _MAX_CELLS)]
    if flat.dtype.kind in "biuf":
        hasher.update(np.ascontiguousarray(flat, dtype=np.float64).tobytes())
    else:
        hasher.update("\x1f".join(map(str, flat)).encode("utf-8", "surrogatepass"))
    return hasher.digest()
