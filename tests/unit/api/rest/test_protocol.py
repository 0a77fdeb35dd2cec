"""The rules of MLflow's protocol that every client leans on; its own client's operations are in tests/rest."""

import io
import json

import pytest

from jupyter_tracker.api.routes import BEYOND, PROMOTION, PROTOCOL, TABLE
from jupyter_tracker.entities import Metric

IPV = "INVALID_PARAMETER_VALUE"
JUNK = [
    None,
    7,
    1.5,
    True,
    "",
    "x",
    "../..",
    "\x00",
    [],
    ["x"],
    [None],
    {},
    {"key": 1},
    [{"key": []}],
    "9" * 30,
    -1,
    2**70,
]
NAMES = sorted(
    {
        *(
            "experiment_id",
            "name",
            "run_id",
            "run_uuid",
            "key",
            "value",
            "timestamp",
            "step",
            "metrics",
            "params",
            "tags",
        ),
        *("experiment_ids", "filter", "max_results", "order_by", "page_token", "view_type", "run_view_type", "status"),
        *("metric_key", "path", "datasets", "models", "model_json", "new_name", "stage", "version", "alias", "source"),
        *("run", "model", "policy", "metric", "threshold", "to", "relative", "dry_run", "comment", "expect", "when"),
        *("after", "expected", "seen_stage", "seen_others", "lower_is_better"),
        *("from_step", "deleted_before", "entries", "experiments", "run_ids", "dataset_name", "dataset_digest"),
        *("experiment_name", "artifact_location", "stages", "description", "start_time", "end_time", "model_id"),
    }
)


def filled(path):
    return path.replace("{path}", "a/b.txt").replace("{model_id}", "m-" + "0" * 32).replace("{key}", "k")


@pytest.mark.parametrize("route", [*PROTOCOL, *PROMOTION, *BEYOND], ids=lambda route: f"{route.method} {route.path}")
def test_no_junk_is_a_5xx(call, route):
    for junk in JUNK:
        body = None if route.method == "GET" else dict.fromkeys(NAMES, junk)
        query = dict.fromkeys(NAMES, junk) if route.method == "GET" else {}
        content = io.BytesIO(b"x") if route.uploads else None
        status, answer = call(route.method, filled(route.path), body, content=content, **query)
        if "/mpu/" in route.path or "/presigned/" in route.path:
            assert (status, answer["error_code"]) == (501, "NOT_IMPLEMENTED")
        else:
            assert status < 500, (junk, answer)
        assert status == 200 or answer.keys() == {"error_code", "message"}


@pytest.mark.parametrize("route", PROTOCOL, ids=lambda route: f"{route.method} {route.path}")
def test_mlflows_page_has_another_name_for_each(route):
    path = filled(route.path)
    found = TABLE.find(route.method, path)
    assert found[0] is route
    if path.startswith("/api/"):
        assert TABLE.find(route.method, "/ajax-api/" + path.removeprefix("/api/"))[0] is route


def test_what_only_reads_needs_no_right_to_write():
    reads = {
        route.path.rpartition("/mlflow/")[2] for route in PROTOCOL if route.action == "read" and route.method != "GET"
    }
    assert reads == {
        "experiments/search",
        "runs/search",
        "logged-models/search",
        "registered-models/get-latest-versions",
    }


def test_an_unknown_path_and_a_wrong_method(refused, call):
    assert refused("POST", "runs/nothing", {})[0] == "ENDPOINT_NOT_FOUND"
    assert "no traces" in refused("POST", "traces", {})[1]
    assert call("GET", "runs/create")[0] == 405


