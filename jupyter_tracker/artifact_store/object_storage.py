"""Files in object storage: S3 and what speaks its protocol, Google Cloud Storage, Azure.

Who may read and write is found where each cloud's own tools look: environment, profile (of S3: with boto3),
instance. An endpoint of your own is ``AWS_ENDPOINT_URL``, or MLflow's ``MLFLOW_S3_ENDPOINT_URL``. An object is there as
a whole or not at all, as clouds promise; large ones are sent in parts, several at a time, and a part that fails is sent
again. What a killed process has sent of one is never seen: on S3, where boto3 is installed, and on Azure the next call
goes on with it (`in_parts`), and elsewhere it goes by the bucket's own rule for unfinished uploads.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache, partial
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from jupyter_tracker.artifact_store import digests, in_parts, multipart, notes
from jupyter_tracker.artifact_store.base import safe_file_path, safe_path
from jupyter_tracker.artifact_store.following import Beginning, Step, at_once, read_in_pieces, shown
from jupyter_tracker.artifact_store.object_reading import ObjectReader, fetch
from jupyter_tracker.artifact_store.temporary import temporary_folder
from jupyter_tracker.artifact_store.uploading import upload_dir, upload_file
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError, TrackerError

if TYPE_CHECKING:
    from builtins import list as List  # noqa: N812 - a method below is called list

    from jupyter_tracker.artifact_store.azure_parts import AzureUploads

EXTRA: Final = "object-storage"
_PIECE_BYTES: Final = 1 << 20
_PART_BYTES: Final = 8 << 20
"""S3 takes at least 5 MiB as a part, and 10,000 parts: 80 GB where the size is not known before."""
_MOST_PARTS: Final = 9_000
_PARTS_AT_ONCE: Final = 4
_SIGNED_S: Final = 900
_ASKS_WHO: Final = ("/latest/api/token", "/latest/meta-data", "/computeMetadata/", "must be specified")
"""In messages of the library that has found no credentials, and so has asked the cloud that this machine may be in."""
_AZURE: Final = frozenset({"az", "azure", "abfs", "abfss", "wasb", "wasbs"})
_AZURE_MLFLOW: Final = re.compile(r"wasbs?://([^@/]+)@([^./]+)\.blob\.([^/]+)(.*)")


class ObjectArtifactStore:
    """Objects below a prefix of a bucket. Nothing is connected before the first call.

    Parameters
    ----------
    uri : str
        Such as ``s3://bucket/prefix``.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        self._opened: Any = None

    def write(self, path: str, content: bytes) -> None:
        """See `ArtifactStore`."""
        self._put(safe_file_path(path), content, hashlib.sha256(content).hexdigest())

    def write_stream(self, path: str, stream: BinaryIO, digest: str | None = None) -> None:
        """See `ArtifactStore`. What is larger than a part, and of no known digest, is compared with none later."""
        path = safe_file_path(path)
        pieces = read_in_pieces(stream, _PART_BYTES)
        head = next(pieces, b"")
        if len(head) < _PART_BYTES:
            found = hashlib.sha256(head).hexdigest()
            digests.check_arrived(path, digest, found)
            self._put(path, head, found)
        else:
            # An iterator: of a stream, the library would seek the end, and an upload has none yet.
            self._put(path, iter(digests.Hashed(chain([head], pieces), path, digest)), digest)

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """See `ArtifactStore`."""
        return upload_file(self._put_file, local_path, artifact_path)

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """See `ArtifactStore`. Object storage has no folders, and so none that are empty."""
        upload_dir(partial(self._put_file, resumes=True), local_dir, artifact_path)

    def _put_file(self, file: Path, path: str, step: Step, *, resumes: bool = False) -> None:
        """Send what is in a local file now. A large one is read twice: metadata goes before what is in an object.

        One that is there already is not sent again where the call `resumes`.
        """
        with file.open("rb") as opened:
            head = opened.read(_PART_BYTES)
            if len(head) < _PART_BYTES:
                self.write(path, head)
                step(len(head))
                return
            now = Beginning(opened)
            now.seek(0)
            digest = digests.of_pieces(read_in_pieces(now, _PIECE_BYTES, lambda _count: step(0)))
            if resumes and self._has(path, digest, now.size):
                step(now.size)
                return
            if now.size >= notes.LARGE_BYTES:
                with suppress(in_parts.PartsNotTakenError):
                    has = partial(self._has, path, digest, now.size)
                    in_parts.send_in_parts(self._own_uploads(), self.uri, path, now, digest, step, has)
                    return
            now.seek(0)
            part = max(_PART_BYTES, now.size // _MOST_PARTS + 1)
            # Somebody may rewrite it in between.
            self._put(path, iter(digests.Hashed(read_in_pieces(now, part, step), path, digest)), digest, part)

    def _own_uploads(self) -> in_parts.Uploads:
        if _is_azure(self.uri):
            from jupyter_tracker.artifact_store.azure_parts import AzureUploads

            return AzureUploads(self.uri, self.signed_for_writing)
        return multipart.own_uploads(self.uri)

    def list(self, path: str = "") -> List[FileInfo]:
        """See `ArtifactStore`."""
        with self._errors(path) as (storage, bucket):
            found = storage.list_with_delimiter(bucket, safe_path(path) or None)
        files = [FileInfo(str(each["path"]), False, int(each["size"])) for each in found["objects"]]
        folders = [FileInfo(str(name).rstrip("/"), True, None) for name in found["common_prefixes"]]
        return sorted([*files, *folders], key=lambda file: file.path)

    def open(self, path: str) -> BinaryIO:
        """See `ArtifactStore`."""
        return self.opened(path)[0]

    def opened(self, path: str) -> tuple[BinaryIO, ObjectReader]:
        """Return an object, opened for reading bytes, and what is known of it."""
        with self._errors(path) as (storage, bucket):
            file = ObjectReader(storage, bucket, safe_file_path(path))
        if file.digest is None:
            return cast("BinaryIO", io.BufferedReader(file, _PIECE_BYTES)), file
        return digests.checked(file, digests.Written(file.digest, path, self.uri)), file

    def signed(self, path: str) -> tuple[str, int] | None:
        """Return an address at which the store itself hands an object out for some minutes, and its size in bytes.

        None where no such address can be signed.
        """
        name = safe_file_path(path)
        with self._errors(path) as (storage, bucket):
            size = int(storage.head(bucket, name)["size"])
            try:
                address = str(storage.sign(bucket, "GET", name, timedelta(seconds=_SIGNED_S)))
            except (OSError, ValueError, storage.exceptions.BaseError):  # a SAS token, an account that may not
                return None
        if _is_azure(self.uri):
            from jupyter_tracker.artifact_store.azure_parts import is_signed_rightly

            return (address, size) if is_signed_rightly(address) else None
        return address, size

    def signed_for_writing(self, path: str) -> str:
        """Return an address at which a blob may be written for `azure_parts.VALID_S`."""
        from jupyter_tracker.artifact_store.azure_parts import VALID_S

        with self._errors(path) as (storage, bucket):
            return str(storage.sign(bucket, "PUT", path, timedelta(seconds=VALID_S)))

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return a local copy of an object, or of all below a prefix; without `dst` one that goes with the process."""
        relative = safe_path(path)
        folder = temporary_folder() if dst is None else dst
        target = folder / relative if relative else folder
        with self._errors(path) as (storage, bucket):
            objects = [each for batch in storage.list(bucket, relative or None) for each in batch]
            if not objects:
                objects = [storage.head(bucket, relative)]  # the path may be the object itself
            # A name that another client has given may be none that is safe here.
            places = [(str(each["path"]), folder / safe_path(str(each["path"]))) for each in objects]
            with shown(f"downloading {target.name}", sum(int(each["size"]) for each in objects)) as step:
                fetched = partial(fetch, storage, bucket, resumes=dst is not None)
                at_once((partial(fetched, name, place, self.uri) for name, place in places), step)
        return target

    def delete(self, path: str = "") -> None:
        """See `ArtifactStore`."""
        relative = safe_path(path)
        with self._errors(path) as (storage, bucket):
            names = [str(each["path"]) for batch in storage.list(bucket, relative or None) for each in batch]
            for name in [names, *([relative] if relative else [])]:
                # Google and Microsoft say so where there is none, or none any more.
                with suppress(FileNotFoundError):
                    storage.delete(bucket, name)

    def _put(self, path: str, content: bytes | Iterator[bytes], digest: str | None, part: int = _PART_BYTES) -> None:
        attributes = None if digest is None else {digests.KEY: digest}
        at_once = max(1, min(_PARTS_AT_ONCE, _PARTS_AT_ONCE * _PART_BYTES // part))
        with self._errors(path, what="there is no such bucket") as (storage, bucket):
            storage.put(
                bucket, path, content, attributes=attributes, chunk_size=part, max_concurrency=at_once,
                use_multipart=not isinstance(content, bytes),
            )  # fmt: skip

    def _has(self, path: str, digest: str, size: int) -> bool:
        """Tell whether a file is there as it would be sent. Where that cannot be found out it is sent."""
        with suppress(TrackerError), self._errors(path) as (storage, bucket):
            found = storage.get(bucket, path, options={"head": True})
            return found.attributes.get(digests.KEY) == digest and int(found.meta["size"]) == size
        return False

    @contextmanager
    def _errors(self, path: str, what: str | None = None) -> Iterator[tuple[Any, Any]]:
        """Give the library and the bucket; say what went wrong, and where, in our own errors.

        `what` is said of a place that is not found, where that is no missing artifact.
        """
        storage = _library(self.uri)
        try:
            if self._opened is None:
                self._opened = _bucket(self.uri)
            yield storage, self._opened
        except FileNotFoundError as error:
            if what is not None:
                raise StoreError(f"Artifacts cannot be kept at {self.uri}: {what}.") from error
            raise ResourceDoesNotExistError(f"There is no artifact {path!r} in {self.uri}.") from error
        except UnicodeEncodeError as error:
            raise InvalidParameterError(f"Invalid artifact path {path!r}: it is no Unicode text.") from error
        except (OSError, ValueError, storage.exceptions.BaseError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            text = f"Artifacts at {self.uri} cannot be reached ({path or 'all'}): {reason}"
            raise StoreError(f"{text}{_missing_credentials(self.uri, reason)}") from error


def uploads(uri: str) -> in_parts.Uploads:
    """Return what takes other processes' files in parts; TrackerError ``NOT_IMPLEMENTED`` where nothing does."""
    return _azure_uploads(uri) if _is_azure(uri) else multipart.uploads(uri)


@lru_cache(maxsize=16)
def _azure_uploads(uri: str) -> AzureUploads:
    """Return the uploads of a server, which last: who may sign is not found out for each part."""
    from jupyter_tracker.artifact_store.azure_parts import AzureUploads

    return AzureUploads(uri, ObjectArtifactStore(uri).signed_for_writing, hands_on=True)


def _is_azure(uri: str) -> bool:
    return uri.partition("://")[0].lower() in _AZURE


def _library(uri: str) -> Any:
    try:
        importlib.import_module("obstore.exceptions")
        return importlib.import_module("obstore")
    except ImportError as error:
        raise InvalidParameterError(
            f"Artifacts at {uri} need obstore: pip install 'jupyter-experiment-tracker[{EXTRA}]'."
        ) from error


def _bucket(uri: str) -> Any:
    stores: Any = importlib.import_module("obstore.store")
    uri = _AZURE_MLFLOW.sub(r"abfss://\1@\2.dfs.\3\4", uri)
    if not uri.startswith("s3"):
        return stores.from_url(uri)
    # What is sent is not hashed once more to be signed: its SHA-256 is, as metadata, and is compared when it is read.
    options = {**_profile(), "unsigned_payload": True}
    endpoint = multipart.s3_endpoint()
    if endpoint:
        options |= {"endpoint": endpoint, "client_options": {"allow_http": endpoint.startswith("http://")}}
    return stores.from_url(uri, **options)


def _profile() -> dict[str, Any]:
    """Return who asks S3 as ``~/.aws`` says it; nothing where that is said elsewhere.

    The library itself reads the environment, and asks the instance. boto3 understands the rest, where it is installed.
    """
    files = (os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", "~/.aws/config")
    has_profile = os.environ.get("AWS_PROFILE") or any(Path(file).expanduser().is_file() for file in files)
    if os.environ.get("AWS_ACCESS_KEY_ID") or not has_profile or find_spec("boto3") is None:
        return {}
    errors = importlib.import_module("botocore.exceptions")
    try:
        return {"credential_provider": importlib.import_module("obstore.auth.boto3").Boto3CredentialProvider()}
    except ValueError:  # none of its profiles says who
        return {}
    except errors.BotoCoreError as error:
        raise InvalidParameterError(f"S3 cannot be asked as ~/.aws says: {error}.") from error


def _missing_credentials(uri: str, reason: str) -> str:
    """Return what to do where nobody has said who asks; empty where it is something else."""
    if not any(mark in reason for mark in _ASKS_WHO):
        return ""
    clouds = {
        "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure` (its files are read by boto3: pip "
        "install 'jupyter-experiment-tracker[multipart]')",
        "gs": "GOOGLE_APPLICATION_CREDENTIALS to an account's file, or run `gcloud auth application-default login`",
    }
    azure = "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"
    return f". No credentials were found: set {clouds.get(uri[:2], azure)}."
