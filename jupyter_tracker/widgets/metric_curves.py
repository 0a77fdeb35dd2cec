"""The metrics of several runs as curves, live while they go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import traitlets

from jupyter_tracker.entities import Experiment, Run
from jupyter_tracker.entities.run import TERMINAL_STATUSES
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import current_experiment_id
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.views.common import CurveX, as_json
from jupyter_tracker.views.lookup import find_experiment, find_run
from jupyter_tracker.views.metric_curves import CurveOptions, MetricCurvesView, metric_curves_view
from jupyter_tracker.views.panel import PanelPayload, payload_json
from jupyter_tracker.views.sampling import LARGEST_WEIGHT
from jupyter_tracker.widgets import _fallback_curves
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id
from jupyter_tracker.widgets._live import keep_fresh, let_be

if TYPE_CHECKING:
    import pandas as pd

_PUSH_EVERY_S: Final = 1.0
_OPTIONS: Final = ("run_ids", "metrics", "x", "smoothing", "log_x", "log_y", "group_by")


class MetricCurves(TrackerWidget):
    """Show the metrics of runs as curves: one small plot per metric, one colour per run.

    In JupyterLab the curves come from the Jupyter server and move while a cell is running, whoever logs. Drag over a
    plot to zoom in, double-click to zoom out; a click in the legend hides a run.

    Parameters
    ----------
    runs : str, Run, or a sequence of them, optional
        Ids, the starts of ids, names, or what `start_run`, `get_run` or a table's `selection` gave. Where left out,
        the newest runs of `experiment` that match `filter`, and those that come later.
    metrics : str or sequence of str, optional
        Which metrics; the ones that most of these runs have, where left out.
    x : {"step", "time", "relative"}
        Over steps, the time of day, or the time since each run's start.
    smoothing : float
        Weight of the exponential moving average, 0 (none) to 0.999. The raw curve stays, faintly, behind it.
    log_x, log_y : bool
        Logarithmic axes.
    group_by : str, optional
        A param or a tag (``"params.lr"``): one line per value, the mean of its runs, in a band of one standard
        deviation.
    experiment : str or Experiment, optional
        Where to look for runs when none are named; the experiment in use where left out.
    filter : str
        Which of them, in the search language.
    limit : int
        How many runs at most when none are named, 1 to 200.
    store : Store, optional
        Where the runs are; the store in use where left out.

    Attributes
    ----------
    run_ids : list of str
        The runs; empty where a filter chooses them. As all that follow, it can be set and moves the screen.
    metrics, x, smoothing, log_x, log_y, group_by
        As above; they follow what is chosen on the screen.
    hidden : list of str
        Ids of the lines that are switched off in the legend.
    zoom : list of float or None
        The part of the axis that is zoomed into: two steps, times in ms UTC, or seconds.

    Raises
    ------
    ResourceDoesNotExistError
        No run or experiment is named so; a near name is offered.
    InvalidParameterError
        An option is out of its range.

    Examples
    --------
    ::

        curves = tracker.MetricCurves(["baseline", "deeper"], metrics=["loss", "f1"], smoothing=0.6)
        curves
        curves.smoothing = 0.9  # the plots follow
        curves.zoom = [100, 200]
        curves.to_frame()  # all points, as a DataFrame
    """

    _panel: ClassVar[str] = "metric_curves"

    run_ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    metrics = traitlets.List(traitlets.Unicode(), default_value=None, allow_none=True).tag(sync=True)
    x = traitlets.Enum(("step", "time", "relative"), default_value="step").tag(sync=True)
    smoothing = traitlets.Float(0.0, min=0.0, max=LARGEST_WEIGHT).tag(sync=True)
    log_x = traitlets.Bool(False).tag(sync=True)
    log_y = traitlets.Bool(False).tag(sync=True)
    group_by = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    hidden = traitlets.List(traitlets.Unicode()).tag(sync=True)
    zoom = traitlets.List(traitlets.Float(), default_value=None, allow_none=True, minlen=2, maxlen=2).tag(sync=True)
    # Switched on (`_base`) for a browser that has no server to ask, and whose requests may wait until a cell ends.
    pushes = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        runs: str | Run | Sequence[str | Run] | None = None,
        metrics: str | Sequence[str] | None = None,
        x: CurveX = "step",
        smoothing: float = 0.0,
        log_x: bool = False,
        log_y: bool = False,
        group_by: str | None = None,
        experiment: str | Experiment | None = None,
        filter: str = "",  # noqa: A002 - the word of the search language and of the panel
        limit: int = CurveOptions.limit,
        store: Store | None = None,
    ) -> None:
        store = active.store(create=False) if store is None else store
        if runs is not None and (experiment is not None or filter):
            raise InvalidParameterError("Give either runs, or an experiment and a filter that choose them; not both.")
        keys = [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
        options = CurveOptions(
            _run_ids(store, runs), limit, keys, x, float(smoothing), bool(log_x), bool(log_y), group_by
        )
        self._limit = limit
        self._where = [] if runs is not None else [_experiment_id(store, experiment)]
        check_words("RUNS", filter)
        self._filter = filter
        self._reading = threading.Lock()
        self._pushed_at = 0.0
        view = metric_curves_view(store, options, experiment_ids=self._where, filter=filter)
        super().__init__(store, self._payload_of(store.store_id, new_panel_id(), options), as_json(view))
        self.set_trait("run_ids", options.run_ids)
        for name in _OPTIONS[1:]:
            setattr(self, name, getattr(options, name))
        self.observe(self._on_option, list(_OPTIONS))
        self.observe(self._on_pushes, "pushes")

    def refresh(self) -> bool:
        """Read the curves again; return whether one of the runs goes on."""
        with self._reading:  # else an older state could overtake a newer one
            if self.pushes and time.monotonic() - self._pushed_at < _PUSH_EVERY_S:
                return True
            view = self._read()
            self._pushed_at = time.monotonic()
            # The same state again is not sent.
            self.view = as_json(view)
            live = any(line.status not in TERMINAL_STATUSES for line in view.lines)
            return self.comm is not None and live

    def to_frame(self) -> pd.DataFrame:
        """Return all points of the metrics and runs that are shown.

        Returns
        -------
        pandas.DataFrame
            One row a point: ``run_id``, ``run_name``, ``metric``, ``step`` (int64), ``timestamp`` (int64, ms UTC),
            ``value`` (float64). Smoothing, grouping and zoom do not matter here.
        """
        from jupyter_tracker.views.frames import histories_frame

        view = self._read()
        shown = [run_id for line in view.lines if line.id not in self.hidden for run_id in line.run_ids]
        return histories_frame(self._store, shown, [panel.key for panel in view.panels])

    def close(self) -> None:
        """Take the curves off every screen."""
        let_be(self)
        super().close()

    def _options(self) -> CurveOptions:
        return CurveOptions(limit=self._limit, **{name: getattr(self, name) for name in _OPTIONS})

    def _read(self) -> MetricCurvesView:
        return metric_curves_view(self._store, self._options(), experiment_ids=self._where, filter=self._filter)

    def _payload_of(self, store_id: str, panel_id: str, options: CurveOptions) -> PanelPayload:
        return PanelPayload(
            "metric_curves", store_id, panel_id, experiment_ids=self._where, filter=self._filter, curves=options
        )

    def _on_option(self, _change: object) -> None:
        self.payload = payload_json(self._payload_of(self._store.store_id, self.panel_id, self._options()))

    def _on_pushes(self, _change: object) -> None:
        if self.pushes:
            keep_fresh(self)
        else:
            let_be(self)

    def _html(self) -> str:
        return _fallback_curves.curves_html(self._read(), log_y=self.log_y, filter=self._filter)

    def _text(self) -> str:
        return _fallback_curves.curves_text(self._read(), filter=self._filter)


def _run_ids(store: Store, runs: str | Run | Sequence[str | Run] | None) -> list[str]:
    if runs is None:
        return []
    wanted = [runs] if isinstance(runs, str | Run) else list(runs)
    if not wanted:
        raise InvalidParameterError("The list of runs is empty: name one at least, or leave runs out for the newest.")
    return [(find_run(store, run) if isinstance(run, str) else run).info.run_id for run in wanted]


def _experiment_id(store: Store, experiment: str | Experiment | None) -> str:
    if experiment is None:
        return current_experiment_id(store)
    return (find_experiment(store, experiment) if isinstance(experiment, str) else experiment).experiment_id
