"""The one line on a terminal, and silence elsewhere."""

import io

import pytest

from jupyter_tracker import progress
from jupyter_tracker.progress import Progress, followed
from jupyter_tracker.transfer.report import ExportReport, ImportReport, size_text


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    times = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[0])
    return times


def test_what_takes_long_is_shown_and_taken_away(clock):
    terminal = Terminal()
    line = Progress("importing runs", 1000, terminal)
    line.step(10)
    assert terminal.getvalue() == ""
    clock[0] += 2
    line.step(490)
    assert terminal.getvalue().endswith("importing runs [############            ] 500/1,000, 2 s left")
    line.step(1)
    assert "501" not in terminal.getvalue()
    line.close()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_notebook_keeps_the_line(clock, monkeypatch):
    cell = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr(progress.sys, "stdout", cell)
    line = Progress("importing runs", 1000)
    clock[0] += 2
    line.step(400)
    clock[0] += 1
    line.step(600)
    clock[0] += 1
    line.close()
    lines = cell.getvalue().split("\r")
    assert [shown.rstrip(" ") for shown in lines[:3]] == [
        "",
        "importing runs [##########              ] 400/1,000, 3 s left",
        "importing runs [########################] 1,000/1,000, 0 s left",
    ]
    assert lines[-1].startswith("importing runs [########################] 1,000/1,000 in 4 s ")
    assert lines[-1].endswith("\n")
    assert "\x1b" not in cell.getvalue()


def test_a_notebook_is_told_of_what_did_not_come_to_its_end(clock, monkeypatch):
    cell = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    line = Progress("uploading", 1000, cell)
    clock[0] += 2
    line.step(400)
    line.close()
    assert cell.getvalue().rstrip().endswith("uploading [##########              ] 400/1,000, stopped after 2 s")


def test_nothing_is_written_where_nobody_looks(clock):
    file = io.StringIO()
    line = Progress("importing runs", 10, file)
    clock[0] += 5
    line.step(5)
    line.close()
    assert file.getvalue() == ""


def test_a_loop_that_fails_takes_its_line_away(clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    loop = followed(range(10), "exporting", 10)
    for _ in range(3):
        clock[0] += 2
        next(loop)
    assert "2/10" in terminal.getvalue()
    loop.close()
    assert terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (3e15, "3000.0 TB")]
)
def test_sizes(size, text):
    assert size_text(int(size)) == text


def test_reports_say_what_was_done():
    export = ExportReport("a.zip", 1, 2, 0, 0, 3, 4000, ["run x: gone"])
    assert str(export).splitlines() == [
        "Exported 1 experiment, 2 runs and 3 files to a.zip (4.0 kB).",
        "Not taken along:",
        "  run x: gone",
    ]
    report = ImportReport("a.zip", 1, 1000, 1, 2, 1, 1, 10, [f"run {number}" for number in range(25)])
    lines = str(report).splitlines()
    assert lines[0] == (
        "Imported 1 experiment, 1,000 runs, 1 file, 2 logged models and 1 registered model (10 bytes) from a.zip; "
        "1 run there already."
    )
    assert lines[1:3] == ["Conflicts (what is here was kept):", "  run 0"]
    assert lines[-1] == "  … and 5 more"
    report.notes.append("experiment 'churn' has the id 1 here (7 there)")
    assert str(report).splitlines()[-2:] == ["Good to know:", f"  {report.notes[0]}"]


def test_nothing_is_written_where_quiet_is_wanted(clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setenv("JUPYTER_TRACKER_QUIET", "on")
    lines = [Progress("uploading", 10, terminal)]
    monkeypatch.delenv("JUPYTER_TRACKER_QUIET")
    monkeypatch.setattr(progress, "HUSHED", {"a cell"})
    lines.append(Progress("uploading", 10, terminal))
    clock[0] += 2
    for line in lines:
        line.step(5)
        line.close()
    assert terminal.getvalue() == ""
