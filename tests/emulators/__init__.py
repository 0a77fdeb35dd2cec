"""Object stores on this machine, for tests: what each needs in the environment, and a way to make an empty place.

S3 is moto, Azure is Azurite (`tests/emulators/azure/package.json`, which `make test` installs). No emulator of Google's
store speaks the calls of its XML interface that obstore makes, uploads in parts among them; `gcs` is a server of ours
that answers these, and no others, as Google's reference says.
"""

import base64
import contextlib
import functools
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.emulators import gcs
from tests.hosts import free_port, wait_until

AZURITE = Path(__file__).parent / "azure" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
# Everybody's: Azurite's documentation names them.
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class S3:
    """Amazon's, by moto's server in this process."""

    def __init__(self):
        from moto.s3.models import S3Backend
        from moto.server import ThreadedMotoServer

        for name in ("upload_part", "complete_multipart_upload"):
            if not hasattr(getattr(S3Backend, name), "__wrapped__"):
                setattr(S3Backend, name, _knowing_uploads(getattr(S3Backend, name)))
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        self.environment = {
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.url,
        }  # fmt: skip

    def client(self):
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
        )

    def place(self):
        name = f"b{uuid.uuid4().hex}"
        self.client().create_bucket(Bucket=name)
        return f"s3://{name}"

    def flip(self, uri, path):
        """Change a byte of an object behind everybody's back."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        key = f"{prefix}/{path}".lstrip("/")
        found = self.client().get_object(Bucket=bucket, Key=key)
        self.client().put_object(Bucket=bucket, Key=key, Body=flipped(found["Body"].read()), Metadata=found["Metadata"])

    def close(self):
        self._server.stop()


def _knowing_uploads(method):
    """Make moto say of an upload that is not there what Amazon says; it fails with 500 of its own."""
    from moto.s3.exceptions import NoSuchUpload

    @functools.wraps(method)
    def asked(self, bucket_name, multipart_id, *more, **named):
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return method(self, bucket_name, multipart_id, *more, **named)

    return asked


class Gcs:
    """Google's, as its reference describes the calls that are made of it."""

    def __init__(self):
        self._server = gcs.serve()
        account = {"gcs_base_url": self._server.url, "disable_oauth": True, "client_email": "", "private_key": "",
                   "private_key_id": ""}  # fmt: skip
        self.environment = {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(account)}

    def place(self):
        name = f"b{uuid.uuid4().hex}"
        self._server.buckets[name] = {}
        return f"gs://{name}"

    def flip(self, uri, path):
        bucket, _, prefix = uri.removeprefix("gs://").partition("/")
        found = self._server.buckets[bucket][f"{prefix}/{path}".lstrip("/")]
        found.content = flipped(found.content)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Azure:
    """Microsoft's, by Azurite in a process of its own."""

    def __init__(self):
        if not AZURITE.is_file():
            missing = "azurite: not installed; `make test` does it, or npm install in tests/emulators/azure"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
        self._port = free_port()
        node = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        self._process = subprocess.Popen(
            [node, AZURITE, "--blobHost=127.0.0.1", f"--blobPort={self._port}", "--inMemoryPersistence", "--silent",
             "--skipApiVersionCheck", "--disableTelemetry"],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.environment = {
            "AZURE_STORAGE_USE_EMULATOR": "true", "AZURITE_BLOB_STORAGE_URL": f"http://127.0.0.1:{self._port}"
        }  # fmt: skip
        wait_until(lambda: self.ask("GET", "?comp=list").status == 200)

    def ask(self, method, rest, more=None, content=b""):
        """Ask as the owner of the account ("Shared Key" of Microsoft's reference); return the answer, read."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02", **(more or {})}
        named = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        path, _, query = rest.partition("?")
        asked = "".join(f"\n{part.replace('=', ':')}" for part in sorted(query.split("&")) if part)
        size = str(len(content)) if content else ""
        text = f"{method}\n\n\n{size}\n\n\n\n\n\n\n\n\n{named}/{_ACCOUNT}/{_ACCOUNT}{path}{asked}"
        signed = base64.b64encode(hmac.digest(base64.b64decode(_KEY), text.encode(), "sha256")).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            headers["Authorization"] = f"SharedKey {_ACCOUNT}:{signed}"
            connection.request(method, f"/{_ACCOUNT}{rest}", content or None, headers)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer

    def place(self):
        name = f"b{uuid.uuid4().hex}"
        assert self.ask("PUT", f"/{name}?restype=container").status == 201
        return f"az://{name}"

    def flip(self, uri, path):
        from jupyter_tracker.artifact_store import artifact_store

        with artifact_store(uri).open(path) as file:
            content = file.read()
        bucket, _, prefix = uri.removeprefix("az://").partition("/")
        more = {"x-ms-blob-type": "BlockBlob", "x-ms-meta-sha256": hashlib.sha256(content).hexdigest()}
        key = f"{prefix}/{path}".lstrip("/")
        assert self.ask("PUT", f"/{bucket}/{key}", more, flipped(content)).status == 201

    def unfinished(self, uri, path):
        """Return the ids of the blocks that were sent of an object, and are not in it."""
        answer = self.ask("GET", f"/{uri.removeprefix('az://')}/{path}?blocklisttype=uncommitted&comp=blocklist")
        return re.findall("<Name>(.*?)</Name>", answer.text)

    def close(self):
        os.killpg(self._process.pid, signal.SIGKILL)  # Python's node is a process that starts the real one
        self._process.wait(30)


def flipped(content):
    """Return bytes of which one, in the middle, is another."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


KINDS = {"s3": S3, "gcs": Gcs, "azure": Azure}
