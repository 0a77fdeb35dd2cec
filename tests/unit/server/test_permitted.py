"""Roles in single experiments and models: each route of the table, for who may see a place and for who may not."""

import json

import pytest

from jupyter_tracker.api.routes import TABLE
from jupyter_tracker.promotion import history
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.permitted import PermittedStore
from jupyter_tracker.store.permitted_methods import RULES
from tests.unit.server.permitted import Team, asked, granted

READS = [route for route in TABLE.routes if route.action == "read"]
WRITES = [route for route in TABLE.routes if route.action == "write"]
# What says nothing of a place: pieces of pages, the description of the server.
SILENT = {
    *("/views/stores", "/static/plotly.js", "/static/markdown.js", "/static/comparison.js", "/openapi.json"),
    *(
        "/api/3.0/mlflow/server-info",
        "/api/2.0/jupyter-tracker/registry/head",
        "/api/2.0/jupyter-tracker/registry/verify",
    ),
}


def name_of(route):
    return f"{route.method} {route.path}"


def test_every_method_of_a_store_has_a_rule():
    methods = {name for name in dir(Store) if not name.startswith("_") and callable(getattr(Store, name))}
    assert methods == set(RULES)


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    team = Team(tmp_path_factory.mktemp("team"))
    yield team
    team.host.close()


@pytest.fixture
def fresh(tmp_path):
    team = Team(tmp_path)
    yield team
    team.host.close()


def only_open(team, role="admin", everywhere="none"):
    return granted(everywhere, [(team.open.experiment_id, role)], [(team.open.model, role)])


@pytest.mark.parametrize("route", READS, ids=name_of)
def test_what_is_not_granted_is_not_there(team, route):
    path, fields = asked(route, team.closed)
    status, text = team.ask(only_open(team), route.method, path, fields)
    assert status < 500
    assert not [secret for secret in team.closed.secrets if secret in text]
    _, of_all = team.ask(
        only_open(team), route.method, asked(route, team.open)[0], {"view_type": "ALL", "limit": "100"}
    )
    names = (team.closed.key, team.closed.run_id, team.closed.model_id, team.closed.model, team.closed.experiment_name)
    assert not [secret for secret in (team.closed.canary, *names) if secret in of_all]


@pytest.mark.parametrize("route", [route for route in READS if route.path not in SILENT], ids=name_of)
def test_what_is_granted_is_seen_as_by_who_sees_everything(team, route):
    path, fields = asked(route, team.open)
    status, text = team.ask(None, route.method, path, fields)
    seen_status, seen = team.ask(only_open(team, "viewer"), route.method, path, fields)
    if route.path.endswith(("/trash", "/registry/verify")):
        assert (status, seen_status) == (200, 403)
        return
    assert seen_status == status
    assert seen.count(team.open.canary) == text.count(team.open.canary)


def test_most_routes_have_something_to_hide(team):
    telling = set()
    for route in READS:
        path, fields = asked(route, team.closed)
        status, text = team.ask(None, route.method, path, fields)
        if status == 200 and any(secret in text for secret in (*team.closed.secrets, team.closed.run_id)):
            telling.add(route.path)
    silent = sorted({route.path for route in READS} - telling - SILENT)
    assert len(silent) < 16, silent


@pytest.mark.parametrize("role", ["none", "viewer"])
@pytest.mark.parametrize("route", WRITES, ids=name_of)
def test_what_may_not_be_written_stays(team, route, role):
    before = team.state(team.closed)
    path, fields = asked(route, team.closed)
    status, text = team.ask(only_open(team, "admin", role), route.method, path, fields, b"" if route.uploads else None)
    assert 400 <= status < 500 or status == 501 or (status == 200 and is_nothing(path, text)), text
    assert team.state(team.closed) == before
    assert role == "viewer" or team.closed.canary not in text


def is_nothing(path, text):
    return text == '{"updated":0,"undo":[]}' or (path.endswith("/import/runs") and text == '{"run_ids":[]}')


# what is granted ---------------------------------------------------------------------------------

V2 = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"


def statuses(team, permissions, place, requests):
    found = {}
    for method, path, fields in requests:
        given = {**place.values(), "store": None, **fields}
        found[path] = team.ask(permissions, method, path, given, fields.get("content"))[0]
    return found


