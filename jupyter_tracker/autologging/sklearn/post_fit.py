"""Metric functions that the user calls after a fit: what they say of a prediction belongs to its model's run."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from types import ModuleType
from typing import Any, Final

from jupyter_tracker.autologging._data import variable_name
from jupyter_tracker.autologging._nesting import is_inner, outermost
from jupyter_tracker.autologging._patching import Call, Patches
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.autologging.sklearn.evaluations import log_metric
from jupyter_tracker.autologging.sklearn.predictions import PREDICTIONS, Prediction

_NAME: Final = "sklearn"
_NO_METRICS: Final = frozenset({"get_scorer", "get_scorer_names", "make_scorer", "check_scoring"})


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch every metric function; `module` is ``sklearn.metrics``."""
    names = [name for name in getattr(module, "__all__", ()) if name not in _NO_METRICS]
    found = [getattr(module, name) for name in names]
    patches.functions({each: _around for each in found if inspect.isfunction(each)}, ("sklearn",))


def _around(call: Call) -> Generator[None, Any, None]:
    if is_inner(call) or not SWITCHES.options(_NAME).log_post_training_metrics:
        yield
        return
    with outermost():
        result = yield
    if is_number(result):
        prediction = _prediction_in(call)
        if prediction is not None:
            name = call.function.__name__
            log_metric(prediction.ref, name, prediction.data_name, result, f"{name}({_arguments(call)})")


def _prediction_in(call: Call) -> Prediction | None:
    # The last of the two arrays is what was predicted, as a rule.
    given = [*call.kwargs.values(), *reversed(call.args)]
    found = (PREDICTIONS.find(value) for value in given)
    return next((prediction for prediction in found if prediction is not None), None)


def _arguments(call: Call) -> str:
    texts = [_text(value, call) for value in call.args]
    return ", ".join([*texts, *(f"{key}={_text(value, call)}" for key, value in call.kwargs.items())])


def _text(value: Any, call: Call) -> str:
    if isinstance(value, str | int | float | bool) or value is None:
        return repr(value)[:100]
    return variable_name(value, call.frame) or "…"


def is_number(value: Any) -> bool:
    """Tell whether a result is one number."""
    import numbers

    return isinstance(value, numbers.Real) and not isinstance(value, bool)
