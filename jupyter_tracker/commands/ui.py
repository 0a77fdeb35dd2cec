"""`jupyter tracker ui`: the dashboard as a web page of this machine, without Jupyter, for whoever started it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from jupyter_tracker.commands.serving import store_uri_of

_HOST: Final = "127.0.0.1"
_EXAMPLES = """\
examples:
  {prog} ui
  {prog} ui --no-browser --port 5001
  {prog} ui --backend-store-uri sqlite:////data/tracker.db
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "ui",
        help="open the dashboard in the browser, without Jupyter",
        description="Open the dashboard of this project's runs in the browser, without Jupyter. Ctrl-C ends it.",
        epilog=_EXAMPLES.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--backend-store-uri",
        "--store",
        metavar="URI",
        help="sqlite:///…, postgresql://…, mysql://…; default: this project's store",
    )
    add("--port", type=int, default=0, help="port to listen on, on this machine only; 0 takes a free one (%(default)s)")
    add("--no-browser", action="store_true", help="only say the address")
    parser.set_defaults(run=_ui)


def _ui(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.server.gate import LOOPBACK
    from jupyter_tracker.server.hosted import Backend
    from jupyter_tracker.server.standalone import Options, serve
    from jupyter_tracker.server.users import Users
    from jupyter_tracker.tracking.location import location_of

    uri = store_uri_of(arguments)
    # Whoever is logged in to this machine can reach the port; only who sees the address gets in, and once.
    with tempfile.TemporaryDirectory(prefix="jupyter-tracker-ui-") as folder:
        users = Users(Path(folder) / "users.json")
        users.add("you", "admin")
        _, token = users.new_token("you")

        def ready(port: int) -> None:
            address = f"http://{_HOST}:{port}/#token={token}"
            told = (
                f"The dashboard of {location_of(uri).uri} is at\n  {address}\nThe address works once. Ctrl-C ends it."
            )
            print(told, file=sys.stderr, flush=True)
            if not arguments.no_browser:
                _open(address)

        serve(Options(Backend(uri), _HOST, arguments.port, 1, users.path, tuple(LOOPBACK), once=True), ready)
    return "The dashboard has ended."


def _open(address: str) -> None:
    """Show the address in the browser; on a thread, since one that runs in the terminal does not return."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
