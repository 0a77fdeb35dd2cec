"""The export file: one zip, and the JSON forms of what is in it.

``manifest.json``              what the file is, and how much is in it
``experiments/<id>.json``      an experiment
``runs/<run id>.json``         a run: info, params, tags, inputs, outputs, which files it has, and the points that name
                               a logged model or a data set
``metrics/<number>.parquet``   the points of many runs: run id, key, step, timestamp (ms UTC), value; a run's JSON says
                               which file has its own, and from which row on
``models/<model id>.json``     a logged model, and which files it has
``registry/<number>.json``     a registered model with its versions
``blobs/<SHA-256>``            the content of files, once each

Small entries are deflated. Parquet and large blobs are stored as they are: they rarely become smaller.

Format 1, which is still read, had a Parquet file for each run, ``metrics/<run id>.parquet``, without the run id.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    InputTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    ModelVersion,
    Param,
    RegisteredModel,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord
from jupyter_tracker.wire.numbers import number_from_json, number_to_json

FORMAT = "jupyter_tracker export"
VERSION = 2
MANIFEST = "manifest.json"
ENTRY = re.compile(
    r"manifest\.json|experiments/\d{1,19}\.json|runs/[0-9a-zA-Z][\w\-]{0,255}\.json|"
    r"metrics/[0-9a-zA-Z][\w\-]{0,255}\.parquet|models/m-[\w\-]{1,62}\.json|registry/\d{1,9}\.json|blobs/[0-9a-f]{64}",
    re.ASCII,
)
_IN_RUN = re.compile(r"/[0-9a-f]{32}/artifacts(?:/.*)?$")
Form = Mapping[str, Any]


@dataclass(frozen=True)
class FileEntry:
    """A file of a run or model: path below the artifact root, size in bytes, SHA-256 of its content."""

    path: str
    size: int
    sha256: str


def to_json(form: Form) -> bytes:
    """Return a form as the bytes of an entry."""
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()


def run_form(
    run: Run,
    files: Sequence[FileEntry],
    place: Sequence[int],
    deleted_time: int | None = None,
    measured: Sequence[Metric] = (),
) -> Form:
    """Return the form of a run.

    `place` is where its points are: the number of the Parquet entry, the first row, how many rows; `deleted_time` is
    in ms UTC.
    """
    return {
        "info": dataclasses.asdict(dataclasses.replace(run.info, artifact_uri=None)),
        "params": run.data.params,
        "tags": run.data.tags,
        "inputs": dataclasses.asdict(run.inputs),
        "outputs": dataclasses.asdict(run.outputs),
        "files": [dataclasses.asdict(file) for file in files],
        "points": place[2],
        "place": list(place[:2]),
        **({} if deleted_time is None else {"deleted_time": deleted_time}),
        **({"measured": [_point_form(metric) for metric in measured]} if measured else {}),
    }


def place_of(form: Form) -> tuple[int, int] | None:
    """Return the number of the Parquet entry and the row where a run's points begin; None in format 1.

    Raises
    ------
    TypeError, ValueError
        It is no place.
    """
    if "place" not in form:
        return None
    number, row = form["place"]
    if not (type(number) is int and type(row) is int and number >= 0 and row >= 0):
        raise ValueError(f"no place: {form['place']!r}")
    return number, row


def _point_form(metric: Metric) -> list[Any]:
    of = (metric.model_id, metric.dataset_name, metric.dataset_digest)
    return [metric.key, metric.step, metric.timestamp, number_to_json(metric.value), *of]


def measured_of(form: Form) -> list[Metric]:
    """Return the points of a run's form that name a model or a data set."""
    return [
        Metric(str(key), number_from_json(value), timestamp, step, *of)
        for key, step, timestamp, value, *of in form.get("measured", ())
    ]


def run_of(form: Form) -> Run:
    """Return the run of a form."""
    inputs, outputs = form["inputs"], form["outputs"]
    return Run(
        RunInfo(**form["info"]),
        RunData(
            params=[Param(*item) for item in form["params"].items()],
            tags=[RunTag(*item) for item in form["tags"].items()],
        ),
        RunInputs(
            [
                DatasetInput(Dataset(**entry["dataset"]), [InputTag(**tag) for tag in entry["tags"]])
                for entry in inputs["dataset_inputs"]
            ],
            [LoggedModelInput(**entry) for entry in inputs["model_inputs"]],
        ),
        RunOutputs([LoggedModelOutput(**entry) for entry in outputs["model_outputs"]]),
    )


def experiment_form(experiment: Experiment) -> Form:
    """Return the form of an experiment."""
    return dataclasses.asdict(dataclasses.replace(experiment, artifact_location=""))


def experiment_of(form: Form) -> Experiment:
    """Return the experiment of a form."""
    return Experiment(**form)


def model_form(model: LoggedModel, files: Sequence[FileEntry], *, deleted: bool = False) -> Form:
    """Return the form of a logged model."""
    form = dataclasses.asdict(dataclasses.replace(model, artifact_location=""))
    for metric in form["metrics"]:
        metric["value"] = number_to_json(metric["value"])
    return {
        "model": form,
        "files": [dataclasses.asdict(file) for file in files],
        **({"deleted": True} if deleted else {}),
    }


def model_of(form: Form) -> LoggedModel:
    """Return the logged model of a form."""
    values = dict(form["model"])
    metrics = [Metric(**{**entry, "value": number_from_json(entry["value"])}) for entry in values.pop("metrics")]
    return LoggedModel(**values, metrics=metrics)


def registry_form(record: RegistryRecord) -> Form:
    """Return the form of a registered model with its versions; of a place in a run only the end is kept."""
    return {
        "model": dataclasses.asdict(dataclasses.replace(record.model, latest_versions=[])),
        "versions": [
            {"version": dataclasses.asdict(entry.version), "location": _portable(entry.location)}
            for entry in record.versions
        ],
    }


def _portable(location: str | None) -> str | None:
    inside = _IN_RUN.search(location or "")
    return location if inside is None else inside[0]


def registry_of(form: Form) -> RegistryRecord:
    """Return the registered model of a form."""
    versions = [VersionRecord(ModelVersion(**entry["version"]), entry["location"]) for entry in form["versions"]]
    return RegistryRecord(RegisteredModel(**form["model"]), versions)


def files_of(form: Form) -> list[FileEntry]:
    """Return the files of a run's or model's form."""
    return [FileEntry(**entry) for entry in form["files"]]
