"""Optuna: a callback for `study.optimize` that makes a child run of each trial."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from jupyter_tracker.autologging._children import Child, Series, add_children
from jupyter_tracker.autologging._patching import attempt
from jupyter_tracker.autologging._recording import RunRef, ref_of
from jupyter_tracker.tracking.runs import current_or_new
from jupyter_tracker.tracking.stack import STACK

if TYPE_CHECKING:
    import optuna

NAME: Final = "optuna"
STATE_TAG: Final = "optuna.trial.state"
# A trial that was pruned was stopped on purpose, before its end.
_STATUS: Final = {"COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED"}


def callback(metric_name: str | Sequence[str] = "value") -> Callable[[optuna.Study, optuna.trial.FrozenTrial], None]:
    """Return a callback for ``study.optimize(objective, callbacks=[…])``: one child run per trial.

    A child has the trial's params, its value, the intermediate values as steps of ``intermediate_value``, user
    attributes as tags, and its own start and end. The parent is the run that is active when the callback is made, or at
    its first trial; one is started where there is none. It gets ``best_value`` over the trials, the trial's number as
    step, and the tag ``optuna.best_trial``. Trials may run in threads (``n_jobs``).

    Parameters
    ----------
    metric_name : str or sequence of str
        What the value is called; one name for each value of a study with several.

    Examples
    --------
    >>> import optuna                                                        # doctest: +SKIP
    >>> study = optuna.create_study()                                        # doctest: +SKIP
    >>> with tracker.start_run(run_name="study"):                            # doctest: +SKIP
    ...     study.optimize(objective, n_trials=20, callbacks=[tracker.optuna.callback("rmse")])
    """
    names = [metric_name] if isinstance(metric_name, str) else list(metric_name)
    logger = _TrialLogger(names)

    def log_trial(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        attempt(NAME, logger.log, study, trial)

    return log_trial


class _TrialLogger:
    """Logs trials below one run."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._lock = threading.Lock()
        entry = STACK.current()
        self._parent: RunRef | None = None if entry is None else ref_of(entry)

    def log(self, study: Any, trial: Any) -> None:
        """Log one trial that is over."""
        with self._lock:
            if self._parent is None:
                self._parent = ref_of(current_or_new())
            parent = self._parent
        add_children(parent, [self._child(study, trial)], NAME)
        if len(study.directions) == 1 and trial.state.name == "COMPLETE":
            best = study.best_trial
            parent.log_metrics({f"best_{self._names[0]}": float(best.value)}, step=trial.number)
            parent.set_tags({"optuna.best_trial": str(best.number)})

    def _child(self, study: Any, trial: Any) -> Child:
        values = trial.values or ()
        names = (
            self._names if len(self._names) == len(values) else [f"{self._names[0]}_{i}" for i in range(len(values))]
        )
        steps = sorted(trial.intermediate_values)
        series = [Series("intermediate_value", [float(trial.intermediate_values[step]) for step in steps], steps)]
        tags = {STATE_TAG: trial.state.name, "optuna.study": study.study_name, "optuna.trial": str(trial.number)}
        tags |= {str(key): str(value) for key, value in trial.user_attrs.items()}
        return Child(
            f"trial-{trial.number}",
            trial.params,
            {name: float(value) for name, value in zip(names, values, strict=True)},
            series if steps else (),
            tags,
            _STATUS.get(trial.state.name, "FINISHED"),
            (_ms(trial.datetime_start), _ms(trial.datetime_complete)),
        )


def _ms(moment: Any) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
