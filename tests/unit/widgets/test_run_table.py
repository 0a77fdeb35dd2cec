import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.widgets import RunTable
from tests.unit.widgets.test_widgets import wired


@pytest.fixture
def table(seeded, store):
    table = RunTable("churn", store=store)
    yield table
    table.close()


def names(view):
    return [row["name"] for row in view["rows"]]


def test_columns_are_named_as_in_a_filter(store):
    table = RunTable("churn", columns=["start_time", "note", "metric.f1", "params.m*"], store=store)
    wanted = ["attributes.start_time", "tags.mlflow.note.content", "metrics.f1", "params.m*"]
    assert table.payload["columns"] == wanted
    assert [column["id"] for column in table.view["columns"]] == [*wanted[:3], "params.model"]
    table.close()


@pytest.mark.parametrize(
    "options", [{"columns": ["nonsense"]}, {"group_by": "metrics.f1"}, {"columns": ["dataset.name"]}]
)
def test_what_runs_do_not_have_is_an_error_at_once(store, options):
    with pytest.raises(InvalidParameterError):
        RunTable("churn", store=store, **options)


def test_groups(store):
    table = RunTable("churn", group_by="param.model", store=store)
    assert table.payload["group_by"] == "params.model"
    assert [group["value"] for group in table.view["groups"]] == ["lr", "nn", "rf"]
    assert "rf" in table.mimebundle()["text/html"]
    assert "Runs" in table.mimebundle()["text/plain"]
    table.close()


def test_options_set_in_python_move_the_screen(table):
    wire = wired(table)
    table.filter = "params.model = 'rf'"
    assert names(wire.states("view")[-1]) == ["rf-baseline"]
    assert wire.states("payload")[-1]["filter"] == "params.model = 'rf'"
    table.filter, table.order_by = "", "metrics.f1 desc"
    assert names(wire.states("view")[-1])[0] == "rf-baseline"
    table.columns = ["params.seed"]
    assert [column["id"] for column in table.view["columns"]] == ["params.seed"]
    table.group_by = "params.model"
    assert table.view["groups"]
    # What an older page shows and what it is asked for travel in one message.
    assert all({"view", "payload"} <= data["state"].keys() for data in wire.sent if "view" in data["state"])


def test_a_bad_option_is_an_error_and_the_table_stays(table):
    with pytest.raises(InvalidParameterError):
        table.group_by = "metrics.f1"
    assert names(table.view) == ["long", "lr-0.1", "rf-baseline"]


def test_selected_runs_are_a_frame_in_the_order_they_were_ticked(seeded, store, table):
    table.selection = [seeded.failed, "0" * 32, seeded.forest]
    store.delete_run(seeded.failed)
    frame = table.selected_runs()
    assert list(frame["run_id"]) == [seeded.failed, seeded.forest]
    assert frame["metrics.f1"].iloc[1] == pytest.approx(0.95)
    assert frame["params.model"].tolist() == ["lr", "rf"]


def test_nothing_selected_is_an_empty_frame(table):
    frame = table.selected_runs()
    assert len(frame) == 0
    assert "run_id" in frame


def test_very_many_selected_runs(store, table):
    ids = [store.create_run("0", start_time=i).info.run_id for i in range(1100)]
    table.selection = ids
    assert list(table.selected_runs()["run_id"]) == ids
