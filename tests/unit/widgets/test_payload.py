"""What each widget writes into a notebook has the form that is written down, and the browser reads it as it is.

The other half is `payload.test.ts`: it reads the same schema, and the payloads that are kept here.
"""

import dataclasses
import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError  # it comes with nbformat

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views import panel
from jupyter_tracker.views.panel import MIME_TYPE, PanelPayload, payload_json
from jupyter_tracker.widgets import Dashboard, MetricCurves, RegistryBoard, RunCard, RunComparison, RunDetail, RunTable
from jupyter_tracker.widgets._fallback import run_card_bundle

SCHEMA = json.loads((Path(panel.__file__).parent / "panel.schema.json").read_text(encoding="utf-8"))
GOLDEN = Path(__file__).parents[2] / "golden" / "payloads.json"
FORMS = {MIME_TYPE, "application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}

check = Draft202012Validator(SCHEMA).validate


def widgets(seeded, store):
    """Return one widget of each kind with every option that it has, and one with none."""
    runs = [seeded.forest, seeded.running]
    store.create_registered_model("churn")
    columns = ["metrics.*", "params.max_depth"]
    chosen = {"metrics": ["loss"], "smoothing": 0.5, "log_x": True, "log_y": True}
    return [
        RunCard(seeded.forest, store=store),
        RunDetail(seeded.forest, store=store),
        RunTable(store=store),
        RunTable("churn", filter="metrics.f1 > 0", columns=columns, order_by="metrics.f1", store=store),
        RunTable("churn", group_by="params.model", store=store),
        MetricCurves(store=store),
        MetricCurves(runs, x="relative", group_by="params.model", store=store, **chosen),
        RunComparison(runs, store=store),
        RunComparison(runs, baseline=seeded.running, minimize=["f1"], maximize=["loss"], store=store),
        RegistryBoard(store=store),
        RegistryBoard("churn", store=store),
        Dashboard(store=store),
        Dashboard("churn", "metrics.f1 > 0", "comparison", runs, store=store),
    ]


@pytest.fixture
def shown(seeded, store):
    shown = widgets(seeded, store)
    yield shown
    for widget in shown:
        widget.close()


def test_every_widget_writes_what_the_schema_says_and_nothing_else(shown):
    assert {widget.payload["panel"] for widget in shown} == set(SCHEMA["properties"]["panel"]["enum"])
    for widget in shown:
        data = widget.mimebundle()
        assert set(data) == FORMS
        assert data[MIME_TYPE] == widget.payload
        check(widget.payload)


def test_what_is_changed_later_is_written_so_too(seeded, store, shown):
    changes = {"tab": "curves", "selection": [seeded.forest] * 500, "experiment_ids": [seeded.empty]}
    changes |= {"smoothing": 0.999, "x": "time", "baseline": seeded.forest, "group_by": None, "filter": "a.b = 'c'"}
    for widget in shown:
        for name, value in changes.items():
            if widget.has_trait(name) and name != "filter":
                setattr(widget, name, value)
        check(widget.payload)
    assert len(shown[-1].payload["dashboard"]["selection"]) == 200


def test_the_card_of_a_finished_cell_has_the_same_form(seeded, store):
    from jupyter_tracker.views.run_card import run_card_view

    data = run_card_bundle(run_card_view(store, seeded.forest))
    assert set(data) <= FORMS
    check(data[MIME_TYPE])


def test_the_browser_is_tested_with_what_is_written(seeded, store, shown):
    names = {seeded.forest: "forest", seeded.running: "running", store.store_id: "store", seeded.experiment: "1"}
    text = json.dumps([widget.payload for widget in shown], indent=1)
    for widget in shown:
        names[widget.panel_id] = "panel"
    for value, name in names.items():
        text = text.replace(f'"{value}"', f'"{name}"')
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_the_schema_names_the_fields_of_the_payload():
    fields = {field.name for field in dataclasses.fields(PanelPayload)}
    assert set(SCHEMA["properties"]) == set(SCHEMA["required"]) == fields


@pytest.mark.parametrize(
    "wrong",
    [
        {"html": "<b>"},
        {"panel": "iframe"},
        {"version": 2},
        {"run_id": None, "panel": "run_card"},
        {"max_results": 0},
        {"curves": {}},
        {"dashboard": {"tab": "table", "selection": []}},
        {"order_by": {"column": "a"}},
    ],
)
def test_the_schema_refuses(wrong):
    good = payload_json(PanelPayload("run_table", "s", "p"))
    check(good)
    with pytest.raises(ValidationError):
        check(good | wrong)


def test_options_too_large_for_a_notebook_are_refused_where_they_are_given(store):
    with pytest.raises(InvalidParameterError, match=r"run_table take 2\d\d,\d{3} characters.*name fewer columns"):
        RunTable(columns=[f"metrics.some_long_name_{i}" for i in range(8000)], store=store)
