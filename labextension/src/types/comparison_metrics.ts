// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { MetricGoal } from './metric_goals.js';
import type { JsonNumber } from './numbers.js';

/** The latest value of one run. */
export interface MetricCell {
  value: JsonNumber;
  /** The value rounded for people, with as many digits after the point as the others of its row. */
  text: string;
  step: number;
  /** What it has more than the baseline, rounded, with its sign; null for the baseline itself and without numbers. */
  delta: string | null;
  /** The same in percent of the baseline. */
  percent: string | null;
  /** Than the baseline; null where neither is. */
  better: boolean | null;
  /** Of all runs; several where they are equal. */
  best: boolean;
}

/** One metric of all runs. */
export interface ComparedMetric {
  key: string;
  goal: MetricGoal;
  /** Aligned with the runs; null where a run has no such metric. */
  cells: (MetricCell | null)[];
  differs: boolean;
}
