"""`jupyter tracker …`: the runs of a store in a terminal. Also `jupyter-tracker` and `python -m jupyter_tracker`.

Results go to stdout; what went wrong goes to stderr, without a traceback. Exit status 0: done; 1: the store or
the run could not be read; 2: the command was not understood, or a check could not be made. A command may return a
status of its own beside its output.

Looking is done here, changing in `commands`.

To add a command: a function `_<command>` that returns its output, and its arguments in `_parser`; or in `commands`.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_tracker._version import __version__
from jupyter_tracker.commands import (
    housekeeping,
    models,
    moving,
    promotion,
    registry,
    serving,
    syncing,
    ui,
    users,
)
from jupyter_tracker.commands.common import CannotTellError, Parser, as_json, declare, open_store, writable
from jupyter_tracker.errors import TrackerError, TrackerWarning
from jupyter_tracker.tracking import provenance

if TYPE_CHECKING:
    from jupyter_tracker.entities import Run
    from jupyter_tracker.store.base import Store
    from jupyter_tracker.tracking.location import Location

_FAILED = 1
_CANNOT_TELL = 2
_INTERRUPTED = 130
_MAX_ROWS = 1000
_MAX_JSON = 50_000
_DEFAULT_ROWS = 50

_RUNS_EXAMPLES = """\
examples:
  {prog} runs
  {prog} runs "metrics.f1 > 0.9 and params.model = 'rf'" --order-by "metrics.f1 desc" --max 10
  {prog} runs --experiment churn --json | jq '.[].metrics.f1'
"""
_SHOW_EXAMPLES = """\
examples:
  {prog} show 1a2b3c4d
  {prog} show rf-baseline
  {prog} show rf-baseline --json
"""
_WHERE_EXAMPLES = """\
examples:
  {prog} where
  JUPYTER_TRACKER_URI=/data/tracker.db {prog} where
"""
_DB_COMMANDS = {
    "upgrade": ("bring the database to this version's schema", "a copy of an SQLite file is made first"),
    "check": ("look for damage; exit status 1 where there is any", "reads every row, changes nothing"),
    "vacuum": ("give back the room that deleted rows have left", "renews the planner's statistics, too"),
    "stats": ("show how large the database is, and what is in it", ""),
}
_DB_EXAMPLES = """\
examples:
  {prog} db NAME
  {prog} db NAME --store /data/tracker.db
  JUPYTER_TRACKER_URI=postgresql://alice:secret@db.example.org/tracker {prog} db NAME --json
