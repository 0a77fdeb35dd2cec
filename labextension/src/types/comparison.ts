// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';
import type { ComparedMetric } from './comparison_metrics.js';
import type { ComparisonGroup } from './comparison_rows.js';

/** Which runs are compared, and how: what a saved notebook keeps of it. */
export interface ComparisonOptions {
  run_ids: string[];
  /** Id of the run that the others are measured against; the first one where null. */
  baseline: string | null;
  /** Metrics whose small values are the better ones, whatever their names say. */
  minimize: string[];
  maximize: string[];
  /** Metrics that have no better. */
  unranked: string[];
}

/** One of the runs: a column. */
export interface ComparedRun {
  run_id: string;
  name: string;
  status: RunStatus;
  /** Index into the palette of eight. */
  color: number;
  /** 0 solid, 1 dashed, 2 dotted, 3 dash and dot: where runs share a colour. */
  dash: number;
  start_time_ms: number | null;
  end_time_ms: number | null;
  /** The run is in the trash. */
  deleted: boolean;
}

/** What the store knows of some runs, side by side; what lies in their files is asked for apart. */
export interface ComparisonView {
  store_id: string;
  runs: ComparedRun[];
  /** Index of the run that the others are measured against. */
  baseline: number;
  /** Those that differ first, then the others, each by key; the machine's own ones last. */
  metrics: ComparedMetric[];
  metrics_total: number;
  groups: ComparisonGroup[];
  /** Ids of runs that the store does not have. */
  missing: string[];
  /** Changes whenever anything above does. */
  token: string;
}
