"""`models`: look at a model, put it on the list of trusted ones, predict with it, serve it."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any

from jupyter_tracker.commands.common import as_json, confirmed, declare, open_store
from jupyter_tracker.errors import TrackerError

_EXAMPLES = """\
examples:
  {prog} models show runs:/1a2b3c4d/model
  {prog} models trust models:/churn/3
  {prog} models predict models:/churn@champion --input rows.csv
  {prog} models serve models:/churn/Production --port 5001
"""
_SERVED = """\
{uri} is served at http://{host}:{port}/invocations (POST); Ctrl-C ends it.
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the commands."""
    summary = "look at models, trust them, predict with them and serve them"
    parser = commands.add_parser("models", help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(run=lambda _: parser.format_help().rstrip())
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", dest="models_command")
    show = declare(inner, "show", "show what a model is, and what goes in and comes out", _EXAMPLES, prog)
    show.set_defaults(run=_show)
    trust = declare(inner, "trust", "put a model on your list: it may run code when it is loaded", _EXAMPLES, prog)
    trust.add_argument("--yes", action="store_true", help="do not ask")
    trust.set_defaults(run=_trust)
    predict = declare(inner, "predict", "predict from a file, or from standard input", _EXAMPLES, prog)
    predict.add_argument("--input", metavar="FILE", help="JSON in a form of MLflow's scoring protocol, or CSV")
    predict.add_argument("--content-type", choices=("json", "csv"), help="by the file's ending where left out")
    predict.add_argument("--output", metavar="FILE", help="where to write; standard output where left out")
    predict.set_defaults(run=_predict)
    serve = declare(inner, "serve", "answer MLflow's scoring protocol over HTTP", _EXAMPLES, prog)
    serve.add_argument("--host", default="127.0.0.1", help="%(default)s: this machine alone")
    serve.add_argument("--port", type=int, default=5000, help="%(default)s; 0 takes a free one")
    serve.set_defaults(run=_serve)
    for command in (predict, serve):
        command.add_argument("--trust", action="store_true", help="load it even if that may run any code")
    for command in (show, trust, predict, serve):
        command.add_argument("uri", metavar="URI", help="such as runs:/<run id>/model, models:/churn/3, or a path")


def _use_store(arguments: argparse.Namespace) -> None:
    """Make the store that was named the one that URIs are about."""
    if arguments.store is not None:
        from jupyter_tracker.tracking.tracking_uri import set_tracking_uri

        open_store(arguments.store)  # says so where there is none
        set_tracking_uri(arguments.store)


def _show(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.flavors.inspection import get_model_info
    from jupyter_tracker.views.text import aligned

    _use_store(arguments)
    info = get_model_info(arguments.uri)
    if arguments.json:
        return as_json(
            {
                "model_uri": info.model_uri,
                "model_id": info.model_id,
                "run_id": info.run_id,
                "flavors": info.flavors,
                "signature": info.signature_dict,
                "metadata": info.metadata,
            }
        )
    signature = info.signature
    rows = [
        ["model", info.model_uri],
        ["id", info.model_id or "-"],
        ["run", info.run_id or "-"],
        ["flavors", ", ".join(sorted(info.flavors))],
        ["takes", "-" if signature is None else str(signature.inputs)],
        ["gives", "-" if signature is None else str(signature.outputs)],
    ]
    return "\n".join(aligned(rows, limit=None))


def _trust(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.flavors.inspection import needs_of, trust_model

    _use_store(arguments)
    needs = needs_of(arguments.uri)
    if not needs:
        return as_json({"trusted": True}) if arguments.json else f"{arguments.uri} needs no trust: it loads as it is."
    question = f"{arguments.uri} may run any code when it is loaded. It needs: {', '.join(needs)}. Trust it?"
    if not confirmed(question, yes=arguments.yes):
        return "Nothing was changed."
    digest = trust_model(arguments.uri)
    if arguments.json:
        return as_json({"trusted": True, "digest": digest})
    return f"{arguments.uri} is on your list of trusted models."


def _predict(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.flavors import scoring
    from jupyter_tracker.flavors.inspection import predict

    _use_store(arguments)
    name = arguments.input
    if name is not None and not Path(name).is_file():
        raise TrackerError(f"There is no file {name!r}.")
    kind = arguments.content_type or ("csv" if str(name).endswith(".csv") else "json")
    text = sys.stdin.read() if name is None else Path(name).read_text(encoding="utf-8")
    found = predict(arguments.uri, text, content_type=kind, output_path=arguments.output, trust=arguments.trust)
    if arguments.output is not None:
        return f"Wrote {arguments.output}."
    return scoring.answer(found)


def _serve(arguments: argparse.Namespace) -> str:
    import asyncio

    from jupyter_tracker.flavors.pyfunc import load_model
    from jupyter_tracker.server.scoring import serve

    _use_store(arguments)
    model = load_model(arguments.uri, trust=arguments.trust)

    def ready(port: int) -> None:
        print(_SERVED.format(uri=arguments.uri, host=arguments.host, port=port), end="", flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(model, arguments.host, arguments.port, ready))
    return "Stopped."
