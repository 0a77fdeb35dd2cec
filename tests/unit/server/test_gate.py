"""Who is let in, where what a client says of itself is nonsense; and what is never written down of it."""

import io
import json

import pytest

from jupyter_tracker.errors import PermissionDeniedError, TrackerError
from jupyter_tracker.server.gate import COOKIE, Gate
from jupyter_tracker.server.telemetry import Telemetry
from jupyter_tracker.server.users import Users

HOST = {"host": "tracker.example"}


@pytest.fixture
def users(tmp_path):
    users = Users(tmp_path / "users.json")
    users.add("ann", "editor")
    return users


@pytest.mark.parametrize("origin", ["http://[", "https://tracker.example]", "null", "", "http://[::1"])
def test_an_origin_that_is_no_address_is_refused(users, origin):
    with pytest.raises(PermissionDeniedError, match="may not use this server"):
        Gate(users).admit({**HOST, "origin": origin}, None, "read")


@pytest.mark.parametrize("until", ["9" * 5000, "1", "-1", "²", "", "soon"])
def test_a_cookie_that_is_not_ours_lets_nobody_in(users, until):
    cookie = f"{COOKIE}=YW5u.password.{until}.{'0' * 64}"
    gate = Gate(users)
    assert gate.visitor({**HOST, "cookie": cookie})["user"] is None
    with pytest.raises(TrackerError, match="are needed") as raised:
        gate.admit({**HOST, "cookie": cookie}, None, "read")
    assert raised.value.error_code == "UNAUTHENTICATED"


@pytest.mark.parametrize("before", ["", "Token ", "bearer", "Bearer\t"])
def test_a_token_that_is_sent_in_a_wrong_way_is_not_logged(users, before):
    sink, token = io.StringIO(), users.new_token("ann")[1]
    gate = Gate(users, None, Telemetry(sink=sink).audit)
    with pytest.raises(TrackerError, match="lets nobody in"):
        gate.admit({**HOST, "authorization": f"{before}{token}"}, ("10.0.0.9", 1), "read")
    (line,) = sink.getvalue().splitlines()
    said = json.loads(line)
    assert (said["event"], said["client"]) == ("refused", "10.0.0.9")
    assert token[:8].lower() not in line.lower()
