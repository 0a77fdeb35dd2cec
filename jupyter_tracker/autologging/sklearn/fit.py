"""What is known of one fit: what each part of its record is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_tracker.autologging._recording import FitRun, RunRef
from jupyter_tracker.autologging.options import Options


@dataclass
class Fit:
    """What a fit was given and where it is logged.

    Attributes
    ----------
    estimator
        What is fitted.
    features, targets, weights
        What on; targets and weights None where there are none.
    data_name : str or None
        The caller's name for the features.
    run : FitRun
        Where to.
    options : Options
        What of it.
    """

    estimator: Any
    features: Any
    targets: Any
    weights: Any
    data_name: str | None
    run: FitRun
    options: Options

    @property
    def ref(self) -> RunRef:
        """Where to log."""
        return self.run.ref
