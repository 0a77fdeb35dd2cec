"""What is shown under a tracked cell: a live card where there is a kernel, one line in a terminal.

A live card is a widget, which takes some 10 ms to make. So the cell begins with a note of a few bytes, from
which JupyterLab draws on its own; the widget follows from a thread if the cell is still running then; and the
end is written in the same place, for the saved notebook. A cell of a few milliseconds never waits for a widget,
and its reply not for the last state of the card: that is read and sent between the reply and "idle".
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jupyter_tracker import settings
from jupyter_tracker.magics.attempts import attempt
from jupyter_tracker.magics.later import later
from jupyter_tracker.tracking.stack import OpenRun
from jupyter_tracker.views.panel import MIME_TYPE, PanelPayload, payload_json
from jupyter_tracker.views.run_card import run_card_view
from jupyter_tracker.views.text import run_line, short_id

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_tracker.widgets import RunCard

# The kernel sends the reply from another thread, which needs the interpreter for it.
_GIVE_WAY_S = 1e-4
_MAKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jupyter-tracker-card")


def in_kernel(shell: InteractiveShell) -> bool:
    """Tell whether a kernel runs this shell: what is displayed then goes to a notebook, or to nobody."""
    return getattr(shell, "kernel", None) is not None


def _load_widgets() -> None:
    with attempt("load the live cards"):
        importlib.import_module("jupyter_tracker.widgets.run_card")


class CellCard:
    """The card of one cell: shown while it runs, in its last state when it ends."""

    def __init__(self, shell: InteractiveShell, entry: OpenRun) -> None:
        self._shell = shell
        self._entry = entry
        self._publisher: Any = shell.display_pub
        # Of this cell: the thread that makes the widget would find another one, or none.
        self._parent: Any = getattr(self._publisher, "parent_header", None)
        self._display_id = uuid.uuid4().hex
        self._cleared = False
        self._making: Future[None] | None = None
        self._card: RunCard | None = None

    def start(self) -> None:
        """Show the card under the cell, and keep it up to date; nothing yet in a terminal."""
        if not in_kernel(self._shell):
            return
        self._publish(self._note(), update=False)
        if hasattr(self._publisher, "register_hook"):
            self._publisher.register_hook(self._on_message)
        if "jupyter_tracker.widgets.run_card" not in sys.modules:
            # By itself, and before: a cell that is over in the meantime does not wait for it.
            later(_MAKER, _load_widgets)
        self._making = later(_MAKER, self._go_live)

    def finish(self) -> None:
        """Show the last state: in the same place, so that the saved notebook keeps it; as a line in a terminal."""
        if self._making is None:
            if not in_kernel(self._shell) and not settings.flag("JUPYTER_TRACKER_QUIET"):
                self._print_line()
            return
        if hasattr(self._publisher, "unregister_hook"):
            self._publisher.unregister_hook(self._on_message)
        if not self._making.cancel():
            self._making.result()
        _after_reply(self._shell, self._show_last_state)

    def discard(self) -> None:
        """Let the widget go, here and in the browser; ipywidgets would keep it as long as the kernel lives."""
        if self._card is not None:
            _MAKER.submit(self._card.close)

    def _show_last_state(self) -> None:
        with attempt("show the card of this cell"):
            self._publish(self._last_state(), update=not self._cleared)

    def _note(self) -> dict[str, Any]:
        info = self._entry.run.info
        payload = PanelPayload("run_card", self._entry.store.store_id, uuid.uuid4().hex, run_id=info.run_id)
        text = f"run {info.run_name} ({short_id(info.run_id)}) {info.status}"
        return {MIME_TYPE: payload_json(payload), "text/plain": text}

    def _go_live(self) -> None:
        with attempt("show the live card of this cell"):
            from jupyter_tracker.widgets import RunCard

            card = RunCard(self._entry.run_id, self._entry.store).start()
            self._publish(card.mimebundle(), update=True)
            self._card = card

    def _last_state(self) -> dict[str, Any]:
        if self._card is not None:
            self._card.finish()
            return self._card.mimebundle()
        from jupyter_tracker.widgets._fallback import run_card_bundle

        return run_card_bundle(run_card_view(self._entry.store, self._entry.run_id, artifacts=False))

    def _publish(self, data: dict[str, Any], *, update: bool) -> None:
        transient = {"display_id": self._display_id}
        session, socket = getattr(self._publisher, "session", None), getattr(self._publisher, "pub_socket", None)
        if session is None or socket is None:
            self._publisher.publish(data=data, transient=transient, update=update)
            return
        # `publish` would first wait for what was printed to be sent, twice in every cell.
        session.send(
            socket,
            "update_display_data" if update else "display_data",
            {"data": data, "metadata": {}, "transient": transient},
            parent=self._parent,
            ident=self._publisher.topic,
        )

    def _print_line(self) -> None:
        print(run_line(run_card_view(self._entry.store, self._entry.run_id, artifacts=False)))  # noqa: T201 - the card of a terminal

    def _on_message(self, message: dict[str, Any]) -> dict[str, Any]:
        # A loop that redraws a figure clears the whole output, the card with it.
        if message.get("msg_type") == "clear_output":
            self._cleared = True
        return message


def _after_reply(shell: InteractiveShell, do: Callable[[], None]) -> None:
    """Do something when the kernel has sent the reply of the cell that ends now, before it says that it is idle."""
    kernel: Any = getattr(shell, "kernel", None)
    hook = getattr(kernel, "post_handler_hook", None)
    if hook is None or threading.current_thread() is not threading.main_thread():
        do()
        return
    is_own = "post_handler_hook" in vars(kernel)  # of a cell that was run inside this one

    def once() -> None:
        if threading.current_thread() is not threading.main_thread():  # a comm, answered beside the cell
            hook()
            return
        if is_own:
            kernel.post_handler_hook = hook
        else:
            del kernel.post_handler_hook
        hook()  # first: from here on an interrupt is not for this cell
        time.sleep(_GIVE_WAY_S)
        do()

    kernel.post_handler_hook = once
