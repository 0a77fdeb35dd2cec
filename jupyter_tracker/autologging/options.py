"""What is logged of each framework, and whether: switched on by the user, or by a tracked cell.

A framework that `tracker.autolog()` has switched on is on everywhere, but in a cell with ``--no-autolog``. One that
nobody has mentioned is on while a tracked cell runs. One that was switched off is off.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_tracker import settings
from jupyter_tracker.errors import InvalidParameterError


@dataclass(frozen=True)
class Options:
    """What is logged.

    Attributes
    ----------
    log_models, log_input_examples, log_model_signatures, log_datasets : bool
        The fitted model, with five rows of its input and their types; digests of the data.
    log_post_training_metrics : bool
        Metrics computed from predictions after the fit.
    log_permutation_importance : bool
        Permutation importances on the training data, which take many predictions.
    log_grad_norm : bool
        The norm of a PyTorch model's gradient at each logged step.
    log_every_n_step : int
        Steps between logged ones in training loops.
    log_every_epoch : bool
        The metrics of each epoch of Keras.
    log_every_n_steps : int or None
        Steps between logged batches of Keras; None logs no batches.
    pos_label : optional
        The class that precision, recall and F1 of scikit-learn's classifiers are about; None weighs all classes.
    serialization_format : str or None
        How models of scikit-learn are kept; None leaves that to its flavor.
    disable, silent : bool
        Log nothing; say nothing.
    registered_model_name : str or None
        Register each model under this name.
    extra_tags : mapping or None
        Tags of the runs that autologging starts.
    disable_for_unsupported_versions : bool
        Leave a framework alone that is newer than what was tested.
    """

    log_models: bool = True
    log_input_examples: bool = True
    log_model_signatures: bool = True
    log_datasets: bool = True
    log_post_training_metrics: bool = True
    log_permutation_importance: bool = False
    log_grad_norm: bool = False
    log_every_n_step: int = 1
    log_every_epoch: bool = True
    log_every_n_steps: int | None = None
    pos_label: Any = None
    serialization_format: str | None = None
    disable: bool = False
    silent: bool = False
    registered_model_name: str | None = None
    extra_tags: Mapping[str, Any] | None = None
    disable_for_unsupported_versions: bool = False

    def __post_init__(self) -> None:
        for name in ("log_every_n_step", "log_every_n_steps"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidParameterError(f"{name} must be a whole number of at least 1, not {value!r}.")


DEFAULTS = Options()


class Switches:
    """Which frameworks are on. Read at each watched call, so it holds no lock for that."""

    def __init__(self) -> None:
        self._chosen: dict[str, Options] = {}
        self._cells: list[tuple[bool, bool]] = []
        self._cell: bool | None = None
        self._is_quiet = False
        self._lock = threading.Lock()

    def choose(self, framework: str, options: Options) -> None:
        """Set the options of a framework, which switch it on or off."""
        with self._lock:
            self._chosen[framework] = options

    def forget(self) -> None:
        """Forget what was chosen, and every cell."""
        with self._lock:
            self._chosen.clear()
            self._cells.clear()
            self._cell, self._is_quiet = None, False

    def enter_cell(self, *, on: bool, quiet: bool = False) -> None:
        """Begin a tracked cell, with ``--quiet`` or without; cells that it runs are inside it."""
        with self._lock:
            self._cells.append((on, quiet))
            self._cell, self._is_quiet = on, quiet

    def leave_cell(self) -> None:
        """End the tracked cell that was begun last."""
        with self._lock:
            if self._cells:
                self._cells.pop()
            self._cell, self._is_quiet = self._cells[-1] if self._cells else (None, False)

    def is_on(self, framework: str) -> bool:
        """Tell whether calls of a framework are logged at the moment."""
        cell = self._cell
        if cell is False:
            return False
        chosen = self._chosen.get(framework)
        return cell is True if chosen is None else not chosen.disable

    def is_silent(self, options: Options) -> bool:
        """Tell whether nothing is to be said of what is not logged: by the user, the cell or the setting."""
        return options.silent or self._is_quiet or settings.flag("JUPYTER_TRACKER_QUIET")

    def is_chosen(self, framework: str) -> bool:
        """Tell whether the user has switched a framework on or off."""
        return framework in self._chosen

    def options(self, framework: str) -> Options:
        """Return what is logged of a framework."""
        return self._chosen.get(framework, DEFAULTS)


SWITCHES = Switches()
