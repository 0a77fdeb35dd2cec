"""The stress finds nothing wrong with a sound store, and sees what is wrong with a spoilt one."""

import contextlib
import sqlite3

import pytest

from benchmarks import stress

pytestmark = pytest.mark.crash


def test_a_short_stress_ends_without_a_fault(tmp_path):
    answer = stress.run(tmp_path, seconds=3, writers=1, readers=1)
    assert answer["faults"] == []
    assert answer["kills"] >= 3
    assert set(answer["statuses"]) == {"FINISHED", "KILLED"}


def test_a_lost_chunk_is_seen(tmp_path, capsys):
    stress.run(tmp_path, seconds=2, writers=1, readers=0)
    with contextlib.closing(sqlite3.connect(tmp_path / "tracker.db")) as connection, connection:
        connection.execute("DELETE FROM metric_chunks WHERE chunk = (SELECT MAX(chunk) FROM metric_chunks)")
    stress.check(tmp_path, 0)
    assert "were logged" in capsys.readouterr().out
