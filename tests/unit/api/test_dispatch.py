import json
import logging

import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.routes import ROUTES
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.local import local_path
from jupyter_tracker.entities import LoggedModelOutput
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.views.store_list import StoreEntry

OF_ALL_STORES = {
    "/views/stores",
    "/views/running",
    "/views/batch",
    "/static/plotly.js",
    "/static/markdown.js",
    "/static/comparison.js",
}


class Host:
    """A host with one store."""

    def __init__(self, store):
        self.store = store

    def get(self, store_id):
        if store_id not in {None, self.store.store_id}:
            raise ResourceDoesNotExistError(f"no store {store_id}")
        return self.store

    def entries(self):
        yield StoreEntry(self.store.store_id, "here", is_default=True)

    def busy(self):
        yield self.store


@pytest.fixture
def get(store):
    return lambda path, /, **query: dispatch(
        Host(store), "GET", path, {name: str(value) for name, value in query.items()}
    )


@pytest.fixture
def valid_queries(seeded):
    return {
        "/views/stores": {},
        "/views/experiments": {},
        "/views/running": {},
        "/views/run-list": {"text": "RF"},
        "/views/run-table": {"experiment_ids": seeded.experiment},
        "/views/run-card": {"run_id": seeded.forest},
        "/views/run-detail": {"run_id": seeded.forest, "find": "f"},
        "/views/artifact-folder": {"run_id": seeded.forest, "path": "model"},
        "/views/artifact-preview": {"run_id": seeded.forest, "path": "model/MLmodel"},
        "/views/run-columns": {"search": "f1"},
        "/views/run-column-ranges": {"columns": "metrics.f1"},
        "/views/run-sparklines": {"run_ids": seeded.forest, "metrics": "f1"},
        "/views/run-ids": {"experiment_ids": seeded.experiment},
        "/views/run-table-text": {"columns": "attributes.run_name,metrics.f1"},
        "/views/run-value": {"run_id": seeded.forest, "column": "params.model"},
        "/views/filter-completion": {"text": "metrics."},
        "/views/metric-curves": {"run_ids": f"{seeded.forest},{seeded.running}", "x_min": 1, "x_max": 5},
        "/views/parallel-coordinates": {"run_ids": f"{seeded.forest},{seeded.running}", "metric": "f1"},
        "/views/scatter": {"run_ids": seeded.forest, "x": "params.depth", "y": "metrics.f1"},
        "/views/comparison": {"run_ids": f"{seeded.forest},{seeded.running}", "baseline": seeded.running},
        "/views/comparison-files": {"run_ids": f"{seeded.forest},{seeded.running}", "part": "artifacts"},
        "/views/comparison-text": {"run_ids": f"{seeded.forest},{seeded.running}", "file": "source"},
        "/views/registry-move": {"model": "churn", "version": "1", "stage": "Staging"},
        "/artifacts/get": {"run_id": seeded.forest, "path": "report.txt"},
        "/artifacts/save-folder": {"run_id": seeded.forest},
        "/static/plotly.js": {},
        "/static/markdown.js": {},
        "/static/comparison.js": {},
    }


@pytest.fixture(autouse=True)
def registered(seeded):
    seeded.store.create_registered_model("churn")
    seeded.store.create_model_version("churn", "s3://models/1", seeded.forest)
    seeded.store.set_registered_model_alias("churn", "champion", "1")
    seeded.store.set_model_version_tag("churn", "1", "data", "june")


@pytest.fixture
def valid_bodies(seeded):
    return {
        "/views/batch": {"requests": [{"path": "/views/stores", "query": {}, "token": ""}]},
        "/runs/set-tag": {"run_ids": [seeded.forest], "key": "team", "value": "blue"},
        "/runs/delete-tag": {"run_ids": [seeded.forest], "key": "author"},
        "/runs/rename": {"run_id": seeded.forest, "name": "forest"},
        "/runs/note": {"run_id": seeded.forest, "text": "**Best** so far."},
        "/runs/delete": {"run_ids": [seeded.forest]},
        "/runs/restore": {"run_ids": [seeded.forest]},
        "/experiments/rename": {"experiment_id": seeded.empty, "name": "other"},
        "/experiments/delete": {"experiment_id": seeded.empty},
        "/experiments/restore": {"experiment_id": seeded.empty},
        "/registry/transition": {"model": "churn", "version": "1", "stage": "Staging"},
        "/registry/set-alias": {"model": "churn", "version": "1", "alias": "candidate"},
        "/registry/set-tag": {"model": "churn", "version": "1", "key": "data", "value": "october"},
        "/registry/delete-tag": {"model": "churn", "version": "1", "key": "data"},
        "/registry/delete-alias": {"model": "churn", "alias": "champion"},
        "/registry/describe": {"model": "churn", "version": "1", "text": "**Best** so far."},
    }


