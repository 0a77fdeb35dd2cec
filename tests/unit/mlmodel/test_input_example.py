import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.mlmodel.input_example import Example, read

FRAME = pd.DataFrame({"a": [1.5, None], "s": ["x", None], "t": pd.to_datetime(["2024-01-02", None])})


def test_a_table():
    example = Example.of(FRAME)
    assert example.info() == {
        "artifact_path": "input_example.json",
        "serving_input_path": "serving_input_example.json",
        "type": "dataframe",
        "pandas_orient": "split",
    }
    content = {"columns": ["a", "s", "t"], "data": [[1.5, "x", "2024-01-02T00:00:00"], [None, None, None]]}
    assert json.loads(example.text()) == content
    assert json.loads(example.serving_text()) == {"dataframe_split": content}


def test_an_array():
    example = Example.of(np.ones((1, 2), dtype="float32"))
    assert example.info()["type"] == "ndarray"
    assert json.loads(example.text()) == [[1.0, 1.0]]
    assert json.loads(example.serving_text()) == {"inputs": [[1.0, 1.0]]}


def test_params_come_along():
    example = Example.of(({"q": "hi", "raw": b"\x00"}, {"k": 2}))
    assert example.info()["params"] == "true"
    assert read(example.text(), example.info()) == ({"q": "hi", "raw": "AA=="}, {"k": 2})
    assert json.loads(example.serving_text()) == {"inputs": {"q": "hi", "raw": "AA=="}, "params": {"k": 2}}


def test_a_pair_of_rows_is_data():
    assert Example.of(([1], [2])).params is None


def test_dates_in_lists():
    assert json.loads(Example.of([dt.date(2024, 1, 2)]).text()) == ["2024-01-02"]


def test_what_no_json_can_hold_is_refused():
    with pytest.raises(InvalidParameterError, match="object"):
        Example.of([object()]).text()


def test_two_columns_of_one_name():
    example = Example.of(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    assert json.loads(example.text()) == {"columns": ["a", "a"], "data": [[1, 2]]}
