"""scikit-learn: log what it fits; save, log and load its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_tracker.autologging.options import Options
from jupyter_tracker.autologging.switch import switch
from jupyter_tracker.flavors.sklearn import load_model, log_model, save_model

__all__ = ["autolog", "load_model", "log_model", "save_model"]


def autolog(
    log_input_examples: bool = True,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,  # noqa: ARG001 - MLflow's name
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    max_tuning_runs: int | None = None,  # noqa: ARG001 - MLflow's name
    log_post_training_metrics: bool = True,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, Any] | None = None,
    serialization_format: str | None = None,
    pos_label: Any = None,
    log_permutation_importance: bool = False,
) -> None:
    """Log what scikit-learn fits, from now on; see `tracker.autolog` for the arguments that are not here.

    Parameters
    ----------
    max_tuning_runs : int, optional
        Accepted for MLflow's sake: every candidate of a search becomes a child run.
    log_post_training_metrics : bool
        Metrics that are computed from predictions after a fit, and the data these were made from.
    serialization_format : str, optional
        As for `log_model`.
    pos_label : optional
        The class that training precision, recall and F1 are about; where left out, all classes count by their
        frequency.
    log_permutation_importance : bool
        Permutation importances on the training data too, which take many predictions.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.sklearn.autolog(log_datasets=False)
    >>> tracker.sklearn.autolog(disable=True)
    """
    switch(
        "sklearn",
        Options(
            log_models=log_models,
            log_input_examples=log_input_examples,
            log_model_signatures=log_model_signatures,
            log_datasets=log_datasets,
            log_post_training_metrics=log_post_training_metrics,
            log_permutation_importance=log_permutation_importance,
            serialization_format=serialization_format,
            pos_label=pos_label,
            disable=disable,
            silent=silent,
            registered_model_name=registered_model_name,
            extra_tags=extra_tags,
            disable_for_unsupported_versions=disable_for_unsupported_versions,
        ),
    )
