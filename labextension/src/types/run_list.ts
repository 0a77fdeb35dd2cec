// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';

/** One run and one of its metrics. */
export interface RunEntry {
  run_id: string;
  experiment_id: string;
  name: string;
  status: RunStatus;
  start_time_ms: number | null;
  /** Key of a metric that most of the listed runs have, else of the one logged last; empty where there is none. */
  metric: string;
  /** Its latest value, rounded for people. */
  value: string;
}

/** The newest runs of an experiment, or of all; `total` says how many match. */
export interface RunListView {
  runs: RunEntry[];
  total: number;
}
