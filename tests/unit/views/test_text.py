"""Views as text: aligned for people, safe for a terminal."""

import time

import pytest

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search.fields import RUNS
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.views.artifact_list import ArtifactEntry
from jupyter_tracker.views.metric_summaries import MetricSummary
from jupyter_tracker.views.run_card import RunCardView
from jupyter_tracker.views.run_head import KeyValue, RunError
from jupyter_tracker.views.run_table import FilterError, RunTableView
from jupyter_tracker.views.table_columns import TableColumn
from jupyter_tracker.views.table_rows import TableRow
from jupyter_tracker.views.text import aligned, run_card_text, run_line, run_table_text

START_MS = 1_700_000_000_000


def card(**changes):
    fields = {
        "run_id": "1a2b3c4d" * 4,
        "store_id": "s",
        "experiment_id": "1",
        "experiment_name": "churn",
        "name": "rf-baseline",
        "status": "FINISHED",
        "start_time_ms": START_MS,
        "end_time_ms": START_MS + 1200,
        "params": [KeyValue("lr", "0.1")],
        "params_total": 1,
        "metrics": [MetricSummary("f1", 0.951, "0.951", 7, 8, [])],
        "metrics_total": 1,
        "tags": [],
        "artifacts": [],
        "artifacts_total": 0,
        "error": None,
        "note": "",
        "deleted": False,
        "kernel_id": None,
    }
    return RunCardView(**{**fields, **changes})


def table(rows, columns=None, **changes):
    columns = columns or [
        TableColumn("attributes.run_name", "Run", "attributes", "text"),
        TableColumn("attributes.duration", "Duration", "attributes", "duration"),
        TableColumn("metrics.f1", "f1", "metrics", "number"),
    ]
    fields = {
        "store_id": "s",
        "experiment_ids": ["0"],
        "experiment_names": ["Default"],
        "filter": "",
        "order_by": None,
        "columns": columns,
        "rows": [
            TableRow(f"{i}a2b3c4d" * 4, "n", status, START_MS, False, cells) for i, (status, cells) in enumerate(rows)
        ],
        "group_by": None,
        "groups": [],
        "offset": 0,
        "total": len(rows),
        "runs": len(rows),
        "snapshot": "",
        "error": None,
        "hint": "",
    }
    return RunTableView(**{**fields, **changes})


def test_a_run_in_one_line():
    assert run_line(card()) == "run rf-baseline (1a2b3c4d) FINISHED in 1.2s: f1 0.951"
    assert run_line(card(metrics=[], metrics_total=0)) == "run rf-baseline (1a2b3c4d) FINISHED in 1.2s"
    failed = card(status="FAILED", error=RunError("ValueError", "no"))
    assert run_line(failed).startswith("run rf-baseline (1a2b3c4d) FAILED in 1.2s (ValueError): ")


def test_a_run_that_goes_on():
    now_ms = time.time_ns() // 1_000_000
    line = run_line(card(status="RUNNING", start_time_ms=now_ms - 90_000, end_time_ms=None))
    assert "RUNNING for 1m 3" in line


def test_many_metrics_do_not_make_a_long_line():
    metrics = [MetricSummary(f"m{i}", 1.0, "1", 0, 1, []) for i in range(10)]
    assert run_line(card(metrics=metrics, metrics_total=60)).endswith("m3 1, 56 more")


def test_a_table_is_aligned():
    text = run_table_text(
        table([("FINISHED", ["rf", 1200, 0.951234, None]), ("RUNNING", ["svm-long", None, "NaN", "x"])])
    )
    assert text.splitlines() == [
        "ID        Run       Duration      f1",
        "────────  ────────  ────────  ──────",
        "0a2b3c4d  rf            1.2s  0.9512",
        "1a2b3c4d  svm-long         …     NaN",
    ]


def test_a_metric_and_a_param_of_one_name_are_told_apart():
    columns = [
        TableColumn("metrics.lr", "lr", "metrics", "number"),
        TableColumn("params.lr", "lr", "params", "text"),
    ]
    head = run_table_text(table([("FINISHED", [0.1, "0.1"])], columns)).splitlines()[0]
    assert head.split() == ["ID", "metrics.lr", "params.lr"]


def test_columns_that_do_not_fit_are_named_below():
    columns = [TableColumn(f"params.{name}", name, "params", "text") for name in ("name", "depth", "trees")]
    text = run_table_text(table([("FINISHED", ["x" * 20, "y" * 20, "z" * 20])], columns), width=60)
    lines = text.splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert lines[0].split() == ["ID", "name", "depth"]
    assert lines[-1] == "not shown for lack of width: trees"


def test_a_narrow_terminal_still_has_the_name():
    assert run_table_text(table([("FINISHED", ["rf", 1, 1.0, None])]), width=5).splitlines()[0].split() == ["ID", "Run"]


def test_a_page_says_what_it_is_a_page_of():
    text = run_table_text(table([("FINISHED", ["rf", 1, 1.0, None])], offset=100, total=12_345))
    assert text.endswith("\n\nruns 101 to 101 of 12,345")


def test_no_runs():
    assert run_table_text(table([])) == "No runs in Default yet."
    assert run_table_text(table([], filter="metrics.f1 > 9")) == "No runs in Default match this filter."
    hinted = table([], filter="metrics.f2 > 9", hint="Did you mean metrics.f1?")
    assert run_table_text(hinted) == "No runs in Default match this filter. Did you mean metrics.f1?"


def test_a_filter_that_cannot_be_read_is_pointed_at_once():
    with pytest.raises(InvalidFilterError) as raised:
        parse_filter("metrcs.f1 > 1", RUNS)
    view = table([], filter="metrcs.f1 > 1", error=FilterError(raised.value.message, raised.value.position))
    assert run_table_text(view).splitlines()[1:] == ["  metrcs.f1 > 1", "  ^"]


@pytest.mark.parametrize("name", ["bell\a", "clear\x1b[2J", "two\nlines", "back\rwards", "\u202ereversed"])
def test_names_cannot_move_the_cursor(name):
    texts = [
        run_table_text(table([("FINISHED", [name, 1, 1.0, None])])),
        run_line(card(name=name)),
        run_card_text(card(name=name, params=[KeyValue(name, name)])),
    ]
    for text in texts:
        assert all(character.isprintable() or character == "\n" for character in text)
    assert texts[0].count("\n") == 2


def test_wide_letters_and_accents_are_aligned():
    lines = aligned([["機械学習", "x"], ["e\u0301te\u0301", "x"], ["plain", "x"]])
    assert lines == ["機械学習  x", "e\u0301te\u0301       x", "plain     x"]


def test_long_cells_are_cut():
    assert aligned([["x" * 100]], limit=10) == ["xxxxxxxxx…"]
    assert aligned([["x" * 100]], limit=None) == ["x" * 100]


def test_a_whole_card():
    view = card(
        note="worth a look",
        error=RunError("ValueError", "no"),
        tags=[KeyValue("author", "alice")],
        artifacts=[ArtifactEntry("cell", True, None), ArtifactEntry("model.pkl", False, 1_234_567)],
        artifacts_total=2,
        params_total=300,
        deleted=True,
    )
    text = run_card_text(view)
    for line in (
        "run         rf-baseline  (deleted)",
        "id          " + "1a2b3c4d" * 4,
        "experiment  churn (1)",
        "status      FINISHED in 1.2s",
        "note        worth a look",
        "error       ValueError: no",
        "params (the first 1 of 300)",
        "  lr  0.1",
        "  f1  0.951  step 7  8 points",
        "  author  alice",
        "  model.pkl  1.2 MB",
    ):
        assert line in text.splitlines()
