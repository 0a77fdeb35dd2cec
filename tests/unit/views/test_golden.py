"""The JSON of every view, compared with files. After a wanted change: UPDATE_GOLDEN=1 pytest this file."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_tracker.api.registry import board_view, move_view
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities.dataset import Dataset, DatasetInput, InputTag
from jupyter_tracker.views.artifact_folder import artifact_folder_view
from jupyter_tracker.views.artifact_preview import artifact_preview_view
from jupyter_tracker.views.column_list import column_list_view
from jupyter_tracker.views.column_ranges import column_ranges_view
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.comparison import ComparisonOptions, comparison_view
from jupyter_tracker.views.comparison_files import comparison_files_view, comparison_text_view
from jupyter_tracker.views.experiment_list import experiment_list_view
from jupyter_tracker.views.filter_completion import filter_completion_view
from jupyter_tracker.views.metric_curves import CurveOptions, metric_curves_view
from jupyter_tracker.views.model_list import model_list_view
from jupyter_tracker.views.panel import PanelPayload
from jupyter_tracker.views.parallel_coordinates import parallel_coordinates_view
from jupyter_tracker.views.run_card import run_card_view
from jupyter_tracker.views.run_detail import run_detail_view
from jupyter_tracker.views.run_list import run_list_view
from jupyter_tracker.views.run_sparklines import run_sparklines_view
from jupyter_tracker.views.run_table import run_table_view
from jupyter_tracker.views.running_list import running_list_view
from jupyter_tracker.views.scatter import scatter_view
from jupyter_tracker.views.store_list import StoreEntry, store_list_view
from jupyter_tracker.views.table_columns import OrderBy


def _files(seeded):
    return artifact_store(seeded.store.get_run(seeded.forest).info.artifact_uri)


def _with_data(seeded):
    data = Dataset("breast cancer", "1f2e3d4c", "code", "{}", profile='{"num_rows": 569}')
    seeded.store.log_inputs(seeded.forest, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    return seeded.forest


def _preview(file, path):
    with file.open("rb") as opened:
        return artifact_preview_view(opened, path)


def _table(seeded):
    _files(seeded).write("table.csv", b"name,f1\nalice,0.5\nbob,\n")
    return _files(seeded).download("table.csv")


GOLDEN = Path(__file__).parents[2] / "golden" / "views"


def _registry(seeded):
    store = seeded.store
    store.create_registered_model("churn", description="Who leaves")
    for number, run_id in enumerate((seeded.failed, seeded.forest, seeded.running)):
        store.create_model_version("churn", f"s3://models/{number}", run_id, description="text")
    store.set_registered_model_alias("churn", "champion", "2")
    store.transition_model_version_stage("churn", "1", "Archived")
    store.transition_model_version_stage("churn", "2", "Production")
    return store


def _board(seeded):
    """Return a board without what differs from day to day: times, digests, who and where."""
    view = board_view(_registry(seeded), "churn")
    columns = [
        replace(column, cards=[replace(card, creation_time_ms=0) for card in column.cards]) for column in view.columns
    ]
    events = [replace(event, timestamp_ms=0, user="alice", origin="churn.ipynb") for event in view.events]
    return replace(view, columns=columns, events=events, head="<head>")


BUILDERS = {
    "model_list": lambda s: model_list_view(_registry(s)),
    "registry_board": _board,
    "registry_move": lambda s: move_view(s.store, _registry(s).get_model_version("churn", "3"), "Production"),
    "run_card": lambda s: run_card_view(s.store, s.forest),
    "run_card_failed": lambda s: run_card_view(s.store, s.failed),
    "run_card_running": lambda s: run_card_view(s.store, s.running),
    "run_detail": lambda s: run_detail_view(s.store, _with_data(s)),
    "run_detail_failed": lambda s: run_detail_view(s.store, s.failed),
    "run_detail_found": lambda s: run_detail_view(s.store, s.forest, "DEP"),
    "artifact_folder": lambda s: artifact_folder_view(_files(s)),
    "artifact_preview": lambda s: _preview(_files(s).download("model/MLmodel"), "model/MLmodel"),
    "artifact_preview_table": lambda s: _preview(_table(s), "table.csv"),
    "run_table": lambda s: run_table_view(s.store, [s.experiment], order_by=OrderBy("metrics.f1", ascending=False)),
    "run_table_groups": lambda s: run_table_view(
        s.store, [s.experiment], group_by="params.model", columns=["metrics.*"]
    ),
    "run_table_cells": lambda s: run_table_view(
        s.store, [s.experiment], cells=["params.depth", "metrics.loss"], offset=1
    ),
    "column_list": lambda s: column_list_view(s.store, [s.experiment], limit=5),
    "column_ranges": lambda s: column_ranges_view(s.store, ["metrics.f1", "metrics.loss"], [s.experiment]),
    "run_sparklines": lambda s: run_sparklines_view(s.store, [s.forest, s.failed], ["f1", "loss"]),
    "filter_completion": lambda s: filter_completion_view(s.store, "params.model = 'rf' and f", 25, [s.experiment]),
    "run_table_error": lambda s: run_table_view(s.store, [s.experiment], filter="metrics.f1 >"),
    "metric_curves": lambda s: metric_curves_view(
        s.store, CurveOptions(run_ids=[s.forest, s.running]), experiment_ids=[s.experiment], window=(0, 20)
    ),
    "metric_curves_smooth": lambda s: metric_curves_view(
        s.store, CurveOptions(run_ids=[s.forest], smoothing=0.5), experiment_ids=[s.experiment]
    ),
    "metric_curves_grouped": lambda s: metric_curves_view(
        s.store, CurveOptions(metrics=["f1"], group_by="params.model"), window=(0, 20), filter="status != 'FAILED'"
    ),
    "parallel_coordinates": lambda s: parallel_coordinates_view(
        s.store, [s.store.get_run(run_id) for run_id in (s.forest, s.failed, s.running)], metric="f1"
    ),
    "scatter": lambda s: scatter_view(
        s.store, [s.store.get_run(run_id) for run_id in (s.forest, s.failed, s.running)], "params.model", "metrics.f1"
    ),
    "comparison": lambda s: comparison_view(
        s.store, ComparisonOptions([s.forest, s.failed, s.running], s.failed, maximize=["loss"])
    ),
    "comparison_files": lambda s: comparison_files_view(
        s.store, ComparisonOptions([s.forest, s.failed, s.running]), "artifacts"
    ),
    "comparison_text": lambda s: comparison_text_view(s.store, [s.forest, s.failed], "source"),
    "experiment_list": lambda s: experiment_list_view(s.store),
    "run_list": lambda s: run_list_view(s.store, [s.experiment]),
    "running_list": lambda s: running_list_view([s.store]),
    "store_list": lambda s: store_list_view(
        [StoreEntry(s.store.store_id, "/b", False), StoreEntry("a" * 32, "/c", True)]
    ),
    "panel": lambda s: PanelPayload("run_table", s.store.store_id, "p" * 32, experiment_ids=[s.experiment]),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_the_json_is_the_golden_one(name, seeded, tmp_path):
    view = as_json(BUILDERS[name](seeded))
    text = json.dumps(view, allow_nan=False, indent=1, ensure_ascii=False) + "\n"
    replaced = {seeded.store.store_id: "<store>", seeded.forest: "<forest>", seeded.failed: "<failed>"}
    replaced |= {seeded.running: "<running>", str(tmp_path): "<folder>"}
    replaced |= {view[name]: f"<{name}>" for name in ("token", "snapshot") if view.get(name)}
    for value, placeholder in replaced.items():
        text = text.replace(value, placeholder)
    golden = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_there_is_no_golden_file_too_many():
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(BUILDERS)
