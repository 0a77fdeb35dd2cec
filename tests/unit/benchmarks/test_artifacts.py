"""The benchmark of large files, with a small one."""

import sys
from pathlib import Path

import pytest

from benchmarks.artifacts import __main__ as command


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read as Linux says it")
def test_a_file_goes_up_and_down(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["", "--mb", "2", "--places", "local", "--peers", "ours", "--folder", str(tmp_path)]
    )
    assert command.main() == 0
    rows = [line.split("|")[1:-2] for line in capsys.readouterr().out.splitlines() if line.startswith("| local")]
    assert [row[1].strip() for row in rows] == [
        "upload, MB/s", "download, MB/s", "upload: memory of the client, MB", "download: memory of the client, MB"
    ]  # fmt: skip
    assert float(rows[0][2].replace(",", "")) > 0
    assert list(tmp_path.iterdir()) == []
