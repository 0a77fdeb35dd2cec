"""A client's process: logs a file, or fetches it. Ours and MLflow's have the same names, so it is written once.

`python -m benchmarks.artifacts.client MODULE REQUEST` prints one line of JSON, its last.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import uuid
from pathlib import Path

from benchmarks.artifacts.memory import Peak


def main(module: str, asked: str) -> None:
    request = json.loads(asked)
    tracking = importlib.import_module(module)
    tracking.set_tracking_uri(request["uri"])
    client = tracking.MlflowClient()
    if request["step"] == "upload":
        experiment = client.create_experiment(uuid.uuid4().hex, artifact_location=request["location"])
        run_id = client.create_run(experiment).info.run_id
        client.log_artifact(run_id, request["small"])  # all is imported, and connected
        peak, began = Peak(), time.perf_counter()
        client.log_artifact(run_id, request["file"])
    else:
        run_id = request["run_id"]
        client.download_artifacts(run_id, Path(request["small"]).name, request["to"])
        peak, began = Peak(), time.perf_counter()
        client.download_artifacts(run_id, Path(request["file"]).name, request["to"])
    seconds = time.perf_counter() - began
    print(json.dumps({"run_id": run_id, "seconds": seconds, "client_mb": peak.above_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
