import csv
import io

import pytest

from jupyter_tracker.entities import Param
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError
from jupyter_tracker.views import table_text
from jupyter_tracker.views.run_ids import run_ids_view
from jupyter_tracker.views.table_columns import OrderBy
from jupyter_tracker.views.table_query import TableQuery
from jupyter_tracker.views.table_text import table_text_view

COLUMNS = ["attributes.run_name", "attributes.start_time", "attributes.duration", "metrics.loss", "params.depth"]


@pytest.fixture
def query(seeded):
    return TableQuery([seeded.experiment], order_by=OrderBy("attributes.start_time", ascending=True))


def test_csv_has_whole_values_with_units_that_programs_read(store, query):
    view = table_text_view(store, query, COLUMNS)
    rows = list(csv.reader(io.StringIO(view.text)))
    assert rows[0] == ["Run", "Started", "Duration", "metrics.loss", "params.depth"]
    assert rows[1] == ["rf-baseline", "2026-09-21T14:13:20.000+00:00", "12300", "Infinity", "8"]
    assert rows[3] == ["long", "2026-09-21T14:15:20.000+00:00", "", "", ""]
    assert (view.rows, view.total) == (3, 3)


def test_a_long_value_is_not_cut(seeded, store, query):
    store.log_batch(seeded.forest, params=[Param("prompt", "x" * 5000)])
    assert "x" * 5000 in table_text_view(store, query, ["params.prompt"]).text


def test_a_time_that_is_no_date_is_written_as_it_is(seeded, store):
    run = store.create_run(
        seeded.experiment, start_time=1_795_929_109_480_872_342, run_name="in nanoseconds"
    ).info.run_id
    query = TableQuery([seeded.experiment])
    view = table_text_view(store, query, COLUMNS[:2], "tsv", [run], head=False)
    assert view.text == "in nanoseconds\t1795929109480872342\n"


def test_tabs_and_line_ends_do_not_break_what_is_pasted(seeded, store, query):
    store.log_batch(seeded.forest, params=[Param("text", "a\tb\r\nc")])
    assert table_text_view(store, query, ["params.text"], "tsv").text == "params.text\na b c\n\n\n"
    (_, row, *_) = csv.reader(io.StringIO(table_text_view(store, query, ["params.text"]).text, newline=""))
    assert row == ["a\tb\r\nc"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-inf", "'-inf"), ("-0.5", "-0.5"), ("+x", "'+x"), ("a=b", "a=b")],
)
def test_a_spreadsheet_takes_nothing_for_a_formula(seeded, store, query, value, written):
    store.log_batch(seeded.forest, params=[Param("p", value)])
    assert table_text_view(store, query, ["params.p"], "tsv").text.split("\n")[1] == written


def test_some_runs_those_in_the_trash_too_without_a_head(seeded, store, query):
    store.delete_run(seeded.failed)
    ids = [seeded.failed, seeded.forest]
    view = table_text_view(store, query, ["attributes.run_name"], "tsv", ids, head=False)
    assert view.text == "rf-baseline\nlr-0.1\n"


def test_groups_have_three_columns_a_metric(store, query):
    grouped = TableQuery(query.experiment_ids, group_by="params.model")
    rows = list(csv.reader(io.StringIO(table_text_view(store, grouped, [*COLUMNS, "metrics.f1"]).text)))
    assert rows[0][:2] == ["params.model", "runs"]
    assert rows[0][-3:] == ["metrics.f1 mean", "metrics.f1 std", "metrics.f1 n"]
    assert rows[-1] == ["rf", "1", "Infinity", "", "1", "0.95", "", "1"]


def test_a_table_that_is_too_long_is_cut_and_says_so(store, query, monkeypatch):
    monkeypatch.setattr(table_text, "MAX_ROWS", 2)
    view = table_text_view(store, query, COLUMNS)
    assert (view.rows, view.total, view.text.count("\n")) == (2, 3, 3)


def test_what_cannot_be_written_is_said(store, query):
    with pytest.raises(InvalidParameterError, match="csv or tsv"):
        table_text_view(store, query, COLUMNS, "xls")
    with pytest.raises(InvalidFilterError):
        table_text_view(store, TableQuery(filter="metrics.f1 >"), COLUMNS)


def test_ids_of_a_range_of_rows(seeded, store, query):
    assert run_ids_view(store, query).run_ids == [seeded.forest, seeded.failed, seeded.running]
    part = run_ids_view(store, query, 1, 1)
    assert (part.run_ids, part.total) == ([seeded.failed], 3)
    few = TableQuery(query.experiment_ids, order_by=query.order_by, max_results=2)
    assert run_ids_view(store, few, 1, 10).run_ids == [seeded.failed]
    assert run_ids_view(store, query, 5).run_ids == []
