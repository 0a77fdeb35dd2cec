import json
import re

import pytest
from traitlets import TraitError

from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.panel import MIME_TYPE
from jupyter_tracker.widgets import Dashboard
from tests.unit.widgets.test_widgets import ask, wired


@pytest.fixture
def dashboard(seeded, store):
    dashboard = Dashboard("churn", "status != 'FAILED'", "curves", [seeded.forest, "long"], store=store)
    yield dashboard
    dashboard.close()


def test_the_payload_has_ids_and_options_only(seeded, dashboard):
    assert dashboard.payload["panel"] == "dashboard"
    assert dashboard.payload["experiment_ids"] == [seeded.experiment]
    assert dashboard.payload["filter"] == "status != 'FAILED'"
    assert dashboard.payload["dashboard"] == {"tab": "curves", "selection": [seeded.forest, seeded.running]}
    assert dashboard.view == {}
    json.dumps(dashboard.get_state(), allow_nan=False)


def test_an_output_is_small_and_reads_without_a_script(dashboard):
    data = dashboard.mimebundle()
    assert set(data) == {MIME_TYPE, "application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert len(json.dumps(data)) < 60_000
    assert "rf-baseline" in data["text/html"]
    assert "lr-0.1" not in data["text/html"]
    assert not re.search(r"style|class|<script", data["text/html"])


def test_without_a_script_there_are_experiments_the_latest_runs_and_curves(seeded, store):
    store.create_experiment("<b>bold</b>")
    data = Dashboard("churn", store=store).mimebundle()
    html = data["text/html"]
    assert '<td align="left">churn</td><td align="left">3</td><td align="left">1</td>' in html
    assert "Latest runs</b> of churn" in html
    assert "&lt;b&gt;bold" in html
    assert "<b>bold" not in html
    assert html.count("data:image/png;base64,") >= 2
    assert re.search(r"<p><b>\w+</b> over \w+</p>\n<p><img", html)
    assert "Latest runs</b></p>" in Dashboard(store=store).mimebundle()["text/html"]
    assert re.search(r"churn +3 +1 ", data["text/plain"])


def test_a_store_without_runs_has_a_fallback_too(tmp_path):
    from jupyter_tracker.store.sql import open_sqlite

    store = open_sqlite(tmp_path / "empty.db")
    data = Dashboard(store=store).mimebundle()
    assert "No runs" in data["text/html"]
    assert "<img" not in data["text/html"]
    store.close()


def test_what_is_set_moves_the_screen_and_what_is_chosen_there_is_kept(seeded, dashboard):
    wire = wired(dashboard)
    dashboard.tab = "comparison"
    dashboard.selection = [seeded.running]
    assert wire.states("tab") == ["comparison"]
    assert wire.states("selection") == [[seeded.running]]
    dashboard.set_state({"tab": "table", "experiment_ids": [seeded.empty], "selection": []})
    assert (dashboard.tab, dashboard.experiment_ids) == ("table", [seeded.empty])
    assert dashboard.payload["experiment_ids"] == [seeded.empty]
    assert dashboard.payload["dashboard"] == {"tab": "table", "selection": []}
    with pytest.raises(TraitError):
        dashboard.tab = "charts"


def test_every_tab_is_answered_over_the_comm(seeded, dashboard):
    runs = f"{seeded.forest},{seeded.running}"
    for path, query in (
        ("/views/experiments", {}),
        ("/views/run-table", {"experiment_ids": seeded.experiment}),
        ("/views/metric-curves", {"run_ids": runs}),
        ("/views/comparison", {"run_ids": runs}),
    ):
        (answer,) = ask(dashboard, {"kind": "request", "id": path, "path": path, "query": query})[-1:]
        assert (answer["id"], answer["status"]) == (path, 200)


def test_mistakes_say_what_to_do(store):
    with pytest.raises(ResourceDoesNotExistError, match="did you mean 'churn'"):
        Dashboard("chrun", store=store)
    with pytest.raises(ResourceDoesNotExistError, match="Did you mean 'rf-baseline'"):
        Dashboard(runs=["rf-basline"], store=store)
    with pytest.raises(InvalidParameterError, match="'experiments', 'table', 'curves' or 'comparison'"):
        Dashboard(tab="charts", store=store)
