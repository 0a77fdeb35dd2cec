import threading
import tracemalloc

import pytest

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.entities.run import RUN_STATUSES
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.views import table_pages
from jupyter_tracker.views.run_table import run_table_view
from jupyter_tracker.views.table_columns import OrderBy


def names(view):
    return [row.name for row in view.rows]


def cells(view, column_id):
    index = [column.id for column in view.columns].index(column_id)
    return [row.cells[index] for row in view.rows]


def test_newest_first_without_an_order(seeded, store):
    assert names(run_table_view(store, [seeded.experiment])) == ["long", "lr-0.1", "rf-baseline"]


def test_without_experiments_all_active_ones_are_shown(store):
    view = run_table_view(store)
    assert names(view) == ["long", "lr-0.1", "rf-baseline"]
    assert set(view.experiment_names) == {"Default", "churn", "nothing here"}


@pytest.mark.parametrize(
    ("column", "ascending", "expected"),
    [
        ("metrics.f1", True, ["long", "rf-baseline", "lr-0.1"]),
        ("metrics.f1", False, ["rf-baseline", "long", "lr-0.1"]),
        ("params.lr", True, ["lr-0.1", "long", "rf-baseline"]),
        ("attributes.run_name", True, ["long", "lr-0.1", "rf-baseline"]),
        ("attributes.start_time", True, ["rf-baseline", "lr-0.1", "long"]),
        ("attributes.duration", True, ["lr-0.1", "rf-baseline", "long"]),
        ("attributes.status", True, ["lr-0.1", "rf-baseline", "long"]),
        ("tags.author", True, ["rf-baseline", "long", "lr-0.1"]),
    ],
)
def test_every_column_can_be_sorted_by_with_missing_values_last(seeded, store, column, ascending, expected):
    view = run_table_view(store, [seeded.experiment], order_by=OrderBy(column, ascending))
    assert view.error is None
    assert names(view) == expected


def test_keys_with_blanks_and_slashes_can_be_sorted_by(seeded, store):
    store.log_batch(seeded.failed, metrics=[Metric("val/top 5 acc", 0.9, 1, 0)])
    view = run_table_view(store, [seeded.experiment], order_by=OrderBy("metrics.val/top 5 acc", ascending=True))
    assert names(view)[0] == "lr-0.1"


def ids(view):
    return [column.id for column in view.columns]


def test_columns_are_attributes_metrics_and_the_params_that_differ(seeded, store):
    store.log_batch(seeded.failed, params=[Param("same", "x")])
    for run in (seeded.forest, seeded.running):
        store.log_batch(run, params=[Param("same", "x")])
    assert ids(run_table_view(store, [seeded.experiment])) == [
        "attributes.run_name",
        "attributes.status",
        "attributes.start_time",
        "attributes.duration",
        "metrics.f1",
        "metrics.loss",
        "params.model",
        "params.depth",
        "params.lr",
        "tags.mlflow.note.content",
    ]


def test_notes_are_shown_where_there_is_one(seeded, store):
    assert "tags.mlflow.note.content" not in ids(run_table_view(store, filter="run_name = 'long'"))


def test_params_that_differ_are_found_among_all_runs_of_the_page(seeded, store):
    for number in range(30):
        run = store.create_run(seeded.empty, start_time=1000 + number).info.run_id
        store.log_batch(run, params=[Param("kind", "a" if number else "b"), Param("same", "x")])
    view = run_table_view(store, [seeded.empty])
    assert [id_ for id_ in ids(view) if id_.startswith("params.")] == ["params.kind"]


def test_params_that_differ_come_before_those_that_some_runs_lack(seeded, store):
    for number in range(4):
        run = store.create_run(seeded.empty, start_time=1000 + number).info.run_id
        logged = {0: [], 1: [Param("copy", "True")], 2: [Param("copy", "True"), Param("C", "1")]}
        store.log_batch(run, params=logged.get(number, [Param("copy", "True"), Param("C", "10")]))
    view = run_table_view(store, [seeded.empty])
    assert [id_ for id_ in ids(view) if id_.startswith("params.")] == ["params.C", "params.copy"]


def test_the_column_that_is_sorted_by_is_shown(seeded, store):
    view = run_table_view(store, [seeded.experiment], order_by=OrderBy("tags.author", ascending=True))
    assert ids(view)[-1] == "tags.author"


def test_chosen_columns_come_in_their_order(seeded, store):
    view = run_table_view(store, [seeded.experiment], columns=["params.seed", "metrics.f1", "metrics.gone"])
    assert ids(view) == ["params.seed", "metrics.f1", "metrics.gone"]
    assert cells(view, "metrics.gone") == [None, None, None]


