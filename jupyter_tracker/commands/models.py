"""`models`: look at a model, put it on the list of trusted ones, predict with it, serve it."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_tracker.commands.common import as_json, confirmed, declare, open_store
from jupyter_tracker.commands.model_uris import explained, whole_uri
from jupyter_tracker.errors import TrackerError

_EXAMPLES = """\
examples:
  {prog} models show runs:/1a2b3c4d/model
  {prog} models trust models:/churn/3
  {prog} models predict models:/churn@champion --input rows.csv
  {prog} models serve models:/churn/Production --port 5001
"""
_PREDICT_EXAMPLES = """\
examples:
  {prog} models predict models:/churn@champion --input rows.csv
  {prog} models predict runs:/1a2b3c4d/model --input rows.jsonl --output predictions.json
  echo '{{"dataframe_records": [{{"age": 41, "income": 52000}}]}}' | {prog} models predict models:/churn/3

JSON is in a form of MLflow's scoring protocol (dataframe_split, dataframe_records, instances, inputs), or a list of
rows; JSON lines are one row each; CSV has the names of the columns in its first line.
"""
_SERVE_EXAMPLES = """\
examples:
  {prog} models serve models:/churn/Production --port 5001
  curl http://127.0.0.1:5001/invocations -H 'Content-Type: application/json' \\
    -d '{{"dataframe_records": [{{"age": 41, "income": 52000}}]}}'
"""
_TRUST_EXAMPLES = """\
examples:
  {prog} models trust models:/churn/3
  {prog} models trust runs:/1a2b3c4d/model --yes

