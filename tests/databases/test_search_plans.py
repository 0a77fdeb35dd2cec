"""Searches on servers start from an index: asked of the servers' own planners."""

import pytest
import sqlalchemy as sa

from benchmarks.plans import plans_of
from jupyter_tracker.store.sql import schema as s

RUNS = 3000
LONG = "x" * s.INDEXED


@pytest.fixture
def store(url, open_store):
    store = open_store(url)
    number = int(store.create_experiment("churn"))
    run = {
        "experiment_id": number,
        "run_name": "r",
        "user_id": "alice",
        "status": "FINISHED",
        "lifecycle_stage": "active",
    }
    with store.write() as connection:
        connection.execute(
            sa.insert(s.runs),
            [{**run, "run": key, "run_id": f"{key:032x}", "start_time": key} for key in range(1, RUNS + 1)],
        )
        labels = [
            {"run": key, "key": name, "value": value}
            for key in range(1, RUNS + 1)
            for name, value in (("note", f"try {key}"), ("model", "rf"), ("long", f"{LONG}{key}"))
        ]
        for table in (s.params, s.tags):
            connection.execute(sa.insert(table), labels)
    words = {"postgresql": "VACUUM (ANALYZE) {}", "mysql": "ANALYZE TABLE {}"}[store.database.dialect]
    with store.database.session() as connection:
        for table in ("runs", "params", "tags"):
            connection.exec_driver_sql(words.format(table)).close()
    return store


def found(store, text):
    return [int(run.info.run_id, 16) for run in store.search_runs(["1"], text)]


@pytest.mark.parametrize("table", ["params", "tags"])
@pytest.mark.parametrize("test", ["= 'try 77'", "IN ('try 77', 'none')"])
def test_an_equal_value_is_looked_up_in_the_index(store, kind, table, test):
    text = f"{table}.note {test}"
    assert found(store, text) == [77]
    probe = plans_of(store.database.engine, lambda: found(store, text)).split("\n--\n")[0]
    assert f"{table}_by_key" in probe
    if kind == "postgresql":
        (line,) = [line for line in probe.splitlines() if "Index Cond" in line]
        assert "try 77" in line
        assert "rows=1 " in probe  # not the 3,000 of the key
    else:
        row = next(line for line in probe.splitlines() if f"{table}_by_key" in line).split()
        assert int(row[8]) <= 2  # the rows that are looked at


def test_long_values_that_begin_alike_are_told_apart(store):
    assert found(store, f"params.long = '{LONG}77' or tags.long IN ('{LONG}78', '{LONG}')") == [78, 77]
    assert found(store, f"params.long = '{LONG}'") == []


def test_logged_keys_are_found_without_reading_all_values(store, kind):
    expected = ["long", "model", "note"]
    keys = store.logged_keys(["1"])
    assert (keys["params"], keys["tags"], keys["metrics"]) == (expected, expected, [])
    if kind == "postgresql":
        plan = plans_of(store.database.engine, lambda: store.logged_keys(["1"]))
        assert f"rows={3 * RUNS} " not in plan
        assert "rows=1 " in plan


def test_a_page_of_the_newest_runs_is_read_in_the_order_of_an_index(store, kind):
    newest = [RUNS - number for number in range(3)]
    for order in (None, ["start_time DESC"]):
        page = store.search_runs(["1"], max_results=3, order_by=order)
        assert [int(run.info.run_id, 16) for run in page] == newest
    if kind == "postgresql":
        plan = plans_of(
            store.database.engine, lambda: store.search_runs(["1"], max_results=3, order_by=["start_time DESC"])
        )
        assert "Index Scan Backward using runs_by_start" in plan


@pytest.mark.parametrize("kind", ["postgresql"])
def test_runs_in_the_order_of_a_param_are_read_from_its_index(store):
    for order, first in (("params.note DESC", "999"), ("tags.note", "1")):
        page = store.search_runs(["1"], max_results=2, order_by=[order])
        assert page[0].info.run_id == f"{int(first):032x}"
        plan = plans_of(
            store.database.engine, lambda order=order: store.search_runs(["1"], max_results=2, order_by=[order])
        )
        assert "Presorted Key" in plan
        assert f"rows={RUNS}" not in plan


@pytest.mark.parametrize("kind", ["postgresql"])
def test_frequent_clauses_are_counted_no_further_than_asked(store):
    text = "params.model = 'rf' and tags.model = 'rf'"
    assert len(store.search_runs(["1"], text)) == 1000
    probe = plans_of(store.database.engine, lambda: found(store, text)).split("\n--\n")[0]
    assert f"rows={RUNS}" not in probe
    with store.read() as connection:  # as before for whatever follows
        assert connection.exec_driver_sql("SHOW enable_seqscan").scalar() == "on"


def test_what_many_runs_match_is_looked_up_run_by_run_until_the_page_is_full(store, kind):
    text = "params.model IN ('rf', 'nn') and tags.model = 'rf' and not params.note LIKE '%9999'"
    newest = [RUNS - number for number in range(3)]
    assert [int(run.info.run_id, 16) for run in store.search_runs(["1"], text, max_results=3)] == newest
    if kind == "postgresql":
        *_, page = plans_of(store.database.engine, lambda: store.search_runs(["1"], text, max_results=3)).split(
            "\n--\n"
        )
        assert f"rows={RUNS} " not in page
        assert "using params_pkey" in page
