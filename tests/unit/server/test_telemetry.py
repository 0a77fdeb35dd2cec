"""The figures as Prometheus's own parser reads them, and the lines of the log."""

import contextlib
import io
import json
import os

from prometheus_client.parser import text_string_to_metric_families

from jupyter_tracker.server.telemetry import Telemetry

CREATE = "/api/2.0/mlflow/runs/create"


def test_the_figures_are_what_prometheus_reads():
    telemetry = Telemetry(sink=io.StringIO())
    for path, status, seconds in ((CREATE, 200, 0.002), (CREATE, 200, 20.0), ("/made/up", 404, 0.001)):
        telemetry.note({"method": "POST", "path": path}, status, seconds, 10)
    families = {family.name: family for family in text_string_to_metric_families(telemetry.text())}
    assert all(family.documentation and family.type != "unknown" for family in families.values())
    counted = {tuple(sample.labels.values()): sample.value for sample in families["jupyter_tracker_requests"].samples}
    assert counted == {("POST", CREATE, "200"): 2.0, ("", "other", "404"): 1.0}
    assert families["jupyter_tracker_sent_bytes"].samples[0].value == 30
    times = families["jupyter_tracker_request_seconds"].samples
    buckets = [sample.value for sample in times if sample.labels["route"] == CREATE and sample.name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[-2:]) == (0.0, [1.0, 2.0])


def test_the_log_has_a_line_of_json_for_what_deserves_it():
    sink = io.StringIO()
    telemetry = Telemetry(sink=sink)
    asked = {"method": "POST", "path": CREATE, "client": ("10.0.0.1", 1), "user": "ann"}
    for status, seconds in ((200, 0.1), (404, 0.1), (200, 2.0), (403, 0.1), (500, 0.1)):
        telemetry.note(asked, status, seconds, 0)
    lines = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [(line["status"], line["level"]) for line in lines] == [(200, "info"), (403, "info"), (500, "error")]
    assert {(line["client"], line["user"], line["path"]) for line in lines} == {("10.0.0.1", "ann", CREATE)}


class Sink(io.StringIO):
    """Where lines go; it knows in which pieces they came."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def write(self, text):
        self.pieces.append(text)
        return super().write(text)


def test_a_line_is_written_as_one_piece():
    # Between two pieces another thread's may come, and neither would be a line of JSON.
    sink = Sink()
    Telemetry(sink=sink).audit("login", user="ann")
    (piece,) = sink.pieces
    assert json.loads(piece)["user"] == "ann"
    assert piece.endswith("}\n")


def test_who_asks_is_answered_although_nobody_reads_the_log():
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as sink:
        Telemetry(sink=sink).audit("login", user="ann")
        asked = {"method": "POST", "path": CREATE}
        Telemetry(sink=sink).note(asked, 500, 0.1, 0)
        answered = True
    assert answered
