"""The one table of everything that can be asked for.

What is below ``/views`` changes nothing; whatever writes is no GET, and needs the right to write. `ROUTES` are what our
own panels ask for, of a server or of a kernel; `PROTOCOL` is what MLflow's clients ask for, of a server only, and
`BEYOND` what our own clients ask for besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from jupyter_tracker.api import batch
from jupyter_tracker.api.later import Later
from jupyter_tracker.api.rest import experiments as tracked_experiments
from jupyter_tracker.api.rest import logging
from jupyter_tracker.api.rest import runs as tracked_runs
from jupyter_tracker.api.route import Route


class Table:
    """Routes, found by what a request says.

    Attributes
    ----------
    routes : tuple of Route
        All of them.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        routes = self.routes = tuple(routes)
        self._plain = {(route.method, route.path): route for route in routes if "{" not in route.path}
        self._patterns = [route for route in routes if "{" in route.path]
        self._paths = {route.path for route in routes}

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route of a request and what stands for the names in its path; None where there is none."""
        path = plain_path(path)
        route = self._plain.get((method, path))
        if route is not None:
            return route, {}
        for route in self._patterns:
            match = route.pattern.fullmatch(path) if route.method == method else None
            if match is not None:
                return route, match.groupdict()
        return None

    def has_path(self, path: str) -> bool:
        """Tell whether there is a route of this path, whatever its method."""
        path = plain_path(path)
        return path in self._paths or any(route.pattern.fullmatch(path) for route in self._patterns)

    def action_of(self, method: str, path: str) -> str:
        """Return the right that a request needs, whether there is such a route or not."""
        found = self.find(method, path)
        if found is not None:
            return found[0].action
        # A long question comes as a POST, too.
        return "read" if method == "GET" or path.startswith("/views/") else "write"


def plain_path(path: str) -> str:
    """Return the path of the table that a path means: MLflow's page has another name for the same operations."""
    return f"/api/{path[len('/ajax-api/') :]}" if path.startswith("/ajax-api/") else path


def is_protocol(path: str) -> bool:
    """Tell whether a path belongs to MLflow's protocol, not to our panels."""
    return plain_path(path).startswith("/api/")


artifacts, comparison, curves, experiments = (
    Later("artifacts"),
    Later("comparison"),
    Later("curves"),
    Later("experiments"),
)
logged_models, metrics, proxy = Later("rest.logged_models"), Later("rest.metrics"), Later("rest.artifacts")
model_versions, registered_models = Later("rest.model_versions"), Later("rest.registered_models")
multipart, openapi, server = Later("rest.multipart"), Later("openapi"), Later("rest.server")
promotion, registry_history, upkeep = Later("rest.promotion"), Later("rest.registry_history"), Later("rest.upkeep")
uploads = Later("rest.uploads")
registry, registry_edits, runs, static, tables, views = (
    Later("registry"),
    Later("registry_edits"),
    Later("runs"),
    Later("static"),
    Later("tables"),
    Later("views"),
)

_VIEWS: Final = (
    Route("GET", "/views/stores", views.stores),
    Route("GET", "/views/experiments", views.experiments),
    Route("GET", "/views/running", views.running),
    Route("GET", "/views/run-list", views.run_list),
    Route("GET", "/views/run-table", views.run_table),
    Route("GET", "/views/run-columns", tables.columns),
    Route("GET", "/views/run-column-ranges", tables.ranges),
    Route("GET", "/views/run-sparklines", tables.sparklines),
    Route("GET", "/views/run-ids", tables.run_ids),
    Route("GET", "/views/run-table-text", tables.text),
    Route("GET", "/views/run-value", tables.value),
    Route("GET", "/views/filter-completion", tables.completion),
    Route("GET", "/views/run-card", views.run_card),
    Route("GET", "/views/run-detail", views.run_detail),
    Route("GET", "/views/artifact-folder", artifacts.folder),
    Route("GET", "/views/artifact-preview", artifacts.preview),
    Route("GET", "/views/metric-curves", curves.metric_curves),
    Route("GET", "/views/parallel-coordinates", curves.parallel_coordinates),
    Route("GET", "/views/scatter", curves.scatter),
    Route("GET", "/views/comparison", comparison.comparison),
    Route("GET", "/views/comparison-files", comparison.comparison_files),
    Route("GET", "/views/comparison-text", comparison.comparison_text),
    Route("GET", "/views/models", registry.models),
    Route("GET", "/views/registry-board", registry.registry_board),
    Route("GET", "/views/registry-move", registry.registry_move),
)
ROUTES: Final = (
    *_VIEWS,
    Route("POST", "/views/batch", batch.batch_of({route.path: route.handler for route in _VIEWS})),
    Route("GET", "/artifacts/get", artifacts.get),
    Route("GET", "/artifacts/save-folder", artifacts.save_folder),
    Route("GET", "/static/plotly.js", static.plotly),
    Route("GET", "/static/markdown.js", static.markdown),
    Route("GET", "/static/comparison.js", static.comparison),
    Route("POST", "/runs/set-tag", runs.set_tag),
    Route("POST", "/runs/delete-tag", runs.delete_tag),
    Route("POST", "/runs/rename", runs.rename),
    Route("POST", "/runs/note", runs.note),
    Route("POST", "/runs/delete", runs.delete),
    Route("POST", "/runs/restore", runs.restore),
    Route("POST", "/experiments/rename", experiments.rename),
    Route("POST", "/experiments/delete", experiments.delete),
    Route("POST", "/experiments/restore", experiments.restore),
    Route("POST", "/registry/transition", registry.transition),
    Route("POST", "/registry/set-alias", registry_edits.set_alias),
    Route("POST", "/registry/delete-alias", registry_edits.delete_alias),
    Route("POST", "/registry/set-tag", registry_edits.set_tag),
    Route("POST", "/registry/delete-tag", registry_edits.delete_tag),
    Route("POST", "/registry/describe", registry_edits.describe),
)