The list is yours alone and lies in your data folder; a model is known by the content of its files.
"""
_KINDS = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
# With --json: a line when it is served, and one at the end.
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
    trust = declare(
        inner, "trust", "put a model on your list: it may run code when it is loaded", _TRUST_EXAMPLES, prog
    )
    trust.add_argument("--yes", action="store_true", help="do not ask")
    trust.set_defaults(run=_trust)
    predict = declare(inner, "predict", "predict from a file, or from standard input", _PREDICT_EXAMPLES, prog)
    predict.add_argument("--input", metavar="FILE", help="JSON, JSON lines or CSV; standard input where left out")
    predict.add_argument(
        "--content-type", choices=("json", "jsonl", "csv"), help="by the file's ending or its content where left out"
    )
    predict.add_argument("--output", metavar="FILE", help="where to write; standard output where left out")
    predict.set_defaults(run=_predict)
    serve = declare(inner, "serve", "answer MLflow's scoring protocol over HTTP", _SERVE_EXAMPLES, prog)
    serve.add_argument("--host", default="127.0.0.1", help="%(default)s: this machine alone")
    serve.add_argument("--port", type=int, default=5000, help="%(default)s; 0 takes a free one")
    serve.set_defaults(run=_serve)
    for command in (predict, serve):
        command.add_argument("--trust", action="store_true", help="load it even if that may run any code")
    for command in (show, trust, predict, serve):
        command.add_argument("uri", metavar="URI", help="such as runs:/<run>/model, models:/churn/3, or a folder")


@contextlib.contextmanager
def _named(arguments: argparse.Namespace) -> Iterator[str]:
    """Give the URI that was asked for, of the store that was named; what is not found inside is explained."""
    store = None
    if arguments.store is not None:
        from jupyter_tracker.tracking.tracking_uri import set_tracking_uri

        store = open_store(arguments.store)  # says so where there is none
        set_tracking_uri(arguments.store)
    elif arguments.uri.startswith(("runs:", "models:")):
        store = open_store(None)
    uri = whole_uri(store, arguments.uri)
    with explained(store, uri):
        yield uri


def _show(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.flavors.inspection import get_model_info
    from jupyter_tracker.views.text import aligned

    with _named(arguments) as uri:
        info = get_model_info(uri)
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
    parts = {} if signature is None else {"takes": signature.inputs, "gives": signature.outputs}
    rows = [
        ["model", info.model_uri],
        ["id", info.model_id or "-"],
        ["run", info.run_id or "-"],
        ["flavors", ", ".join(sorted(info.flavors))],
        *_listed("takes", parts.get("takes")),
        *_listed("gives", parts.get("gives")),
    ]
    return "\n".join(aligned(rows, limit=None))


def _listed(what: str, schema: Any) -> list[list[str]]:
    """Return one row for each column or array; the first says `what` they are."""
    lines = ["-"] if schema is None else [str(spec).removesuffix(" (required)") for spec in schema]
    return [[what if number == 0 else "", line] for number, line in enumerate(lines)]


def _trust(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.flavors.inspection import needs_of, trust_model

    with _named(arguments) as uri:
        needs = needs_of(uri)
    if not needs:
        return as_json({"trusted": True}) if arguments.json else f"{arguments.uri} needs no trust: it loads as it is."
    question = f"{arguments.uri} may run any code when it is loaded. It needs: {', '.join(needs)}. Trust it?"
    if not confirmed(question, yes=arguments.yes, dry_run=False):
        return as_json({"trusted": False}) if arguments.json else "Nothing was changed."
    digest = trust_model(uri)
    if arguments.json:
        return as_json({"trusted": True, "digest": digest})
    return f"{arguments.uri} is on your list of trusted models."


def _predict(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.flavors import scoring
    from jupyter_tracker.flavors.pyfunc import load_model

    output = None if arguments.output is None else Path(arguments.output)
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        raise TrackerError(f"{str(output)!r} cannot be written: name a file in a folder that exists.")
    text, source = _input(arguments.input)
    kind = arguments.content_type or _KINDS.get(Path(source).suffix.lower()) or scoring.kind_of(text)
    with _named(arguments) as uri:
        model = load_model(uri, trust=arguments.trust)
    data, params = scoring.read_input(text, kind, model.metadata.signature, source)
    answer = scoring.answer(scoring.predictions(model, data, params))
    if output is None:
        return answer
    try:
        output.write_text(answer, encoding="utf-8")
    except OSError as error:
        raise TrackerError(f"{str(output)!r} cannot be written: {error.strerror}.") from error
    return as_json({"output": str(output)}) if arguments.json else f"Wrote {arguments.output}."


def _input(name: str | None) -> tuple[str, str]:
    """Return what is to be predicted from, and what messages call it."""
    source = "Standard input" if name is None else name
    if name is not None and not Path(name).is_file():
        raise TrackerError(
            f"{name!r} is a folder: name a file." if Path(name).is_dir() else f"There is no file {name!r}."
        )
    try:
        if name is None:
            if sys.stdin.isatty():
                print("Reading JSON or CSV from the terminal; Ctrl-D ends it.", file=sys.stderr, flush=True)
            text = sys.stdin.read()
        else:
            text = Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrackerError(f"{source} is no text in UTF-8: {error.reason} at byte {error.start}.") from error
    except OSError as error:
        raise TrackerError(f"{source} cannot be read: {error.strerror}.") from error
    if not text.strip():
        raise TrackerError(f"{source} is empty: rows to predict from are needed, as JSON, JSON lines or CSV.")
    return text, source


def _serve(arguments: argparse.Namespace) -> str:
    import asyncio

    from jupyter_tracker.flavors.pyfunc import load_model
    from jupyter_tracker.server.scoring import serve

    with _named(arguments) as uri:
        model = load_model(uri, trust=arguments.trust)

    def ready(port: int) -> None:
        said = _SERVED.format(uri=arguments.uri, host=arguments.host, port=port)
        if arguments.json:
            said = json.dumps({"model_uri": arguments.uri, "url": f"http://{arguments.host}:{port}"}) + "\n"
        print(said, end="", flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(model, arguments.host, arguments.port, ready))
    return json.dumps({"stopped": True}) if arguments.json else "Stopped."
