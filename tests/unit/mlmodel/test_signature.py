import datetime as dt
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.mlmodel.inference import infer_signature
from jupyter_tracker.mlmodel.mlmodel import Model
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import Schema


def entries(data):
    return infer_signature(data).inputs.to_dict()


def column(kind, name=None, *, required=True):
    named = {} if name is None else {"name": name}
    return {"type": kind, **named, "required": required}


class TestTables:
    def test_two_columns_of_one_name_have_their_own_types(self):
        assert entries(pd.DataFrame([[1, 0.5]], columns=["a", "a"])) == [column("long", "a"), column("double", "a")]

    def test_pandas_columns_of_every_type(self):
        frame = pd.DataFrame(
            {
                "b": [True, False],
                "i": np.array([1, 2], dtype="int32"),
                "l": [1, 2],
                "f": np.array([1, 2], dtype="float32"),
                "d": [0.5, None],
                "s": ["x", "y"],
                "t": pd.to_datetime(["2024-01-01", "2024-02-01"]),
                "c": pd.Series(["low", "high"], dtype="category"),
            }
        )
        kinds = {entry["name"]: entry["type"] for entry in entries(frame)}
        assert kinds == {
            "b": "boolean", "i": "integer", "l": "long", "f": "float", "d": "double", "s": "string", "t": "datetime",
            "c": "string",
        }  # fmt: skip

    @pytest.mark.parametrize("dtype", ["object", "string"])
    def test_text_with_a_gap_is_optional(self, dtype):
        assert entries(pd.DataFrame({"s": pd.Series(["x", None], dtype=dtype)})) == [
            column("string", "s", required=False)
        ]

    def test_a_nullable_integer_with_a_gap_is_optional(self):
        assert entries(pd.DataFrame({"n": pd.array([1, None], dtype="Int64")})) == [column("long", "n", required=False)]

    def test_columns_without_names_keep_their_numbers(self):
        assert entries(pd.DataFrame([[1, 2.5]])) == [column("long", 0), column("double", 1)]

    def test_a_series_is_one_column(self):
        assert entries(pd.Series([1.5], name="y")) == [column("double", "y")]

    def test_cells_that_are_lists_and_dictionaries(self):
        frame = pd.DataFrame({"tags": [["a"], ["b", "c"]], "who": [{"id": 1}, {"id": 2, "mail": "x"}]})
        tags, who = entries(frame)
        assert tags == {"type": "array", "items": {"type": "string"}, "name": "tags", "required": True}
        assert who["properties"] == {
            "id": {"type": "long", "required": True},
            "mail": {"type": "string", "required": False},
        }

    def test_polars(self):
        frame = pl.DataFrame({"n": [1, 2], "s": ["x", None], "at": [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)] * 2})
        assert entries(frame) == [column("long", "n"), column("string", "s", required=False), column("datetime", "at")]


class TestOthers:
    def test_arrays_leave_the_first_dimension_open(self):
        assert entries(np.zeros((5, 4), dtype="float32")) == [
            {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}
        ]

    def test_an_array_of_text_alone_is_one_of_text(self):
        assert infer_signature(np.array(["yes", "no"], dtype=object)) == infer_signature(np.array(["yes", "no"]))
        with pytest.raises(InvalidParameterError, match="array of objects"):
            infer_signature(np.array(["yes", None], dtype=object))

    def test_a_dictionary_of_arrays_is_named_tensors(self):
        (spec,) = entries({"ids": np.zeros((2, 3), dtype="int64")})
        assert spec == {"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 3]}, "name": "ids"}

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ("hello", [column("string")]),
            (["a", "b"], [column("string")]),
            ([1, 2.5], [column("double")]),
            ({"q": "hi", "k": 3}, [column("string", "q"), column("long", "k")]),
            ([{"a": 1}, {"a": 2, "b": "x"}], [column("long", "a"), column("string", "b", required=False)]),
            (b"raw", [column("binary")]),
        ],
    )
    def test_values_lists_and_dictionaries(self, data, expected):
        assert entries(data) == expected

    def test_params(self):
        signature = infer_signature("x", params={"temperature": 0.5, "stop": ["a"], "n": np.int64(3)})
        assert signature.params.to_dict() == [
            {"name": "temperature", "default": 0.5, "shape": None, "type": "double"},
            {"name": "stop", "default": ["a"], "shape": [-1], "type": "string"},
            {"name": "n", "default": 3, "shape": None, "type": "long"},
        ]

    @pytest.mark.parametrize("data", [object(), np.array([object()]), [[1], ["a", {}]]])
    def test_what_has_no_signature_is_refused(self, data):
        with pytest.raises(InvalidParameterError):
            infer_signature(data)


class TestForms:
    def test_there_and_back(self):
        before = infer_signature(pd.DataFrame({"a": [[1]], "b": ["x"]}), np.zeros((2, 1)), {"k": 1})
        assert ModelSignature.from_dict(before.to_dict()) == before

    def test_required_may_be_left_out(self):
        assert Schema.from_json('[{"type": "double", "name": "a"}]').inputs[0].required

    def test_a_map(self):
        text = '[{"type": "map", "values": {"type": "long"}, "name": "m", "required": true}]'
        assert Schema.from_json(text).to_dict() == json.loads(text)

    @pytest.mark.parametrize(
        "inputs", ["{", "[1]", '{"type": "double"}', '[{"type": "nonsense"}]', '[{"type": "array"}]']
    )
    def test_a_damaged_one_says_so(self, inputs):
        with pytest.raises(InvalidStateError, match="signature"):
            ModelSignature.from_dict({"inputs": inputs})


class TestMLmodelFile:
    def test_unknown_keys_are_kept(self):
        model = Model.from_yaml("flavors:\n  sklearn: {pickled_model: m.pkl}\nprompts: [p]\nmlflow_version: 2.9.0\n")
        assert model.mlflow_version == "2.9.0"
        again = Model.from_yaml(model.to_yaml())
        assert (again.flavors, again.other) == ({"sklearn": {"pickled_model": "m.pkl"}}, {"prompts": ["p"]})

    @pytest.mark.parametrize(
        "text", ["", "a: [", "[]", "flavors: 3", "flavors: {a: 1}", "!!python/object/apply:os.getcwd []"]
    )
    def test_damaged_files_are_refused(self, text):
        with pytest.raises(InvalidStateError):
            Model.from_yaml(text)
