"""`python -m benchmarks.moving`: exporting, importing and removing runs, and importing from MLflow.

Prints wall time, CPU time and the peak of memory of each step, every step in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START = 1_700_000_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000, help="with 10 params, 5 metrics of 100 points and 2 files")
    parser.add_argument("--mlflow", type=Path, help="an mlflow.db or mlruns folder to import as well")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        _measured(options)
        return 0
    steps = ["seed", "export", "import", "import again", "delete and gc"]
    steps += ["mlflow", "mlflow again"] if options.mlflow else []
    with tempfile.TemporaryDirectory() as folder:
        for step in steps:
            words = ["--step", step, "--folder", folder, "--runs", str(options.runs)]
            words += ["--mlflow", str(options.mlflow)] if options.mlflow else []
            done = subprocess.run([sys.executable, "-m", "benchmarks.moving", *words], check=False)
            if done.returncode:
                return done.returncode
    return 0


def _measured(options: argparse.Namespace) -> None:
    from jupyter_tracker.store.sql import open_sqlite

    name = {"import": "second", "import again": "second", "mlflow": "third", "mlflow again": "third"}
    home = options.folder / name.get(options.step, "first")
    home.mkdir(exist_ok=True)
    store = open_sqlite(home / "tracker.db")
    wall, cpu = time.perf_counter(), time.process_time()
    done = _step(options, store)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.step:>14}  {wall:6.2f} s  CPU {cpu:6.2f} s  peak {peak_mb:4.0f} MB   {done}", flush=True)
    store.close()


def _step(options: argparse.Namespace, store) -> str:
    from jupyter_tracker.tracking.housekeeping import collect
    from jupyter_tracker.tracking.moving import import_archive, import_mlflow_into
    from jupyter_tracker.transfer.archive_writing import Selection, write_archive

    file = options.folder / "all.zip"
    if options.step == "seed":
        return _seed(store, options.runs)
    if options.step == "export":
        return str(write_archive(store, Selection(everything=True), file))
    if options.step.startswith("import"):
        return str(import_archive(store, file))
    if options.step.startswith("mlflow"):
        return str(import_mlflow_into(store, options.mlflow))
    store.delete_experiment(store.get_experiment_by_name("bench").experiment_id)
    return str(collect(store))


def _seed(store, runs: int) -> str:
    import numpy as np

    from jupyter_tracker.artifact_store import artifact_store

    random = np.random.default_rng(0)
    experiment = store.create_experiment("bench")
    for number in range(runs):
        run, writer = store.start_run(experiment, "alice", START + number)
        writer.log_params({f"param_{index}": index * number for index in range(10)})
        for index in range(5):
            writer.log_series(f"metric_{index}", random.normal(size=100))
        files = artifact_store(run.info.artifact_uri)
        files.write("model.bin", random.bytes(20_000))
        files.write("environment/requirements.txt", b"numpy==2.0\n" * 200)
        writer.end("FINISHED", START + number + 1)
    store.flush()
    return f"{runs:,} runs"


if __name__ == "__main__":
    sys.exit(main())
