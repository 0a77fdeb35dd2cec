"""What is elsewhere: names that MLflow has and this package has not, and modules that MLflow has at other paths.

Read only once somebody asks for one that is not here. To add a path: a line in `_SAME`; a name: a line in `_HINTS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NO_FLAVOR = (
    "there is no flavor for it yet. Keep such a model with pyfunc.log_model(python_model=...), whose predict calls it, "
    "or its own file with log_artifact"
)
_NO_GENAI = "tracing, prompts and the evaluation of language models are not part of it; MLflow's own package has them"
_FRAMEWORKS = """catboost diffusers fastai gluon h2o johnsnowlabs mleap onnx paddle pmdarima prophet pyspark rfunc
sentence_transformers shap spacy spark statsmodels transformers"""
_GENAI = """ag2 agent agno anthropic autogen bedrock crewai dspy gateway gemini genai groq haystack langchain litellm
llama_index mistral openai otel prompt pydantic_ai semantic_kernel smolagents strands trace tracing txtai typesafe
add_trace get_trace get_current_active_span get_last_active_trace_id get_active_trace_id load_prompt log_assessment
log_expectation log_feedback log_trace register_prompt search_prompts search_sessions search_traces set_prompt_alias
set_trace_tag start_span start_span_no_context update_current_trace"""
_HINTS: dict[str, str] = {
    **dict.fromkeys(_FRAMEWORKS.split(), _NO_FLAVOR),
    **dict.fromkeys(_GENAI.split(), _NO_GENAI),
    "clear_active_model": "give log_metric the model_id instead",
    "create_external_model": "use initialize_logged_model, then finalize_logged_model(model_id, 'READY')",
    "get_active_model_id": "last_logged_model() knows the model that was logged last",
    "import_checkpoints": "Lightning's are listed in the artifact checkpoints.json; keep one with log_artifact",
    "list_artifacts": "use artifacts.list_artifacts",
    "list_experiments": "use search_experiments",
    "list_run_infos": "use search_runs",
    "log_stream": "write the stream to a file and use log_artifact",
    "login": "name a tracking server with set_tracking_uri, and its token in MLFLOW_TRACKING_TOKEN",
    "mlflow": "import jupyter_tracker as mlflow",
    "projects": "run a notebook with `jupyter execute` or papermill: its tracked cells are runs",
    "recipes": "it is gone from MLflow, too",
    "run": "run a notebook with `jupyter execute` or papermill: its tracked cells are runs",
    "set_active_model": "give log_metric the model_id instead",
    "validate_evaluation_results": "a policy judges candidates: see promote",
    "Image": "log_image takes arrays and pictures of PIL as they are",
    "VERSION": "__version__ is this package's own version, not MLflow's",
    "deployments": "`jupyter tracker models serve` serves a model over HTTP",
    "environment_variables": "docs/settings.md lists the settings, MLflow's among them; set them in os.environ",
    "metrics": "evaluate takes functions of targets and predictions as extra_metrics",
    "system_metrics": "use enable_system_metrics_logging and its siblings",
    "version": "jupyter_tracker.__version__ is this package's own version, not MLflow's",
    **dict.fromkeys(
        ("keras.MlflowCallback", "keras.callback", "tensorflow.MlflowCallback"),
        "autolog() logs the losses and metrics of each epoch, in a tracked cell without being called",
    ),
    "optuna.MlflowStorage": "optuna.callback logs each trial",
    "optuna.storage": "optuna.callback logs each trial",
    "pytorch.MlflowModelCheckpointCallback": "Lightning's own checkpoints are listed in the artifact checkpoints.json",
    "pyfunc.spark_udf": "load the model in a pandas_udf of your own: pyfunc.load_model(uri).predict",
    "models.MetricThreshold": "a policy judges candidates: see promote",
    "models.make_metric": "evaluate takes functions of targets and predictions as extra_metrics",
    **dict.fromkeys(
        ("data.load_delta", "data.from_spark", "data.from_huggingface", "data.from_tensorflow"),
        "log its address and shape with data.from_pandas(sample, source=address, name=name)",
    ),
    "store.artifact": "use artifacts.download_artifacts and artifacts.list_artifacts",
    "tracking.artifact_utils": "use artifacts.download_artifacts and get_artifact_uri",
}

# What words in the names of methods of MLflow's client are about.
_OF_CLIENT: dict[str, str] = {
    "list_run_infos": "use search_runs",
    "list_experiments": "use search_experiments",
    "list_registered_models": "use search_registered_models",
    "log_stream": "write the stream to a file and use log_artifact",
    "workspace": "there are no workspaces: a store for each team, or roles in experiments (docs/server.md)",
    "webhook": "there are no webhooks: `jupyter tracker registry history` tells what has happened",
    **dict.fromkeys(("trace", "span", "prompt", "assessment", "mcp", "dataset"), _NO_GENAI),
}

_ENTITIES = """dataset_input experiment_tag file_info input_tag lifecycle_stage logged_model logged_model_input
logged_model_output logged_model_parameter logged_model_status logged_model_tag metric model_registry
model_registry.model_version model_registry.model_version_tag model_registry.registered_model
model_registry.registered_model_tag param run_data run_info run_inputs run_outputs run_status run_tag view_type"""
# Where a module of MLflow's is here.
_SAME: dict[str, str] = {
    **{f"entities.{path}": "entities" for path in _ENTITIES.split()},
    **{f"data.{name}": "data" for name in ("dataset", "numpy_dataset", "pandas_dataset", "polars_dataset")},
    "models.model": "models",
    "pyfunc.model": "pyfunc",
    "store.entities": "entities",
    "store.entities.paged_list": "entities",
}
_PACKAGES = frozenset({"entities.model_registry", "store.entities"})


def client_hint(name: str, names: Iterable[str]) -> str:
    """Return what to say of a method that the client has not, as `hint` does."""
    found = next((said for word, said in _OF_CLIENT.items() if word in name), None)
    return f": {found}." if found is not None else _near(name, names)


class _Face:
    """Fills a module of MLflow's path with the names of one of ours: a loader, as far as Python needs one."""

    def __init__(self, path: str) -> None:
        self._path = path

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make an empty module."""

    def exec_module(self, module: ModuleType) -> None:
        """Take the names over."""
        source = importlib.import_module(f"jupyter_tracker.{self._path}")
        module.__doc__ = source.__doc__
        names = [*source.__all__]
        vars(module).update({"__all__": names, **{name: getattr(source, name) for name in names}})


def spec_of(module: str) -> ModuleSpec | None:
    """Return what a module of MLflow's path is here, None where there is nothing to say.

    Raises
    ------
    ModuleNotFoundError
        It is not here, and something else is to be used. It names no module, or `from … import` would swallow it.
    """
    path = module.partition(".")[2]
    if path in _SAME:
        face: Any = _Face(_SAME[path])
        return ModuleSpec(module, face, is_package=path in _PACKAGES)
    if path in _HINTS:
        raise ModuleNotFoundError(f"There is no {module}: {_HINTS[path]}.")
    return None


def hint(name: str, names: Iterable[str] = ()) -> str:
    """Return what to say of a name that is not here, or nothing: what to use instead, or the nearest of `names`."""
    found = _HINTS.get(name)
    if found is not None:
        return f": {found}."
    return _near(name, names)


def _near(name: str, names: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.75)
    return f". Did you mean {close[0]!r}?" if close else ""
