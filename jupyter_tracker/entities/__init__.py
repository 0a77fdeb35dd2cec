"""What is tracked, as frozen dataclasses without I/O.

Positional order and attribute names are MLflow's, so that existing code constructs and reads them
unchanged. Validation of keys, values and counts lives in `limits`; every store inherits it.

To add an entity: a frozen dataclass in the file of its noun, a line here, and its JSON form in `wire/`.
"""

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
from jupyter_tracker.entities.run import Run, RunData, RunInfo, RunStatus

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
    "RunData",
    "RunInfo",
    "RunInputs",
    "RunOutputs",
    "RunStatus",
    "RunTag",
    "ViewType",
]
