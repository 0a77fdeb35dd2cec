import io
import json
import os
import threading
import time
import uuid
import warnings
import zipfile

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import ResourceDoesNotExistError, TrackerWarning
from jupyter_tracker.views.panel import MIME_TYPE
from jupyter_tracker.widgets import RunCard, RunTable, _base, _live

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Wire:
    """A comm without a front end: keeps what is sent."""

    kernel = object()
    comm_id = "c" * 32

    def __init__(self):
        self.sent = []
        self.buffers = []

    def send(self, data=None, buffers=None):
        self.sent.append(data)
        self.buffers += buffers or []

    def on_msg(self, callback):
        pass

    def close(self):
        pass

    def states(self, name):
        return [data["state"][name] for data in self.sent if name in data.get("state", {})]

    def answers(self):
        return [data["content"] for data in self.sent if data["method"] == "custom"]


def wired(widget):
    widget.comm.close()
    wire = Wire()
    # Past the trait: up to ipywidgets 8.0.4 it takes ipykernel's own comms only.
    widget._trait_values["comm"] = wire
    return wire


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def card(seeded, store):
    card = RunCard(seeded.running, store=store)
    yield card
    card.close()


@pytest.fixture
def table(seeded, store):
    table = RunTable(store=store)
    yield table
    table.close()


@pytest.mark.parametrize(
    "make", [lambda s: RunCard(s.forest, store=s.store), lambda s: RunTable("churn", store=s.store)]
)
def test_an_output_has_every_form_and_is_small(seeded, make):
    data, metadata = make(seeded)._repr_mimebundle_()
    assert list(data) == [MIME_TYPE, WIDGET_VIEW, "text/html", "text/plain"]
    assert metadata == {}
    assert "rf-baseline" in data["text/html"]
    assert "rf-baseline" in data["text/plain"]
    assert len(json.dumps(data)) < 20_000


def test_the_payload_carries_ids_and_options_only(seeded, store):
    table = RunTable(
        ["churn", "nothing here"], "metrics.f1 > 0", "metrics.f1 DESC", ["metrics.f1"], store, max_results=5
    )
    assert table.payload == {
        "version": 1,
        "panel": "run_table",
        "store_id": store.store_id,
        "panel_id": table.panel_id,
        "run_id": None,
        "experiment_ids": [seeded.experiment, seeded.empty],
        "filter": "metrics.f1 > 0",
        "order_by": {"column": "metrics.f1", "ascending": False},
        "columns": ["metrics.f1"],
        "group_by": None,
        "max_results": 5,
        "curves": None,
        "comparison": None,
        "dashboard": None,
        "model": None,
    }
    card = RunCard(store.get_run(seeded.forest), store=store)
    assert (card.payload["panel"], card.payload["run_id"]) == ("run_card", seeded.forest)
    assert len(card.panel_id) == 32
    assert card.panel_id != table.panel_id


def test_the_first_page_is_in_the_state(seeded, store):
    table = RunTable(seeded.experiment, order_by="metrics.f1", store=store)
    assert [row["name"] for row in table.view["rows"]] == ["long", "rf-baseline", "lr-0.1"]
    json.dumps(table.get_state(), allow_nan=False)


def test_an_unknown_experiment_names_a_near_one(store):
    with pytest.raises(ResourceDoesNotExistError, match="did you mean 'churn'"):
        RunTable("chrun", store=store)


def test_a_bad_filter_is_shown_not_raised(store):
    table = RunTable(filter="metrics.f1 >", store=store)
    assert table.view["error"]["message"]
    assert "<p>" in table._html()
    assert "^" in table._text()


def test_a_table_can_be_read_again(seeded, store, table):
    store.create_run(seeded.experiment, run_name="new")
    wire = wired(table)
    table.refresh()
    assert [view["rows"][0]["name"] for view in wire.states("view")] == ["new"]


def test_a_card_sends_its_state_only_when_it_changed(seeded, store, card):
    wire = wired(card)
    assert card.refresh()
    assert card.refresh()
    assert wire.states("view") == []
    store.log_batch(seeded.running, metrics=[Metric("f1", 7.0, 2_000_000_000_000, 5000)])
    assert card.refresh()
    (view,) = wire.states("view")
    assert next(item for item in view["metrics"] if item["key"] == "f1")["value"] == 7.0


def test_a_live_card_follows_its_run_and_stops_with_it(seeded, store, card):
    wire = wired(card)
    card.start()
    store.log_batch(seeded.running, metrics=[Metric("acc", 0.5, 1, 0)])
    wait_for(lambda: any(item["key"] == "acc" for view in wire.states("view") for item in view["metrics"]))
    store.update_run(seeded.running, status="FINISHED", end_time=2_000_000_000_000)
    wait_for(lambda: wire.states("view")[-1]["status"] == "FINISHED")
    wait_for(lambda: not refreshing())


