"""What to say of names that MLflow has and this package has not: read only once somebody asks for one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

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
}


def hint(name: str, names: Iterable[str] = ()) -> str:
    """Return what to say of a name that is not here, or nothing: what to use instead, or the nearest of `names`."""
    found = _HINTS.get(name)
    if found is not None:
        return f": {found}."
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.75)
    return f". Did you mean {close[0]!r}?" if close else ""
