// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';
import type { ParamAxis } from './param_axis.js';

/** One run; positions and texts are aligned with the axes. */
export interface ParallelLine {
  run_id: string;
  name: string;
  status: RunStatus;
  color: number;
  /** 0 solid, 1 dashed, 2 dotted, 3 dash and dot: where runs share a colour. */
  dash: number;
  /** 0 (below) to 1; null where the run has no such value. */
  positions: (number | null)[];
  texts: string[];
}

/** Params from left to right, then the metric, which also colours the lines. */
export interface ParallelCoordinatesView {
  store_id: string;
  axes: ParamAxis[];
  lines: ParallelLine[];
  /** The metric's key; the last axis is its own. Null where no run has one. */
  metric: string | null;
}
