import io
import os
import zipfile

import pytest

from jupyter_tracker.artifact_store import archive as archive_module
from jupyter_tracker.artifact_store.archive import archive, archived_paths
from jupyter_tracker.artifact_store.local import LocalArtifactStore
from jupyter_tracker.errors import InvalidParameterError


@pytest.fixture
def files(tmp_path):
    files = LocalArtifactStore(tmp_path / "artifacts")
    files.write("report.txt", b"fine\n")
    files.write("model/MLmodel", b"flavors: {}\n")
    files.write("model/weights/a.bin", os.urandom(600_000))
    return files


def test_an_archive_holds_a_folder_and_is_made_in_pieces(files):
    pieces = list(archive(files, "model", archived_paths(files, "model")))
    assert len(pieces) > 2
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        assert sorted(packed.namelist()) == ["MLmodel", "weights/a.bin"]
        assert packed.testzip() is None
        with files.open("model/weights/a.bin") as source:
            assert packed.read("weights/a.bin") == source.read()


def test_no_piece_is_empty(files):
    """Hosts take an empty one for the end; of what packs well, nothing comes for a while."""
    files.write("model/zeros.bin", bytes(3 << 20))
    pieces = list(archive(files, "model", archived_paths(files, "model")))
    assert all(pieces)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        assert packed.read("zeros.bin") == bytes(3 << 20)


def test_what_leads_out_is_not_in_it(files, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("s3cret")
    (files.root / "link").symlink_to(secret)
    (files.root / "key").symlink_to(secret / "key")
    assert [info.path for info in files.list()] == ["model", "report.txt"]
    assert sorted(archived_paths(files)) == ["model/MLmodel", "model/weights/a.bin", "report.txt"]


def test_a_name_in_another_encoding_spoils_no_archive(files):
    old = "caf\udce9.txt"  # as Python reads the bytes of Latin-1, of a zip file from long ago
    (files.root / "model" / old).write_bytes(b"latin")
    paths = archived_paths(files)
    assert f"model/{old}" in paths
    with zipfile.ZipFile(io.BytesIO(b"".join(archive(files, "", paths)))) as packed:
        assert packed.read("model/caf\ufffd.txt") == b"latin"
        assert packed.read("report.txt") == b"fine\n"


def test_links_in_a_circle_are_refused(files):
    (files.root / "model" / "again").symlink_to(files.root / "model")
    with pytest.raises(InvalidParameterError, match="round in a circle"):
        archived_paths(files)


def test_a_pipe_is_refused_and_not_waited_for(files):
    os.mkfifo(files.root / "pipe")
    with pytest.raises(InvalidParameterError, match="no regular file"):
        files.open("pipe")


def test_too_many_files_are_refused_before_anything_is_sent(files, monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_FILES", 2)
    with pytest.raises(InvalidParameterError, match="more than 2 files"):
        archived_paths(files)
