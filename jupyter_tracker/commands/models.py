"""`models`: look at a model, put it on the list of trusted ones."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_tracker.commands.common import as_json, confirmed, declare, open_store

_EXAMPLES = """\
examples:
  {prog} models show runs:/1a2b3c4d/model
  {prog} models trust models:/churn/3
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the commands."""
    summary = "look at models, and trust them"
    parser = commands.add_parser("models", help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(run=lambda _: parser.format_help().rstrip())
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", dest="models_command")
    show = declare(inner, "show", "show what a model is, and what goes in and comes out", _EXAMPLES, prog)
    show.set_defaults(run=_show)
    trust = declare(inner, "trust", "put a model on your list: it may run code when it is loaded", _EXAMPLES, prog)
    trust.add_argument("--yes", action="store_true", help="do not ask")
    trust.set_defaults(run=_trust)
    for command in (show, trust):
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
