// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { CurveX, RunStatus } from './common.js';
import type { Curve } from './curve_points.js';
import type { FilterError } from './run_table.js';

/** What a panel of curves shows, and how: what a saved notebook keeps of it. */
export interface CurveOptions {
  /** The runs; where empty, those that the experiments and the filter name, newest first. */
  run_ids: string[];
  /** How many runs at most, where none are named. */
  limit: number;
  /** Chosen by what the runs have in common where null. */
  metrics: string[] | null;
  x: CurveX;
  /** Weight of the exponential moving average, 0 (none) to 0.999. */
  smoothing: number;
  log_x: boolean;
  log_y: boolean;
  /** A param or tag, as in a filter (`params.lr`): one line per value, the mean of its runs. */
  group_by: string | null;
}

/** One line of the legend: a run, or a group of runs with the same value. */
export interface CurveLine {
  /** The run's id; of a group `params.lr=0.1`. */
  id: string;
  label: string;
  run_ids: string[];
  /** Of a group: RUNNING while one of its runs is. */
  status: RunStatus;
  /** Index into the palette of eight. */
  color: number;
  /** 0 solid, 1 dashed, 2 dotted, 3 dash and dot: where lines share a colour. */
  dash: number;
}

/** All curves of one metric. */
export interface CurvePanel {
  key: string;
  curves: Curve[];
}

/** Curves ready to be drawn, and what else could be chosen. */
export interface MetricCurvesView {
  store_id: string;
  x: CurveX;
  smoothing: number;
  log_x: boolean;
  group_by: string | null;
  /** The part of the axis that the points were chosen for; null for all of it. */
  window: number[] | null;
  lines: CurveLine[];
  panels: CurvePanel[];
  /** Every metric of these runs. */
  keys: string[];
  /** Params and tags that tell these runs apart. */
  group_keys: string[];
  /** How many runs there are; more than are shown where they were cut to `limit`. */
  runs_total: number;
  /** Ids of runs that the store does not have. */
  missing: string[];
  error: FilterError | null;
  /** Changes whenever anything above does. */
  token: string;
}
