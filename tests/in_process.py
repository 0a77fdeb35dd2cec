"""The way to a server that is in this process: requests and answers are text, as on a network, but nothing is sent."""

import io
import json
from urllib.parse import parse_qsl, unquote

from jupyter_tracker.api.bodies import json_object, query_of
from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.places import Places
from jupyter_tracker.errors import StoreUnavailableError
from jupyter_tracker.store.rest.transport import HttpTransport, _query


class InProcess:
    """A `Transport` to our own route table; `is_away` makes it as if the server were, `is_mlflow` as if it knew
    nothing beyond MLflow's protocol."""

    def __init__(self, store):
        self.uri = f"http://in-process/{store.store_id}"
        self.store = store
        self.is_away = self.is_mlflow = False
        self.calls, self.sent = [], set()  # paths, and the names of fields
        self.places = Places(store.artifact_root, is_hidden=True)

    def own(self):
        return self.store

    def call(self, method, path, fields, *, repeatable=True, patience_s=0):
        if self.is_away:
            raise StoreUnavailableError("The server is away.")
        self.calls.append(path)
        self.check_known(path)
        fields = {name: value for name, value in fields.items() if value is not None}
        self.sent.update(fields)
        query, repeated, body = {}, {}, {}
        if method == "GET":
            query, repeated = query_of(parse_qsl(_query(fields), keep_blank_values=True))
        else:
            body = json_object(json.dumps(fields).encode(), "application/json")
        response = dispatch(self, method, unquote(path), query, body, repeated=repeated)
        content = response.json_text().encode()
        return HttpTransport(self.uri)._read(response.status, content)

    def check_known(self, path):
        if self.is_mlflow and "/jupyter-tracker/" in path:
            HttpTransport(self.uri)._read(404, b"<!doctype html>")

    def put(self, path, pieces):
        self.check_known(path)
        content = io.BytesIO(b"".join(pieces()))
        response = dispatch(self, "PUT", path, {}, content=content)
        return HttpTransport(self.uri)._read(response.status, response.json_text().encode())

    def close(self):
        pass
