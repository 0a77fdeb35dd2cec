"""`jupyter tracker server`: a store behind HTTP, for every client that speaks MLflow's protocol."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_tracker import settings

if TYPE_CHECKING:
    from jupyter_tracker.server.hosted import Backend
    from jupyter_tracker.server.users import Users

_SILENT_S: Final = 3.0
_EXAMPLES = """\
examples:
  {prog} server --backend-store-uri sqlite:///tracker.db
  {prog} server --backend-store-uri postgresql://user:pass@db-host:5432/tracker --workers 4 --host 0.0.0.0
"""

_NO_WORKSPACES: Final = "There are no workspaces: a store for each team, or roles in experiments (docs/server.md)"
# Options of `mlflow server` that there are none of here.
_INSTEAD = {
    "--app-name": "For users with passwords, tokens and roles write --auth users",
    "--artifacts-only": "A server keeps runs and files; leave it out",
    "--cors-allowed-origins": "Pages of other sites are always refused; leave it out",
    "--dev": "Leave it out: each error is told in the log",
    "--disable-security-middleware": "Leave it out: see --allowed-hosts",
    "--disable-workspaces": "Leave it out: there are no workspaces",
    "--enable-workspaces": _NO_WORKSPACES,
    "--expose-prometheus": "Leave it out: /metrics is always there",
    "--gunicorn-opts": "Leave it out: see --workers, --tls-cert and --access-log",
    "--read-replica-backend-store-uri": "Leave it out: all is read from --backend-store-uri",
    "--registry-store-uri": "The registry is in the store that has the runs: --backend-store-uri",
    "--secrets-cache-max-size": "Leave it out: a server keeps no secrets of model providers",
    "--secrets-cache-ttl": "Leave it out: a server keeps no secrets of model providers",
    "--static-prefix": "Let the proxy in front take the path off (docs/deploying.md)",
    "--trace-archival-config": "Leave it out: there are no traces",
    "--uvicorn-opts": "Leave it out: see --workers, --tls-cert and --access-log",
    "--waitress-opts": "Leave it out: see --workers, --tls-cert and --access-log",
    "--workspace-store-uri": _NO_WORKSPACES,
    "--x-frame-options": "Leave it out: the page is shown in frames of pages from its own address alone",
}


def add_to(commands: Any, prog: str) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "server",
        help="serve a store over HTTP to every MLflow client",
        description="Serve a store over HTTP to every MLflow client, and to set_tracking_uri('http://…').",
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
    add("--default-artifact-root", metavar="URI", help="where clients keep artifacts, recorded as it is")
    add("--artifacts-destination", metavar="URI", help="where the server keeps the artifacts that it hands on")
    serves = parser.add_mutually_exclusive_group()
    serves.add_argument("--serve-artifacts", dest="serves", action="store_true", default=True, help="hand artifacts on")
    serves.add_argument("--no-serve-artifacts", dest="serves", action="store_false", help="do not (default: it does)")
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("-p", "--port", type=int, default=5000, help="port to listen on; 0 takes a free one (%(default)s)")
    add("-w", "--workers", type=_workers, default=1, metavar="N", help="processes (%(default)s)")
    add("--auth", choices=["none", "users"], help="who may come in; default: everybody on loopback, users elsewhere")
    add("--users-file", type=Path, metavar="PATH", help="the users; default: beside the store")
    named = "names that the server may be called by, comma-separated; * for all"
    add("--allowed-hosts", type=_hosts, metavar="NAMES", help=named)
    add("--access-log", action="store_true", help="log every request, not only those that fail or are slow")
    add("--tls-cert", metavar="PEM", help="certificate: speak HTTPS")
    add("--tls-key", metavar="PEM", help="its private key")
    parser.instead.update(_INSTEAD)
    parser.set_defaults(run=_serve)
    described = commands.add_parser(
        "openapi",
        help="show the OpenAPI document of what a server answers",
        description="Show the OpenAPI document of what `server` answers, as JSON. A server has it at /openapi.json.",
        epilog=f"examples:\n  {prog} openapi > openapi.json\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.set_defaults(run=_openapi)


def _openapi(_arguments: argparse.Namespace) -> str:
    from jupyter_tracker.api.openapi import document
    from jupyter_tracker.api.routes import TABLE

    return json.dumps(document(TABLE.routes), indent=2)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 64")
    return int(text)


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        # Of IPv6 too: an address has colons, in brackets or not, and is no name with a port.
        has_port = name.count(":") == 1 or "]:" in name
        if not name or has_port or "/" in name:
            raise argparse.ArgumentTypeError(
                f"{name!r} is no name of a host: names without https:// and port are expected, comma-separated"
            )
    return names


def _serve(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.server.gate import LOOPBACK
    from jupyter_tracker.server.standalone import Options, serve

    backend = _backend(arguments)
    is_local = arguments.host in LOOPBACK
    if not is_local and _is_local_path(arguments.default_artifact_root):
        say(
            f"warning: --default-artifact-root {arguments.default_artifact_root} is a folder of this machine; clients "
            "on others write to a folder of that name there. Leave it out, and they send files to this server."
        )
    has_users = arguments.auth == "users" or (arguments.auth is None and not is_local)
    users_file = users_file_of(backend.store_uri, arguments.users_file) if has_users else None
    if users_file is None and not is_local:
        say("warning: --auth none lets everybody in who reaches this address.")
    options = Options(
        backend,
        arguments.host,
        arguments.port,
        arguments.workers,
        users_file,
        arguments.allowed_hosts or (("*",) if not is_local else None),
        arguments.access_log,
        arguments.tls_cert,
        arguments.tls_key,
    )
    scheme = "https" if arguments.tls_cert else "http"
    # An address of IPv6 has brackets in a URL.
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    _say_of_mlflow(backend.store_uri)
    # A database that does not answer is tried for a while: who looks on should know what is waited for.
    waiting = threading.Timer(_SILENT_S, say, [f"jupyter_tracker waits for {_shown(backend)} ..."])
    waiting.daemon = True

    def answered() -> None:
        waiting.cancel()
        waiting.join()  # it may be saying so now, and what is said next comes after that

    def ready(port: int) -> None:
        answered()
        say(f"jupyter_tracker serves {_shown(backend)} at {scheme}://{host}:{port}")

    waiting.start()
    try:
        # Not before: a token is shown once, and a start that fails would waste it.
        serve(options, ready, bound=lambda: None if users_file is None else _make_first_admin(users_file))
    finally:
        answered()
    return "jupyter_tracker has stopped."


def _backend(arguments: argparse.Namespace) -> Backend:
    from jupyter_tracker.server.hosted import Backend

    return Backend(
        store_uri_of(arguments),
        arguments.default_artifact_root,
        arguments.artifacts_destination,
        arguments.serves,
    )


def store_uri_of(arguments: argparse.Namespace) -> str:
    """Return the store that a command line names, credentials included; that of this project where it names none."""
    from jupyter_tracker.tracking.location import current_location

    location = current_location()
    return arguments.backend_store_uri or location.url or location.uri


def users_file_of(store_uri: str, given: Path | None) -> Path:
    """Return the file of a store's users: the one that was named, or the one beside the store."""
    from jupyter_tracker.tracking.location import location_of

    if given is not None:
        return given.absolute()
    path = location_of(store_uri).path
    return Path(f"{path}.users.json") if path is not None else settings.user_data_folder() / "users.json"


