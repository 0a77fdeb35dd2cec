"""Scripts and kernels in processes of their own, and stores to point them at."""

import ast
import os
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from jupyter_tracker.artifact_store.local import local_path
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.tracking import provenance

ROOT = Path(__file__).parents[2]


def python(code, *arguments, cwd=None):
    """Start a Python process that runs `code` with the package of this tree; its output is captured."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=cwd,
    )


def finish(process, timeout=120):
    """Wait for a process, fail the test where it failed, and return what it printed."""
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    return out


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tracker.db"


@pytest.fixture
def store(path):
    with_store = open_sqlite(path)
    yield with_store
    with_store.close()


@dataclass
class Reply:
    """What one cell answered: the reply's status and error, and what it sent to the screen."""

    status: str
    count: int
    error: str
    traceback: str
    outputs: list

    @property
    def text(self):
        """What was printed, both streams together."""
        return "".join(output["text"] for kind, output in self.outputs if kind == "stream")

    def bundles(self, mime):
        """The displayed data of one MIME type, updates included, in order."""
        return [output["data"][mime] for _, output in self.outputs if mime in output.get("data", {})]


_IDLE = ("status", {"execution_state": "idle"})


class Kernel:
    """A real kernel in a process of its own, working in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self._replies, self._outputs = {}, {}
        self.manager = KernelManager(kernel_name="python3")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
        # What is run in them is said to come from a notebook, wherever these tests are run.
        for name in ("JPY_SESSION_NAME", *(variable for variable, _ in provenance._JOBS)):
            environment.pop(name, None)
        self.manager.start_kernel(cwd=str(folder), env=environment)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.features = self.client.kernel_info(reply=True, timeout=60)["content"].get("supported_features", [])

    def start(self, code, subshell=None, cell_id=None):
        """Send a cell and go on; `finish` waits for it."""
        message = self.client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True})
        if cell_id is not None:
            message["metadata"]["cellId"] = cell_id  # as JupyterLab does
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def subshell(self):
        """The id of a new subshell: a thread of the kernel that runs code beside the cell."""
        message = self.client.session.msg("create_subshell_request")
        self.client.control_channel.send(message)
        return self.client.get_control_msg(timeout=60)["content"]["subshell_id"]

    def finish(self, message_id, timeout=60):
        """Wait until a cell has answered and everything that it sent has arrived."""
        outputs = self._outputs.pop(message_id, [])
        while not (outputs and outputs[-1] == _IDLE):
            kind, content, parent = self._published(timeout)
            (outputs if parent == message_id else self._outputs.setdefault(parent, [])).append((kind, content))
        outputs.pop()
        # Two shells answer in any order: what belongs to another cell is kept for whoever waits for that one.
        while message_id not in self._replies:
            reply = self.client.get_shell_msg(timeout=timeout)
            self._replies[reply["parent_header"].get("msg_id")] = reply["content"]
        content = self._replies.pop(message_id)
        error = f"{content['ename']}: {content['evalue']}" if content["status"] == "error" else ""
        return Reply(
            content["status"], content.get("execution_count"), error, "\n".join(content.get("traceback", [])), outputs
        )

    def _published(self, timeout):
        message = self.client.get_iopub_msg(timeout=timeout)
        return message["msg_type"], message["content"], message["parent_header"].get("msg_id")

    def run(self, code, timeout=60, subshell=None, cell_id=None):
        """Run a cell to its end."""
        return self.finish(self.start(code, subshell, cell_id), timeout)

    def value(self, expression):
        """The value of a literal that the kernel holds."""
        return ast.literal_eval(self.run(f"print(repr({expression}))").text)

    def wait_for(self, text, timeout=60):
        """Wait until the running cell has printed a text."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["msg_type"] == "stream" and text in message["content"]["text"]:
                return
        raise TimeoutError(text)

    def close(self):
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()


_AS_NEW = """
import os
os.chdir({folder!r})
for name in [name for name in os.environ if name.startswith(("JUPYTER_TRACKER_", "MLFLOW_"))]:
    del os.environ[name]
from jupyter_tracker import errors
from jupyter_tracker.tracking import active, experiments, location
active.close_all(); location.forget(); experiments.forget_experiment(); errors._told.clear()
%reset -f
"""


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory):
    """One kernel for the tests of a module, with the extension loaded: starting one takes seconds."""
    started = Kernel(tmp_path_factory.mktemp("kernel"))
    reply = started.run("%load_ext jupyter_tracker")
    assert reply.status == "ok", reply.traceback
    yield started
    started.close()


@pytest.fixture
def kernel(shared_kernel, tmp_path):
    """A kernel with the extension loaded, as if it had been started for this test in an empty folder."""
    reply = shared_kernel.run(_AS_NEW.format(folder=str(tmp_path)))
    assert reply.status == "ok", reply.traceback
    return shared_kernel


@pytest.fixture
def own_kernel(tmp_path):
    """A kernel that the test may kill or spoil, in an empty folder, without the extension."""
    started = Kernel(tmp_path)
    yield started
    started.close()


@pytest.fixture
def runs(tmp_path):
    """Read the runs of the kernel's store, newest first, from this process."""
    opened = []

    def read(**options):
        if not opened:
            opened.append(open_sqlite(tmp_path / ".jupyter_tracker" / "tracker.db"))
        ids = [experiment.experiment_id for experiment in opened[0].search_experiments()]
        return opened[0].search_runs(ids, **options)

    yield read
    for with_store in opened:
        with_store.close()


@pytest.fixture
def artifact():
    """Read a text artifact of a run; None where there is none. One that is written beside the cell is waited for."""

    def read(run, path, wait_s=0.0):
        file = local_path(run.info.artifact_uri) / path
        deadline = time.monotonic() + wait_s
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return file.read_text(encoding="utf-8") if file.exists() else None

    return read
