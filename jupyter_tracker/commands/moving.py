"""`export` and `import`: runs into one file, and in from such a file or from MLflow."""

from __future__ import annotations

import argparse
import dataclasses
from contextlib import closing
from pathlib import Path
from typing import Any

from jupyter_tracker.commands.common import as_json, confirmed, declare, open_store
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.base import Store
from jupyter_tracker.wire.credentials import is_server

_EXPORT_EXAMPLES = """\
examples:
  {prog} export rf-baseline best.zip
  {prog} export churn churn.zip                (an experiment, with every active run)
  {prog} export --all everything.zip           (trash and model registry included)

Needs the extra: pip install 'jupyter-experiment-tracker[transfer]'
"""
_IMPORT_EXAMPLES = """\
examples:
  {prog} import churn.zip
  {prog} import mlflow ~/project/mlflow.db
  {prog} import mlflow ~/project/mlruns --link
  {prog} import mlflow http://tracking.example.org:5000

Ids are kept, and what is here already stays as it is: importing twice changes nothing, and an import that was
interrupted goes on when it is called again. A zip file is checked as a whole before anything is written.
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the commands."""
    parser = declare(commands, "export", "write runs with all they have to one zip file", _EXPORT_EXAMPLES, prog)
    parser.add_argument("what", nargs="?", metavar="RUN|EXPERIMENT", help="name or id; an experiment before a run")
    parser.add_argument("--all", action="store_true", help="the whole store")
    parser.add_argument("file", metavar="FILE", help="where to write")
    parser.add_argument("--yes", action="store_true", help="replace a file without asking")
    parser.set_defaults(run=_export)

    parser = declare(commands, "import", "bring runs in from an export, or from MLflow", _IMPORT_EXAMPLES, prog)
    parser.usage = f"{prog} import [-h] [--store PATH] [--json] [--link] [mlflow] PATH"
    parser.add_argument("source", nargs="+", metavar="[mlflow] PATH", help="an export file; or `mlflow` and its store")
    parser.add_argument("--link", action="store_true", help="of MLflow: leave artifacts where they are")
    parser.set_defaults(run=_import)


def _export(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.transfer.archive_writing import Selection, write_archive

    if arguments.all == (arguments.what is not None):
        raise InvalidParameterError("Name a run or an experiment, or give --all.")
    store = open_store(arguments.store)
    path = Path(arguments.file)
    selection = Selection(everything=True) if arguments.all else _selection(store, arguments.what)
    if path.exists() and not confirmed(f"Replace {path}?", yes=arguments.yes, dry_run=False):
        return "Nothing was written."
    report = write_archive(store, selection, path)
    return as_json(dataclasses.asdict(report)) if arguments.json else str(report)


def _selection(store: Store, name: str) -> Any:
    from jupyter_tracker.transfer.archive_writing import Selection
    from jupyter_tracker.views.lookup import find_experiment, find_run

    try:
        return Selection(experiment_ids=[find_experiment(store, name).experiment_id])
    except ResourceDoesNotExistError as no_experiment:
        try:
            return Selection(run_ids=[find_run(store, name).info.run_id])
        except ResourceDoesNotExistError as no_run:
            raise ResourceDoesNotExistError(f"{no_run} {no_experiment}") from None


def _import(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.tracking.moving import (
        import_mlflow_into,
        import_server_into,
        mlflow_store,
        receive_archive,
    )
    from jupyter_tracker.transfer.archive_reading import ExportArchive

    words = arguments.source
    if len(words) > 2 or (len(words) == 2 and words[0] != "mlflow"):
        raise InvalidParameterError(f"{' '.join(words)!r} is not understood: give a file, or `mlflow` and a path.")
    if len(words) == 2 and is_server(words[1]):
        server = import_server_into(open_store(arguments.store, create=True), words[1], link=arguments.link)
        return as_json(dataclasses.asdict(server)) if arguments.json else str(server)
    path = Path(words[-1])
    if words == ["mlflow"] and not path.exists():
        raise InvalidParameterError(
            "Give the path of MLflow's store, too: an mlflow.db, an mlruns folder, or a server's address."
        )
    if len(words) == 1:
        if arguments.link:
            raise InvalidParameterError("--link is for imports from MLflow: the files of an export are in it.")
        with closing(ExportArchive(path)) as source:  # before a store is made
            report = receive_archive(open_store(arguments.store, create=True), source, path)
    else:
        path = mlflow_store(path)  # before a store is made
        report = import_mlflow_into(open_store(arguments.store, create=True), path, link=arguments.link)
    return as_json(dataclasses.asdict(report)) if arguments.json else str(report)