# fields -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("experiments/create", {}, "Missing value for required parameter 'name'"),
        ("experiments/delete", {"experiment_id": 1}, "Invalid value 1 for parameter 'experiment_id'"),
        ("runs/log-metric", {"run_id": "RUN", "key": "a", "timestamp": 1}, "required parameter 'value'"),
        ("runs/log-metric", {"run_id": "RUN", "key": "a", "value": "1.5", "timestamp": 1}, "parameter 'value'"),
        ("runs/log-metric", {"run_id": "RUN", "key": "a", "value": 1}, "required parameter 'timestamp'"),
        ("runs/log-metric", {"key": "a", "value": 1, "timestamp": 1}, "required parameter 'run_id'"),
        (
            "runs/log-batch",
            {"run_id": "RUN", "metrics": [{"key": "a", "value": "x", "timestamp": 1}]},
            "metrics[0].value",
        ),
        ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "a", "value": 1}]}, "params[0].value"),
        ("runs/log-batch", {"run_id": "RUN", "tags": {"key": "a"}}, "'tags'"),
        ("runs/log-batch", {"run_id": "RUN", "metrics": [7]}, "metrics[0]"),
        ("runs/log-parameter", {"run_id": "RUN", "key": "k" * 251, "value": "1"}, "exceeds the maximum length of 250"),
        ("runs/update", {"run_id": "RUN", "status": "DONE"}, "Invalid run status 'DONE'"),
        ("runs/search", {"experiment_ids": ["0"], "run_view_type": "SOME"}, "'run_view_type'"),
        ("runs/search", {"experiment_ids": ["0"], "max_results": 50_001}, "max_results"),
        ("runs/search", {"experiment_ids": ["0"], "page_token": "!"}, "could not base64-decode"),
        ("runs/log-inputs", {"run_id": "RUN", "datasets": [{"dataset": {"name": "x"}}]}, "datasets[0].dataset.digest"),
        ("runs/log-model", {"run_id": "RUN", "model_json": "{}"}, "artifact_path"),
        ("model-versions/create", {"name": "m", "source": "file:///a/../b"}, "'..' is not allowed"),
        ("model-versions/create", {"name": "m", "source": "runs:/abc/model", "run_id": "def"}, "another run"),
        ("logged-models/search", {"experiment_ids": ["0"], "filter": "attributes.nothing = 'x'"}, "nothing"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(refused, run_id, path, body, message):
    body = {name: run_id if value == "RUN" else value for name, value in body.items()}
    code, text = refused("POST", path, body)
    assert code == IPV
    assert message in text


def test_either_name_of_a_run_is_taken_and_both_come_back(ok, run_id):
    assert ok("GET", "runs/get", run_uuid=run_id) == ok("GET", "runs/get", run_id=run_id)
    info = ok("GET", "runs/get", run_id=run_id)["run"]["info"]
    assert info["run_id"] == info["run_uuid"] == run_id


def test_numbers_may_come_as_text_and_go_out_as_numbers(ok, run_id):
    ok("POST", "runs/log-metric", {"run_id": run_id, "key": "a", "value": 1, "timestamp": "5", "step": "7"})
    (metric,) = ok("GET", "runs/get", run_id=run_id)["run"]["data"]["metrics"]
    assert metric == {"key": "a", "value": 1.0, "timestamp": 5, "step": 7}


def test_what_is_no_number_travels_as_text(ok, run_id):
    for step, value in enumerate(["NaN", "Infinity", "-Infinity"]):
        ok("POST", "runs/log-metric", {"run_id": run_id, "key": "a", "value": value, "timestamp": 1, "step": step})
    history = ok("GET", "metrics/get-history", run_id=run_id, metric_key="a")["metrics"]
    assert [point["value"] for point in history] == ["NaN", "Infinity", "-Infinity"]
    found = ok("POST", "runs/search", {"experiment_ids": ["0"], "filter": "metrics.a < 0"})
    assert [run["info"]["run_id"] for run in found["runs"]] == [run_id]


def test_lists_of_a_query_are_repeated_names(ok):
    for name in ("b", "a", "c"):
        ok("POST", "registered-models/create", {"name": name})
    found = ok("GET", "registered-models/search", repeated={"order_by": ["name DESC", "last_updated_timestamp"]})
    assert [model["name"] for model in found["registered_models"]] == ["c", "b", "a"]


# what is kept -----------------------------------------------------------------------------------------


def test_a_name_that_is_taken_is_a_400_also_in_the_trash(call, ok):
    experiment_id = ok("POST", "experiments/create", {"name": "x"})["experiment_id"]
    ok("POST", "experiments/delete", {"experiment_id": experiment_id})
    status, body = call("POST", "experiments/create", {"name": "x"})
    assert (status, body["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")


def test_a_param_is_logged_twice_but_never_changed(ok, refused, run_id):
    ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "lr", "value": "1"})
    ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "lr", "value": "1"})
    code, text = refused("POST", "runs/log-parameter", {"run_id": run_id, "key": "lr", "value": "2"})
    assert (code, "Changing param values is not allowed" in text) == (IPV, True)
    twice = [{"key": "b", "value": "1"}, {"key": "b", "value": "1"}]
    assert refused("POST", "runs/log-batch", {"run_id": run_id, "params": twice})[0] == IPV
    assert ok("GET", "runs/get", run_id=run_id)["run"]["data"]["params"] == [{"key": "lr", "value": "1"}]