def test_an_editor_of_a_place_writes_there(fresh):
    place = fresh.open
    editor = only_open(fresh, "editor")
    point = {"key": "f1", "value": 0.5, "timestamp": 1, "step": 0}
    found = statuses(
        fresh,
        editor,
        place,
        [
            ("POST", f"{V2}/runs/create", {}),
            ("POST", f"{V2}/runs/log-metric", point),
            ("POST", f"{V2}/runs/log-batch", {"metrics": [point]}),
            ("POST", f"{V2}/runs/set-tag", {"key": "k", "value": "v"}),
            ("POST", f"{V2}/experiments/set-experiment-tag", {"key": "k", "value": "v"}),
            ("POST", f"{V2}/logged-models", {"name": "m"}),
            ("POST", "/runs/note", {"text": "new"}),
            ("POST", "/runs/delete", {"run_ids": [place.run_id]}),
            ("POST", "/runs/restore", {"run_ids": [place.run_id]}),
            ("POST", f"{V2}/model-versions/create", {"source": f"runs:/{place.run_id}/model"}),
            ("POST", f"{V2}/registered-models/alias", {"alias": "next", "version": "2"}),
            ("POST", "/registry/transition", {"to_stage": "Production", "seen_stage": "None", "stage": "Production"}),
            ("POST", "/api/2.0/jupyter-tracker/registry/promote", {"metric": place.key, "to": "Staging"}),
        ],
    )
    assert set(found.values()) == {200}, found
    file = f"{FILES}/{place.experiment_id}/{place.run_id}/artifacts/new.txt"
    assert fresh.ask(editor, "PUT", file, content=b"new")[0] == 200
    assert fresh.ask(editor, "GET", file) == (200, "new")
    assert fresh.ask(editor, "DELETE", file)[0] == 200
    assert fresh.ask(editor, "DELETE", f"{FILES}/{place.experiment_id}")[0] == 403
    assert fresh.host.own().metric_series(place.run_id, "f1").value.tolist() == [0.5]


ADMINISTRATION = [
    ("POST", f"{V2}/experiments/update", {"new_name": "another"}),
    ("POST", f"{V2}/experiments/delete", {}),
    ("POST", f"{V2}/experiments/restore", {}),
    ("POST", "/experiments/rename", {"name": "yet another"}),
    ("POST", "/experiments/delete", {}),
    ("POST", "/experiments/restore", {}),
    ("DELETE", f"{V2}/model-versions/delete", {}),
    ("DELETE", f"{V2}/registered-models/delete", {}),
]


def test_it_takes_an_admin_of_a_place_to_rename_or_delete_it(fresh):
    place = fresh.open
    refused = statuses(fresh, only_open(fresh, "editor"), place, ADMINISTRATION)
    assert {path for path, status in refused.items() if status != 403} == {"/experiments/restore"}  # it is there
    assert fresh.host.own().get_experiment(place.experiment_id).name == place.experiment_name
    done = statuses(fresh, only_open(fresh, "admin"), place, ADMINISTRATION)
    assert set(done.values()) == {200}, done


def test_a_registered_model_is_made_and_named_by_who_has_the_name(fresh):
    admin = granted("none", [], [(name, "admin") for name in ("new", "newer")])
    create, rename = f"{V2}/registered-models/create", f"{V2}/registered-models/rename"
    assert fresh.ask(admin, "POST", create, {"name": "new"})[0] == 200
    assert fresh.ask(admin, "POST", create, {"name": "other"})[0] == 403
    # A client that registers a version makes the model first, and goes on where there is one.
    assert fresh.ask(admin, "POST", create, {"name": "new"})[0] == 400
    assert fresh.ask(admin, "POST", rename, {"name": "new", "new_name": "other"})[0] == 403
    assert fresh.ask(admin, "POST", rename, {"name": "new", "new_name": fresh.closed.model})[0] == 403
    assert fresh.ask(admin, "POST", rename, {"name": "new", "new_name": "newer"})[0] == 200
    assert fresh.ask(admin, "POST", f"{V2}/experiments/create", {"name": "x"})[0] == 403


def test_the_history_of_a_model_that_may_be_read_goes_on_under_its_earlier_names(fresh):
    store = fresh.host.own()
    store.create_registered_model("b", None, "hidden: another model, which is called c now")
    store.rename_registered_model("b", "c")
    store.create_registered_model("a")
    store.rename_registered_model("a", "b")
    store.rename_registered_model("b", "d")
    store.create_registered_model("b")
    viewer = granted("none", [], [("d", "viewer")])

    def told(name, permissions=viewer):
        path = "/api/2.0/jupyter-tracker/registry/events"
        status, text = fresh.ask(permissions, "GET", path, {"name": name})
        assert status == 200, text
        return [(event["action"], event["name"], event.get("before")) for event in json.loads(text)["events"]]

    assert told("d") == [("rename_registered_model", "d", "b")]
    assert told("b") == [("rename_registered_model", "b", "a")]
    assert told("a") == [("create_registered_model", "a", None)]
    assert told("c") == told(fresh.open.model) == []
    assert told("b", granted("none", [], [(fresh.open.model, "admin")])) == []
    seen = history.history(PermittedStore(store, viewer), "d")
    assert seen == history.history(store, "d")
    assert len(seen) == 3


