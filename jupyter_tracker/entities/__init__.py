"""What is tracked, as frozen dataclasses without I/O.

Positional order and attribute names are MLflow's, so that existing code constructs and reads them
unchanged. Validation of keys, values and counts lives in `limits`; every store inherits it.

The registry's are imported at first use: a script that only logs has no use for them.

To add an entity: a frozen dataclass in the file of its noun, a line here, and its JSON form in `wire/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_tracker.entities.artifact import FileInfo
from jupyter_tracker.entities.dataset import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    RunInputs,
    RunOutputs,
)
from jupyter_tracker.entities.experiment import Experiment, ExperimentTag, LifecycleStage, ViewType
from jupyter_tracker.entities.logged import Metric, MetricSeries, Param, RunTag
from jupyter_tracker.entities.page import PagedList
from jupyter_tracker.entities.run import Run, RunData, RunInfo, RunStatus
from jupyter_tracker.entities.run_columns import RunColumns

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jupyter_tracker.entities import registry

    return getattr(registry, name)