def test_a_pattern_stands_for_all_that_match(seeded, store):
    view = run_table_view(store, [seeded.experiment], columns=["params.m*", "metrics.*", "params.model"])
    assert ids(view) == ["params.model", "metrics.f1", "metrics.loss"]


@pytest.mark.parametrize("column", ["nonsense", "metrics.", "attributes.nothing", "dataset.name"])
def test_what_is_no_column_is_refused(store, column):
    with pytest.raises(InvalidParameterError, match="is no column"):
        run_table_view(store, columns=[column])


def test_cells_carry_raw_values(seeded, store):
    wanted = ["metrics.loss", "params.depth", "attributes.duration", "tags.author", "attributes.experiment_id"]
    view = run_table_view(store, [seeded.experiment], cells=wanted)
    assert cells(view, "metrics.loss") == [None, None, "Infinity"]
    assert cells(view, "params.depth") == [None, None, "8"]
    assert cells(view, "attributes.duration") == [None, 400, 12_300]
    assert cells(view, "tags.author") == [None, None, "alice"]
    assert cells(view, "attributes.experiment_id") == ["churn"] * 3
    assert [row.deleted for row in view.rows] == [False] * 3


def test_of_very_many_columns_a_page_has_the_cells_of_the_first(seeded, store):
    store.log_batch(seeded.forest, metrics=[Metric(f"m{i:04}", i, 1, 0) for i in range(900)])
    store.log_batch(seeded.failed, metrics=[Metric(f"n{i:04}", i, 1, 0) for i in range(900)])
    view = run_table_view(store, [seeded.experiment], columns=["metrics.*"])
    assert len(view.columns) == 1000
    assert {len(row.cells) for row in view.rows} == {40}
    later = run_table_view(store, [seeded.experiment], cells=["metrics.m0899"])
    assert ids(later) == ["metrics.m0899"]
    assert [row.cells for row in later.rows] == [[None], [None], [899.0]]
    assert len(run_table_view(store, [seeded.experiment]).columns) < 20


def test_long_values_are_cut(seeded, store):
    store.log_batch(seeded.forest, params=[Param("prompt", "x" * 6000)])
    (value,) = [cell for cell in cells(run_table_view(store, [seeded.experiment]), "params.prompt") if cell]
    assert len(value) == 250
    assert value.endswith("…")