UPLOADS: Final = "api/2.0/mlflow-artifacts/artifacts"
"""Below this path a PUT is the upload of a file."""
_V2: Final = "/api/2.0/mlflow"
_FILES: Final = "/api/2.0/mlflow-artifacts"
_MODELS: Final = f"{_V2}/logged-models"

PROTOCOL: Final = (
    Route("POST", f"{_V2}/experiments/create", tracked_experiments.create),
    Route("GET", f"{_V2}/experiments/get", tracked_experiments.get),
    Route("GET", f"{_V2}/experiments/get-by-name", tracked_experiments.get_by_name),
    Route("GET", f"{_V2}/experiments/search", tracked_experiments.search),
    Route("POST", f"{_V2}/experiments/search", tracked_experiments.search, reads=True),
    Route("POST", f"{_V2}/experiments/update", tracked_experiments.update),
    Route("POST", f"{_V2}/experiments/delete", tracked_experiments.delete),
    Route("POST", f"{_V2}/experiments/restore", tracked_experiments.restore),
    Route("POST", f"{_V2}/experiments/set-experiment-tag", tracked_experiments.set_tag),
    Route("POST", f"{_V2}/experiments/delete-experiment-tag", tracked_experiments.delete_tag),
    Route("POST", f"{_V2}/runs/create", tracked_runs.create),
    Route("GET", f"{_V2}/runs/get", tracked_runs.get),
    Route("POST", f"{_V2}/runs/update", tracked_runs.update),
    Route("POST", f"{_V2}/runs/search", tracked_runs.search, reads=True),
    Route("POST", f"{_V2}/runs/delete", tracked_runs.delete),
    Route("POST", f"{_V2}/runs/restore", tracked_runs.restore),
    Route("POST", f"{_V2}/runs/log-metric", logging.metric),
    Route("POST", f"{_V2}/runs/log-parameter", logging.param),
    Route("POST", f"{_V2}/runs/log-batch", logging.batch),
    Route("POST", f"{_V2}/runs/set-tag", logging.set_tag),
    Route("POST", f"{_V2}/runs/delete-tag", logging.delete_tag),
    Route("POST", f"{_V2}/runs/log-inputs", logging.inputs),
    Route("POST", f"{_V2}/runs/outputs", logging.outputs),
    Route("POST", f"{_V2}/runs/log-model", logging.model),
    Route("GET", f"{_V2}/metrics/get-history", metrics.history),
    Route("GET", f"{_V2}/artifacts/list", proxy.of_run),
    Route("POST", _MODELS, logged_models.create),
    Route("POST", f"{_MODELS}/search", logged_models.search, reads=True),
    Route("GET", f"{_MODELS}/{{model_id}}", logged_models.get),
    Route("PATCH", f"{_MODELS}/{{model_id}}", logged_models.finalize),
    Route("DELETE", f"{_MODELS}/{{model_id}}", logged_models.delete),
    Route("PATCH", f"{_MODELS}/{{model_id}}/tags", logged_models.set_tags),
    Route("DELETE", f"{_MODELS}/{{model_id}}/tags/{{key}}", logged_models.delete_tag),
    Route("POST", f"{_MODELS}/{{model_id}}/params", logged_models.log_params),
    Route("POST", f"{_V2}/registered-models/create", registered_models.create),
    Route("GET", f"{_V2}/registered-models/get", registered_models.get),
    Route("GET", f"{_V2}/registered-models/search", registered_models.search),
    Route("PATCH", f"{_V2}/registered-models/update", registered_models.update),
    Route("POST", f"{_V2}/registered-models/rename", registered_models.rename),
    Route("DELETE", f"{_V2}/registered-models/delete", registered_models.delete),
    Route("GET", f"{_V2}/registered-models/get-latest-versions", registered_models.latest_versions),
    Route("POST", f"{_V2}/registered-models/get-latest-versions", registered_models.latest_versions, reads=True),
    Route("POST", f"{_V2}/registered-models/set-tag", registered_models.set_tag),
    Route("DELETE", f"{_V2}/registered-models/delete-tag", registered_models.delete_tag),
    Route("POST", f"{_V2}/registered-models/alias", registered_models.set_alias),
    Route("DELETE", f"{_V2}/registered-models/alias", registered_models.delete_alias),
    Route("GET", f"{_V2}/registered-models/alias", registered_models.get_by_alias),
    Route("POST", f"{_V2}/model-versions/create", model_versions.create),
    Route("GET", f"{_V2}/model-versions/get", model_versions.get),
    Route("GET", f"{_V2}/model-versions/search", model_versions.search),
    Route("PATCH", f"{_V2}/model-versions/update", model_versions.update),
    Route("DELETE", f"{_V2}/model-versions/delete", model_versions.delete),
    Route("POST", f"{_V2}/model-versions/transition-stage", model_versions.transition_stage),
    Route("GET", f"{_V2}/model-versions/get-download-uri", model_versions.download_uri),
    Route("POST", f"{_V2}/model-versions/set-tag", model_versions.set_tag),
    Route("DELETE", f"{_V2}/model-versions/delete-tag", model_versions.delete_tag),
    Route("GET", f"{_FILES}/artifacts", proxy.folder),
    Route("GET", f"{_FILES}/artifacts/{{path}}", proxy.get),
    Route("PUT", f"{_FILES}/artifacts/{{path}}", proxy.put, uploads=True),
    Route("DELETE", f"{_FILES}/artifacts/{{path}}", proxy.delete),
    Route("POST", f"{_FILES}/mpu/create/{{path}}", multipart.create),
    Route("POST", f"{_FILES}/mpu/complete/{{path}}", multipart.complete),
    Route("POST", f"{_FILES}/mpu/abort/{{path}}", multipart.abort),
    Route("GET", f"{_FILES}/presigned/{{path}}", multipart.presigned),
    Route("GET", "/get-artifact", proxy.file_of_run),
    Route("GET", "/api/3.0/mlflow/server-info", server.info),
    Route("GET", "/openapi.json", openapi.openapi),
)