def test_a_live_card_sends_five_times_a_second_at_most(seeded, store, card):
    wire = wired(card)
    card.start()
    started = time.monotonic()
    step = 0
    while time.monotonic() - started < 1.5:
        store.log_batch(seeded.running, metrics=[Metric("acc", step, 1, step)])
        step += 1
    assert 1 <= len(wire.states("view")) <= 8
    card.finish()
    metrics = {item["key"]: item["step"] for item in wire.states("view")[-1]["metrics"]}
    assert metrics["acc"] == step - 1


def test_finish_shows_the_last_state_and_stops(seeded, store, card):
    wire = wired(card)
    card.start()
    store.log_batch(seeded.running, metrics=[Metric("last", 1.0, 1, 0)])
    card.finish()
    sent = len(wire.states("view"))
    assert any(item["key"] == "last" for item in wire.states("view")[-1]["metrics"])
    assert "last" in card.mimebundle()["text/html"]
    store.log_batch(seeded.running, metrics=[Metric("later", 1.0, 1, 0)])
    wait_for(lambda: not refreshing())
    assert len(wire.states("view")) == sent


def test_a_card_whose_browser_has_a_server_costs_nothing(seeded, store, card):
    wire = wired(card)
    card.start()
    card.pushes = False
    wait_for(lambda: not refreshing())
    store.log_batch(seeded.running, metrics=[Metric("acc", 0.5, 1, 0)])
    card.pushes = True
    wait_for(lambda: any(item["key"] == "acc" for view in wire.states("view") for item in view["metrics"]))
    card.pushes = False
    card.finish()
    card.pushes = True
    wait_for(lambda: not refreshing())


def test_an_ended_run_starts_no_thread(seeded, store):
    RunCard(seeded.forest, store=store).start()
    assert not refreshing()


def test_all_cards_share_one_thread_that_ends_with_them(seeded, store):
    cards = [RunCard(seeded.running, store=store).start() for _ in range(5)]
    assert len(refreshing()) == 1
    for card in cards:
        card.close()
    wait_for(lambda: not refreshing())


def test_a_card_that_fails_warns_and_tries_again_and_leaves_the_others_alone(monkeypatch):
    class Broken:
        count = 0

        def refresh(self):
            self.count += 1
            raise RuntimeError("disk on fire")

    class Fine(Broken):
        def refresh(self):
            self.count += 1
            return self.count < 3

    monkeypatch.setattr(_live, "_INTERVAL_S", 0.01)
    broken, fine = Broken(), Fine()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _live.keep_fresh(broken)
        _live.keep_fresh(fine)
        wait_for(lambda: not refreshing())
    assert broken.count == 10
    assert fine.count == 3
    assert {warning.category for warning in caught} == {TrackerWarning}
    assert "disk on fire" in str(caught[0].message)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_refreshes_what_is_its_own(seeded, store):
    class Once:
        seen = threading.Event()

        def refresh(self):
            self.seen.set()
            return False

    card = RunCard(seeded.running, store=store).start()
    child = os.fork()
    if child == 0:
        once = Once()
        _live.keep_fresh(once)
        os._exit(0 if once.seen.wait(60) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    card.close()
    wait_for(lambda: not refreshing())


def refreshing():
    return [thread for thread in threading.enumerate() if thread.name == "jupyter-tracker-cards"]


# requests of the browser ----------------------------------------------------------------------------


def ask(widget, content):
    wire = wired(widget)
    widget._handle_custom_msg(content, [])
    return wire.answers()


def test_a_request_is_answered_under_its_id(seeded, store, table):
    query = {"store": store.store_id, "experiment_ids": seeded.experiment, "offset": "1", "limit": "1"}
    (answer,) = ask(table, {"kind": "request", "id": "x-1", "path": "/views/run-table", "query": query})
    assert (answer["kind"], answer["id"], answer["status"]) == ("response", "x-1", 200)
    assert [row["name"] for row in answer["body"]["rows"]] == ["lr-0.1"]


def test_numbers_in_a_query_are_read_too(table):
    (answer,) = ask(table, {"kind": "request", "id": "1", "path": "/views/run-table", "query": {"limit": 1}})
    assert len(answer["body"]["rows"]) == 1


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/views/nothing", {}, 404),
        (None, {}, 404),
        ("/views/run-card", None, 400),
        ("/views/run-card", {"run_id": "0" * 32}, 404),
        ("/views/experiments", {"store": "f" * 32}, 404),
    ],
)
def test_what_cannot_be_answered_is_an_error_in_the_one_shape(table, path, query, status):
    (answer,) = ask(table, {"kind": "request", "id": "1", "path": path, "query": query})
    assert answer["status"] == status
    assert answer["body"].keys() == {"error_code", "message"}


