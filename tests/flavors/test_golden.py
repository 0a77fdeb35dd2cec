"""Folders that a real MLflow has saved, of version 2 and 3, load for ever, and predict what they did then."""

import json
import os
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jupyter_tracker as tracker
from tests.flavors.test_contract import same

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("models-mlflow-*.zip"))
KINDS = ("sklearn", "sklearn-pickle", "xgboost", "lightgbm", "pytorch", "keras", "custom")


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def golden(request, project):
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall("golden")
    expected = json.loads(Path("golden/expected.json").read_text())
    return expected, pd.read_json("golden/data.json", orient="split")


def test_both_versions_are_there():
    assert {path.stem.split("-")[2].partition(".")[0] for path in GOLDEN} == {"2", "3"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_loads(golden, kind):
    expected, data = golden
    if kind == "custom" and tuple(expected["python"]) != sys.version_info[:2]:
        with pytest.raises(Exception):  # noqa: B017, PT011 - by MLflow it cannot be loaded either
            tracker.pyfunc.load_model(f"golden/{kind}", trust=True).predict(data)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a later scikit-learn says that the pickle is of an earlier one
        loaded = tracker.pyfunc.load_model(f"golden/{kind}", trust=True)
        assert same(loaded.predict(data), expected["predictions"][kind])
        if kind != "custom":
            face = getattr(tracker, kind.partition("-")[0])
            assert type(face.load_model(f"golden/{kind}", trust=True)) is type(loaded.get_raw_model())


def test_it_is_promoted_by_the_rules_as_one_of_ours(golden):
    policy = {"model": "foreign", "metric": "f1", "threshold": 0.02, "signature": "compatible"}
    outcomes = []
    for kind, f1 in (("sklearn", 0.8), ("xgboost", 0.81), ("lightgbm", 0.9)):
        with tracker.start_run() as run:
            tracker.log_metric("f1", f1)
            tracker.log_artifacts(f"golden/{kind}", "model")
        outcomes.append(tracker.promote(run, policy=policy))
    assert [found.outcome for found in outcomes] == ["promoted", "refused", "promoted"]
    assert [result.outcome for result in outcomes[2].results] == ["passed", "passed"]
    expected, data = golden
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = tracker.pyfunc.load_model("models:/foreign/Production", trust=True)
        assert same(loaded.predict(data), expected["predictions"]["lightgbm"])


def test_without_trust_only_what_is_safe(golden):
    for kind in KINDS:
        block = tracker.models.get_model_info(f"golden/{kind}").flavors
        safe = (
            kind in {"xgboost", "lightgbm", "keras"} or block.get("sklearn", {}).get("serialization_format") == "skops"
        )
        if safe:
            tracker.pyfunc.load_model(f"golden/{kind}")
        else:
            with pytest.raises(tracker.exceptions.UntrustedModelError):
                tracker.pyfunc.load_model(f"golden/{kind}")


def test_mlflow_is_not_imported(golden):
    code = (
        "import sys, jupyter_tracker as tracker\n"
        "sys.modules['mlflow'] = None\n"
        "tracker.pyfunc.load_model('golden/custom', trust=True)\n"
        "tracker.pytorch.load_model('golden/pytorch', trust=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_signature_is_enforced(golden):
    _, data = golden
    with pytest.raises(tracker.TrackerError, match="'b'"):
        tracker.pyfunc.load_model("golden/sklearn", trust=True).predict(data.drop(columns="b"))
    assert np.isfinite(tracker.models.validate("golden/sklearn", trust=True)).all()
