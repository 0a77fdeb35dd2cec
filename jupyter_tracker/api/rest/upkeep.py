"""What our own clients may ask beyond MLflow's protocol: corrections, the trash, whole runs brought in."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, run_id_of
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.upkeep_json import (
    model_record_from_json,
    registry_record_from_json,
    runs_of_lines,
    trashed_from_json,
    trashed_to_json,
)
from jupyter_tracker.wire.experiments import experiment_from_json, experiment_to_json
from jupyter_tracker.wire.logged import metric_to_json

_IN_MEMORY_BYTES: Final = 8 << 20


def truncate_metric(request: Request) -> Response:
    """Remove points. Fields: ``run_id``, ``key`` (every metric where left out), ``from_step``."""
    fields = request.fields
    key = fields.optional("key")
    return Response(body={"removed": request.own.truncate_metric(run_id_of(fields), key, fields.integer("from_step"))})


def update_param(request: Request) -> Response:
    """Correct a param. Fields: ``run_id``, ``key``, ``value``."""
    fields = request.fields
    request.own.update_param(run_id_of(fields), fields.text("key"), fields.given("value"))
    return EMPTY


def measured(request: Request) -> Response:
    """Answer with points of a model or data set; of all metrics, models and data sets where no metric is named.

    Fields: ``run_id``, ``metric_key``, ``model_id``, ``dataset_name``, ``dataset_digest``.
    """
    fields = request.fields
    of = [fields.optional(name) or None for name in ("model_id", "dataset_name", "dataset_digest")]
    if "metric_key" in fields:
        found = request.own.measured_series(run_id_of(fields), fields.text("metric_key"), *of)
    else:
        found = request.own.measured_points(run_id_of(fields))
    return Response(body={"metrics": [metric_to_json(point) for point in found]})


def known_runs(request: Request) -> Response:
    """Answer with those of some runs that are there. Fields: ``run_ids``."""
    return Response(body={"run_ids": sorted(request.own.known_runs(request.fields.texts("run_ids")))})


# the trash ---------------------------------------------------------------------------------------


def free_name(request: Request) -> Response:
    """Take a name from the deleted experiment that has it. Fields: ``name``."""
    freed = request.own.free_experiment_name(request.fields.text("name"))
    return EMPTY if freed is None else Response(body={"experiment_id": freed})


def trash(request: Request) -> Response:
    """Answer with what is in the trash. Fields: ``deleted_before`` (ms UTC)."""
    fields, places = request.fields, request.places
    found = request.own.trash(fields.integer("deleted_before") if "deleted_before" in fields else None)
    shown = [replace(each, artifact_uri=each.artifact_uri and places.shown(each.artifact_uri)) for each in found]
    return Response(body={"entries": [trashed_to_json(each) for each in shown]})


def purge(request: Request) -> Response:
    """Remove for good what is in the trash; its files are the client's to remove. Fields: ``entries``."""
    removed = request.own.purge([trashed_from_json(each) for each in request.fields.objects("entries")])
    return Response(body={"removed": [{"kind": each.kind, "id": each.id} for each in removed]})


# whole runs --------------------------------------------------------------------------------------


def import_experiments(request: Request) -> Response:
    """Bring experiments in, and answer with what each became. Fields: ``experiments``."""
    given = [experiment_from_json(each) for each in request.fields.objects("experiments")]
    became = request.own.import_experiments(given)
    pairs = [
        {"id": id_, "experiment": experiment_to_json(request.places.of_experiment(each))}
        for id_, each in became.items()
    ]
    return Response(body={"experiments": pairs})


def import_runs(request: Request) -> Response:
    """Bring whole runs in, in one transaction. The body has the lines of `store.upkeep_json`."""
    if request.content is None:
        raise InvalidParameterError("The body of the request is missing: it is the runs, a line each.")
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
        records = runs_of_lines(request.content, spool)
        real = [replace(each, artifact_uri=_real(request, each.artifact_uri)) for each in records]
        return Response(body={"run_ids": request.own.import_runs(real)})


def import_logged_models(request: Request) -> Response:
    """Bring logged models in. Fields: ``models``."""
    records = [model_record_from_json(each) for each in request.fields.objects("models")]
    real = [replace(each, artifact_uri=_real(request, each.artifact_uri)) for each in records]
    return Response(body={"model_ids": request.own.import_logged_models(real)})


def import_registered_models(request: Request) -> Response:
    """Bring registered models in, and answer with what could not be merged. Fields: ``models``."""
    records = [registry_record_from_json(each) for each in request.fields.objects("models")]
    real = [
        replace(
            record,
            versions=[
                replace(
                    each,
                    version=replace(each.version, source=_real(request, each.version.source)),
                    location=_real(request, each.location),
                )
                for each in record.versions
            ],
        )
        for record in records
    ]
    return Response(body={"conflicts": request.own.import_registered_models(real)})


def _real(request: Request, uri: str | None) -> str | None:
    return request.places.real(uri) if uri else uri
