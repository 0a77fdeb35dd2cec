"""Runs, experiments and orders found by what people type."""

import os

import pytest

from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.views.lookup import find_experiment, find_run, order_by_of
from jupyter_tracker.views.table_columns import OrderBy


@pytest.fixture
def store(tmp_path):
    opened = open_sqlite(tmp_path / "tracker.db")
    yield opened
    opened.close()


def add_run(store, name, time_ms=1):
    return store.create_run("0", start_time=time_ms, run_name=name).info.run_id


def test_a_run_by_id_by_the_start_of_it_and_by_name(store):
    run_id = add_run(store, 'it\'s a "name"')
    add_run(store, "another")
    for text in (run_id, run_id[:4], run_id[:31], 'it\'s a "name"'):
        assert find_run(store, text).info.run_id == run_id


def test_the_newest_of_a_name(store):
    add_run(store, "rf", 1)
    newest = add_run(store, "rf", 3)
    add_run(store, "rf", 2)
    assert find_run(store, "rf").info.run_id == newest


def test_a_name_that_looks_like_the_start_of_an_id(store):
    run_id = add_run(store, "deadbeef")
    assert find_run(store, "deadbeef").info.run_id == run_id


def test_the_start_of_several_ids_is_not_enough(store, monkeypatch):
    for last in "12":
        monkeypatch.setattr(
            os, "urandom", lambda size, last=last: bytes.fromhex("abcd" + "00" * (size - 3) + "0" + last)
        )
        add_run(store, f"rf-{last}")
    with pytest.raises(InvalidParameterError, match=r"Several run ids begin with 'abcd': .*rf-1.*Write more"):
        find_run(store, "abcd")
    with pytest.raises(ResourceDoesNotExistError):  # too short for an id, so it is a name
        find_run(store, "abc")


def test_nothing_of_the_kind(store):
    with pytest.raises(ResourceDoesNotExistError, match="no runs yet"):
        find_run(store, "rf")
    add_run(store, "rf-baseline")
    with pytest.raises(ResourceDoesNotExistError, match="Did you mean 'rf-baseline'"):
        find_run(store, "rf-basline")
    with pytest.raises(ResourceDoesNotExistError):
        find_run(store, "0" * 32)


def test_an_experiment_by_name_and_by_id(store):
    churn = store.create_experiment("churn")
    assert find_experiment(store, "churn").experiment_id == churn
    assert find_experiment(store, churn).name == "churn"
    numbered = store.create_experiment("0")
    assert find_experiment(store, "0").experiment_id == numbered, "the name wins"
    with pytest.raises(ResourceDoesNotExistError, match="did you mean 'churn'"):
        find_experiment(store, "chrun")
    with pytest.raises(ResourceDoesNotExistError):
        find_experiment(store, "999")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        (None, None),
        (" ", None),
        ("metrics.f1 desc", OrderBy("metrics.f1", ascending=False)),
        ("metrics.`val acc` ASC", OrderBy("metrics.val acc", ascending=True)),
        ("params.lr", OrderBy("params.lr", ascending=True)),
        ("start_time DESC", OrderBy("attributes.start_time", ascending=False)),
    ],
)
def test_an_order(text, order):
    assert order_by_of(text) == order


def test_an_order_that_names_no_column():
    with pytest.raises(InvalidFilterError):
        order_by_of("speed desc")
