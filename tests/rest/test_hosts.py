"""What the hosts themselves are for: files of any size, ranges, probes, refusals, an orderly end."""

import datetime as dt
import hashlib
import http.client
import ipaddress
import json
import os
import re
import signal
import ssl
import threading
import urllib.request
from pathlib import Path

import pytest

from tests import hosts

FILES = "/api/2.0/mlflow-artifacts/artifacts"


def error(answer):
    status, _, content = answer
    body = json.loads(content)
    assert body.keys() == {"error_code", "message"}
    return status, body["error_code"]


def test_a_large_file_is_streamed_both_ways(host, tmp_path):
    """A hundred megabytes, sent without saying how many; the server holds few of them at a time."""
    piece = os.urandom(1 << 20)
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=60)
    headers = {"Authorization": f"Bearer {host.token}"} if host.token else {}
    path = f"{host.prefix}{FILES}/9/big.bin"
    connection.request("PUT", path, iter([piece] * 100), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())) == (200, {})
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    assert answer.headers["Content-Length"] == str(100 << 20)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found = hashlib.sha256()
    while part := answer.read(1 << 20):
        found.update(part)
    assert found.digest() == hashlib.sha256(piece * 100).digest()
    status = Path(f"/proc/{host.process.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 400 << 10


def test_a_file_is_sent_in_parts(host):
    assert host.ask(f"{FILES}/9/part.txt", content=b"0123456789", method="PUT")[0] == 200
    for asked, expected, told in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=0-999", b"0123456789", "bytes 0-9/10"),
    ):
        status, headers, content = host.ask(f"{FILES}/9/part.txt", headers={"Range": asked})
        assert (status, content, headers["Content-Range"]) == (206, expected, told)
    for asked in ("lines=1-2", "bytes=1-2,4-5", "bytes=x-y"):
        assert host.ask(f"{FILES}/9/part.txt", headers={"Range": asked})[::2] == (200, b"0123456789")
    assert host.ask(f"{FILES}/9/part.txt", headers={"Range": "bytes=10-"})[0] == 416


def test_nothing_is_kept_of_an_upload_that_breaks_off(host):
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    token = f"Authorization: Bearer {host.token}\r\n" if host.token else ""
    connection.connect()
    connection.sock.sendall(
        f"PUT {host.prefix}{FILES}/9/half.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n{token}"
        f"Content-Length: 5000000\r\n\r\n".encode()
        + b"x" * 3_000_000
    )
    connection.close()
    for _ in range(100):
        listed = host.json(f"{FILES}?path=9").get("files", [])
        names = {entry["path"] for entry in listed}
        folder = next(host.folder.rglob("artifacts")) / "9"
        if not list(folder.glob(".jupyter-tracker-partial*")):
            break
    assert "half.bin" not in names
    assert not list(folder.glob(".jupyter-tracker-partial*"))


@pytest.mark.parametrize("path", ["%2e%2e/tracker.db", "a/%2e%2e/%2e%2e/x.db", "..%5ctracker.db", "%2fetc/passwd"])
def test_no_path_leads_out_however_it_is_written(host, path):
    assert error(host.ask(f"{FILES}/{path}")) == (400, "INVALID_PARAMETER_VALUE")
    assert error(host.ask(f"{FILES}/{path}", content=b"x", method="PUT")) == (400, "INVALID_PARAMETER_VALUE")


def test_a_body_must_say_that_it_is_json(host):
    path, headers = "/api/2.0/mlflow/experiments/create", {"Content-Type": "text/plain"}
    answer = host.ask(path, content=b'{"name": "x"}', headers=headers)
    assert error(answer) == (400, "INVALID_PARAMETER_VALUE")
    for content in (b"{", b"[]", b"[" * 100_000, b"\xff"):
        headers = {"Content-Type": "application/json"}
        assert host.ask("/api/2.0/mlflow/experiments/create", content=content, headers=headers)[0] == 400


