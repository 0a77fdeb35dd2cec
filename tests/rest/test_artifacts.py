"""Files that both hosts hand on: parts of them, versions, digests, and all that a path may try."""

import base64
import hashlib
import http.client
import json
import os
import subprocess
import sys
from urllib.parse import quote

import pytest

from tests import emulators, hosts

FILES = "/api/2.0/mlflow-artifacts/artifacts"
PARTS = "/api/2.0/mlflow-artifacts/mpu"
UPLOADS = "/api/2.0/jupyter-tracker/uploads"
CONTENT = b"0123456789"


def put(host, path, content=CONTENT, **headers):
    return host.ask(f"{FILES}/{path}", content=content, method="PUT", headers=headers)


def said(content):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


@pytest.fixture
def file(host):
    assert put(host, "5/a.html")[0] == 200
    return f"{FILES}/5/a.html"


# what is sent --------------------------------------------------------------------------------------


def test_head_says_what_get_would(host, file):
    status, got, content = host.ask(file)
    assert (status, content) == (200, CONTENT)
    status, headers, content = host.ask(file, method="HEAD")
    assert (status, content) == (200, b"")
    names = ("Content-Length", "Content-Type", "ETag", "Repr-Digest", "Accept-Ranges", "Content-Disposition")
    assert {name: headers[name] for name in names} == {name: got[name] for name in names}
    assert headers["Content-Length"] == "10"
    assert host.ask(file, method="HEAD", headers={"Range": "bytes=1-2"})[0] == 200  # of GET only
    assert host.ask(f"{FILES}/5/none", method="HEAD")[::2] == (404, b"")


@pytest.mark.parametrize(
    ("asked", "expected", "told"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"), ("bytes=9-", b"9", "bytes 9-9/10"), ("BYTES = 2-3", b"23", "bytes 2-3/10"),
        ("bytes=-99", CONTENT, "bytes 0-9/10"), (f"bytes=3-{'9' * 5000}", b"3456789", "bytes 3-9/10"),
        ("bytes=5-2", CONTENT, None), ("bytes=", CONTENT, None), ("bytes=-", CONTENT, None),
        ("bytes=1-2,4-5", CONTENT, None), ("bytes=--1", CONTENT, None), ("bytes=1-2-3", CONTENT, None),
        ("bytes=\u00b2-", CONTENT, None),
    ],
)  # fmt: skip
def test_ranges(host, file, asked, expected, told):
    status, headers, content = host.ask(file, headers={"Range": asked})
    assert (status, content, headers["Content-Range"]) == (200 if told is None else 206, expected, told)
    assert headers["Repr-Digest"] == said(CONTENT)  # of the whole file, always


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_ranges_that_are_not_there(host, file, asked):
    status, headers, content = host.ask(file, headers={"Range": asked})
    assert (status, headers["Content-Range"]) == (416, "bytes */10")
    assert json.loads(content)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_of_an_empty_file_there_is_no_range(host):
    put(host, "5/empty", b"")
    assert host.ask(f"{FILES}/5/empty")[::2] == (200, b"")
    assert host.ask(f"{FILES}/5/empty", headers={"Range": "bytes=0-"})[0] == 416


