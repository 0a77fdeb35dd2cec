"""The metrics of several runs over steps or time: one panel per metric, one line per run or group of runs."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from jupyter_tracker.entities import LifecycleStage, Run, ViewType
from jupyter_tracker.entities.run import TERMINAL_STATUSES
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.glance import once
from jupyter_tracker.views.common import CurveX, RunStatus, as_json, cut, is_user_tag, run_status
from jupyter_tracker.views.curve_points import Curve
from jupyter_tracker.views.curve_samples import curve_samples
from jupyter_tracker.views.lookup import runs_of_ids
from jupyter_tracker.views.run_colors import LIGHT, run_colors
from jupyter_tracker.views.run_table import FilterError
from jupyter_tracker.views.sampling import LARGEST_WEIGHT, Sampling

POINTS: Final = 500
MAX_POINTS: Final = 200_000
MAX_RUNS: Final = 200
MAX_METRICS: Final = 60
_DEFAULT_METRICS: Final = 6
_GROUP_KEYS: Final = 50
_SYSTEM: Final = re.compile(r"system[/.]")


@dataclass(frozen=True)
class CurveOptions:
    """What a panel of curves shows, and how: what a saved notebook keeps of it."""

    run_ids: list[str] = field(default_factory=list)
    """The runs; where empty, those that the experiments and the filter name, newest first."""
    limit: int = 20
    """How many runs at most, where none are named."""
    metrics: list[str] | None = None
    """Chosen by what the runs have in common where null."""
    x: CurveX = "step"
    smoothing: float = 0.0
    """Weight of the exponential moving average, 0 (none) to 0.999."""
    log_x: bool = False
    log_y: bool = False
    group_by: str | None = None
    """A param or tag, as in a filter (`params.lr`): one line per value, the mean of its runs."""


@dataclass(frozen=True)
class CurveLine:
    """One line of the legend: a run, or a group of runs with the same value."""

    id: str
    """The run's id; of a group `params.lr=0.1`."""
    label: str
    run_ids: list[str]
    status: RunStatus
    """Of a group: RUNNING while one of its runs is."""
    color: int
    """Index into the palette of eight."""
    dash: int
    """0 solid, 1 dashed, 2 dotted, 3 dash and dot: where lines share a colour."""


@dataclass(frozen=True)
class CurvePanel:
    """All curves of one metric."""

    key: str
    curves: list[Curve]


@dataclass(frozen=True)
class MetricCurvesView:
    """Curves ready to be drawn, and what else could be chosen."""

    store_id: str
    x: CurveX
    smoothing: float
    log_x: bool
    group_by: str | None
    window: list[float] | None
    """The part of the axis that the points were chosen for; null for all of it."""
    lines: list[CurveLine]
    panels: list[CurvePanel]
    keys: list[str]
    """Every metric of these runs."""
    group_keys: list[str]
    """Params and tags that tell these runs apart."""
    runs_total: int
    """How many runs there are; more than are shown where they were cut to `limit`."""
    missing: list[str]
    """Ids of runs that the store does not have."""
    error: FilterError | None
    token: str
    """Changes whenever anything above does."""


def metric_curves_view(
    store: Store,
    options: CurveOptions,
    *,
    experiment_ids: Sequence[str] = (),
    filter: str = "",  # noqa: A002 - the word of the view and of the route
    window: tuple[float, float] | None = None,
    points: int = POINTS,
) -> MetricCurvesView:
    """Return the curves of some runs, each of about `points` points.

    What was read before is not read again: asked twice a second, only runs that go on cost anything.

    Parameters
    ----------
    store : Store
        Where the runs are.
    options : CurveOptions
        Which runs, which metrics, and how they are drawn.
    experiment_ids : sequence of str
        Where to look for runs when none are named; all active experiments where empty.
    filter : str
        Which of them, in the search language. One that cannot be read is told in `error`.
    window : (float, float), optional
        The part of the x axis to choose points for, in the axis' own unit.
    points : int
        10 to 200,000 a curve.

    Raises
    ------
    InvalidParameterError
        An option is out of its range.
    ResourceDoesNotExistError
        None of the named runs is there.
    """
    sampling = _sampling(options, window, points)
    runs, total, missing, error = _runs(store, options, experiment_ids, filter)
    lines = _lines(store, runs, options.group_by)
    keys = _keys(runs)
    shown = _default_metrics(keys, runs) if options.metrics is None else list(dict.fromkeys(options.metrics))
    samples, by_id = curve_samples(store), {run.info.run_id: run for run in runs}
    members = {line.id: [by_id[run_id] for run_id in line.run_ids] for line in lines}
    panels = []
    for key in shown[:MAX_METRICS]:
        curves = [samples.of(store, line, members[line], key, sampling, options.group_by) for line in members]
        panels.append(CurvePanel(key, [curve for curve in curves if curve is not None]))
    view = MetricCurvesView(
        store_id=store.store_id,
        x=options.x,
        smoothing=options.smoothing,
        log_x=options.log_x,
        group_by=options.group_by,
        window=None if window is None else list(window),
        lines=lines,
        panels=panels,
        keys=keys,
        group_keys=_group_keys(runs),
        runs_total=total,
        missing=missing,
        error=error,
        token="",
    )
    text = json.dumps(as_json(view), separators=(",", ":"))
    return replace(view, token=hashlib.blake2b(text.encode(), digest_size=8).hexdigest())


