"""What each method of a store takes, in one table: a rule for each, and what has no rule is not done.

A rule is given the checks, the arguments by name, and what does it. It refuses, or has it done and leaves out of the
answer what may not be read.

To add an operation of the store: a line in `RULES`; a test fails until it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from jupyter_tracker.entities.page import PagedList, every_page
from jupyter_tracker.search.paging import offset_of, token_of
from jupyter_tracker.store.permissions import ADMIN, EDITOR, VIEWER
from jupyter_tracker.store.permitted_checks import Checks

Given: TypeAlias = dict[str, Any]
Do: TypeAlias = Callable[[Given], Any]
Rule: TypeAlias = Callable[[Checks, Given, Do], Any]
_PAGE: Final = 1000


def _checked(check: Callable[[Checks, Given], None]) -> Rule:
    """Return the rule that refuses or has it done."""

    def rule(checks: Checks, given: Given, do: Do) -> Any:
        check(checks, given)
        return do(given)

    return rule


def _experiment(level: int) -> Rule:
    return _checked(lambda checks, given: checks.experiment(given["experiment_id"], level))


def _run(level: int) -> Rule:
    return _checked(lambda checks, given: checks.run(given["run_id"], level))


def _logged(level: int) -> Rule:
    return _checked(lambda checks, given: checks.logged_model(given["model_id"], level))


def _model(level: int) -> Rule:
    return _checked(lambda checks, given: checks.model(given["name"], level))


def _everywhere(level: int, what: str) -> Rule:
    return _checked(lambda checks, _: checks.everywhere(level, what))


def _free(_: Checks, given: Given, do: Do) -> Any:
    """Do what says nothing of any place: how many changes there were, and their digest."""
    return do(given)


# logging that names models -----------------------------------------------------------------------


def _named(level: int, models: Callable[[Given], Iterable[str | None]]) -> Rule:
    """Return the rule of logging to a run that takes a role in each logged model that it names, too."""

    def check(checks: Checks, given: Given) -> None:
        checks.run(given["run_id"], EDITOR)
        for model_id in dict.fromkeys(models(given)):
            if model_id is not None:
                checks.logged_model(model_id, level)

    return _checked(check)


# What is measured of a model in one run is the model's latest value everywhere.
_LOG_METRIC: Final = _named(EDITOR, lambda given: [given["metric"].model_id])
_LOG_BATCH: Final = _named(EDITOR, lambda given: [metric.model_id for metric in given["metrics"]])
_LOG_INPUTS: Final = _named(VIEWER, lambda given: given["model_ids"])
_LOG_OUTPUTS: Final = _named(EDITOR, lambda given: [model.model_id for model in given["models"]])


# answers that are narrowed -----------------------------------------------------------------------


def _within(checks: Checks, given: Given, do: Do) -> Any:
    """Look in those of the experiments only that may be read."""
    ids = given["experiment_ids"]
    if isinstance(ids, str) or checks.permissions.reads_all:  # the store says what is wrong with a text
        return do(given)
    level = checks.permissions.in_experiment
    return do({**given, "experiment_ids": [each for each in ids if isinstance(each, str) and level(each) >= VIEWER]})


def _visible(is_visible: Callable[[Checks, Any], bool]) -> Rule:
    """Return the rule of a search whose pages have what may be read only; its tokens count those."""

    def rule(checks: Checks, given: Given, do: Do) -> Any:
        if checks.permissions.reads_all:
            return do(given)
        most, start = given["max_results"], offset_of(given["page_token"])
        size = max(most, _PAGE) if isinstance(most, int) and most > 0 else most  # the store says what is wrong with it
        found = every_page(lambda token: do({**given, "max_results": size, "page_token": token}))
        seen = [each for each in found if is_visible(checks, each)]
        stop = start + most
        return PagedList(seen[start:stop], token_of(stop) if stop < len(seen) else None)

    return rule


def _sees_experiment(checks: Checks, found: Any) -> bool:
    return checks.permissions.in_experiment(found.experiment_id) >= VIEWER


def _sees_model(checks: Checks, found: Any) -> bool:
    return checks.permissions.in_model(found.name) >= VIEWER


def _by_name(checks: Checks, given: Given, do: Do) -> Any:
    found = do(given)
    return found if found is not None and _sees_experiment(checks, found) else None


def _activity(checks: Checks, given: Given, do: Do) -> Any:
    level = checks.permissions.in_experiment
    return {each: activity for each, activity in do(given).items() if level(each) >= VIEWER}


def _rows(checks: Checks, given: Given, do: Do) -> Any:
    return [run for run in do(given) if _sees_experiment(checks, run.info)]


def _known(checks: Checks, given: Given, do: Do) -> Any:
    found = do(given)
    return found if checks.permissions.reads_all else {run_id for run_id in found if checks.reads_run(run_id)}


def _of_runs(checks: Checks, given: Given, do: Do) -> Any:
    return do({**given, "run_ids": [run_id for run_id in given["run_ids"] if checks.reads_run(run_id)]})


def _events(checks: Checks, given: Given, do: Do) -> Any:
    """Give a model's own history, under earlier names too; the whole one only to who reads everything.

    The whole one's digests cannot have gaps.
    """
    name = given["name"]
    if name is None:
        checks.everywhere(VIEWER, "read the history of the whole registry")
    elif checks.permissions.in_model(name) < VIEWER:
        first, last = checks.under_name(name)
        return [event for event in do({**given, "after": max(given["after"], first)}) if event.number < last]
    return do(given)


# the registry ------------------------------------------------------------------------------------


def _create_model(checks: Checks, given: Given) -> None:
    checks.new_name(given["name"], EDITOR)


def _rename_model(checks: Checks, given: Given) -> None:
    checks.model(given["name"], ADMIN)
    checks.new_name(given["new_name"], ADMIN)


def _create_version(checks: Checks, given: Given) -> None:
    checks.model(given["name"], EDITOR)
    checks.source(given["source"], given["run_id"], given["model_id"])


def _promote(checks: Checks, given: Given) -> None:
    candidate = given["candidate"]
    checks.new_name(given["name"], EDITOR)
    checks.source(candidate.source, candidate.run_id, candidate.model_id)


def _create_logged(checks: Checks, given: Given) -> None:
    checks.experiment(given["experiment_id"], EDITOR)
    if given["source_run_id"] is not None:
        checks.run(given["source_run_id"], EDITOR)  # the model stands among what that run has made


_IMPORT: Final = _everywhere(EDITOR, "bring whole runs or models in (imports, sync)")
_TRASH: Final = _everywhere(EDITOR, "change the trash of the whole store")

RULES: Final[Mapping[str, Rule]] = {
    # experiments
    "create_experiment": _everywhere(EDITOR, "create an experiment"),
    "get_experiment": _experiment(VIEWER),
    "get_experiment_by_name": _by_name,
    "search_experiments": _visible(_sees_experiment),
    "experiment_activity": _activity,
    "rename_experiment": _experiment(ADMIN),
    "delete_experiment": _experiment(ADMIN),
    "restore_experiment": _experiment(ADMIN),
    "set_experiment_tag": _experiment(EDITOR),
    "delete_experiment_tag": _experiment(EDITOR),
    # runs
    "create_run": _experiment(EDITOR),
    "start_run": _experiment(EDITOR),
    "get_run": _run(VIEWER),
    "update_run": _run(EDITOR),
    "delete_run": _run(EDITOR),
    "restore_run": _run(EDITOR),
    "search_runs": _within,
    "search_run_columns": _within,
    "count_runs": _within,
    "logged_keys": _within,
    # logging
    "log_batch": _LOG_BATCH,
    "log_batch_soon": _LOG_BATCH,
    "log_metric": _LOG_METRIC,
    "log_param": _run(EDITOR),
    "set_tag": _run(EDITOR),
    "delete_tag": _run(EDITOR),
    "metric_series": _run(VIEWER),
    "log_inputs": _LOG_INPUTS,
    "log_outputs": _LOG_OUTPUTS,
    "writer": _run(EDITOR),
    "has_other_owner": _run(VIEWER),
    "apply": _everywhere(EDITOR, "bring a journal in"),
    "flush": _free,
    "close": _everywhere(ADMIN, "close the store"),
    # logged models
    "create_logged_model": _checked(_create_logged),
    "get_logged_model": _logged(VIEWER),
    "finalize_logged_model": _logged(EDITOR),
    "search_logged_models": _within,
    "delete_logged_model": _logged(EDITOR),
    "set_logged_model_tags": _logged(EDITOR),
    "delete_logged_model_tag": _logged(EDITOR),
    "log_logged_model_params": _logged(EDITOR),
    # tables
    "search_run_rows": _within,
    "measured_series": _run(VIEWER),
    "search_run_order": _within,
    "run_rows": _rows,
    "search_run_keys": _within,
    "search_run_values": _within,
    "search_run_groups": _within,
    # the registry
    "create_registered_model": _checked(_create_model),
    "get_registered_model": _model(VIEWER),
    "search_registered_models": _visible(_sees_model),
    "update_registered_model": _model(EDITOR),
    "rename_registered_model": _checked(_rename_model),
    "delete_registered_model": _model(ADMIN),
    "set_registered_model_tag": _model(EDITOR),
    "delete_registered_model_tag": _model(EDITOR),
    "get_latest_versions": _model(VIEWER),
    "create_model_version": _checked(_create_version),
    "get_model_version": _model(VIEWER),
    "search_model_versions": _visible(_sees_model),
    "update_model_version": _model(EDITOR),
    "transition_model_version_stage": _model(EDITOR),
    "delete_model_version": _model(ADMIN),
    "get_model_version_download_uri": _model(VIEWER),
    "set_model_version_tag": _model(EDITOR),
    "delete_model_version_tag": _model(EDITOR),
    "set_registered_model_alias": _model(EDITOR),
    "delete_registered_model_alias": _model(EDITOR),
    "get_model_version_by_alias": _model(VIEWER),
    "promote_candidate": _checked(_promote),
    "registry_events": _events,
    "registry_head": _free,
    # Whose roles have changed sees something else of a store that has not.
    "change_mark": lambda _checks, _given, _do: None,
    # upkeep
    "truncate_metric": _run(EDITOR),
    "update_param": _run(EDITOR),
    "free_experiment_name": _TRASH,
    "trash": _everywhere(VIEWER, "see the trash of the whole store"),
    "purge": _TRASH,
    "known_runs": _known,
    "measured_points": _run(VIEWER),
    "measured_points_of": _of_runs,
    "short_histories": _of_runs,
    "import_experiments": _IMPORT,
    "import_runs": _IMPORT,
    "import_logged_models": _IMPORT,
    "import_registered_models": _IMPORT,
}
