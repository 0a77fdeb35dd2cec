"""What our own clients ask beyond MLflow's protocol: what is refused. What it does is in tests/contract."""

import base64
import io
import json
import zlib

import pytest

from jupyter_tracker.entities import RunInfo
from jupyter_tracker.wire.runs import run_info_to_json

PATH = "/api/2.0/jupyter-tracker/import/runs"
RUN = {"run": {"info": run_info_to_json(RunInfo("a" * 32, "0", "alice", "FINISHED", 1, 2, "active", None, "one"))}}


def packed(content):
    return base64.b64encode(zlib.compress(content)).decode()


def points(count=1, **changes):
    columns = dict.fromkeys(("steps", "timestamps", "values"), packed(bytes(8 * count)))
    return {"points": {"key": "loss", "count": count, **columns, **changes}}


def lines(*found):
    return io.BytesIO(b"".join(json.dumps(each).encode() + b"\n" for each in found))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (io.BytesIO(b"no json\n"), "Line 1 of the runs is no JSON"),
        (lines(points()), "Line 1 of the runs has points before a run"),
        (lines(RUN, {"x": 1}), "line 2: points"),
        (lines(RUN, points(count=0)), "1 to 65536 points"),
        (lines(RUN, {"points": {**points()["points"], "count": 1 << 40}}), "1 to 65536 points"),
        (lines(RUN, points(values=packed(bytes(9)))), "1 packed numbers"),
        (lines(RUN, points(values=packed(bytes(1 << 28)))), "1 packed numbers"),
        (lines(RUN, points(steps="%%%")), "1 packed numbers"),
        (lines(RUN, points(steps=packed(b"")[:-4])), "1 packed numbers"),
        (lines({"run": {}}), "run.info"),
    ],
)
def test_runs_that_cannot_be_read_are_refused_whole(refused, store, content, said):
    code, message = refused("PUT", PATH, content=content)
    assert (code, said in message) == ("INVALID_PARAMETER_VALUE", True), message
    assert store.known_runs(["a" * 32]) == set()


def test_runs_come_with_their_points(ok, store):
    assert ok("PUT", PATH, content=lines(RUN, points(3), points(2, key="f1"))) == {"run_ids": ["a" * 32]}
    assert store.metric_series("a" * 32, "f1").value.tolist() == [0.0]
    assert ok("PUT", PATH, content=lines(RUN, points(3))) == {"run_ids": []}


def test_where_files_are_cannot_lead_out_of_the_root(refused):
    run = {**RUN, "artifact_uri": "mlflow-artifacts:/../../etc"}
    assert refused("PUT", PATH, content=lines(run))[0] == "INVALID_PARAMETER_VALUE"
