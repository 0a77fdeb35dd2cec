"""Data sets: name, digest, source, schema, size."""

import json
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.entities import Dataset, InputTag
from jupyter_tracker.errors import InvalidParameterError


@pytest.fixture
def frame():
    """One column of every common kind."""
    return pd.DataFrame(
        {
            "x": [1.0, 2.0],
            "n": [1, 2],
            "flag": [True, False],
            "text": ["a", None],
            "when": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "kind": pd.Categorical(["u", "v"]),
            "small": np.array([1, 2], dtype=np.int32),
            "maybe": pd.array([1, None], dtype="Int64"),
        }
    )


def test_a_pandas_frame(frame):
    dataset = tracker.data.from_pandas(frame, source="data/churn.csv", targets="flag", name="churn")
    assert (dataset.name, dataset.source) == ("churn", "data/churn.csv")
    assert dataset.profile == {"num_rows": 2, "num_elements": 16}
    types = {column["name"]: column["type"] for column in dataset.schema["mlflow_colspec"]}
    assert types == {"x": "double", "n": "long", "flag": "boolean", "text": "string", "when": "datetime",
                     "kind": "string", "small": "integer", "maybe": "long"}  # fmt: skip
    entity = dataset.to_entity()
    assert (entity.name, entity.digest, entity.source_type) == ("churn", dataset.digest, "local")
    assert json.loads(entity.source) == {"uri": "data/churn.csv"}
    assert json.loads(entity.schema) == dataset.schema
    assert json.loads(entity.profile) == dataset.profile


def changes(frame):
    yield frame.assign(x=[1.0, 2.5])
    yield frame.rename(columns={"x": "z"})
    yield frame.astype({"n": "float64"})
    yield frame.iloc[:1]
    yield frame.iloc[::-1]
    yield frame.assign(text=["a", "b"])
    yield frame[frame.columns[::-1]]


def test_the_digest_is_of_the_content(frame):
    digest = tracker.data.from_pandas(frame).digest
    assert tracker.data.from_pandas(frame.copy(), name="other", source="x").digest == digest
    assert len(digest) == 16
    others = [tracker.data.from_pandas(changed).digest for changed in changes(frame)]
    assert len({digest, *others}) == len(others) + 1


def test_a_million_rows_in_milliseconds():
    rng = np.random.default_rng(0)
    big = pd.DataFrame({f"c{number}": rng.random(1_000_000) for number in range(10)})
    big["text"] = "abc"
    tracker.data.from_pandas(big.iloc[:10])
    started = time.process_time()
    digest = tracker.data.from_pandas(big).digest
    assert time.process_time() - started < 0.5
    big.iloc[-1, 0] = 7
    assert tracker.data.from_pandas(big).digest != digest


def test_wide_empty_and_oddly_named_frames():
    tracker.data.from_pandas(pd.DataFrame(np.zeros((3, 5000))))
    assert tracker.data.from_pandas(pd.DataFrame()).profile == {"num_rows": 0, "num_elements": 0}
    assert tracker.data.from_pandas(pd.DataFrame({"a": []})).profile["num_rows"] == 0
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert [column["name"] for column in tracker.data.from_pandas(twice).schema["mlflow_colspec"]] == ["a", "a"]
    assert tracker.data.from_pandas(pd.DataFrame({0: [1], ("a", "b"): [2]})).schema["mlflow_colspec"][0]["name"] == "0"


def test_a_polars_frame():
    frame = pl.DataFrame({"x": [1.0, 2.0], "n": [1, 2], "text": ["a", None], "flag": [True, None]})
    dataset = tracker.data.from_polars(frame, name="churn")
    assert [column["type"] for column in dataset.schema["mlflow_colspec"]] == ["double", "long", "string", "boolean"]
    assert dataset.profile == {"num_rows": 2, "num_elements": 8}
    assert tracker.data.from_polars(frame.clone()).digest == dataset.digest
    assert tracker.data.from_polars(frame.with_columns(x=pl.lit(3.0))).digest != dataset.digest
    assert tracker.data.from_polars(pl.DataFrame()).profile == {"num_rows": 0, "num_elements": 0}


def test_arrays():
    features, targets = np.zeros((100, 4), dtype=np.float32), np.arange(100)
    dataset = tracker.data.from_numpy(features, targets=targets)
    assert dataset.profile == {
        "features_shape": [100, 4], "features_size": 400, "features_nbytes": 1600,
        "targets_shape": [100], "targets_size": 100, "targets_nbytes": 800,
    }  # fmt: skip
    spec = dataset.schema["mlflow_tensorspec"]
    assert json.loads(spec["features"]) == [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}]
    assert json.loads(spec["targets"])[0]["tensor-spec"] == {"dtype": "int64", "shape": [-1]}
    assert tracker.data.from_numpy(features, targets=targets[::-1]).digest != dataset.digest
    assert tracker.data.from_numpy(features).digest != dataset.digest
    by_name = tracker.data.from_numpy({"image": features, "mask": features})
    assert by_name.profile["features_shape"] == {"image": [100, 4], "mask": [100, 4]}
    assert [tensor["name"] for tensor in json.loads(by_name.schema["mlflow_tensorspec"]["features"])] == [
        "image",
        "mask",
    ]


def test_what_is_refused(frame):
    with pytest.raises(InvalidParameterError, match="no column 'label'"):
        tracker.data.from_pandas(frame, targets="label")
    with pytest.raises(InvalidParameterError, match="digest"):
        tracker.data.from_pandas(frame, digest="x" * 37)
    with pytest.raises(InvalidParameterError, match="arrays"):
        tracker.data.from_numpy([1, 2])
    with tracker.start_run(), pytest.raises(InvalidParameterError, match="from_pandas"):
        tracker.log_input(frame)


@pytest.mark.parametrize(
    ("source", "kind", "kept"),
    [
        ("s3://bucket/x.parquet", "s3", {"uri": "s3://bucket/x.parquet"}),
        ("https://alice:hunter2@example.org/x.csv", "http", {"url": "https://***@example.org/x.csv"}),
        ("file:///data/x.csv", "local", {"uri": "file:///data/x.csv"}),
    ],
)
def test_sources(frame, source, kind, kept):
    entity = tracker.data.from_pandas(frame, source=source).to_entity()
    assert (entity.source_type, json.loads(entity.source)) == (kind, kept)


def test_without_a_source_it_is_the_code(frame):
    entity = tracker.data.from_pandas(frame).to_entity()
    assert entity.source_type == "code"
    assert json.loads(entity.source)["tags"]["mlflow.source.type"] == "LOCAL"


def test_inputs_of_a_run(frame):
    dataset = tracker.data.from_pandas(frame, name="churn")
    with tracker.start_run() as run:
        tracker.log_input(dataset, context="training", tags={"fold": 1})
        tracker.log_input(dataset, context="training")
        tracker.log_input(Dataset("other", "d", "local", "{}"))
    inputs = tracker.get_run(run.info.run_id).inputs.dataset_inputs
    by_name = {item.dataset.name: item for item in inputs}
    assert set(by_name) == {"churn", "other"}
    assert by_name["churn"].dataset == dataset.to_entity()
    assert InputTag("mlflow.data.context", "training") in by_name["churn"].tags
