"""Save what a real MLflow writes: `python tests/golden/make_mlflow.py`, with mlflow installed.

One `mlflow-<version>.zip` holds an ``mlflow.db`` and an ``mlruns`` folder with one of everything that is
imported. Later versions of MLflow get a file of their own; those that are there must import for ever.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import zipfile
from pathlib import Path

# A place and a user that no reader has.
PROJECT = Path("/tmp/project")
os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "LOGNAME": "alice", "USER": "alice", "GIT_PYTHON_REFRESH": "quiet"}
START = 1_700_000_000_000


def fill(uri: str) -> None:
    """Log one of everything."""
    import mlflow
    from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, LoggedModelStatus, Metric, Param

    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    churn = client.create_experiment("churn", tags={"team": "blue"})
    run_id = client.create_run(churn, START, {"mlflow.user": "alice", "author": "bob"}, "golden").info.run_id
    numbers = {"inf": math.inf, "minus/inf": -math.inf, "nan": math.nan}
    points = [Metric("loss", 1 / (step + 1), START + step, step) for step in range(50)]
    points += [Metric(key, value, START, 3) for key, value in numbers.items()]
    points += [Metric("x", 1.5, 7, -3), Metric("x", 1.5, 7, -3), Metric("x", 2.5, 8, -3)]
    client.log_batch(run_id, points, [Param("empty", ""), Param("sub/note", "Größe 東京")])
    data = Dataset("iris", "abc123", "local", '{"uri": "iris.csv"}', '{"mlflow_colspec": []}', '{"num_rows": 150}')
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "train")])])
    client.log_text(run_id, "hello\n", "hello.txt")
    client.log_text(run_id, "deep\n", "sub/dir/deep.txt")
    model = client.create_logged_model(churn, "net", run_id, {"a": "b"}, {"depth": "8"}, "sklearn")
    Path("MLmodel").write_text("flavors: {}\n")
    client.log_model_artifact(model.model_id, "MLmodel")
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 2)])
    client.log_metric(
        run_id, "acc", 0.9, START, 3, model_id=model.model_id, dataset_name="iris", dataset_digest="abc123"
    )
    client.set_terminated(run_id, "FINISHED", START + 5000)
    registry(client, run_id, model)
    child = client.create_run(churn, START + 1, {"mlflow.parentRunId": run_id}, "child").info.run_id
    client.set_terminated(child, "FAILED", START + 2)
    client.create_run("0", START + 2, run_name="running")
    client.delete_run(client.create_run(churn, START + 3, run_name="thrown").info.run_id)
    gone = client.create_experiment("gone")
    client.create_run(gone, START + 4, run_name="in gone")
    client.delete_experiment(gone)


def registry(client, run_id, model) -> None:
    """Register the model twice: as a logged model, and as a folder of the run."""
    client.create_registered_model("churn-model", {"k": "v"}, "about it")
    client.create_model_version("churn-model", model.model_uri, run_id, {"a": "b"}, description="words")
    client.transition_model_version_stage("churn-model", "1", "Production")
    client.set_registered_model_alias("churn-model", "champ", "1")
    client.create_model_version("churn-model", f"{client.get_run(run_id).info.artifact_uri}/sub", run_id)


def main() -> None:
    """Write the zip file beside this one."""
    import mlflow

    shutil.rmtree(PROJECT, ignore_errors=True)
    PROJECT.mkdir()
    here = Path(__file__).resolve().parent
    sys.argv[0] = "train.py"
    for name, uri in (("sql", "sqlite:///mlflow.db"), ("files", "./mlruns")):
        (PROJECT / name).mkdir()
        os.chdir(PROJECT / name)
        fill(uri)
        Path("MLmodel").unlink()
    target = here / f"mlflow-{mlflow.__version__}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(PROJECT.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(PROJECT).as_posix())
    shutil.rmtree(PROJECT)
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
