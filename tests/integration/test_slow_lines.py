"""Large bodies over lines that are slow: whoever sends them."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.azure_parts import AzureUploads
from jupyter_tracker.store.rest.transport import HttpTransport
from jupyter_tracker.wire import credentials

LARGE = b"x" * (8 << 20)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.do_PUT()

    def do_PUT(self):
        self.server.arrived.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(201 if "sig=" in self.path else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.arrived = []
        yield server
        server.shutdown()


def _to_a_server(url):
    artifact_store(f"{url}/api/2.0/mlflow-artifacts/artifacts/0/r").write("a.bin", LARGE)


def _to_azure(url):
    AzureUploads("az://c/r", lambda path: f"{url}/{path}?sig=x").send("a.bin", "0" * 24, 1, 0, LARGE)


def _logged(url):
    HttpTransport(url).call("POST", "/api/2.0/mlflow/runs/log-batch", {"text": LARGE.decode()})


@pytest.mark.parametrize("send", [_to_a_server, _to_azure, _logged])
def test_a_large_body_goes_in_pieces(server, send, monkeypatch):
    """The timeout of a connection is for what it is handed at once: of 8 MiB most home lines send less in it."""
    sizes, real = [], http.client.HTTPConnection.send

    def noted(self, data):
        sizes.append(len(data))
        real(self, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", noted)
    url = f"http://127.0.0.1:{server.server_port}"
    credentials.use(url)
    send(url)
    assert len(LARGE) <= server.arrived[0] < len(LARGE) + 100
    assert max(sizes) <= 1 << 16