def test_a_write_is_done_in_the_widgets_own_store(seeded, store, table):
    write = {"kind": "request", "id": "1", "method": "POST", "path": "/runs/rename", "query": {}}
    body = {"run_id": seeded.forest, "name": "forest"}
    (answer,) = ask(table, write | {"body": body | {"store": "f" * 32}})
    assert (answer["status"], answer["body"]["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    right = write | {"id": "2", "body": body | {"store": store.store_id}}
    (answer,) = ask(table, right)
    assert (answer["status"], answer["body"]) == (200, answer["body"] | {"updated": 1})
    assert store.get_run(seeded.forest).info.run_name == "forest"
    # A page that has no answer yet sends it again: it is done once.
    store.update_run(seeded.forest, run_name="renamed since")
    assert ask(table, right) == []
    assert store.get_run(seeded.forest).info.run_name == "renamed since"


@pytest.mark.parametrize("body", [None, [], "text", {}])
def test_a_write_without_a_body_is_refused(table, body):
    (answer,) = ask(table, {"kind": "request", "id": "1", "method": "POST", "path": "/runs/delete", "body": body})
    assert (answer["status"], answer["body"]["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def fetched(widget, route, **query):
    """Return the answer to a request for a file, and the buffers beside it."""
    wire = wired(widget)
    widget._handle_custom_msg({"kind": "request", "id": uuid.uuid4().hex, "path": route, "query": query}, [])
    (answer,) = wire.answers()
    return answer, wire.buffers


def test_a_file_travels_over_the_comm_as_a_buffer(seeded, table):
    answer, buffers = fetched(table, "/artifacts/get", run_id=seeded.forest, path="report.txt")
    assert (answer["status"], answer["body"], buffers) == (200, None, [b"fine\n"])
    answer, (packed,) = fetched(table, "/artifacts/save-folder", run_id=seeded.forest, path="model")
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist() == ["MLmodel"]


def test_what_is_too_large_for_a_message_is_refused(seeded, table, monkeypatch):
    monkeypatch.setattr(_base, "MAX_FILE_BYTES", 4)
    for path in ("/artifacts/get", "/artifacts/save-folder"):
        answer, buffers = fetched(table, path, run_id=seeded.forest, path="report.txt" if "get" in path else "model")
        assert (answer["status"], buffers) == (400, [])
        assert "download_artifacts" in answer["body"]["message"]


@pytest.mark.parametrize("content", [None, "text", 5, [], {}, {"kind": "other"}, {"kind": "anywidget-command"}])
def test_other_messages_are_left_alone(table, content):
    assert ask(table, content) == []


def test_a_selection_in_the_browser_arrives(table):
    table._handle_msg({"content": {"data": {"method": "update", "state": {"selection": ["a", "b"]}}}})
    assert table.selection == ["a", "b"]


# what the browser runs ------------------------------------------------------------------------------


def test_the_module_is_the_built_one(store, monkeypatch, tmp_path):
    (tmp_path / "run_table.js").write_text("export default {};", encoding="utf-8")
    monkeypatch.setattr(_base, "_STATIC", tmp_path)
    _base._module_text.cache_clear()
    assert RunTable(store=store)._esm == "export default {};"
    _base._module_text.cache_clear()


def test_a_module_that_is_not_built_says_how(store, monkeypatch, tmp_path):
    monkeypatch.setattr(_base, "_STATIC", tmp_path)
    _base._module_text.cache_clear()
    assert "npm --prefix labextension" in RunTable(store=store)._esm
    _base._module_text.cache_clear()


def test_cards_share_one_class_and_tables_have_another_id(seeded, store, card, table):
    other = RunCard(seeded.running, store)
    assert type(other) is type(card) is RunCard
    assert {"_esm", "_anywidget_id", "view"} <= set(card.get_state())
    assert card._anywidget_id == other._anywidget_id != table._anywidget_id
    other.close()


def test_only_our_own_comms_are_told_where_to_answer(table):
    class Comm:
        def _reply_subshell_for(self, data, default):
            return "the shell that is busy"

    ours, other = Comm(), Comm()
    _base._answer_beside_cells(ours)
    assert ours._reply_subshell_for({}, "subshell") == "subshell"
    assert other._reply_subshell_for({}, "subshell") == "the shell that is busy"
    _base._answer_beside_cells(object())
