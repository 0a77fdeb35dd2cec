"""The application itself, called as uvicorn calls it: where the server ends, refuses or has no database."""

import asyncio
import json
import threading

import pytest

from jupyter_tracker.api import artifacts
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.local_parts import LocalUploads
from jupyter_tracker.errors import StoreUnavailableError
from jupyter_tracker.server.asgi import Application
from jupyter_tracker.server.gate import Gate
from jupyter_tracker.server.hosted import Backend, HostedStore
from jupyter_tracker.server.telemetry import Telemetry
from jupyter_tracker.server.users import Users

UPLOAD = "/api/2.0/mlflow-artifacts/artifacts/9/slow.bin"


class Asked:
    """One request to an application: what it is sent, and what comes back."""

    def __init__(self, app, method, path, headers=(), body=b"", *, is_whole=True, query=b"", leaves_after=None):
        self.sent, self.is_read, left = [], asyncio.Event(), asyncio.Event()
        pieces = [{"type": "http.request", "body": body, "more_body": not is_whole}]
        given = [(b"host", b"127.0.0.1"), *((name.encode(), value.encode()) for name, value in headers)]
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": given}
        scope |= {"scheme": "http", "client": ("10.0.0.9", 1)}

        async def receive():
            if pieces:
                return pieces.pop()
            self.is_read.set()
            await left.wait()  # nothing more comes
            return {"type": "http.disconnect"}

        async def send(message):
            self.sent.append(message)
            if leaves_after is not None and len(self.sent) >= leaves_after:
                left.set()

        self.answered = app(scope, receive, send)

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def body(self):
        return json.loads(b"".join(message["body"] for message in self.sent[1:]))


def application(folder, users=None):
    hosted = HostedStore(Backend(f"sqlite:///{folder / 'tracker.db'}"))
    telemetry = Telemetry()
    return Application(hosted, Gate(users, None, telemetry.audit), telemetry), hosted


