"""A server is confined to its own places, whatever its clients say of where files are."""

import pytest

from jupyter_tracker import artifact_store as places
from jupyter_tracker.artifact_store import artifact_store, confine
from jupyter_tracker.errors import InvalidParameterError, PermissionDeniedError

ROOT = "s3://team/models"


@pytest.fixture
def confined(monkeypatch):
    monkeypatch.setattr(places, "_confined_to", None)
    return confine


@pytest.mark.parametrize(
    "uri", [ROOT, f"{ROOT}/", f"{ROOT}/1/a", f"{ROOT}/..a/b..", f"{ROOT}/1/a..b", f"{ROOT}/%252e%252e"]
)
def test_what_lies_below_the_root_may_be_used(confined, uri):
    confined([ROOT])
    assert artifact_store(uri).uri.startswith(ROOT)


@pytest.mark.parametrize(
    "end",
    [
        "/../secret",
        "/a/../../secret",
        "/%2e%2e/secret",
        "/.%2E/secret",
        "/..%2fsecret",
        "/..",
        "/..?x=1",
        "/..#x",
        "/..\\secret",
        "/.\t./secret",
        "/%2e\n%2e/secret",
    ],
)
def test_no_way_leads_up_out_of_a_bucket(confined, end):
    # The library that reads an address takes these steps, as browsers do.
    confined([ROOT])
    with pytest.raises(PermissionDeniedError, match="outside of what this server may use"):
        artifact_store(ROOT + end)


@pytest.mark.parametrize("uri", ["s3://team/models2", "s3://team", "s3://other/models", "S3://team/models/a", "/tmp"])
def test_what_lies_beside_the_root_may_not_be_used(confined, uri):
    confined([ROOT])
    with pytest.raises(PermissionDeniedError):
        artifact_store(uri)


@pytest.mark.parametrize("end", ["../x", "a/../../x", "%2e%2e/x"])
def test_no_way_leads_up_out_of_a_folder(confined, tmp_path, end):
    root = tmp_path / "artifacts"
    confined([root.as_uri()])
    assert artifact_store(f"{root.as_uri()}/a/../b").root == root / "b"
    with pytest.raises(PermissionDeniedError):
        artifact_store(f"{root.as_uri()}/{end}")


@pytest.mark.parametrize("uri", ["file://[", "file://[::1/x", "FILE://]/x"])
def test_a_uri_that_cannot_be_read_is_no_place(uri):
    with pytest.raises(InvalidParameterError, match="names another machine"):
        artifact_store(uri)
