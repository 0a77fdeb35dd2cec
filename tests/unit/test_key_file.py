"""A secret key that is made once."""

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

from jupyter_tracker.key_file import KEY_BYTES, make_key_file


def test_it_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "key"
    make_key_file(path)
    key = path.read_bytes()
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make_key_file(path)
    assert path.read_bytes() == key
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def test_all_who_make_it_at_once_find_the_same(tmp_path):
    path, barrier = tmp_path / "key", threading.Barrier(8)

    def make(_):
        barrier.wait(60)
        make_key_file(path)
        return path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def test_a_file_system_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    make_key_file(tmp_path / "key")
    assert len((tmp_path / "key").read_bytes()) == KEY_BYTES
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]
