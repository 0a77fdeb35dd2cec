import json
import re

import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import Param
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerWarning
from jupyter_tracker.views.panel import MIME_TYPE
from jupyter_tracker.widgets import RunComparison
from tests.unit.widgets.test_widgets import ask, wired


@pytest.fixture
def comparison(seeded, store):
    comparison = RunComparison([seeded.forest, "long"], store=store)
    yield comparison
    comparison.close()


def test_runs_are_named_by_id_or_name_and_the_payload_has_ids_only(seeded, store, comparison):
    assert comparison.run_ids == [seeded.forest, seeded.running]
    assert comparison.payload["panel"] == "comparison"
    assert comparison.payload["comparison"] == {
        "run_ids": [seeded.forest, seeded.running],
        "baseline": None,
        "minimize": [],
        "maximize": [],
        "unranked": [],
    }
    assert [run["name"] for run in comparison.view["runs"]] == ["rf-baseline", "long"]
    json.dumps(comparison.get_state(), allow_nan=False)


def test_an_output_is_small_and_reads_without_a_script(seeded, store, comparison):
    store.log_batch(seeded.running, params=[Param("hostile", "<img src=x onerror=alert(1)>")])
    data = comparison.mimebundle()
    assert set(data) == {MIME_TYPE, "application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert len(json.dumps(data)) < 20_000
    html = data["text/html"]
    assert not re.search(r"style|class|<script|<svg|<img src=x", html)
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "rf-baseline (baseline)" in html
    assert "<b>0.9500</b>" in html
    assert re.search(r"model +rf +nn", data["text/plain"])
    assert re.search(r"f1 +0\.9500 \* +-", data["text/plain"])


def test_setting_an_option_reaches_screen_and_payload(seeded, comparison):
    wire = wired(comparison)
    comparison.baseline = seeded.running
    comparison.minimize = ["f1"]
    comparison.selection = [seeded.forest]
    assert wire.states("baseline") == [seeded.running]
    assert wire.states("minimize") == [["f1"]]
    assert wire.states("selection") == [[seeded.forest]]
    assert comparison.payload["comparison"]["baseline"] == seeded.running
    assert comparison.to_frame().loc[("metrics", "f1")].iloc[0] == 0.95


def test_the_frame_has_packages_too(seeded, store, comparison):
    for run, version in ((seeded.forest, "1"), (seeded.running, "2")):
        artifacts = artifact_store(store.get_run(run).info.artifact_uri)
        artifacts.write("environment/requirements.txt", f"numpy=={version}\nsame==1\n".encode())
    assert comparison.to_frame().loc["packages"].to_numpy().tolist() == [["1", "2"], ["1", "1"]]
    assert comparison.to_frame(only_differing=True).loc["packages"].index.tolist() == ["numpy"]


def test_what_is_chosen_on_the_screen_reaches_python(seeded, comparison):
    seen = []
    comparison.observe(lambda change: seen.append(change["new"]), "selection")
    comparison.set_state({"selection": [seeded.running], "baseline": seeded.running, "unranked": ["f1"]})
    assert seen == [[seeded.running]]
    comparison.refresh()
    assert comparison.view["baseline"] == 1
    assert comparison.view["metrics"][0]["goal"] == "none"


def test_the_browser_asks_over_the_comm(seeded, comparison):
    query = {"run_ids": f"{seeded.forest},{seeded.running}", "baseline": seeded.running}
    (answer,) = ask(comparison, {"kind": "request", "id": "1", "path": "/views/comparison", "query": query})
    assert (answer["status"], answer["body"]["baseline"]) == (200, 1)


def test_without_runs_the_newest_are_compared(seeded, store):
    comparison = RunComparison(experiment="churn", filter="status != 'FAILED'", store=store)
    assert comparison.run_ids == [seeded.running, seeded.forest]
    assert RunComparison(experiment="churn", limit=2, store=store).run_ids == [seeded.running, seeded.failed]


def test_mistakes_say_what_to_do(store, seeded):
    with pytest.raises(ResourceDoesNotExistError, match="Did you mean 'rf-baseline'"):
        RunComparison(["rf-basline", "long"], store=store)
    with pytest.raises(InvalidParameterError, match="not both"):
        RunComparison(["long", "lr-0.1"], filter="metrics.f1 > 0", store=store)
    with pytest.raises(InvalidParameterError, match="two runs or more"):
        RunComparison("long", store=store)
    with pytest.raises(InvalidParameterError, match="2 to 200 runs, not 1"):
        RunComparison(["long", seeded.running], store=store)
    with pytest.raises(InvalidParameterError, match=r"the filter .* finds 0 runs"):
        RunComparison(experiment="churn", filter="metrics.f1 > 100", store=store)
    with pytest.raises(InvalidParameterError, match="limit=1"):
        RunComparison(experiment="churn", limit=1, store=store)


def test_many_runs_stay_small_where_no_script_runs(store):
    experiment = store.create_experiment("many")
    for i in range(40):
        run = store.create_run(experiment, run_name=f"run {i} {'x' * 200}").info.run_id
        store.log_batch(run, params=[Param(f"param {k}", "v" * 400 + str(i)) for k in range(60)])
    data = RunComparison(experiment="many", limit=40, store=store).mimebundle()
    assert len(json.dumps(data)) < 100_000
    assert "12 of 40 runs" in data["text/html"]


def test_a_status_that_does_not_exist_is_told(seeded, store):
    told = pytest.warns(TrackerWarning, match=r"No run has the status 'FINISHD'\. Did you mean 'FINISHED'")
    with told, pytest.raises(InvalidParameterError, match="finds 0 runs"):
        RunComparison(filter="status = 'FINISHD'", store=store)
