"""Large files that clients send in parts straight to an S3 store, by addresses that are signed for it.

boto3 signs them, where it is installed. Whoever has such an address may send that one part of that one file for a
while, and nothing else.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from jupyter_tracker.artifact_store.object_storage import s3_endpoint
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError, TrackerError

EXTRA: Final = "multipart"
UNSUPPORTED: Final = "Multipart upload is not supported for the current artifact repository"
"""How the message begins by which MLflow's client knows that it has to send the file in one request."""
MOST_PARTS: Final = 10_000
_VALID_S: Final = 12 * 3600
_NOT_THERE: Final = frozenset({"NoSuchUpload", "NoSuchKey", "404"})
_THEIR_FAULT: Final = frozenset(
    {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "KeyTooLongError", "InvalidArgument"}
)


class Part(NamedTuple):
    """A part that was sent: its number, from 1, and the entity tag that the store gave it."""

    number: int
    tag: str


class S3Uploads:
    """Uploads in parts below a prefix of a bucket.

    Parameters
    ----------
    uri : str
        ``s3://bucket/prefix``.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._bucket, _, prefix = uri.partition("://")[2].partition("/")
        self._prefix = prefix.strip("/")
        self._client = _client(s3_endpoint())

    def create(self, path: str, count: int) -> tuple[str, list[str]]:
        """Begin an upload; return its id and an address for each of its parts."""
        if not 1 <= count <= MOST_PARTS:
            raise InvalidParameterError(f"num_parts: 1 to {MOST_PARTS:,} are expected, not {count:,}.")
        of = self._of(path)
        with self._errors(path):
            upload_id = str(self._client.create_multipart_upload(**of)["UploadId"])
            urls = [
                self._client.generate_presigned_url(
                    "upload_part", {**of, "UploadId": upload_id, "PartNumber": number}, ExpiresIn=_VALID_S
                )
                for number in range(1, count + 1)
            ]
        return upload_id, urls

    def complete(self, path: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Make the file of its parts: only now it is there."""
        named = [{"PartNumber": part.number, "ETag": part.tag} for part in sorted(parts)]
        with self._errors(path):
            self._client.complete_multipart_upload(
                **self._of(path), UploadId=upload_id, MultipartUpload={"Parts": named}
            )

    def abort(self, path: str, upload_id: str) -> None:
        """Give an upload up; what was sent of it is thrown away."""
        with self._errors(path):
            self._client.abort_multipart_upload(**self._of(path), UploadId=upload_id)

    def _of(self, path: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}/{path}" if self._prefix else path}

    @contextmanager
    def _errors(self, path: str) -> Iterator[None]:
        errors = importlib.import_module("botocore.exceptions")
        try:
            yield
        except errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            text = f"The upload of {path!r} to {self._uri}: {code}, {error.response['Error'].get('Message', '')}"
            if code in _NOT_THERE:
                raise ResourceDoesNotExistError(text) from error
            raise (InvalidParameterError if code in _THEIR_FAULT else StoreError)(text) from error
        except errors.BotoCoreError as error:
            raise StoreError(f"Artifacts at {self._uri} cannot be reached ({path}): {error}") from error


def takes_parts(uri: str) -> bool:
    """Tell whether files below a place can be sent in parts. Clients wait for it, so boto3 is not imported."""
    return _is_s3(uri) and find_spec("boto3") is not None


def _is_s3(uri: str) -> bool:
    return uri.partition("://")[0].lower() in {"s3", "s3a"}


def uploads(uri: str) -> S3Uploads:
    """Return the uploads in parts of a place; TrackerError ``NOT_IMPLEMENTED`` where it takes none."""
    if not _is_s3(uri):
        raise TrackerError(f"{UNSUPPORTED}: files are sent in one request here, however large.", "NOT_IMPLEMENTED")
    try:
        return S3Uploads(uri)
    except ImportError:
        raise TrackerError(
            f"{UNSUPPORTED}: the server lacks boto3 (pip install 'jupyter-experiment-tracker[{EXTRA}]'), so files are "
            "sent in one request.",
            "NOT_IMPLEMENTED",
        ) from None


@cache
def _client(endpoint: str | None) -> Any:
    boto3 = importlib.import_module("boto3")
    config = importlib.import_module("botocore.config").Config(
        signature_version="s3v4",
        # A store of one's own seldom has a name for each bucket.
        s3={"addressing_style": "path" if endpoint else "auto"},
        # Or the parts, which others send, would need checksums that they do not know of.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client("s3", endpoint_url=endpoint, config=config)
