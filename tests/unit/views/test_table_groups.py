import math
import statistics

import pytest

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.views.run_table import run_table_view
from jupyter_tracker.views.table_columns import COUNT_ID, OrderBy

VALUES = {"rf": [0.5, 0.7, 0.9], "lr": [0.25], "nn": [math.nan], None: [0.1, 0.3]}


@pytest.fixture
def store(tmp_path):
    store = open_sqlite(tmp_path / "groups.db")
    for model, values in VALUES.items():
        for value in values:
            run = store.create_run("0", start_time=1).info.run_id
            params = [] if model is None else [Param("model", model)]
            store.log_batch(run, metrics=[Metric("f1", value, 1, 0)], params=params)
    yield store
    store.close()


def grouped(store, **options):
    return run_table_view(store, group_by="params.model", columns=["metrics.f1"], **options)


def names(view):
    return [group.value for group in view.groups]


def test_groups_have_mean_spread_and_number_of_each_metric(store):
    view = grouped(store)
    assert [column.id for column in view.columns] == [COUNT_ID, "metrics.f1"]
    found = {group.value: (group.n, group.cells[1]) for group in view.groups}
    for model in ("rf", None):
        n, cell = found[model]
        assert n == cell.n == len(VALUES[model])
        assert cell.mean == pytest.approx(statistics.mean(VALUES[model]))
        assert cell.std == pytest.approx(statistics.stdev(VALUES[model]))
    assert (found["lr"][1].mean, found["lr"][1].std, found["lr"][1].n) == (0.25, None, 1)
    assert found["nn"] == (1, None)
    assert (view.total, view.runs, view.rows) == (4, 7, [])


@pytest.mark.parametrize("group_by", ["params.model", "tags.team", "status", "experiment_id"])
@pytest.mark.parametrize("filter_", ["", "metrics.f1 > 0.2", "params.model = 'rf'", "metrics.gone > 1"])
def test_groups_counted_by_the_store_are_those_of_all_values(store, monkeypatch, group_by, filter_):
    for number, info in enumerate(store.search_runs(["0"])):
        store.set_tag(info.info.run_id, RunTag("team", f"t{number % 2}"))
    asked = {"group_by": group_by, "filter": filter_, "columns": ["metrics.f1", "params.model", "metrics.gone"]}
    found = run_table_view(store, **asked).groups
    monkeypatch.setattr(store, "search_run_groups", lambda *_: None)
    for ours, theirs in zip(found, run_table_view(store, **asked).groups, strict=True):
        assert (ours.value, ours.n, ours.filter) == (theirs.value, theirs.n, theirs.filter)
        for one, other in zip(ours.cells, theirs.cells, strict=True):
            assert one == other or (one.mean, one.std, one.n) == (
                pytest.approx(other.mean), pytest.approx(other.std), other.n,
            )  # fmt: skip


def test_a_large_offset_does_not_eat_the_spread(store):
    for value in (1e9 + 1, 1e9 + 2, 1e9 + 3):
        run = store.create_run("0").info.run_id
        store.log_batch(run, metrics=[Metric("big", value, 1, 0)], params=[Param("model", "big")])
    view = run_table_view(store, filter="params.model = 'big'", group_by="params.model", columns=["metrics.big"])
    assert view.groups[0].cells[1].std == pytest.approx(1)


@pytest.mark.parametrize(
    ("column", "ascending", "expected"),
    [
        (None, True, ["lr", "nn", "rf", None]),
        ("params.model", False, ["rf", "nn", "lr", None]),
        (COUNT_ID, False, ["rf", None, "lr", "nn"]),
        ("metrics.f1", False, ["rf", "lr", None, "nn"]),
        ("metrics.f1", True, [None, "lr", "rf", "nn"]),
    ],
)
def test_groups_are_sorted_with_missing_values_last(store, column, ascending, expected):
    view = grouped(store, order_by=None if column is None else OrderBy(column, ascending))
    assert view.error is None
    assert names(view) == expected


def test_numbers_sort_as_numbers(store):
    for lr in ("10", "9", "1e-3", "auto"):
        store.log_batch(store.create_run("0").info.run_id, params=[Param("lr", lr)])
    view = run_table_view(store, filter="params.lr IS NOT NULL", group_by="params.lr", columns=[])
    assert names(view) == ["1e-3", "9", "10", "auto"]


def test_the_filter_of_a_group_finds_its_runs(store):
    store.set_tag(store.create_run("0").info.run_id, RunTag("my team", "it's us"))
    for group_by in ("params.model", "tags.`my team`", "status"):
        view = run_table_view(store, group_by=group_by, columns=[])
        for group in view.groups:
            assert run_table_view(store, filter=group.filter).total == group.n


def test_pages_join_and_a_snapshot_stays(store):
    first = grouped(store, limit=2)
    store.log_batch(store.create_run("0").info.run_id, params=[Param("model", "aaa")])
    second = grouped(store, offset=2, limit=2, snapshot=first.snapshot)
    assert names(first) + names(second) == ["lr", "nn", "rf", None]
    assert names(grouped(store))[0] == "aaa"


def test_a_filter_holds_and_a_bad_one_is_said(store):
    assert names(grouped(store, filter="metrics.f1 > 0.6")) == ["rf"]
    assert grouped(store, filter="metrics.f1 >").error.position == 12
    assert grouped(store, filter="metrics.f1 > 99").groups == []


def test_without_a_choice_the_metrics_of_the_runs_are_shown(store):
    view = run_table_view(store, group_by="params.model")
    assert [column.id for column in view.columns] == [COUNT_ID, "metrics.f1"]


@pytest.mark.parametrize("group_by", ["metrics.f1", "start_time", "nonsense", "params.", "params.a, params.b", ""])
def test_what_cannot_be_grouped_by_is_refused(store, group_by):
    with pytest.raises(InvalidParameterError, match="a param or a tag is expected"):
        run_table_view(store, group_by=group_by)


def test_equal_values_have_no_spread_though_their_sum_is_rounded(tmp_path):
    store = open_sqlite(tmp_path / "equal.db")
    for _ in range(3):
        run = store.create_run("0", start_time=1).info.run_id
        store.log_batch(run, metrics=[Metric("f1", 0.045, 1, 0)], params=[Param("model", "rf")])
    ((_, cell),) = [group.cells for group in grouped(store).groups]
    assert (cell.mean, cell.std) == (pytest.approx(0.045), 0.0)
    store.close()
