import dataclasses
import html.parser
import re

import pytest

from jupyter_tracker.views.artifact_list import ArtifactEntry
from jupyter_tracker.views.metric_summaries import MetricSummary
from jupyter_tracker.views.run_card import RunCardView
from jupyter_tracker.views.run_head import KeyValue, RunError
from jupyter_tracker.views.run_table import FilterError, RunTableView
from jupyter_tracker.views.table_columns import COUNT_COLUMN, TableColumn
from jupyter_tracker.views.table_rows import GroupCell, GroupRow, TableRow
from jupyter_tracker.widgets import _fallback

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;"
LIMIT_BYTES = 100_000


def card(**changes):
    view = RunCardView(
        run_id="0" * 32,
        store_id="1" * 32,
        experiment_id="1",
        experiment_name="churn",
        name="rf-baseline",
        status="FINISHED",
        start_time_ms=0,
        end_time_ms=3200,
        params=[KeyValue("lr", "0.1")],
        params_total=1,
        metrics=[MetricSummary("f1", 0.9512, "0.9512", 9, 10, [0.1, 0.5, 0.9512])],
        metrics_total=1,
        tags=[],
        artifacts=[ArtifactEntry("model.skops", is_dir=False, size_bytes=10)],
        artifacts_total=1,
        error=None,
        note="",
        deleted=False,
        kernel_id=None,
    )
    return dataclasses.replace(view, **changes)


def table(columns, rows, **changes):
    view = RunTableView(
        "1" * 32, ["1"], ["churn"], "", None, None, columns, rows, [], 0, len(rows), len(rows), "", None, ""
    )
    return dataclasses.replace(view, **changes)


class Elements(html.parser.HTMLParser):
    """The elements of a text, with attributes, checking that each is closed."""

    def __init__(self, text):
        super().__init__()
        self.found, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_a_card_shows_status_metrics_with_a_curve_and_params():
    text = _fallback.run_card_html(card())
    elements = Elements(text)
    words = " ".join(" ".join(elements.texts).split())
    for expected in ("rf-baseline", "Finished in 3.2s", "churn", "f1", "0.9512", "lr", "0.1"):
        assert expected in words
    (image,) = [attrs for tag, attrs in elements.found if tag == "img"]
    assert image["src"].startswith("data:image/png;base64,iVBOR")


def test_a_failed_card_says_why():
    assert "<b>ValueError</b>: bad" in _fallback.run_card_html(
        card(status="FAILED", error=RunError("ValueError", "bad"))
    )


def test_nothing_in_a_card_becomes_markup():
    text = _fallback.run_card_html(
        card(
            name=HOSTILE,
            experiment_name=HOSTILE,
            note=HOSTILE,
            error=RunError(HOSTILE, HOSTILE),
            params=[KeyValue(HOSTILE, HOSTILE)],
            metrics=[MetricSummary(HOSTILE, "NaN", HOSTILE, 1, 2, [None, 1.0])],
        )
    )
    check_plain(text)


def test_nothing_in_a_table_becomes_markup():
    columns = [
        TableColumn("attributes.run_name", HOSTILE, "attributes", "text"),
        TableColumn("params.x", HOSTILE, "params", "text"),
        TableColumn("metrics.x", HOSTILE, "metrics", "number"),
    ]
    rows = [TableRow(str(i) * 32, HOSTILE, "FINISHED", 0, False, [HOSTILE, HOSTILE, 0.5 * i]) for i in range(3)]
    check_plain(_fallback.run_table_html(table(columns, rows)))
    check_plain(_fallback.run_table_html(table(columns, [], error=FilterError(HOSTILE, 3), filter=HOSTILE)))


def test_groups_show_mean_and_spread():
    columns = [COUNT_COLUMN, TableColumn("metrics.f1", "f1", "metrics", "number")]
    groups = [
        GroupRow(HOSTILE, 3, "", [None, GroupCell(0.5, 0.25, 3)]),
        GroupRow(None, 1, "", [None, None]),
    ]
    text = _fallback.run_table_html(table(columns, [], groups=groups, group_by="params.model", total=2, runs=4))
    check_plain(text)
    for expected in ("params.model", "Runs", "0.5 ± 0.25", "(none)"):
        assert expected in text


def check_plain(text):
    """Check that only our own elements and attributes are there: those that GitHub keeps."""
    elements = Elements(text)
    assert {tag for tag, _ in elements.found} <= {
        "p", "b", "code", "table", "thead", "tbody", "tr", "th", "td", "img",
    }  # fmt: skip
    assert {name for _, attrs in elements.found for name in attrs} <= {"align", "width", "height", "alt", "src"}
    assert all(attrs["src"].startswith("data:image/png;base64,") for tag, attrs in elements.found if tag == "img")
    assert "<script>alert" in "".join(elements.texts)


def test_a_table_shows_columns_and_a_curve_per_metric():
    columns = [
        TableColumn("attributes.run_name", "Run", "attributes", "text"),
        TableColumn("metrics.f1", "f1", "metrics", "number"),
        TableColumn("attributes.duration", "Duration", "attributes", "duration"),
    ]
    rows = [TableRow(str(i) * 32, f"run-{i}", "FINISHED", 0, False, [f"run-{i}", i / 10, 1500]) for i in range(3)]
    rows.append(TableRow("9" * 32, "nan-run", "RUNNING", 0, False, ["nan-run", "NaN", None]))
    text = _fallback.run_table_html(table(columns, rows, total=120))
    assert "run-2" in text
    assert "1.5s" in text
    assert "NaN" in text
    assert "4 of 120" in text
    assert text.count("<img ") == 1


@pytest.mark.parametrize("char", ["x", '"', "&", "漢"])
def test_an_enormous_card_stays_small(char):
    long = char * 250
    view = card(
        name=long,
        experiment_name=long,
        note=char * 4000,
        error=RunError(long, char * 8000),
        params=[KeyValue(long, long)] * 100,
        params_total=10_000,
        metrics=[MetricSummary(long, 1.0, "1", 1, 100, [float(i * 7919 % 101) for i in range(60)])] * 50,
        metrics_total=1000,
    )
    total = _fallback.run_card_html(view) + _fallback.run_card_text(view)
    assert len(total.encode()) < LIMIT_BYTES


@pytest.mark.parametrize("char", ["x", '"', "&", "漢"])
def test_an_enormous_table_stays_small(char):
    long = char * 250
    columns = [TableColumn(f"params.{i}", long, "params", "text") for i in range(100)]
    columns += [TableColumn(f"metrics.{i}", long, "metrics", "number") for i in range(100)]
    rows = [TableRow("0" * 32, long, "FINISHED", 0, False, [long] * 100 + [i * 1.23456e-7] * 100) for i in range(100)]
    view = table(columns, rows)
    total = _fallback.run_table_html(view) + _fallback.run_table_plain(view)
    assert len(total.encode()) < LIMIT_BYTES
    assert len(re.findall("<tr>", total)) <= 22
