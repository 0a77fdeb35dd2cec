"""Our widgets in a real kernel: requests answered beside a running cell, and live cards."""

import os
import queue
import sys
import time
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from jupyter_tracker.server.stores import ServerStores

SEED = """
import jupyter_tracker as tracker
from jupyter_tracker.widgets import RunCard, RunTable
tracker.set_experiment("churn")
for i in range(3):
    with tracker.start_run(run_name=f"run-{i}"):
        tracker.log_param("lr", i)
        tracker.log_metric("f1", i / 10)
table = RunTable("churn", order_by="metrics.f1 desc")
display(table)
"""
BUSY = """
import time
print("started", flush=True)
end = time.monotonic() + 60
while time.monotonic() < end and not table.selection:
    sum(range(1000))
print("ended", flush=True)
"""


class Kernel:
    """A kernel and its messages, in the order they came."""

    def __init__(self, folder):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.kernel_spec.argv[0] = sys.executable
        root = str(Path(__file__).parents[2])
        self.manager.start_kernel(cwd=folder, env={**os.environ, "PYTHONPATH": root})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.messages = []

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def read(self, wanted, seconds=60):
        """Return the next message on iopub for which `wanted` is true; keep all that came before it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            self.messages.append(message)
            if message["msg_type"] == "error":
                pytest.fail("\n".join(message["content"]["traceback"]))
            if wanted(message):
                return message
        pytest.fail("the kernel did not answer in time")

    def run(self, code, seconds=60):
        """Run a cell to its end and return the messages that came meanwhile."""
        before = len(self.messages)
        self.wait_idle(self.client.execute(code), seconds)
        return self.messages[before:]

    def wait_idle(self, request, seconds=60):
        def is_end(message):
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            return idle and message["parent_header"].get("msg_id") == request

        self.read(is_end, seconds)

    def subshell(self):
        """Return the id of a new subshell, where this kernel has them."""
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        reply = self.client.get_control_msg(timeout=60)
        if reply["msg_type"] != "create_subshell_reply":
            pytest.skip("this ipykernel has no subshells")
        return reply["content"]["subshell_id"]

    def send_to_widget(self, comm_id, data, subshell_id=None):
        """Send as a front end does: on the subshell, if there is one."""
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        message["header"]["subshell_id"] = subshell_id
        self.client.shell_channel.send(message)


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.close()


def opened_comms(messages, trait):
    """Return the comms of the widgets that have a trait."""
    opened = [message["content"] for message in messages if message["msg_type"] == "comm_open"]
    return [content["comm_id"] for content in opened if trait in content["data"]["state"]]


def pushed_views(messages):
    """Return the views that widgets sent after they were made."""
    updates = [message["content"]["data"] for message in messages if message["msg_type"] == "comm_msg"]
    return [data["state"]["view"] for data in updates if "view" in data.get("state", {})]


def request(**query):
    return {
        "method": "custom",
        "content": {"kind": "request", "id": "page-2", "path": "/views/run-table", "query": query},
    }


def is_answer(message):
    data = message["content"].get("data", {})
    return message["msg_type"] == "comm_msg" and data.get("method") == "custom" and data["content"]["id"] == "page-2"


def is_print(text):
    return lambda message: message["msg_type"] == "stream" and text in message["content"]["text"]


def test_a_request_is_answered_while_a_cell_is_running(kernel):
    (comm_id,) = opened_comms(kernel.run(SEED), "selection")
    subshell_id = kernel.subshell()
    busy = kernel.client.execute(BUSY)
    kernel.read(is_print("started"))
    kernel.send_to_widget(comm_id, request(order_by="metrics.f1", ascending="true", limit="2"), subshell_id)
    answer = kernel.read(is_answer, seconds=30)["content"]["data"]["content"]
    assert not any(map(is_print("ended"), kernel.messages)), "it was answered only after the cell"
    assert answer["status"] == 200
    assert [row["name"] for row in answer["body"]["rows"]] == ["run-0", "run-1"]
    # A trait that the browser sets reaches the running cell, which ends by it.
    run_id = answer["body"]["rows"][0]["run_id"]
    kernel.send_to_widget(comm_id, {"method": "update", "state": {"selection": [run_id]}}, subshell_id)
    kernel.wait_idle(busy)
    (shown,) = [m for m in kernel.run("print(table.selection)") if m["msg_type"] == "stream"]
    assert run_id in shown["content"]["text"]


def test_without_a_subshell_a_request_is_answered_after_the_cell(kernel):
    (comm_id,) = opened_comms(kernel.run(SEED), "selection")
    kernel.send_to_widget(comm_id, request(limit="1"))
    assert kernel.read(is_answer)["content"]["data"]["content"]["body"]["total"] == 3


def test_a_live_card_is_updated_while_its_cell_is_running(kernel):
    kernel.run("import jupyter_tracker as tracker, time\nfrom jupyter_tracker.widgets import RunCard")
    code = """