def test_who_has_it_is_told_so(host, file):
    tag = host.ask(file)[1]["ETag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        status, headers, content = host.ask(file, headers={"If-None-Match": known})
        assert (status, content, headers["ETag"]) == (304, b"", tag)
    assert host.ask(file, headers={"If-None-Match": '"another"'})[0] == 200
    assert host.ask(file, headers={"If-Range": tag, "Range": "bytes=1-2"})[0] == 206
    assert host.ask(file, headers={"If-Range": '"another"', "Range": "bytes=1-2"})[::2] == (200, CONTENT)
    put(host, "5/a.html", b"new")
    assert host.ask(file, headers={"If-None-Match": tag})[::2] == (200, b"new")


def test_no_answer_runs_in_a_browser(host, file):
    """Whatever a run has logged is saved, and neither guessed at nor run; refusals neither."""
    odd = "5/" + quote("<b>\"'ä;.svg")
    assert put(host, odd)[0] == 200
    for path in (file, f"{FILES}/{odd}", f"{FILES}/5/none.html", f"{FILES}?path=5"):
        for method in ("GET", "HEAD"):
            status, headers, _ = host.ask(path, method=method)
            assert headers["X-Content-Type-Options"] == "nosniff"
            if status == 200 and "?" not in path:
                assert headers["Content-Disposition"].startswith('attachment; filename="')
                assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
                assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
                assert headers["Cache-Control"] == "no-store"
            else:
                assert headers["Content-Type"].startswith("application/json")


# digests -------------------------------------------------------------------------------------------


def test_what_arrives_damaged_is_refused(host):
    status, _, content = put(host, "6/a.bin", b"damaged", **{"Repr-Digest": said(CONTENT)})
    assert status == 400
    assert hashlib.sha256(CONTENT).hexdigest() in json.loads(content)["message"]
    assert host.json(f"{FILES}?path=6") == {}
    for odd in (f"sha-512=:x:, {said(CONTENT)}", "sha-256=:!:", "md5=:x:", ""):
        assert put(host, "6/a.bin", **{"Repr-Digest": odd})[0] == 200


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_what_was_damaged_is_not_sent_as_a_whole(host, size):
    """An unmodified client, which knows of no digest, gets an error, and no file."""
    put(host, "7/model.bin", b"x" * size)
    (kept,) = (path for path in host.folder.rglob("7/model.bin"))
    about = kept.stat()
    with kept.open("r+b") as opened:
        opened.seek(size // 2)
        opened.write(b"y")
    os.utime(kept, ns=(about.st_atime_ns, about.st_mtime_ns))  # as a failing disk leaves them
    try:
        status, _, content = host.ask(f"{FILES}/7/model.bin")
    except (http.client.HTTPException, OSError):
        return  # broken off in the middle
    assert (status, json.loads(content)["error_code"]) == (500, "DATA_LOSS")
    assert "'7/model.bin'" in json.loads(content)["message"]


# paths ---------------------------------------------------------------------------------------------


HOSTILE = [
    "..", "../x", "a/../../x", "/etc/passwd", "//etc/passwd", "C:/x", "C:x", "..\\x", "a\\..\\..\\x",
    "\\\\host\\share", "a\0b", "a\nb", "\x7f", "n" * 256, "ä" * 128, "/".join(["deep"] * 300), "x/" + "y" * 5000,
]  # fmt: skip


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secret")
    (folder / "secret.txt").write_text("s3cret")
    return folder


@pytest.fixture
def run(host):
    info = host.json("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]
    path = info["artifact_uri"].partition("mlflow-artifacts:/")[2].strip("/")
    assert put(host, f"{path}/in/a.txt")[0] == 200
    (kept,) = host.folder.rglob(f"{info['run_id']}/artifacts/in/a.txt")
    return info["run_id"], path, kept.parents[1]


def asked(run_id, path):
    """Every way to name a file: method, path, body, JSON."""
    encoded, query = quote(path, safe=""), f"run_id={run_id}&path={quote(path, safe='')}"
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        yield method, f"{FILES}/{encoded}", b"x" if method == "PUT" else None, None
    yield "GET", f"{FILES}?path={encoded}", None, None
    yield "GET", f"/api/2.0/mlflow-artifacts/presigned/{encoded}", None, None
    for what in ("create", "complete", "abort"):
        yield "POST", f"{PARTS}/{what}/{encoded}", None, {"path": path, "upload_id": "u", "parts": [{}]}
    for what in ("begin", "complete", "abort"):
        fields = {"digest": "0" * 64, "size": 1, "upload_id": "0" * 32, "parts": [{"part_number": 1, "etag": "1"}]}
        yield "POST", f"{UPLOADS}/{what}/{encoded}", None, fields
    yield "PUT", f"{UPLOADS}/part/{encoded}?upload_id={'0' * 32}&part_number=1&offset=0", b"x", None
    for route in ("/get-artifact", "/api/2.0/mlflow/artifacts/list", "/artifacts/get", "/artifacts/save-folder"):
        yield "GET", f"{route}?{query}", None, None
    for view in ("artifact-folder", "artifact-preview"):
        yield "GET", f"/views/{view}?{query}", None, None


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: repr(path[:20]))
def test_no_route_leads_out(host, run, path):
    run_id, _, folder = run
    before = sorted(folder.parents[2].rglob("*"))
    for method, target, content, body in asked(run_id, path):
        status, _, answer = host.ask(target, body, method, content=content)
        assert status in {400, 404, 501}, (method, target[:200], status, answer[:300])
        assert b"Traceback" not in answer
    assert sorted(folder.parents[2].rglob("*")) == before


def test_no_link_leads_out(host, run, secret):
    run_id, path, folder = run
    (folder / "in" / "link").symlink_to(secret)
    (folder / "in" / "file.txt").symlink_to(secret / "secret.txt")
    (folder / "in" / "loop").symlink_to(folder / "in" / "loop")
    for name in ("in/link/secret.txt", "in/file.txt", "in/loop"):
        for method, target, content, body in asked(run_id, name):
            if "/mpu/" in target or UPLOADS in target or "/presigned/" in target or target.startswith(FILES):
                continue
            status, _, answer = host.ask(target, body, method, content=content)
            assert b"s3cret" not in answer, (method, target)
            assert status in {200, 400, 404}, (method, target, status, answer)
        for method in ("GET", "HEAD"):
            assert host.ask(f"{FILES}/{path}/{name}", method=method)[0] in {400, 404}
    assert host.ask(f"{FILES}/{path}/in/link/new.txt", content=b"x", method="PUT")[0] == 400
    fields = {"digest": "0" * 64, "size": 1}
    assert host.ask(f"{UPLOADS}/begin/{path}/in/link/new.txt", fields)[0] == 400
    assert host.ask(f"{FILES}/{path}/in/link/secret.txt", method="DELETE")[0] == 400
    listed = host.json(f"{FILES}?path={path}/in")["files"]
    assert [entry["path"] for entry in listed if entry["path"] != "loop"] == ["a.txt"]
    # A write to a link's own name, and its removal, are about the link.
    assert host.ask(f"{FILES}/{path}/in/file.txt", content=b"x", method="PUT")[0] == 200
    assert host.ask(f"{FILES}/{path}/in/link", method="DELETE")[0] == 200
    assert [path.name for path in secret.iterdir()] == ["secret.txt"]
    assert (secret / "secret.txt").read_text() == "s3cret"


def test_odd_names_are_one_file_each(host, run):
    run_id, path, _ = run
    for name in ("%2e%2e", "..a", "a..", "...", "~", "con", "a b", "ä", "%", "a%2Fb", "a;b=c", "*", "ñ" * 127):
        target = f"{FILES}/{path}/odd/{quote(name, safe='')}"
        assert host.ask(target, content=name.encode(), method="PUT")[0] == 200, name
        assert host.ask(target)[2] == name.encode()
        query = f"run_id={run_id}&path={quote(f'odd/{name}', safe='')}"
        assert host.ask(f"/get-artifact?{query}")[2] == host.ask(f"/artifacts/get?{query}")[2] == name.encode()
        assert host.ask(target, method="DELETE")[0] == 200
    assert host.json(f"{FILES}?path={path}/odd") == {}


# in parts through a server --------------------------------------------------------------------------


def test_a_file_in_parts_in_any_order(host):
    content, path = os.urandom(3000), "5/parts/a.bin"
    fields = {"digest": hashlib.sha256(content).hexdigest(), "size": len(content)}
    begun = host.json(f"{UPLOADS}/begin/{path}", fields)["upload_id"]
    query = f"upload_id={begun}&part_number"
    for number, at in ((3, 2000), (1, 0), (2, 1000), (2, 1000)):
        target = f"{UPLOADS}/part/{path}?{query}={number}&offset={at}"
        assert host.ask(target, content=content[at : at + 1000], method="PUT")[0] == 200
    assert host.json(f"{FILES}?path=5/parts") == {}
    named = {"upload_id": begun, "digest": fields["digest"]}
    parts = [{"part_number": number, "etag": str(number)} for number in (1, 2, 3)]
    assert host.json(f"{UPLOADS}/complete/{path}", {**named, "parts": parts}) == {}
    status, headers, got = host.ask(f"{FILES}/{path}")
    assert (status, got, headers["Repr-Digest"]) == (200, content, said(content))
    # The first answer may have been lost.
    assert host.json(f"{UPLOADS}/complete/{path}", {**named, "parts": parts}) == {}
    assert host.ask(f"{UPLOADS}/complete/{path}", {**named, "parts": parts, "digest": "0" * 64})[0] == 404


def test_parts_that_cannot_be(host, run):
    _, path, folder = run
    digest = hashlib.sha256(b"ab").hexdigest()
    for bad in ({}, {"digest": digest}, {"digest": "x", "size": 1}, {"digest": digest, "size": -1}):
        assert host.ask(f"{UPLOADS}/begin/{path}/in/new.bin", bad)[0] == 400, bad
    assert host.ask(f"{UPLOADS}/begin/{path}/in", {"digest": digest, "size": 2})[0] == 400  # a folder
    begun = host.json(f"{UPLOADS}/begin/{path}/in/new.bin", {"digest": digest, "size": 2})["upload_id"]
    for upload_id in ("0" * 32, "../../a", "", begun[:-1]):
        target = f"{UPLOADS}/part/{path}/in/new.bin?upload_id={quote(upload_id)}&offset=0"
        assert host.ask(target, content=b"x", method="PUT")[0] in {400, 404}, upload_id
    for at in (-1, 2, 1 << 49, 1 << 60, "x"):
        target = f"{UPLOADS}/part/{path}/in/new.bin?upload_id={begun}&offset={at}"
        assert host.ask(target, content=b"x", method="PUT")[0] == 400, at
    assert (
        host.ask(f"{UPLOADS}/part/{path}/in/new.bin?upload_id={begun}&offset=0", content=b"ax", method="PUT")[0] == 200
    )
    named = {"upload_id": begun, "digest": digest, "parts": [{"part_number": 1, "etag": "1"}]}
    status, _, answer = host.ask(f"{UPLOADS}/complete/{path}/in/new.bin", named)
    assert status == 400
    assert b"arrived damaged" in answer
    assert [entry.name for entry in (folder / "in").iterdir()] == ["a.txt"]
    begun = host.json(f"{UPLOADS}/begin/{path}/in/new.bin", {"digest": digest, "size": 2})["upload_id"]
    assert host.json(f"{UPLOADS}/abort/{path}/in/new.bin", {"upload_id": begun}) == {}
    assert host.ask(f"{UPLOADS}/abort/{path}/in/new.bin", {"upload_id": begun})[0] == 404
    assert [entry.name for entry in (folder / "in").iterdir()] == ["a.txt"]


# a server before an object store ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_s3(tmp_path_factory):
    store = emulators.S3()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment.items():
            patch.setenv(name, value)
        patch.setenv("JUPYTER_TRACKER_DIRECT_TRANSFERS", "on")
        place = f"{store.place()}/root"
        host = hosts.standalone(tmp_path_factory.mktemp("on-s3"), "--artifacts-destination", place)
        yield host, store, place
    assert host.stop() == 0
    store.close()


def test_an_object_is_handed_on_as_a_file_is(on_s3):
    host, store, place = on_s3
    content = os.urandom((9 << 20) + 7)
    assert put(host, "1/big.bin", content, **{"Repr-Digest": said(content)})[0] == 200
    status, headers, got = host.ask(f"{FILES}/1/big.bin")
    assert (status, got, headers["Content-Length"]) == (200, content, str(len(content)))
    assert headers["Repr-Digest"] == said(content)
    assert host.ask(f"{FILES}/1/big.bin", headers={"If-None-Match": headers["ETag"]})[0] == 304
    status, headers, got = host.ask(f"{FILES}/1/big.bin", headers={"Range": "bytes=9000000-9000009"})
    assert (status, got) == (206, content[9_000_000:9_000_010])
    assert host.ask(f"{FILES}/1/big.bin", method="HEAD")[1]["Content-Length"] == str(len(content))
    assert put(host, "1/wrong.bin", content, **{"Repr-Digest": said(b"x")})[0] == 400
    assert [entry["path"] for entry in host.json(f"{FILES}?path=1")["files"]] == ["big.bin"]
    put(host, "1/small.bin", b"abc")
    store.flip(place, "1/small.bin")
    status, _, answer = host.ask(f"{FILES}/1/small.bin")
    assert (status, json.loads(answer)["error_code"]) == (500, "DATA_LOSS")


_CLIENT = """
import sys, hashlib, mlflow
from pathlib import Path
mlflow.set_experiment("parts")
with mlflow.start_run() as run:
    mlflow.log_artifact("big.bin", "in")
client = mlflow.MlflowClient()
local = client.download_artifacts(run.info.run_id, "in/big.bin", "out")
print(run.info.run_id, hashlib.sha256(Path(local).read_bytes()).hexdigest())
"""


def client(host, folder, **more):
    """Upload and download with MLflow's real client; return the run's id and the digest of what came back."""
    (folder / "out").mkdir()
    environment = {
        **os.environ, **host.environment(), "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "6000000",
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": "5242880", "MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE": "4000000",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false", **more,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT], cwd=folder, env=environment, capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split()[-2:]


@pytest.mark.slow
def test_the_real_client_sends_a_large_file_in_parts_past_the_server(on_s3, tmp_path):
    """As its environment says; what it fetches so is what the server tells it."""
    host, store, place = on_s3
    content = os.urandom((16 << 20) + 5)
    (tmp_path / "big.bin").write_bytes(content)
    run_id, digest = client(host, tmp_path, MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD="true")
    assert digest == hashlib.sha256(content).hexdigest()
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    (found,) = (
        entry
        for entry in store.client().list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        if entry["Key"].endswith(f"{run_id}/artifacts/in/big.bin")
    )
    assert found["ETag"].endswith('-4"')  # of four parts


@pytest.mark.slow
def test_the_real_client_falls_back_where_parts_are_not_taken(standalone, tmp_path):
    content = os.urandom((16 << 20) + 5)
    (tmp_path / "big.bin").write_bytes(content)
    names = ("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD")
    _, digest = client(standalone, tmp_path, **dict.fromkeys(names, "true"))
    assert digest == hashlib.sha256(content).hexdigest()


def test_uploads_in_parts_that_cannot_be(on_s3):
    host, store, place = on_s3
    fields = {"digest": "0" * 64, "size": 9_000 * (64 << 20)}
    assert host.ask(f"{UPLOADS}/begin/2/in/a.bin", fields)[0] == 400  # its parts would be too large
    path = f"{PARTS}/create/2/in"
    for bad in ({}, {"path": "a", "num_parts": 0}, {"path": "a", "num_parts": 10_001}, {"path": "/"}, {"path": ".."}):
        assert host.ask(path, bad)[0] == 400, bad
    begun = host.json(path, {"path": "C:\\data\\a.bin", "num_parts": 2})
    assert [part["part_number"] for part in begun["credentials"]] == [1, 2]
    named = {"path": "a.bin", "upload_id": begun["upload_id"]}
    assert host.ask(f"{PARTS}/complete/2/in", named)[0] == 400  # no parts
    wrong = {**named, "parts": [{"part_number": 1, "etag": "0" * 32}]}
    assert host.ask(f"{PARTS}/complete/2/in", wrong)[0] == 400
    assert host.ask(f"{PARTS}/abort/2/in", {**named, "upload_id": "none"})[0] == 404
    assert host.json(f"{PARTS}/abort/2/in", named) == {}
    assert host.json(f"{FILES}?path=2") == {}
    bucket = place.removeprefix("s3://").partition("/")[0]
    assert "Uploads" not in store.client().list_multipart_uploads(Bucket=bucket)
    assert host.ask("/api/2.0/mlflow-artifacts/presigned/2/none.bin")[0] == 404


def test_what_is_told_of_direct_transfers(on_s3, standalone):
    names = ("multipart_uploads_enabled", "multipart_downloads_enabled")
    told = on_s3[0].json("/api/3.0/mlflow/server-info")
    assert [told[name] for name in names] == [True, True]
    told = standalone.json("/api/3.0/mlflow/server-info")
    assert [told[name] for name in names] == [False, False]
    status, _, content = standalone.ask(f"{PARTS}/create/2/in", {"path": "a", "num_parts": 1})
    assert status == 501
    assert json.loads(content)["message"].startswith("Multipart upload is not supported for the current artifact")