def test_a_param_that_somebody_else_has_corrected_is_compared_with_what_it_is_now(ok, refused, store, run_id):
    ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "lr", "value": "1"})
    store.update_param(run_id, "lr", "2")
    ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "lr", "value": "2"})
    assert refused("POST", "runs/log-parameter", {"run_id": run_id, "key": "lr", "value": "1"})[0] == IPV


def test_long_values_are_cut_unless_that_is_forbidden(ok, refused, run_id, monkeypatch):
    ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "p", "value": "x" * 6001})
    ok("POST", "runs/set-tag", {"run_id": run_id, "key": "t", "value": "y" * 8001})
    data = ok("GET", "runs/get", run_id=run_id)["run"]["data"]
    assert data["params"] == [{"key": "p", "value": "x" * 6000}]
    assert {"key": "t", "value": "y" * 8000} in data["tags"]
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "false")
    assert refused("POST", "runs/log-parameter", {"run_id": run_id, "key": "q", "value": "x" * 6001})[0] == IPV


def test_a_batch_has_mlflows_limits(ok, refused, run_id):
    points = [{"key": f"m{i}", "value": i, "timestamp": 1, "step": 0} for i in range(1001)]
    ok("POST", "runs/log-batch", {"run_id": run_id, "metrics": points[:1000]})
    assert refused("POST", "runs/log-batch", {"run_id": run_id, "metrics": points})[0] == IPV
    params = [{"key": f"p{i}", "value": "1"} for i in range(101)]
    assert refused("POST", "runs/log-batch", {"run_id": run_id, "params": params})[0] == IPV


def test_a_deleted_run_takes_nothing(ok, refused, run_id):
    ok("POST", "runs/delete", {"run_id": run_id})
    body = {"run_id": run_id, "key": "a", "value": 1, "timestamp": 1, "step": 0}
    code, text = refused("POST", "runs/log-metric", body)
    assert (code, "'active' state" in text) == (IPV, True)


def test_pages_join_and_the_last_has_no_token(ok):
    made = [ok("POST", "runs/create", {"experiment_id": "0", "start_time": 1000 + i}) for i in range(20)]
    seen, token = [], ""
    for page in range(2):
        body = {"experiment_ids": ["0"], "max_results": 10, "page_token": token}
        found = ok("POST", "runs/search", body)
        seen += [run["info"]["run_id"] for run in found["runs"]]
        assert ("next_page_token" in found) == (page == 0)
        token = found.get("next_page_token")
    assert seen == [run["run"]["info"]["run_id"] for run in reversed(made)]
    assert ok("POST", "runs/search", {"experiment_ids": ["0"], "filter": "status = 'FAILED'"}) == {}


