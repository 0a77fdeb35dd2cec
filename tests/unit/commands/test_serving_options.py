"""Command lines of a server and its users, as people write them who come from `mlflow server`."""

import pytest

from jupyter_tracker.artifact_store import check_destination
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.server.gate import RefusedUserError
from jupyter_tracker.server.users import Users


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--app-name", "basic-auth"), "write --auth users"),
        (("--registry-store-uri", "sqlite:///r.db"), "in the store that has the runs"),
        (("--gunicorn-opts=--timeout 60",), "--workers"),
        (("--expose-prometheus", "/tmp"), "/metrics is always there"),
        (("--static-prefix", "/ml"), "proxy"),
        (("--x-frame-options", "NONE"), "from its own address"),
        (("--disable-security-middleware",), "see --allowed-hosts"),
        (("--read-replica-backend-store-uri", "postgresql://r/t"), "Leave it out"),
        (("--enable-workspaces",), "a store for each team"),
        (("--disable-workspaces",), "Leave it out"),
        (("--workspace-store-uri", "sqlite:///w.db"), "a store for each team"),
        (("--secrets-cache-ttl", "60"), "Leave it out"),
        (("--secrets-cache-max-size", "60"), "Leave it out"),
        (("--trace-archival-config", "c.yaml"), "Leave it out"),
        (("--wrkers", "2"), "Did you mean --workers?"),
    ],
)
def test_an_option_of_mlflows_server_says_what_to_write_instead(call, capsys, words, said):
    with pytest.raises(SystemExit, match="2"):
        call("server", *words)
    assert said in capsys.readouterr().err


def test_the_short_options_are_known(call, tmp_path):
    status, _, error = call("server", "-p", "99999", "-w", "2", "--store", f"sqlite:///{tmp_path}/t.db")
    assert (status, "There is no port 99999" in error) == (1, True)


def test_a_token_alone_goes_to_stdout(call, tmp_path):
    file = ("--users-file", str(tmp_path / "users.json"))
    assert call("users", "add", "ci", "--no-password", *file)[0] == 0
    status, token, remark = call("users", "token", "ci", *file)
    assert (status, len(token.split())) == (0, 1)
    assert "shown this once" in remark
    assert token.strip() not in remark
    assert Users(tmp_path / "users.json").all()[0].name == "ci"


def test_a_user_who_is_there_is_not_made_twice(call, tmp_path):
    where = ("--store", f"sqlite:///{tmp_path / 'tracker.db'}")
    assert call("users", "add", "ann", "--no-password", *where)[0] == 0
    status, _, error = call("users", "add", "ann", "--no-password", *where)
    assert status == 1
    assert "`users change`" in error


@pytest.mark.parametrize("uri", ["s3:/bucket/arts", "gs:bucket", "abfss:/c@a.dfs.core.windows.net/x"])
def test_a_bucket_with_a_slash_too_few_is_no_destination(uri):
    with pytest.raises(InvalidParameterError, match=r"names no bucket: write [a-z0-9]+://[bc]"):
        check_destination(uri)


def test_who_is_refused_is_told_in_a_sentence(tmp_path):
    user = Users(tmp_path / "users.json").add("bob", "none", None)
    assert "The user 'bob' sees what is granted, and may not write. Who runs" in str(RefusedUserError(user, "write"))
