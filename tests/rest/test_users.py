"""Who may do what on a server that stands alone: each operation for each role, passwords, tokens, refusals."""

import base64
import json
import os
import subprocess
import sys

import pytest

from jupyter_tracker.api.routes import TABLE
from jupyter_tracker.errors import PermissionDeniedError, TrackerError
from jupyter_tracker.server.gate import Gate
from jupyter_tracker.server.users import Users
from tests import hosts

GET = "/api/2.0/mlflow/experiments/get?experiment_id=0"
CREATE = "/api/2.0/mlflow/experiments/create"


def command(host, *words, text=""):
    environment = {**os.environ, "PYTHONPATH": str(hosts.ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_tracker", "users", *words, "--backend-store-uri", "sqlite:///tracker.db"],
        cwd=host.folder,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    host = hosts.standalone(tmp_path_factory.mktemp("guarded"), "--auth", "users")
    yield host
    assert host.stop() == 0


def test_users_come_and_go_while_the_server_runs(guarded):
    command(guarded, "add", "alice", "--role", "editor", text="correct horse\n")
    command(guarded, "add", "bob", "--role", "viewer", "--no-password")
    token = command(guarded, "token", "bob").split()[0]
    listed = json.loads(command(guarded, "list", "--json"))
    found = [(user["name"], user["role"]) for user in listed]
    assert found == [("admin", "admin"), ("alice", "editor"), ("bob", "viewer")]
    status, headers, _ = guarded.ask(GET)
    assert (status, headers["WWW-Authenticate"].partition(" ")[0]) == (401, "Basic")
    assert guarded.ask(GET, headers=basic("alice", "correct horse"))[0] == 200
    assert guarded.ask(GET, headers=basic("alice", "wrong horse"))[0] == 401
    assert guarded.ask(GET, headers=basic("nobody", "correct horse"))[0] == 401
    assert guarded.ask(GET, headers={"Authorization": f"Bearer {token}"})[0] == 200
    assert guarded.ask(GET, headers=basic("bob", token))[0] == 200
    assert guarded.ask(CREATE, {"name": "x"}, headers={"Authorization": f"Bearer {token}"})[0] == 403
    assert guarded.ask(CREATE, {"name": "x"}, headers=basic("alice", "correct horse"))[0] == 200
    command(guarded, "revoke", "bob", listed[2]["tokens"][0])
    assert guarded.ask(GET, headers={"Authorization": f"Bearer {token}"})[0] == 401
    command(guarded, "remove", "alice")
    assert guarded.ask(GET, headers=basic("alice", "correct horse"))[0] == 401
    assert guarded.ask("/health")[0] == 200
    assert guarded.ask("/metrics")[0] == 401
    log = guarded.log.read_text()
    assert '"event": "login", "user": "alice"' in log
    assert '"event": "refused"' in log
    assert "correct horse" not in log
    assert token not in log


@pytest.fixture
def users(tmp_path):
    users = Users(tmp_path / "users.json")
    for role in ("viewer", "editor", "admin"):
        users.add(role, role)
    return users


@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
def test_each_operation_for_each_role(users, role):
    gate = Gate(users)
    headers = {"host": "x", "authorization": f"Bearer {users.new_token(role)[1]}"}
    for route in (*TABLE._plain.values(), *TABLE._patterns):
        if role == "viewer" and route.action == "write":
            with pytest.raises(PermissionDeniedError):
                gate.admit(headers, None, route.action)
        else:
            assert gate.admit(headers, None, route.action).name == role


def test_behind_a_proxy_the_log_names_the_client(guarded):
    guarded.ask(GET, headers={"Authorization": "Bearer wrong", "X-Forwarded-For": "203.0.113.9"})
    assert any(
        '"client": "203.0.113.9"' in line and '"refused"' in line for line in guarded.log.read_text().splitlines()
    )


def test_the_page_of_who_may_write_anywhere_offers_it(users):
    gate = Gate(users)
    users.add("ann", "none", "correct horse")
    asked = {"user": "ann", "password": "correct horse"}
    headers = {"host": "x", "cookie": f"jupyter-tracker-session={gate.sign_in({'host': 'x'}, None, asked)}"}
    for role, expected in (("viewer", False), ("editor", True), ("admin", True)):
        users.grant("ann", "models", "churn", role)
        visitor = gate.visitor(headers)
        assert (visitor["role"], visitor["may_write"]) == ("limited", expected)
        assert visitor["writes"] == {"experiments": [], "models": ["churn"] if expected else []}
        assert visitor["reads"] == {"experiments": [], "models": ["churn"]}
        assert visitor["owns"] == {"experiments": [], "models": ["churn"] if role == "admin" else []}
        assert gate.admit(headers, None, "read").permissions.in_model("churn") > 0
    for role in ("editor", "admin"):  # nothing is asked of the store then
        assert (
            gate.admit({"host": "x", "authorization": f"Bearer {users.new_token(role)[1]}"}, None, "write").permissions
            is None
        )


def test_a_stolen_file_holds_no_secret(users):
    users.change("editor", password="correct horse")
    token = users.new_token("editor")[1]
    text = users.path.read_text()
    assert token not in text
    assert "correct horse" not in text
    assert users.path.stat().st_mode & 0o077 == 0


def test_guessing_is_slowed_down(users):
    gate = Gate(users)
    users.change("viewer", password="correct horse")
    headers = {"host": "x", "authorization": "Bearer wrong"}
    right = {"host": "x", "authorization": basic("viewer", "correct horse")["Authorization"]}
    for _ in range(10):
        with pytest.raises(TrackerError, match="nobody's token") as error:
            gate.admit(headers, ("10.0.0.1", 1), "read")
        assert error.value.error_code == "UNAUTHENTICATED"
    for asked in (headers, right):
        with pytest.raises(TrackerError) as error:
            gate.admit(asked, ("10.0.0.1", 2), "read")
        assert (error.value.error_code, error.value.get_http_status_code()) == ("RESOURCE_EXHAUSTED", 429)
    assert gate.admit(right, ("10.0.0.2", 1), "read").name == "viewer"
    # Behind a proxy all have one address. Nobody guesses a token.
    token = users.new_token("viewer")[1]
    for good in (f"Bearer {token}", basic("viewer", token)["Authorization"]):
        assert gate.admit({"host": "x", "authorization": good}, ("10.0.0.1", 2), "read").name == "viewer"


def test_who_is_locked_out_cannot_guess_the_password_of_one_who_is_at_work(users):
    gate = Gate(users)
    users.change("editor", password="correct horse")
    right, wrong = (
        {"host": "x", "authorization": basic("editor", password)["Authorization"]}
        for password in ("correct horse", "wrong horse")
    )
    at_work, attacker = ("10.0.0.1", 1), ("10.0.0.2", 1)
    assert gate.admit(right, at_work, "read").name == "editor"
    for _ in range(10):
        with pytest.raises(TrackerError, match="nobody's name and password"):
            gate.admit(wrong, attacker, "read")
    said = []
    for guess in (wrong, right):
        assert not gate.is_quick(guess, attacker)  # nor by the time that it takes
        with pytest.raises(TrackerError) as error:
            gate.admit(guess, attacker, "read")
        said.append((error.value.error_code, error.value.message))
    assert said[0] == said[1]
    assert said[0][0] == "RESOURCE_EXHAUSTED"
    assert gate.is_quick(right, at_work)
    assert gate.admit(right, at_work, "read").name == "editor"


def test_a_password_is_looked_up_once_a_minute_and_a_removed_user_is_out_at_once(users):
    users.change("editor", password="correct horse")
    gate = Gate(users)
    headers = {"host": "x", "authorization": basic("editor", "correct horse")["Authorization"]}
    assert not gate.is_quick(headers, None)
    assert gate.admit(headers, None, "write").name == "editor"
    assert gate.is_quick(headers, None)
    users.change("editor", password="another horse")
    with pytest.raises(TrackerError):
        gate.admit(headers, None, "write")
    users.remove("editor")
    with pytest.raises(TrackerError):
        gate.admit(headers, None, "write")


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "x" * 101])
def test_bad_names(users, name):
    with pytest.raises(TrackerError):
        users.add(name, "viewer")