def test_an_upload_that_outlasts_the_server_is_told_to_come_again(tmp_path):
    async def ask():
        app, hosted = application(tmp_path)
        asked = Asked(app, "PUT", UPLOAD, body=b"x" * 1000, is_whole=False)
        task = asyncio.ensure_future(asked.answered)
        await asyncio.wait_for(asked.is_read.wait(), 60)
        task.cancel()
        await asyncio.wait_for(task, 60)
        hosted.close()
        return asked

    asked = asyncio.run(ask())
    assert (asked.status, asked.headers[b"retry-after"]) == (503, b"1")
    assert asked.body["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert not list(tmp_path.rglob("slow.bin"))


@pytest.mark.parametrize("wrong", ["Bearer wrong", "Basic d3Jvbmc6d3Jvbmc="])
def test_who_guesses_is_told_how_long_to_wait(tmp_path, capsys, wrong):
    async def ask():
        app, hosted = application(tmp_path, Users(tmp_path / "users.json"))
        for _ in range(11):
            asked = Asked(app, "GET", "/views/experiments", [("authorization", wrong)])
            await asyncio.wait_for(asked.answered, 60)
        hosted.close()
        return asked

    asked = asyncio.run(ask())
    assert (asked.status, asked.headers[b"retry-after"]) == (429, b"60")
    log = capsys.readouterr().err
    assert log.count('"event": "refused"') == 10
    assert wrong.split()[1] not in log


def test_a_database_that_is_away_is_no_mistake_of_the_client(tmp_path, capsys, monkeypatch):
    async def ask():
        app, hosted = application(tmp_path)

        def away():
            raise StoreUnavailableError("The store postgresql://db/tracker could not be reached.")

        monkeypatch.setattr(hosted, "own", away)
        asked = Asked(app, "GET", "/api/2.0/mlflow/experiments/get")
        await asyncio.wait_for(asked.answered, 60)
        hosted.close()
        return asked

    asked = asyncio.run(ask())
    assert (asked.status, asked.headers[b"retry-after"]) == (503, b"1")
    assert asked.body == {
        "error_code": "TEMPORARILY_UNAVAILABLE",
        "message": "The store postgresql://db/tracker could not be reached.",
    }
    (line,) = capsys.readouterr().err.splitlines()
    assert {"level": "error", "status": 503}.items() <= json.loads(line).items()


def test_a_role_in_one_experiment_counts_there_and_at_once(tmp_path):
    users = Users(tmp_path / "users.json")
    users.add("ann", "none")
    bearer = [("authorization", f"Bearer {users.new_token('ann')[1]}"), ("content-type", "application/json")]

    async def ask():
        app, hosted = application(tmp_path, users)
        run_ids = []
        for name in ("open", "closed"):
            run = hosted.own().create_run(hosted.own().create_experiment(name))
            hosted.own().writer(run.info.run_id).log_metric("f1", 0.1)  # its journal is open: the quick way
            run_ids.append(run.info.run_id)

        async def status(method, path, fields=None):
            asked = Asked(app, method, path, bearer, b"" if fields is None else json.dumps(fields).encode())
            await asyncio.wait_for(asked.answered, 60)
            return asked.status, asked

        async def log(run_id):
            point = {"run_id": run_id, "key": "f1", "value": 0.5, "timestamp": 1, "step": 1}
            return (await status("POST", "/api/2.0/mlflow/runs/log-metric", point))[0]

        found = [[await log(run_id) for run_id in run_ids]]
        users.grant("ann", "experiments", "1", "editor")
        found += [[await log(run_id) for run_id in run_ids]]
        metrics, listed = await status("GET", "/metrics"), await status("GET", "/views/experiments")
        users.grant("ann", "experiments", "1", "viewer")
        found += [[await log(run_id) for run_id in run_ids]]
        users.change("ann", role="viewer")
        metrics_as_viewer = await status("GET", "/metrics")
        users.change("ann", role="editor")
        found += [[await log(run_id) for run_id in run_ids]]
        points = [len(hosted.own().metric_series(run_id, "f1")) for run_id in run_ids]
        hosted.close()
        return found, metrics[0], listed[1].body, metrics_as_viewer[0], points

    found, metrics, listed, metrics_as_viewer, points = asyncio.run(ask())
    assert found == [[403, 403], [200, 404], [403, 403], [200, 200]]
    assert (metrics, metrics_as_viewer) == (403, 200)
    assert [each["name"] for each in listed["experiments"]] == ["open"]
    assert points == [2, 2]  # the same point twice is one


def test_roles_follow_a_registered_model_to_its_new_name(tmp_path, capsys):
    users = Users(tmp_path / "users.json")
    users.add("root", "admin")
    for name, roles in {"ann": {"a": "editor"}, "bob": {"a": "viewer", "b": "admin"}, "cid": {"c": "viewer"}}.items():
        users.add(name, "none")
        for model, role in roles.items():
            users.grant(name, "models", model, role)
    token = users.new_token("root")[1]

    async def rename(prefix, fields, query=b""):
        app, hosted = application(tmp_path, users)
        if not hosted.own().search_registered_models():
            hosted.own().create_registered_model("a")
        given = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
        path = f"/{prefix}/2.0/mlflow/registered-models/rename"
        asked = Asked(app, "POST", path, given, json.dumps(fields).encode() if fields else b"", query=query)
        await asyncio.wait_for(asked.answered, 60)
        hosted.close()
        return asked.status

    def roles():
        return {user.name: dict(user.models) for user in users.all() if user.name != "root"}

    before = roles()
    assert asyncio.run(rename("api", {"name": "none such", "new_name": "b"})) == 404
    assert asyncio.run(rename("api", {"name": "a"})) == 400
    assert roles() == before
    assert asyncio.run(rename("ajax-api", {"name": "a", "new_name": "b"})) == 200
    assert roles() == {"ann": {"b": "editor"}, "bob": {"b": "admin"}, "cid": {"c": "viewer"}}
    # What is asked may stand in the query as well.
    assert asyncio.run(rename("api", None, b"name=b&new_name=a")) == 200
    assert roles() == {"ann": {"a": "editor"}, "bob": {"a": "admin"}, "cid": {"c": "viewer"}}
    # The model has its new name, whatever becomes of the file.
    users.path.write_text("nonsense")
    Gate(users, None, Telemetry().audit).model_renamed("b", "c")
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["event"] == "grants_left_behind"


def test_for_a_client_that_has_gone_nothing_more_is_read(tmp_path):
    async def ask():
        app, hosted = application(tmp_path)
        await asyncio.wait_for(Asked(app, "PUT", UPLOAD, body=bytes(8 << 20)).answered, 60)
        asked = [Asked(app, "GET", UPLOAD, leaves_after=count) for count in (None, 3)]
        for each in asked:
            await asyncio.wait_for(each.answered, 60)
        hosted.close()
        return [len(each.sent) for each in asked]

    whole, left = asyncio.run(ask())
    assert (whole, left) == (34, 3)  # 32 pieces, between start and end


def test_uploads_that_stall_keep_no_download_waiting(tmp_path):
    async def ask():
        app, hosted = application(tmp_path)
        await asyncio.wait_for(Asked(app, "PUT", UPLOAD, body=b"there").answered, 60)
        stalled = [Asked(app, "PUT", f"{UPLOAD}{n}", body=b"x", is_whole=False) for n in range(16)]
        tasks = [asyncio.ensure_future(each.answered) for each in stalled]
        for each in stalled:
            await asyncio.wait_for(each.is_read.wait(), 60)
        asked = Asked(app, "GET", UPLOAD)
        await asyncio.wait_for(asked.answered, 60)
        for task in tasks:
            task.cancel()
        await asyncio.wait_for(asyncio.wait(tasks), 60)
        hosted.close()
        return asked

    assert asyncio.run(ask()).sent[1]["body"] == b"there"


def test_of_an_archive_nothing_is_made_for_head(tmp_path, monkeypatch):
    made = []

    def archive(*_):
        made.append(1)
        yield b"x"

    monkeypatch.setattr(artifacts, "archive", archive)

    async def ask():
        app, hosted = application(tmp_path)
        run = hosted.own().create_run(hosted.own().create_experiment("packed"))
        artifact_store(run.info.artifact_uri).write("model/a.txt", b"a")
        query = f"run_id={run.info.run_id}&path=model".encode()
        asked = [Asked(app, method, "/artifacts/save-folder", query=query) for method in ("HEAD", "GET")]
        for each in asked:
            await asyncio.wait_for(each.answered, 60)
        hosted.close()
        return asked

    head, get = asyncio.run(ask())
    assert head.headers == get.headers
    assert [b"".join(message["body"] for message in each.sent[1:]) for each in (head, get)] == [b"", b"x"]
    assert made == [1]


@pytest.mark.parametrize("pieces", [[], [b"x"], [b"x", b"y"]])
def test_an_archive_that_fails_is_an_error_or_breaks_off(tmp_path, monkeypatch, capsys, caplog, pieces):
    def archive(*_):
        yield from pieces
        raise StoreUnavailableError("The bucket is away.")

    monkeypatch.setattr(artifacts, "archive", archive)

    async def ask():
        app, hosted = application(tmp_path)
        run = hosted.own().create_run(hosted.own().create_experiment("packed"))
        artifact_store(run.info.artifact_uri).write("model/a.txt", b"a")
        asked = Asked(app, "GET", "/artifacts/save-folder", query=f"run_id={run.info.run_id}&path=model".encode())
        await asyncio.wait_for(asked.answered, 60)
        hosted.close()
        return asked

    asked = asyncio.run(ask())
    if not pieces:
        assert (asked.status, asked.body["message"]) == (503, "The bucket is away.")
        return
    # It has no end, so that nobody takes it for whole.
    assert (asked.status, [message["more_body"] for message in asked.sent[1:]]) == (200, [True] * len(pieces))
    assert "The bucket is away." in caplog.text


def test_who_leaves_in_the_middle_of_a_file_is_no_warning(tmp_path, caplog):
    async def ask():
        app, hosted = application(tmp_path)
        await asyncio.wait_for(Asked(app, "PUT", UPLOAD, body=bytes(8 << 20)).answered, 60)
        await asyncio.wait_for(Asked(app, "GET", UPLOAD, leaves_after=3).answered, 60)
        hosted.close()

    asyncio.run(ask())
    assert caplog.text == ""


def test_files_that_are_completed_keep_nobody_waiting(tmp_path, monkeypatch):
    begun, ends = threading.Semaphore(0), threading.Event()

    def complete(*_):
        begun.release()
        ends.wait(120)

    monkeypatch.setattr(LocalUploads, "complete", complete)

    async def ask():
        app, hosted = application(tmp_path)
        fields = {"upload_id": "0" * 32, "digest": "0" * 64, "parts": [{"part_number": 1, "etag": "1"}]}
        sent = [("content-type", "application/json")], json.dumps(fields).encode()
        path = "/api/2.0/jupyter-tracker/uploads/complete/9/slow.bin"
        lasting = [Asked(app, "POST", path, *sent) for _ in range(10)]
        tasks = [asyncio.ensure_future(each.answered) for each in lasting]
        try:
            assert all([await asyncio.to_thread(begun.acquire, timeout=60) for _ in lasting])
            other = Asked(app, "GET", "/views/experiments")
            await asyncio.wait_for(other.answered, 60)
        finally:
            ends.set()
            await asyncio.wait_for(asyncio.gather(*tasks), 60)
            hosted.close()
        return [other.status, *(each.status for each in lasting)]

    assert asyncio.run(ask()) == [200] * 11
