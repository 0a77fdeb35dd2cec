"""Requests of MLflow's scoring protocol: a model predicts from them, or it is said what is wrong with them."""

import json

import numpy as np
import pandas as pd
import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import scoring
from jupyter_tracker.flavors.enforcement import enforced
from jupyter_tracker.mlmodel.inference import infer_signature

TABLE = infer_signature(pd.DataFrame({"n": [1], "x": [1.0], "t": pd.to_datetime(["2024-01-01"]), "f": [True]}))
ARRAYS = infer_signature({"a": np.zeros((2, 2), dtype="uint8"), "b": np.zeros(2, dtype="float32")})
NAMES = ["n", "x", "t", "f"]


def read(body, signature):
    """Return what a model gets of a request."""
    data, _ = scoring.read_input(body if isinstance(body, str) else json.dumps(body), "application/json", signature)
    return enforced(data, signature.inputs)


def row(*values):
    return {"dataframe_split": {"columns": NAMES, "data": [list(values)]}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"dataframe_split": {"columns": "n", "data": [[1]]}}, "dataframe_split must be"),
        ({"dataframe_split": {"columns": ["n"], "index": 5, "data": [[1]]}}, "dataframe_split must be"),
        ({"dataframe_split": {"columns": ["n"]}}, "dataframe_split must be"),
        ({"dataframe_split": {"columns": ["n"], "data": [[1, 2]]}}, "dataframe_split makes no table: 1 columns"),
        ({"dataframe_split": {"columns": [*NAMES, "n"], "data": [[1, 1, "2024", True, 1]]}}, "'n' more than once"),
        ({"instances": [{"n": 1}, 3]}, "some of its rows have names"),
        ({"inputs": {"n": [1, 2], "x": [1.0]}}, "inputs makes no table: All arrays must be of the same length"),
        (row(10**30, 1, "2024-01-01", True), "'n' must be of type long"),
        (row(None, 1, "2024-01-01", True), "'n' must be of type long, and holds no value"),
        (row(1, 1, 3, True), "'t' must hold dates and times, as text"),
        (row(1, 1, "2024-13-01", True), "'t' must hold dates and times"),
        (row(1, 1, "2024-01-01", None), "'f' must be of type boolean, and holds no value"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_makes_no_table(body, said):
    with pytest.raises(InvalidParameterError, match=said):
        read(body, TABLE)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"instances": [{"a": [1, 2], "b": 1}, {"a": [1, 2]}]}, "the first has 'a', 'b', and row 1 has 'a'"),
        ({"instances": [{"a": [1, 2], "b": 1}, 3]}, "some of its rows have names"),
        ({"instances": [{"a": [1, 300], "b": 1}]}, "instances makes no array: .*300 out of bounds"),
        ({"instances": [{"a": [-1, 3], "b": 1}]}, "instances makes no array: .*-1 out of bounds"),
        ({"inputs": {"a": [[1, 2], [3]], "b": [1]}}, "inputs makes no array"),
        ('{"inputs": {"a": [[1, 1e400]], "b": [1]}}', "inputs makes no array: .*infinity"),
    ],
)
def test_what_makes_no_array(body, said):
    with pytest.raises(InvalidParameterError, match=said):
        read(body, ARRAYS)


def test_a_number_that_is_missing_in_the_only_row_is_as_in_one_of_many():
    one, two = (
        read(row(1, None, "2024-01-01", True), TABLE),
        read({"inputs": {"n": [1, 2], "x": [None, 2.5], "t": ["2024", "2024"], "f": [True, False]}}, TABLE),
    )
    assert [str(each["x"].dtype) for each in (one, two)] == ["float64", "float64"]
    assert np.isnan(one["x"][0])
    assert np.isnan(two["x"][0])


def test_rows_with_names_are_arrays_by_name():
    found = read({"instances": [{"b": 1, "a": [1, 2]}, {"a": [3, 4], "b": 2}]}, ARRAYS)
    assert {name: array.tolist() for name, array in found.items()} == {"a": [[1, 2], [3, 4]], "b": [1.0, 2.0]}