with tracker.start_run(run_name="live") as run:
    card = RunCard(run).start()
    handle = display(card, display_id=True)
    pushed = set()  # the steps
    card.observe(lambda change: pushed.update(metric["step"] for metric in change["new"]["metrics"]), "view")
    began, step = time.monotonic(), 0
    while time.monotonic() < began + 3 or (len(pushed) < 2 and time.monotonic() < began + 60):
        tracker.log_metric("loss", 1 / (step + 1), step=step)
        step += 1
        sum(range(2000))  # as a training step has something to do, too
    print("logged for", time.monotonic() - began, flush=True)  # here, and not after the run's end
card.finish()
handle.update(card)
"""
    messages = kernel.run(code, seconds=120)
    (comm_id,) = opened_comms(messages, "panel_id")
    logged = next(index for index, message in enumerate(messages) if is_print("logged")(message))
    seconds = float(messages[logged]["content"]["text"].split()[-1])
    updates = pushed_views(messages[:logged])
    assert 2 <= len(updates) <= seconds * 5 + 1
    steps = [view["metrics"][0]["step"] for view in updates if view["metrics"]]
    assert steps == sorted(steps)
    assert len(set(steps)) >= 2
    # The output was made once and replaced once, whatever was logged; it ends with the last state.
    shown = [message for message in messages if message["msg_type"] in {"display_data", "update_display_data"}]
    assert [message["msg_type"] for message in shown] == ["display_data", "update_display_data"]
    last = shown[-1]["content"]["data"]
    assert "Finished" in last["text/html"]
    assert last["application/vnd.jupyter.widget-view+json"]["model_id"] == comm_id
    assert pushed_views(messages)[-1]["status"] == "FINISHED"


def test_a_card_stops_its_run_while_the_cell_is_running(kernel):
    kernel.run("import jupyter_tracker as tracker, time\nfrom jupyter_tracker.widgets import RunCard")
    code = """
with tracker.start_run(run_name="stopped") as run:
    display(RunCard(run).start())
    try:
        print("started", flush=True)
        time.sleep(120)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""
    busy = kernel.client.execute(code)
    subshell_id = kernel.subshell()
    kernel.read(is_print("started"))
    (comm_id,) = opened_comms(kernel.messages, "pushes")
    stop = {"method": "custom", "content": {"kind": "stop"}}
    kernel.send_to_widget(comm_id, stop, subshell_id)
    kernel.read(is_print("interrupted"))
    kernel.wait_idle(busy)
    # The run has ended: another cell is none of its business.
    after = kernel.client.execute("print('again', flush=True); time.sleep(2); print('whole', flush=True)")
    kernel.read(is_print("again"))
    kernel.send_to_widget(comm_id, stop, subshell_id)
    kernel.read(is_print("whole"))
    kernel.wait_idle(after)


def test_the_server_finds_the_store_that_a_kernel_uses(kernel, tmp_path):
    kernel.run(SEED)
    (shown,) = [m for m in kernel.run("print(table.view['store_id'])") if m["msg_type"] == "stream"]
    stores = ServerStores(tmp_path / "another root", tmp_path / "runtime" / "jupyter_tracker")
    try:
        (entry,) = stores.entries()
        assert entry.store_id == shown["content"]["text"].strip()
        assert stores.get(entry.store_id).get_experiment_by_name("churn") is not None
    finally:
        stores.close()