def test_pages_join(seeded, store):
    pages = [run_table_view(store, [seeded.experiment], offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [names(page) for page in pages] == [["long", "lr-0.1"], ["rf-baseline"], []]
    assert {page.total for page in pages} == {3}


@pytest.mark.parametrize("order", [None, OrderBy("metrics.f1", ascending=False), OrderBy("params.lr", ascending=True)])
def test_deep_pages_are_those_of_one_long_answer(seeded, store, order, monkeypatch):
    monkeypatch.setattr(table_pages, "_DEEP", 2)
    whole = names(run_table_view(store, [seeded.experiment], order_by=order))
    first = run_table_view(store, [seeded.experiment], order_by=order, limit=1)
    pages = [
        run_table_view(
            store, [seeded.experiment], order_by=order, offset=at, limit=1, snapshot=first.snapshot, cells=[]
        )
        for at in range(4)
    ]
    assert [name for page in pages for name in names(page)] == whole
    assert {page.total for page in pages} == {3}


def test_a_first_page_reads_its_rows_once(seeded, store, monkeypatch):
    for number in range(30):
        run = store.create_run(seeded.empty, start_time=1000 + number).info.run_id
        store.log_batch(run, [Metric("f1", number, 1, 0)], [Param("lr", str(number)), Param("same", "x")])
    asked, search = [], store.search_run_rows
    monkeypatch.setattr(store, "search_run_rows", lambda *given: asked.append(given[3]) or search(*given))
    view = run_table_view(store, [seeded.empty], limit=20)
    assert asked == [20]  # the keys that columns are chosen from are counted, not read
    assert cells(view, "params.lr") == [str(number) for number in range(29, 9, -1)]
    assert view.rows == run_table_view(store, [seeded.empty], limit=20, cells=ids(view)).rows


def test_columns_are_chosen_from_more_runs_than_the_first_ones(seeded, store):
    for number in range(30):
        run = store.create_run(seeded.empty, start_time=1000 + number).info.run_id
        own = [Metric(f"odd_{key}", 1.0, 1, 0) for key in "abcdef"] if number >= 20 else [Metric("f1", number, 1, 0)]
        store.log_batch(run, [*own, Metric("always", 1.0, 1, 0), Metric("loss", number, 1, 0)])
    found = [id_.partition(".")[2] for id_ in ids(run_table_view(store, [seeded.empty])) if id_.startswith("metrics.")]
    # What all have and varies, what most have and varies, what all have and is the same, then the rest by name.
    assert found == ["loss", "f1", "always", "odd_a", "odd_b", "odd_c"]


def test_columns_stay_where_a_filter_finds_nothing(seeded, store):
    shown = ids(run_table_view(store, [seeded.experiment]))
    nothing = run_table_view(store, [seeded.experiment], filter="metrics.f1 > 9")
    assert (nothing.total, ids(nothing)) == (0, shown)


def test_what_was_read_to_choose_columns_is_read_again_where_another_one_is_shown(seeded, store):
    for number in range(12):
        run = store.create_run(seeded.empty, start_time=1000 + number).info.run_id
        store.log_batch(run, params=[Param("lr", str(number))], tags=[RunTag("author", f"a{number:02}")])
    view = run_table_view(store, [seeded.empty], order_by=OrderBy("tags.author", ascending=True))
    assert cells(view, "tags.author") == [f"a{number:02}" for number in range(12)]


def test_the_order_is_read_ahead_when_a_page_is_turned(seeded, store, monkeypatch):
    monkeypatch.setattr(table_pages, "_LONG", 2)
    read, search = threading.Event(), store.search_run_order
    monkeypatch.setattr(store, "search_run_order", lambda *given: (search(*given), read.set())[0])
    first = run_table_view(store, [seeded.experiment], limit=1)
    assert not read.is_set()
    second = run_table_view(store, [seeded.experiment], offset=1, limit=1, snapshot=first.snapshot, cells=[])
    assert read.wait(10)
    monkeypatch.setattr(store, "search_run_order", None)  # is not called again
    monkeypatch.setattr(table_pages, "_DEEP", 0)
    third = run_table_view(store, [seeded.experiment], offset=2, limit=1, snapshot=first.snapshot, cells=[])
    assert names(first) + names(second) + names(third) == ["long", "lr-0.1", "rf-baseline"]


def test_runs_that_start_meanwhile_shift_nothing(seeded, store, monkeypatch):
    monkeypatch.setattr(table_pages, "_DEEP", 1)
    first = run_table_view(store, [seeded.experiment], limit=1)
    rest = {"limit": 1, "snapshot": first.snapshot, "cells": ["metrics.f1"]}
    second = run_table_view(store, [seeded.experiment], offset=1, **rest)
    store.create_run(seeded.experiment, run_name="newest")
    third = run_table_view(store, [seeded.experiment], offset=2, **rest)
    assert names(first) + names(second) + names(third) == ["long", "lr-0.1", "rf-baseline"]
    assert third.total == 3
    assert names(run_table_view(store, [seeded.experiment], limit=1)) == ["newest"]


def test_a_run_that_is_gone_meanwhile_leaves_a_gap(seeded, store, monkeypatch):
    monkeypatch.setattr(table_pages, "_DEEP", 0)
    first = run_table_view(store, [seeded.experiment], cells=[])
    store.delete_run(seeded.failed)
    again = run_table_view(store, [seeded.experiment], cells=[], snapshot=first.snapshot)
    assert [(row.name, row.deleted) for row in again.rows] == [
        ("long", False), ("lr-0.1", True), ("rf-baseline", False),
    ]  # fmt: skip


def test_a_filter_selects(seeded, store):
    view = run_table_view(store, [seeded.experiment], filter="params.model = 'rf' and metrics.f1 > 0.9")
    assert names(view) == ["rf-baseline"]
    assert view.total == 1


@pytest.mark.parametrize(
    ("filter_", "hint"),
    [
        ("params.modell = 'rf'", "No run here has params.modell. Did you mean params.model?"),
        ("metrics.model > 1", "No run here has metrics.model. Did you mean params.model?"),
        ("metrics.f1 > 0 and not tags.`no such` = 'x'", ""),  # it matches: what lacks a tag is not the tag's value
        ("metrics.f1 > 0 and tags.`no such` = 'x'", "No run here has tags.`no such`."),
        (
            "params.qqq = 'x'",
            "No run here has params.qqq. There are params.depth, params.lr, params.model, params.seed.",
        ),
        ("status = 'fail'", "No run has the status 'fail'. Did you mean 'FAILED'?"),
        ("status IN ('DEAD', 'GONE')", f"No run has the status 'DEAD'. There are {', '.join(sorted(RUN_STATUSES))}."),
        ("not status = 'FINISHD'", "No run has the status 'FINISHD'. Did you mean 'FINISHED'?"),
        ("lifecycle_stage = 'Active'", "No run has the lifecycle_stage 'Active'. Did you mean 'active'?"),
        ("status LIKE 'F%D_'", ""),
        ("metrics.f1 > 9", ""),
    ],
)
def test_a_filter_that_nothing_matches_is_told_what_is_in_no_run(seeded, store, filter_, hint):
    view = run_table_view(store, [seeded.experiment], filter=filter_)
    assert (view.total > 0, view.hint) == ("not" in filter_, hint)


def test_a_bad_filter_is_said_in_the_view_with_its_position(seeded, store):
    view = run_table_view(store, [seeded.experiment], filter="metrics.f1 > 0.9 nonsense")
    assert view.rows == []
    assert view.total == 0
    assert view.error.position == 17
    assert view.columns


def test_a_bad_order_is_said_without_a_position_in_the_filter(seeded, store):
    view = run_table_view(store, [seeded.experiment], order_by=OrderBy("nonsense", ascending=True))
    assert view.error.position is None
    assert "nonsense" in view.error.message


def test_an_unknown_experiment_is_an_error(store):
    with pytest.raises(ResourceDoesNotExistError):
        run_table_view(store, ["999"])


@pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (0, 0), (0, 1001)])
def test_impossible_pages_are_refused(store, offset, limit):
    with pytest.raises(InvalidParameterError, match="limit"):
        run_table_view(store, offset=offset, limit=limit)


