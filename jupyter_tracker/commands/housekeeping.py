"""`delete`, `restore` and `gc`: into the trash, out of it, and away for good."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Any

from jupyter_tracker.commands.common import as_json, confirmed, declare, open_store
from jupyter_tracker.entities import Experiment, Run, ViewType
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.base import Store

_PAGE = 10_000
_SHOWN = 10

_DELETE_EXAMPLES = """\
examples:
  {prog} delete rf-baseline
  {prog} delete --filter "status = 'FAILED' and start_time < '2026-01-01'" --dry-run
  {prog} delete --filter "metrics.f1 < 0.5" --experiment churn --yes
  {prog} delete --experiment churn             (the experiment itself, with its runs)

Runs go to the trash: `{prog} restore` brings them back, `{prog} gc` removes them for good.
"""
_RESTORE_EXAMPLES = """\
examples:
  {prog} restore --filter "start_time > '2026-01-01'" --dry-run
  {prog} restore rf-baseline
  {prog} restore --experiment churn            (the experiment, with the runs that were deleted with it)
"""
_GC_EXAMPLES = """\
examples:
  {prog} gc --dry-run
  {prog} gc --older-than 30d
  {prog} gc --yes --json | jq .freed_bytes

Removes what is in the trash for good: metrics, params, tags and files. What a registered model version still
needs is kept and listed.
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the commands."""
    for name, summary, examples, run in (
        ("delete", "put runs, or an experiment, into the trash", _DELETE_EXAMPLES, _delete),
        ("restore", "take runs, or an experiment, out of the trash", _RESTORE_EXAMPLES, _restore),
    ):
        parser = declare(commands, name, summary, examples, prog)
        parser.add_argument("runs", nargs="*", metavar="RUN", help="ids or names of runs")
        parser.add_argument("--filter", metavar="FILTER", help="the runs that match, such as \"status = 'FAILED'\"")
        parser.add_argument(
            "--experiment", metavar="NAME", help="name or id; alone, it is the experiment that is meant"
        )
        _add_safety(parser)
        parser.set_defaults(run=run)
    parser = declare(commands, "gc", "remove for good what is in the trash", _GC_EXAMPLES, prog)
    parser.add_argument("--older-than", metavar="AGE", help="only what was deleted so long ago: 30d, 12h, 2w")
    _add_safety(parser)
    parser.set_defaults(run=_gc)


def _add_safety(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="change nothing, and say what would be done")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(arguments: argparse.Namespace) -> str:
    store = open_store(arguments.store)
    if _means_experiment(arguments):
        experiment = _experiment(store, arguments.experiment, ViewType.ACTIVE_ONLY)
        count = store.count_runs([experiment.experiment_id])
        what = f"experiment {experiment.name!r} with its {count:,} run{'' if count == 1 else 's'}"
        return _do(arguments, "Delete", what, [experiment.experiment_id], store.delete_experiment)
    runs = _runs(store, arguments, ViewType.ACTIVE_ONLY)
    return _do(arguments, "Delete", _described(runs), [run.info.run_id for run in runs], store.delete_run)


def _restore(arguments: argparse.Namespace) -> str:
    store = open_store(arguments.store)
    if _means_experiment(arguments):
        experiment = _experiment(store, arguments.experiment, ViewType.DELETED_ONLY)
        what = f"experiment {experiment.name!r}"
        return _do(arguments, "Restore", what, [experiment.experiment_id], store.restore_experiment)
    runs = _runs(store, arguments, ViewType.DELETED_ONLY)
    return _do(arguments, "Restore", _described(runs), [run.info.run_id for run in runs], store.restore_run)


def _gc(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.tracking.durations import milliseconds
    from jupyter_tracker.tracking.housekeeping import collect

    age_ms = milliseconds(arguments.older_than)
    store = open_store(arguments.store)
    planned = collect(store, age_ms, dry_run=True)
    report = planned
    if not arguments.dry_run:
        first = str(planned).splitlines()[0].replace("Would remove", "Remove").rstrip(".")
        # In a script it runs unasked: that is what it is for.
        if not confirmed(f"{first}, for good?", yes=arguments.yes, needs_yes=False):
            return "Nothing was removed."
        report = collect(store, age_ms)
    return as_json(dataclasses.asdict(report)) if arguments.json else str(report)


def _means_experiment(arguments: argparse.Namespace) -> bool:
    if not arguments.runs and arguments.filter is None and arguments.experiment is None:
        raise InvalidParameterError("Name runs, or say which with --filter or --experiment.")
    if arguments.runs and (arguments.filter is not None or arguments.experiment is not None):
        raise InvalidParameterError("Give either runs or --filter and --experiment, not both.")
    return not arguments.runs and arguments.filter is None


def _experiment(store: Store, name: str, view: int) -> Experiment:
    """Return an experiment by name or id; that of the wrong stage is an error that says so."""
    from jupyter_tracker.views.lookup import find_experiment

    experiment = find_experiment(store, name)
    wanted = "active" if view == ViewType.ACTIVE_ONLY else "deleted"
    if experiment.lifecycle_stage != wanted:
        raise ResourceDoesNotExistError(
            f"Experiment {experiment.name!r} (id {experiment.experiment_id}) is {experiment.lifecycle_stage}."
        )
    return experiment


def _runs(store: Store, arguments: argparse.Namespace, view: int) -> list[Run]:
    from jupyter_tracker.views.lookup import find_run

    if arguments.runs:
        found = [find_run(store, name, view) for name in arguments.runs]
        for name, run in zip(arguments.runs, found, strict=True):
            if name == run.info.run_name:
                _check_only_one(store, name, view)
        return found
    if arguments.experiment is not None:
        homes = [_experiment(store, arguments.experiment, ViewType.ACTIVE_ONLY).experiment_id]
    else:
        homes = [each.experiment_id for each in store.search_experiments(ViewType.ACTIVE_ONLY, 50_000)]
    return list(every_page(lambda token: store.search_runs(homes, arguments.filter, view, _PAGE, None, token)))


def _check_only_one(store: Store, name: str, view: int) -> None:
    """Refuse a name that several runs have: which of them goes is not ours to guess."""
    from jupyter_tracker.search.writing import write_text

    homes = [each.experiment_id for each in store.search_experiments(ViewType.ACTIVE_ONLY, 50_000)]
    which = f"run_name = {write_text(name)}"
    same = store.search_runs(homes, which, view, _SHOWN + 1)
    if len(same) > 1:
        ids = ", ".join(run.info.run_id[:8] for run in same[:_SHOWN]) + (", …" if len(same) > _SHOWN else "")
        raise InvalidParameterError(
            f'Several runs are named {name!r}: {ids}. Name one by its id, or all of them with --filter "{which}".'
        )


def _described(runs: Sequence[Run]) -> str:
    names = [f"{run.info.run_name} ({run.info.run_id[:8]})" for run in runs[:_SHOWN]]
    more = ", …" if len(runs) > _SHOWN else ""
    return f"{len(runs):,} run{'' if len(runs) == 1 else 's'}" + (f": {', '.join(names)}{more}" if names else "")


def _do(arguments: argparse.Namespace, verb: str, what: str, ids: Sequence[str], step: Any) -> str:
    """Do a step with each id, when that was asked for and nobody objects."""
    from jupyter_tracker.progress import followed

    dry = arguments.dry_run
    if ids and not dry and not confirmed(f"{verb} {what}?", yes=arguments.yes):
        return "Nothing was changed."
    if not dry:
        for id_ in followed(ids, f"{verb.lower()[:-1]}ing", len(ids)):
            step(id_)
    if arguments.json:
        return as_json({"ids": list(ids), "dry_run": dry})
    return f"Would {verb.lower()} {what}." if dry else f"{verb}d {what}."
