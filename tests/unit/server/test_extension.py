import asyncio
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from tornado.httpclient import HTTPClientError

from jupyter_tracker.api.routes import PROTOCOL, ROUTES
from jupyter_tracker.store.sql import open_sqlite

KERNEL = """
import sys, time
from jupyter_tracker.store.sql import open_sqlite
store = open_sqlite(sys.argv[1])
run_id = store.create_run(store.create_experiment("churn"), run_name="doomed").info.run_id
writer = store.writer(run_id, owner=True)
for step in range(1000):
    writer.log_metric("loss", 1 / (step + 1), step)
print(run_id, flush=True)
time.sleep(60)
"""
WRITES = [route.path for route in ROUTES if route.method == "POST"]


def doomed_kernel(path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", KERNEL, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


async def get(jp_fetch, route, /, **params):
    return json.loads((await jp_fetch("jupyter-tracker" + route, params=params)).body)


async def post(jp_fetch, path, /, **body):
    response = await jp_fetch("jupyter-tracker" + path, method="POST", body=json.dumps(body))
    return json.loads(response.body)["updated"]


async def refused(jp_fetch, route, /, headers=None, method="GET", content="{}", **params):
    body = {"body": content} if method in {"POST", "PUT", "PATCH"} else {}
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("jupyter-tracker" + route, params=params, headers=headers, method=method, **body)
    response = error.value.response
    return response.code, json.loads(response.body)


async def test_views_are_served_under_any_base_url(jp_fetch, jp_base_url, at_root):
    assert jp_base_url == "/a%40b/"
    body = await get(jp_fetch, "/views/run-card", run_id=at_root.forest)
    assert body["name"] == "rf-baseline"
    body = await get(jp_fetch, "/views/run-table", filter="params.model = 'rf'", experiment_ids=at_root.experiment)
    assert [row["run_id"] for row in body["rows"]] == [at_root.forest]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize("header", ["", "token wrong"])
async def test_nothing_is_answered_to_strangers(jp_fetch, at_root, route, header):
    asked = {"headers": {"Authorization": header}, "method": route.method, "run_id": at_root.forest}
    code, body = await refused(jp_fetch, route.path, **asked)
    assert code in {401, 403}
    assert body.keys() == {"error_code", "message"}
    assert "MLFLOW_TRACKING_TOKEN" in body["message"]
    assert at_root.store.store_id not in json.dumps(body)


async def test_who_calls_the_server_by_another_name_is_told_which_setting_allows_it(jp_fetch, jp_serverapp, at_root):
    settings = jp_serverapp.web_app.settings
    settings["allow_remote_access"] = False
    code, body = await refused(jp_fetch, "/views/stores", headers={"Host": "tracker.example:8888"})
    assert (code, body["error_code"]) == (403, "PERMISSION_DENIED")
    assert "may not be called 'tracker.example'" in body["message"]
    assert "ServerApp.local_hostnames" in body["message"]
    assert "ServerApp.allow_remote_access" in body["message"]
    assert "MLFLOW_TRACKING_TOKEN" not in body["message"]
    settings["local_hostnames"] = ["localhost", "tracker.example"]
    answer = await jp_fetch("jupyter-tracker/views/stores", headers={"Host": "tracker.example:8888"})
    assert at_root.store.store_id in answer.body.decode()


@pytest.mark.parametrize("path", ["jupyter-tracker", "jupyter-tracker/"])
async def test_an_address_that_mlflows_client_prints_says_where_runs_are(jp_fetch, jp_base_url, path):
    answer = await jp_fetch(path)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<a href="{jp_base_url}">Jupyter</a>' in answer.body.decode()


async def test_an_address_is_handed_on_to_lab_where_there_is_one(jp_fetch, jp_serverapp, jp_base_url, monkeypatch):
    assert b"<script" not in (await jp_fetch("jupyter-tracker")).body
    lab = SimpleNamespace(enabled=True)
    monkeypatch.setitem(jp_serverapp.extension_manager.extensions, "jupyterlab", lab)
    page = (await jp_fetch("jupyter-tracker")).body.decode()
    assert f'<script data-lab="{jp_base_url}lab" data-store="">' in page
    assert f'<a href="{jp_base_url}lab">' in page
    lab.enabled = False
    assert b"<script" not in (await jp_fetch("jupyter-tracker")).body


async def test_what_an_address_names_is_looked_for_where_clients_log(jp_fetch, jp_serverapp, at_root, monkeypatch):
    monkeypatch.setitem(jp_serverapp.extension_manager.extensions, "jupyterlab", SimpleNamespace(enabled=True))
    page = (await jp_fetch("jupyter-tracker")).body.decode()
    assert f'data-store="{at_root.store.store_id}"' in page


async def test_a_stranger_signs_in_before_being_told(http_server_client, jp_base_url):
    with pytest.raises(HTTPClientError) as error:
        await http_server_client.fetch(f"{jp_base_url}jupyter-tracker/", follow_redirects=False)
    assert error.value.code == 302
    assert error.value.response.headers["Location"].startswith(f"{jp_base_url}login?next=")


async def test_an_unknown_path_is_not_answered_to_strangers_either(jp_fetch):
    code, _ = await refused(jp_fetch, "/nothing", headers={"Authorization": ""})
    assert code in {401, 403}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
async def test_a_user_without_the_right_is_refused(jp_fetch, jp_serverapp, at_root, monkeypatch, route):
    asked = []

    def is_authorized(_handler, _user, action, resource):
        asked.append((action, resource))
        return False

    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", is_authorized)
    code, body = await refused(jp_fetch, route.path, method=route.method, run_id=at_root.forest)
    assert (code, body["error_code"]) == (403, "PERMISSION_DENIED")
    assert asked == [(route.action, "tracker")]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nothing_but_get_is_allowed_for_a_view(jp_fetch, at_root, method):
    code, body = await refused(jp_fetch, "/views/stores", method=method)
    assert code == 405
    assert body.keys() == {"error_code", "message"}


async def test_an_unknown_path_has_the_one_error_shape(jp_fetch):
    code, body = await refused(jp_fetch, "/nothing/here")
    assert (code, body["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


async def test_a_file_is_sent_as_it_is(jp_fetch, at_root):
    content = bytes(range(256)) * 5000
    path = at_root.store.root / "artifacts" / "1" / at_root.forest / "artifacts" / "weights.bin"
    path.write_bytes(content)
    response = await jp_fetch("jupyter-tracker/artifacts/get", params={"run_id": at_root.forest, "path": "weights.bin"})
    assert response.body == content
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_an_empty_file_is_sent(jp_fetch, at_root):
    (at_root.store.root / "artifacts" / "1" / at_root.forest / "artifacts" / "empty").touch()
    response = await jp_fetch("jupyter-tracker/artifacts/get", params={"run_id": at_root.forest, "path": "empty"})
    assert response.body == b""


async def test_a_folder_is_sent_as_an_archive(jp_fetch, at_root):
    params = {"run_id": at_root.forest, "path": "model"}
    response = await jp_fetch("jupyter-tracker/artifacts/save-folder", params=params)
    assert zipfile.ZipFile(io.BytesIO(response.body)).namelist() == ["MLmodel"]
    assert response.headers["Content-Disposition"].startswith('attachment; filename="model.zip"')
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    code, body = await refused(jp_fetch, "/artifacts/save-folder", run_id=at_root.forest, path="nothing")
    assert (code, body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", ["/artifacts/get", "/views/artifact-preview", "/artifacts/save-folder"])
async def test_a_link_that_leads_out_is_refused(jp_fetch, at_root, tmp_path, path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("s3cret")
    artifacts = at_root.store.root / "artifacts" / "1" / at_root.forest / "artifacts"
    (artifacts / "out").symlink_to(tmp_path / "secret")
    (artifacts / "key").symlink_to(tmp_path / "secret" / "key")
    for wanted in ("key", "out/key", "out"):
        code, body = await refused(jp_fetch, path, run_id=at_root.forest, path=wanted)
        assert code == 400
        assert "leads out" in body["message"]


async def test_no_path_leads_out(jp_fetch, at_root):
    code, body = await refused(jp_fetch, "/artifacts/get", run_id=at_root.forest, path="../../../../tracker.db")
    assert (code, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


async def test_looking_makes_no_store(jp_fetch, jp_root_dir):
    assert await get(jp_fetch, "/views/stores") == {"stores": []}
    code, body = await refused(jp_fetch, "/views/experiments")
    assert (code, body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "%%track" in body["message"]
    assert list(jp_root_dir.iterdir()) == []


async def test_a_store_that_a_kernel_makes_later_appears(jp_fetch, jp_root_dir):
    assert await get(jp_fetch, "/views/stores") == {"stores": []}
    (jp_root_dir / ".jupyter_tracker").mkdir()
    store = open_sqlite(jp_root_dir / ".jupyter_tracker" / "tracker.db")
    try:
        (entry,) = (await get(jp_fetch, "/views/stores"))["stores"]
        assert (entry["store_id"], entry["is_default"]) == (store.store_id, True)
    finally:
        store.close()


async def test_runs_of_another_process_show_up_while_it_goes_on(jp_fetch, at_root):
    before = await get(jp_fetch, "/views/experiments")
    at_root.store.create_run(at_root.experiment, run_name="new")
    after = await get(jp_fetch, "/views/experiments")
    assert [entry["run_count"] for entry in before["experiments"]] == [3, 0, 0]
    assert [entry["run_count"] for entry in after["experiments"]] == [4, 0, 0]


@pytest.mark.crash
async def test_a_run_whose_kernel_was_killed_is_shown_dead_with_all_its_points(jp_fetch, jp_root_dir):
    folder = jp_root_dir / ".jupyter_tracker"
    folder.mkdir()
    process = doomed_kernel(folder / "tracker.db")
    run_id = process.stdout.readline().strip()
    assert (await get(jp_fetch, "/views/run-card", run_id=run_id))["status"] == "RUNNING"
    process.kill()
    process.communicate()
    body = None
    for _ in range(100):
        body = await get(jp_fetch, "/views/run-card", run_id=run_id)
        if body["status"] != "RUNNING":
            break
        await asyncio.sleep(0.1)
    assert body["status"] == "KILLED"
    (metric,) = body["metrics"]
    assert (metric["count"], metric["step"]) == (1000, 999)


async def test_polling_does_not_keep_a_server_alive(jp_fetch, jp_serverapp, at_root):
    before = jp_serverapp.web_app.settings.get("api_last_activity")
    await get(jp_fetch, "/views/stores")
    assert jp_serverapp.web_app.settings.get("api_last_activity") == before


# writes ---------------------------------------------------------------------------------------------


async def test_runs_are_changed_by_a_post(jp_fetch, at_root):
    store = {"store": at_root.store.store_id}
    assert await post(jp_fetch, "/runs/rename", run_id=at_root.forest, name="forest", **store) == 1
    assert await post(jp_fetch, "/runs/delete", run_ids=[at_root.failed], **store) == 1
    assert at_root.store.get_run(at_root.forest).info.run_name == "forest"
    assert at_root.store.get_run(at_root.failed).info.lifecycle_stage == "deleted"


@pytest.mark.parametrize("path", WRITES)
async def test_a_page_of_another_site_cannot_write(jp_fetch, at_root, path):
    """It has the user's cookie sent along, but knows neither the token nor what is in the XSRF cookie."""
    login = (await jp_fetch("jupyter-tracker/views/stores")).headers["Set-Cookie"].partition(";")[0]
    before = at_root.store.get_run(at_root.forest)
    body = {
        "run_ids": [at_root.forest],
        "run_id": at_root.forest,
        "name": "x",
        "text": "x",
        "key": "author",
        "value": "x",
    }
    sent = {"method": "POST", "content": json.dumps(body)}
    headers = {"Authorization": "", "Cookie": login}
    code, answer = await refused(jp_fetch, path, headers=headers, **sent)
    assert code == 403
    assert "_xsrf" in answer["message"]
    assert at_root.store.get_run(at_root.forest) == before


async def test_a_page_of_this_server_writes_with_its_xsrf_cookie(jp_fetch, at_root):
    login = (await jp_fetch("jupyter-tracker/views/stores")).headers["Set-Cookie"].partition(";")[0]
    page = await jp_fetch("login", headers={"Authorization": ""})
    cookies = [value.partition(";")[0] for value in page.headers.get_list("Set-Cookie")]
    xsrf = next(cookie for cookie in cookies if cookie.startswith("_xsrf="))
    headers = {"Authorization": "", "Cookie": f"{login}; {xsrf}", "X-XSRFToken": xsrf.removeprefix("_xsrf=")}
    body = json.dumps({"run_ids": [at_root.forest], "key": "author"})
    response = await jp_fetch("jupyter-tracker/runs/delete-tag", method="POST", body=body, headers=headers)
    assert json.loads(response.body)["updated"] == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"', "[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(jp_fetch, at_root, content):
    code, body = await refused(jp_fetch, "/runs/delete", method="POST", content=content)
    assert (code, body["error_code"]) == (400, "BAD_REQUEST")
    assert "JSON object" in body["message"]


async def test_half_of_a_character_is_no_error_of_ours(jp_fetch, at_root):
    for path in ("runs/rename", "runs/set-tag", "registry/describe"):
        fields = {"key": "k", **dict.fromkeys(["name", "text", "value", "model", "comment"], "\ud800")}
        answer = await jp_fetch(
            "jupyter-tracker", *path.split("/"), method="POST", raise_error=False,
            body=json.dumps({"run_id": at_root.forest, "run_ids": [at_root.forest], **fields}),
        )  # fmt: skip
        assert answer.code == (404 if path == "registry/describe" else 200), answer.body
    assert at_root.store.get_run(at_root.forest).info.run_name == "?"
    assert at_root.store.get_run(at_root.forest).data.tags["k"] == "?"


async def test_a_body_that_is_too_large_is_refused(jp_fetch, at_root):
    content = json.dumps({"run_id": at_root.forest, "text": "x" * (1 << 20)})
    code, body = await refused(jp_fetch, "/runs/note", method="POST", content=content)
    assert (code, body["error_code"]) == (413, "BAD_REQUEST")
    assert "1 MiB" in body["message"]


async def test_a_body_of_the_protocol_that_is_too_large_is_refused(jp_fetch, at_root):
    path, headers = "/api/2.0/mlflow/runs/set-tag", {"Content-Type": "application/json"}
    content = json.dumps({"run_id": at_root.forest, "key": "a", "value": "x" * (33 << 20)})
    code, body = await refused(jp_fetch, path, method="POST", content=content, headers=headers)
    assert (code, body["error_code"]) == (413, "INVALID_PARAMETER_VALUE")
    assert "32 MiB" in body["message"]


# MLflow's protocol ------------------------------------------------------------------------------------

OPERATIONS = [route for route in PROTOCOL if "{path}" not in route.path or "/artifacts/" in route.path]


def filled(route):
    return route.path.replace("{path}", "x/y").replace("{model_id}", "m-1").replace("{key}", "k")


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: f"{route.method} {route.path}")
async def test_no_operation_is_answered_to_strangers(jp_fetch, at_root, route):
    code, body = await refused(jp_fetch, filled(route), headers={"Authorization": ""}, method=route.method)
    assert code in {401, 403}
    assert body.keys() == {"error_code", "message"}


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: f"{route.method} {route.path}")
async def test_no_operation_is_done_for_a_user_without_the_right(jp_fetch, jp_serverapp, at_root, monkeypatch, route):
    asked = []

    def is_authorized(_handler, _user, action, resource):
        asked.append((action, resource))
        return False

    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", is_authorized)
    code, body = await refused(jp_fetch, filled(route), method=route.method)
    assert (code, body["error_code"]) == (403, "PERMISSION_DENIED")
    assert asked == [(route.action, "tracker")]


async def test_a_client_of_mlflows_makes_the_store_of_the_project(jp_fetch, jp_root_dir):
    headers = {"Content-Type": "application/json"}
    path = "jupyter-tracker/api/2.0/mlflow/experiments/create"
    await jp_fetch(path, method="POST", body=json.dumps({"name": "x"}), headers=headers)
    assert (jp_root_dir / ".jupyter_tracker" / "tracker.db").is_file()
    assert [entry["name"] for entry in (await get(jp_fetch, "/views/experiments"))["experiments"]] == ["x", "Default"]
