// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';
import type { JsonNumber } from './numbers.js';

/** One run of a table. */
export interface TableRow {
  run_id: string;
  name: string;
  status: RunStatus;
  start_time_ms: number;
  /** In the trash. */
  deleted: boolean;
  /** Aligned with the first of the view's columns; null where the run has no such value. */
  cells: (JsonNumber | string | null)[];
  experiment_id: string;
}

/** A metric of a group of runs. */
export interface GroupCell {
  mean: JsonNumber;
  /** Of the sample; null for a single run. */
  std: JsonNumber | null;
  /** Runs that have a number here. */
  n: number;
}

/** The runs of one value of what the table is grouped by. */
export interface GroupRow {
  /** Null for the runs that have none. */
  value: string | null;
  n: number;
  /** What finds these runs, beside the table's own filter. */
  filter: string;
  /** Aligned with the view's columns. */
  cells: (GroupCell | null)[];
}