def test_a_history_comes_in_pages(ok, store, run_id):
    for start in range(0, 26_000, 1000):
        store.log_batch(run_id, [Metric("loss", i / 3, i, i) for i in range(start, start + 1000)])
    whole = ok("GET", "metrics/get-history", run_id=run_id, metric_key="loss")
    assert "next_page_token" not in whole
    assert whole["metrics"][7] == {"key": "loss", "value": 7 / 3, "timestamp": 7, "step": 7}
    first = ok("GET", "metrics/get-history", run_id=run_id, metric_key="loss", max_results=25_000)
    token = first["next_page_token"]
    rest = ok("GET", "metrics/get-history", run_id=run_id, metric_key="loss", max_results=25_000, page_token=token)
    assert first["metrics"] + rest["metrics"] == whole["metrics"]
    assert "next_page_token" not in rest
    assert ok("GET", "metrics/get-history", run_id=run_id, metric_key="nothing") == {}


def test_a_key_of_a_metric_cannot_break_the_json(ok, store, run_id):
    # The store refuses such keys; what an import brought in may have them.
    import numpy as np

    from jupyter_tracker.api.encoding import encoded
    from jupyter_tracker.api.rest.metrics import _points
    from jupyter_tracker.entities import MetricSeries

    series = MetricSeries('a"\\b', *(np.array([1]), np.array([2]), np.array([0.5])))
    point = {"key": 'a"\\b', "value": 0.5, "timestamp": 2, "step": 1}
    assert json.loads(encoded(_points(series, 0, 1))) == [point]


def test_the_name_of_a_run_is_mirrored_in_its_tag(ok):
    made = ok("POST", "runs/create", {"experiment_id": "0"})["run"]
    name = made["info"]["run_name"]
    assert {"key": "mlflow.runName", "value": name} in made["data"]["tags"]
    ok("POST", "runs/set-tag", {"run_id": made["info"]["run_id"], "key": "mlflow.runName", "value": "other"})
    ok("POST", "runs/set-tag", {"run_id": made["info"]["run_id"], "key": "mlflow.runName", "value": ""})
    assert ok("GET", "runs/get", run_id=made["info"]["run_id"])["run"]["info"]["run_name"] == "other"


def test_a_model_of_an_mlflow_2_client_is_noted(ok, run_id):
    model = {"artifact_path": "model", "flavors": {}, "utc_time_created": "now", "run_id": run_id}
    for _ in range(2):
        ok("POST", "runs/log-model", {"run_id": run_id, "model_json": json.dumps(model)})
    tags = {tag["key"]: tag["value"] for tag in ok("GET", "runs/get", run_id=run_id)["run"]["data"]["tags"]}
    assert json.loads(tags["mlflow.log-model.history"]) == [model, model]


@pytest.mark.parametrize("kept", ["nonsense", "5", "{}", "NaN", '"text"', "[" * 100_000])
def test_a_note_of_models_that_somebody_has_spoilt_is_said(ok, refused, run_id, kept):
    ok("POST", "runs/set-tag", {"run_id": run_id, "key": "mlflow.log-model.history", "value": kept})
    model = {"artifact_path": "model", "flavors": {}, "utc_time_created": "now", "run_id": run_id}
    code, message = refused("POST", "runs/log-model", {"run_id": run_id, "model_json": json.dumps(model)})
    assert code == IPV
    assert "'mlflow.log-model.history'" in message
    ok("POST", "runs/delete-tag", {"run_id": run_id, "key": "mlflow.log-model.history"})
    ok("POST", "runs/log-model", {"run_id": run_id, "model_json": json.dumps(model)})


@pytest.mark.parametrize("source", ["s3://[", "file://[", "http://\u2100/x"])
def test_a_source_is_kept_as_it_is(ok, source):
    ok("POST", "registered-models/create", {"name": "m"})
    made = ok("POST", "model-versions/create", {"name": "m", "source": source})["model_version"]
    assert made["source"] == source


def test_a_clause_that_clients_append_lets_models_without_that_tag_through(ok):
    ok("POST", "registered-models/create", {"name": "m"})
    clause = "tag.`mlflow.prompt.is_prompt` != 'true'"
    found = ok("GET", "registered-models/search", filter=clause)
    assert [model["name"] for model in found["registered_models"]] == ["m"]


