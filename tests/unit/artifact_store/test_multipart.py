"""Uploads in parts to S3 that cannot begin: the file is sent as a whole then."""

import pytest

from jupyter_tracker.artifact_store import multipart
from jupyter_tracker.artifact_store.in_parts import PartsNotTakenError
from jupyter_tracker.errors import InvalidParameterError

pytest.importorskip("boto3", reason="an extra, which the test with the oldest versions does not install")

DIGEST = "0" * 64


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """Nothing says who asks."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "DEFAULT_PROFILE", "REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    multipart._client.cache_clear()
    yield monkeypatch
    multipart._client.cache_clear()


def test_without_credentials_of_boto3_a_file_of_ours_takes_no_parts(nobody):
    with pytest.raises(PartsNotTakenError, match="credentials"):
        multipart.own_uploads("s3://bucket/runs").begin("a.bin", DIGEST, 1 << 30)


@pytest.mark.parametrize(
    ("name", "value", "what"), [("AWS_PROFILE", "nobody", "nobody"), ("AWS_ENDPOINT_URL", "nowhere", "endpoint")]
)
def test_what_boto3_does_not_understand_takes_no_parts(nobody, name, value, what):
    nobody.setenv(name, value)
    with pytest.raises(PartsNotTakenError, match=what):
        multipart.own_uploads("s3://bucket/runs")


def test_parts_that_are_too_large_to_be_handed_on_are_not_begun(nobody):
    uploads = multipart.uploads("s3://bucket/runs")
    with pytest.raises(InvalidParameterError, match="64 MiB"):
        uploads.begin("a.bin", DIGEST, 9_000 * (64 << 20))
