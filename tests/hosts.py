"""Our two hosts for the tests, each a process of its own on a free port of the loopback interface."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOKEN = "rest-tests"
_START_S = 60
_PORT_TAKEN = ("because port", "Another program has this port")


class Host:
    """A server that runs: where it is, and what a client needs to be let in."""

    def __init__(self, command, folder, token=None, more=None):
        self.folder, self.token, self._command, self._more = folder, token, command, more or {}
        self.port = free_port()
        self.prefix = ""
        self.start()

    def start(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        environment |= {"PYTHONPATH": str(ROOT), "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data")}
        environment |= {f"JUPYTER_{kind}_DIR": str(self.folder / kind.lower()) for kind in ("RUNTIME", "CONFIG")}
        environment.pop("JUPYTER_TRACKER_URI", None)
        environment |= self._more
        self.log = self.folder / "server.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._command, f"--port={self.port}"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def environment(self):
        return {"MLFLOW_TRACKING_URI": self.url, **({"MLFLOW_TRACKING_TOKEN": self.token} if self.token else {})}

    def ask(self, path, body=None, method=None, headers=None, content=None):
        """Return status, headers and bytes of an answer, whatever the status."""
        data = content if content is not None else None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data, {**given, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def json(self, path, body=None, method=None):
        status, _, content = self.ask(path, body, method)
        assert status == 200, (status, content, self.log.read_text()[-2000:])
        return json.loads(content)

    def wait(self, path="/health"):
        for _ in range(_START_S * 20):
            if self.process.poll() is not None:
                said = self.log.read_text()[-3000:]
                # Another has taken it between its being found free and being listened to.
                assert any(words in said for words in _PORT_TAKEN), said
                self.log.unlink()
                self.port = free_port()
                self.start()
            with contextlib.suppress(OSError):
                if self.ask(path)[0] == 200:
                    return self
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text()[-3000:])

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        return self.process.returncode

    def kill(self):
        self.stop(signal.SIGKILL)


def standalone(folder, *options, wait=True):
    """Start `jupyter tracker server` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["-m", "jupyter_tracker", "server", "--backend-store-uri", "sqlite:///tracker.db", *options]
    host = Host(command, folder)
    return host.wait() if wait else host


def in_jupyter(folder):
    """Start a Jupyter server, under a base URL, with our extension."""
    root = folder / "work"
    root.mkdir(parents=True, exist_ok=True)
    command = ["-m", "jupyter", "server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}", "--ServerApp.base_url=/some/base/"]
    command += ["--ServerApp.jpserver_extensions", "jupyter_tracker.server=True"]
    host = Host([*command, "--ServerApp.port_retries=0"], folder, TOKEN)
    host.prefix = "/some/base/jupyter-tracker"
    return host.wait("/views/stores")


def wait_until(holds, seconds=_START_S):
    """Wait until something holds; a connection that fails is asked again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if holds():
                return
        time.sleep(0.05)
    raise TimeoutError


def check_as_the_image(port):
    """Ask a server whether it is well as the image of docs/deploy does, by HTTP or HTTPS."""
    dockerfile = (ROOT / "docs" / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    python, option, code = json.loads(re.search(r"HEALTHCHECK.*\n\s+CMD (\[.*\])$", dockerfile, re.MULTILINE)[1])
    assert python == "python"
    subprocess.run([sys.executable, option, code.replace(":5000/", f":{port}/")], check=True, timeout=60)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
