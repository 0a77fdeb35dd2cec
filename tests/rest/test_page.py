"""The web page of a server that stands alone: its files and their policy, sessions, roles; and `jupyter tracker ui`."""

import gzip
import http.cookies
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from jupyter_tracker.server.gate import Gate, cookie_name
from jupyter_tracker.server.sessions import Sessions
from jupyter_tracker.server.users import Users
from tests import hosts

PAGE = {"X-Jupyter-Tracker-Page": "1"}
EXPERIMENTS = "/views/experiments"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    users = Users(folder / "tracker.db.users.json")
    for role in ("viewer", "editor"):
        users.add(role, role, "correct horse")
    host = hosts.standalone(folder, "--auth", "users")
    yield host
    assert host.stop() == 0


def sign_in(host, credentials, **headers):
    """Return the answer's status, its body, and the cookie that it sets."""
    status, found, content = host.ask("/session", credentials, headers={**PAGE, **headers})
    cookie = http.cookies.SimpleCookie(found["Set-Cookie"] or "")
    return status, json.loads(content), "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items())


def policy(headers):
    return {
        name: rest for name, _, rest in (part.partition(" ") for part in headers["Content-Security-Policy"].split("; "))
    }


def test_the_page_and_its_files_need_no_sign_in_and_allow_no_inline_script(guarded):
    status, headers, content = guarded.ask("/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    rules = policy(headers)
    assert (rules["default-src"], rules["script-src"], rules["connect-src"]) == ("'none'", "'self'", "'self'")
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    named = re.findall(r'(?:href|src)="([^"]+)"', content.decode())
    assert sorted(name.rpartition(".")[2] for name in named) == ["css", "js", "svg"]
    for name in named:
        assert name.startswith("assets/"), "everything comes from this server"
        status, headers, packed = guarded.ask(f"/{name}", headers={"Accept-Encoding": "gzip"})
        assert status == 200
        assert gzip.decompress(packed) == guarded.ask(f"/{name}")[2]
        assert headers["Cache-Control"] == (
            "no-cache" if name.endswith("svg") else "public, max-age=31536000, immutable"
        )
    assert guarded.ask("/assets/nothing.js")[0] == 404
    assert guarded.ask("/assets/../page.py")[0] == 404


def test_what_a_run_left_runs_in_a_frame_without_origin_or_network(guarded):
    rules = policy(guarded.ask("/assets/frame.html")[1])
    assert rules["sandbox"] == "allow-scripts"
    assert (rules["default-src"], rules["frame-src"], rules["form-action"]) == ("'none'", "'none'", "'none'")
    assert "connect-src" not in rules


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_a_session_may_do_what_its_user_may(guarded, role):
    status, _, cookie = sign_in(guarded, {"user": role, "password": "correct horse"})
    assert status == 200
    asking = {**PAGE, "Cookie": cookie}
    seen = json.loads(guarded.ask("/session", headers=asking)[2])
    assert (seen["user"], seen["role"], seen["may_write"]) == (role, role, role == "editor")
    assert guarded.ask(EXPERIMENTS, headers=asking)[0] == 200
    asked = {"experiment_id": "0", "name": "renamed"}
    status, _, content = guarded.ask("/experiments/rename", asked, headers=asking)
    assert status == (403 if role == "viewer" else 200)
    assert role == "editor" or "viewer, who may not write" in json.loads(content)["message"]
    # The log says whom it was refused; the line is written when the answer has gone.
    line = re.compile(r'"path": "/experiments/rename", "status": 403.*"user": "viewer"')
    hosts.wait_until(lambda: role == "editor" or line.search(guarded.log.read_text()))
    # Signing out takes the cookie back.
    _, headers, _ = guarded.ask("/session", method="DELETE", headers=asking)
    assert "Max-Age=0" in headers["Set-Cookie"]


def test_the_cookie_is_out_of_reach(guarded):
    _, headers, _ = guarded.ask("/session", {"user": "viewer", "password": "correct horse"}, headers=PAGE)
    name, _, how = headers["Set-Cookie"].partition("=")
    assert name == f"jupyter-tracker-session-{guarded.port}"
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(how.split("; "))


def test_who_is_not_signed_in_sees_nothing_and_the_browser_asks_nothing_itself(guarded):
    status, headers, _ = guarded.ask(EXPERIMENTS, headers=PAGE)
    assert (status, headers["WWW-Authenticate"]) == (401, None)
    assert guarded.ask(EXPERIMENTS)[1]["WWW-Authenticate"].startswith("Basic")
    seen = json.loads(guarded.ask("/session")[2])
    assert (seen["user"], seen["may_write"], seen["signs_in"]) == (None, False, True)
    status, body, cookie = sign_in(guarded, {"user": "viewer", "password": "wrong"})
    assert (status, body["error_code"], cookie) == (401, "UNAUTHENTICATED", "")


def test_a_page_of_another_site_is_refused(guarded):
    _, _, cookie = sign_in(guarded, {"user": "editor", "password": "correct horse"})
    other = {"Cookie": cookie, "Origin": "http://127.0.0.1:1"}
    assert guarded.ask("/experiments/rename", {"experiment_id": "0", "name": "x"}, headers=other)[0] == 403
    assert sign_in(guarded, {"user": "editor", "password": "correct horse"}, Origin="http://evil.example")[0] == 403


def test_a_server_without_users_lets_the_page_write(standalone):
    seen = json.loads(standalone.ask("/session")[2])
    assert (seen["user"], seen["may_write"], seen["signs_in"]) == (None, True, False)
    assert sign_in(standalone, {"token": "x"})[0] == 400
    assert standalone.ask("/session", headers={"Host": "evil.example"})[0] == 403


# sessions ------------------------------------------------------------------------------------------


@pytest.fixture
def users(tmp_path):
    users = Users(tmp_path / "users.json")
    users.add("alice", "editor", "correct horse")
    return users


def admitted(gate, value, **headers):
    asking = {"host": "x:5000", **headers}
    return gate.visitor({**asking, "cookie": f"a=b; {cookie_name(asking)}={value}"})["user"]


@pytest.mark.parametrize("how", ["password", "token"])
def test_a_session_ends_with_what_it_was_signed_in_with(users, how):
    gate = Gate(users)
    token_id, token = users.new_token("alice")
    given = {"token": token} if how == "token" else {"user": "alice", "password": "correct horse"}
    value = gate.sign_in({"host": "x:5000"}, None, given)
    assert admitted(gate, value) == "alice"
    assert admitted(Gate(Users(users.path)), value) == "alice", "another server of the same users lets it in"
    users.add("bob", "viewer", "correct horse")
    assert admitted(gate, value) == "alice"
    if how == "token":
        users.revoke("alice", token_id)
    else:
        users.change("alice", password="another horse")
    assert admitted(gate, value) is None


def test_a_session_cannot_be_made_up(users, monkeypatch):
    gate = Gate(users)
    value = gate.sign_in({"host": "x"}, None, {"user": "alice", "password": "correct horse"})
    name, how, until, signature = value.split(".")
    for wrong in (
        f"{name}.{how}.{int(until) + 1}.{signature}",
        f"Ym9i.{how}.{until}.{signature}",
        f"{name}.x.{until}.{signature}",
        f"{name}.{how}.{until}.",
        *("...", "x", "", "é.é.1.é", f"{name}.{how}.²{until}.{signature}"),
    ):
        assert Sessions(users).user_of(wrong) is None
    key = users.path.with_name("users.json.key")
    assert key.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(time, "time", lambda: float(until) + 1)
    assert Sessions(users).user_of(value) is None


def test_a_removed_user_is_out_and_a_namesake_does_not_come_in(users):
    gate = Gate(users)
    value = gate.sign_in({"host": "x:5000"}, None, {"user": "alice", "password": "correct horse"})
    users.remove("alice")
    assert admitted(gate, value) is None
    users.add("alice", "admin", "correct horse")
    assert admitted(gate, value) is None


def test_who_names_a_user_is_not_taken_for_the_owner_of_the_cookie(users):
    gate = Gate(users)
    value = gate.sign_in({"host": "x:5000"}, None, {"user": "alice", "password": "correct horse"})
    assert admitted(gate, value, authorization="Bearer wrong") is None


# jupyter tracker ui --------------------------------------------------------------------------------


@pytest.fixture
def ui(tmp_path):
    """Return the page of a project, as the command opens it, and its token."""
    (tmp_path / ".jupyter_tracker").mkdir(mode=0o700)
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" >"{tmp_path}/opened.part" && mv "{tmp_path}/opened.part" "{tmp_path}/opened"\n'
    )
    browser.chmod(0o700)
    host = hosts.Host(["-m", "jupyter_tracker", "ui"], tmp_path, more={"BROWSER": str(browser)})
    host.wait()
    opened = tmp_path / "opened"
    deadline = time.monotonic() + 60
    while not opened.exists():
        assert time.monotonic() < deadline, host.log.read_text()
        time.sleep(0.05)
    address, _, token = opened.read_text().strip().partition("#token=")
    assert address == f"http://127.0.0.1:{host.port}/"
    yield host, token
    host.stop()


def test_the_address_of_the_command_lets_in_once_and_ctrl_c_ends_it(ui):
    host, token = ui
    assert host.ask(EXPERIMENTS, headers={"Authorization": f"Bearer {token}"})[0] == 401
    assert sign_in(host, {"token": "jt_wrong"})[0] == 401
    status, _, cookie = sign_in(host, {"token": token})
    assert status == 200
    status, body, again = sign_in(host, {"token": token})
    assert (status, again) == (401, "")
    assert "already" in body["message"]
    view = json.loads(host.ask(EXPERIMENTS, headers={"Cookie": cookie})[2])
    assert view["location"].endswith(".jupyter_tracker/tracker.db"), "the project's own store"
    assert json.loads(host.ask("/session", headers={"Cookie": cookie})[2])["may_write"] is True
    assert host.stop(signal.SIGINT) == 0
    log = host.log.read_text()
    assert token in log
    assert "The dashboard has ended." in log
    assert "Traceback" not in log


def test_the_command_says_what_is_wrong(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_tracker", "ui", "--backend-store-uri", "http://127.0.0.1:1", "--no-browser"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(hosts.ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "is no database that a server can keep runs in" in done.stdout + done.stderr