def test_no_version_is_made_of_files_that_may_not_be_read(fresh):
    editor, closed = only_open(fresh, "editor"), fresh.closed
    run = fresh.host.own().get_run(closed.run_id)
    sources = [f"runs:/{closed.run_id}/model", f"models:/{closed.model_id}", f"models:/{closed.model}/1"]
    sources += [run.info.artifact_uri, f"mlflow-artifacts:/{closed.experiment_id}/{closed.run_id}/artifacts"]
    sources += ["s3://elsewhere/model", "/etc/passwd", "file:///etc/passwd", fresh.host.own().artifact_root]
    for source in sources:
        fields = {"name": fresh.open.model, "source": source}
        for path in (f"{V2}/model-versions/create", "/api/2.0/jupyter-tracker/registry/promote-candidate"):
            status, text = fresh.ask(editor, "POST", path, {**fields, "stage": "Production", "expected": []})
            assert status == 404, (source, text)
    of_run = {"name": fresh.open.model, "source": f"models:/{fresh.open.model_id}", "run_id": closed.run_id}
    assert fresh.ask(editor, "POST", f"{V2}/model-versions/create", of_run)[0] == 404
    assert len(fresh.host.own().search_model_versions(f"name = '{fresh.open.model}'")) == 1


def test_who_may_read_a_model_gets_its_files_and_no_others(team):
    closed = team.closed
    viewer = granted("none", [], [(closed.model, "viewer")])
    _, text = team.ask(viewer, "GET", f"{V2}/model-versions/get-download-uri", {"name": closed.model, "version": "1"})
    place = json.loads(text)["artifact_uri"].removeprefix("mlflow-artifacts:/")
    assert team.ask(viewer, "GET", f"{FILES}/{place}/weights.txt") == (200, closed.canary)
    assert team.ask(viewer, "GET", FILES, {"path": place})[0] == 200
    assert team.ask(viewer, "PUT", f"{FILES}/{place}/weights.txt", content=b"x")[0] == 403
    for path in (f"{closed.experiment_id}/{closed.run_id}/artifacts/report.txt", f"{closed.experiment_id}/x", "x"):
        assert team.ask(viewer, "GET", f"{FILES}/{path}")[0] == 404
    for path in ("", closed.experiment_id, place.rpartition("/")[0]):
        assert team.ask(viewer, "GET", FILES, {"path": path})[0] == 404


def test_what_is_hidden_is_answered_like_what_does_not_exist(team):
    for path, field, id_, other in (
        (f"{V2}/experiments/get", "experiment_id", team.closed.experiment_id, "999"),
        (f"{V2}/experiments/get-by-name", "experiment_name", team.closed.experiment_name, "nobody"),
        (f"{V2}/runs/get", "run_id", team.closed.run_id, "f" * 32),
        (f"{V2}/registered-models/get", "name", team.closed.model, "nobody"),
        ("/views/run-card", "run_id", team.closed.run_id, "f" * 32),
    ):
        hidden, missing = (team.ask(only_open(team), "GET", path, {field: each}) for each in (id_, other))
        assert (hidden[0], hidden[1].replace(id_, "?")) == (404, missing[1].replace(other, "?"))


def test_pages_have_what_may_be_seen(fresh):
    store = fresh.host.own()
    ids = [store.create_experiment(f"e{number}") for number in range(9)]
    seen = granted("none", [(each, "viewer") for each in ids[::2]])
    pages, token = [], None
    while token is not None or not pages:
        fields = {"max_results": 2, "page_token": token, "order_by": ["name"]}
        found = json.loads(fresh.ask(seen, "POST", f"{V2}/experiments/search", fields)[1])
        pages.append([each["name"] for each in found["experiments"]])
        token = found.get("next_page_token")
    assert pages == [["e0", "e2"], ["e4", "e6"], ["e8"]]
    for most in (0, 10**9):
        assert fresh.ask(seen, "POST", f"{V2}/experiments/search", {"max_results": most})[0] == 400
    assert fresh.ask(seen, "POST", f"{V2}/experiments/search", {"max_results": 1, "page_token": "x"})[0] == 400


def test_the_higher_role_counts(team):
    place = team.open
    for everywhere, role, expected in (("viewer", "editor", 200), ("none", "viewer", 403), ("viewer", "viewer", 403)):
        asks = granted(everywhere, [(place.experiment_id, role)])
        fields = {"run_id": place.run_id, "key": "k", "value": "v"}
        assert team.ask(asks, "POST", f"{V2}/runs/set-tag", fields)[0] == expected
    reader = granted("viewer", [(place.experiment_id, "editor")])
    assert team.ask(reader, "GET", f"{V2}/runs/get", {"run_id": team.closed.run_id})[0] == 200
    assert team.ask(reader, "POST", f"{V2}/runs/set-tag", {**fields, "run_id": team.closed.run_id})[0] == 403
