"""`PythonModel`, and the context it is given: models of the user's own making."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PythonModelContext:
    """What a `PythonModel` is given.

    Attributes
    ----------
    artifacts : dict
        Name → local path, of what was given as `artifacts` when the model was saved.
    model_config : dict
        Settings that were saved with it, or given to `load_model`.
    """

    artifacts: dict[str, str] = field(default_factory=dict)
    model_config: dict[str, Any] = field(default_factory=dict)


class TypeHints:
    """That nothing is known of the types of a model's `predict`: what MLflow looks for, and nothing here reads."""

    input = output = None

    def __init__(self, *_arguments: Any, **_more: Any) -> None:
        pass


class PythonModel:
    """A model of your own: subclass it, write `predict`, and log it with `pyfunc.log_model(python_model=…)`.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> class Add(tracker.pyfunc.PythonModel):
    ...     def __init__(self, n):
    ...         self.n = n
    ...
    ...     def predict(self, context, model_input, params=None):
    ...         return model_input + self.n
    >>> with tracker.start_run():
    ...     info = tracker.pyfunc.log_model(python_model=Add(2), name="add")
    >>> tracker.pyfunc.load_model(info.model_uri).predict(5)
    7
    """

    # MLflow asks every model for it.
    predict_type_hints = TypeHints

    def load_context(self, context: PythonModelContext) -> None:
        """Get ready to predict: read files of `context.artifacts`. Called once, when the model is loaded."""

    def predict(self, context: PythonModelContext, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return predictions for an input; to be written by the subclass. `context` may be left out of it."""
        raise NotImplementedError(f"{type(self).__name__} must define predict(self, context, model_input).")

    def predict_stream(self, context: PythonModelContext, model_input: Any, params: Any = None) -> Any:
        """Give predictions one by one; may be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} defines no predict_stream.")


class FunctionModel(PythonModel):
    """A plain function as a model.

    Parameters
    ----------
    function : callable
        Takes the input, and perhaps `params`.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.func = function

    def predict(self, context: PythonModelContext, model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Return what the function returns."""
        return call(self.func, (model_input,), params)


def call(method: Callable[..., Any], arguments: tuple[Any, ...], params: Mapping[str, Any] | None) -> Any:
    """Call a predict function, with `params` where it takes them."""
    try:
        taken = inspect.signature(method).parameters
    except (TypeError, ValueError):
        return method(*arguments)
    variable = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    if "params" in taken or variable:
        return method(*arguments, params=None if params is None else dict(params))
    return method(*arguments)


def takes_context(method: Callable[..., Any]) -> bool:
    """Tell whether a bound `predict` has a context before its input: two positional arguments beside params."""
    positional = [
        name
        for name, each in inspect.signature(method).parameters.items()
        if each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD} and name != "params"
    ]
    return len(positional) >= 2 or positional[:1] == ["context"]
