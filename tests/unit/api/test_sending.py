import hashlib

from jupyter_tracker.api.sending import file_response, opened_file
from jupyter_tracker.artifact_store.local import LocalArtifactStore


def test_what_is_said_of_a_file_and_what_is_sent_are_of_one(tmp_path):
    files = LocalArtifactStore(tmp_path)
    files.write("a.txt", b"first")
    response = file_response(files, "a.txt")
    files.write("a.txt", b"another")
    with opened_file(response) as file:
        assert file.read() == b"first"
    if "Repr-Digest" in response.headers:  # where digests are kept
        assert response.headers["ETag"] == f'"{hashlib.sha256(b"first").hexdigest()}"'
