// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { JsonNumber } from './numbers.js';

/**
 * One metric of one run or group.
 *
 * Arrays are base64 of little-endian float64; a NaN in `y` is a gap.
 */
export interface Curve {
  /** Whose curve it is: the `id` of a `CurveLine`. */
  line: string;
  x: string;
  y: string;
  /** The curve before it was smoothed; empty where it was not. */
  raw_x: string;
  raw_y: string;
  /** Mean less and plus one standard deviation of a group, aligned with `x`; empty for a run. */
  low: string;
  high: string;
  /** Points logged so far, whatever part of them is shown. */
  count: number;
  last: JsonNumber;
  last_x: number;
  /** Smallest and largest finite value of all points; NaN where there is none. */
  min: JsonNumber;
  max: JsonNumber;
  /** How many points are NaN or infinite. */
  nonfinite: number;
  /** Where the first one of them is. */
  nonfinite_x: number | null;
}
