// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { JsonNumber } from './numbers.js';

/** One metric of a run: its latest value, and a short down-sampled series for a sparkline. */
export interface MetricSummary {
  key: string;
  value: JsonNumber;
  /** The value rounded for people. */
  text: string;
  step: number;
  /** Points logged so far. */
  count: number;
  /** At most 60 values in step order; null where a value is not finite. */
  spark: (number | null)[];
}