def test_a_deleted_run_is_not_shown(seeded, store):
    store.delete_run(seeded.failed)
    assert names(run_table_view(store, [seeded.experiment])) == ["long", "rf-baseline"]


def test_at_most_so_many_runs_on_all_pages_together(seeded, store):
    order = OrderBy("attributes.start_time", ascending=True)
    first = run_table_view(store, [seeded.experiment], order_by=order, limit=1, max_results=2)
    second = run_table_view(store, [seeded.experiment], order_by=order, offset=1, limit=100, max_results=2)
    third = run_table_view(store, [seeded.experiment], order_by=order, offset=2, max_results=2)
    assert [names(view) for view in (first, second, third)] == [["rf-baseline"], ["lr-0.1"], []]
    assert [view.total for view in (first, second, third)] == [2, 2, 2]
    with pytest.raises(InvalidParameterError, match="max_results"):
        run_table_view(store, max_results=0)


def test_a_filter_on_the_lifecycle_stage_finds_deleted_runs(seeded, store):
    store.delete_run(seeded.failed)
    assert names(run_table_view(store, filter="lifecycle_stage = 'deleted'")) == ["lr-0.1"]
    assert names(run_table_view(store, filter="lifecycle_stage = 'active'")) == ["long", "rf-baseline"]
    assert names(run_table_view(store)) == ["long", "rf-baseline"]


def test_a_page_holds_only_its_runs_however_many_there_are(tmp_path):
    store = open_sqlite(tmp_path / "many.db")

    def peak(runs):
        for number in range(len(store.search_runs(["0"], max_results=10_000)), runs):
            store.create_run("0", start_time=number, run_name=str(number))
        run_table_view(store, ["0"], limit=50)
        tracemalloc.start()
        view = run_table_view(store, ["0"], limit=50)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return len(view.rows), size

    (few, small), (many, large) = peak(100), peak(1000)
    store.close()
    assert few == many == 50
    assert large < 1.2 * small


def test_what_most_runs_have_is_shown_before_what_few_have(tmp_path):
    store = open_sqlite(tmp_path / "common.db")
    for i in range(8):
        run = store.create_run("0", start_time=i).info.run_id
        metrics = [Metric(key, i, 1, 0) for key in ("epoch", "val/f1", "val/loss")]
        params = [Param("zeta", str(i)), Param("seed", "1")]
        if i == 7:  # the newest one alone
            metrics += [Metric(f"aaa{k}", k, 1, 0) for k in range(9)]
            params += [Param(f"only{k}", "1") for k in range(9)]
        store.log_batch(run, metrics=metrics, params=params)
    shown = [column.id for column in run_table_view(store).columns]
    found = [id_ for id_ in shown if id_.startswith("metrics.")]
    assert found == ["metrics.val/f1", "metrics.val/loss", *(f"metrics.aaa{k}" for k in range(4))]
    assert [id_ for id_ in shown if id_.startswith("params.")][:2] == ["params.zeta", "params.only0"]
    assert "params.seed" not in shown
    store.close()