_OWN: Final = "/api/2.0/jupyter-tracker"
_REGISTRY: Final = f"{_OWN}/registry"
PROMOTION: Final = (
    Route("GET", f"{_REGISTRY}/head", registry_history.head),
    Route("GET", f"{_REGISTRY}/events", registry_history.page),
    Route("GET", f"{_REGISTRY}/history", registry_history.history),
    Route("GET", f"{_REGISTRY}/at", registry_history.at),
    Route("GET", f"{_REGISTRY}/verify", registry_history.verify),
    Route("POST", f"{_REGISTRY}/transition", promotion.transition),
    Route("POST", f"{_REGISTRY}/promote-candidate", promotion.promote_candidate),
    Route("POST", f"{_REGISTRY}/promote", promotion.promote),
)
"""The history of the registry and moves by rules, for which MLflow's protocol has no words."""
IMPORTS: Final = f"{_OWN[1:]}/import/runs"
"""To this path a PUT brings whole runs."""
PARTS: Final = f"{_OWN[1:]}/uploads/part"
"""Below this path a PUT is a part of a file."""
BEYOND: Final = (
    Route("POST", f"{_OWN}/runs/truncate-metric", upkeep.truncate_metric),
    Route("POST", f"{_OWN}/runs/update-param", upkeep.update_param),
    Route("POST", f"{_OWN}/runs/known", upkeep.known_runs, reads=True),
    Route("GET", f"{_OWN}/metrics/measured", upkeep.measured),
    Route("POST", f"{_OWN}/experiments/free-name", upkeep.free_name),
    Route("GET", f"{_OWN}/trash", upkeep.trash),
    Route("POST", f"{_OWN}/trash/purge", upkeep.purge),
    Route("POST", f"{_OWN}/uploads/begin/{{path}}", uploads.begin),
    Route("PUT", f"/{PARTS}/{{path}}", uploads.part, uploads=True),
    Route("POST", f"{_OWN}/uploads/complete/{{path}}", uploads.complete, is_long=True),
    Route("POST", f"{_OWN}/uploads/abort/{{path}}", uploads.abort),
    Route("POST", f"{_OWN}/import/experiments", upkeep.import_experiments),
    Route("PUT", f"/{IMPORTS}", upkeep.import_runs, uploads=True),
    Route("POST", f"{_OWN}/import/logged-models", upkeep.import_logged_models),
    Route("POST", f"{_OWN}/import/registered-models", upkeep.import_registered_models),
)
"""Corrections, the trash, uploads in parts and imports: what our own clients ask for beyond MLflow's protocol."""
TABLE: Final[Table] = Table((*ROUTES, *PROTOCOL, *PROMOTION, *BEYOND))
