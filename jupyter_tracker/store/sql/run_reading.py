"""One whole run by one statement on the driver: a live card asks for it five times a second.

Beside a busy cell every row that is fetched costs a wait for the GIL, so the statement gives one row of JSON.
Searches, which read many runs, do the same through SQLAlchemy in `rows`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_tracker.entities import Metric, Param, Run, RunData, RunInfo, RunInputs, RunOutputs, RunTag
from jupyter_tracker.store.sql.locations import run_artifact_uri

if TYPE_CHECKING:
    from sqlite3 import Connection

# Floats travel as text: JSON's are rounded by SQLite. An aggregate over nothing is '[]'.
_WHOLE_RUN = """SELECT experiments.experiment_id, user_id, status, start_time, end_time, runs.lifecycle_stage,
artifact_uri, run_name, artifact_location, json_array(
    (SELECT json_group_array(json_array(key, CASE WHEN is_nan THEN NULL ELSE printf('%!.20g', value) END,
        timestamp, step)) FROM latest_metrics WHERE run = runs.run),
    (SELECT json_group_array(json_array(key, value)) FROM params WHERE run = runs.run),
    (SELECT json_group_array(json_array(key, value)) FROM tags WHERE run = runs.run),
    (SELECT json_group_array(json_array(inputs.tags, name, digest, source_type, source, schema, profile))
        FROM inputs JOIN datasets USING (dataset) WHERE run = runs.run),
    (SELECT json_group_array(json_array(model_id, is_output, step)) FROM model_io WHERE run = runs.run))
FROM runs JOIN experiments USING (experiment_id) WHERE run_id = ?"""


def read_run(connection: Connection, root: Path, run_id: str) -> Run | None:
    """Return a run with all that it has logged, None where there is no such run."""
    row = connection.execute(_WHOLE_RUN, (run_id,)).fetchone()
    if row is None:
        return None
    experiment_id, user_id, status, start, end, stage, artifact_uri, name, location, logged = row
    metrics, params, tags, inputs, models = json.loads(logged)
    uri = run_artifact_uri(root, artifact_uri, location, run_id)
    return Run(
        RunInfo(run_id, str(experiment_id), user_id, status, start, end, stage, uri, name),
        RunData(
            metrics=[
                Metric(key, float("nan" if value is None else value), timestamp, step)
                for key, value, timestamp, step in metrics
            ],
            params=[Param(*param) for param in params],
            tags=[RunTag(*tag) for tag in tags],
        ),
        *_inputs_and_outputs(inputs, models),
    )


def _inputs_and_outputs(inputs: list[Any], models: list[Any]) -> tuple[RunInputs, RunOutputs]:
    if not inputs and not models:
        return RunInputs(), RunOutputs()
    from jupyter_tracker.entities.dataset import Dataset, DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput

    return (
        RunInputs(
            dataset_inputs=[
                DatasetInput(Dataset(*fields), [InputTag(*tag) for tag in json.loads(labels).items()])
                for labels, *fields in inputs
            ],
            model_inputs=[LoggedModelInput(model_id) for model_id, is_output, _ in models if not is_output],
        ),
        RunOutputs([LoggedModelOutput(model_id, step) for model_id, is_output, step in models if is_output]),
    )
