"""Large files in parts to an S3 store, where boto3 is installed: by ourselves, or by clients straight to the store.

Those send to addresses that are signed for it. Whoever has such an address may send that one part of that one file for
a while, and nothing else.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, BinaryIO, Final

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.in_parts import Part, PartsNotTakenError, part_bytes
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError, TrackerError

EXTRA: Final = "multipart"
UNSUPPORTED: Final = "Multipart upload is not supported for the current artifact repository"
"""How the message begins by which MLflow's client knows that it has to send the file in one request."""
MOST_PARTS: Final = 10_000
MOST_PART_BYTES: Final = 64 << 20
"""Of one that a server hands on: it is in memory then."""
_VALID_S: Final = 12 * 3600
_CONNECTIONS: Final = 32
_NOT_THERE: Final = frozenset({"NoSuchUpload", "NoSuchKey", "404"})
_THEIR_FAULT: Final = frozenset(
    {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "KeyTooLongError", "InvalidArgument"}
)


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
        self._client = _client(s3_endpoint(), os.environ.get("AWS_REGION"))

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

    def begin(self, path: str, digest: str, size: int) -> str:
        """Begin an upload of another process's that this one hands on; see `in_parts.Uploads`.

        InvalidParameterError where it is too large for that, and so for one request, too.
        """
        check_handed_on(path, size, "S3", "s3://…")
        return self._begin(path, digest)

    def _begin(self, path: str, digest: str) -> str:
        digests.check_said(digest)
        with self._errors(path):
            return str(
                self._client.create_multipart_upload(**self._of(path), Metadata={digests.KEY: digest})["UploadId"]
            )

    def send(self, path: str, upload_id: str, number: int, at: int, content: bytes | BinaryIO) -> str:  # noqa: ARG002
        """Send a part; return the entity tag that the store gives it."""
        check_number(number)
        body = read_part(content)
        with self._errors(path):
            answer = self._client.upload_part(**self._of(path), UploadId=upload_id, PartNumber=number, Body=body)
            return str(answer["ETag"])

    def complete(self, path: str, upload_id: str, parts: Sequence[Part], digest: str = "") -> None:  # noqa: ARG002
        """Make the file of its parts: only now it is there. Its digest was said when it was begun."""
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


class OwnS3Uploads(S3Uploads):
    """Uploads in parts of this process's own files, of any size.

    What boto3 refuses to begin is sent as a whole, by obstore: the two look for credentials, endpoint and region in
    different places. If it is something else obstore says so.
    """

    def begin(self, path: str, digest: str, size: int) -> str:  # noqa: ARG002
        """Begin an upload; see `in_parts.Uploads`."""
        try:
            return self._begin(path, digest)
        except TrackerError as error:
            raise PartsNotTakenError(error.message) from error


def is_too_large(size: int) -> bool:
    """Tell whether a file of so many bytes would need parts that no server hands on to an object store."""
    return part_bytes(size) > MOST_PART_BYTES


def check_handed_on(path: str, size: int, where: str, scheme: str) -> None:
    """Raise InvalidParameterError where a file is too large to be handed on to an object store."""
    if is_too_large(size):
        raise InvalidParameterError(
            f"{path!r} has {size:,} bytes: through a server {where} takes files in parts of at most "
            f"{MOST_PART_BYTES >> 20} MiB. Log it in an experiment whose artifact_location is {scheme}, which it is "
            "sent to directly."
        )


def check_number(number: int) -> None:
    """Raise InvalidParameterError where no part has that number."""
    if not 1 <= number <= MOST_PARTS:
        raise InvalidParameterError(f"part_number: 1 to {MOST_PARTS:,} are expected, not {number:,}.")


def read_part(content: bytes | BinaryIO) -> bytes:
    """Return a part, read if it comes from another process; InvalidParameterError where that is too large."""
    if isinstance(content, bytes):
        return content
    whole = content.read(MOST_PART_BYTES + 1)
    if len(whole) > MOST_PART_BYTES:
        raise InvalidParameterError(f"A part has at most {MOST_PART_BYTES >> 20} MiB.")
    return whole


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


def own_uploads(uri: str) -> OwnS3Uploads:
    """Return the uploads in parts of a place for this process's own files; PartsNotTakenError where it takes none."""
    if not takes_parts(uri):
        raise PartsNotTakenError(f"{uri} takes no parts.")
    try:
        return OwnS3Uploads(uri)
    except (ImportError, ValueError) as error:
        raise PartsNotTakenError(f"{uri}: {error}") from error
    except importlib.import_module("botocore.exceptions").BotoCoreError as error:
        raise PartsNotTakenError(f"{uri}: {error}") from error


def s3_endpoint() -> str | None:
    """Return where an S3 store of one's own is; None for Amazon's."""
    names = ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


@cache
def _client(endpoint: str | None, region: str | None) -> Any:
    boto3 = importlib.import_module("boto3")
    config = importlib.import_module("botocore.config").Config(
        signature_version="s3v4",
        max_pool_connections=_CONNECTIONS,
        # A store of one's own seldom has a name for each bucket. What is in a part is not hashed once more to be
        # signed: the file's SHA-256 is, as its metadata, and is compared when it is read.
        s3={"addressing_style": "path" if endpoint else "auto", "payload_signing_enabled": False},
        # Or the parts, which others send, would need checksums that they do not know of.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    # Of a session of its own: several threads may be the first to ask.
    return boto3.session.Session().client("s3", endpoint_url=endpoint, region_name=region, config=config)