def _make_first_admin(users_file: Path) -> None:
    """Make an administrator where there is no user yet, and show its token, once."""
    from jupyter_tracker.server.users import Users

    users: Users = Users(users_file)
    if users.all():
        return
    users_file.parent.mkdir(parents=True, exist_ok=True)
    users.add("admin", "admin")
    _, token = users.new_token("admin")
    say(
        f"There was no user yet, so `admin` was made (in {users_file}). Its token is shown this once:\n"
        f"  MLFLOW_TRACKING_TOKEN={token}"
    )


def _say_of_mlflow(store_uri: str) -> None:
    """Say that runs which MLflow keeps in the folder of a new store are not served by themselves."""
    from jupyter_tracker.tracking.location import location_of

    location = location_of(store_uri)
    if location.path is not None and not location.path.exists() and any(location.path.parent.glob("*/meta.yaml")):
        folder = location.path.parent
        say(
            f"{folder} holds runs of MLflow's, and a store that is new and empty. To bring them into that:\n"
            f"  jupyter tracker import mlflow {folder} --store {location.uri}"
        )


def _is_local_path(uri: str | None) -> bool:
    return uri is not None and ("://" not in uri or uri.startswith("file:"))


def _shown(backend: Backend) -> str:
    from jupyter_tracker.tracking.location import location_of

    return location_of(backend.store_uri).uri


def say(text: str) -> None:
    """Tell people something beside a command's result."""
    print(text, file=sys.stderr, flush=True)