def _sampling(options: CurveOptions, window: tuple[float, float] | None, points: int) -> Sampling:
    if options.x not in {"step", "time", "relative"}:
        raise InvalidParameterError(f"x={options.x!r}: 'step', 'time' or 'relative' is expected.")
    if not 0 <= options.smoothing <= LARGEST_WEIGHT:
        raise InvalidParameterError(f"smoothing={options.smoothing!r}: 0 to {LARGEST_WEIGHT} is expected.")
    if not 10 <= points <= MAX_POINTS:
        raise InvalidParameterError(f"points={points}: 10 to {MAX_POINTS:,} is expected.")
    if window is not None and not (all(map(math.isfinite, window)) and window[0] < window[1]):
        raise InvalidParameterError(f"The part from {window[0]} to {window[1]} of the axis is empty.")
    if not 1 <= options.limit <= MAX_RUNS or len(options.run_ids) > MAX_RUNS:
        raise InvalidParameterError(f"1 to {MAX_RUNS} runs can be drawn at once.")
    if options.group_by is not None and not re.match(r"(params|tags)\..", options.group_by):
        raise InvalidParameterError(f"group_by={options.group_by!r}: 'params.<key>' or 'tags.<key>' is expected.")
    return Sampling(options.x, float(options.smoothing), options.log_x, window, points)


def _runs(
    store: Store, options: CurveOptions, experiment_ids: Sequence[str], filter_: str
) -> tuple[list[Run], int, list[str], FilterError | None]:
    """Return the runs, how many there are in all, the ids that are not there, and what is wrong with the filter."""
    if options.run_ids:
        found, missing = runs_of_ids(store, options.run_ids)
        if not found:
            raise ResourceDoesNotExistError(f"The store has none of these runs: {', '.join(missing[:5])}.")
        return found, len(found), missing, None
    ids = list(experiment_ids) or [item.experiment_id for item in store.search_experiments(ViewType.ACTIVE_ONLY)]
    if not ids:
        return [], 0, [], None
    try:
        runs, total = once(
            (store, "curves", tuple(ids), filter_, options.limit), lambda: _found(store, ids, filter_, options.limit)
        )
    except InvalidFilterError as error:
        return [], 0, [], FilterError(error.message, error.position)
    return runs, total, [], None


def _found(store: Store, ids: Sequence[str], filter_: str, limit: int) -> tuple[list[Run], int]:
    runs = list(store.search_runs(ids, filter_, max_results=limit))
    return runs, len(runs) if len(runs) < limit else store.count_runs(ids, filter_)


def _lines(store: Store, runs: Sequence[Run], group_by: str | None) -> list[CurveLine]:
    if group_by is not None:
        return _group_lines(runs, group_by)
    names = Counter(map(_name, runs))
    # Runs of one name are told apart by what their ids begin with.
    labels = [name if names[name := _name(run)] == 1 else f"{name} · {run.info.run_id[:4]}" for run in runs]
    return [
        CurveLine(run.info.run_id, label, [run.info.run_id], run_status(run.info.status), color, dash)
        for run, label, (color, dash) in zip(runs, labels, run_colors(store, runs), strict=True)
    ]


def _group_lines(runs: Sequence[Run], group_by: str) -> list[CurveLine]:
    groups: dict[str | None, list[Run]] = {}
    for run in runs:
        groups.setdefault(_value(run, group_by), []).append(run)
    lines = []
    for place, value in enumerate(sorted(groups, key=_by_number)):
        members = groups[value]
        live = next((run for run in members if run.info.status not in TERMINAL_STATUSES), members[0])
        label = f"{group_by.partition('.')[2]}: {'not set' if value is None else cut(value)}"
        ids, color, dash = [run.info.run_id for run in members], place % len(LIGHT), place // len(LIGHT) % 4
        lines.append(CurveLine(f"{group_by}={value}", label, ids, run_status(live.info.status), color, dash))
    return lines


def _by_number(value: str | None) -> tuple[int, float, str]:
    """Return a key that sorts numbers by size, then texts, then what is not set."""
    if value is None:
        return 2, 0.0, ""
    try:
        number = float(value)
    except ValueError:
        return 1, 0.0, value
    return (1, 0.0, value) if math.isnan(number) else (0, number, value)


def _name(run: Run) -> str:
    name = run.info.run_name or run.info.run_id
    return f"{name} (deleted)" if run.info.lifecycle_stage == LifecycleStage.DELETED else name


def _value(run: Run, name: str) -> str | None:
    group, _, key = name.partition(".")
    return (run.data.params if group == "params" else run.data.tags).get(key)


def _keys(runs: Sequence[Run]) -> list[str]:
    """Return every metric of these runs, by name; the machine's own ones last."""
    keys = {metric.key for run in runs for metric in run.data.latest_metrics}
    return sorted(keys, key=lambda key: (_SYSTEM.match(key) is not None, key))


def _default_metrics(keys: Sequence[str], runs: Sequence[Run]) -> list[str]:
    """Return the first metrics that most runs have; those logged once, which have no curve, only if all are."""
    curved = {metric.key for run in runs for metric in run.data.latest_metrics if metric.step > 0}
    had_by = {key: sum(key in run.data.metrics for run in runs) for key in keys}
    wanted = [key for key in keys if key in curved and not _SYSTEM.match(key)] or list(keys)
    first = sorted(wanted, key=lambda key: -had_by[key])[:_DEFAULT_METRICS]
    return [key for key in keys if key in first]


def _group_keys(runs: Sequence[Run]) -> list[str]:
    params = sorted({key for run in runs for key in run.data.params})
    tags = sorted({key for run in runs for key in run.data.tags if is_user_tag(key)})
    names = [*(f"params.{key}" for key in params), *(f"tags.{key}" for key in tags)]
    return [name for name in names if len({_value(run, name) for run in runs}) > 1][:_GROUP_KEYS]
