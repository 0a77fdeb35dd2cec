import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.routes import ROUTES
from jupyter_tracker.entities import RunTag
from tests.unit.api.test_dispatch import Host

WRITES = [route.path for route in ROUTES if route.method == "POST"]
NOTE = "mlflow.note.content"


@pytest.fixture
def post(store, undone):
    def post(path, **body):
        response = dispatch(Host(store), "POST", path, {}, {"store": store.store_id} | body)
        undone.extend(response.body.pop("undo", []))
        return response.status, response.body

    return post


@pytest.fixture
def undone():
    """What would undo all that a test has written, first to last."""
    return []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/runs/set-tag", {"run_ids": "ALL", "key": "author", "value": "bob"}),
        ("/runs/set-tag", {"run_ids": "ALL", "key": "new", "value": ""}),
        ("/runs/delete-tag", {"run_ids": "ALL", "key": "author"}),
        ("/runs/rename", {"run_id": "ONE", "name": "other"}),
        ("/runs/note", {"run_id": "ONE", "text": "other"}),
        ("/runs/note", {"run_id": "ONE", "text": ""}),
        ("/runs/delete", {"run_ids": "ALL"}),
        ("/runs/restore", {"run_ids": "ALL"}),
    ],
)
def test_every_write_can_be_undone(post, seeded, store, undone, path, body):
    every = [seeded.forest, seeded.failed, seeded.running]
    store.set_tag(seeded.failed, RunTag("author", "carol"))
    if path == "/runs/restore":
        store.delete_run(seeded.failed)
    before = [store.get_run(run_id) for run_id in every]
    given = {key: {"ALL": every, "ONE": seeded.forest}.get(value, value) for key, value in body.items()}
    status, answer = post(path, **given)
    assert (status, answer["updated"] > 0) == (200, True)
    assert [store.get_run(run_id) for run_id in every] != before
    undo, undone[:] = list(undone), []
    for request in undo:
        assert post(request["path"], **request["body"])[0] == 200
    assert [store.get_run(run_id) for run_id in every] == before


def test_what_changed_nothing_has_nothing_to_undo(post, seeded, undone):
    assert post("/runs/delete-tag", run_ids=[seeded.failed], key="author") == (200, {"updated": 0})
    assert post("/runs/rename", run_id=seeded.forest, name="rf-baseline") == (200, {"updated": 0})
    assert undone == []


def tags(seeded, run_id):
    return seeded.store.get_run(run_id).data.tags


def test_a_tag_is_set_on_many_runs_and_only_the_changed_ones_count(post, seeded):
    runs = [seeded.forest, seeded.failed, seeded.forest]
    assert post("/runs/set-tag", run_ids=runs, key="author", value="alice") == (200, {"updated": 1})
    assert tags(seeded, seeded.failed)["author"] == "alice"
    assert "author" not in tags(seeded, seeded.running)
    assert post("/runs/set-tag", run_ids=runs, key="author", value="alice") == (200, {"updated": 0})


def test_a_tag_is_removed_where_it_is(post, seeded):
    both = [seeded.forest, seeded.failed]
    assert post("/runs/delete-tag", run_ids=both, key="author") == (200, {"updated": 1})
    assert "author" not in tags(seeded, seeded.forest)
    assert post("/runs/delete-tag", run_ids=both, key="author") == (200, {"updated": 0})


def test_a_run_gets_another_name(post, seeded):
    assert post("/runs/rename", run_id=seeded.forest, name="  forest <b> ") == (200, {"updated": 1})
    run = seeded.store.get_run(seeded.forest)
    assert (run.info.run_name, run.data.tags["mlflow.runName"]) == ("forest <b>", "forest <b>")
    assert post("/runs/rename", run_id=seeded.forest, name="forest <b>") == (200, {"updated": 0})


