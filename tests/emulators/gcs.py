"""The calls of Google Cloud Storage's XML interface that obstore makes, answered as Google's reference says.

From cloud.google.com/storage/docs/xml-api: objects are put, got (whole, in ranges, if their entity tag matches), looked
at and deleted by their path below the bucket; metadata goes in headers ``x-goog-meta-…``; a large object is begun
(``?uploads``), sent in parts (``?partNumber&uploadId``), and completed or aborted by its upload id; ``?list-type=2``
lists. Anything else is answered with 501, so that a call that is not described here is not taken for one that works.
"""

import hashlib
import http.server
import itertools
import re
import threading
import uuid
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

_LEAST_PART_BYTES = 5 << 20


@dataclass
class Object:
    """What is kept under a name."""

    content: bytes
    metadata: dict[str, str]
    changed: str = field(default_factory=lambda: formatdate(usegmt=True))

    @property
    def tag(self):
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


@dataclass
class Upload:
    """An upload in parts that is not completed."""

    name: str
    metadata: dict[str, str]
    parts: dict[int, bytes] = field(default_factory=dict)


class Server(http.server.ThreadingHTTPServer):
    """All buckets, by name."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.buckets: dict[str, dict[str, Object]] = {}
        self.uploads: dict[str, Upload] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_):
        """Say nothing: a client that seeks lets go of a connection in the middle of an answer."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_):
        """Say nothing."""

    def _answer(self):
        url = urlsplit(self.path)
        bucket, _, name = unquote(url.path).lstrip("/").partition("/")
        query = {key: values[0] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        content = self._content()
        found = self.server.buckets.get(bucket)
        if found is None:
            self._refuse(404, "NoSuchBucket")
            return
        what = (self.command, *sorted(query)) if name else (self.command, "list", *sorted(query))
        if what[:2] == ("GET", "list") and query.get("list-type") == "2":
            self._list(found, query)
        elif what in _CALLS:
            _CALLS[what](self, found, name, query, content)
        else:
            self._refuse(501, "NotImplemented")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - the library's names

    def _content(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, status, content=b"", headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _refuse(self, status, code):
        self._send(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def _metadata(self):
        return {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("x-goog-meta-")}

    # objects -------------------------------------------------------------------------------------

    def _put(self, found, name, _query, content):
        found[name] = Object(content, self._metadata())
        self._send(200, headers={"ETag": found[name].tag, "x-goog-generation": "1"})

    def _get(self, found, name, _query, _content):
        known = found.get(name)
        if known is None:
            self._refuse(404, "NoSuchKey")
            return
        if self.headers.get("If-Match", known.tag) not in {known.tag, "*"}:
            self._refuse(412, "PreconditionFailed")
            return
        headers = {"ETag": known.tag, "Last-Modified": known.changed, "x-goog-generation": "1", **known.metadata}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._send(200, known.content, headers)
            return
        size = len(known.content)
        begins, ends = int(asked[1]), min(int(asked[2] or size), size - 1)
        if begins > ends:
            self._refuse(416, "InvalidRange")
            return
        self._send(206, known.content[begins : ends + 1], {**headers, "Content-Range": f"bytes {begins}-{ends}/{size}"})

    def _delete(self, found, name, _query, _content):
        if found.pop(name, None) is None:
            self._refuse(404, "NoSuchKey")
        else:
            self._send(204)

    # uploads in parts ----------------------------------------------------------------------------

    def _begin(self, _found, name, _query, _content):
        upload_id = uuid.uuid4().hex
        self.server.uploads[upload_id] = Upload(name, self._metadata())
        self._send(
            200, _xml("InitiateMultipartUploadResult", f"<Key>{escape(name)}</Key><UploadId>{upload_id}</UploadId>")
        )

    def _part(self, _found, name, query, content):
        upload = self._upload(name, query)
        if upload is not None:
            upload.parts[int(query["partNumber"])] = content
            self._send(200, headers={"ETag": Object(content, {}).tag})

    def _complete(self, found, name, query, content):
        upload = self._upload(name, query)
        if upload is None:
            return
        tree = ET.fromstring(content)
        named = [(int(part.findtext("PartNumber")), part.findtext("ETag")) for part in tree.iter("Part")]
        parts = [upload.parts.get(number, b"") for number, _ in named]
        if any(len(part) < _LEAST_PART_BYTES for part in parts[:-1]):
            self._refuse(400, "EntityTooSmall")
        elif [tag.strip('"') for _, tag in named] != [Object(part, {}).tag.strip('"') for part in parts]:
            self._refuse(400, "InvalidPart")
        else:
            found[name] = Object(b"".join(parts), upload.metadata)
            del self.server.uploads[query["uploadId"]]
            self._send(200, _xml("CompleteMultipartUploadResult", f"<ETag>{escape(found[name].tag)}</ETag>"))

    def _abort(self, _found, name, query, _content):
        if self._upload(name, query) is not None:
            del self.server.uploads[query["uploadId"]]
            self._send(204)

    def _upload(self, name, query):
        upload = self.server.uploads.get(query["uploadId"])
        if upload is None or upload.name != name:
            self._refuse(404, "NoSuchUpload")
            return None
        return upload

    # listing -------------------------------------------------------------------------------------

    def _list(self, found, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = max(query.get("start-after", ""), query.get("continuation-token", ""))
        most = int(query.get("max-keys", 1000))
        objects, folders, last = {}, set(), None
        for name in sorted(name for name in found if name.startswith(prefix) and name > after):
            if len(objects) + len(folders) == most:
                break
            inner, mark, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            if mark:
                folders.add(prefix + inner + mark)
            else:
                objects[name] = found[name]
            last = name
        else:
            last = None
        body = f"<IsTruncated>{'true' if last else 'false'}</IsTruncated>"
        body += f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if last else ""
        for name, known in objects.items():
            body += f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            body += f"<ETag>{escape(known.tag)}</ETag><Size>{len(known.content)}</Size></Contents>"
        body += "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders))
        self._send(200, _xml("ListBucketResult", body))


_CALLS = {
    ("GET",): Handler._get,
    ("HEAD",): Handler._get,
    ("PUT",): Handler._put,
    ("DELETE",): Handler._delete,
    ("POST", "uploads"): Handler._begin,
    ("PUT", "partNumber", "uploadId"): Handler._part,
    ("POST", "uploadId"): Handler._complete,
    ("DELETE", "uploadId"): Handler._abort,
}


def _xml(name, inner):
    return f'<?xml version="1.0" encoding="UTF-8"?><{name}>{inner}</{name}>'.encode()


def serve():
    """Start a server on a free port."""
    server = Server()
    threading.Thread(target=server.serve_forever, name=f"gcs-{next(_NUMBERS)}", daemon=True).start()
    return server


_NUMBERS = itertools.count()