"""


def main(argv: Sequence[str] | None = None, prog: str = "jupyter tracker") -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The words behind the program's name; `sys.argv` where left out.
    prog : str
        What the program is called in its help.
    """
    parser = _parser(prog)
    arguments = parser.parse_args(argv)
    try:
        with provenance.command(f"{prog} {arguments.command}"), _plain_warnings(prog):
            result = parser.format_help().rstrip() if arguments.command is None else arguments.run(arguments)
        status: int
        output, status = result if isinstance(result, tuple) else (result, 0)
        print(writable(output), flush=True)
    except TrackerError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return _CANNOT_TELL if isinstance(error, CannotTellError) else _FAILED
    except BrokenPipeError:  # `… | head` has seen enough; the interpreter must not complain at exit
        _drop_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _drop_output()
        print(f"{prog}: the output could not be written: {error.strerror}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"{prog}: interrupted; nothing is half done, and the same command goes on", file=sys.stderr)
        return _INTERRUPTED
    return status


def _drop_output() -> None:
    """Throw away what nobody takes: the interpreter would complain of it at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def _plain_warnings(prog: str) -> Iterator[None]:
    """Say warnings of ours as errors are said: in a terminal a line of source says nothing."""
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
            if issubclass(category, TrackerWarning):
                print(f"{prog}: {message}", file=sys.stderr)
            else:
                shown(message, category, *place, **options)

        warnings.showwarning = show
        yield


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description="Look at the runs that jupyter_tracker has kept, tidy them up, and move them.",
        epilog=f"`{prog} COMMAND --help` shows a command's options and examples.",
    )
    parser.add_argument("--version", action="version", version=f"jupyter_tracker {__version__}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    runs = declare(commands, "runs", "list runs, the newest first", _RUNS_EXAMPLES, prog)
    runs.add_argument("filter", nargs="?", help="such as \"metrics.f1 > 0.9 and params.model = 'rf'\"")
    runs.add_argument("--filter", dest="named_filter", metavar="FILTER", help="the same, as `delete` has it")
    runs.add_argument("--experiment", action="append", metavar="NAME", help="name or id; may be given more than once")
    runs.add_argument("--order-by", metavar="COLUMN", help='such as "metrics.f1 desc" or start_time')
    runs.add_argument("--max", type=_count, default=_DEFAULT_ROWS, metavar="N", help="rows at most (%(default)s)")
    runs.set_defaults(run=_runs)

    show = declare(commands, "show", "show one run", _SHOW_EXAMPLES, prog)
    show.add_argument("name", metavar="RUN", help="its id, the start of its id, or its name (the newest of this name)")
    show.set_defaults(run=_show)

    where = declare(commands, "where", "say which store is used, and why that one", _WHERE_EXAMPLES, prog)
    where.set_defaults(run=_where)
    _db_parser(commands, prog)
    housekeeping.add_to(commands, prog)
    moving.add_to(commands, prog)
    models.add_to(commands, prog)
    registry.add_to(commands, prog)
    promotion.add_to(commands, prog)
    serving.add_to(commands, prog)
    ui.add_to(commands, prog)
    syncing.add_to(commands, prog)
    users.add_to(commands, prog)
    return parser


def _db_parser(commands: Any, prog: str) -> None:
    summary = "look after a store's database: " + ", ".join(_DB_COMMANDS)
    parser = commands.add_parser("db", help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(run=lambda _: parser.format_help().rstrip())
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", dest="db_command")
    run = {"upgrade": _db_upgrade, "check": _db_check, "vacuum": _db_vacuum, "stats": _db_stats}
    for name, (short, more) in _DB_COMMANDS.items():
        command = declare(inner, name, short, _DB_EXAMPLES.replace("NAME", name), prog)
        command.description = f"{short[0].upper()}{short[1:]}{f' ({more})' if more else ''}."
        command.set_defaults(run=run[name])


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_JSON:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MAX_JSON}")
    return int(text)


def _runs(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.views.lookup import find_experiment, order_by_of
    from jupyter_tracker.views.run_table import run_table_view
    from jupyter_tracker.views.text import run_table_text

    filter_string = _filter(arguments)
    store = open_store(arguments.store)
    experiment_ids = [find_experiment(store, name).experiment_id for name in arguments.experiment or ()]
    if arguments.json:
        return as_json([_run_json(run) for run in _search(store, experiment_ids, filter_string, arguments)])
    if arguments.max > _MAX_ROWS:
        raise TrackerError(f"--max {arguments.max}: a table has at most {_MAX_ROWS} rows; use --json for more.")
    view = run_table_view(store, experiment_ids, filter_string, order_by_of(arguments.order_by), limit=arguments.max)
    text = run_table_text(view, _width())
    if view.error is not None:
        raise TrackerError(text)
    return text


def _filter(arguments: argparse.Namespace) -> str:
    if arguments.filter and arguments.named_filter:
        raise TrackerError(
            "The filter is given twice, with --filter and without: leave one out, or join them with and."
        )
    return arguments.filter or arguments.named_filter or ""


def _search(
    store: Store, experiment_ids: Sequence[str], filter_string: str, arguments: argparse.Namespace
) -> Sequence[Run]:
    from jupyter_tracker.entities import ViewType

    ids = experiment_ids or [known.experiment_id for known in store.search_experiments(ViewType.ACTIVE_ONLY)]
    order = [arguments.order_by] if arguments.order_by else None
    return store.search_runs(ids, filter_string, max_results=arguments.max, order_by=order)


def _show(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.views.lookup import find_run
    from jupyter_tracker.views.run_card import run_card_view
    from jupyter_tracker.views.text import run_card_text

    store = open_store(arguments.store)
    run = find_run(store, arguments.name)
    if arguments.json:
        return as_json(_run_json(run))
    return run_card_text(run_card_view(store, run.info.run_id))


def _location(arguments: argparse.Namespace) -> Location:
    from jupyter_tracker.tracking.location import current_location, location_of

    return current_location() if arguments.store is None else location_of(arguments.store, "--store names it")


def _where(arguments: argparse.Namespace) -> str:
    location = _location(arguments)
    if location.path is None:
        return _where_on_server(arguments, location)
    return _where_in_file(arguments, location, location.path)


def _where_on_server(arguments: argparse.Namespace, location: Location) -> str:
    from jupyter_tracker.views.text import aligned

    # Asking where the store is must not wait for a server, nor make its tables.
    facts = {"store": location.uri, "reason": location.reason, "version": __version__}
    if arguments.json:
        return as_json(facts)
    rows = [["store", location.uri], ["because", location.reason], _version_row()]
    return "\n".join(aligned(rows, limit=None))


def _version_row() -> list[str]:
    return ["version", f"jupyter_tracker {__version__}, Python {sys.version.split()[0]}"]


def _where_in_file(arguments: argparse.Namespace, location: Location, path: Path) -> str:
    from jupyter_tracker.store.sql.connection import mode_of, sqlite3
    from jupyter_tracker.views.text import aligned

    mode = mode_of(path)
    exists = path.exists()
    facts = {
        "store": str(path),
        "exists": exists,
        "reason": location.reason,
        "sqlite_library": sqlite3.__name__.partition(".")[0],
        "sqlite_version": sqlite3.sqlite_version,
        "journal_mode": mode.journal,
        "journal_mode_reason": mode.reason,
        "version": __version__,
    }
    if arguments.json:
        return as_json(facts)
    rows = [
        ["store", str(path) + ("" if exists else "  (not there yet: the first run makes it)")],
        ["because", location.reason],
        ["library", f"SQLite {facts['sqlite_version']} ({facts['sqlite_library']})"],
        ["journal", f"{mode.journal}, since {mode.reason}"],
        _version_row(),
    ]
    return "\n".join(aligned(rows, limit=None))


def _db_upgrade(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.store.sql import maintenance

    _existing(arguments)
    location = _location(arguments)
    before, now = maintenance.upgrade(location.path, location.url)
    if arguments.json:
        return as_json({"store": location.name, "before": before, "now": now})
    if before == now:
        return f"{location.name} is of this version's schema ({now}) already."
    return f"{location.name} was brought from schema {before or 'none'} to {now}."


def _db_check(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.store.sql import maintenance

    store = open_store(_existing(arguments))
    found = maintenance.check(store)
    if found and not arguments.json:
        raise TrackerError("\n".join([f"{store.uri} is not in order:", *found]))
    if found:
        print(as_json({"store": store.uri, "problems": found}))
        raise TrackerError(f"{store.uri} is not in order.")
    return as_json({"store": store.uri, "problems": []}) if arguments.json else f"{store.uri} is in order."


def _db_vacuum(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.store.sql import maintenance

    store = open_store(_existing(arguments))
    before, after = maintenance.vacuum(store)
    if arguments.json:
        return as_json({"store": store.uri, "before_bytes": before, "after_bytes": after})
    full = "" if after < before else "; there was no room to give back"
    return f"{store.uri}: {before:,} bytes before, {after:,} now{full}."


def _db_stats(arguments: argparse.Namespace) -> str:
    from dataclasses import asdict

    from jupyter_tracker.store.sql import maintenance
    from jupyter_tracker.views.text import aligned

    store = open_store(_existing(arguments))
    size = maintenance.stats(store)
    if arguments.json:
        return as_json({"store": store.uri, "store_id": store.store_id, **asdict(size)})
    rows = [
        ["store", store.uri],
        ["id", store.store_id],
        ["schema", size.revision],
        ["size", f"{size.size_bytes:,} bytes without artifacts"],
        ["runs", ", ".join(f"{number:,} {name}" for name, number in size.runs.items()) or "none"],
        ["points", f"{size.points:,}"],
        *([f"rows of {name}", f"{number:,}"] for name, number in size.rows.items() if number),
    ]
    return "\n".join(aligned(rows, limit=None))


def _existing(arguments: argparse.Namespace) -> str | None:
    """Return the store that was named; TrackerError where there is none in this project yet."""
    location = _location(arguments)
    if location.path is not None and not location.path.exists():
        raise TrackerError(f"There is no store at {location.path}.")
    uri: str | None = arguments.store
    return uri


def _run_json(run: Run) -> dict[str, Any]:
    from jupyter_tracker.wire.numbers import number_to_json

    info, data = run.info, run.data
    return {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "experiment_id": info.experiment_id,
        "status": info.status,
        "start_time": info.start_time,
        "end_time": info.end_time,
        "lifecycle_stage": info.lifecycle_stage,
        "artifact_uri": info.artifact_uri,
        "params": data.params,
        "metrics": {key: number_to_json(value) for key, value in data.metrics.items()},
        "tags": data.tags,
    }


def _width() -> int | None:
    """Return the columns of the terminal, or None where the output goes to a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None


if __name__ == "__main__":
    sys.exit(main())
