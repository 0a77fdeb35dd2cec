"""Save a database of the present revision: `python tests/golden/make.py`.

Run it before a migration changes the schema, and never again for that revision: what it made then must
upgrade for ever.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jupyter_tracker.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Metric
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.store.sql.connection import sqlite3
from jupyter_tracker.store.sql.schema import REVISION


def fill(path: Path) -> None:
    """Make a store that holds one of everything."""
    store = open_sqlite(path)
    experiment = store.create_experiment("golden", tags={"team": "growth"})
    run_id = store.create_run(experiment, "alice", 1_700_000_000_000, {"team": "growth"}, "golden").info.run_id
    writer = store.writer(run_id)
    writer.log_params({"lr": 0.1, "note": "Größe 東京"})
    writer.log_series(
        "loss",
        [1 / (step + 1) for step in range(3000)],
        steps=list(range(3000)),
        timestamps=[1_700_000_000_000 + step for step in range(3000)],
    )
    writer.log_metrics({"inf": float("inf"), "nan": float("nan")}, step=1, timestamp=1_700_000_000_000)
    writer.end("FINISHED", 1_700_000_003_000)
    dataset = Dataset("iris", "abc", "local", "{}", '{"columns": []}', '{"rows": 150}')
    store.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])
    model = store.create_logged_model(experiment, "net", run_id, {"a": "b"}, {"depth": "8"}, "sklearn")
    store.finalize_logged_model(model.model_id, "READY")
    store.log_outputs(run_id, [LoggedModelOutput(model.model_id, 1)])
    store.log_metric(run_id, Metric("f1", 0.9, 1_700_000_000_000, 0, model.model_id, "iris", "abc"))
    store.create_registered_model("churn", {"team": "growth"}, "text")
    store.create_model_version("churn", model.model_uri, run_id, {"a": "b"})
    store.set_registered_model_alias("churn", "champion", "1")
    store.transition_model_version_stage("churn", "1", "Production")
    thrown = store.create_experiment("thrown away")
    store.create_run(thrown, "alice", 1_700_000_000_000, run_name="thrown away")
    store.delete_experiment(thrown)
    store.close()


def main() -> None:
    """Write `<revision>.db` beside this file."""
    target = Path(__file__).with_name(f"{REVISION}.db")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracker.db"
        fill(path)
        connection = sqlite3.connect(path, isolation_level=None)
        target.unlink(missing_ok=True)
        # Each of the tables and indexes takes a page at least; small pages keep the file small.
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("VACUUM INTO ?", (str(target),))
        connection.close()
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