@pytest.fixture
def ask(store, valid_queries, valid_bodies):
    """Ask a route for something that it can do; `change` goes into its query or its body."""

    def ask(route, **change):
        query, body = valid_queries.get(route.path, {}), valid_bodies.get(route.path, {})
        query, body = (query, body | change) if route.method == "POST" else (query | change, body)
        return dispatch(
            Host(store), route.method, route.path, {name: str(value) for name, value in query.items()}, body
        )

    return ask


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_route_answers(route, ask):
    response = ask(route)
    assert response.status == 200
    assert response.is_file or response.stream or json.loads(response.json_text())


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.path not in OF_ALL_STORES], ids=lambda route: route.path
)
def test_every_route_refuses_an_unknown_store_in_one_shape(route, ask):
    response = ask(route, store="f" * 32)
    assert response.status == 404
    assert response.body.keys() == {"error_code", "message"}
    assert response.body["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_no_method_but_the_routes_own_is_allowed(route, store):
    response = dispatch(Host(store), "GET" if route.method == "POST" else "POST", route.path, {})
    assert (response.status, response.body["error_code"]) == (405, "BAD_REQUEST")


def test_an_unknown_path_has_the_one_shape(get):
    response = get("/views/nothing")
    assert (response.status, response.body["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("/views/run-card", {}, "'run_id' is missing"),
        ("/views/run-card", {"run_id": "0" * 32}, "0000"),
        ("/views/run-card", {"run_id": "../../etc"}, "etc"),
        ("/views/scatter", {"run_ids": "0" * 32, "x": "params.lr", "y": "metrics.f1"}, "0000"),
        ("/views/parallel-coordinates", {}, "1 to 200 runs"),
        ("/views/metric-curves", {"smoothing": "much"}, "a number is expected"),
        ("/views/metric-curves", {"x_min": 1}, "go together"),
        ("/views/metric-curves", {"x": "epoch"}, "'step', 'time' or 'relative'"),
        ("/views/metric-curves", {"smoothing": "nan"}, "smoothing"),
        ("/views/comparison", {}, "2 to 200 runs"),
        ("/views/comparison", {"run_ids": "RUN"}, "2 to 200 runs"),
        ("/views/comparison", {"run_ids": f"{0:032},{1:032}"}, "none of these runs"),
        ("/views/comparison-files", {"run_ids": "RUN"}, "'part' is missing"),
        ("/views/comparison-text", {"run_ids": "RUN", "file": "../../tracker.db"}, "'source' or 'diff'"),
        ("/views/run-table", {"offset": "x"}, "whole number"),
        ("/views/run-table", {"limit": 100_000}, "limit"),
        ("/views/run-table", {"offset": 2**70}, ""),
        ("/views/run-table", {"order_by": "metrics.f1", "ascending": "maybe"}, "true or false"),
        ("/views/run-table", {"experiment_ids": "999"}, "999"),
        ("/views/run-table", {"group_by": "metrics.f1"}, "a param or a tag is expected"),
        ("/views/run-table", {"cells": "nonsense"}, "is no column"),
        ("/views/run-columns", {"limit": 0}, "1 to 1000"),
        ("/views/run-column-ranges", {"columns": "params.lr"}, "is no metric"),
        ("/views/run-sparklines", {}, "1 to 100 runs"),
        ("/views/run-ids", {"limit": 10_001}, "10000"),
        ("/views/run-table-text", {"format": "xls"}, "csv or tsv"),
        ("/views/run-table-text", {"filter": "metrics.f1 >"}, "metrics.f1"),
        ("/views/run-value", {"run_id": "RUN", "column": "metrics.f1"}, "a param or a tag is expected"),
        ("/views/filter-completion", {"position": "x"}, "whole number"),
        ("/views/run-table", {"experiment_ids": "x';drop table runs"}, ""),
        ("/artifacts/get", {"run_id": "RUN"}, "'path' is missing"),
        ("/artifacts/get", {"run_id": "RUN", "path": "nothing.txt"}, "nothing.txt"),
        ("/artifacts/get", {"run_id": "RUN", "path": "model"}, "folder"),
    ],
)
def test_what_the_asker_did_wrong_is_never_a_5xx(get, seeded, path, query, message):
    response = get(path, **{name: seeded.forest if value == "RUN" else value for name, value in query.items()})
    assert 400 <= response.status < 500 or (response.status == 200 and not response.body["rows"])
    assert message in json.dumps(response.body)


@pytest.mark.parametrize(
    "path",
    [
        "../../../tracker.db",
        "model/../../../tracker.db",
        "..\\..\\tracker.db",
        "/etc/passwd",
        "C:/Windows/win.ini",
        "model/MLmodel\x00.txt",
        "link/tracker.db",
        "leak.txt",
    ],
)
def test_no_path_leads_out_of_the_artifacts(get, seeded, tmp_path, path):
    root = local_path(seeded.store.get_run(seeded.forest).info.artifact_uri)
    (root / "link").symlink_to(tmp_path)
    (root / "leak.txt").symlink_to(tmp_path / "tracker.db")
    response = get("/artifacts/get", run_id=seeded.forest, path=path)
    assert not response.is_file
    assert 400 <= response.status < 500


def test_a_logged_model_is_a_folder_among_the_artifacts(get, seeded, store):
    home = store.get_run(seeded.forest).info.experiment_id
    model = store.create_logged_model(home, "net", seeded.forest)
    artifact_store(model.artifact_location).write("data/weights.txt", b"123")
    store.log_outputs(seeded.forest, [LoggedModelOutput(model.model_id, 0)])
    root = get("/views/artifact-folder", run_id=seeded.forest).body["entries"]
    assert {"net", "model", "report.txt"} <= {entry["path"] for entry in root}
    inside = get("/views/artifact-folder", run_id=seeded.forest, path="net/data").body["entries"]
    assert [(entry["path"], entry["size_bytes"]) for entry in inside] == [("net/data/weights.txt", 3)]
    path = "net/data/weights.txt"
    assert get("/views/artifact-preview", run_id=seeded.forest, path=path).status == 200
    assert get("/artifacts/get", run_id=seeded.forest, path=path).opened.read() == b"123"
    saved = get("/artifacts/save-folder", run_id=seeded.forest, path="net")
    assert b"weights.txt" in b"".join(saved.stream)


def test_an_artifact_is_saved_and_never_run(get, seeded):
    response = get("/artifacts/get", run_id=seeded.forest, path="model/MLmodel")
    assert response.opened.read() == b"flavors: {}\n"
    assert response.content_type == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="MLmodel"')


def test_a_hostile_file_name_stays_inside_its_header(get, seeded):
    root = local_path(seeded.store.get_run(seeded.forest).info.artifact_uri)
    (root / 'ä";x=y.txt').write_text("x")
    header = get("/artifacts/get", run_id=seeded.forest, path='ä";x=y.txt').headers["Content-Disposition"]
    assert header == "attachment; filename=\"___x=y.txt\"; filename*=UTF-8''%C3%A4%22%3Bx%3Dy.txt"


def test_a_bad_filter_is_part_of_the_view(get, seeded):
    response = get("/views/run-table", experiment_ids=seeded.experiment, filter="metrics.f1 >")
    assert response.status == 200
    assert response.body["error"]["message"]


def test_a_table_is_ordered_as_asked(get, seeded):
    query = {"experiment_ids": seeded.experiment, "order_by": "metrics.f1", "ascending": "false", "limit": 1}
    body = get("/views/run-table", **query, columns="metrics.f1").body
    assert body["rows"][0]["cells"] == [0.95]
    assert [row["name"] for row in body["rows"]] == ["rf-baseline"]
    assert [column["id"] for column in body["columns"]] == ["metrics.f1"]
    assert body["total"] == 3


def test_what_should_not_happen_says_nothing_of_the_inside(get, seeded, monkeypatch, caplog):
    def explode(_run_id):
        raise RuntimeError("password=hunter2 at /secret/path")

    monkeypatch.setattr(seeded.store, "get_run", explode)
    with caplog.at_level(logging.ERROR):
        response = get("/views/run-card", run_id=seeded.forest)
    assert (response.status, response.body["error_code"]) == (500, "INTERNAL_ERROR")
    assert "hunter2" not in response.json_text()
    assert "secret" not in response.json_text()
    assert "hunter2" in caplog.text


def test_json_is_strict(get, seeded):
    text = get("/views/run-card", run_id=seeded.forest).json_text()

    def refuse(constant):
        raise AssertionError(constant)

    metrics = {item["key"]: item["value"] for item in json.loads(text, parse_constant=refuse)["metrics"]}
    assert metrics["loss"] == "Infinity"


def test_a_comparison_that_has_not_changed_is_not_sent_again(get, seeded):
    query = {"run_ids": f"{seeded.forest},{seeded.running}"}
    view = get("/views/comparison", **query).body
    assert get("/views/comparison", **query, token=view["token"]).body == {"token": view["token"], "unchanged": True}
    assert get("/views/comparison", **query, token=view["token"], baseline=seeded.running).body["baseline"] == 1
    assert get("/views/comparison", **query, baseline=seeded.failed).status == 400


def test_curves_that_have_not_changed_are_not_sent_again(get, seeded):
    query = {"run_ids": seeded.forest}
    view = get("/views/metric-curves", **query).body
    again = get("/views/metric-curves", **query, token=view["token"]).body
    assert again == {"token": view["token"], "unchanged": True}
    assert "panels" in get("/views/metric-curves", **query, smoothing=0.5, token=view["token"]).body