def test_a_body_may_be_packed(host):
    import gzip

    run_id = host.json("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
    body = json.dumps({"run_id": run_id, "metrics": [{"key": "a", "value": 1, "timestamp": 1, "step": 0}]}).encode()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    log_batch = "/api/2.0/mlflow/runs/log-batch"
    assert host.ask(log_batch, content=gzip.compress(body), headers=headers)[0] == 200
    assert host.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]["data"]["metrics"][0]["key"] == "a"
    assert host.ask(log_batch, content=b"nonsense", headers=headers)[0] == 400
    bomb = gzip.compress(b" " * (100 << 20))
    assert host.ask(log_batch, content=bomb, headers=headers)[0] == 413


def test_unknown_paths_and_methods_have_the_one_shape(host):
    assert error(host.ask("/api/2.0/mlflow/nothing")) == (404, "ENDPOINT_NOT_FOUND")
    assert error(host.ask("/api/2.0/mlflow/runs/create")) == (405, "BAD_REQUEST")


# standing alone ---------------------------------------------------------------------------------------


def test_probes_and_figures(standalone):
    assert standalone.ask("/health")[::2] == (200, b"OK")
    assert standalone.ask("/version")[0] == 200
    standalone.ask("/api/2.0/mlflow/experiments/get?experiment_id=0")
    text = standalone.ask("/metrics")[2].decode()
    assert 'jupyter_tracker_requests_total{method="GET",route="/api/2.0/mlflow/experiments/get",status="200"}' in text
    assert 'le="+Inf"' in text


def test_answers_carry_security_headers(standalone):
    headers = standalone.ask("/api/2.0/mlflow/experiments/get?experiment_id=0")[1]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cache-control"] == "no-store"


def test_pages_of_other_sites_are_refused(standalone):
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    assert error(standalone.ask(path, headers={"Host": "evil.example"})) == (403, "PERMISSION_DENIED")
    assert error(standalone.ask(path, headers={"Origin": "https://evil.example"})) == (403, "PERMISSION_DENIED")
    assert standalone.ask(path, headers={"Origin": f"http://127.0.0.1:{standalone.port}"})[0] == 200
    assert standalone.ask(path, headers={"Host": f"localhost:{standalone.port}"})[0] == 200


def test_files_outside_of_the_roots_are_not_served(standalone, tmp_path):
    (tmp_path / "secret.txt").write_text("s3cret")
    made = standalone.json(
        "/api/2.0/mlflow/experiments/create", {"name": "out", "artifact_location": tmp_path.as_uri()}
    )
    run = standalone.json("/api/2.0/mlflow/runs/create", made)["run"]["info"]
    folder = tmp_path / run["run_id"] / "artifacts"
    folder.mkdir(parents=True)
    (folder / "secret.txt").write_text("s3cret")
    query = f"run_id={run['run_id']}&path=secret.txt"
    for path in (f"/get-artifact?{query}", f"/artifacts/get?{query}", f"/views/artifact-preview?{query}"):
        assert error(standalone.ask(path)) == (403, "PERMISSION_DENIED"), path
    assert error(standalone.ask(f"/api/2.0/mlflow/artifacts/list?{query}")) == (403, "PERMISSION_DENIED")


