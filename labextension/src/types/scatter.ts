// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';
import type { ParamAxis } from './param_axis.js';

/** One run that has both values. */
export interface ScatterPoint {
  run_id: string;
  name: string;
  status: RunStatus;
  color: number;
  /** 0 to 3, as of a line: where runs share a colour their marks differ. */
  dash: number;
  /** 0 (left) to 1, as `y` from below. */
  x: number;
  y: number;
  x_text: string;
  y_text: string;
}

/** Runs between two axes. */
export interface ScatterView {
  store_id: string;
  x: ParamAxis;
  y: ParamAxis;
  points: ScatterPoint[];
  /** How many runs have no finite value on one of the axes. */
  left_out: number;
}