def test_a_note_is_written_and_removed(post, seeded):
    assert post("/runs/note", run_id=seeded.failed, text="NaN in *x*") == (200, {"updated": 1})
    assert tags(seeded, seeded.failed)[NOTE] == "NaN in *x*"
    assert post("/runs/note", run_id=seeded.failed, text="") == (200, {"updated": 1})
    assert NOTE not in tags(seeded, seeded.failed)
    assert post("/runs/note", run_id=seeded.failed, text="") == (200, {"updated": 0})


def test_runs_go_into_the_trash_and_out_of_it(post, seeded):
    both = [seeded.forest, seeded.failed]
    assert post("/runs/delete", run_ids=both) == (200, {"updated": 2})
    assert {seeded.store.get_run(run).info.lifecycle_stage for run in both} == {"deleted"}
    assert post("/runs/delete", run_ids=both) == (200, {"updated": 0})
    assert post("/runs/restore", run_ids=[seeded.forest]) == (200, {"updated": 1})
    assert seeded.store.get_run(seeded.forest).info.lifecycle_stage == "active"
    assert seeded.store.get_run(seeded.failed).info.lifecycle_stage == "deleted"


def test_one_unknown_run_and_nothing_is_written(post, seeded):
    status, body = post("/runs/set-tag", run_ids=[seeded.forest, "0" * 32], key="team", value="blue")
    assert (status, body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "1 of 2 runs" in body["message"]
    assert "0" * 32 in body["message"]
    assert "team" not in tags(seeded, seeded.forest)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/runs/delete", {}, "run_ids: a list of texts is expected, not nothing"),
        ("/runs/delete", {"run_ids": "RUN"}, "not str"),
        ("/runs/delete", {"run_ids": []}, "1 to 1,000"),
        ("/runs/delete", {"run_ids": ["x"] * 1001}, "not 1,001"),
        ("/runs/delete", {"run_ids": [1]}, "a list of texts"),
        ("/runs/delete", {"run_ids": ["RUN"], "store": 5}, "store: a text is expected"),
        ("/runs/set-tag", {"run_ids": ["RUN"], "value": "x"}, "'key' is missing"),
        ("/runs/set-tag", {"run_ids": ["RUN"], "key": "a", "value": 1}, "a text is expected, not int"),
        ("/runs/set-tag", {"run_ids": ["RUN"], "key": "", "value": "x"}, "non-empty"),
        ("/runs/set-tag", {"run_ids": ["RUN"], "key": "../a", "value": "x"}, "not allowed"),
        ("/runs/set-tag", {"run_ids": ["RUN"], "key": "a", "value": "x" * 8001}, "8000"),
        ("/runs/rename", {"run_id": "RUN", "name": "  "}, "needs a name"),
        ("/runs/rename", {"run_id": "RUN"}, "'name' is missing"),
        ("/runs/rename", {"run_id": "0" * 32, "name": "x"}, "0000"),
        ("/runs/note", {"run_id": "RUN", "text": None}, "'text' is missing"),
        ("/runs/note", {"run_id": "RUN", "text": "x" * 8001}, "8000"),
    ],
)
def test_what_cannot_be_written_says_why(post, seeded, path, body, message):
    def named(value):
        return seeded.forest if value == "RUN" else value

    before = seeded.store.get_run(seeded.forest)
    given = {key: [named(i) for i in v] if isinstance(v, list) else named(v) for key, v in body.items()}
    status, answer = post(path, **given)
    assert 400 <= status < 500
    assert message in answer["message"]
    assert seeded.store.get_run(seeded.forest) == before


def test_a_deleted_run_is_restored_before_it_is_written_to(post, seeded):
    seeded.store.delete_run(seeded.forest)
    status, body = post("/runs/set-tag", run_ids=[seeded.forest], key="team", value="blue")
    assert status == 400
    assert "Restore it first" in body["message"]


@pytest.mark.parametrize("path", WRITES)
def test_no_get_writes(seeded, store, path):
    query = {"run_ids": seeded.forest, "run_id": seeded.forest, "key": "a", "value": "b", "name": "c", "text": "d"}
    before = store.get_run(seeded.forest)
    assert dispatch(Host(store), "GET", path, query, query).status == 405
    assert store.get_run(seeded.forest) == before
