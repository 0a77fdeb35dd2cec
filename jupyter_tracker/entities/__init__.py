"""What is tracked, as frozen dataclasses without I/O.

Positional order and attribute names are MLflow's, so that existing code constructs and reads them
unchanged. Validation of keys, values and counts lives in `limits`; every store inherits it.

What a script that only logs has no use for is imported at first use: a dataclass takes half a millisecond to make.

To add an entity: a frozen dataclass in the file of its noun, a line here, and its JSON form in `wire/`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jupyter_tracker.entities.experiment import Experiment, ExperimentTag, LifecycleStage, ViewType
from jupyter_tracker.entities.logged import Metric, MetricSeries, Param, RunTag
from jupyter_tracker.entities.page import PagedList
from jupyter_tracker.entities.run import Run, RunData, RunInfo, RunInputs, RunOutputs, RunStatus

if TYPE_CHECKING:
    from jupyter_tracker.entities.artifact import FileInfo
    from jupyter_tracker.entities.dataset import (
        Dataset,
        DatasetInput,
        InputTag,
        LoggedModelInput,
        LoggedModelOutput,
    )
    from jupyter_tracker.entities.registry import (
        LoggedModel,
        LoggedModelParameter,
        LoggedModelStatus,
        LoggedModelTag,
        ModelVersion,
        ModelVersionTag,
        RegisteredModel,
        RegisteredModelTag,
    )
    from jupyter_tracker.entities.run_columns import RunColumns

__all__ = [
    "Dataset",
    "DatasetInput",
    "Experiment",
    "ExperimentTag",
    "FileInfo",
    "InputTag",
    "LifecycleStage",
    "LoggedModel",
    "LoggedModelInput",
    "LoggedModelOutput",
    "LoggedModelParameter",
    "LoggedModelStatus",
    "LoggedModelTag",
    "Metric",
    "MetricSeries",
    "ModelVersion",
    "ModelVersionTag",
    "PagedList",
    "Param",
    "RegisteredModel",
    "RegisteredModelTag",
    "Run",
    "RunColumns",
    "RunData",
    "RunInfo",
    "RunInputs",
    "RunOutputs",
    "RunStatus",
    "RunTag",
    "ViewType",
]

_LATER = {
    "FileInfo": "artifact",
    "RunColumns": "run_columns",
    **dict.fromkeys(("Dataset", "DatasetInput", "InputTag", "LoggedModelInput", "LoggedModelOutput"), "dataset"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_LATER.get(name, 'registry')}")
    return getattr(module, name)