# files ------------------------------------------------------------------------------------------------

FILES = "/api/2.0/mlflow-artifacts/artifacts"


def test_a_file_goes_in_and_comes_back(ok, call, store, tmp_path, run_id):
    uri = ok("GET", "runs/get", run_id=run_id)["run"]["info"]["artifact_uri"]
    assert uri == f"mlflow-artifacts:/0/{run_id}/artifacts"
    path = f"{FILES}/0/{run_id}/artifacts/in/a b.bin"
    assert ok("PUT", path, content=io.BytesIO(b"\x00" * 3_000_000)) == {}
    assert call("GET", path)[1] == b"\x00" * 3_000_000
    assert (tmp_path / "artifacts" / "0" / run_id / "artifacts" / "in" / "a b.bin").is_file()
    listed = ok("GET", FILES, path=f"0/{run_id}/artifacts/in")
    assert listed == {"files": [{"path": "a b.bin", "is_dir": False, "file_size": 3_000_000}]}
    of_run = ok("GET", "artifacts/list", run_id=run_id)
    assert of_run == {"root_uri": uri, "files": [{"path": "in", "is_dir": True}]}
    assert ok("DELETE", path) == ok("DELETE", path) == {}
    assert call("GET", path)[1]["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert ok("GET", FILES, path="no/such/folder") == {}


@pytest.mark.parametrize(
    "path", ["../tracker.db", "a/../../tracker.db", "..\\tracker.db", "/etc/passwd", "C:/x", "a\x00b"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_path_leads_out(refused, tmp_path, method, path):
    content = io.BytesIO(b"x") if method == "PUT" else None
    assert refused(method, f"{FILES}/{path}", content=content)[0] == IPV
    assert refused("GET", FILES, path=path)[0] == IPV
    assert (tmp_path / "tracker.db").stat().st_size > 1000


def test_no_link_leads_out(refused, store, tmp_path):
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "out").symlink_to(tmp_path)
    for method in ("GET", "PUT", "DELETE"):
        content = io.BytesIO(b"x") if method == "PUT" else None
        assert refused(method, f"{FILES}/out/tracker.db", content=content)[0] == IPV


def test_what_a_client_calls_a_place_is_what_it_gets_back(ok, store):
    made = ok("POST", "experiments/create", {"name": "x", "artifact_location": "mlflow-artifacts:/mine"})
    shown = ok("GET", "experiments/get", experiment_id=made["experiment_id"])["experiment"]
    assert shown["artifact_location"] == "mlflow-artifacts:/mine"
    assert store.get_experiment(made["experiment_id"]).artifact_location == f"{store.artifact_root}/mine"
    elsewhere = ok("POST", "experiments/create", {"name": "y", "artifact_location": "s3://bucket/y"})
    shown = ok("GET", "experiments/get", experiment_id=elsewhere["experiment_id"])["experiment"]
    assert shown["artifact_location"] == "s3://bucket/y"


# who acts ---------------------------------------------------------------------------------------------


def test_what_a_client_says_of_itself_is_recorded_and_what_makes_no_sense_is_refused(ok, refused):
    who = {"user": "alice", "verified": True, "source_type": "NOTEBOOK", "source_name": "a.ipynb", "cell": "c",
           "comment": "why"}  # fmt: skip
    ok("POST", "registered-models/create", {"name": "m", "provenance": who})
    ok("POST", "registered-models/create", {"name": "n"})
    first, second = ok("GET", "/api/2.0/jupyter-tracker/registry/events")["events"]
    assert {name: first.get(name) for name in who} == {**who, "verified": False}, "nobody vouches for themselves"
    assert (second["source_type"], second["source_name"]) == ("API", "client of the REST API")
    for junk in (*JUNK[1:], {"user": 7}, {"source_type": "GOD"}, {"comment": []}):
        if junk not in ({}, {"key": 1}):
            code, text = refused("POST", "registered-models/create", {"name": "o", "provenance": junk})
            assert code == IPV
            assert "provenance" in text