def test_what_is_being_answered_is_finished_and_all_is_kept(tmp_path):
    host = hosts.standalone(tmp_path / "server")
    run_id = host.json("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
    answered = []

    def log():
        for step in range(10_000):
            body = {"run_id": run_id, "key": "loss", "value": step, "timestamp": 1, "step": step}
            try:
                if host.ask("/api/2.0/mlflow/runs/log-metric", body)[0] == 200:
                    answered.append(step)
            except OSError:
                return

    thread = threading.Thread(target=log)
    thread.start()
    while len(answered) < 50:
        pass
    assert host.stop() == 0
    thread.join()
    host.start()
    host.wait()
    history = host.json(f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss")["metrics"]
    assert {point["step"] for point in history} >= set(answered)
    assert not list((host.folder / "tracker.db.runs").glob("*.journal"))
    host.stop()


@pytest.mark.crash
def test_what_was_answered_survives_a_kill_under_load(tmp_path):
    """Eight clients log while the server is killed, thrice; each point that was answered is there, once."""
    host = hosts.standalone(tmp_path / "server")
    runs = [host.json("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"] for _ in range(8)]
    answered = {run_id: set() for run_id in runs}
    over = threading.Event()

    def log(run_id):
        step = 0
        while not over.is_set():
            step += 1
            body = {"run_id": run_id, "key": "loss", "value": step, "timestamp": 1, "step": step}
            try:
                if host.ask("/api/2.0/mlflow/runs/log-metric", body)[0] == 200:
                    answered[run_id].add(step)
            except (OSError, http.client.HTTPException):
                over.wait(0.05)

    threads = [threading.Thread(target=log, args=(run_id,)) for run_id in runs]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = sum(map(len, answered.values()))
        while sum(map(len, answered.values())) < before + 200:
            over.wait(0.01)
        host.kill()
        host.start()
        host.wait()
    over.set()
    for thread in threads:
        thread.join()
    for run_id in runs:
        history = host.json(f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss")["metrics"]
        steps = [point["step"] for point in history]
        assert len(steps) == len(set(steps))
        assert set(steps) >= answered[run_id]
        assert host.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]["info"]["status"] == "RUNNING"
    assert host.stop() == 0


def test_workers_see_each_others_writes_at_once(tmp_path):
    host = hosts.standalone(tmp_path / "server", "--workers", "2")
    run_id = host.json("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
    for step in range(60):
        body = {"run_id": run_id, "key": "loss", "value": step, "timestamp": 1, "step": step}
        assert host.ask("/api/2.0/mlflow/runs/log-metric", body)[0] == 200
        (metric,) = host.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]["data"]["metrics"]
        assert metric["step"] == step
    # Each answers for all of them.
    expected = 'requests_total{method="POST",route="/api/2.0/mlflow/runs/log-metric",status="200"} 60\n'
    for _ in range(8):
        hosts.wait_until(lambda: expected in host.ask("/metrics")[2].decode())
    assert host.stop() == 0


def test_https(tmp_path):
    certificate = certificate_of_localhost(tmp_path)
    host = hosts.standalone(tmp_path / "server", f"--tls-cert={certificate}", wait=False)
    trusting = ssl.create_default_context(cafile=certificate)

    def answer():
        with urllib.request.urlopen(f"https://127.0.0.1:{host.port}/version", context=trusting, timeout=30) as found:
            return found.status == 200

    hosts.wait_until(answer)
    hosts.wait_until(lambda: f"at https://127.0.0.1:{host.port}" in host.log.read_text())
    hosts.check_as_the_image(host.port)
    assert host.stop() == 0


def certificate_of_localhost(folder):
    """Return the path of a certificate for 127.0.0.1 with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "both.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    return path


def test_the_command_of_mlflows_page_runs(tmp_path):
    """`mlflow server …` with `mlflow` replaced, on every address: a folder is recorded as it is, and a token shown."""
    host = hosts.standalone(tmp_path / "server", "--default-artifact-root", "./mlartifacts", "--host", "0.0.0.0")
    log = host.log.read_text()
    assert "MLFLOW_TRACKING_TOKEN=jt_" in log
    assert "folder of this machine" in log
    path = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    assert error(host.ask(path)) == (401, "UNAUTHENTICATED")
    host.token = log.partition("MLFLOW_TRACKING_TOKEN=")[2].split()[0]
    location = host.json(path)["experiment"]["artifact_location"]
    assert location == f"{(tmp_path / 'server' / 'mlartifacts').as_uri()}/0"
    assert host.stop(signal.SIGINT) == 0
