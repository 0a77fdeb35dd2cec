"""Stores to move runs between."""

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Metric, RunTag
from jupyter_tracker.store.sql import open_sqlite

START = 1_700_000_000_000
GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture
def make_store(tmp_path):
    """Open a store in a folder of its own."""
    stores = []

    def make(name):
        (tmp_path / name).mkdir(exist_ok=True)
        stores.append(open_sqlite(tmp_path / name / "tracker.db"))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def here(make_store):
    return make_store("here")


@pytest.fixture
def there(make_store):
    return make_store("there")


@pytest.fixture
def full(there):
    """A store with one of everything; the names of its runs lead to their ids."""
    churn = there.create_experiment("churn", tags={"team": "blue"})
    ids = {}
    for number, name in enumerate(("first", "second", "thrown")):
        run = there.create_run(churn, "alice", START + number, {"author": "bob"}, name)
        ids[name] = run.info.run_id
        files = artifact_store(run.info.artifact_uri)
        files.write("environment/requirements.txt", b"numpy==2.0\n")
        files.write("own.txt", name.encode())
    writer = there.writer(ids["first"])
    writer.log_series("loss", 1 / np.arange(1, 200_001))
    writer.log_params({"lr": "0.1", "note": "Größe 東京"})
    writer.end("FINISHED", START + 5000)
    there.log_batch(ids["second"], [Metric("val/nan", math.nan, START, 0), Metric("inf", -math.inf, START, 1)])
    data = Dataset("iris", "abc", "local", "{}", '{"columns": []}')
    there.log_inputs(ids["first"], [DatasetInput(data, [InputTag("mlflow.data.context", "train")])])
    model = there.create_logged_model(churn, "net", ids["first"], {"a": "b"}, {"depth": "8"}, "sklearn")
    artifact_store(model.artifact_location).write("MLmodel", b"flavors: {}\n")
    there.finalize_logged_model(model.model_id, "READY")
    there.log_outputs(ids["first"], [LoggedModelOutput(model.model_id, 1)])
    there.log_metric(ids["first"], Metric("acc", math.nan, START, 0, model.model_id, "iris", "abc"))
    there.create_registered_model("churn-model", {"team": "blue"}, "text")
    there.create_model_version("churn-model", model.model_uri, ids["first"], {"a": "b"})
    there.create_model_version(
        "churn-model", there.get_run(ids["second"]).info.artifact_uri + "/own.txt", ids["second"]
    )
    there.transition_model_version_stage("churn-model", "1", "Production")
    there.set_registered_model_alias("churn-model", "champ", "1")
    there.set_tag(ids["second"], RunTag("mlflow.parentRunId", ids["first"]))
    there.delete_run(ids["thrown"])
    return ids


@pytest.fixture
def golden(tmp_path):
    """What a real MLflow wrote, unpacked elsewhere than where it was written."""
    (archive,) = GOLDEN.glob("mlflow-3.17*.zip")
    folder = tmp_path / "mlflow"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder


def read(uri, path):
    with artifact_store(uri).open(path) as file:
        return file.read()
