"""The base of our widgets: a view pushed to the browser, requests answered over the comm, fallbacks beside.

Three parties meet here. The kernel's widget sets the trait `view`, which the browser draws. The browser
sends ``{kind: 'request', id, method, path, query, body}`` and gets ``{kind: 'response', id, status, body}`` from
the same route table that the Jupyter server uses; a file comes as a binary buffer beside the answer. ``/pushes`` alone
is the widget's own: whether it shall push. And the output in the notebook carries `payload` under our own MIME type,
from which JupyterLab draws on its own, handing over to the widget whose `panel_id` it finds alive.

Requests arrive on a thread of their own (a kernel subshell) while a cell is running.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import anywidget
import traitlets

from jupyter_tracker.api.dispatch import dispatch, error_response
from jupyter_tracker.api.messages import Response
from jupyter_tracker.api.one_store import OneStore
from jupyter_tracker.api.places import Places
from jupyter_tracker.api.sending import opened_file
from jupyter_tracker.errors import ResourceDoesNotExistError, TrackerError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.panel import MIME_TYPE, PanelPayload, payload_json

_STATIC: Final = Path(__file__).parent / "static"
_WIDGET_MIME_TYPE: Final = "application/vnd.jupyter.widget-view+json"
MAX_FILE_BYTES: Final = 64 << 20
"""A file that a browser fetches from the kernel is one message, and is held in memory on both sides."""
_PIECE_BYTES: Final = 1 << 20
_MAX_ASKED: Final = 1000  # of a panel, for longer than a page sends one again
_NOT_BUILT: Final = (
    "The browser part of jupyter_tracker is not built. In the source folder run: "
    "npm --prefix labextension ci && npm --prefix labextension run build:widgets"
)


class TrackerWidget(anywidget.AnyWidget):
    """A panel in a notebook.

    Attributes
    ----------
    view : dict
        What is drawn, as JSON.
    panel_id : str
        Joins the saved output to this widget in the page.
    payload : dict
        What a saved notebook keeps: ids and view options.
    """

    _panel: ClassVar[str]

    view = traitlets.Dict().tag(sync=True)
    panel_id = traitlets.Unicode().tag(sync=True)
    payload = traitlets.Dict().tag(sync=True)
    _esm = traitlets.Unicode().tag(sync=True)
    _anywidget_id = traitlets.Unicode().tag(sync=True)

    def __init__(self, store: Store, payload: PanelPayload, view: dict[str, Any]) -> None:
        self._store = store
        self._asked: deque[object] = deque(maxlen=_MAX_ASKED)
        self._asking = threading.Lock()
        super().__init__(view=view, panel_id=payload.panel_id, payload=payload_json(payload))
        _answer_beside_cells(self.comm)
        self.on_msg(self._on_message)

    def add_traits(self, **added: Any) -> None:
        """Add traits to this widget; not those that it has.

        AnyWidget adds its own to each instance, which takes a new class each time and half of what a widget costs.
        """
        missing = {name: trait for name, trait in added.items() if not self.has_trait(name)}
        if missing:
            super().add_traits(**missing)

    @traitlets.default("_esm")
    def _module(self) -> str:
        return _module_text(self._panel)

    @traitlets.default("_anywidget_id")
    def _class_id(self) -> str:
        return f"{type(self).__module__}.{type(self).__qualname__}"

    def mimebundle(self) -> dict[str, Any]:
        """Return all forms of this output: ours, the widget, HTML and text."""
        return {
            MIME_TYPE: self.payload,
            _WIDGET_MIME_TYPE: {"version_major": 2, "version_minor": 1, "model_id": self.model_id},
            "text/html": self._html(),
            "text/plain": self._text(),
        }

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.mimebundle(), {}

    def _html(self) -> str:
        raise NotImplementedError

    def _text(self) -> str:
        raise NotImplementedError

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        """Answer a request of the browser; anything else is not for us."""
        if not isinstance(content, dict) or content.get("kind") != "request" or not self._is_new(content.get("id")):
            return
        query, body = content.get("query"), content.get("body")
        texts = {str(key): str(value) for key, value in query.items()} if isinstance(query, dict) else {}
        given = body if isinstance(body, dict) else {}
        # A page of an older version says no method; it can only read.
        method, path = str(content.get("method", "GET")), str(content.get("path"))
        response, buffers = _in_memory(self._answer(method, path, texts, given))
        answer = {"kind": "response", "id": content.get("id"), "status": response.status, "body": response.body}
        self.send(answer, buffers)

    def _is_new(self, request_id: object) -> bool:
        """Note a request; say whether it is the first time. A page sends it again as long as it has no answer."""
        with self._asking:
            if request_id in self._asked:
                return False
            self._asked.append(request_id)
            return True

    def _answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Response:
        if path == "/pushes" and self.has_trait("pushes"):
            self.set_trait("pushes", body.get("wanted") is True)
            return Response()
        return dispatch(_PanelStore(lambda: self._store), method, path, query, body)


def _in_memory(response: Response) -> tuple[Response, list[bytes]]:
    """Return an answer with the content of its file; an error in its place where that is too large for a message."""
    if not response.is_file and response.stream is None:
        return response, []
    content = bytearray()
    try:
        for piece in response.stream or _pieces(opened_file(response)):
            content += piece
            if len(content) > MAX_FILE_BYTES:
                text = f"It has more than {MAX_FILE_BYTES >> 20} MiB: use artifacts.download_artifacts in a cell."
                return error_response(400, "BAD_REQUEST", text), []
    except (OSError, TrackerError) as error:
        return error_response(500, "INTERNAL_ERROR", f"The file cannot be read: {error}."), []
    return response, [bytes(content)]


def _pieces(file: BinaryIO | None) -> Iterator[bytes]:
    if file is not None:
        with file as opened:
            while piece := opened.read(_PIECE_BYTES):
                yield piece


class _PanelStore(OneStore[Store]):
    """The store of a widget, as the only one that its browser side may see."""

    stranger = "This panel belongs to another store than {!r}."

    def own(self) -> Store:
        raise ResourceDoesNotExistError("A panel answers no client of MLflow's: a server does.", "ENDPOINT_NOT_FOUND")

    @property
    def places(self) -> Places:
        return Places()


def new_panel_id() -> str:
    """Return a new id for a panel: 32 hex digits."""
    return uuid.uuid4().hex


def _answer_beside_cells(comm: Any) -> None:
    """Let requests be answered while a cell is running, with ipykernel 7.4 too.

    It sends a message of the browser to the shell that last sent on the comm; for a widget made in a cell that
    is the main shell, which is busy until the cell ends. Older ones go by where the browser sent it, as here.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001 - there is no public way


@cache
def _module_text(panel: str) -> str:
    """Return the JavaScript of a panel; one that says how to build it where it is not there."""
    try:
        return (_STATIC / f"{panel}.js").read_text(encoding="utf-8")
    except OSError:
        return f"export default {{ render({{ el }}) {{ el.textContent = {json.dumps(_NOT_BUILT)}; }} }};"
