"""A store with two of everything, `open` and `closed`, and requests that name all of one of them."""

import io
import json
from dataclasses import dataclass

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.artifact_store import artifact_store, confine
from jupyter_tracker.entities import LoggedModelOutput, Metric, Param, RunTag, ViewType
from jupyter_tracker.server.hosted import Backend, HostedStore
from jupyter_tracker.store.permissions import Permissions
from jupyter_tracker.wire.runs import run_to_json

VALUE = 731.25


@dataclass(frozen=True)
class Place:
    """An experiment with a run, its files and a logged model, and a registered model with a version of that."""

    experiment_id: str
    experiment_name: str
    run_id: str
    model_id: str
    model: str
    key: str
    """Of its metric, param and tag; requests name it, and answers may."""
    canary: str
    """A word that whatever lies in it holds."""

    @property
    def secrets(self):
        """What says that somebody has seen into it."""
        return self.canary, str(VALUE)

    def values(self):
        """What fields of requests are called, and what names this place."""
        texts = {"experiment_id": self.experiment_id, "experiment_name": self.experiment_name, "run_id": self.run_id}
        texts |= {"name": self.model, "model": self.model, "model_id": self.model_id, "run": self.run_id}
        texts |= {"version": "1", "alias": "best", "path": "report.txt", "column": f"params.{self.key}", "part": "code"}
        texts |= {"metric_key": self.key, "metrics": self.key, "file": "source", "stage": "Production"}
        return texts | {"when": "2100-01-01", "filter": "", "text": "", "store": None}


def make(host, word):
    store, canary = host.own(), f"{word}-canary"
    experiment = store.create_experiment(f"{word} experiment", tags={"k": canary})
    run_id = store.create_run(experiment, "alice", 1000, {"k": canary}, f"{canary} run").info.run_id
    key = f"{word}-key"
    store.log_batch(run_id, [Metric(key, VALUE, 1000, 0)], [Param(key, canary)], [RunTag(key, canary)])
    files = artifact_store(store.get_run(run_id).info.artifact_uri)
    files.write("report.txt", canary.encode())
    logged = store.create_logged_model(experiment, canary, run_id, {"k": canary}, {"k": canary})
    artifact_store(logged.artifact_location).write("weights.txt", canary.encode())
    store.finalize_logged_model(logged.model_id, "READY")
    store.log_outputs(run_id, [LoggedModelOutput(logged.model_id, 0)])
    store.measured_points(run_id)
    model = f"{word}-model"
    store.create_registered_model(model, {"k": canary}, canary)
    store.create_model_version(
        model, f"models:/{logged.model_id}", run_id, {"k": canary}, None, canary, logged.model_id
    )
    store.set_registered_model_alias(model, "best", "1")
    store.flush()
    return Place(experiment, f"{word} experiment", run_id, logged.model_id, model, key, canary)


class Team:
    """A server's store, and what answers to whom."""

    def __init__(self, folder):
        self.host = HostedStore(Backend(f"sqlite:///{folder / 'tracker.db'}"))
        self.open, self.closed = make(self.host, "open"), make(self.host, "closed")

    def ask(self, permissions, method, path, fields=None, content=None):
        """Return status and text of an answer; fields are those of a query for a GET, else of a body."""
        self._confine()
        given = {name: value for name, value in (fields or {}).items() if value is not None}
        query, body = (given, {}) if method == "GET" else ({}, given)
        file = None if content is None else io.BytesIO(content)
        response = dispatch(self.host.seen_by(permissions), method, path, query, body, content=file)
        if response.opened is not None:
            with response.opened as opened:
                return response.status, opened.read().decode()
        if response.stream is not None:
            return response.status, b"".join(response.stream).decode("latin-1")
        return response.status, response.json_text()

    def _confine(self):
        """Be the process of this server again: in another one in this process, other files are out of bounds."""
        confine([self.host.own().artifact_root])

    def state(self, place):
        """All that there is of a place, as text."""
        self._confine()
        store = self.host.own()
        runs = store.search_runs([place.experiment_id], run_view_type=ViewType.ALL)
        models = [model for model in store.search_registered_models() if model.name == place.model]
        versions = [version for version in store.search_model_versions() if version.name == place.model]
        files = artifact_store(store.get_run(place.run_id).info.artifact_uri)
        said = [store.get_experiment(place.experiment_id), *models, *versions]
        said += [store.get_logged_model(place.model_id), store.metric_series(place.run_id, place.key).points()]
        said += [json.dumps([run_to_json(run) for run in runs]), files.list(), files.open("report.txt").read()]
        return "\n".join(map(repr, said))


def granted(role, experiments=(), models=()):
    return Permissions("ann", role, tuple(experiments), tuple(models))


def asked(route, place):
    """The path and the fields of a request that names all of a place."""
    file = f"{place.experiment_id}/{place.run_id}/artifacts/report.txt"
    path = route.path.replace("{path}", file).replace("{model_id}", place.model_id).replace("{key}", "k")
    fields = place.values()
    many = {"experiment_ids": [place.experiment_id], "run_ids": [place.run_id, place.run_id]}
    if route.method == "GET":
        fields |= {name: ",".join(ids) for name, ids in many.items()}
        if path.endswith("/mlflow-artifacts/artifacts"):
            fields["path"] = file.rpartition("/")[0]
        if path in {"/views/artifact-folder", "/artifacts/save-folder"} or path.endswith("/artifacts/list"):
            fields["path"] = None
        return path, fields
    new = {"key": "k", "value": "new", "new_name": "new name", "text": "new", "status": "FINISHED", "timestamp": 2000}
    new |= {"seen_stage": None, "archive_existing_versions": False, "source": f"models:/{place.model_id}"}
    new |= {"metric": place.key, "to": "Production", "dry_run": False, "expected": [], "from_step": 0}
    new |= {"metrics": [{"key": "new", "value": 2.0, "timestamp": 1, "step": 0}], "params": [], "description": "new"}
    new |= {"tags": [{"key": "new", "value": "new"}], "version": "1", "step": 0, "models": [], "to_stage": "Production"}
    if path.endswith("log-metric"):
        new |= {"key": "new", "value": 2.0}
    if path == "/views/batch":
        query = {name: value for name, value in fields.items() if value is not None}
        query |= {name: ",".join(ids) for name, ids in many.items()}
        from jupyter_tracker.api.routes import TABLE

        views = [each.path for each in TABLE.routes if each.method == "GET" and each.path.startswith("/views/")]
        return path, {"requests": [{"path": view, "query": query, "token": ""} for view in views]}
    if path == "/runs/rename":
        new["name"] = "new"
    return path, fields | many | new
